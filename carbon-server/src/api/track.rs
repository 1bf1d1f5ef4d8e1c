//! Records one LLM call; the response has its emissions.

use crate::{
    api::grid::{GridFigure, grid},
    app::{App, metrics::ValuedEvent},
    base::{clock::now, exact::Exact},
    http::{answer::Answer, problem::Problem, request::Input},
    ingest::{
        batch::{PRUNED, too_many_tags},
        intake::{CheckedEvent, Intake},
        valuation::{ValuedCall, estimate},
    },
    store::Appended,
};
use carbon_core::{Estimate, FactorSet};
use serde::Serialize;

#[derive(Serialize)]
struct TrackAnswer<'a> {
    co2_grams: Option<Exact>,
    confidence: &'a str,
    co2_grams_low: Option<Exact>,
    co2_grams_high: Option<Exact>,
    /// A published factor gives grams only; unknown figures are null, never 0.
    energy_wh: Option<Exact>,
    water_ml: Option<Exact>,
    model: &'a str,
    method: Option<&'a str>,
    factor_set: &'a str,
    factor_id: Option<&'a str>,
    event_id: &'a str,
    duplicate: bool,
    /// The grid behind a modelled value; published factors have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    grid: Option<GridFigure<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestions: Option<Vec<&'a str>>,
    /// How the counts and the model's name were read, where that is not certain.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

/// `POST /api/v1/track`
pub(crate) async fn create(app: &App, input: &Input) -> Result<Answer, Problem> {
    let CheckedEvent { event, notes } =
        Intake::new(app, input.caller()?, now()).event(input.json()?, &input.headers.idempotency_keys)?;
    let set = app.registry.current(event.side.account);
    let (event, appended) = app.store.append(event).await?;
    let (duplicate, estimate) = match appended {
        Appended::New { by_hour } => {
            let estimate = estimate(&set, ValuedCall::sent(&event, by_hour));
            let tokens = event.usage.total_tokens();
            app.metrics.added(event.side.is_test, tokens, estimate.as_ref().map(ValuedEvent::from));
            (false, estimate)
        }
        // What was kept has its value, whatever has been set since.
        Appended::Duplicate(kept) => (true, estimate(&set, ValuedCall::kept(&kept))),
        Appended::SameCall => {
            let by_hour = app.registry.is_by_hour(event.side.account);
            (true, estimate(&set, ValuedCall::sent(&event, by_hour)))
        }
        Appended::Conflict => {
            let event_id = event.event_id;
            return Err(Problem::Conflict {
                detail: format!(
                    "event_id {event_id:?} was already used for an event with different content."
                ),
            });
        }
        Appended::Pruned => return Err(Problem::invalid("/timestamp", PRUNED)),
        Appended::TooManyTags => {
            return Err(Problem::invalid("/tags", too_many_tags(app.limits.tags_per_tenant_max)));
        }
    };
    let mut answer = answer(&set, estimate, &event.deployment.model, &event.event_id, duplicate);
    answer.notes.extend(notes);
    Answer::ok(&answer)
}

fn answer<'a>(
    set: &'a FactorSet,
    estimate: Option<Estimate<'a>>,
    model: &'a str,
    event_id: &'a str,
    duplicate: bool,
) -> TrackAnswer<'a> {
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
        notes: estimate.and_then(|e| e.caveat()).into_iter().collect(),
    }
}
