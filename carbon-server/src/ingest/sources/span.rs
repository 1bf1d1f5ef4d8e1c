//! A span by the OpenTelemetry GenAI conventions: the current ones, the older ones, and those of other instrumentations.

use crate::{
    base::digest::hex,
    ingest::{
        arithmetic::{ModelNature, Part, PartKind, Place, StatedCounts, UsageCounts, settle},
        call::TrackRequest,
        count::TokenCount,
        sources::{
            SourceRecord, langfuse, lenient,
            otlp::{AttributeValue, Attributes, Origin, Span},
            tenant_named,
        },
        usage_object,
    },
};
use jiff::Timestamp;

// Attributes that are read, in order of preference. Everything else is dropped.
const MODEL: &[&str] = &[
    "gen_ai.response.model",
    "gen_ai.request.model",
    "llm.response.model",
    "llm.request.model",
    "llm.model_name",
    "embedding.model_name",
    "reranker.model_name",
    "langfuse.observation.model.name",
];
const PROVIDER: &[&str] = &[
    "gen_ai.provider.name",
    "gen_ai.system",
    "llm.provider",
    "llm.vendor",
    "llm.system",
    "langfuse.observation.metadata.ls_provider",
];
const OPERATION: &[&str] = &["gen_ai.operation.name", "llm.request.type"];
/// The kind of a span, in frameworks that state it.
const KIND: &[&str] =
    &["traceloop.span.kind", "openinference.span.kind", "langsmith.span.kind", "langfuse.observation.type"];
const RESPONSE_ID: &[&str] = &["gen_ai.response.id"];
const INPUT: &[&str] = &[
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "llm.usage.prompt_tokens",
    "llm.token_count.prompt",
];
const OUTPUT: &[&str] = &[
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.usage.completion_tokens",
    "llm.token_count.completion",
];
const TOTAL: &[&str] = &[
    "gen_ai.usage.total_tokens",
    "llm.usage.total_tokens",
    "llm.token_count.total",
    "gen_ai.client.token.usage",
];
const FRESH: &[&str] = &["gen_ai.usage.details.input_tokens", "ai.usage.inputTokenDetails.noCacheTokens"];
const CACHE_READ: &[&str] = &[
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.input_tokens.cached",
    "gen_ai.usage.input_tokens.cache_read",
    "gen_ai.usage.cached_tokens",
    "gen_ai.usage.details.cache_read_tokens",
    "gen_ai.usage.details.cache_read_input_tokens",
    "gen_ai.usage.details.cached_tokens",
    "gen_ai.usage.details.cached_content_tokens",
    "gen_ai.usage.prompt_tokens_details.cached_tokens",
    "llm.usage.cache_read_input_tokens",
    "llm.token_count.prompt_details.cache_read",
    "llm.token_count.prompt_details.cache_input",
    "ai.usage.inputTokenDetails.cacheReadTokens",
    CACHED_BY_AI_SDK,
];
/// Version 5 of Vercel's SDK has no other, and passes on what the provider states; later versions give details.
const CACHED_BY_AI_SDK: &str = "ai.usage.cachedInputTokens";
const CACHE_CREATION: &[&str] = &[
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.cache_write_input_tokens",
    "gen_ai.usage.input_tokens.cache_write",
    "gen_ai.usage.details.cache_write_tokens",
    "gen_ai.usage.details.cache_creation_input_tokens",
    "llm.usage.cache_creation_input_tokens",
    "llm.token_count.prompt_details.cache_write",
    "ai.usage.inputTokenDetails.cacheWriteTokens",
];
const REASONING: &[&str] = &[
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.reasoning_tokens",
    "gen_ai.usage.output_tokens.reasoning",
    "gen_ai.usage.details.reasoning_tokens",
    "gen_ai.usage.details.thoughts_tokens",
    "gen_ai.usage.completion_tokens_details.reasoning_tokens",
    "llm.usage.reasoning_tokens",
    "llm.token_count.completion_details.reasoning",
    "ai.usage.outputTokenDetails.reasoningTokens",
    "ai.usage.reasoningTokens",
];
/// Usage objects as JSON in a text, whose counts stand beside or instead of those above.
const USAGE_OBJECT: &[&str] = &["langsmith.metadata.usage_metadata"];
/// Counts by Langfuse's rules, or a provider's usage object, as JSON in a text.
const USAGE_DETAILS: &[&str] = &["langfuse.observation.usage_details"];
/// Our own: where the model was served. `cloud.region` is where the caller runs.
const REGION: &[&str] = &["carbon.region"];

