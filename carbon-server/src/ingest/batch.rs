//! Many calls in one request: valid ones are stored, invalid ones are listed.

use crate::{
    app::{App, metrics::ValuedEvent},
    base::{
        exact::Exact,
        work_queue::{Permit, blocking},
    },
    http::problem::Problem,
    ingest::{
        call::TrackRequest,
        intake::{CheckedEvent, Intake},
        sources::{self, SourceRecord},
        valuation::{self, ValuedCall},
    },
    store::{AccountKey, Appended, Batch, BatchAppended, BatchKey, Event, GivenIds, StoreError},
};
use carbon_core::{FactorSet, Grams, grid::GridResolution};
use serde::Serialize;

/// Calls on their way into the ledger, in the order in which they were read.
pub(crate) struct BatchBuilder {
    intake: Intake,
    /// The sender's id of the batch: calls without an id get one from it and their place.
    batch_id: Option<String>,
    events_max: usize,
    read: usize,
    /// For each of `events`, its place and its emissions.
    kept: Vec<AcceptedCall>,
    events: Vec<Event>,
    rejected: Vec<Rejected>,
    notes: Vec<BatchNote>,
}

struct AcceptedCall {
    index: usize,
    tokens: u128,
    valued: Option<ValuedEvent>,
    /// Its value if it is summed the other way, by the day or by the hour: the ledger decides. `None` where that is the same.
    otherwise: Option<Option<ValuedEvent>>,
}

/// The outcome of a batch.
#[derive(Serialize)]
pub(crate) struct BatchOutcome {
    /// Events that were added.
    pub(crate) accepted: usize,
    /// Events that had already been added, with the same content.
    pub(crate) duplicates: usize,
    /// Of all events of the batch that are now in the ledger and have a value; `null` if none has.
    pub(crate) co2_grams: Option<Exact>,
    pub(crate) rejected: Vec<Rejected>,
    /// Calls whose counts are not certain, accepted all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<BatchNote>,
    /// Calls that another span shows, among the duplicates.
    #[serde(skip)]
    pub(crate) same_calls: Vec<usize>,
}

/// What the sender of a call should know of its counts.
#[derive(Serialize)]
pub(crate) struct BatchNote {
    /// Its place among the calls, from 0.
    pub(crate) index: usize,
    pub(crate) detail: String,
}

/// A call that was rejected.
#[derive(Serialize)]
pub(crate) struct Rejected {
    /// Its place among the calls, from 0.
    pub(crate) index: usize,
    pub(crate) detail: String,
}

