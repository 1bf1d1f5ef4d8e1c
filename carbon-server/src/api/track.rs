//! One LLM call in, grams out.

use super::{
    App, Faults, Input,
    grid::{GridFigure, grid},
    now, place,
    tags::Tags,
    time,
    tokens::{self, Count, TokenCounts},
    unnoticed,
    usage_object::UsageObject,
};
use crate::{
    config,
    event_names::EventNames,
    exact::Exact,
    key_ring::Caller,
    problem::Problem,
    response::Answer,
    store::{Appended, DefaultRegions, Deployment, Event, Side},
};
use carbon_core::{Call, Estimate, FactorSet};
use jiff::Timestamp;
use prometheus_client::metrics::counter::Counter;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, RwLock};

/// The body. Metadata only: a field that is not listed here is refused by name, so no prompt can get in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrackRequest {
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
    /// The provider's own usage object, unchanged, in the place of the counts.
    usage: Option<UsageObject>,
    tags: Option<Tags>,
}

impl TrackRequest {
    /// Whether the sender names the event.
    pub(super) fn has_event_id(&self) -> bool {
        self.event_id.is_some()
    }
}

#[derive(Serialize)]
struct TrackAnswer<'a> {
    co2_grams: Option<Exact>,
    confidence: &'a str,
    co2_grams_low: Option<Exact>,
    co2_grams_high: Option<Exact>,
    /// A published factor gives grams and nothing else; what is not known is null, never 0.
    energy_wh: Option<Exact>,
    water_ml: Option<Exact>,
    model: &'a str,
    method: Option<&'a str>,
    factor_set: &'a str,
    factor_id: Option<&'a str>,
    event_id: &'a str,
    duplicate: bool,
    /// What a modelled value was multiplied with; a published factor asks for no place.
    #[serde(skip_serializing_if = "Option::is_none")]
    grid: Option<GridFigure<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestions: Option<Vec<&'a str>>,
}

/// `POST /api/v1/track`
pub(super) async fn create(app: &App, input: &Input) -> Result<Answer, Problem> {
    let event = Intake::new(app, input.caller()?, now()).event(input.json()?, &input.idempotency_keys)?;
    let estimate = estimate(&event);
    let (event, appended) = app.store.append(event).await?;
    let duplicate = match appended {
        Appended::New => {
            let tokens = event.usage.total_tokens();
            app.metrics.added(event.side.is_test, tokens, estimate.map(|estimate| estimate.co2));
            false
        }
        Appended::Duplicate => true,
        Appended::Conflict => {
            let event_id = event.event_id;
            return Err(Problem::Conflict {
                detail: format!("event_id {event_id:?} was used before, for an event with other content."),
            });
        }
        Appended::TooManyTags => return Err(Problem::invalid("/tags", too_many_tags(app))),
    };
    Answer::ok(&answer(estimate, &event.deployment.model, &event.event_id, duplicate))
}

/// Why an event with new tags was not added.
pub(super) fn too_many_tags(app: &App) -> String {
    let tags_max = app.limits.tags_per_tenant_max;
    format!("would give this tenant more than {tags_max} different tags: use values that repeat, not ids")
}

/// What the event comes to on its day; `None` where the newest factor set does not know.
pub(super) fn estimate(event: &Event) -> Option<Estimate<'static>> {
    let Deployment { model, provider, region } = &event.deployment;
    fn said(text: &str) -> Option<&str> {
        Some(text).filter(|text| !text.is_empty())
    }
    let occurred_at_ms = event.occurred_at_ms.unwrap_or(event.received_at_ms);
    let call = Call {
        model,
        provider: said(provider),
        region: said(region),
        day: Timestamp::from_millisecond(occurred_at_ms).ok().map(time::day),
    };
    FactorSet::latest().estimate(call, &event.usage).ok()
}

