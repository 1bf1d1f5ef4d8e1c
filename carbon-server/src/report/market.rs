//! The market-based figure of a month, as closed months and restatements pin it.

use crate::base::exact::{Exact, ExactRange};
use carbon_core::{FactorSet, Grams, Range};
use carbon_report::{Activity, MarketInputs, statement::Market};
use serde::{Deserialize, Serialize};

/// The figure, and all that it rests on: what is entered later does not change it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct MarketFigures {
    /// `null` if nothing in the month has a factor.
    co2_grams: Option<ExactRange>,
    pub(crate) inputs: MarketInputs,
}

impl MarketFigures {
    /// `None` where the account has entered nothing for it.
    pub(crate) fn of(activity: &[Activity], inputs: &MarketInputs, set: &FactorSet) -> Option<Self> {
        if inputs.is_empty() {
            return None;
        }
        let co2 = Market::of(activity, inputs, set).map(|market| market.co2);
        Some(MarketFigures { co2_grams: co2.map(ExactRange::of), inputs: inputs.clone() })
    }

    /// The figure as a statement has it.
    pub(crate) fn co2(&self) -> Option<Range<Grams>> {
        let ExactRange { low, central, high } = self.co2_grams?;
        let grams = |exact: Exact| Grams::new(exact.as_decimal());
        Range::new(grams(low), grams(central), grams(high))
    }
}

/// Old and new, with the difference of the central values where both are known.
#[derive(Debug, Serialize)]
pub(crate) struct MarketFiguresChange {
    old: Option<ExactRange>,
    new: Option<ExactRange>,
    difference: Option<Exact>,
}

impl MarketFiguresChange {
    /// `None` where neither has a market-based figure.
    pub(crate) fn between(old: Option<&MarketFigures>, new: Option<&MarketFigures>) -> Option<Self> {
        if old.is_none() && new.is_none() {
            return None;
        }
        let [old, new] = [old, new].map(|figures| figures.and_then(|figures| figures.co2_grams));
        let difference = old.zip(new).map(|(old, new)| new.central - old.central);
        Some(MarketFiguresChange { old, new, difference })
    }
}
