//! One LLM call in, grams out.

use super::{
    App, Faults, Input, ledger_set, new_id, now, pointer,
    tokens::{self, Count, TokenCounts},
};
use crate::{
    api_key::KeyKind,
    config,
    exact::Exact,
    key_ring::Caller,
    problem::Problem,
    response::Answer,
    store::{Appended, Deployment, Event},
};
use carbon_core::Usage;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, de};
use std::{collections::BTreeMap, fmt};

/// The body. Metadata only: a field that is not listed here is refused by name, so no prompt can get in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrackRequest {
    tenant_id: Option<String>,
    model: Option<String>,
    provider: Option<String>,
    region: Option<String>,
    event_id: Option<String>,
    timestamp: Option<String>,
    input_tokens: Option<Count>,
    output_tokens: Option<Count>,
    /// The product's own name for `input_tokens`.
    prompt_tokens: Option<Count>,
    /// The product's own name for `output_tokens`.
    completion_tokens: Option<Count>,
    cache_read_input_tokens: Option<Count>,
    cache_creation_input_tokens: Option<Count>,
    reasoning_output_tokens: Option<Count>,
    tags: Option<Tags>,
}

#[derive(Serialize)]
struct TrackAnswer<'a> {
    co2_grams: Option<Exact>,
    confidence: &'a str,
    co2_grams_low: Option<Exact>,
    co2_grams_high: Option<Exact>,
    /// The `coefficient` method gives grams and nothing else; what is not known is null, never 0.
    energy_wh: Option<Exact>,
    water_ml: Option<Exact>,
    model: &'a str,
    method: Option<&'a str>,
    factor_set: &'a str,
    factor_id: Option<&'a str>,
    event_id: &'a str,
    duplicate: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestions: Option<Vec<&'a str>>,
}

/// `POST /api/v1/track`
pub(super) async fn create(app: &App, input: &Input) -> Result<Answer, Problem> {
    let event = event(input.caller()?, input.json()?, &input.idempotency_keys, now())?;
    let (event_id, model, usage) = (event.event_id.clone(), event.deployment.model.clone(), event.usage);
    match app.store.append(event).await? {
        Appended::New => Answer::ok(&valued(&model, &usage, &event_id, Repeated::No)),
        Appended::Duplicate => Answer::ok(&valued(&model, &usage, &event_id, Repeated::Yes)),
        Appended::Conflict => Err(Problem::Conflict {
            detail: format!("event_id {event_id:?} was used before, for an event with other content."),
        }),
    }
}

/// Whether the event had been acknowledged before.
#[derive(PartialEq, Eq)]
enum Repeated {
    Yes,
    No,
}

fn valued<'a>(model: &'a str, usage: &Usage, event_id: &'a str, repeated: Repeated) -> TrackAnswer<'a> {
    let set = ledger_set();
    let estimate = set.estimate(model, usage).ok();
    TrackAnswer {
        co2_grams: estimate.map(|e| e.co2.central().into()),
        confidence: estimate.map_or("unknown", |e| e.factor.confidence().as_str()),
        co2_grams_low: estimate.map(|e| e.co2.low().into()),
        co2_grams_high: estimate.map(|e| e.co2.high().into()),
        energy_wh: None,
        water_ml: None,
        model: estimate.map_or(model, |e| e.factor.model()),
        method: estimate.map(|e| e.factor.method().as_str()),
        factor_set: set.as_str(),
        factor_id: estimate.map(|e| e.factor.id()),
        event_id,
        duplicate: repeated == Repeated::Yes,
        suggestions: estimate.is_none().then(|| set.suggestions(model)),
    }
}

/// The event that a request describes, every field checked.
fn event(
    caller: Caller,
    request: TrackRequest,
    idempotency_keys: &[Vec<u8>],
    now: Timestamp,
) -> Result<Event, Problem> {
    let mut faults = Faults::default();
    let usage = tokens::usage(
        &mut faults,
        &TokenCounts {
            input: request.input_tokens,
            output: request.output_tokens,
            prompt: request.prompt_tokens,
            completion: request.completion_tokens,
            cache_read: request.cache_read_input_tokens,
            cache_creation: request.cache_creation_input_tokens,
            reasoning: request.reasoning_output_tokens,
        },
    );
    let tenant_id = faults.required_text("/tenant_id", request.tenant_id, config::ID_BYTES_MAX);
    let model = faults.required_text("/model", request.model, config::MODEL_BYTES_MAX);
    let provider = faults.short_text("/provider", request.provider, config::PLACE_BYTES_MAX);
    let region = region(&mut faults, request.region);
    let event_id = event_id(&mut faults, request.event_id, idempotency_keys);
    let occurred_at = request.timestamp.and_then(|text| timestamp(&mut faults, &text, now));
    let tags = request.tags.and_then(|tags| tags_json(&mut faults, &tags.0));
    faults.none()?;
    let missing = || Problem::Internal("a missing field went unnoticed".to_owned());
    Ok(Event {
        account: caller.account,
        is_test: caller.kind == KeyKind::Test,
        event_id: event_id.unwrap_or_else(new_id),
        tenant_id: tenant_id.ok_or_else(missing)?,
        deployment: Deployment {
            model: model.ok_or_else(missing)?,
            provider: provider.unwrap_or_default(),
            region: region.unwrap_or_default(),
        },
        occurred_at_ms: occurred_at.map(Timestamp::as_millisecond),
        received_at_ms: now.as_millisecond(),
        usage,
        tags,
    })
}

