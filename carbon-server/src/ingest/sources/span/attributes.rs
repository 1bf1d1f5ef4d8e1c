//! The attributes of spans that are read. docs/opentelemetry.md is generated from them, and a test compares the two.

// Attributes that are read, in order of preference. Everything else is dropped.
pub(super) const MODEL: &[&str] = &[
    "gen_ai.response.model",
    "gen_ai.request.model",
    "llm.response.model",
    "llm.request.model",
    "llm.model_name",
    "embedding.model_name",
    "reranker.model_name",
    "langfuse.observation.model.name",
];
pub(super) const PROVIDER: &[&str] = &[
    "gen_ai.provider.name",
    "gen_ai.system",
    "llm.provider",
    "llm.vendor",
    "llm.system",
    "langfuse.observation.metadata.ls_provider",
];
pub(super) const OPERATION: &[&str] = &["gen_ai.operation.name", "llm.request.type"];
/// The kind of a span, in frameworks that state it.
pub(super) const KIND: &[&str] = &[
    "traceloop.span.kind",
    "openinference.span.kind",
    "langsmith.span.kind",
    "langfuse.observation.type",
    "lmnr.span.type",
    "ai.operationId",
    "mcp.method.name",
];
pub(super) const RESPONSE_ID: &[&str] = &["gen_ai.response.id"];
pub(super) const INPUT: &[&str] = &[
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "llm.usage.prompt_tokens",
    "llm.token_count.prompt",
];
pub(super) const OUTPUT: &[&str] = &[
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.usage.completion_tokens",
    "llm.token_count.completion",
];
pub(super) const TOTAL: &[&str] = &[
    "gen_ai.usage.total_tokens",
    "llm.usage.total_tokens",
    "llm.token_count.total",
    "gen_ai.client.token.usage",
];
pub(super) const FRESH: &[&str] =
    &["gen_ai.usage.details.input_tokens", "ai.usage.inputTokenDetails.noCacheTokens"];