fn answer<'a>(
    estimate: Option<Estimate<'static>>,
    model: &'a str,
    event_id: &'a str,
    duplicate: bool,
) -> TrackAnswer<'a> {
    let set = FactorSet::latest();
    TrackAnswer {
        co2_grams: estimate.map(|e| Exact::of(e.co2.central())),
        confidence: estimate.map_or("unknown", |e| e.confidence.as_str()),
        co2_grams_low: estimate.map(|e| Exact::of(e.co2.low())),
        co2_grams_high: estimate.map(|e| Exact::of(e.co2.high())),
        energy_wh: estimate.and_then(|e| e.energy).map(|energy| Exact::of(energy.central())),
        water_ml: estimate.and_then(|e| e.water).map(|water| Exact::of(water.central())),
        model: estimate.map_or(model, |e| e.model.id()),
        method: estimate.map(|e| e.method.as_str()),
        factor_set: set.as_str(),
        factor_id: estimate.map(|e| e.factor_id),
        event_id,
        duplicate,
        grid: estimate.and_then(|e| Some(grid(&e.location?, e.placed_by))),
        suggestions: estimate.is_none().then(|| set.suggestions(model)),
    }
}

/// What a request becomes an event with.
pub(super) struct Intake {
    names: Arc<EventNames>,
    regions: Arc<RwLock<DefaultRegions>>,
    side: Side,
    now: Timestamp,
    /// Fields of usage objects that were passed over.
    passed_over: Counter,
}

impl Intake {
    pub(super) fn new(app: &App, caller: Caller, now: Timestamp) -> Self {
        let (names, regions) = (app.event_names.clone(), app.store.default_regions());
        let passed_over = app.metrics.usage_fields_passed_over();
        Intake { names, regions, side: caller.side(), now, passed_over }
    }

    /// The event that a request describes, every field checked.
    pub(super) fn event(
        &self,
        request: TrackRequest,
        idempotency_keys: &[Vec<u8>],
    ) -> Result<Event, Problem> {
        let Intake { names, regions, side, now, passed_over } = self;
        let (event, fields) = event(names, regions, *side, request, idempotency_keys, *now)?;
        if fields > 0 {
            passed_over.inc_by(fields);
        }
        Ok(event)
    }
}

fn event(
    names: &EventNames,
    regions: &RwLock<DefaultRegions>,
    side: Side,
    request: TrackRequest,
    idempotency_keys: &[Vec<u8>],
    now: Timestamp,
) -> Result<(Event, u64), Problem> {
    let mut faults = Faults::default();
    let (usage, passed_over) = tokens::usage(
        &mut faults,
        &TokenCounts {
            input: request.input_tokens,
            output: request.output_tokens,
            prompt: request.prompt_tokens,
            completion: request.completion_tokens,
            cache_read: request.cache_read_input_tokens,
            cache_creation: request.cache_creation_input_tokens,
            reasoning: request.reasoning_output_tokens,
            object: request.usage.as_ref(),
        },
    );
    let tenant_id = faults.required_text("/tenant_id", request.tenant_id, config::ID_BYTES_MAX);
    let model = faults.required_text("/model", request.model, config::MODEL_BYTES_MAX);
    let provider = faults.short_text("/provider", request.provider, config::PLACE_BYTES_MAX);
    let region = place::region(&mut faults, request.region, provider.as_deref());
    let event_id = event_id(&mut faults, request.event_id, idempotency_keys);
    let occurred_at = request.timestamp.and_then(|text| time::timestamp(&mut faults, &text, now));
    if occurred_at.is_some_and(|time| time::is_too_old(time, now)) {
        faults.add("/timestamp", format!("lies more than {} days back", config::BACK_DAYS_MAX));
    }
    if let Some(tags) = &request.tags {
        tags.check(&mut faults);
    }
    faults.none()?;
    let tenant_id = tenant_id.ok_or_else(unnoticed)?;
    let region_is_default = region.is_none();
    let region = region.or_else(|| place::default_region(regions, side, &tenant_id, provider.as_deref()));
    let event = Event {
        side,
        id_is_new: event_id.is_none(),
        event_id: event_id.unwrap_or_else(|| names.next(now)),
        tenant_id,
        region_is_default,
        deployment: Deployment {
            model: model.ok_or_else(unnoticed)?,
            provider: provider.unwrap_or_default(),
            region: region.unwrap_or_default(),
        },
        occurred_at_ms: occurred_at.map(Timestamp::as_millisecond),
        received_at_ms: now.as_millisecond(),
        usage,
        tags: request.tags.map(Tags::into_tags).unwrap_or_default(),
    };
    Ok((event, passed_over))
}

/// The id from the body or from the `Idempotency-Key` header; they may not differ.
pub(super) fn event_id(
    faults: &mut Faults,
    in_body: Option<String>,
    in_headers: &[Vec<u8>],
) -> Option<String> {
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
