//! Reading the fits of EcoLogits for models that make videos.

use super::{
    LoadError, Sources,
    table::{TableRow, by_model},
};
use crate::{load::tables::Layer, video::VideoLaw};
use std::collections::HashMap;

/// By model.
pub(super) fn videos(layers: &[Layer], sources: &Sources) -> Result<HashMap<String, VideoLaw>, LoadError> {
    by_model("video.csv", layers, |row| {
        row.source(sources)?;
        law(row)
    })
}

fn law(row: &TableRow<'_>) -> Result<VideoLaw, LoadError> {
    let water = ["onsite_water_l_per_kwh_min", "onsite_water_l_per_kwh_max"];
    Ok(VideoLaw {
        per_frame_and_square: row.not_negative("n")?,
        per_kilopixel: row.not_negative("m")?,
        per_frame: row.not_negative("m1")?,
        per_frame_squared: row.not_negative("n1")?,
        per_square: row.not_negative("m2")?,
        per_kilopixel_squared: row.not_negative("n2")?,
        base_s: row.not_negative("g")?,
        silent: row.share("silent")?,
        server_kw: row
            .bounds(["server_kw_min", "server_kw_max"], |row, column| row.plausible(column, [1e-3, 1e3]))?,
        made: [
            row.plausible("made_kg_co2e", [1.0, 1e6])?,
            row.plausible("made_kg_sb", [1e-6, 1e3])?,
            row.plausible("made_mj", [1.0, 1e7])?,
        ],
        pue: row.bounds(["pue_min", "pue_max"], TableRow::pue)?,
        onsite_water_l_per_kwh: row.bounds(water, TableRow::not_negative)?,
    })
}
