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
    source: GridSource<'a>,
    placed_by: PlacedBy,
}

/// Who publishes it: what the set cites, or what the account says of its own series.
#[derive(Serialize)]
#[serde(untagged)]
enum GridSource<'a> {
    Listed(&'a Source),
    Series {
        title: &'a str,
        publisher: &'a str,
        published: Option<&'a str>,
        url: Option<&'a str>,
        licence: &'a str,
    },
}

impl<'a> GridJson<'a> {
    pub(super) fn of(location: &Location<'a>, placed_by: PlacedBy) -> Self {
        let (zone, applied, grid) = (location.zone, location.grid, location.grid.factor());
        let series = applied.series();
        GridJson {
            zone: zone.id(),
            factor_id: applied.id(),
            g_per_kwh: applied.g_per_kwh(),
            resolution: series.map(|series| series.resolution),
            year: grid.year().filter(|_| series.is_none()),
            basis: grid.basis().as_str(),
            boundary: grid.boundary(),
            source: series.map_or(GridSource::Listed(grid.source()), |series| GridSource::Series {
                title: &series.source,
                publisher: &series.source,
                published: Some(&series.vintage),
                url: None,
                licence: &series.licence,
            }),
            placed_by,
        }
    }
}
