//! Recording and estimating calls.

use crate::{
    config::{self, Limits},
    openapi::{
        METHODS, Named, SUGGESTIONS_MAX,
        schema::{
            Field, array, at_most, count, day, decimal, flag, integer, object, of, or_null, request,
            short_text, some_of, text, time, uuid, whole, words,
        },
    },
};
use serde_json::{Value, json};

/// How a call's tokens are stated. JSON Schema could say which of these exclude each other, but generators of clients
/// would make a class of each combination; so the descriptions say it, and a 422 names the field.
fn tokens() -> [(&'static str, Value, &'static str); 18] {
    let tokens = |example| integer(0, config::TOKENS_MAX, example);
    let part = || tokens(0);
    let seconds = |example: f64| json!({"type": "number", "minimum": 0, "maximum": config::MEDIA_SECONDS_MAX, "examples": [example]});
    let size = |example: &str| json!({"type": "string", "pattern": "^[1-9][0-9]{0,4}x[1-9][0-9]{0,4}$", "examples": [example]});
    let usage = json!({"type": "object", "examples": [{"prompt_tokens": 600, "completion_tokens": 400, "total_tokens": 1_000}]});
    [
        (
            "prompt_tokens?",
            tokens(600),
            "Input tokens under their other name. Required: `input_tokens` or `prompt_tokens` or `usage`, one of them.",
        ),
        (
            "completion_tokens?",
            tokens(400),
            "Output tokens under their other name. Required, unless the model embeds or ranks: `output_tokens` or `completion_tokens` or `usage`, one of them.",
        ),
        (
            "input_tokens?",
            tokens(600),
            "Input tokens, cached ones included. Required: `input_tokens` or `prompt_tokens` or `usage`, one of them.",
        ),
        (
            "output_tokens?",
            tokens(400),
            "Output tokens, reasoning included. Required, unless the model embeds or ranks: `output_tokens` or `completion_tokens` or `usage`, one of them.",
        ),
        (
            "cache_read_input_tokens?",
            tokens(0),
            "Input tokens read from a cache, a part of the input. Not with `usage`.",
        ),
        (
            "cache_creation_input_tokens?",
            tokens(0),
            "Input tokens written to a cache, a part of the input. Not with `usage`.",
        ),
        ("reasoning_output_tokens?", tokens(0), "Reasoning tokens, a part of the output. Not with `usage`."),
        (
            "input_image_tokens?",
            part(),
            "Input tokens that stand for images or frames of video, a part of the input. Not with `usage`.",
        ),
        (
            "input_audio_tokens?",
            part(),
            "Input tokens that stand for sound, a part of the input. Not with `usage`.",
        ),
        (
            "output_image_tokens?",
            part(),
            "Output tokens that stand for images, a part of the output, to which no rate of text applies. Not with `usage`.",
        ),
        (
            "output_audio_tokens?",
            part(),
            "Output tokens that stand for sound, a part of the output, to which no rate of text applies. Not with `usage`.",
        ),
        (
            "images?",
            integer(0, config::IMAGES_MAX, 2),
            "Images made. With images, video or sound, counts of tokens may be left out; they are 0 then.",
        ),
        (
            "image_size?",
            size("1024x1024"),
            "Width x height of each image in pixels, each from 1 to 65,536. Only with `images`.",
        ),
        ("video_seconds?", seconds(8.0), "Seconds of video made, with at most three decimals."),
        (
            "video_size?",
            size("1280x720"),
            "Width x height of a frame in pixels, each from 1 to 65,536. Only with `video_seconds`.",
        ),
        ("audio_seconds?", seconds(12.5), "Seconds of sound heard or spoken, with at most three decimals."),
        (
            "usage?",
            usage,
            "The usage object of a provider, a gateway or a library, unchanged, instead of all counts. Counts only; text in \
             it is rejected, but for single words such as the one in `service_tier`.",
        ),
        (
            "calls?",
            integer(0, config::TOKENS_MAX, 1),
            "How many calls these are the counts of, by default one, or what `usage` says; 0 if nobody knows. Emissions grow \
             with the context of each call: of several it is that of as many equal ones, of an unknown number none.",
        ),
    ]
}

