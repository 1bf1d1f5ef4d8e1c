//! Reading the grid series of an account.

use super::{
    LoadError, LoadFault,
    table::{Table, TableRow},
};
use crate::{
    grid::{GridResolution, GridSeries, SeriesText, SeriesValues, parsed, present_of},
    load::tables::Layer,
};
use std::collections::HashMap;

/// What [`GRIDS`] says of series, and [`VALUES`] of their values where these are not withheld.
const GRIDS: &str = "own_grids.csv";
const VALUES: &str = "own_grid_values.csv";

pub(crate) fn grids(layer: &Layer) -> Result<Vec<GridSeries>, LoadError> {
    let layers = std::slice::from_ref(layer);
    let mut values: HashMap<String, String> = HashMap::new();
    for row in Table::open(VALUES, layers)?.rows() {
        let row = row?;
        values.insert(row.required("sha256")?.to_owned(), row.required("g_per_kwh")?.to_owned());
    }
    let mut found = Vec::new();
    for row in Table::open(GRIDS, layers)?.rows() {
        let row = row?;
        found.push(series(&row, &values)?);
    }
    Ok(found)
}

fn series(row: &TableRow<'_>, values: &HashMap<String, String>) -> Result<GridSeries, LoadError> {
    let (zone, from, sha256) = (row.required("zone")?, row.required("from")?, row.required("sha256")?);
    let resolution = row.word("resolution", GridResolution::from_word)?;
    let invalid = |fault: &dyn std::fmt::Display| row.fault(LoadFault::InvalidRow(fault.to_string()));
    let first = parsed(resolution, from).map_err(|fault| invalid(&fault))?;
    let runs = row.required("runs")?;
    let present = present_of(runs).ok_or_else(|| invalid(&"runs are no counts of values and gaps"))?;
    let known = match values.get(sha256) {
        None => None,
        Some(text) => {
            let values =
                SeriesValues::of_text(zone, resolution, from, text).map_err(|fault| invalid(&fault))?;
            if values.sha256() != sha256 || values.first() != first || values.present() != present {
                return Err(invalid(&"the values have another digest, or other gaps"));
            }
            Some(values.as_floats())
        }
    };
    let text = SeriesText {
        zone,
        vintage: row.required("vintage")?,
        source: row.required("source")?,
        licence: row.required("licence")?,
        sha256,
        file_sha256: row.optional("file_sha256")?,
        entered_by: row.required("entered_by")?,
        entered_at: row.required("entered_at")?,
    };
    Ok(GridSeries::new(text, resolution, first, present, known))
}
