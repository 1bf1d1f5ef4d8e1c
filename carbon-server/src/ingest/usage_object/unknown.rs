//! Fields of a usage object that no name covers.

use super::{
    UsageObject,
    names::{FIELDS, Meaning},
};
use serde_json::Value;

/// Number of unknown fields, and the names of those that seem to count tokens.
pub(super) fn unknown(usage: &UsageObject) -> (u64, Vec<&str>) {
    let (mut fields, mut tokens) = (0, Vec::new());
    note_unknown("", usage, &mut fields, &mut tokens);
    (fields, tokens)
}

fn note_unknown<'u>(within: &str, usage: &'u UsageObject, fields: &mut u64, tokens: &mut Vec<&'u str>) {
    for (name, value) in usage {
        let path = if within.is_empty() { name.clone() } else { format!("{within}.{name}") };
        match knowledge_of(&path) {
            Knowledge::Whole => {}
            Knowledge::Parts => {
                if let Value::Object(inner) = value {
                    note_unknown(&path, inner, fields, tokens);
                }
            }
            Knowledge::None => {
                *fields += 1;
                let counts = value.as_u64().is_some_and(|count| count > 0);
                if counts && within.is_empty() && name.to_ascii_lowercase().contains("token") {
                    tokens.push(name);
                }
            }
        }
    }
}

/// What is known of a field.
enum Knowledge {
    /// It is read or ignored, with all that is in it.
    Whole,
    /// Some of what is in it.
    Parts,
    None,
}

fn knowledge_of(path: &str) -> Knowledge {
    let names = || FIELDS.iter().map(|field| field.path);
    let is_under =
        |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with(['.', '[']));
    let is_ignored =
        |of: &str| FIELDS.iter().any(|field| field.path == of && field.meaning == Meaning::Ignored);
    if names().any(|name| is_under(name, path)) && !is_ignored(path) {
        Knowledge::Parts
    } else if names().any(|name| {
        name == path
            || name.strip_suffix("*").is_some_and(|outer| path.starts_with(outer))
            || is_ignored(name) && is_under(path, name)
    }) {
        Knowledge::Whole
    } else {
        Knowledge::None
    }
}