/// A cloud region or a country code, by its shape.
fn region(faults: &mut Faults, region: Option<String>) -> Option<String> {
    let region = faults.short_text("/region", region, config::PLACE_BYTES_MAX)?;
    let well_formed = region.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_:".contains(&byte));
    if !well_formed {
        faults.add(
            "/region",
            "must be a cloud region such as eu-west-3 or aws:eu-west-3, or an ISO 3166 country code",
        );
    }
    well_formed.then_some(region)
}

/// The id from the body or from the `Idempotency-Key` header; they may not differ.
fn event_id(faults: &mut Faults, in_body: Option<String>, in_headers: &[Vec<u8>]) -> Option<String> {
    let in_body = faults.short_text("/event_id", in_body, config::ID_BYTES_MAX);
    let Some(in_header) = in_headers.first() else { return in_body };
    if in_headers.iter().any(|other| other != in_header) {
        faults.add("Idempotency-Key", "is given twice, with different values");
    }
    // Not text: refused below, as empty.
    let in_header = str::from_utf8(in_header).unwrap_or("").to_owned();
    let in_header = faults.short_text("Idempotency-Key", Some(in_header), config::ID_BYTES_MAX)?;
    if in_body.as_ref().is_some_and(|in_body| *in_body != in_header) {
        faults.add("/event_id", "differs from the Idempotency-Key header: send one of them");
    }
    Some(in_header)
}

fn timestamp(faults: &mut Faults, text: &str, now: Timestamp) -> Option<Timestamp> {
    let Some(time) = rfc_3339(text) else {
        faults.add("/timestamp", "must be an RFC 3339 time with its offset, such as 2026-10-05T14:30:00Z");
        return None;
    };
    let ahead = time.duration_since(now);
    if ahead > SignedDuration::from_mins(config::AHEAD_MINUTES_MAX) {
        faults.add("/timestamp", format!("lies more than {} minutes ahead", config::AHEAD_MINUTES_MAX));
    } else if ahead < -SignedDuration::from_hours(24 * config::BACK_DAYS_MAX) {
        faults.add("/timestamp", format!("lies more than {} days back", config::BACK_DAYS_MAX));
    }
    Some(time)
}

/// A time as RFC 3339 writes it. The parser reads more forms than that, and the contract names this one.
fn rfc_3339(text: &str) -> Option<Timestamp> {
    let shape =
        |place: usize, expect: &[u8]| text.as_bytes().get(place).is_some_and(|byte| expect.contains(byte));
    let date_and_time =
        shape(4, b"-") && shape(7, b"-") && shape(10, b"Tt ") && shape(13, b":") && shape(16, b":");
    (date_and_time && !text.ends_with(']')).then(|| text.parse().ok())?
}

fn tags_json(faults: &mut Faults, tags: &BTreeMap<String, String>) -> Option<String> {
    if tags.len() > config::TAGS_MAX {
        faults.add("/tags", format!("may hold at most {} tags", config::TAGS_MAX));
    }
    for (key, value) in tags {
        let pointer = pointer(["tags", key]);
        for (what, text, bytes_max) in
            [("key", key, config::TAG_KEY_BYTES_MAX), ("value", value, config::TAG_VALUE_BYTES_MAX)]
        {
            if text.is_empty() || text.len() > bytes_max || text.chars().any(char::is_control) {
                faults.add(
                    &pointer,
                    format!("needs a {what} of 1 to {bytes_max} bytes without control characters"),
                );
            }
        }
    }
    (!tags.is_empty()).then(|| serde_json::to_string(tags).expect("a map of strings always serialises"))
}

/// Tags, each key once.
struct Tags(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Tags;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Tags, A::Error> {
                let mut tags = BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<String, String>()? {
                    if tags.contains_key(&key) {
                        return Err(de::Error::custom(format_args!("duplicate field `{key}`")));
                    }
                    tags.insert(key, value);
                }
                Ok(Tags(tags))
            }
        }

        deserializer.deserialize_map(Visitor)
    }
}
