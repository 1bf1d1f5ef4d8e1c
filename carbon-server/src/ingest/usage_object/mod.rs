//! A provider's own usage object, unchanged: which form it has, and what each of its counts becomes.

mod form;

use crate::{
    config,
    http::faults::Faults,
    ingest::{
        count::TokenCount,
        usage_object::form::{FORMS, UsageForm, WORDS},
    },
};
use serde_json::{Map, Value};

/// Counts as the ledger stores them: input includes cached tokens, output includes reasoning tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct UsageCounts {
    pub(crate) input: u64,
    pub(crate) output: u64,
    pub(crate) cache_read: u64,
    pub(crate) cache_creation: u64,
    pub(crate) reasoning: u64,
    /// Unknown fields, which are ignored and counted.
    pub(crate) unknown_fields: u64,
}

/// The usage object as sent: numbers, in objects and lists.
pub(crate) type UsageObject = Map<String, Value>;

const POINTER: &str = "/usage";

/// Reads it; a fault names the field.
pub(crate) fn read(faults: &mut Faults, usage: &UsageObject) -> Option<UsageCounts> {
    if let Some((pointer, fault)) = text_in(POINTER, usage) {
        faults.add(&pointer, fault);
        return None;
    }
    let Some(form) = FORMS.iter().find(|form| form.fits(usage)) else {
        let known: Vec<&str> = FORMS.iter().map(|form| form.name).collect();
        faults.add(POINTER, format!("is not a known usage object; known are: {}", known.join("; ")));
        return None;
    };
    let mut sum = |fields: &[&str]| {
        fields.iter().try_fold(0_u64, |sum, field| Some(sum + count(faults, usage, field)?))
    };
    let [input, output, cache_read, cache_creation, reasoning] =
        [form.input, form.output, form.cache_read, form.cache_creation, form.reasoning].map(&mut sum);
    let (input, output, cache_read) = (input?, output?, cache_read?);
    let (cache_creation, reasoning) = (cache_creation?, reasoning?);
    let cached = if form.input_excludes_cache { cache_read + cache_creation } else { 0 };
    let read = UsageCounts {
        input: input + cached,
        output,
        cache_read,
        cache_creation,
        reasoning,
        unknown_fields: unknown_fields(form, "", usage),
    };
    for (count, what) in [(read.input, "input"), (read.output, "output")] {
        if count > config::TOKENS_MAX {
            faults.add(POINTER, format!("has more than {} {what} tokens in total", config::TOKENS_MAX));
            return None;
        }
    }
    Some(read)
}

impl UsageForm {
    /// Whether an object has this form, that is, one of its identifying fields.
    fn fits(&self, usage: &UsageObject) -> bool {
        self.told_by.iter().any(|field| at(usage, field).is_some())
    }

    /// Whether the form knows the field, read or ignored.
    fn knows(&self, field: &str) -> bool {
        let read = [self.input, self.output, self.cache_read, self.cache_creation, self.reasoning];
        let within = |known: &str| {
            known == field || known.strip_prefix(field).is_some_and(|rest| rest.starts_with('.'))
        };
        let known = read.into_iter().chain([self.passed_over]).flatten().flat_map(|names| names.split('|'));
        known.into_iter().any(within)
    }
}

/// The value at a place such as `prompt_tokens_details.cached_tokens`; `None` for `null`.
fn at<'u>(usage: &'u UsageObject, field: &str) -> Option<&'u Value> {
    let (first, rest) = field.split_once('.').map_or((field, None), |(first, rest)| (first, Some(rest)));
    let value = usage.get(first).filter(|value| !value.is_null())?;
    match rest {
        None => Some(value),
        Some(rest) => at(value.as_object()?, rest),
    }
}

/// A count, 0 if it is missing.
fn count(faults: &mut Faults, usage: &UsageObject, field: &str) -> Option<u64> {
    let found = field.split('|').find_map(|name| Some((name, at(usage, name)?)));
    let Some((field, value)) = found else { return Some(0) };
    let count = value.as_u64().filter(|count| *count <= config::TOKENS_MAX);
    if count.is_none() {
        let pointer = format!("{POINTER}/{}", field.replace('.', "/"));
        faults.add(&pointer, format!("must be an integer from 0 to {}", config::TOKENS_MAX));
    }
    count
}

/// The first text in it that is not one of the few words that providers send: prompts and responses cannot get in.
fn text_in(pointer: &str, usage: &UsageObject) -> Option<(String, &'static str)> {
    usage.iter().find_map(|(name, value)| text_at(&format!("{pointer}/{name}"), name, value))
}

