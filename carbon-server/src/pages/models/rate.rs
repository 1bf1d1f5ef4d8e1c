//! The values of 1,000 tokens of each kind, by our own calculation.

use crate::pages::format::FormattedUsage;
use carbon_core::{Usage, method::BottomUpFactor};
use carbon_report::{Language, Valued};

/// The values of 1,000 tokens of a kind.
pub(super) struct Rate {
    pub(super) what: &'static str,
    pub(super) figures: FormattedUsage,
}

/// Values of 1,000 tokens of each kind, alone in one call.
pub(super) fn rates(factor: &BottomUpFactor<'_>) -> Vec<Rate> {
    let kinds = [
        ("output", Usage::of_call(0, 1_000)),
        ("input", Usage::of_call(1_000, 0)),
        ("input, read from a cache", Usage::of_cached_call(1_000, 1_000, 0)),
    ];
    let rates = kinds.into_iter().map(|(what, usage)| {
        let ours = factor.apply(&usage);
        let (energy, water) = ours.energy_and_water();
        let valued = Valued { usage, co2: Some(ours.co2()), energy: Some(energy), water: Some(water) };
        Rate { what, figures: FormattedUsage::of(&valued, Language::En, "") }
    });
    rates.collect()
}
