//! What holds of every call, wherever it was read.

use crate::{
    base::ids::EventIds,
    config::{BACK_DAYS_MAX, TOKENS_MAX},
    http::{problem::Problem, request::object},
    ingest::{
        call::TrackRequest,
        intake::{CheckedEvent, Intake},
        valuation::{self, ValuedCall},
    },
    store::{AccountKey, DefaultRegions, Event, Side},
};
use carbon_core::FactorSet;
use jiff::Timestamp;
use prometheus_client::metrics::counter::Counter;
use std::sync::{Arc, LazyLock, RwLock};

/// That of an account without own names or regions, on a day that the corpus is of.
static INTAKE: LazyLock<Intake> = LazyLock::new(|| Intake {
    names: Arc::new(EventIds::new().expect("the system has random bytes")),
    regions: Arc::new(RwLock::new(DefaultRegions::new())),
    set: FactorSet::latest().clone(),
    by_hour: false,
    side: Side { account: AccountKey::NONE, is_test: false },
    now: Timestamp::constant(1_796_000_000, 0),
    back_days_max: BACK_DAYS_MAX,
    passed_over: Counter::default(),
});

/// A call is a body of `/track`, and is taken or refused as that.
pub(super) fn check(call: &TrackRequest) -> Result<CheckedEvent, String> {
    let json = serde_json::to_vec(call).expect("numbers and strings always serialise");
    let Ok(again) = object::<TrackRequest>(&json) else {
        panic!("{} is no body of /track", String::from_utf8_lossy(&json))
    };
    // Numbers in a usage object that are no counts may lose their last digits.
    let is_same = || serde_json::to_vec(&again).is_ok_and(|again| again == json);
    assert!(call.usage.is_some() || is_same(), "the body is another once it is read");
    // The notes of a reader and the traces of a span do not go over the wire.
    let again = TrackRequest { notes: call.notes.clone(), sighting: call.sighting.clone(), ..again };
    let [outcome, again] = [call.clone(), again].map(event);
    assert_eq!(outcome.as_ref().map(said), again.as_ref().map(said));
    outcome
}

/// The event of a call, or the fields that are wrong.
fn event(call: TrackRequest) -> Result<CheckedEvent, String> {
    let checked = INTAKE.event(call, &[]).map_err(|problem| {
        let Problem::Invalid { errors } = &problem else { panic!("{problem:?}") };
        assert!(errors.iter().all(|error| error.pointer.starts_with('/')), "{errors:?} name no field");
        problem.in_a_sentence()
    })?;
    let Event { usage, calls, event_id, tenant_id, .. } = &checked.event;
    assert_eq!(usage.check(), Ok(()), "{usage:?}");
    assert!(usage.input_tokens.max(usage.output_tokens) <= TOKENS_MAX, "{usage:?}");
    assert!(calls.is_none_or(|calls| (0..=1_000_000_000).contains(&calls)), "{calls:?}");
    assert!(!event_id.is_empty() && !tenant_id.is_empty());
    if let Some(value) = valuation::estimate(&INTAKE.set, ValuedCall::sent(&checked.event, INTAKE.by_hour)) {
        let grams = [value.co2.low(), value.co2.central(), value.co2.high()];
        assert!(grams.is_sorted() && grams[0] >= carbon_core::Grams::ZERO, "{grams:?}");
    }
    Ok(checked)
}

/// What is the same whenever the same call is sent.
pub(super) fn said(checked: &CheckedEvent) -> String {
    let Event { tenant_id, deployment, occurred_at_ms, usage, calls, tags, sighting, .. } = &checked.event;
    let notes = &checked.notes;
    format!(
        "{tenant_id:?} {deployment:?} {occurred_at_ms:?} {usage:?} {calls:?} {tags:?} {sighting:?} {notes:?}"
    )
}
