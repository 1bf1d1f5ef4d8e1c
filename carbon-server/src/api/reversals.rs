//! Cancelling an event with a second, negative one; both stay.

use crate::{
    app::App,
    base::{
        clock::{self, now},
        exact::Exact,
        ids::new_id,
    },
    http::{answer::Answer, problem::Problem, request::Input},
    ingest::valuation::{self, ValuedCall},
    store::{Cancelled, KeptEvent, Reversal, Reversed, Side},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// No fields: the path names the event.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReversalRequest {}

#[derive(Serialize)]
pub(crate) struct ReversalAnswer {
    event_id: String,
    /// The row that cancels it.
    reversal_id: String,
    /// Whether an earlier request had cancelled it.
    duplicate: bool,
    /// `null` if it was erased.
    tenant_id: Option<String>,
    model: String,
    /// The day it is subtracted from, UTC.
    day: String,
    requests: i64,
    input_tokens: i128,
    output_tokens: i128,
    /// The event's emissions, negative; `null` for an unknown model.
    co2_grams: Option<Exact>,
    factor_set: String,
}

/// `POST /api/v1/events/{event_id}/reversal`
pub(crate) async fn create(app: &App, input: &Input, event_id: String) -> Result<Answer, Problem> {
    let ReversalRequest {} = input.optional_json()?;
    Answer::ok(&reverse(app, input.caller()?.side(), event_id).await?)
}

/// Cancels an event, once.
pub(crate) async fn reverse(app: &App, side: Side, event_id: String) -> Result<ReversalAnswer, Problem> {
    let now_ms = now().as_millisecond();
    let reversal =
        Reversal { side, event_id: event_id.clone(), reversal_id: new_id(), received_at_ms: now_ms };
    let cancelled = match app.store.reverse(reversal).await? {
        Reversed::Done(cancelled) => cancelled,
        Reversed::NoSuchEvent => return Err(Problem::not_found("event")),
        Reversed::IsAReversal => {
            return Err(Problem::Conflict {
                detail: "A reversal cannot be reversed: send the call again under a new id.".to_owned(),
            });
        }
    };
    let Cancelled { reversal_id, duplicate, tenant_id, event } = *cancelled;
    let set = app.registry.current(side.account);
    let co2 =
        valuation::estimate(&set, ValuedCall::kept(&event)).map(|estimate| Exact::of(estimate.co2.central()));
    let KeptEvent { deployment, at_ms, usage, .. } = event;
    let day = Timestamp::from_millisecond(at_ms).map(clock::day);
    Ok(ReversalAnswer {
        event_id,
        reversal_id,
        duplicate,
        tenant_id,
        model: deployment.model,
        day: day.map(|day| day.to_string()).unwrap_or_default(),
        requests: -1,
        input_tokens: -i128::from(usage.input_tokens),
        output_tokens: -i128::from(usage.output_tokens),
        co2_grams: co2.map(|co2| Exact::from(rust_decimal::Decimal::ZERO) - co2),
        factor_set: set.as_str().to_owned(),
    })
}
