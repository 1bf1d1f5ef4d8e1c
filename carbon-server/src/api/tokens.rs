//! Token counts as they come in, under either of their names.

use super::{
    Faults,
    usage_object::{self, UsageObject},
};
use crate::config;
use carbon_core::{Usage, usage::UsageError};
use serde::{Deserialize, Deserializer, Serialize, de};
use std::fmt;

/// The counts of a request; `prompt` and `completion` are the product's own names for `input` and `output`.
pub(super) struct TokenCounts<'u> {
    pub(super) input: Option<Count>,
    pub(super) output: Option<Count>,
    pub(super) prompt: Option<Count>,
    pub(super) completion: Option<Count>,
    pub(super) cache_read: Option<Count>,
    pub(super) cache_creation: Option<Count>,
    pub(super) reasoning: Option<Count>,
    /// All of them at once, as the provider says it.
    pub(super) object: Option<&'u UsageObject>,
}

/// The usage they make, every fault noted; and how many fields of a usage object were passed over.
pub(super) fn usage(faults: &mut Faults, counts: &TokenCounts<'_>) -> (Usage, u64) {
    let Some(object) = counts.object else { return (of_counts(faults, counts, ""), 0) };
    if counts.any() {
        faults.add("/usage", "says the counts already: send it, or the counts by their names");
        return (Usage::default(), 0);
    }
    let Some(read) = usage_object::read(faults, object) else { return (Usage::default(), 0) };
    let [input, output, cache_read, cache_creation, reasoning] = read.counts().map(Some);
    let named = TokenCounts {
        input,
        output,
        prompt: None,
        completion: None,
        cache_read,
        cache_creation,
        reasoning,
        object: None,
    };
    (of_counts(faults, &named, "/usage"), read.unknown_fields)
}

/// The usage of counts under our names. `place` is where they were read from, if that is one place.
fn of_counts(faults: &mut Faults, counts: &TokenCounts<'_>, place: &'static str) -> Usage {
    let input = either(faults, ["input_tokens", "prompt_tokens"], [counts.input, counts.prompt]);
    let output = either(faults, ["output_tokens", "completion_tokens"], [counts.output, counts.completion]);
    let of = |count: Option<Count>| count.map_or(0, |Count(count)| count);
    let usage = Usage {
        requests: 1,
        input_tokens: of(input),
        cache_read_input_tokens: of(counts.cache_read),
        cache_creation_input_tokens: of(counts.cache_creation),
        output_tokens: of(output),
        reasoning_output_tokens: of(counts.reasoning),
    };
    if let Err(error) = usage.check() {
        let (whole, pointer) = match error {
            UsageError::CachedAboveInput { .. } => (input, "/cache_read_input_tokens"),
            UsageError::ReasoningAboveOutput { .. } => (output, "/reasoning_output_tokens"),
        };
        // Where the whole is missing, that is the fault to report.
        if whole.is_some() {
            faults.add(if place.is_empty() { pointer } else { place }, format!("is refused: {error}"));
        }
    }
    usage
}

/// A count that goes by two names, of which exactly one must be used.
fn either(faults: &mut Faults, names: [&str; 2], counts: [Option<Count>; 2]) -> Option<Count> {
    let [name, other_name] = names;
    match counts {
        [Some(_), Some(_)] => {
            faults.add(&format!("/{other_name}"), format!("means the same as {name}: send one of them"));
            None
        }
        [None, None] => {
            faults.add(&format!("/{other_name}"), format!("is required (or {name}, which means the same)"));
            None
        }
        [count, None] | [None, count] => count,
    }
}

/// A number of tokens, from 0 to [`config::TOKENS_MAX`].
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Count(u64);

impl Count {
    /// A count that was checked.
    pub(super) fn of(count: u64) -> Self {
        Count(count)
    }

    /// How many.
    #[cfg(test)]
    pub(crate) fn as_u64(self) -> u64 {
        self.0
    }

    /// A count that may be too large.
    pub(crate) fn checked(count: u64) -> Option<Self> {
        (count <= config::TOKENS_MAX).then_some(Count(count))
    }
}

impl TokenCounts<'_> {
    /// Whether any count is given by its name.
    fn any(&self) -> bool {
        let TokenCounts { input, output, prompt, completion, cache_read, cache_creation, reasoning, .. } =
            self;
        [input, output, prompt, completion, cache_read, cache_creation, reasoning]
            .into_iter()
            .any(|count| count.is_some())
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "an integer from 0 to {}", config::TOKENS_MAX)
            }

            fn visit_u64<E: de::Error>(self, count: u64) -> Result<Count, E> {
                Count::checked(count).ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(count), &self))
            }
        }

        deserializer.deserialize_u64(Visitor)
    }
}