impl BatchBuilder {
    pub(crate) fn new(app: &App, intake: Intake, batch_id: Option<String>) -> Self {
        BatchBuilder {
            intake,
            batch_id,
            events_max: app.limits.batch_events_max,
            read: 0,
            kept: Vec::new(),
            events: Vec::new(),
            rejected: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Adds a call, or the reason why it is rejected. Too many calls reject the whole batch.
    pub(crate) fn add(&mut self, call: Result<TrackRequest, Problem>) -> Result<(), Problem> {
        if self.read == self.events_max {
            return Err(Problem::TooManyEvents { events_max: self.events_max });
        }
        let index = self.read;
        self.read += 1;
        let event = call.and_then(|call| {
            let named = call.event_id.is_some();
            let mut checked = self.intake.event(call, &[])?;
            if let Some(batch_id) = self.batch_id.as_ref().filter(|_| !named) {
                checked.event.event_id = format!("{batch_id}:{index}");
                checked.event.id_is_new = false;
            }
            Ok(checked)
        });
        match event {
            Ok(CheckedEvent { event, notes }) => {
                self.notes.extend(notes.into_iter().map(|detail| BatchNote { index, detail }));
                let Intake { set, by_hour, .. } = &self.intake;
                let value = |by_hour| valuation::estimate(set, ValuedCall::sent(&event, by_hour));
                let value =
                    |by_hour| value(by_hour).as_ref().map(|value| ValuedEvent::from(value).into_owned());
                // Without values by the hour, an hour is valued as its day.
                let mut series = set.grid_series().iter();
                let is_told = series.any(|series| series.resolution == GridResolution::Hour);
                let otherwise = is_told.then(|| value(!by_hour));
                let (tokens, valued) = (event.usage.total_tokens(), value(*by_hour));
                self.kept.push(AcceptedCall { index, tokens, valued, otherwise });
                self.events.push(event);
            }
            Err(problem) => self.rejected.push(Rejected { index, detail: problem.in_a_sentence() }),
        }
        Ok(())
    }

    /// Adds a call from another tool; `default_tenant_id` applies if it names no tenant.
    pub(crate) fn take(
        &mut self,
        record: SourceRecord,
        default_tenant_id: Option<&String>,
    ) -> Result<(), Problem> {
        match record {
            SourceRecord::Nothing => Ok(()),
            SourceRecord::Call(mut call) | SourceRecord::Row(mut call, _) => {
                call.tenant_id = call.tenant_id.or_else(|| default_tenant_id.cloned());
                call.event_id = sources::event_id(call.event_id);
                self.add(Ok(*call))
            }
            SourceRecord::Uncountable(reason) => self.add(Err(Problem::invalid("", reason))),
        }
    }

    /// Appends them to the ledger. When this returns, they are on disk.
    pub(crate) async fn keep(
        self,
        app: &App,
        key: Option<[u8; 32]>,
        permits: Vec<Permit<AccountKey>>,
    ) -> Result<BatchOutcome, Problem> {
        let BatchBuilder { intake, batch_id, kept, events, mut rejected, mut notes, .. } = self;
        let (side, received_at_ms) = (intake.side, intake.now.as_millisecond());
        let key =
            batch_id.zip(key).map(|(batch_id, sha256)| BatchKey { side, batch_id, sha256, received_at_ms });
        let appended = app.store.append_batch(Batch { account: side.account, key, events, permits }).await;
        let outcomes = match appended.map_err(|error| with_places(error, &kept))? {
            BatchAppended::Kept(outcomes) => outcomes,
            BatchAppended::Conflict => {
                return Err(Problem::Conflict {
                    detail: "This Idempotency-Key was already used for a batch with different content."
                        .to_owned(),
                });
            }
        };
        let outcomes = valued_as_kept(&intake.set, outcomes).await?;
        let (mut accepted, mut duplicates) = (0, 0);
        let mut co2: Option<Grams> = None;
        let mut same_calls = Vec::new();
        for (call, (outcome, grams_as_kept)) in kept.into_iter().zip(outcomes) {
            let grams = match outcome {
                Appended::New { by_hour } => {
                    accepted += 1;
                    let valued = match call.otherwise {
                        Some(otherwise) if by_hour != intake.by_hour => otherwise,
                        _ => call.valued,
                    };
                    let grams = valued.as_ref().map(|valued| valued.co2.central());
                    app.metrics.added(side.is_test, call.tokens, valued.as_ref().map(ValuedEvent::as_deref));
                    grams
                }
                Appended::Duplicate(_) => {
                    duplicates += 1;
                    grams_as_kept
                }
                Appended::SameCall => {
                    duplicates += 1;
                    same_calls.push(call.index);
                    continue;
                }
                Appended::TooManyTags => {
                    let detail = format!("/tags {}", too_many_tags(app.limits.tags_per_tenant_max));
                    rejected.push(Rejected { index: call.index, detail });
                    continue;
                }
                Appended::Pruned => {
                    rejected.push(Rejected { index: call.index, detail: format!("/timestamp {PRUNED}") });
                    continue;
                }
                Appended::Conflict => {
                    let detail = USED_BEFORE.to_owned();
                    rejected.push(Rejected { index: call.index, detail });
                    continue;
                }
            };
            if let Some(grams) = grams {
                co2 = Some(co2.unwrap_or(Grams::ZERO) + grams);
            }
        }
        rejected.sort_by_key(|row| row.index);
        // Of a call that was rejected, the reason says enough.
        notes.retain(|note| rejected.binary_search_by_key(&note.index, |row| row.index).is_err());
        app.metrics.refused(side.is_test, rejected.len());
        Ok(BatchOutcome { accepted, duplicates, co2_grams: co2.map(Exact::of), rejected, notes, same_calls })
    }
}

/// Outcomes, with the value of what had been kept before: that of how it was kept, whatever has been set since.
async fn valued_as_kept(
    set: &FactorSet,
    outcomes: Vec<Appended>,
) -> Result<Vec<(Appended, Option<Grams>)>, Problem> {
    if !outcomes.iter().any(|outcome| matches!(outcome, Appended::Duplicate(_))) {
        return Ok(outcomes.into_iter().map(|outcome| (outcome, None)).collect());
    }
    let set = set.clone();
    let value = move |outcome| {
        let grams = match &outcome {
            Appended::Duplicate(kept) => {
                valuation::estimate(&set, ValuedCall::kept(kept)).map(|found| found.co2.central())
            }
            _ => None,
        };
        (outcome, grams)
    };
    Ok(blocking(move || outcomes.into_iter().map(value).collect()).await?)
}

/// Ids that were given, by the places of their calls: of those that were rejected, there is no event.
fn with_places(error: StoreError, kept: &[AcceptedCall]) -> StoreError {
    let StoreError::InDoubt(GivenIds::OfRows(mut given)) = error else { return error };
    for id in &mut given {
        id.index = kept[id.index].index;
    }
    StoreError::InDoubt(GivenIds::OfRows(given))
}

/// Why an event in a pruned month is rejected.
pub(crate) const PRUNED: &str = "is in a month whose events were pruned, which accepts no more";

pub(crate) const USED_BEFORE: &str = "event_id was already used for an event with different content";

/// Why an event with new tags is rejected.
pub(crate) fn too_many_tags(tags_max: usize) -> String {
    format!("would give this tenant more than {tags_max} different tags: use repeating values, not ids")
}
