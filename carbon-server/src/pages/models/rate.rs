//! The values of 1,000 tokens of each kind, by our own calculation.

use crate::pages::format::FormattedUsage;
use carbon_core::{Usage, method::BottomUpFactor};
use carbon_report::{Language, Valued};

/// The values of 1,000 tokens of a kind.
pub(super) struct Rate {
    pub(super) what: &'static str,
    pub(super) figures: FormattedUsage,
}

/// Tokens before the output of the row that shows what context adds: those of a long turn of an agent.
const CONTEXT: u64 = 50_000;

/// Values of 1,000 tokens of each kind, alone in one call, and of output that follows a long context.
pub(super) fn rates(factor: &BottomUpFactor<'_>) -> Vec<Rate> {
    let output = Usage::of_call(0, 1_000);
    let mut kinds = vec![
        ("output", output),
        ("input", Usage::of_call(1_000, 0)),
        ("input, read from a cache", Usage::of_cached_call(1_000, 1_000, 0)),
    ];
    if factor.model().is_encoder() {
        // It writes nothing, and has no cache.
        kinds = vec![("input", Usage::of_call(1_000, 0))];
    }
    if factor.in_place().energy().context_values().iter().any(|(_, rate)| !rate.is_zero()) {
        let Usage { context_output, .. } = Usage::of_cached_call(CONTEXT, CONTEXT, 1_000);
        kinds.insert(1, ("output, after 50,000 tokens of context", Usage { context_output, ..output }));
    }
    let rates = kinds.into_iter().map(|(what, usage)| {
        let ours = factor.apply(&usage);
        let (energy, water) = ours.energy_and_water();
        let valued = Valued { usage, co2: Some(ours.co2()), energy: Some(energy), water: Some(water) };
        Rate { what, figures: FormattedUsage::of(&valued, Language::En, "") }
    });
    rates.collect()
}
