//! Token counts in requests, under either of their names.

use crate::{
    http::faults::Faults,
    ingest::{
        arithmetic::ModelNature,
        count::TokenCount,
        media::{MediaFields, beside},
        usage_object::{self, ReadUsage, UnreadUsage, UsageObject},
    },
};
use carbon_core::{
    Usage,
    usage::{Media, MediaUnit, UsageError},
};
use carbon_report::counts::calls_of;

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
    /// Of how many calls they are, whatever the object says.
    pub(crate) calls: Option<TokenCount>,
    pub(crate) media: MediaFields<'u>,
}

/// The usage of a request, and how its usage object was read.
#[derive(Default)]
pub(crate) struct RequestUsage {
    /// With the context of its calls.
    pub(crate) usage: Usage,
    /// Of how many calls it is; `None` is one, 0 is an unknown number.
    pub(crate) calls: Option<i64>,
    /// What the sender should know of it.
    pub(crate) notes: Vec<String>,
    /// Ignored fields of a usage object.
    pub(crate) unknown_fields: u64,
}

/// The usage of a request for a model, with every fault noted.
pub(crate) fn usage(faults: &mut Faults, model: Option<&str>, counts: &TokenCounts<'_>) -> RequestUsage {
    // Most calls have both counts by name, and then the model's name says nothing more.
    let nature = || model.map(ModelNature::of).unwrap_or_default();
    let media = counts.media.read(faults);
    let Some(object) = counts.object else {
        let mut named = *counts;
        if named.output.is_none() && named.completion.is_none() && nature().has_no_output {
            named.output = Some(TokenCount::of(0));
        }
        return RequestUsage::of(of_counts(faults, &named, media, ""), counts.calls);
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
        calls: None,
        media: MediaFields::default(),
    };
    let calls = counts.calls.or(settled.calls.map(TokenCount::of));
    let read = RequestUsage::of(of_counts(faults, &named, beside(settled.media, media), "/usage"), calls);
    RequestUsage { notes: settled.notes, unknown_fields, ..read }
}

impl RequestUsage {
    fn of(tokens: Usage, calls: Option<TokenCount>) -> Self {
        // One call is what a call is without more words.
        let calls = calls.and_then(|TokenCount(calls)| i64::try_from(calls).ok()).filter(|calls| *calls != 1);
        let usage = tokens.with_context_of(calls_of(calls), None);
        RequestUsage { usage, calls, ..RequestUsage::default() }
    }

    /// What its sender should know of context that is not counted.
    pub(crate) fn note_of_context(&self) -> Option<String> {
        let unknown_tokens = self.usage.context_unknown_tokens;
        let note = match self.calls {
            _ if unknown_tokens == 0 => return None,
            Some(0) => "context not counted: the record stands for an unknown number of calls".to_owned(),
            None => format!(
                "context not counted: one call does not have {unknown_tokens} tokens; state in `calls` how many they are of"
            ),
            Some(calls) => {
                format!(
                    "context not counted: {calls} calls do not have {unknown_tokens} tokens; `calls` is more than that"
                )
            }
        };
        Some(note)
    }
}

/// The usage from counts under our names and `media`. `place` is where they were read from, if that is one place.
fn of_counts(faults: &mut Faults, counts: &TokenCounts<'_>, media: Media, place: &'static str) -> Usage {
    // What is made without tokens is counted without them.
    let none = media.is_made().then(|| TokenCount::of(0));
    let input = either(faults, ["input_tokens", "prompt_tokens"], [counts.input, counts.prompt], none);
    let output =
        either(faults, ["output_tokens", "completion_tokens"], [counts.output, counts.completion], none);
    let of = |count: Option<TokenCount>| count.map_or(0, |TokenCount(count)| count);
    let usage = Usage {
        requests: 1,
        input_tokens: of(input),
        cache_read_input_tokens: of(counts.cache_read),
        cache_creation_input_tokens: of(counts.cache_creation),
        output_tokens: of(output),
        reasoning_output_tokens: of(counts.reasoning),
        media,
        ..Usage::default()
    };
    if let Err(error) = usage.check() {
        let (whole, pointer) = match error {
            UsageError::CachedAboveInput { .. } | UsageError::ContextAboveTokens { .. } => {
                (input, "/cache_read_input_tokens")
            }
            UsageError::ReasoningAboveOutput { .. } => (output, "/reasoning_output_tokens"),
            UsageError::MediaAboveTokens { name: "input_tokens", .. } => {
                let has_sound = media.get(MediaUnit::InputAudioTokens) > 0;
                (input, if has_sound { "/input_audio_tokens" } else { "/input_image_tokens" })
            }
            UsageError::MediaAboveTokens { .. } => {
                let has_sound = media.get(MediaUnit::OutputAudioTokens) > 0;
                (output, if has_sound { "/output_audio_tokens" } else { "/output_image_tokens" })
            }
        };
        // If the whole is missing, only that is reported.
        if whole.is_some() {
            faults.add(if place.is_empty() { pointer } else { place }, format!("is invalid: {error}"));
        }
    }
    usage
}

/// A count with two names, of which exactly one must be used; `missing` is what it is where neither is, if that may be.
fn either(
    faults: &mut Faults,
    names: [&str; 2],
    counts: [Option<TokenCount>; 2],
    missing: Option<TokenCount>,
) -> Option<TokenCount> {
    let [name, other_name] = names;
    match counts {
        [Some(_), Some(_)] => {
            faults.add(&format!("/{other_name}"), format!("means the same as {name}: send one of them"));
            None
        }
        [None, None] if missing.is_some() => missing,
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
            || self.media.has_tokens()
    }
}
