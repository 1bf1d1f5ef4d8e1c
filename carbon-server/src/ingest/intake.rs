//! Turns a call into an event, with every field checked.

use crate::{
    app::App,
    base::ids::EventIds,
    config,
    http::{
        caller::Caller,
        faults::{Faults, unnoticed},
        problem::Problem,
    },
    ingest::{
        call::TrackRequest,
        place,
        tags::Tags,
        time,
        tokens::{self, RequestUsage},
    },
    store::{DefaultRegions, Event, SentDeployment, Side},
};
use carbon_core::FactorSet;
use jiff::{SignedDuration, Timestamp};
use prometheus_client::metrics::counter::Counter;
use std::sync::{Arc, RwLock};

/// What is needed to turn a call into an event.
pub(crate) struct Intake {
    pub(crate) names: Arc<EventIds>,
    pub(crate) regions: Arc<RwLock<DefaultRegions>>,
    /// What values its events.
    pub(crate) set: FactorSet,
    /// Whether the account has its calls summed by the hour.
    pub(crate) by_hour: bool,
    pub(crate) side: Side,
    pub(crate) now: Timestamp,
    /// Maximum age of a call.
    pub(crate) back_days_max: i64,
    /// Ignored fields of usage objects.
    pub(crate) passed_over: Counter,
}

/// An event, ready for the ledger.
pub(crate) struct CheckedEvent {
    pub(crate) event: Event,
    /// How its counts were read, where that is not certain.
    pub(crate) notes: Vec<String>,
}

impl Intake {
    pub(crate) fn new(app: &App, caller: Caller, now: Timestamp) -> Self {
        Intake {
            names: app.ids.events.clone(),
            regions: app.store.default_regions(),
            set: app.registry.current(caller.account),
            by_hour: app.registry.is_by_hour(caller.account),
            side: caller.side(),
            now,
            back_days_max: config::BACK_DAYS_MAX,
            passed_over: app.metrics.usage_fields_passed_over(),
        }
    }

    /// The event that a request describes, with every field checked, and what its sender should know of its counts.
    pub(crate) fn event(
        &self,
        request: TrackRequest,
        idempotency_keys: &[Vec<u8>],
    ) -> Result<CheckedEvent, Problem> {
        let Intake { names, regions, set, side, now, back_days_max, passed_over, .. } = self;
        let (side, now) = (*side, *now);
        let mut faults = Faults::default();
        let read = tokens::usage(&mut faults, request.model.as_deref(), &request.counts());
        let note_of_context = read.note_of_context();
        let RequestUsage { usage, calls, notes, unknown_fields } = read;
        let tenant_id = faults.required_text("/tenant_id", request.tenant_id, config::ID_BYTES_MAX);
        let model = faults.required_text("/model", request.model, config::MODEL_BYTES_MAX);
        let provider = faults.short_text("/provider", request.provider, config::PLACE_BYTES_MAX);
        let region = place::region(set, &mut faults, request.region, provider.as_deref());
        let event_id = event_id(&mut faults, request.event_id, idempotency_keys);
        let occurred_at = request.timestamp.and_then(|text| time::timestamp(&mut faults, &text, now));
        let back_max = SignedDuration::from_hours(24 * back_days_max);
        if occurred_at.is_some_and(|time| now.duration_since(time) > back_max) {
            faults.add("/timestamp", format!("is more than {back_days_max} days ago"));
        }
        if let Some(tags) = &request.tags {
            tags.check(&mut faults);
        }
        faults.none()?;
        if unknown_fields > 0 {
            passed_over.inc_by(unknown_fields);
        }
        let tenant_id = tenant_id.ok_or_else(unnoticed)?;
        let region_is_default = region.is_none();
        let region =
            region.or_else(|| place::default_region(set, regions, side, &tenant_id, provider.as_deref()));
        let event = Event {
            side,
            id_is_new: event_id.is_none(),
            event_id: event_id.unwrap_or_else(|| names.next(now)),
            tenant_id,
            region_is_default,
            deployment: SentDeployment {
                model: model.ok_or_else(unnoticed)?,
                provider: provider.unwrap_or_default(),
                region: region.unwrap_or_default(),
            },
            occurred_at_ms: occurred_at.map(Timestamp::as_millisecond),
            received_at_ms: now.as_millisecond(),
            usage,
            calls,
            tags: request.tags.map(Tags::into_tags).unwrap_or_default(),
            sighting: request.sighting,
        };
        let notes = notes.into_iter().chain(request.notes).chain(note_of_context).collect();
        Ok(CheckedEvent { event, notes })
    }
}

/// The id from the body or from the `Idempotency-Key` header; they may not differ.
pub(crate) fn event_id(
    faults: &mut Faults,
    in_body: Option<String>,
    in_headers: &[Vec<u8>],
) -> Option<String> {
    let in_body = faults.short_text("/event_id", in_body, config::ID_BYTES_MAX);
    let Some(in_header) = in_headers.first() else { return in_body };
    if in_headers.iter().any(|other| other != in_header) {
        faults.add("Idempotency-Key", "is given twice, with different values");
    }
    // Not text: treated as empty, which is rejected below.
    let in_header = str::from_utf8(in_header).unwrap_or("").to_owned();
    let in_header = faults.short_text("Idempotency-Key", Some(in_header), config::ID_BYTES_MAX)?;
    if in_body.as_ref().is_some_and(|in_body| *in_body != in_header) {
        faults.add("/event_id", "differs from the Idempotency-Key header: send one of them");
    }
    Some(in_header)
}
