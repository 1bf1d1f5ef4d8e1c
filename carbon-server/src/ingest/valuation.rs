//! The value of a call.

use crate::{
    base::clock,
    store::{Event, KeptEvent, SentDeployment},
};
use carbon_core::{Call, Estimate, FactorSet, Usage};
use jiff::Timestamp;

/// A call that is valued on its day, or in its hour where it is summed so.
#[derive(Clone, Copy)]
pub(crate) struct ValuedCall<'e> {
    deployment: &'e SentDeployment,
    at_ms: i64,
    usage: &'e Usage,
    by_hour: bool,
}

impl<'e> ValuedCall<'e> {
    /// An event as it was sent.
    pub(crate) fn sent(event: &'e Event, by_hour: bool) -> Self {
        let at_ms = event.occurred_at_ms.unwrap_or(event.received_at_ms);
        ValuedCall { deployment: &event.deployment, at_ms, usage: &event.usage, by_hour }
    }

    /// An event as the ledger has it.
    pub(crate) fn kept(event: &'e KeptEvent) -> Self {
        let KeptEvent { deployment, at_ms, usage, by_hour } = event;
        ValuedCall { deployment, at_ms: *at_ms, usage, by_hour: *by_hour }
    }
}

impl<'e> ValuedCall<'e> {
    /// The call that a factor set is asked about.
    pub(crate) fn call(self) -> Call<'e> {
        fn said(text: &str) -> Option<&str> {
            Some(text).filter(|text| !text.is_empty())
        }
        let SentDeployment { model, provider, region } = self.deployment;
        let occurred_at = Timestamp::from_millisecond(self.at_ms).ok();
        Call {
            model,
            provider: said(provider),
            region: said(region),
            day: occurred_at.map(clock::day),
            hour: occurred_at.filter(|_| self.by_hour).map(clock::hour),
        }
    }
}

/// The value of a call; `None` if the set has no factor.
pub(crate) fn estimate<'a>(set: &'a FactorSet, call: ValuedCall<'_>) -> Option<Estimate<'a>> {
    set.estimate(call.call(), call.usage).ok()
}
