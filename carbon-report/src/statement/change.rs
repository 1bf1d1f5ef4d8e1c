//! What has changed: against the month before, and against what was stated of the same month.

use super::{market::Market, valuation::Valuation};
use crate::{
    activity::Activity,
    evidence::{EarlierMonth, Evidence, Restated, Stated, StatedModel},
    figure::whole,
    month::Month,
    valued::Valued,
    wire,
};
use carbon_core::{FactorSet, Grams, Range};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The months around this one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Trend {
    /// What is stated for earlier months, oldest first.
    pub earlier: Vec<EarlierMonth>,
    /// Against the month before, where that is among them and both have a figure.
    pub change: Option<MonthChange>,
}

/// Why a month differs from the one before: the parts add up to the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MonthChange {
    /// The month before.
    #[serde(with = "wire::text")]
    pub since: Month,
    /// New less old, central values.
    #[serde(rename = "total_co2_grams", with = "wire::quantity")]
    pub total: Grams,
    /// More or fewer tokens, at the old mix and the old factors.
    #[serde(rename = "volume_co2_grams", with = "wire::quantity")]
    pub volume: Grams,
    /// Other models and places, at the old factors.
    #[serde(rename = "mix_co2_grams", with = "wire::quantity")]
    pub mix: Grams,
    /// Revised factors: not a reduction.
    #[serde(rename = "factors_co2_grams", with = "wire::quantity")]
    pub factors: Grams,
}

pub(super) fn trend(evidence: &Evidence, set: &FactorSet, month: Month, now: &Valued) -> Trend {
    let mut earlier = evidence.earlier.clone();
    earlier.sort_by_key(|earlier| earlier.month);
    let before = earlier.iter().find(|earlier| earlier.month.next() == month);
    let change = before.and_then(|before| month_change(before, evidence, set, now));
    Trend { change, earlier }
}

fn month_change(
    before: &EarlierMonth,
    evidence: &Evidence,
    set: &FactorSet,
    now: &Valued,
) -> Option<MonthChange> {
    let central = |co2: Option<Range<Grams>>| co2.map(|co2| co2.central().as_decimal());
    let (old, new) = (central(before.stated.co2)?, central(now.co2)?);
    let (activity, old_set) = (&evidence.activity, evidence.set(&before.factor_set, set)?);
    let at_old_factors = central(Valuation::of(activity.iter().map(|row| (row, old_set))).valued.co2)?;
    let growth = whole(now.usage.total_tokens()).checked_div(whole(before.stated.usage.total_tokens()))?
        - Decimal::ONE;
    let volume = old * growth;
    Some(MonthChange {
        since: before.month,
        total: Grams::new(new - old),
        volume: Grams::new(volume),
        // What is left, so that rounding of the quotient cannot keep the parts from adding up.
        mix: Grams::new(at_old_factors - old - volume),
        factors: Grams::new(new - at_old_factors),
    })
}

/// A restated month: earlier figures, new ones, and the difference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Restatement {
    /// Its id.
    pub restatement_id: String,
    /// Why, in the supplier's words.
    pub reason: String,
    /// When.
    #[serde(with = "wire::text")]
    pub restated_at: Timestamp,
    /// The set that what was stated before rests on.
    pub old_factor_set: String,
    /// The whole month.
    pub total: Change,
    /// The whole month by the market-based method, where it was or is stated by that, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<MarketChange>,
    /// Every model that was or is in it, by its name as it was sent.
    pub models: Vec<ModelChange>,
}

/// The market-based figure of a month before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MarketChange {
    /// What was stated before; `None` where nothing was.
    #[serde(rename = "old_co2_grams", with = "wire::maybe_range")]
    pub old: Option<Range<Grams>>,
    /// What is stated now.
    #[serde(rename = "new_co2_grams", with = "wire::maybe_range")]
    pub new: Option<Range<Grams>>,
    /// New less old, central; `None` where one of them is not known.
    #[serde(rename = "difference_co2_grams", with = "wire::maybe_quantity")]
    pub difference: Option<Grams>,
}

impl MarketChange {
    fn between(old: Option<Range<Grams>>, new: Option<Range<Grams>>) -> Option<Self> {
        let central = |co2: Range<Grams>| co2.central().as_decimal();
        let difference = old.zip(new).map(|(old, new)| Grams::new(central(new) - central(old)));
        (old.is_some() || new.is_some()).then_some(MarketChange { old, new, difference })
    }
}

/// One model's change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ModelChange {
    /// The name as it was sent.
    pub model: String,
    /// Its change.
    #[serde(flatten)]
    pub change: Change,
}

/// Old, new, difference, and what made it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// What was stated before.
    pub old: Stated,
    /// What is stated now.
    pub new: Stated,
    /// New less old, central; an unknown figure counts nothing here, as it counted nothing in its total.
    #[serde(rename = "difference_co2_grams", with = "wire::quantity")]
    pub difference: Grams,
    /// The part of it that comes of other usage: late events and reversals, at the old factors.
    #[serde(rename = "usage_co2_grams", with = "wire::quantity")]
    pub of_usage: Grams,
    /// The part of it that comes of other factors.
    #[serde(rename = "factors_co2_grams", with = "wire::quantity")]
    pub of_factors: Grams,
}

pub(super) fn restatement(
    restated: &Restated,
    evidence: &Evidence,
    set: &FactorSet,
    market: Option<&Market>,
) -> Restatement {
    let activity = &evidence.activity;
    let Restated { restatement_id, reason, restated_at, old_factor_set, old, old_models, old_market } =
        restated;
    // A set that this version does not know leaves the whole difference to the factors.
    let old_set = evidence.set(old_factor_set, set).unwrap_or(set);
    let change = |old: Stated, rows: &[&Activity]| {
        let stated = |set: &FactorSet| Stated::from(Valuation::of(rows.iter().map(|row| (*row, set))).valued);
        let central = |stated: &Stated| stated.co2.map_or(Decimal::ZERO, |co2| co2.central().as_decimal());
        let (at_old_factors, new) = (stated(old_set), stated(set));
        Change {
            difference: Grams::new(central(&new) - central(&old)),
            of_usage: Grams::new(central(&at_old_factors) - central(&old)),
            of_factors: Grams::new(central(&new) - central(&at_old_factors)),
            old,
            new,
        }
    };
    let mut rows: BTreeMap<&str, Vec<&Activity>> = BTreeMap::new();
    for row in activity {
        rows.entry(&row.model).or_default().push(row);
    }
    let old_of = |model: &str| {
        old_models
            .iter()
            .find(|old: &&StatedModel| old.model == model)
            .map_or(Stated::nothing(), |old| old.stated)
    };
    let models: BTreeSet<&str> =
        old_models.iter().map(|old| &*old.model).chain(rows.keys().copied()).collect();
    let models = models.into_iter().map(|model| ModelChange {
        model: model.to_owned(),
        change: change(old_of(model), rows.get(model).map_or(&[][..], |rows| rows)),
    });
    Restatement {
        restatement_id: restatement_id.clone(),
        reason: reason.clone(),
        restated_at: *restated_at,
        old_factor_set: old_factor_set.clone(),
        total: change(*old, &activity.iter().collect::<Vec<_>>()),
        market: MarketChange::between(*old_market, market.map(|market| market.co2)),
        models: models.collect(),
    }
}

impl Stated {
    /// Of nothing: zero, for there was nothing to value.
    fn nothing() -> Self {
        Stated { co2: Some(Range::default()), ..Stated::default() }
    }
}
