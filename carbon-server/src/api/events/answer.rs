//! An event as it is answered.

use crate::{
    base::{
        clock,
        exact::{Exact, ExactRange},
    },
    ingest::valuation::ValuedCall,
    store::{EventPosition, FoundEvent, KeptEvent},
};
use carbon_core::{Estimate, FactorSet, method::DEFAULT_POLICY, usage::MediaUnit, usage::media_counts};
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::BTreeMap;

/// A page of events.
#[derive(Serialize)]
pub(crate) struct PageAnswer {
    /// `null` where there are no events.
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) events: Vec<EventAnswer>,
    /// Events that were looked at for this page, at most.
    pub(crate) looked_at: i64,
    /// Months among the days whose events are no longer in the ledger.
    pub(crate) pruned_months: Vec<String>,
    pub(crate) next: Option<String>,
}

/// An event, with its value.
#[derive(Debug, Serialize)]
pub(crate) struct EventAnswer {
    pub(crate) event_id: String,
    /// When it happened: the sender's time, otherwise that of arrival.
    pub(crate) timestamp: String,
    pub(crate) received_at: String,
    /// `null` if the tenant was erased.
    pub(crate) tenant_id: Option<String>,
    /// As it was sent.
    pub(crate) model: String,
    /// Its id in the registry.
    pub(crate) resolved_model: Option<String>,
    pub(crate) provider: Option<String>,
    pub(crate) region: Option<String>,
    /// 1, or -1 for a reversal, whose counts are negative.
    pub(crate) requests: i64,
    /// Of how many calls it is, where that is not one: 0 is an unknown number.
    pub(crate) calls: Option<i64>,
    pub(crate) input_tokens: i64,
    pub(crate) cache_read_input_tokens: i64,
    pub(crate) cache_creation_input_tokens: i64,
    pub(crate) output_tokens: i64,
    pub(crate) reasoning_output_tokens: i64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) media: BTreeMap<&'static str, i64>,
    pub(crate) tags: BTreeMap<String, String>,
    /// `null` for an unknown model.
    pub(crate) co2_grams: Option<ExactRange>,
    pub(crate) energy_wh: Option<ExactRange>,
    pub(crate) water_ml: Option<ExactRange>,
    pub(crate) confidence: &'static str,
    pub(crate) method: Option<&'static str>,
    pub(crate) factor_set: String,
    pub(crate) factor_id: Option<String>,
    pub(crate) reverses: Option<String>,
    pub(crate) reversed_by: Option<String>,
    pub(crate) is_late: bool,
    pub(crate) is_test: bool,
    pub(crate) position: PositionAnswer,
}

/// Where it stands in the ledger.
#[derive(Debug, Serialize)]
pub(crate) struct PositionAnswer {
    pub(crate) book: i64,
    pub(crate) number: i64,
}

/// The id of an event's model, and its value: each `None` where the set knows none.
pub(super) fn valued<'s>(
    set: &'s FactorSet,
    kept: Option<&KeptEvent>,
) -> (Option<&'s str>, Option<Estimate<'s>>) {
    let deployment = kept.and_then(|kept| set.deployment(&ValuedCall::kept(kept).call()).ok());
    let estimate = deployment
        .as_ref()
        .zip(kept)
        .and_then(|(deployment, kept)| deployment.estimate(&kept.usage, DEFAULT_POLICY));
    (deployment.map(|deployment| deployment.model.id()), estimate)
}

impl EventAnswer {
    /// An event, valued by `set`.
    pub(super) fn of(found: FoundEvent, set: &FactorSet) -> Self {
        let kept = found.kept();
        let (resolved, estimate) = valued(set, kept.as_ref());
        let is_reversal = found.is_reversal();
        let signed = |range: ExactRange| if is_reversal { negative(range) } else { range };
        let FoundEvent { event, tenant_id, is_test, is_late, reverses, reversed_by, position, .. } = found;
        let EventPosition { book, number } = position;
        let said = |text: String| Some(text).filter(|text| !text.is_empty());
        let counts = event.media.as_deref().and_then(media_counts).into_iter().flatten();
        let media = MediaUnit::ALL.iter().map(|unit| unit.as_str()).zip(counts);
        EventAnswer {
            timestamp: clock::rfc_3339_of(event.at_ms()),
            received_at: clock::rfc_3339_of(event.received_at_ms),
            event_id: event.event_id,
            tenant_id,
            model: event.model,
            resolved_model: resolved.map(str::to_owned),
            provider: said(event.provider),
            region: said(event.region),
            requests: event.requests,
            calls: event.calls,
            input_tokens: event.input_tokens,
            cache_read_input_tokens: event.cache_read_input_tokens,
            cache_creation_input_tokens: event.cache_creation_input_tokens,
            output_tokens: event.output_tokens,
            reasoning_output_tokens: event.reasoning_output_tokens,
            media: media.filter(|(_, count)| *count != 0).collect(),
            tags: event.tags,
            co2_grams: estimate.map(|estimate| signed(ExactRange::of(estimate.co2))),
            energy_wh: estimate.and_then(|e| e.energy).map(|energy| signed(ExactRange::of(energy))),
            water_ml: estimate.and_then(|e| e.water).map(|water| signed(ExactRange::of(water))),
            confidence: estimate.map_or("unknown", |estimate| estimate.confidence.as_str()),
            method: estimate.map(|estimate| estimate.method.as_str()),
            factor_set: set.as_str().to_owned(),
            factor_id: estimate.map(|estimate| estimate.factor_id.to_owned()),
            reverses,
            reversed_by,
            is_late,
            is_test,
            position: PositionAnswer { book, number },
        }
    }
}

/// The range of a reversal.
fn negative(ExactRange { low, central, high }: ExactRange) -> ExactRange {
    let zero = Exact::from(Decimal::ZERO);
    ExactRange { low: zero - high, central: zero - central, high: zero - low }
}