pub(super) const CACHE_READ: &[&str] = &[
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
pub(super) const CACHED_BY_AI_SDK: &str = "ai.usage.cachedInputTokens";
pub(super) const CACHE_CREATION: &[&str] = &[
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
pub(super) const REASONING: &[&str] = &[
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
/// Model and input of an embedding in Vercel's SDK, on the span of the call and on the one around it.
pub(super) const AI_SDK_EMBEDDING: &[&str] = &["ai.model.id", "ai.usage.tokens"];
/// The operation of the first of these.
pub(super) const DO_EMBED: &str = ".doembed";
/// Of Google's ADK, whose output is that of the candidates alone.
pub(super) const REASONING_BESIDE: &[&str] = &["gen_ai.usage.experimental.reasoning_tokens"];
/// Parts of usage objects as JSON in a text.
pub(super) const USAGE_PARTS: &[&str] =
    &["gen_ai.usage.input_token_details", "gen_ai.usage.output_token_details"];
/// Usage objects as JSON in a text, whose counts stand beside or instead of those above.
pub(super) const USAGE_OBJECT: &[&str] = &["langsmith.metadata.usage_metadata"];
/// Counts by Langfuse's rules, or a provider's usage object, as JSON in a text.
pub(super) const USAGE_DETAILS: &[&str] = &["langfuse.observation.usage_details"];
/// Our own: where the model was served. `cloud.region` is where the caller runs.
pub(super) const REGION: &[&str] = &["carbon.region"];

/// Operations and kinds that call no model, or that sum up or fetch calls with their own spans. Memory has a name per
/// operation.
pub(super) const NO_CALLS: &[&str] = &[
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
pub(super) const ACTORS: &[&str] =
    &["invoke_agent", "create_agent", "execute_tool", "agent", "tool", "ai.toolcall", "tools/call"];
pub(super) const OF_MEMORY: &str = "_memory";

/// What a program sets of a whole trace, under the prefixes of several libraries.
pub(super) const ASSOCIATIONS: &[&str] = &[
    "traceloop.association.properties.",
    "langfuse.trace.metadata.",
    "langfuse.observation.metadata.",
    "langsmith.metadata.",
];

/// Scopes that pass on an input without cached tokens, whatever their total says, by provider.
pub(super) const WITHOUT_CACHE: &[(&str, &[&str])] = &[("openlit", &["anthropic", "aws.bedrock"])];

/// All of these lists.
pub(super) const READ: [&[&str]; 18] = [
    AI_SDK_EMBEDDING,
    REASONING_BESIDE,
    USAGE_PARTS,
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

/// Whether an attribute is read, given those that name the tenant.
pub(crate) fn is_read(name: &str, tenant_attributes: &[String]) -> bool {
    READ.iter().any(|names| names.contains(&name))
        || tenant_attributes.iter().any(|tenant| {
            let own = ASSOCIATIONS.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
            tenant == own || own.len() < name.len() && tenant.replace('.', "_") == own
        })
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

## gRPC

OTLP over gRPC has the same port: `OTEL_EXPORTER_OTLP_PROTOCOL=grpc` with the same endpoint and headers, plain or gzip, or in a collector:

```yaml
exporters:
  otlp/carbon:
    endpoint: 127.0.0.1:8080
    tls:
      insecure: true
    headers:
      authorization: Bearer isv_live_...
```

gRPC needs HTTP/2 all the way: a proxy in between must pass it on.
Where it does not, use `http/protobuf`.

## Metrics and logs

Most SDKs send all signals to one endpoint.
`/v1/metrics`, `/v1/logs` and their gRPC services accept exports, drop them unread and answer with success; nothing is stored.

## Langfuse and LangSmith

Their SDKs send OTLP, so a host and a key are enough.
Langfuse's from version 3 on:

```sh
LANGFUSE_BASE_URL=http://127.0.0.1:8080    # LANGFUSE_HOST in older versions
LANGFUSE_PUBLIC_KEY=anything
LANGFUSE_SECRET_KEY=isv_live_...
```

Spans go to `/api/public/otel/v1/traces`; `auth_check` works.
Images and sounds in prompts are refused, which the SDK logs; `LANGFUSE_MEDIA_UPLOAD_ENABLED=false` stops it from announcing them.
Prompt management, scores and datasets are not here.
More on [Langfuse](tools/langfuse.md) and [LangSmith](tools/langsmith.md).

LangSmith's, which sends to `/otel/v1/traces`:

```sh
LANGSMITH_TRACING=true
LANGSMITH_OTEL_ONLY=true
LANGSMITH_ENDPOINT=http://127.0.0.1:8080
LANGSMITH_API_KEY=isv_live_...
```

For all of these endpoints, a key may be sent as `Authorization: Bearer`, as the password of HTTP Basic (the user name is ignored), or as `x-api-key` without `Authorization`.

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

1. they have the same `gen_ai.response.id`, of at least 16 bytes, and the same model or the same counts; or
2. one lies within the other, with no agent and no tool between them, both generate, embed or rerank, and they are of the same model or their counts agree (those of several calls within one may add up to it); or
3. two scopes of the same resource give the same input and output for the same model, one while the other lasts.
   For the client's own span (scope `com.anthropic.sdk.…`), one of input and output may differ.

Spans that themselves name different tenants are different calls by rules 2 and 3.

In one export the innermost span counts. It takes over the tenant, the region and the provider of the span around it if it names none.
A span without counts is not reported if a span around it or within it has them.

Across exports, and across servers on one database, the span that arrives first counts.
For this the ledger keeps digests of the calls that spans have shown: of the last 24 hours, and at most a million, several for each call, of all accounts together.
Across exports, rule 2 needs the outer span to be the direct parent, of the same model, and applies to generations only; rule 3 needs equal counts even for the client's own span.

## How the tenant is chosen

The tenant is the first of these that is present:

1. `tenant.id` of the span
2. `tenant.id`, or `tenant_id`, as an association property or metadata of a library: `traceloop.association.properties.tenant.id`, `langfuse.trace.metadata.tenant_id`, `langfuse.observation.metadata.tenant_id`, `langsmith.metadata.tenant_id`
3. `tenant.id` of the resource
4. the account's default tenant, which is `default`

What cannot be a tenant is passed by: a list, a JSON object, or more than 128 bytes.

`PUT /api/v1/sources` sets other attributes, their order, and another default tenant; with `null`, spans without a tenant are rejected ([api.md](api.md#get-apiv1sources-put-apiv1sources)).

## What is read

From each row of the table, the first attribute that is present is read; where the row says so, the largest.
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
            ("model and input of an embedding in Vercel's SDK", AI_SDK_EMBEDDING),
            ("reasoning beside the output", REASONING_BESIDE),
            ("total", TOTAL),
            ("parts of a usage object as JSON", USAGE_PARTS),
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
