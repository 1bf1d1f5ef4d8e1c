//! Grid series that an account has imported, as entries of its own registry.

use crate::{
    base::{clock, name::normal},
    store::OwnChange,
};
use carbon_core::{FactorSet, grid::GridResolution};
use carbon_report::forms::{Cell, CsvTable};
use serde::{Deserialize, Serialize};

/// The kind of these entries.
pub(crate) const GRID_SERIES: &str = "grid_series";

/// A series as it is kept. Its values are text, so that they stay as they were entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GridEntry {
    /// The listed zone or cloud region.
    pub(crate) zone: String,
    pub(crate) resolution: GridResolution,
    /// First hour or month.
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) vintage: String,
    pub(crate) source: String,
    pub(crate) licence: String,
    /// Over the values.
    pub(crate) sha256: String,
    /// Of the file that they were in.
    pub(crate) file_sha256: String,
    /// Counts of hours or months with and without a value, by turns.
    pub(crate) runs: String,
    /// The values with blanks between, `-` where there is none.
    pub(crate) g_per_kwh: String,
}

impl GridEntry {
    /// What an entry is called: one of another resolution is another.
    fn name_of(zone: &str, resolution: GridResolution) -> String {
        format!("{}/{resolution}", normal(zone))
    }

    /// The name of an entry of a place, in any spelling in which a file may name it.
    pub(crate) fn name_at(set: &FactorSet, place: &str, resolution: GridResolution) -> String {
        let place = place.trim();
        GridEntry::name_of(set.locate(place, None).map_or(place, |location| location.region), resolution)
    }

    pub(crate) fn name(&self) -> String {
        GridEntry::name_of(&self.zone, self.resolution)
    }

    /// The day on which it begins.
    pub(crate) fn valid_from(&self) -> String {
        match self.resolution {
            GridResolution::Hour => self.from.chars().take("2026-01-01".len()).collect(),
            GridResolution::Month | GridResolution::Year => format!("{}-01", self.from),
        }
    }

    /// How many values there are, and how many gaps between them.
    pub(crate) fn counts(&self) -> [usize; 2] {
        let mut counts = [0, 0];
        for (place, run) in self.runs.split(' ').enumerate() {
            counts[place % 2] += run.parse::<usize>().unwrap_or(0);
        }
        counts
    }
}

/// `own_grids.csv` and `own_grid_values.csv`.
pub(super) fn tables<'a>(entries: impl Iterator<Item = (&'a OwnChange, &'a str)>) -> [String; 2] {
    let mut grids = CsvTable::new([
        "zone",
        "resolution",
        "from",
        "runs",
        "vintage",
        "source",
        "licence",
        "sha256",
        "file_sha256",
        "entered_by",
        "entered_at",
    ]);
    let mut values = CsvTable::new(["sha256", "g_per_kwh"]);
    for (change, entry) in entries {
        let Ok(entry) = serde_json::from_str::<GridEntry>(entry) else { continue };
        values.row([entry.sha256.clone(), entry.g_per_kwh].map(Cell::text));
        grids.row(
            [
                entry.zone,
                entry.resolution.to_string(),
                entry.from,
                entry.runs,
                entry.vintage,
                entry.source,
                entry.licence,
                entry.sha256,
                entry.file_sha256,
                change.entered_by.clone(),
                clock::rfc_3339_of(change.entered_at_ms),
            ]
            .map(Cell::text),
        );
    }
    [grids.finish(), values.finish()]
}
