//! Names of factors are for ever: a row of a new set that has the name of an older one is that row.

use carbon_core::FactorSet;
use std::collections::HashMap;
use thiserror::Error;

/// A factor with the name of another.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{table}, line {line}: factor_id {factor_id:?} is that of another row in {version} and keeps its meaning: give the changed row an id of its own"
)]
pub(crate) struct ReusedFactorId {
    pub(crate) table: String,
    pub(crate) line: u64,
    factor_id: String,
    version: String,
}

/// The column that names a factor.
const FACTOR_ID: &str = "factor_id";

/// Whether no row of these tables has the name that another row has in a set.
pub(crate) fn check<'a>(
    tables: impl Iterator<Item = (&'a str, &'a str)>,
    set: &FactorSet,
) -> Result<(), ReusedFactorId> {
    let files = set.files().unwrap_or_default();
    let known: HashMap<String, HashMap<String, String>> = files
        .into_iter()
        .flat_map(|(_, text)| named_rows(text))
        .map(|NamedRow { factor_id, cells, .. }| (factor_id, cells))
        .collect();
    for (table, text) in tables {
        for NamedRow { line, factor_id, cells } in named_rows(text) {
            let Some(earlier) = known.get(&factor_id) else { continue };
            // A column that only one of them has changes nothing of what the other says.
            let differs =
                |(column, cell): (&String, &String)| earlier.get(column).is_some_and(|was| was != cell);
            if cells.iter().any(differs) {
                let (table, version) = (table.to_owned(), set.as_str().to_owned());
                return Err(ReusedFactorId { table, line, factor_id, version });
            }
        }
    }
    Ok(())
}

struct NamedRow {
    line: u64,
    factor_id: String,
    /// By column.
    cells: HashMap<String, String>,
}

/// The rows of a table that name a factor.
fn named_rows(text: &str) -> Vec<NamedRow> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let Ok(header) = reader.headers().cloned() else { return Vec::new() };
    if !header.iter().any(|column| column == FACTOR_ID) {
        return Vec::new();
    }
    // What is no row is refused when the tables are loaded.
    let rows = reader.into_records().filter_map(Result::ok).filter_map(|record| {
        let cells = header.iter().zip(&record).map(|(column, cell)| (column.to_owned(), cell.to_owned()));
        let cells: HashMap<String, String> = cells.collect();
        let factor_id = cells.get(FACTOR_ID).filter(|id| !id.is_empty())?.clone();
        Some(NamedRow { line: record.position().map_or(0, csv::Position::line), factor_id, cells })
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_factor_keeps_its_row() {
        // The sets that ship hold to it among themselves.
        for version in FactorSet::versions() {
            let set = FactorSet::version(version).unwrap();
            for other in FactorSet::versions().filter_map(FactorSet::version) {
                assert_eq!(check(set.files().unwrap().into_iter(), other), Ok(()), "{version}");
            }
        }
        let set = FactorSet::version("2026.11").unwrap();
        let factors = set.files().unwrap().into_iter().find(|(name, _)| *name == "factors.csv").unwrap().1;
        let altered = factors.replacen(",0.3,", ",0.2,", 1);
        let error = check([("factors.csv", altered.as_str())].into_iter(), set).unwrap_err();
        assert_eq!(
            error.to_string(),
            "factors.csv, line 2: factor_id \"coefficient/gpt-4o@2025.1\" is that of another row in 2026.11 and keeps \
             its meaning: give the changed row an id of its own"
        );
        let renamed = altered.replace("gpt-4o@2025.1", "gpt-4o@acme-1");
        assert_eq!(check([("factors.csv", renamed.as_str())].into_iter(), set), Ok(()));
    }
}