/// Operations and kinds that call no model, or that sum up or fetch calls with their own spans. Memory has a name per
/// operation.
const NO_CALLS: &[&str] = &[
    "invoke_workflow",
    "plan",
    "retrieval",
    "retrieve",
    "fetch_response",
    "workflow",
    "task",
    "chain",
    "prompt",
    "parser",
    "retriever",
    "guardrail",
    "evaluator",
    "span",
    "event",
];
/// The same, of what acts by itself: a call in it is another one than a call around it.
const ACTORS: &[&str] = &["invoke_agent", "create_agent", "execute_tool", "agent", "tool"];
const OF_MEMORY: &str = "_memory";

/// What a program sets of a whole trace, under the prefixes of several libraries.
const ASSOCIATIONS: &[&str] = &[
    "traceloop.association.properties.",
    "langfuse.trace.metadata.",
    "langfuse.observation.metadata.",
    "langsmith.metadata.",
];

/// Scopes that pass on an input without cached tokens, whatever their total says, by provider.
const WITHOUT_CACHE: &[(&str, &[&str])] = &[("openlit", &["anthropic", "aws.bedrock"])];

/// All of these lists.
const READ: [&[&str]; 15] = [
    MODEL,
    PROVIDER,
    OPERATION,
    KIND,
    RESPONSE_ID,
    INPUT,
    OUTPUT,
    TOTAL,
    FRESH,
    CACHE_READ,
    CACHE_CREATION,
    REASONING,
    USAGE_OBJECT,
    USAGE_DETAILS,
    REGION,
];

