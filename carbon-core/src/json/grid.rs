//! The electricity behind a figure, as JSON.

use crate::{
    factor::Source,
    grid::GridResolution,
    place::{GridBoundary, Location, PlacedBy},
};
use serde::Serialize;

/// The electricity behind a figure: watt hours and grams per kilowatt hour are separate inputs.
#[derive(Serialize)]
pub(super) struct GridJson<'a> {
    zone: &'a str,
    factor_id: &'a str,
    g_per_kwh: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolution: Option<GridResolution>,
    year: Option<u16>,
    basis: &'static str,
    boundary: GridBoundary,
    source: &'a Source,
    placed_by: PlacedBy,
}

impl<'a> GridJson<'a> {
    pub(super) fn of(location: &Location<'a>, placed_by: PlacedBy) -> Self {
        let (zone, applied, grid) = (location.zone, location.grid, location.grid.factor());
        GridJson {
            zone: zone.id(),
            factor_id: applied.id(),
            g_per_kwh: applied.g_per_kwh(),
            resolution: applied.series().map(|series| series.resolution),
            year: applied.year(),
            basis: grid.basis().as_str(),
            boundary: grid.boundary(),
            source: applied.source(),
            placed_by,
        }
    }
}
