//! The electricity behind an estimate. It is separate from its energy: watt hours and grams per kilowatt hour are
//! separate inputs.

use crate::api::models::{Citation, citation};
use carbon_core::{
    grid::GridResolution,
    place::{Location, PlacedBy},
};
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct GridFigure<'a> {
    zone: &'a str,
    factor_id: &'a str,
    g_per_kwh: f64,
    /// Of a series of the account's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolution: Option<GridResolution>,
    year: Option<u16>,
    basis: &'static str,
    boundary: &'static str,
    source: Citation<'a>,
    /// What determined the location.
    placed_by: &'static str,
}

pub(crate) fn grid<'a>(location: &Location<'a>, placed_by: PlacedBy) -> GridFigure<'a> {
    let (zone, applied, grid) = (location.zone, location.grid, location.grid.factor());
    GridFigure {
        zone: zone.id(),
        factor_id: applied.id(),
        g_per_kwh: applied.g_per_kwh(),
        resolution: applied.series().map(|series| series.resolution),
        year: applied.year(),
        basis: grid.basis().as_str(),
        boundary: grid.boundary().as_str(),
        source: citation(applied.source()),
        placed_by: match placed_by {
            PlacedBy::Region => "region",
            PlacedBy::Name => "name",
            PlacedBy::Provider => "provider",
            PlacedBy::Nobody => "nobody",
        },
    }
}