fn text_at(pointer: &str, name: &str, value: &Value) -> Option<(String, &'static str)> {
    /// Bytes of a word such as `standard`.
    const WORD_BYTES_MAX: usize = 32;
    let is_word = |text: &str| {
        text.len() <= WORD_BYTES_MAX
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
    };
    // Names come from the sender too; one that could be a sentence is not repeated.
    if !is_word(name) {
        return Some((POINTER.to_owned(), "has a field that is not a count"));
    }
    match value {
        Value::String(text) if WORDS.contains(&name) && is_word(text) => None,
        Value::String(_) => Some((pointer.to_owned(), "is text; a usage object has counts only")),
        Value::Array(items) => items.iter().find_map(|item| text_at(pointer, name, item)),
        Value::Object(fields) => text_in(pointer, fields),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Number of fields that the form does not know.
fn unknown_fields(form: &UsageForm, within: &str, usage: &UsageObject) -> u64 {
    let of = |(name, value): (&String, &Value)| {
        let field = if within.is_empty() { name.clone() } else { format!("{within}.{name}") };
        match value {
            _ if !form.knows(&field) => 1,
            Value::Object(fields) => unknown_fields(form, &field, fields),
            _ => 0,
        }
    };
    usage.iter().map(of).sum()
}

impl UsageCounts {
    /// As the counts of a request.
    pub(crate) fn counts(self) -> [TokenCount; 5] {
        [self.input, self.output, self.cache_read, self.cache_creation, self.reasoning].map(TokenCount::of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults_of(usage: Value) -> Vec<String> {
        let mut faults = Faults::default();
        let Value::Object(usage) = usage else { panic!("an object") };
        assert_eq!(read(&mut faults, &usage), None);
        let crate::http::problem::Problem::Invalid { errors } = faults.none().unwrap_err() else {
            panic!("input is what is wrong")
        };
        errors.into_iter().map(|error| format!("{} {}", error.pointer, error.detail)).collect()
    }

    #[test]
    fn what_is_no_count_is_refused_by_its_place() {
        for (usage, fault) in [
            (json!({}), "/usage is not a known usage object"),
            (json!({"tokens": 5}), "/usage is not a known usage object"),
            (
                json!({"prompt_tokens": -1, "completion_tokens": 1}),
                "/usage/prompt_tokens must be an integer from 0",
            ),
            (
                json!({"prompt_tokens": 1.5, "completion_tokens": 1}),
                "/usage/prompt_tokens must be an integer from 0",
            ),
            (
                json!({"input_tokens": 1_000_000_000, "output_tokens": 1, "cache_read_input_tokens": 1}),
                "/usage has more than 1000000000 input tokens in total",
            ),
            (
                json!({"prompt_tokens": 1, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": "x"}}),
                "/usage/prompt_tokens_details/cached_tokens is text",
            ),
            (json!({"prompt_tokens": 1, "completion_tokens": 1, "note": "Dear Sir"}), "/usage/note is text"),
            (
                json!({"prompt_tokens": 1, "completion_tokens": 1, "service_tier": "a whole sentence of text"}),
                "/usage/service_tier is text",
            ),
            (json!({"prompt_tokens": 1, "completion_tokens": 1, "x": [{"y": ["z"]}]}), "/usage/x/y is text"),
            (
                json!({"prompt_tokens": 1, "completion_tokens": 1, "please keep this": 1}),
                "/usage has a field that is not a count",
            ),
        ] {
            let found = faults_of(usage.clone());
            assert!(found.len() == 1 && found[0].starts_with(fault), "{usage}: {found:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_passed_over_and_counted() {
        let usage = json!({
            "prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10, "carbon": 5, "ok": true,
            "prompt_tokens_details": {"cached_tokens": 2, "holograms": 4},
        });
        let Value::Object(usage) = usage else { unreachable!("an object") };
        let mut faults = Faults::default();
        let expect =
            UsageCounts { input: 7, output: 3, cache_read: 2, unknown_fields: 3, ..UsageCounts::default() };
        assert_eq!(read(&mut faults, &usage), Some(expect));
        assert!(faults.none().is_ok());
    }

    #[test]
    fn no_form_hides_another() {
        for (place, form) in FORMS.iter().enumerate() {
            for other in &FORMS[place + 1..] {
                let shared = other.told_by.iter().all(|field| form.told_by.contains(field));
                assert!(!shared, "{} is never found after {}", other.name, form.name);
            }
        }
    }
}
