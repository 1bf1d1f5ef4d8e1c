//! What activity without an emission factor is bounded by.

use crate::figure::whole;
use carbon_core::{FactorSet, Grams, Usage, factor::Factor, usage::Denominator};
use rust_decimal::Decimal;

/// The highest upper bound of the published table, in grams per 1,000 tokens of all kinds; `None` if a set publishes none.
pub fn upper_bound_per_1k(set: &FactorSet) -> Option<Decimal> {
    let bounds = set.factors().map(Factor::high);
    bounds.filter(|bound| bound.per() == Denominator::TotalTokens).map(|bound| bound.value()).max()
}

/// Emissions of activity without a factor, at that bound for every token. They are not included in any total. `None` where
/// some of it is no text, which that table does not bound.
///
/// ```
/// use carbon_report::{carbon_core::{FactorSet, Usage}, statement::upper_bound};
/// let bound = upper_bound(&Usage::of_call(600, 400), FactorSet::latest()).unwrap();
/// assert_eq!(bound.to_string(), "3.876"); // that of claude-3-opus
/// ```
pub fn upper_bound(usage: &Usage, set: &FactorSet) -> Option<Grams> {
    if usage.media.is_made() || usage.media.output_tokens() > 0 {
        return None;
    }
    Some(Grams::new(whole(usage.total_tokens()) / Decimal::ONE_THOUSAND * upper_bound_per_1k(set)?))
}