/// A span, as far as it matters here.
pub(crate) struct SpanRecord {
    pub(crate) record: SourceRecord,
    pub(crate) role: SpanRole,
    /// Of the tenant, whether the span itself names it.
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

/// Whether an attribute is read, given those that name the tenant.
pub(crate) fn is_read(name: &str, tenant_attributes: &[String]) -> bool {
    READ.iter().any(|names| names.contains(&name))
        || tenant_attributes.iter().any(|tenant| {
            let own = ASSOCIATIONS.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
            tenant == own || own.len() < name.len() && tenant.replace('.', "_") == own
        })
}

/// Reads a span. Its tenant is the first of `tenant_attributes` on it, otherwise on its resource.
pub(crate) fn read(span: Span, origin: &Origin, tenant_attributes: &[String]) -> SpanRecord {
    let attributes = &span.attributes;
    let operation = text(attributes, OPERATION).unwrap_or_default().to_ascii_lowercase();
    let kind = text(attributes, KIND).unwrap_or_default().to_ascii_lowercase();
    let is = |names: &[&str]| names.contains(&&*operation) || names.contains(&&*kind);
    let role = if is(ACTORS) {
        SpanRole::Actor
    } else if is(NO_CALLS) || operation.contains(OF_MEMORY) {
        SpanRole::Other
    } else {
        SpanRole::Call(kind_of_call(&operation, &kind))
    };
    let (record, names_tenant) = match role {
        _ if span.is_broken => (SourceRecord::Uncountable("cannot be read"), false),
        SpanRole::Call(kind) => call(&span, origin, kind, tenant_attributes),
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

fn kind_of_call(operation: &str, kind: &str) -> CallKind {
    let has = |word: &str| operation.contains(word) || kind.contains(word);
    if has("embedding") {
        CallKind::Embedding
    } else if has("rerank") {
        CallKind::Reranking
    } else {
        CallKind::Generation
    }
}

/// The call that a span shows, and whether the span itself names the tenant.
fn call(span: &Span, origin: &Origin, kind: CallKind, tenant_attributes: &[String]) -> (SourceRecord, bool) {
    let attributes = &span.attributes;
    let uncountable = |reason| (SourceRecord::Uncountable(reason), false);
    let counts = match Counts::read(attributes) {
        Ok(counts) => counts,
        Err(NotACount) => {
            return uncountable("has a token count that is not an integer from 0 to 1000000000");
        }
    };
    let Some(model) = text(attributes, MODEL) else {
        return if counts.are_told() {
            uncountable("names no model")
        } else {
            (SourceRecord::Nothing, false)
        };
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
    let UsageCounts { input, output, cache_read, cache_creation, reasoning } = settled.counts;
    let request = TrackRequest {
        tenant_id,
        model: Some(model),
        provider,
        region,
        event_id: Some(event_id(&span.trace_id, &span.span_id)),
        timestamp: Some(started.to_string()),
        input_tokens: TokenCount::checked(input),
        output_tokens: TokenCount::checked(output),
        cache_read_input_tokens: TokenCount::checked(cache_read),
        cache_creation_input_tokens: TokenCount::checked(cache_creation),
        reasoning_output_tokens: TokenCount::checked(reasoning),
        notes: settled.notes,
        ..TrackRequest::default()
    };
    (SourceRecord::Call(Box::new(request)), names_tenant)
}

/// The id of a span's event.
pub(crate) fn event_id(trace_id: &[u8], span_id: &[u8]) -> String {
    format!("{}-{}", hex(trace_id), hex(span_id))
}

/// A value that should be a count.
struct NotACount;

/// The counts of a span.
struct Counts {
    input: Option<u64>,
    output: Option<u64>,
    total: Option<u64>,
    fresh: Option<u64>,
    cache_read: Option<u64>,
    cache_creation: Option<u64>,
    reasoning: Option<u64>,
    /// Whether only version 5 of Vercel's SDK tells of cached tokens.
    is_by_ai_sdk_5: bool,
    usage_object: Option<lenient::Object>,
    usage_details: Option<lenient::Object>,
}

impl Counts {
    fn read(attributes: &Attributes) -> Result<Self, NotACount> {
        let part = |names: &[&str]| most(attributes, names);
        let object = |names| {
            let text = text(attributes, names)?;
            serde_json::from_str(&text).ok().map(lenient::Object)
        };
        let details = "ai.usage.inputTokenDetails.";
        Ok(Counts {
            input: first(attributes, INPUT)?,
            output: first(attributes, OUTPUT)?,
            // What is no count there is no total.
            total: first(attributes, TOTAL).unwrap_or_default(),
            fresh: first(attributes, FRESH)?,
            cache_read: part(CACHE_READ)?,
            cache_creation: part(CACHE_CREATION)?,
            reasoning: part(REASONING)?,
            is_by_ai_sdk_5: attributes.value(CACHED_BY_AI_SDK).is_some()
                && !CACHE_READ
                    .iter()
                    .chain(FRESH)
                    .any(|name| name.starts_with(details) && attributes.value(name).is_some()),
            usage_object: object(USAGE_OBJECT),
            usage_details: object(USAGE_DETAILS),
        })
    }

    fn are_told(&self) -> bool {
        self.input.is_some() || self.output.is_some() || self.usage_details.is_some()
    }

    fn settled(
        self,
        model: ModelNature,
        provider: Option<&str>,
        scope: &str,
    ) -> Result<crate::ingest::arithmetic::SettledCounts, &'static str> {
        if self.input.is_none()
            && self.output.is_none()
            && let Some(details) = self.usage_details
        {
            return langfuse::settled(&details, model);
        }
        let provider = provider.unwrap_or_default().to_ascii_lowercase();
        let passes_on = WITHOUT_CACHE.iter().any(|(of, providers)| {
            scope.starts_with(of) && providers.iter().any(|name| provider.starts_with(name))
        });
        let is_certain =
            passes_on || self.is_by_ai_sdk_5 && (model.excludes_cache || provider.starts_with("anthropic"));
        let cached = if is_certain { Place::Beside } else { Place::Within };
        let part = |kind, tokens: Option<u64>, place, is_certain| Part {
            kind,
            tokens: tokens.unwrap_or(0),
            place,
            is_certain,
        };
        let mut stated = StatedCounts {
            input: self.input,
            output: self.output,
            total: self.total,
            fresh: self.fresh,
            parts: vec![
                part(PartKind::CacheRead, self.cache_read, cached, is_certain),
                part(PartKind::CacheCreation, self.cache_creation, cached, is_certain),
                part(PartKind::Reasoning, self.reasoning, Place::Within, false),
            ],
            model,
            is_disputed: false,
        };
        if let Some(object) = self.usage_object {
            // The object tells of parts that have no attribute.
            let of_object =
                usage_object::stated(&object.0, model).map_err(|_| "has an unreadable usage object")?;
            for part in of_object.parts {
                match stated.parts.iter_mut().find(|known| known.kind == part.kind) {
                    Some(known) if known.tokens == 0 => *known = part,
                    Some(_) => {}
                    None => stated.parts.push(part),
                }
            }
            stated.input = stated.input.or(of_object.input);
            stated.output = stated.output.or(of_object.output);
            stated.total = stated.total.or(of_object.total);
        }
        settle(&stated).map_err(|why| why.reason())
    }
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

/// The first of these counts that is present.
fn first(attributes: &Attributes, names: &[&str]) -> Result<Option<u64>, NotACount> {
    names.iter().find_map(|name| attributes.value(name)).map(count).transpose()
}

/// The largest of these counts: some are not filled in.
fn most(attributes: &Attributes, names: &[&str]) -> Result<Option<u64>, NotACount> {
    let counts = names.iter().filter_map(|name| attributes.value(name)).map(count);
    counts.into_iter().try_fold(None, |most, count| Ok(most.max(Some(count?))))
}

fn count(value: &AttributeValue) -> Result<u64, NotACount> {
    let count = match value {
        AttributeValue::Text(text) => text.parse().ok().or_else(|| lenient::whole(text.parse().ok()?)),
        AttributeValue::Integer(number) => u64::try_from(*number).ok(),
        // Some languages have only one number type.
        AttributeValue::Double(number) => lenient::whole(*number),
        AttributeValue::Other => None,
    };
    count.filter(|count| TokenCount::checked(*count).is_some()).ok_or(NotACount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    const HEAD: &str = "\
# OpenTelemetry

The server is an OTLP endpoint for traces: `POST /v1/traces`, protobuf or JSON, plain or gzip.
Spans of model calls become events; every other span is ignored.
If your code is already instrumented, you need settings only:

```sh
OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:8080
OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20isv_live_...
OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
OTEL_RESOURCE_ATTRIBUTES=tenant.id=client-xyz
```

With a collector, add an exporter:

```yaml
exporters:
  otlphttp/carbon:
    endpoint: http://127.0.0.1:8080
    headers:
      authorization: Bearer isv_live_...
```

## Which spans count

- A span that names a model and counts tokens is an event.
  Its id is `<trace id>-<span id>` in hex, so a span that is sent again counts once.
  Its time is the start of the span; without one it is rejected.
- A span that names a model but lacks input or output tokens is rejected, unless its total shows them.
  Exceptions: a failed call without any counts is ignored, and embedding and reranking need no output.
  For streams, request the usage: with OpenAI's client, `stream_options={\"include_usage\": True}`.
- Spans of agents, workflows, tools and retrievals are ignored, because the calls in them have their own spans.
- Spans of an instrumentation scope in `ignored_scopes` ([api.md](api.md#get-apiv1sources-put-apiv1sources)) are ignored.

Rejected spans are reported as OTLP requires: 200 with `partialSuccess`, their number and the ten most common reasons, each with the scope of its spans.
A count that was accepted but is not certain is told there too.
Most exporters do not show this; `carbon_spans_passed_over_total` at `/metrics` counts spans of calls that are not counted, by reason and scope.
An export may have at most 10,000 calls and 32 MiB.

## One call in several spans

A framework and the client that it uses are often both instrumented, and Anthropic's Python client sends a span of its own unasked.
Such a call counts once. Two spans show one call if

1. they have the same `gen_ai.response.id`, of at least 16 bytes, for the same model; or
2. one lies within the other, with no agent and no tool between them, and both generate, embed or rerank; or
3. two scopes of the same resource give the same counts for the same model, one while the other lasts.
   For the client's own span (scope `com.anthropic.sdk.…`), the counts may differ.

In one export the innermost span counts. It takes over the tenant, the region and the provider of the span around it if it names none.
A span without counts is not reported if a span around it or within it has them.

Across exports, and across servers on one database, the span that arrives first counts.
For this the ledger keeps digests of the calls that spans have shown: of the last 24 hours, and of the last million at most.
In an earlier export a span between the two, of a chain for example, is not known: there only rules 1 and 3 hold.

## How the tenant is chosen

The tenant is the first of these that is present:

1. `tenant.id` of the span
2. `tenant.id`, or `tenant_id`, as an association property or metadata of a library: `traceloop.association.properties.tenant.id`, `langfuse.trace.metadata.tenant_id`, `langfuse.observation.metadata.tenant_id`, `langsmith.metadata.tenant_id`
3. `tenant.id` of the resource
4. the account's default tenant, which is `default`

What cannot be a tenant is passed by: a list, a JSON object, or more than 128 bytes.

`PUT /api/v1/sources` sets other attributes, their order, and another default tenant; with `null`, spans without a tenant are rejected ([api.md](api.md#get-apiv1sources-put-apiv1sources)).

## What is read

From each row of the table, the first attribute that is present is read.
Nothing else is stored or logged: no other attribute, no span event, link or name.
So prompts and responses on a span are dropped with the request.
Still, omit them at the source if you can: `TRACELOOP_TRACE_CONTENT=false`, `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=false`.

Input includes cached tokens and output includes reasoning tokens, as in the conventions.
Not every instrumentation keeps to them: if the span has a total, it decides where these tokens lie, by [the same arithmetic as for usage objects](usage-objects.md#how-it-is-read).
Two are known to state an input without cached tokens, whatever their total says: OpenLIT for Anthropic and Bedrock, and version 5 of Vercel's AI SDK for Anthropic.

The table is generated from what the server reads, and a test compares the two.

";

    fn page() -> String {
        let mut page = HEAD.to_owned();
        page.push_str("| what | attributes |\n|---|---|\n");
        for (what, names) in [
            ("model", MODEL),
            ("provider", PROVIDER),
            ("operation", OPERATION),
            ("kind", KIND),
            ("response id", RESPONSE_ID),
            ("input tokens", INPUT),
            ("of which read from a cache, the largest", CACHE_READ),
            ("of which written to a cache, the largest", CACHE_CREATION),
            ("of which neither", FRESH),
            ("output tokens", OUTPUT),
            ("of which reasoning, the largest", REASONING),
            ("total", TOTAL),
            ("a usage object as JSON", USAGE_OBJECT),
            ("counts by Langfuse's keys, or a usage object, as JSON", USAGE_DETAILS),
            ("region where the model was served (our own attribute, of the span or its resource)", REGION),
        ] {
            writeln!(page, "| {what} | `{}` |", names.join("`, `")).unwrap();
        }
        let passed_over = [NO_CALLS, ACTORS].concat().join("`, `");
        writeln!(page, "\nIgnored by operation or kind: `{passed_over}`, and operations on `memory`.")
            .unwrap();
        page
    }

    #[test]
    fn the_page_on_opentelemetry_is_this_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/opentelemetry.md");
        if std::env::var_os("UPDATE_PAGES").is_some() {
            std::fs::write(path, page()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), page(), "UPDATE_PAGES=1 rewrites it");
    }
}
