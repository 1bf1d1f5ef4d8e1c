//! A span by the OpenTelemetry GenAI conventions: the current ones, the older ones, and those of other instrumentations.

mod attributes;
mod counts;

pub(crate) use self::attributes::is_read;

use self::{
    attributes::{
        ACTORS, AI_SDK_EMBEDDING, ASSOCIATIONS, DO_EMBED, KIND, MODEL, NO_CALLS, OF_MEMORY, OPERATION,
        PROVIDER, REGION, RESPONSE_ID,
    },
    counts::{Counts, NotACount},
};
use crate::{
    base::digest::hex,
    ingest::{
        arithmetic::ModelNature,
        call::TrackRequest,
        sources::{
            SourceRecord,
            otlp::{AttributeValue, Attributes, Origin, Span},
            tenant_named,
        },
    },
};
use jiff::Timestamp;

/// A span, as far as it matters here.
pub(crate) struct SpanRecord {
    pub(crate) record: SourceRecord,
    pub(crate) role: SpanRole,
    /// Whether the span itself, not its resource, names the tenant.
    pub(crate) names_tenant: bool,
    pub(crate) trace_id: Vec<u8>,
    pub(crate) span_id: Vec<u8>,
    pub(crate) parent_span_id: Vec<u8>,
    pub(crate) started_ns: u64,
    pub(crate) ended_ns: u64,
    pub(crate) resource_digest: u64,
    pub(crate) scope: String,
    pub(crate) response_id: Option<String>,
}

/// What a span is among the others of its trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SpanRole {
    Call(CallKind),
    /// An agent or a tool: calls within it are other ones than those around it.
    Actor,
    Other,
}

/// Two spans of one call are of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallKind {
    Generation,
    Embedding,
    Reranking,
}

impl CallKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            CallKind::Generation => "generation",
            CallKind::Embedding => "embedding",
            CallKind::Reranking => "reranking",
        }
    }
}

/// Reads a span. Its tenant is the first of `tenant_attributes` on it, otherwise on its resource.
pub(crate) fn read(span: Span, origin: &Origin, tenant_attributes: &[String]) -> SpanRecord {
    let attributes = &span.attributes;
    let labels = Labels::of(attributes);
    let role = if labels.has_any(ACTORS) {
        SpanRole::Actor
    } else if labels.has_any(NO_CALLS) || labels.operation.contains(OF_MEMORY) {
        SpanRole::Other
    } else {
        SpanRole::Call(labels.kind_of_call())
    };
    let (record, names_tenant) = match role {
        _ if span.is_broken => (SourceRecord::Uncountable("cannot be read"), false),
        SpanRole::Call(kind) => call(&span, origin, &labels, kind, tenant_attributes),
        SpanRole::Actor | SpanRole::Other => (SourceRecord::Nothing, false),
    };
    let role = if matches!(record, SourceRecord::Nothing) && role != SpanRole::Actor {
        SpanRole::Other
    } else {
        role
    };
    let response_id = text(attributes, RESPONSE_ID);
    let Span { trace_id, span_id, parent_span_id, start_time_unix_nano, end_time_unix_nano, .. } = span;
    SpanRecord {
        record,
        role,
        names_tenant,
        trace_id,
        span_id,
        parent_span_id,
        started_ns: start_time_unix_nano,
        ended_ns: end_time_unix_nano.max(start_time_unix_nano),
        resource_digest: origin.resource_digest,
        scope: origin.scope.clone(),
        response_id,
    }
}

/// What a span says of its kind, in small letters.
struct Labels {
    operation: String,
    /// By each of the conventions that it has attributes of.
    kinds: Vec<String>,
}

impl Labels {
    fn of(attributes: &Attributes) -> Self {
        let small = |name: &str| text(attributes, &[name]).map(|label| label.to_ascii_lowercase());
        Labels {
            operation: OPERATION.iter().find_map(|name| small(name)).unwrap_or_default(),
            kinds: KIND.iter().filter_map(|name| small(name)).collect(),
        }
    }

    /// The kind by the convention that is preferred.
    fn kind(&self) -> &str {
        self.kinds.first().map_or("", String::as_str)
    }

    fn has_any(&self, labels: &[&str]) -> bool {
        labels.contains(&&*self.operation) || self.kinds.iter().any(|kind| labels.contains(&&**kind))
    }

    fn kind_of_call(&self) -> CallKind {
        let has = |word: &str| self.operation.contains(word) || self.kind().contains(word);
        if has("embedding") || has(DO_EMBED) {
            CallKind::Embedding
        } else if has("rerank") {
            CallKind::Reranking
        } else {
            CallKind::Generation
        }
    }

    fn is_ai_sdk_embedding(&self) -> bool {
        self.kind().ends_with(DO_EMBED)
    }

