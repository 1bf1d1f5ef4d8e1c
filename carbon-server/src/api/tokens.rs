//! Token counts as they come in, under either of their names.

use super::Faults;
use crate::config;
use carbon_core::{Usage, UsageError};
use serde::{Deserialize, Deserializer, de};
use std::fmt;

/// The counts of a request; `prompt` and `completion` are the product's own names for `input` and `output`.
pub(super) struct TokenCounts {
    pub(super) input: Option<Count>,
    pub(super) output: Option<Count>,
    pub(super) prompt: Option<Count>,
    pub(super) completion: Option<Count>,
    pub(super) cache_read: Option<Count>,
    pub(super) cache_creation: Option<Count>,
    pub(super) reasoning: Option<Count>,
}

/// The usage they make, every fault noted.
pub(super) fn usage(faults: &mut Faults, counts: &TokenCounts) -> Usage {
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
            faults.add(pointer, format!("is refused: {error}"));
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
#[derive(Clone, Copy)]
pub(super) struct Count(u64);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "an integer from 0 to {}", config::TOKENS_MAX)
            }

            fn visit_u64<E: de::Error>(self, count: u64) -> Result<Count, E> {
                if count <= config::TOKENS_MAX {
                    Ok(Count(count))
                } else {
                    Err(E::invalid_value(de::Unexpected::Unsigned(count), &self))
                }
            }
        }

        deserializer.deserialize_u64(Visitor)
    }
}
