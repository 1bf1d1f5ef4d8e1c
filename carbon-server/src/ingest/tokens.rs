//! Token counts in requests, under either of their names.

use crate::{
    http::faults::Faults,
    ingest::{
        arithmetic::ModelNature,
        count::TokenCount,
        usage_object::{self, ReadUsage, UnreadUsage, UsageObject},
    },
};
use carbon_core::{Usage, usage::UsageError};

/// The counts of a request; `prompt` and `completion` are other names for `input` and `output`.
#[derive(Clone, Copy)]
pub(crate) struct TokenCounts<'u> {
    pub(crate) input: Option<TokenCount>,
    pub(crate) output: Option<TokenCount>,
    pub(crate) prompt: Option<TokenCount>,
    pub(crate) completion: Option<TokenCount>,
    pub(crate) cache_read: Option<TokenCount>,
    pub(crate) cache_creation: Option<TokenCount>,
    pub(crate) reasoning: Option<TokenCount>,
    /// All counts in the provider's own form.
    pub(crate) object: Option<&'u UsageObject>,
}

/// The usage of a request, and how its usage object was read.
#[derive(Default)]
pub(crate) struct RequestUsage {
    pub(crate) usage: Usage,
    /// What the sender should know of it.
    pub(crate) notes: Vec<String>,
    /// Ignored fields of a usage object.
    pub(crate) unknown_fields: u64,
}

/// The usage of a request for a model, with every fault noted.
pub(crate) fn usage(faults: &mut Faults, model: Option<&str>, counts: &TokenCounts<'_>) -> RequestUsage {
    // Most calls have both counts by name, and then the model's name says nothing more.
    let nature = || model.map(ModelNature::of).unwrap_or_default();
    let Some(object) = counts.object else {
        let mut named = *counts;
        if named.output.is_none() && named.completion.is_none() && nature().has_no_output {
            named.output = Some(TokenCount::of(0));
        }
        return RequestUsage { usage: of_counts(faults, &named, ""), ..RequestUsage::default() };
    };
    if counts.any() {
        faults.add("/usage", "already has the counts: send it, or the counts by name");
        return RequestUsage::default();
    }
    let ReadUsage { settled, unknown_fields } = match usage_object::read(object, nature()) {
        Ok(read) => read,
        Err(UnreadUsage { pointer, reason, .. }) => {
            faults.add(&pointer, reason);
            return RequestUsage::default();
        }
    };
    let [input, output, cache_read, cache_creation, reasoning] = settled.counts.counts().map(Some);
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
    RequestUsage { usage: of_counts(faults, &named, "/usage"), notes: settled.notes, unknown_fields }
}

/// The usage from counts under our names. `place` is where they were read from, if that is one place.
fn of_counts(faults: &mut Faults, counts: &TokenCounts<'_>, place: &'static str) -> Usage {
    let input = either(faults, ["input_tokens", "prompt_tokens"], [counts.input, counts.prompt]);
    let output = either(faults, ["output_tokens", "completion_tokens"], [counts.output, counts.completion]);
    let of = |count: Option<TokenCount>| count.map_or(0, |TokenCount(count)| count);
    let usage = Usage {
        requests: 1,
        input_tokens: of(input),
        cache_read_input_tokens: of(counts.cache_read),
        cache_creation_input_tokens: of(counts.cache_creation),
        output_tokens: of(output),
        reasoning_output_tokens: of(counts.reasoning),
        ..Usage::default()
    };
    if let Err(error) = usage.check() {
        let (whole, pointer) = match error {
            UsageError::CachedAboveInput { .. } | UsageError::ContextAboveTokens { .. } => {
                (input, "/cache_read_input_tokens")
            }
            UsageError::ReasoningAboveOutput { .. } => (output, "/reasoning_output_tokens"),
        };
        // If the whole is missing, only that is reported.
        if whole.is_some() {
            faults.add(if place.is_empty() { pointer } else { place }, format!("is invalid: {error}"));
        }
    }
    usage
}

/// A count with two names, of which exactly one must be used.
fn either(faults: &mut Faults, names: [&str; 2], counts: [Option<TokenCount>; 2]) -> Option<TokenCount> {
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

impl TokenCounts<'_> {
    /// Whether any count is given by name.
    fn any(&self) -> bool {
        let TokenCounts { input, output, prompt, completion, cache_read, cache_creation, reasoning, .. } =
            self;
        [input, output, prompt, completion, cache_read, cache_creation, reasoning]
            .into_iter()
            .any(|count| count.is_some())
    }
}