    /// Whether a framework calls the span one of a model.
    fn says_call(&self) -> bool {
        const KINDS: &[&str] = &["llm", "generation", "embedding", "reranker"];
        const OPERATIONS: &[&str] = &["chat", "text_completion", "generate_content", "embeddings"];
        OPERATIONS.contains(&&*self.operation) || self.kinds.iter().any(|kind| KINDS.contains(&&**kind))
    }
}

/// The call that a span shows, and whether the span itself names the tenant.
fn call(
    span: &Span,
    origin: &Origin,
    labels: &Labels,
    kind: CallKind,
    tenant_attributes: &[String],
) -> (SourceRecord, bool) {
    let attributes = &span.attributes;
    let uncountable = |reason| (SourceRecord::Uncountable(reason), false);
    let counts = match Counts::read(attributes, labels.is_ai_sdk_embedding()) {
        Ok(counts) => counts,
        Err(NotACount) => {
            return uncountable("has a token count that is not an integer from 0 to 1000000000");
        }
    };
    let model_of_ai_sdk = || text(attributes, AI_SDK_EMBEDDING).filter(|_| labels.is_ai_sdk_embedding());
    let Some(model) = text(attributes, MODEL).or_else(model_of_ai_sdk) else {
        let is_call = counts.are_told() || labels.says_call() && !span.has_failed;
        return if is_call { uncountable("names no model") } else { (SourceRecord::Nothing, false) };
    };
    if !counts.are_told() && span.has_failed {
        // The usage of a failed call is unknown.
        return (SourceRecord::Nothing, false);
    }
    let provider = text(attributes, PROVIDER);
    let mut nature = ModelNature::of(&model);
    nature.has_no_output |= kind != CallKind::Generation;
    let settled = match counts.settled(nature, provider.as_deref(), &origin.scope) {
        Ok(settled) => settled,
        Err(reason) => return uncountable(reason),
    };
    let is_id = |id: &[u8], bytes: usize| id.len() == bytes && id.iter().any(|byte| *byte != 0);
    if !is_id(&span.trace_id, 16) || !is_id(&span.span_id, 8) {
        return uncountable("has no trace id and span id");
    }
    // It would count as of today, in another month perhaps.
    let started = Timestamp::from_nanosecond(i128::from(span.start_time_unix_nano));
    let Some(started) = started.ok().filter(|_| span.start_time_unix_nano > 0) else {
        return uncountable("has no start time");
    };
    let region = text(attributes, REGION).or_else(|| text(&origin.resource, REGION));
    // It may be a sentence, so it is not repeated even in the reason.
    if region.as_ref().is_some_and(|region| region.contains(char::is_whitespace)) {
        return uncountable("has an invalid carbon.region");
    }
    let of_span = tenant_of_span(attributes, tenant_attributes);
    let names_tenant = of_span.is_some();
    let tenant_id = of_span.or_else(|| {
        tenant_attributes.iter().find_map(|name| tenant_named(text_of(origin.resource.value(name)?)?))
    });
    let request = TrackRequest {
        tenant_id,
        model: Some(model),
        provider,
        region,
        event_id: Some(format!("{}-{}", hex(&span.trace_id), hex(&span.span_id))),
        timestamp: Some(started.to_string()),
        ..TrackRequest::counting(settled)
    };
    (SourceRecord::Call(Box::new(request)), names_tenant)
}

/// The tenant that the span itself names. What is no tenant, such as a list or an object, is passed by.
fn tenant_of_span(attributes: &Attributes, names: &[String]) -> Option<String> {
    let associated = |name: &String| {
        ASSOCIATIONS.iter().find_map(|prefix| {
            let value = attributes.value(&format!("{prefix}{name}"));
            value.or_else(|| attributes.value(&format!("{prefix}{}", name.replace('.', "_"))))
        })
    };
    let named = |value: &AttributeValue| tenant_named(unquoted(text_of(value)?));
    names
        .iter()
        .find_map(|name| attributes.value(name).and_then(named).or_else(|| associated(name).and_then(named)))
}

/// The text that a JSON string stands for, as Langfuse writes metadata; any other text as it is.
fn unquoted(text: String) -> String {
    if text.starts_with('"') { serde_json::from_str(&text).unwrap_or(text) } else { text }
}

/// A non-empty text under the first of these names that has one; a number becomes its digits.
fn text(attributes: &Attributes, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| text_of(attributes.value(name)?)).map(unquoted)
}

fn text_of(value: &AttributeValue) -> Option<String> {
    match value {
        AttributeValue::Text(text) if !text.is_empty() => Some(text.clone()),
        AttributeValue::Integer(number) => Some(number.to_string()),
        AttributeValue::Double(number) => Some(number.to_string()),
        AttributeValue::Text(_) | AttributeValue::Other => None,
    }
}
