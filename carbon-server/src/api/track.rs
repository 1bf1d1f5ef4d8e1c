//! Records one LLM call; the response has its emissions.

use crate::{
    api::grid::{GridFigure, grid},
    app::{App, metrics::ValuedEvent},
    base::{clock::now, exact::Exact},
    http::{answer::Answer, object_writer::ObjectWriter, problem::Problem, request::Input},
    ingest::{
        batch::{PRUNED, too_many_tags},
        intake::{CheckedEvent, Intake},
        valuation::{ValuedCall, estimate},
    },
    store::Appended,
};
use carbon_core::{Estimate, FactorSet};

/// Written by hand ([`TrackAnswer::json`]), in the order of its fields.
#[cfg_attr(test, derive(serde::Serialize))]
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
    #[cfg_attr(test, serde(skip_serializing_if = "Option::is_none"))]
    grid: Option<GridFigure<'a>>,
    #[cfg_attr(test, serde(skip_serializing_if = "Option::is_none"))]
    suggestions: Option<Vec<&'a str>>,
    /// How the counts and the model's name were read, where that is not certain.
    #[cfg_attr(test, serde(skip_serializing_if = "Vec::is_empty"))]
    notes: Vec<String>,
}

impl TrackAnswer<'_> {
    /// Every call is answered with one: by hand it takes a fraction of what it would take field by field.
    fn json(&self) -> Result<Vec<u8>, Problem> {
        let mut object = ObjectWriter::with_capacity(BYTES);
        object.number("co2_grams", self.co2_grams);
        object.text("confidence", Some(self.confidence))?;
        object.number("co2_grams_low", self.co2_grams_low);
        object.number("co2_grams_high", self.co2_grams_high);
        object.number("energy_wh", self.energy_wh);
        object.number("water_ml", self.water_ml);
        object.text("model", Some(self.model))?;
        object.text("method", self.method)?;
        object.text("factor_set", Some(self.factor_set))?;
        object.text("factor_id", self.factor_id)?;
        object.text("event_id", Some(self.event_id))?;
        object.truth("duplicate", self.duplicate);
        if let Some(grid) = &self.grid {
            object.value("grid", grid)?;
        }
        if let Some(suggestions) = &self.suggestions {
            object.value("suggestions", suggestions)?;
        }
        if !self.notes.is_empty() {
            object.value("notes", &self.notes)?;
        }
        Ok(object.finish())
    }
}

/// Room for most answers, and for the values of their headers behind them.
const BYTES: usize = 768;

/// `POST /api/v1/track`
pub(crate) async fn create(app: &App, input: &Input) -> Result<Answer, Problem> {
    let CheckedEvent { event, notes } =
        Intake::new(app, input.caller()?, now()).event(input.json()?, &input.headers.idempotency_keys)?;
    let set = app.registry.current(event.side.account);
    let (event, appended) = app.store.append(Box::new(event)).await?;
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
    Ok(Answer::json(answer.json()?))
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

#[cfg(test)]
mod tests {
    use super::*;
    use carbon_core::{Call, FactorSet, Usage};
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    fn any_number() -> impl Strategy<Value = Option<Exact>> {
        let decimal = (any::<i64>(), 0_u32..=28).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale));
        proptest::option::of(decimal.prop_map(Exact::from))
    }

    proptest! {
        /// What is written by hand is what the derived form of its fields says, to the last byte.
        #[test]
        fn the_answer_is_that_of_its_fields(
            numbers in prop::array::uniform5(any_number()),
            texts in prop::array::uniform4(".{0,12}"),
            some in prop::array::uniform2(proptest::option::of("[ -~\u{0}-\u{ff}]{0,8}")),
            has_grid: bool,
            duplicate: bool,
            suggestions in proptest::option::of(prop::collection::vec(Just("gpt-5"), 0..3)),
            notes in prop::collection::vec(".{0,9}", 0..3),
        ) {
            let set = FactorSet::version("2026.11").unwrap();
            let call = Call { region: Some("FRA"), ..Call::to("gpt-5") };
            let estimate = set.estimate(call, &Usage::of_call(600, 400)).unwrap();
            let [co2_grams, co2_grams_low, co2_grams_high, energy_wh, water_ml] = numbers;
            let [confidence, model, factor_set, event_id] = texts.each_ref().map(String::as_str);
            let [method, factor_id] = some.each_ref().map(Option::as_deref);
            let answer = TrackAnswer {
                co2_grams,
                confidence,
                co2_grams_low,
                co2_grams_high,
                energy_wh,
                water_ml,
                model,
                method,
                factor_set,
                factor_id,
                event_id,
                duplicate,
                grid: estimate.location.filter(|_| has_grid).map(|place| grid(&place, estimate.placed_by)),
                suggestions,
                notes,
            };
            let by_hand = String::from_utf8(answer.json().unwrap()).unwrap();
            prop_assert_eq!(by_hand, serde_json::to_string(&answer).unwrap());
        }
    }
}
