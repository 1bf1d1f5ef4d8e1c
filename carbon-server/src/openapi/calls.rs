//! Recording and estimating calls.

use crate::{
    config::{self, Limits},
    openapi::{
        METHODS, Named,
        schema::{
            array, count, day, decimal, flag, integer, object, of, or_null, request, said, short_text, text,
            time, uuid, whole, words,
        },
    },
};
use serde_json::{Value, json};

/// Fields of a call's token counts, two of which have two names.
fn tokens() -> [(&'static str, Value); 7] {
    let tokens = |example| integer(0, config::TOKENS_MAX, example);
    [
        ("prompt_tokens?", said(tokens(600), "The same as `input_tokens`; one of them is required.")),
        ("completion_tokens?", said(tokens(400), "The same as `output_tokens`; one of them is required.")),
        ("input_tokens?", said(tokens(600), "Includes cached tokens.")),
        ("output_tokens?", said(tokens(400), "Includes reasoning tokens.")),
        ("cache_read_input_tokens?", said(tokens(0), "Part of the input.")),
        ("cache_creation_input_tokens?", said(tokens(0), "Part of the input.")),
        ("reasoning_output_tokens?", said(tokens(0), "Part of the output.")),
    ]
}

/// A provider's own usage object.
fn usage_object() -> Value {
    json!({"type": "object",
           "description": "The provider's own usage object, unchanged, instead of the counts: OpenAI, Azure, Anthropic, Mistral, Gemini, \
                           Bedrock, Cohere, vLLM, Ollama. Counts only; text in it is rejected.",
           "examples": [{"prompt_tokens": 600, "completion_tokens": 400, "total_tokens": 1_000}]})
}

pub(super) fn events(limits: &Limits) -> Named {
    let id = |example| short_text(config::ID_BYTES_MAX, example);
    let [prompt, completion, input, output, cache_read, cache_creation, reasoning] = tokens();
    let model =
        || said(short_text(config::MODEL_BYTES_MAX, "mistral-large-2"), "The provider's name of the model.");
    let provider = || said(short_text(config::PLACE_BYTES_MAX, "mistral"), "Who served the call.");
    let region =
        || said(short_text(config::PLACE_BYTES_MAX, "FRA"), "ISO 3166 country, `WOR`, or cloud region.");
    let tags = || {
        let value = short_text(config::TAG_VALUE_BYTES_MAX, "summarise");
        let names = json!({"minLength": 1, "maxLength": config::TAG_KEY_BYTES_MAX});
        json!({"type": "object", "additionalProperties": value, "propertyNames": names, "maxProperties": config::TAGS_MAX,
               "examples": [{"feature": "summarise"}],
               "description": format!("A tenant may have at most {} different tags.", limits.tags_per_tenant_max)})
    };
    let timestamp = || {
        let window = format!(
            "By default now; at most {} minutes ahead and {} days ago.",
            config::AHEAD_MINUTES_MAX,
            config::BACK_DAYS_MAX
        );
        said(time(), &window)
    };
    let event_id = || said(id("e-1"), "Makes the request safe to repeat: the same event is counted once.");
    let confidence = words(&["measured", "benchmarked", "estimated", "proxy", "unknown"]);
    let grams = || or_null(&decimal());
    let names = |example| {
        let name = short_text(config::TENANT_NAME_BYTES_MAX, example);
        json!({"type": "array", "items": name, "maxItems": config::TENANT_NAMES_MAX})
    };
    vec![
        (
            "TrackRequest",
            one_of_each(request([
                ("tenant_id", said(id("client-xyz"), "Your id of the client.")),
                ("model", model()),
                prompt.clone(),
                completion.clone(),
                input.clone(),
                output.clone(),
                cache_read.clone(),
                cache_creation.clone(),
                reasoning.clone(),
                ("usage?", usage_object()),
                ("event_id?", event_id()),
                ("timestamp?", timestamp()),
                ("provider?", provider()),
                ("region?", region()),
                ("tags?", tags()),
            ])),
        ),
        (
            "Tracked",
            object([
                ("co2_grams", said(grams(), "Null for an unknown model, never 0.")),
                ("confidence", confidence.clone()),
                ("co2_grams_low", grams()),
                ("co2_grams_high", grams()),
                ("energy_wh", grams()),
                ("water_ml", grams()),
                (
                    "model",
                    said(
                        text("mistral-large-2"),
                        "Its canonical id; for an unknown model, the name as sent.",
                    ),
                ),
                ("method", or_null(&words(&["coefficient", "bottom_up"]))),
                ("factor_set", text("2026.11")),
                ("factor_id", or_null(&text("coefficient/mistral-large-2@2025.1"))),
                ("event_id", text("e-1")),
                ("duplicate", said(flag(), "Whether this event was already stored.")),
                ("grid?", of("Grid")),
                (
                    "suggestions?",
                    said(
                        array(text("mistral-large-2")),
                        "Listed names similar to an unknown one; never applied.",
                    ),
                ),
            ]),
        ),
        (
            "Events",
            json!({"type": "array", "maxItems": limits.batch_events_max,
                   "items": {"anyOf": [of("TrackRequest"), {"description": "Anything else is listed in `rejected`."}]}}),
        ),
        (
            "Batch",
            object([
                ("accepted", said(count(), "Events that were added.")),
                ("duplicates", said(count(), "Events that had already been added.")),
                ("co2_grams", said(grams(), "Of both together; null if none has a value.")),
                (
                    "rejected",
                    array(object([
                        ("index", said(count(), "Place in the batch, from 0.")),
                        ("detail", text("/model is required")),
                    ])),
                ),
            ]),
        ),
        (
            "Export",
            json!({"type": "object", "description": "`ExportTraceServiceRequest` of OTLP, in its JSON form.", "examples": [{"resourceSpans": []}]}),
        ),
        (
            "Exported",
            object([(
                "partialSuccess?",
                said(
                    object([
                        ("rejectedSpans", said(text("1"), "Number of calls that could not be counted.")),
                        ("errorMessage", text("1 × the event has no token counts")),
                    ]),
                    "Missing if all were accepted.",
                ),
            )]),
        ),
        (
            "LiteLlmLog",
            json!({"description": "LiteLLM's `StandardLoggingPayload`, one or an array of them.",
                   "anyOf": [{"type": "object"}, {"type": "array", "maxItems": limits.batch_events_max}]}),
        ),
        (
            "SourcesRequest",
            request([
                (
                    "default_tenant_id?",
                    or_null(&said(
                        id("default"),
                        "Tenant of a call that names none; with null, the call is rejected.",
                    )),
                ),
                (
                    "span_attributes?",
                    said(
                        names("tenant.id"),
                        "Attributes of a span or its resource that name the tenant, in order of preference.",
                    ),
                ),
                (
                    "litellm_fields?",
                    said(
                        names("end_user"),
                        "Fields of LiteLLM's log or its metadata that name the tenant, in order of preference.",
                    ),
                ),
            ]),
        ),
        (
            "Sources",
            object([
                ("default_tenant_id", or_null(&text("default"))),
                ("span_attributes", array(text("tenant.id"))),
                ("litellm_fields", array(text("end_user"))),
            ]),
        ),
        ("ReversalRequest", request([])),
        (
            "Reversal",
            object([
                ("event_id", text("e-1")),
                ("reversal_id", uuid()),
                ("duplicate", flag()),
                ("tenant_id", said(or_null(&text("client-xyz")), "Null if the tenant was erased.")),
                ("model", text("mistral-large-2")),
                ("day", said(day(), "The day it is subtracted from.")),
                ("requests", whole()),
                ("input_tokens", whole()),
                ("output_tokens", whole()),
                ("co2_grams", grams()),
                ("factor_set", text("2026.11")),
            ]),
        ),
        (
            "EstimateRequest",
            one_of_each(request([
                ("model", model()),
                prompt,
                completion,
                input,
                output,
                cache_read,
                cache_creation,
                reasoning,
                ("usage?", usage_object()),
                ("event_id?", event_id()),
                ("timestamp?", said(time(), "Any time in the past; by default now.")),
                ("provider?", provider()),
                ("region?", region()),
                ("tags?", tags()),
                (
                    "methods?",
                    json!({"anyOf": [{"type": "string", "enum": ["all"]}, array(words(&METHODS))], "description": "By default the first two."}),
                ),
            ])),
        ),
    ]
}

/// Input and output, each under one of its two names.
fn one_of_each(mut schema: Value) -> Value {
    let has = |name: &str| json!({"required": [name], "properties": {name: {"type": "integer"}}});
    let either = |a: &str, b: &str| json!({"oneOf": [has(a), has(b)]});
    let by_name =
        json!([either("prompt_tokens", "input_tokens"), either("completion_tokens", "output_tokens")]);
    let mut nothing_else: serde_json::Map<String, Value> = tokens()
        .into_iter()
        .map(|(name, _)| (name.trim_end_matches('?').to_owned(), json!({"type": "null"})))
        .collect();
    nothing_else.insert("usage".to_owned(), json!({"type": "object"}));
    schema["oneOf"] = json!([
        {"allOf": by_name, "properties": {"usage": {"type": "null"}}},
        {"required": ["usage"], "properties": nothing_else},
    ]);
    schema
}
