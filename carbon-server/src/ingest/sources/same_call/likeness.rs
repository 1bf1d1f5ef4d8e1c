//! What is compared of two calls.

use crate::ingest::{
    call::TrackRequest,
    count::TokenCount,
    sources::{SourceRecord, span::SpanRecord},
};
use carbon_core::FactorSet;

pub(super) fn call_of(span: &SpanRecord) -> Option<&TrackRequest> {
    match &span.record {
        SourceRecord::Call(call) => Some(call),
        SourceRecord::Nothing | SourceRecord::Row(..) | SourceRecord::Uncountable(_) => None,
    }
}

/// The tenant that the span itself names.
pub(super) fn named_tenant(span: &SpanRecord) -> Option<&str> {
    call_of(span)?.tenant_id.as_deref().filter(|_| span.names_tenant)
}

/// The model's listed id: one span names the alias that was asked for, another the version that answered. Of a model that
/// is not listed, the name without what gateways put in front and without a date.
pub(super) fn model_key(call: &TrackRequest) -> String {
    let name = call.model.as_deref().unwrap_or_default();
    if let Ok(found) = FactorSet::latest().resolve(name) {
        return found.model.id().to_owned();
    }
    let name = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    // As in `-2026-01-31` and `-20260131`.
    let is_date = |tail: &str| {
        tail.starts_with(['-', '@'])
            && tail.bytes().filter(u8::is_ascii_digit).count() == 8
            && tail.bytes().all(|byte| byte.is_ascii_digit() || b"-@".contains(&byte))
    };
    let dated = [11, 9].into_iter().filter_map(|bytes| name.split_at_checked(name.len().checked_sub(bytes)?));
    dated
        .into_iter()
        .find(|(_, tail)| is_date(tail))
        .map_or_else(|| name.clone(), |(bare, _)| bare.to_owned())
}

/// Whether counts are of one call. A client's own may differ in the input or in the output.
pub(super) fn are_alike(inner: [u64; 2], outer: [u64; 2], is_client: bool) -> bool {
    inner == outer || is_client && (inner[0] == outer[0] || inner[1] == outer[1])
}

/// Input and output. Not every instrumentation states the parts.
pub(super) fn counts_of(call: Option<&TrackRequest>) -> [u64; 2] {
    let tokens = |count: Option<TokenCount>| count.map_or(0, |count| count.0);
    call.map_or([0, 0], |call| [tokens(call.input_tokens), tokens(call.output_tokens)])
}

pub(super) fn parts_of(call: &TrackRequest) -> [u64; 3] {
    [call.cache_read_input_tokens, call.cache_creation_input_tokens, call.reasoning_output_tokens]
        .map(|count| count.map_or(0, |count| count.0))
}

pub(super) fn sum_of<'c>(calls: impl Iterator<Item = &'c TrackRequest>) -> [u64; 2] {
    calls.fold([0, 0], |[input, output], call| {
        let [more_input, more_output] = counts_of(Some(call));
        [input + more_input, output + more_output]
    })
}
