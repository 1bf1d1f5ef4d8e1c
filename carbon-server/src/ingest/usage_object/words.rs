//! What a usage object may hold besides numbers: short words of the provider under names of such words. Prompts and
//! responses cannot get in.

use super::UsageObject;
use serde_json::Value;

/// Last words of the names of fields that hold a word, as in `service_tier`, `serviceTier` and `cache_type`.
pub(super) const NAMES_OF_WORDS: &[&str] = &[
    "tier",
    "type",
    "ttl",
    "geo",
    "speed",
    "modality",
    "size",
    "mode",
    "status",
    "kind",
    "quality",
    "resolution",
    "currency",
    "unit",
    "object",
    "source",
    "region",
    "version",
    "model",
    "provider",
    "effort",
    "reason",
    "name",
    "semantic",
    "strategy",
    "at",
    "level",
    "plan",
];

/// Bytes of such a word, and of a name.
const BYTES_MAX: usize = 64;

/// A name without regard to case and underscores: the same API writes it otherwise in its libraries.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect()
}

/// The place of the first text that is not such a word, and what is wrong with it.
pub(super) fn text_in(pointer: &str, usage: &UsageObject) -> Option<(String, &'static str)> {
    usage.iter().find_map(|(name, value)| {
        // Names come from the sender too; one that could be a sentence is not repeated.
        if !is_word(name) {
            return Some((pointer.to_owned(), "has a field that is not a count"));
        }
        text_at(&format!("{pointer}/{name}"), name, value)
    })
}

fn text_at(pointer: &str, name: &str, value: &Value) -> Option<(String, &'static str)> {
    match value {
        Value::String(text) if is_number(text) || names_a_word(name) && is_word(text) => None,
        Value::String(_) => Some((pointer.to_owned(), "is text; a usage object has counts only")),
        Value::Array(items) => items.iter().find_map(|item| text_at(pointer, name, item)),
        Value::Object(fields) => text_in(pointer, fields),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

pub(super) fn is_word(text: &str) -> bool {
    text.len() <= BYTES_MAX
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte))
}

/// A price or a count that is written as a text.
fn is_number(text: &str) -> bool {
    text.len() <= BYTES_MAX && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Whether the last word of a name, in snake case or camel case, is one of the list.
fn names_a_word(name: &str) -> bool {
    let last = name.rsplit('_').next().unwrap_or(name);
    let has_humps = last.contains(|c: char| c.is_ascii_lowercase());
    let hump = last.rfind(|c: char| c.is_ascii_uppercase()).filter(|_| has_humps).unwrap_or(0);
    NAMES_OF_WORDS.contains(&&*last[hump..].to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_of_providers_pass_and_sentences_do_not() {
        for (name, value, passes) in [
            ("service_tier", json!("standard"), true),
            ("serviceTier", json!("priority"), true),
            ("ttl", json!("1h"), true),
            ("SERVICE_TIER", json!("standard"), true),
            ("x_billing_type", json!("response_api"), true),
            ("modality", json!(["TEXT", "AUDIO"]), true),
            ("search_context_size", json!("low"), true),
            ("cost", json!("0.00123"), true),
            ("details", json!([{"type": "tokens", "n": 5}]), true),
            ("service_tier", json!("a whole sentence of text"), false),
            ("note", json!("standard"), false),
            ("prototype", json!("standard"), false),
            ("type", json!("x".repeat(65)), false),
            ("messages", json!([{"content": "hi"}]), false),
            ("please keep this", json!(1), false),
        ] {
            let Value::Object(usage) = json!({name: value}) else { unreachable!("an object") };
            assert_eq!(text_in("/usage", &usage).is_none(), passes, "{usage:?}");
        }
    }
}
