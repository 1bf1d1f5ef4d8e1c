//! Names of factors are for ever: a row of a new set that has the name of an older one is that row.

use carbon_core::FactorSet;
use std::collections::{BTreeMap, HashMap};
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

impl ReusedFactorId {
    /// The same, at the line where it stands in the tables that were given; as it is where it stands in none of them.
    pub(crate) fn placed_in<'a>(self, tables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let of_table = tables.into_iter().find(|(table, _)| *table == self.table);
        let rows = of_table.map_or_else(Vec::new, |(_, text)| named_rows(text));
        let line = rows.iter().find(|row| row.factor_id == self.factor_id).map_or(self.line, |row| row.line);
        ReusedFactorId { line, ..self }
    }
}

/// The column that names a factor.
const FACTOR_ID: &str = "factor_id";

/// Whether no row of the tables of a whole set has the name that another row has in a set.
pub(crate) fn check(tables: &[(&str, &str)], set: &FactorSet) -> Result<(), ReusedFactorId> {
    let known: HashMap<String, HashMap<String, String>> = named_rows_of(&set.files().unwrap_or_default())
        .into_iter()
        .map(|(_, NamedRow { factor_id, cells, .. })| (factor_id, cells))
        .collect();
    for (table, NamedRow { line, factor_id, cells }) in named_rows_of(tables) {
        let Some(earlier) = known.get(&factor_id) else { continue };
        // A column that came later says nothing of earlier rows; one that is gone says something else than it did.
        let differs =
            earlier.iter().any(|(column, was)| cells.get(column).map_or(!was.is_empty(), |cell| cell != was));
        if differs {
            let (table, version) = (table.to_owned(), set.as_str().to_owned());
            return Err(ReusedFactorId { table, line, factor_id, version });
        }
    }
    Ok(())
}

/// Tables of what has a factor computed from it by the method: with other constants or another attention it is another factor.
const OF_METHOD: [&str; 2] = ["models.csv", "classes.csv"];

/// The rows of all tables that name a factor, each with its table, and with what else decides its value.
fn named_rows_of<'a>(tables: &[(&'a str, &str)]) -> Vec<(&'a str, NamedRow)> {
    let text = |name: &str| tables.iter().find(|(table, _)| *table == name).map_or("", |(_, text)| *text);
    let method = cells_of(text("method.csv"), "key", &["value", "gsd"]);
    let constants = method.iter().map(|(key, cells)| format!("{key}:{cells}")).collect::<Vec<_>>().join("\n");
    let attention = cells_of(
        text("attention.csv"),
        "model",
        &["kind", "cache_bytes_per_token", "flop_per_pair", "evidence"],
    );
    let mut rows = Vec::new();
    for (table, text) in tables {
        for mut row in named_rows(text) {
            if OF_METHOD.contains(table) {
                let attention = row.cells.get("model").and_then(|model| attention.get(model));
                row.cells.insert("method.csv".to_owned(), constants.clone());
                row.cells.insert("attention.csv".to_owned(), attention.cloned().unwrap_or_default());
            }
            rows.push((*table, row));
        }
    }
    rows
}

/// Cells of a table by what is in its column `key`.
fn cells_of(text: &str, key: &str, columns: &[&str]) -> BTreeMap<String, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let Ok(header) = reader.headers().cloned() else { return BTreeMap::new() };
    let place = |name: &str| header.iter().position(|column| column == name);
    let rows = reader.into_records().filter_map(Result::ok).filter_map(|record| {
        let cell = |name: &str| place(name).and_then(|place| record.get(place));
        let cells: Vec<&str> = columns.iter().map(|column| cell(column).unwrap_or_default()).collect();
        Some((cell(key)?.to_owned(), cells.join(",")))
    });
    rows.collect()
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
                assert_eq!(check(&set.files().unwrap(), other), Ok(()), "{version}");
            }
        }
        let set = FactorSet::version("2026.11").unwrap();
        let factors = set.files().unwrap().into_iter().find(|(name, _)| *name == "factors.csv").unwrap().1;
        let altered = factors.replacen(",0.3,", ",0.2,", 1);
        let error = check(&[("factors.csv", altered.as_str())], set).unwrap_err();
        assert_eq!(
            error.to_string(),
            "factors.csv, line 2: factor_id \"coefficient/gpt-4o@2025.1\" is that of another row in 2026.11 and keeps \
             its meaning: give the changed row an id of its own"
        );
        // A column that is gone, and constants that are others, change a factor as a changed cell does.
        let newest = FactorSet::latest();
        let with = |table: &str, change: &dyn Fn(&str) -> String| {
            let files: Vec<(&str, String)> = newest
                .files()
                .unwrap()
                .into_iter()
                .map(|(name, text)| (name, if name == table { change(text) } else { text.to_owned() }))
                .collect();
            let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
            check(&files, newest)
        };
        assert_eq!(with("none", &str::to_owned), Ok(()));
        let without = |text: &str| text.replacen(",active_in_b_min,", ",active_in_b_least,", 1);
        let error = with("models.csv", &without).unwrap_err().to_string();
        assert!(error.contains("deepseek-v4.1-flash"), "{error}");
        with("method.csv", &|text| text.replacen("batch,256,", "batch,128,", 1)).unwrap_err();
        let kept = with("method.csv", &|text| text.replacen("Coefficient of", "A coefficient of", 1));
        assert_eq!(kept, Ok(()));
        let renamed = altered.replace("gpt-4o@2025.1", "gpt-4o@acme-1");
        assert_eq!(check(&[("factors.csv", renamed.as_str())], set), Ok(()));
    }
}