/// Fields before the counts, the counts, and fields behind them.
fn chained<'a, const BEFORE: usize, const COUNTS: usize, const BEHIND: usize>(
    before: [Field<'a>; BEFORE],
    counts: [Field<'a>; COUNTS],
    behind: [Field<'a>; BEHIND],
) -> impl Iterator<Item = Field<'a>> {
    before.into_iter().chain(counts).chain(behind)
}

const MODEL: &str = "The provider's name of the model.";
const PROVIDER: &str = "Who served the call: a cloud, or who runs the model.";
const REGION: &str = "Where it was served: ISO 3166 country, `WOR`, or cloud region.";
const EVENT_ID: &str = "Makes the request safe to repeat: the same event is counted once.";
const SUGGESTIONS: &str = "Listed names similar to an unknown one; never applied.";

fn id(example: &str) -> Value {
    short_text(config::ID_BYTES_MAX, example)
}

fn place(example: &str) -> Value {
    short_text(config::PLACE_BYTES_MAX, example)
}

fn tags() -> Value {
    let value = short_text(config::TAG_VALUE_BYTES_MAX, "summarise");
    let names = json!({"minLength": 1, "maxLength": config::TAG_KEY_BYTES_MAX});
    json!({"type": "object", "additionalProperties": value, "propertyNames": names, "maxProperties": config::TAGS_MAX,
           "examples": [{"feature": "summarise"}]})
}

fn on_tags(limits: &Limits) -> String {
    format!(
        "Keys and values to group usage by. A tenant may have at most {} different tags.",
        limits.tags_per_tenant_max
    )
}

pub(super) fn events(limits: &Limits) -> Named {
    let model = short_text(config::MODEL_BYTES_MAX, "mistral-large-2");
    let grams = || or_null(&decimal());
    let window = format!(
        "When the call was made. By default now; at most {} minutes ahead and {} days ago.",
        config::AHEAD_MINUTES_MAX,
        config::BACK_DAYS_MAX
    );
    vec![
        (
            "TrackRequest",
            request(chained(
                [("tenant_id", id("client-xyz"), "Your id of the client."), ("model", model, MODEL)],
                tokens(),
                [
                    ("event_id?", id("e-1"), EVENT_ID),
                    ("timestamp?", time(), &window),
                    ("provider?", place("mistral"), PROVIDER),
                    ("region?", place("FRA"), REGION),
                    ("tags?", tags(), &on_tags(limits)),
                ],
            )),
        ),
        (
            "Tracked",
            object([
                ("co2_grams", grams(), "Grams of CO2e. Null for an unknown model, never 0."),
                ("confidence", of("Confidence"), "How the factor was obtained; `unknown` without one."),
                ("co2_grams_low", grams(), "Lowest grams of CO2e of the range."),
                ("co2_grams_high", grams(), "Highest grams of CO2e of the range."),
                ("energy_wh", grams(), "Electricity in Wh; null if the method does not state it."),
                ("water_ml", grams(), "Water in ml; null if the method does not state it."),
                (
                    "model",
                    text("mistral-large-2"),
                    "Its canonical id; for an unknown model, the name as sent.",
                ),
                (
                    "method",
                    or_null(&words(&["coefficient", "bottom_up"])),
                    "What was applied: a published factor, otherwise our model; null if neither.",
                ),
                ("factor_set", text("2026.12"), "The factor set that was applied."),
                (
                    "factor_id",
                    or_null(&text("coefficient/mistral-large-2@2025.1")),
                    "The factor that was applied.",
                ),
                ("event_id", text("e-1"), "Id of the event: yours, or one of ours."),
                ("duplicate", flag(), "Whether this event was already stored."),
                ("grid?", of("Grid"), "With `bottom_up`: the electricity behind the figures."),
                ("suggestions?", at_most(SUGGESTIONS_MAX, text("mistral-large-2")), SUGGESTIONS),
                ("notes?", array(text(NOTE)), NOTES_OF_CALL),
            ]),
        ),
    ]
}

/// Of an answer that is not certain.
const NOTES: &str = "How the counts were read, where that is not certain. Missing if it is.";
const NOTES_OF_CALL: &str =
    "How the counts and the model's name were read, where that is not certain. Missing if it is.";
const NOTE: &str = "a stated part is larger than its whole, and was added to it";

pub(super) fn batches(limits: &Limits) -> Named {
    vec![
        (
            "Events",
            json!({"type": "array", "maxItems": limits.batch_events_max, "items": of("TrackRequest"),
                   "description": "Whatever is not an event is listed in `rejected`; the others are stored."}),
        ),
        (
            "Rejection",
            object([
                ("index", count(), "Place in the batch, from 0."),
                ("detail", text("/model is required"), "Why it was not stored."),
            ]),
        ),
        (
            "BatchNote",
            object([
                ("index", count(), "Place in the batch, from 0."),
                ("detail", text(NOTE), "How its counts were read."),
            ]),
        ),
        (
            "Batch",
            object([
                ("accepted", count(), "Events that were added."),
                ("duplicates", count(), "Events that had already been added."),
                (
                    "co2_grams",
                    or_null(&decimal()),
                    "Grams of CO2e of both together; null if none has a value.",
                ),
                ("rejected", array(of("Rejection")), "What was not stored."),
                (
                    "notes?",
                    array(of("BatchNote")),
                    "Events whose counts are not certain, though they were stored.",
                ),
            ]),
        ),
        (
            "LiteLlmLog",
            json!({"description": "LiteLLM's `StandardLoggingPayload`, one or an array of them.",
                   "anyOf": [{"type": "object"}, {"type": "array", "items": {}, "maxItems": limits.batch_events_max}]}),
        ),
    ]
}

pub(super) fn sources() -> Named {
    const DEFAULT: &str = "Tenant of a call that names none; with null, the call is rejected.";
    const SPANS: &str = "Attributes of a span or its resource that name the tenant, in order of preference.";
    const FIELDS: &str =
        "Fields of LiteLLM's log or its metadata that name the tenant, in order of preference.";
    const SCOPES: &str = "Instrumentation scopes whose spans are ignored.";
    let names =
        |example| at_most(config::TENANT_NAMES_MAX, short_text(config::TENANT_NAME_BYTES_MAX, example));
    vec![
        ("AnyTelemetry", json!({"description": "Any export of metrics or logs; it is not read."})),
        ("Nothing", json!({"type": "object", "maxProperties": 0})),
        ("LangfuseProjects", object([("data", array(of("LangfuseProject")), "One: the account.")])),
        (
            "LangfuseProject",
            object([
                ("id", text("01a20abd-28b2-761c-af30-e523aaa1ccfe"), "The account's id."),
                ("name", text("Example Software"), "The account's organisation."),
                ("organization", of("LangfuseOrganization"), "The same again."),
                ("metadata", json!({"type": "object", "maxProperties": 0}), "Always empty."),
            ]),
        ),
        (
            "LangfuseOrganization",
            object([
                ("id", text("01a20abd-28b2-761c-af30-e523aaa1ccfe"), "The account's id."),
                ("name", text("Example Software"), "The account's organisation."),
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
                object([
                    ("rejectedSpans", text("1"), "Number of calls that could not be counted."),
                    (
                        "errorMessage",
                        text("1 × the event has no token counts"),
                        "The most common reasons, each with its count and its scope; also how uncertain counts were read.",
                    ),
                ]),
                "Missing if all were accepted without a doubt.",
            )]),
        ),
        (
            "SourcesRequest",
            request([
                ("default_tenant_id?", id("default"), DEFAULT),
                ("span_attributes?", names("tenant.id"), SPANS),
                ("litellm_fields?", names("end_user"), FIELDS),
                ("ignored_scopes?", names("com.example.instrumentation"), SCOPES),
            ]),
        ),
        (
            "Sources",
            object([
                ("default_tenant_id", or_null(&text("default")), DEFAULT),
                ("span_attributes", at_most(config::TENANT_NAMES_MAX, text("tenant.id")), SPANS),
                ("litellm_fields", at_most(config::TENANT_NAMES_MAX, text("end_user")), FIELDS),
                (
                    "ignored_scopes",
                    at_most(config::TENANT_NAMES_MAX, text("com.example.instrumentation")),
                    SCOPES,
                ),
            ]),
        ),
    ]
}

