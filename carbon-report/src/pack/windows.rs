//! `windows.json`: the windows of metered energy that the measured factors of a report were fitted from.

use super::{
    NotVerified, WINDOWS,
    difference::{as_written, json},
    write::PackError,
};
use crate::activity::hex;
use carbon_core::{
    FactorSet,
    measure::{MeasuredEntry, MeasuredFactor, Window},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::io;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PackedWindows {
    /// Name under which the model is served.
    name: String,
    /// Each window as a line, in order.
    lines: Vec<String>,
}

/// SHA-256 over the lines of windows in order, each with a line feed.
pub fn windows_sha256(windows: &[Window]) -> String {
    let mut ordered: Vec<&Window> = windows.iter().collect();
    ordered.sort();
    let sha = ordered.iter().fold(Sha256::new(), |sha, window| sha.chain_update(window.line() + "\n"));
    hex(&sha.finalize())
}

/// What was measured of the factors that a statement names, in the order of their names.
pub fn measured_entries<'s>(statement: &Value, set: &'s FactorSet) -> Vec<&'s MeasuredEntry> {
    let named = statement.pointer("/factors").and_then(Value::as_array).into_iter().flatten();
    let named: Vec<&str> = named.filter_map(|factor| factor["factor_id"].as_str()).collect();
    let used = set.measured_factors().into_iter().filter(|factor| named.contains(&factor.record().id()));
    used.map(MeasuredFactor::entry).collect()
}

/// The member, for a statement; `None` where nothing in it was measured. `find` answers the windows of an entry.
pub(super) fn written(
    statement: &Value,
    set: &FactorSet,
    find: &dyn Fn(&MeasuredEntry) -> Option<Vec<Window>>,
) -> Result<Option<String>, PackError> {
    let packed = measured_entries(statement, set).into_iter().map(|entry| {
        let mut windows = find(entry).ok_or_else(|| PackError::NoWindows(entry.name.clone()))?;
        windows.sort();
        Ok(PackedWindows { name: entry.name.clone(), lines: windows.iter().map(Window::line).collect() })
    });
    let packed = packed.collect::<Result<Vec<_>, PackError>>()?;
    if packed.is_empty() {
        return Ok(None);
    }
    let mut json = serde_json::to_string_pretty(&packed).map_err(io::Error::from)?;
    json.push('\n');
    Ok(Some(json))
}

/// Fits the windows again: every measured factor of the statement is what they give.
pub(super) fn check(statement: &Value, set: &FactorSet, member: Option<&[u8]>) -> Result<(), NotVerified> {
    let entries = measured_entries(statement, set);
    let packed: Vec<PackedWindows> = match member {
        Some(member) => json(WINDOWS, member)?,
        None => Vec::new(),
    };
    member.map_or(Ok(()), |member| as_written(WINDOWS, &packed, member))?;
    if !packed.iter().map(|packed| &packed.name).eq(entries.iter().map(|entry| &entry.name)) {
        return Err(NotVerified::at(
            WINDOWS,
            "does not hold the windows of the statement's measured factors",
        ));
    }
    entries.into_iter().zip(&packed).try_for_each(|(entry, packed)| {
        let windows: Option<Vec<Window>> = packed.lines.iter().map(|line| Window::of_line(line)).collect();
        let at = |detail: String| NotVerified::at(format!("{WINDOWS}, {}", packed.name), detail);
        let windows = windows.ok_or_else(|| at("has a line that is no window".to_owned()))?;
        let checked = entry.check(&windows, windows_sha256(&windows));
        checked.map_err(|differs| at(format!("does not give the factor: {differs}")))
    })
}
