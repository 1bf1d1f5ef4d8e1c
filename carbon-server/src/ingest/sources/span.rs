//! A span by the OpenTelemetry GenAI conventions: the current ones, the older ones, OpenLLMetry's and OpenInference's.

use crate::{
    base::digest::hex,
    ingest::{
        call::TrackRequest,
        count::TokenCount,
        sources::{
            SourceRecord, input_with_cached, lenient,
            otlp::{AttributeValue, Attributes, Span},
        },
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
];
const PROVIDER: &[&str] =
    &["gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.vendor", "llm.system"];
const OPERATION: &[&str] = &["gen_ai.operation.name", "llm.request.type"];
/// The kind of a span, in frameworks that state it.
const KIND: &[&str] = &["traceloop.span.kind", "openinference.span.kind"];
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
const CACHE_READ: &[&str] = &[
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "llm.usage.cache_read_input_tokens",
    "llm.token_count.prompt_details.cache_read",
];
const CACHE_CREATION: &[&str] = &[
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "llm.usage.cache_creation_input_tokens",
    "llm.token_count.prompt_details.cache_write",
];
const REASONING: &[&str] = &[
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.reasoning_tokens",
    "llm.usage.reasoning_tokens",
    "llm.token_count.completion_details.reasoning",
];
/// Our own: where the model was served. `cloud.region` is where the caller runs.
const REGION: &[&str] = &["carbon.region"];

/// Operations that call no model, or that sum up or fetch calls with their own spans. Memory has a name per operation.
const NO_CALLS: &[&str] = &[
    "invoke_agent",
    "create_agent",
    "invoke_workflow",
    "plan",
    "execute_tool",
    "retrieval",
    "retrieve",
    "fetch_response",
];
const OF_MEMORY: &str = "_memory";
/// The same, as kinds in frameworks.
const NO_CALL_KINDS: &[&str] =
    &["workflow", "task", "agent", "tool", "chain", "retriever", "guardrail", "evaluator"];

/// Prefix of attributes that a program sets with OpenLLMetry.
const ASSOCIATION: &str = "traceloop.association.properties.";

/// All of these lists.
const READ: [&[&str]; 10] =
    [MODEL, PROVIDER, OPERATION, KIND, INPUT, OUTPUT, CACHE_READ, CACHE_CREATION, REASONING, REGION];

/// Whether an attribute is read, given those that name the tenant.
pub(crate) fn is_read(name: &str, tenant_attributes: &[String]) -> bool {
    let own = name.strip_prefix(ASSOCIATION).unwrap_or(name);
    READ.iter().any(|names| names.contains(&name))
        || tenant_attributes.iter().any(|tenant| tenant == name || tenant == own)
}

/// Reads a span. Its tenant is the first of `tenant_attributes` on it, otherwise on its resource.
pub(crate) fn read(span: &Span, resource: &Attributes, tenant_attributes: &[String]) -> SourceRecord {
    let Span { trace_id, span_id, start_time_unix_nano, has_failed, attributes, is_broken } = span;
    if *is_broken {
        return SourceRecord::Uncountable("cannot be read");
    }
    let text = |names: &[&str]| names.iter().find_map(|name| text(attributes, name));
    let operation = text(OPERATION).unwrap_or_default().to_ascii_lowercase();
    let kind = text(KIND).unwrap_or_default().to_ascii_lowercase();
    if NO_CALLS.contains(&&*operation) || operation.contains(OF_MEMORY) || NO_CALL_KINDS.contains(&&*kind) {
        return SourceRecord::Nothing;
    }
    let [input, output, cache_read, cache_creation, reasoning] =
        match [INPUT, OUTPUT, CACHE_READ, CACHE_CREATION, REASONING].map(|names| count(attributes, names)) {
            [Ok(input), Ok(output), Ok(read), Ok(creation), Ok(reasoning)] => {
                [input, output, read, creation, reasoning]
            }
            _ => {
                return SourceRecord::Uncountable(
                    "has a token count that is not an integer from 0 to 1000000000",
                );
            }
        };
    let Some(model) = text(MODEL) else {
        let is_told = input.is_some() || output.is_some();
        return if is_told { SourceRecord::Uncountable("names no model") } else { SourceRecord::Nothing };
    };
    let (input, output) = match (input, output) {
        // The usage of a failed call is unknown.
        (None, None) if *has_failed => return SourceRecord::Nothing,
        (None, None) => return SourceRecord::Uncountable("has no token counts"),
        (None, _) => return SourceRecord::Uncountable("has no input tokens"),
        (Some(input), Some(output)) => (input, output),
        // Embeddings have no output tokens.
        (Some(input), None) if operation.contains("embedding") || kind == "embedding" => (input, 0),
        (Some(_), None) => return SourceRecord::Uncountable("has no output tokens"),
    };
    let is_id = |id: &[u8], bytes: usize| id.len() == bytes && id.iter().any(|byte| *byte != 0);
    if !is_id(trace_id, 16) || !is_id(span_id, 8) {
        return SourceRecord::Uncountable("has no trace id and span id");
    }
    let Some(input) = TokenCount::checked(input_with_cached(input, cache_read, cache_creation)) else {
        return SourceRecord::Uncountable("has more than 1000000000 input tokens in total");
    };
    let Ok(tenant_id) = tenant(attributes, resource, tenant_attributes) else {
        return SourceRecord::Uncountable("has a list as its tenant");
    };
    let region = text(REGION).or_else(|| REGION.iter().find_map(|name| self::text(resource, name)));
    // It may be a sentence, so it is not repeated even in the reason.
    if region.as_ref().is_some_and(|region| region.contains(char::is_whitespace)) {
        return SourceRecord::Uncountable("has an invalid carbon.region");
    }
    let of = |count: Option<u64>| count.and_then(TokenCount::checked);
    let started = Timestamp::from_nanosecond(i128::from(*start_time_unix_nano));
    SourceRecord::Call(Box::new(TrackRequest {
        tenant_id,
        model: Some(model),
        provider: text(PROVIDER),
        region,
        event_id: Some(format!("{}-{}", hex(trace_id), hex(span_id))),
        timestamp: started.ok().filter(|_| *start_time_unix_nano > 0).map(|time| time.to_string()),
        input_tokens: Some(input),
        output_tokens: of(Some(output)),
        cache_read_input_tokens: of(cache_read),
        cache_creation_input_tokens: of(cache_creation),
        reasoning_output_tokens: of(reasoning),
        ..TrackRequest::default()
    }))
}

/// The tenant; an error if it is not text.
fn tenant(of_span: &Attributes, of_resource: &Attributes, names: &[String]) -> Result<Option<String>, ()> {
    let associated = |name: &String| of_span.value(&format!("{ASSOCIATION}{name}"));
    let of_span = names.iter().find_map(|name| of_span.value(name).or_else(|| associated(name)));
    let said = of_span.or_else(|| names.iter().find_map(|name| of_resource.value(name)));
    said.map_or(Ok(None), |value| match value {
        AttributeValue::Other => Err(()),
        value => Ok(text_of(value)),
    })
}

/// A non-empty text; a number becomes its digits.
fn text(attributes: &Attributes, name: &str) -> Option<String> {
    text_of(attributes.value(name)?)
}

fn text_of(value: &AttributeValue) -> Option<String> {
    match value {
        AttributeValue::Text(text) if !text.is_empty() => Some(text.clone()),
        AttributeValue::Integer(number) => Some(number.to_string()),
        AttributeValue::Double(number) => Some(number.to_string()),
        AttributeValue::Text(_) | AttributeValue::Other => None,
    }
}

/// The first of these counts that is present; an error if it is not a count.
fn count(attributes: &Attributes, names: &[&str]) -> Result<Option<u64>, ()> {
    let Some(value) = names.iter().find_map(|name| attributes.value(name)) else { return Ok(None) };
    let count = match value {
        AttributeValue::Text(text) => text.parse().ok(),
        AttributeValue::Integer(number) => u64::try_from(*number).ok(),
        // Some languages have only one number type.
        AttributeValue::Double(number) => lenient::whole(*number),
        AttributeValue::Other => None,
    };
    count.filter(|count| TokenCount::checked(*count).is_some()).map(Some).ok_or(())
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
  Its time is the start of the span.
- A span that names a model but lacks input or output tokens is rejected.
  Exceptions: a failed call without any counts is ignored, and an embedding needs no output.
  For streams, request the usage: with OpenAI's client, `stream_options={\"include_usage\": True}`.
- Spans of agents, workflows, tools and retrievals are ignored, because the calls in them have their own spans.
- One call must have one span: two instrumentations of the same call, such as of a framework and of the client it uses, count it twice.

Rejected spans are reported as OTLP requires: 200 with `partialSuccess`, their number and the ten most common reasons.
Most exporters do not show this; `carbon_events_refused_total` at `/metrics` counts them.
An export may have at most 10,000 calls and 32 MiB.

## How the tenant is chosen

The tenant is the first of these that is present:

1. `tenant.id` of the span
2. `tenant.id` as OpenLLMetry's association property (`traceloop.association.properties.tenant.id`)
3. `tenant.id` of the resource
4. the account's default tenant, which is `default`

`PUT /api/v1/sources` sets other attributes, their order, and another default tenant; with `null`, spans without a tenant are rejected ([api.md](api.md#get-apiv1sources-put-apiv1sources)).

## What is read

From each row of the table, the first attribute that is present is read.
Nothing else is stored or logged: no other attribute, no span event, link or name.
So prompts and responses on a span are dropped with the request.
Still, omit them at the source if you can: `TRACELOOP_TRACE_CONTENT=false`, `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=false`.

Input includes cached tokens and output includes reasoning tokens, as in the conventions.
If there are more cached tokens than input tokens, they were counted separately and are added.

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
            ("input tokens", INPUT),
            ("of which read from a cache", CACHE_READ),
            ("of which written to a cache", CACHE_CREATION),
            ("output tokens", OUTPUT),
            ("of which reasoning", REASONING),
            ("region where the model was served (our own attribute, of the span or its resource)", REGION),
        ] {
            writeln!(page, "| {what} | `{}` |", names.join("`, `")).unwrap();
        }
        let passed_over = [NO_CALLS, NO_CALL_KINDS].concat().join("`, `");
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
