//! One set of tables out of several that were loaded on top of each other.

use super::{
    LoadError, LoadFault,
    table::invalid_row,
    tables::{Layer, Tables},
};
use csv::{Position, StringRecord};
use std::collections::BTreeSet;

/// The table whose rows replace those for the same, and the columns that say what a row is for.
const FACTORS: (&str, [&str; 3]) = ("factors.csv", ["model", "method", "quantity"]);

/// The rows of all layers, as one set of tables. A row stays as it was written, in its place; what is on top stands under
/// the columns of the table beneath it.
pub(crate) fn whole(layers: &[Layer]) -> Result<Tables<'static>, LoadError> {
    let names = layers.iter().flat_map(|layer| layer.tables.files()).map(|(name, _)| name);
    let names: BTreeSet<&'static str> = names.collect();
    let files = names.into_iter().map(|name| Ok((name, table(name, layers)?)));
    let files = files.collect::<Result<Vec<_>, LoadError>>()?;
    let tables = Tables::of_files(files.iter().map(|(name, text)| (*name, text.as_str())));
    Ok(tables.expect("the names of tables").into_owned())
}

fn table(name: &'static str, layers: &[Layer]) -> Result<String, LoadError> {
    let mut parts = layers.iter().filter_map(|layer| layer.tables.text(name));
    let Some(first) = parts.next() else { return Ok(String::new()) };
    let (header, mut lines) = as_written(name, first)?;
    for part in parts {
        for added in under(name, &header, part)? {
            match lines.iter_mut().find(|line| name == FACTORS.0 && line.is_for == added.is_for) {
                Some(replaced) => *replaced = added,
                None => lines.push(added),
            }
        }
    }
    Ok(lines.into_iter().map(|line| line.text).collect())
}

/// A line of a table, with its end.
struct Line {
    /// What the row is for, where that matters.
    is_for: [String; 3],
    text: String,
}

/// The columns of a table, and its lines to the byte, the header first.
fn as_written(name: &'static str, text: &str) -> Result<(StringRecord, Vec<Line>), LoadError> {
    let (header, records) = read(name, text)?;
    let start = |record: &StringRecord| usize::try_from(record.position().map_or(0, Position::byte));
    let starts: Vec<usize> = records.iter().filter_map(|record| start(record).ok()).collect();
    let ends = starts.iter().copied().chain([text.len()]);
    let texts = [0].into_iter().chain(starts.iter().copied()).zip(ends).map(|(start, end)| {
        let line = text.get(start..end).unwrap_or_default();
        if line.ends_with('\n') { line.to_owned() } else { format!("{line}\n") }
    });
    let keys = [Default::default()].into_iter().chain(records.iter().map(|record| is_for(record, &header)));
    let lines = keys.zip(texts).map(|(is_for, text)| Line { is_for, text }).collect();
    Ok((header, lines))
}

/// The rows of a table as lines under the columns of another.
fn under(name: &'static str, header: &StringRecord, text: &str) -> Result<Vec<Line>, LoadError> {
    let (own, records) = read(name, text)?;
    if let Some(unknown) = own.iter().find(|column| !header.iter().any(|known| known == *column)) {
        let fault = LoadFault::UnknownColumn(unknown.to_owned());
        return Err(LoadError { table: name, base: None, line: 1, fault });
    }
    let line = |record: &StringRecord| {
        let mut line = csv::Writer::from_writer(Vec::new());
        line.write_record(header.iter().map(|column| cell(record, &own, column))).ok()?;
        let text = String::from_utf8(line.into_inner().ok()?).ok()?;
        Some(Line { is_for: is_for(record, &own), text })
    };
    Ok(records.iter().map(|record| line(record).expect("memory takes text")).collect())
}

fn read(name: &'static str, text: &str) -> Result<(StringRecord, Vec<StringRecord>), LoadError> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| invalid_row(name, None, 1, &error))?.clone();
    let records = reader.into_records().map(|record| {
        record.map_err(|error| invalid_row(name, None, error.position().map_or(0, Position::line), &error))
    });
    Ok((header, records.collect::<Result<_, _>>()?))
}

fn is_for(record: &StringRecord, header: &StringRecord) -> [String; 3] {
    FACTORS.1.map(|column| cell(record, header, column).to_owned())
}

fn cell<'a>(record: &'a StringRecord, header: &StringRecord, column: &str) -> &'a str {
    let place = header.iter().position(|name| name == column);
    place.and_then(|place| record.get(place)).unwrap_or_default()
}
