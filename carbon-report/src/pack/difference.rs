//! The first place where a text is not what it should be.

use super::NotVerified;
use crate::form::Form;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

pub(super) fn json<T: DeserializeOwned>(member: &str, bytes: &[u8]) -> Result<T, NotVerified> {
    serde_json::from_slice(bytes).map_err(|error| NotVerified::at(member, error.to_string()))
}

/// Whether a member is written as a pack writes what was read from it: nothing else is in it, and nothing twice.
pub(super) fn as_written(member: &str, read: &impl Serialize, found: &[u8]) -> Result<(), NotVerified> {
    let written =
        serde_json::to_vec_pretty(read).map_err(|error| NotVerified::at(member, error.to_string()))?;
    if found.strip_suffix(b"\n") == Some(written.as_slice()) {
        return Ok(());
    }
    Err(NotVerified::at(member, "is not written as a pack writes it"))
}

/// Whether a text holds the rows that it should.
pub(super) fn same_rows(place: &str, expected: &str, found: &[u8]) -> Result<(), NotVerified> {
    let found = std::str::from_utf8(found).map_err(|error| NotVerified::at(place, error.to_string()))?;
    if found == expected {
        return Ok(());
    }
    let mut rows = expected.split('\n').zip(found.split('\n')).zip(1u64..);
    let detail = |expected: &str, found: &str| format!("says {found:?}; it should be {expected:?}");
    match rows.find(|((expected, found), _)| expected != found) {
        Some(((expected, found), row)) => {
            Err(NotVerified::at(format!("{place}, row {row}"), detail(expected, found)))
        }
        None => Err(NotVerified::at(place, "has more or fewer rows than it should")),
    }
}

/// Whether a form is the one that `from` gives.
pub(super) fn same_form(form: Form, from: &str, expected: &str, found: &[u8]) -> Result<(), NotVerified> {
    match form.media_type() {
        "application/json" => same_json(form.name(), from, expected, found),
        _ => same_rows(form.name(), expected, found),
    }
}

/// Whether a JSON text is the one that it should be.
fn same_json(member: &str, from: &str, expected: &str, found: &[u8]) -> Result<(), NotVerified> {
    if found == expected.as_bytes() {
        return Ok(());
    }
    let (expected, found): (Value, Value) = (json(member, expected.as_bytes())?, json(member, found)?);
    match first_difference(&expected, &found) {
        Some((pointer, expected, found)) => {
            let detail = format!("says {found}; {from} give {expected}");
            Err(NotVerified::at(format!("{member}, {pointer}"), detail))
        }
        None => Err(NotVerified::at(member, "is not formatted as in the report")),
    }
}

/// JSON Pointer to the first place where two values differ, and both values there.
fn first_difference(expected: &Value, found: &Value) -> Option<(String, String, String)> {
    let below = |key: &str, difference: Option<(String, String, String)>| {
        difference.map(|(pointer, expected, found)| (format!("/{key}{pointer}"), expected, found))
    };
    match (expected, found) {
        (Value::Object(a), Value::Object(b)) => {
            let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
            let none = Value::Null;
            keys.into_iter().find_map(|key| {
                below(key, first_difference(a.get(key).unwrap_or(&none), b.get(key).unwrap_or(&none)))
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(place, (a, b))| below(&place.to_string(), first_difference(a, b))),
        _ if expected == found => None,
        (Value::Array(a), Value::Array(b)) => {
            Some((String::new(), format!("{} rows", a.len()), format!("{} rows", b.len())))
        }
        _ => Some((String::new(), expected.to_string(), found.to_string())),
    }
}
