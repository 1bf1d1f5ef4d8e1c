//! A span by the OpenTelemetry GenAI conventions: the current ones, the older ones, OpenLLMetry's and OpenInference's.

use super::{
    Told,
    otlp::{AnyValue, KeyValue, Resource, Span, Status},
};
use crate::{
    api::{tokens::Count, track_request::TrackRequest},
    store::hex,
};
use jiff::Timestamp;

// Attributes that are read, the best first. Everything else is dropped.
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
/// What a span is to the frameworks that say so.
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
/// Ours: where the model was served. `cloud.region` says where the caller runs.
const REGION: &[&str] = &["carbon.region"];

/// Operations that call no model, or sum up or fetch calls that have spans of their own; memory has a word for each of its own.
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
/// The same, as frameworks say it.
const NO_CALL_KINDS: &[&str] =
    &["workflow", "task", "agent", "tool", "chain", "retriever", "guardrail", "evaluator"];

/// Put before the names of attributes that a program sets with OpenLLMetry.
const ASSOCIATION: &str = "traceloop.association.properties.";

/// Reads a span. Its tenant is the first of `tenant_attributes` that it has, or that its resource has.
pub(crate) fn read(span: &Span, resource: Option<&Resource>, tenant_attributes: &[String]) -> Told {
    let Span { trace_id, span_id, start_time_unix_nano, attributes, status } = span;
    let text = |names: &[&str]| names.iter().find_map(|name| text(attributes, name));
    let is_of_memory = text(OPERATION).is_some_and(|operation| operation.contains(OF_MEMORY));
    let is_one = |names: &[&str], of: &[&str]| {
        text(names).is_some_and(|word| of.contains(&&*word.to_ascii_lowercase()))
    };
    if is_of_memory || is_one(OPERATION, NO_CALLS) || is_one(KIND, NO_CALL_KINDS) {
        return Told::Nothing;
    }
    let [input, output, cache_read, cache_creation, reasoning] =
        match [INPUT, OUTPUT, CACHE_READ, CACHE_CREATION, REASONING].map(|names| count(attributes, names)) {
            [Ok(input), Ok(output), Ok(read), Ok(creation), Ok(reasoning)] => {
                [input, output, read, creation, reasoning]
            }
            _ => return Told::Uncountable("has a token count that is no integer from 0 to 1000000000"),
        };
    let model = text(MODEL);
    let is_told = input.is_some() || output.is_some();
    match &model {
        None if is_told => return Told::Uncountable("names no model"),
        // A call that failed has used nothing that anybody knows of.
        Some(_) if !is_told && status.as_ref().is_some_and(|status| status.code == Status::ERROR) => {
            return Told::Nothing;
        }
        Some(_) if !is_told => return Told::Uncountable("has no token counts"),
        None => return Told::Nothing,
        Some(_) => {}
    }
    let is_id = |id: &[u8], bytes: usize| id.len() == bytes && id.iter().any(|byte| *byte != 0);
    if !is_id(trace_id, 16) || !is_id(span_id, 8) {
        return Told::Uncountable("has no trace id and span id");
    }
    let cached = cache_read.unwrap_or(0) + cache_creation.unwrap_or(0);
    // More than the input cannot be a part of it: it was counted beside it.
    let input = input.unwrap_or(0);
    let input = if cached > input { input + cached } else { input };
    let Some(input) = Count::checked(input) else {
        return Told::Uncountable("has more than 1000000000 input tokens in sum");
    };
    let of = |count: Option<u64>| count.and_then(Count::checked);
    let started = Timestamp::from_nanosecond(i128::from(*start_time_unix_nano));
    let region =
        text(REGION).or_else(|| REGION.iter().find_map(|name| self::text(&resource?.attributes, name)));
    Told::Call(Box::new(TrackRequest {
        tenant_id: tenant(attributes, resource, tenant_attributes),
        model,
        provider: text(PROVIDER),
        region,
        event_id: Some(format!("{}-{}", hex(trace_id), hex(span_id))),
        timestamp: started.ok().filter(|_| *start_time_unix_nano > 0).map(|time| time.to_string()),
        input_tokens: Some(input),
        output_tokens: of(Some(output.unwrap_or(0))),
        cache_read_input_tokens: of(cache_read),
        cache_creation_input_tokens: of(cache_creation),
        reasoning_output_tokens: of(reasoning),
        ..TrackRequest::default()
    }))
}

fn tenant(attributes: &[KeyValue], resource: Option<&Resource>, names: &[String]) -> Option<String> {
    let of_span =
        |name: &String| text(attributes, name).or_else(|| text(attributes, &format!("{ASSOCIATION}{name}")));
    let of_resource = |name: &String| text(&resource?.attributes, name);
    names.iter().find_map(of_span).or_else(|| names.iter().find_map(of_resource))
}

fn value<'a>(attributes: &'a [KeyValue], name: &str) -> Option<&'a AnyValue> {
    attributes.iter().find(|attribute| attribute.key == name)?.value.as_ref()
}

/// A text that is not empty; a number as its digits.
fn text(attributes: &[KeyValue], name: &str) -> Option<String> {
    let value = value(attributes, name)?;
    let text = value.string_value.clone().or_else(|| value.int_value.map(|number| number.to_string()))?;
    (!text.is_empty()).then_some(text)
}

/// The first of these counts that is there; an error where it is none.
fn count(attributes: &[KeyValue], names: &[&str]) -> Result<Option<u64>, ()> {
    let Some(AnyValue { string_value, int_value, double_value }) =
        names.iter().find_map(|name| value(attributes, name))
    else {
        return Ok(None);
    };
    let count = match (string_value, int_value, double_value) {
        (Some(text), _, _) => text.parse().ok(),
        (_, Some(number), _) => u64::try_from(*number).ok(),
        // Some languages have but one kind of number; these print as the integers they are.
        (_, _, Some(number)) if number.fract() == 0.0 => format!("{number:.0}").parse().ok(),
        _ => None,
    };
    count.filter(|count| Count::checked(*count).is_some()).map(Some).ok_or(())
}
