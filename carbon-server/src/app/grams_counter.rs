//! A counter of grams that does not drift.

use carbon_core::Grams;
use prometheus_client::metrics::counter::{Atomic, Counter};
use std::sync::atomic::{AtomicU64, Ordering};

/// A counter of grams.
pub(crate) type GramsCounter = Counter<f64, ExactGrams>;

/// Grams, added up as whole ones and nanograms apart: a sum of floats drifts, and 100 times 0.4 is 40.
#[derive(Debug, Default)]
pub(crate) struct ExactGrams {
    whole: AtomicU64,
    /// Of as many events as there can be they do not overflow.
    nanograms: AtomicU64,
}

const NANOGRAMS_PER_GRAM: f64 = 1e9;
/// Decimals of a nanogram.
const DECIMALS: u32 = 9;

impl ExactGrams {
    /// Adds grams as they are, to the nanogram.
    pub(crate) fn add(&self, grams: Grams) {
        let grams = grams.as_decimal();
        let (mantissa, scale) = (grams.mantissa().unsigned_abs(), grams.scale());
        let gram = 10_u128.pow(scale);
        let (whole, part) = (mantissa / gram, mantissa % gram);
        let nanograms = match scale.checked_sub(DECIMALS) {
            Some(finer @ 1..) => {
                let nanogram = 10_u128.pow(finer);
                (part + nanogram / 2) / nanogram
            }
            _ => part * 10_u128.pow(DECIMALS - scale),
        };
        self.whole.fetch_add(u64::try_from(whole).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.nanograms.fetch_add(u64::try_from(nanograms).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Atomic<f64> for ExactGrams {
    fn inc(&self) -> f64 {
        self.inc_by(1.0)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "emissions are not negative, and `as` stops at the end"
    )]
    fn inc_by(&self, grams: f64) -> f64 {
        let before = self.get();
        let nanograms = (grams.fract() * NANOGRAMS_PER_GRAM).round();
        self.whole.fetch_add(grams.trunc() as u64, Ordering::Relaxed);
        self.nanograms.fetch_add(nanograms as u64, Ordering::Relaxed);
        before
    }

    #[expect(clippy::cast_precision_loss, reason = "16 digits are more than a counter needs")]
    fn get(&self) -> f64 {
        let [whole, nanograms] =
            [&self.whole, &self.nanograms].map(|part| part.load(Ordering::Relaxed) as f64);
        whole + nanograms / NANOGRAMS_PER_GRAM
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    proptest! {
        /// A counter says the sum of what was added, as far as a float can.
        #[test]
        fn grams_are_counted_to_the_nanogram(
            parts in prop::collection::vec((0_i64..1_000_000_000_000, 0_u32..=28), 1..20),
        ) {
            let (counter, mut sum) = (GramsCounter::default(), Decimal::ZERO);
            for (mantissa, scale) in parts {
                let grams = Decimal::new(mantissa, scale);
                counter.inner().add(Grams::new(grams));
                sum += grams.round_dp_with_strategy(DECIMALS, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
            }
            let found = Decimal::from_f64_retain(counter.get()).unwrap();
            let digits = Decimal::new(1, 9).max(sum * Decimal::new(1, 14));
            prop_assert!((found - sum).abs() <= digits, "{} for {}", found, sum);
        }
    }
}
