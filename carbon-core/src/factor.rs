//! Emission factors: grams per thousand tokens, with bounds, confidence and source.

use crate::{Grams, Range, Usage, words::words};
use rust_decimal::Decimal;
use std::sync::Arc;

/// How many grams of CO2e a model's tokens stand for, who says so, and how far it may be off.
///
/// Read from the tables in `data/`; there is no way to make one without a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmissionFactor {
    pub(crate) id: String,
    pub(crate) model: String,
    pub(crate) method: Method,
    pub(crate) low: Rate,
    pub(crate) central: Rate,
    pub(crate) high: Rate,
    pub(crate) range_basis: RangeBasis,
    pub(crate) confidence: Confidence,
    pub(crate) source: Arc<Source>,
}

impl EmissionFactor {
    /// Emissions of `usage`: exact, and linear in every count of it.
    pub fn apply(&self, usage: &Usage) -> Range<Grams> {
        Range::new(self.low.apply(usage), self.central.apply(usage), self.high.apply(usage))
            .expect("a factor is loaded only with its three rates in order for every usage")
    }

    /// Name of the factor for ever, such as `coefficient/gpt-4o@2025.1`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Canonical id of the model it is for.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The method it belongs to.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The published value: what is reported.
    pub fn central(&self) -> Rate {
        self.central
    }

    /// Lower bound.
    pub fn low(&self) -> Rate {
        self.low
    }

    /// Upper bound.
    pub fn high(&self) -> Rate {
        self.high
    }

    /// Where the bounds come from.
    pub fn range_basis(&self) -> RangeBasis {
        self.range_basis
    }

    /// How far the figure can be trusted, in the publisher's or our stated words.
    pub fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// Who published it, where.
    pub fn source(&self) -> &Source {
        &self.source
    }
}

/// Grams of CO2e per 1,000 tokens of a stated kind.
///
/// The count it multiplies is picked by its own denominator, so it cannot be applied to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    grams_per_1k: Decimal,
    per: Denominator,
}

impl Rate {
    /// Bound on the digits of a rate: times two 64-bit counts it still fits a 96-bit decimal.
    pub(crate) const MANTISSA_MAX: i128 = 1 << 31;

    /// `None` where the value is negative or has more digits than exact arithmetic allows.
    pub(crate) fn new(grams_per_1k: Decimal, per: Denominator) -> Option<Self> {
        let grams_per_1k = grams_per_1k.normalize();
        let exact = (0..Self::MANTISSA_MAX).contains(&grams_per_1k.mantissa()) && grams_per_1k.scale() <= 12;
        exact.then_some(Rate { grams_per_1k, per })
    }

    /// Grams for the tokens of `usage` that this rate counts.
    pub fn apply(self, usage: &Usage) -> Grams {
        let tokens = self.per.of(usage);
        // tokens / 1000 x value, in one exact step: both are integers over a power of ten.
        let mantissa = self.grams_per_1k.mantissa() * i128::try_from(tokens).expect("two 64-bit counts");
        Grams::new(Decimal::from_i128_with_scale(mantissa, self.grams_per_1k.scale() + 3))
    }

    /// The number: gCO2e per 1,000 tokens.
    pub fn grams_per_1k(self) -> Decimal {
        self.grams_per_1k
    }

    /// Which tokens it counts.
    pub fn per(self) -> Denominator {
        self.per
    }
}

words! {
    /// What kind of calculation a factor belongs to.
    Method {
        /// The published table: tokens / 1000 x factor.
        Coefficient = "coefficient",
    }
}

words! {
    /// Which tokens a rate counts.
    Denominator {
        /// Input plus output.
        TotalTokens = "total_tokens",
        /// Output alone.
        OutputTokens = "output_tokens",
    }
}

impl Denominator {
    /// The tokens of `usage` that it counts.
    pub fn of(self, usage: &Usage) -> u128 {
        match self {
            Denominator::TotalTokens => usage.total_tokens(),
            Denominator::OutputTokens => u128::from(usage.output_tokens),
        }
    }
}

words! {
    /// How far a figure can be trusted, best first.
    ///
    /// Where no factor exists the word is `unknown`, and there is no figure to trust.
    Confidence {
        /// A provider's own life-cycle assessment or metering for that model. Still an average, not this call.
        Measured = "measured",
        /// Open-weight model, disclosed parameters, a law calibrated on measurements.
        Benchmarked = "benchmarked",
        /// Parameters or factor estimated by a named third party.
        Estimated = "estimated",
        /// Stand-in of a stated class.
        Proxy = "proxy",
    }
}

words! {
    /// Where the bounds of a factor come from; `data/README.md` has the rules.
    RangeBasis {
        /// A class proxy with a geometric standard deviation of 3, our judgement; 95 % interval.
        ClassProxyGsd3 = "class_proxy_gsd_3",
        /// Low counts output tokens alone, central and high all tokens.
        OutputToTotalReading = "output_to_total_reading",
    }
}

/// A publication that a factor is taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub(crate) title: String,
    pub(crate) publisher: String,
    pub(crate) published: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) licence: String,
}

impl Source {
    /// Verbatim title or citation, in its own language.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Who published it.
    pub fn publisher(&self) -> &str {
        &self.publisher
    }

    /// ISO date or year, where the publisher gives one.
    pub fn published(&self) -> Option<&str> {
        self.published.as_deref()
    }

    /// Where to read it, where it is public.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Terms under which the fact is re-entered here.
    pub fn licence(&self) -> &str {
        &self.licence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_count_times_the_longest_rate_is_exact() {
        let rate = Rate::new("2.147483647".parse().unwrap(), Denominator::TotalTokens).unwrap();
        let usage = Usage { input_tokens: u64::MAX, output_tokens: u64::MAX, ..Usage::default() };
        // 2147483647 x 36893488147419103230, with twelve decimals.
        assert_eq!(rate.apply(&usage).to_string(), "79228162477370849.44182987981");
    }

    #[test]
    fn a_rate_that_could_round_is_refused() {
        for refused in ["-0.1", "1.23456789012", "5000000000"] {
            assert_eq!(Rate::new(refused.parse().unwrap(), Denominator::TotalTokens), None, "{refused}");
        }
    }

    #[test]
    fn confidence_is_ordered_best_first() {
        assert!(Confidence::Measured < Confidence::Benchmarked);
        assert!(Confidence::Estimated < Confidence::Proxy);
        for &word in Confidence::ALL {
            assert_eq!(Confidence::from_word(word.as_str()), Some(word));
        }
    }
}
