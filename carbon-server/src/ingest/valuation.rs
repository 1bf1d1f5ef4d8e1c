//! The value of a call.

use crate::{
    base::clock,
    store::{Event, SentDeployment},
};
use carbon_core::Call;
use carbon_core::Estimate;
use carbon_core::FactorSet;
use jiff::Timestamp;

/// The value of an event on its day, or in its hour where the account has its calls summed so; `None` if the set has no factor.
pub(crate) fn estimate<'a>(set: &'a FactorSet, by_hour: bool, event: &Event) -> Option<Estimate<'a>> {
    let SentDeployment { model, provider, region } = &event.deployment;
    fn said(text: &str) -> Option<&str> {
        Some(text).filter(|text| !text.is_empty())
    }
    let occurred_at_ms = event.occurred_at_ms.unwrap_or(event.received_at_ms);
    let occurred_at = Timestamp::from_millisecond(occurred_at_ms).ok();
    let call = Call {
        model,
        provider: said(provider),
        region: said(region),
        day: occurred_at.map(clock::day),
        hour: occurred_at.filter(|_| by_hour).map(clock::hour),
    };
    set.estimate(call, &event.usage).ok()
}