pub(super) fn reversals() -> Named {
    vec![
        ("ReversalRequest", request([])),
        (
            "Reversal",
            object([
                ("event_id", text("e-1"), "The event that was cancelled."),
                ("reversal_id", uuid(), "Id of the event that cancels it."),
                ("duplicate", flag(), "Whether it had been cancelled before."),
                ("tenant_id", or_null(&text("client-xyz")), "Its client; null if the tenant was erased."),
                ("model", text("mistral-large-2"), "Its model."),
                ("day", day(), "The day it is subtracted from, UTC."),
                ("requests", whole(), "Calls, as a negative number."),
                ("input_tokens", whole(), "Input tokens, as a negative number."),
                ("output_tokens", whole(), "Output tokens, as a negative number."),
                (
                    "co2_grams",
                    or_null(&decimal()),
                    "Grams of CO2e, as a negative number; null for an unknown model.",
                ),
                ("factor_set", text("2026.12"), "The factor set that was applied."),
            ]),
        ),
    ]
}

pub(super) fn estimates() -> Named {
    let methods =
        json!({"anyOf": [{"type": "string", "enum": ["all"]}, some_of(METHODS.len(), of("Method"))]});
    let resolved_by = or_null(&words(&["exact", "alias", "rule", "own"]));
    vec![
        (
            "EstimateRequest",
            request(chained(
                [("model", short_text(config::MODEL_BYTES_MAX, "mistral-large-2"), MODEL)],
                tokens(),
                [
                    ("event_id?", id("e-1"), "As for `/track`; checked and not used."),
                    ("timestamp?", time(), "When the call was made: any time in the past; by default now."),
                    ("provider?", place("mistral"), PROVIDER),
                    ("region?", place("FRA"), REGION),
                    ("tags?", tags(), "As for `/track`; checked and not used."),
                    (
                        "methods?",
                        methods,
                        "`all`, or a list of methods, each once; by default `coefficient` and `bottom_up`.",
                    ),
                ],
            )),
        ),
        (
            "Estimate",
            object([
                ("model", text("gpt-4o"), "Its canonical id; for an unknown model, the name as sent."),
                ("resolved_by", resolved_by, "How the name was read; null for an unknown model."),
                ("region", or_null(&text("FRA")), "Where the call was served."),
                ("factor_set", text("2026.12"), "The factor set that was applied."),
                ("grid", or_null(&of("Grid")), "The electricity behind modelled figures."),
                (
                    "methods",
                    at_most(METHODS.len(), of("Opinion")),
                    "The figures of each method that was asked for and applies.",
                ),
                (
                    "method_spread",
                    or_null(&of("LowHigh")),
                    "Lowest and highest grams of CO2e of all methods.",
                ),
                (
                    "consistency",
                    or_null(&words(&["inside", "below", "above"])),
                    "Where the published value lies in the range of `bottom_up`.",
                ),
                ("caveats", array(text("…")), "Sentences to read before using a number."),
                (
                    "memo?",
                    of("Memo"),
                    "Beside the figures and in none: training, where the model's maker discloses it.",
                ),
                ("confidence?", words(&["unknown"]), "Only if no method covers the model."),
                ("suggestions?", at_most(SUGGESTIONS_MAX, text("gpt-4o")), SUGGESTIONS),
                ("notes?", array(text(NOTE)), NOTES),
            ]),
        ),
    ]
}
