//! What a change of use would do to a month: the same activity before and after it, compared where the errors are the same.
//!
//! Every change is applied to the activity as it was counted, so it does not matter in which order changes are written.
//!
//! ```
//! use carbon_core::{FactorSet, Usage, method::Verdict};
//! use carbon_report::{Activity, Date, whatif::{Change, Match, Row, Scenario, What, whatif}};
//!
//! let activity = Activity::new(Date::constant(2026, 10, 5), "gpt-5", Usage::of_call(600, 400));
//! let rows = [Row { activity, tag: None, set: FactorSet::latest().clone() }];
//! // Answers that are a fifth shorter.
//! let change = Change { matching: Match::default(), what: What::OutputTokens("0.8".parse().unwrap()) };
//! let outcome = whatif(&rows, &Scenario { changes: vec![change], ..Scenario::default() });
//! assert_eq!(outcome.together.comparison.verdict(), Verdict::Lower);
//! ```

mod check;
mod counts;

pub use check::Fault;

use crate::{
    activity::Activity,
    statement::{Lookup, Valuation},
};
use carbon_core::{
    Decimal, FactorSet, Usage,
    method::{AppliedFactor, Comparison, PairedSum},
    model::Model,
};
use std::collections::BTreeMap;

/// A sum of activity, and what values it.
#[derive(Clone, Debug)]
pub struct Row {
    /// The sum.
    pub activity: Activity,
    /// Its value of the tag that changes ask for; `None` where it has none, or none is asked for.
    pub tag: Option<String>,
    /// The factor set of its month.
    pub set: FactorSet,
}

/// Changes that are made together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenario {
    /// The changes.
    pub changes: Vec<Change>,
    /// Tokens of another model for one of the old model's, where somebody knows that; otherwise as many.
    pub tokens_factor: Option<Decimal>,
}

/// A change, and the activity that it changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Which activity.
    pub matching: Match,
    /// What is changed.
    pub what: What,
}

/// Activity that has all of these; all of it where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// A model, by any name of it.
    pub model: Option<String>,
    /// A provider, as it was sent or by its listed name.
    pub provider: Option<String>,
    /// A region, as it was sent or by its listed name.
    pub region: Option<String>,
    /// A tag's name and value.
    pub tag: Option<[String; 2]>,
}

/// What is changed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum What {
    /// The model. Calls that went to the old model's own provider go to that of the new one, in the same region where one was
    /// sent; calls through a cloud stay there.
    Model(String),
    /// The region.
    Region(String),
    /// The share of the input that is read from the provider's cache, from 0 to 1.
    CacheShare(Decimal),
    /// Output tokens, as a multiple.
    OutputTokens(Decimal),
    /// Input tokens, as a multiple.
    InputTokens(Decimal),
}

/// What a scenario does.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// The activity as it is.
    pub baseline: Valuation,
    /// Each change alone, in the order in which they were given.
    pub changes: Vec<Effect>,
    /// All of them.
    pub together: Effect,
}

/// What changes do. Activity that has no value before or after stands in neither figure.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Effect {
    /// The activity that is changed.
    pub matched: Usage,
    /// The part of it whose figure stays the same: a published factor knows no region and no cache.
    pub unmoved: Usage,
    /// The activity as it is, as far as it has a value after the change too.
    pub before: Valuation,
    /// The activity after the change.
    pub after: Valuation,
    /// All compared.
    pub comparison: Comparison,
    /// The changed activity alone.
    pub of_matched: Comparison,
    /// Names of models that have no value before, with the changed activity that they leave out.
    pub unvalued_before: BTreeMap<String, Usage>,
    /// The same of what has a value before and none after.
    pub unvalued_after: BTreeMap<String, Usage>,
}

/// What the changes of a scenario do to activity, each alone and all together.
///
/// Faults of a scenario are those of [`Scenario::faults`]; a name that is not known has no value.
pub fn whatif(rows: &[Row], scenario: &Scenario) -> Outcome {
    let all: Vec<usize> = (0..scenario.changes.len()).collect();
    let alone = all.iter().map(|change| effect(rows, scenario, &[*change]));
    Outcome {
        baseline: Valuation::of(rows.iter().map(|row| (&row.activity, &row.set))),
        changes: alone.collect(),
        together: effect(rows, scenario, &all),
    }
}

fn effect(rows: &[Row], scenario: &Scenario, which: &[usize]) -> Effect {
    let changes = || which.iter().map(|place| &scenario.changes[*place]);
    let changed: Vec<Option<Activity>> = rows
        .iter()
        .map(|row| {
            let mut new = None;
            for change in changes().filter(|change| change.matching.holds(row)) {
                change.apply(row, new.get_or_insert_with(|| row.activity.clone()), scenario);
            }
            new
        })
        .collect();
    let (mut pairs, mut of_matched) = (PairedSum::default(), PairedSum::default());
    let (mut matched, mut unmoved) = (Usage::default(), Usage::default());
    let [mut unvalued_before, mut unvalued_after] = [BTreeMap::new(), BTreeMap::new()];
    let [mut before, mut after] = [Vec::new(), Vec::new()];
    for (row, new) in rows.iter().zip(&changed) {
        let (old, set) = (&row.activity, &row.set);
        if new.is_some() {
            matched += &old.usage;
        }
        let new_row = new.as_ref().unwrap_or(old);
        let valued: [Option<AppliedFactor<'_>>; 2] = [old, new_row].map(|row| Lookup::of(row, set).factor);
        let [Some(factor), Some(new_factor)] = &valued else {
            let names = if valued[0].is_none() { &mut unvalued_before } else { &mut unvalued_after };
            if new.is_some() {
                *names.entry(new_row_name(&valued, old, new_row)).or_insert_with(Usage::default) +=
                    &old.usage;
            }
            continue;
        };
        before.push((old, set));
        after.push((new_row, set));
        let sums = [Some(&mut pairs), new.as_ref().map(|_| &mut of_matched)];
        for sum in sums.into_iter().flatten() {
            sum.before(factor, &old.usage);
            sum.after(new_factor, &new_row.usage);
        }
        if new.is_some() && factor.co2_central(&old.usage) == new_factor.co2_central(&new_row.usage) {
            unmoved += &old.usage;
        }
    }
    Effect {
        matched,
        unmoved,
        before: Valuation::of(before),
        after: Valuation::of(after),
        comparison: pairs.co2(),
        of_matched: of_matched.co2(),
        unvalued_before,
        unvalued_after,
    }
}

/// The name that has no value.
fn new_row_name(valued: &[Option<AppliedFactor<'_>>; 2], old: &Activity, new: &Activity) -> String {
    if valued[0].is_none() { old.model.clone() } else { new.model.clone() }
}

impl Match {
    /// Whether a sum is meant.
    fn holds(&self, row: &Row) -> bool {
        let Row { activity, tag, set } = row;
        let has = |asked: &Option<String>, is_it: &dyn Fn(&str) -> bool| asked.as_deref().is_none_or(is_it);
        let model = |name: &str| {
            name == activity.model || {
                let id = |activity: &Activity| {
                    Lookup::of(activity, set).deployment.map(|deployment| deployment.model.id().to_owned())
                };
                let named = id(&Activity { model: name.to_owned(), ..activity.clone() });
                named.is_some() && named == id(activity)
            }
        };
        let provider = |name: &str| {
            activity.provider.as_deref().is_some_and(|sent| {
                let listed = set.provider(sent);
                sent == name || listed.is_some() && listed == set.provider(name)
            })
        };
        let region = |name: &str| {
            activity.region.as_deref().is_some_and(|sent| {
                let at = |region| set.locate(region, activity.provider.as_deref()).map(|found| found.region);
                sent == name || at(sent).is_ok_and(|sent| at(name).is_ok_and(|named| sent == named))
            })
        };
        has(&self.model, &model)
            && has(&self.provider, &provider)
            && has(&self.region, &region)
            && self.tag.as_ref().is_none_or(|[_, value]| tag.as_ref() == Some(value))
    }
}

impl Change {
    fn apply(&self, row: &Row, new: &mut Activity, scenario: &Scenario) {
        match &self.what {
            What::Model(name) => {
                new.provider = provider_of_new_model(row);
                if new.provider.is_none()
                    && let Some(location) = row
                        .activity
                        .region
                        .as_deref()
                        .filter(|_| new.region == row.activity.region)
                        .and_then(|region| row.set.locate(region, row.activity.provider.as_deref()).ok())
                {
                    // A cloud's region is known by the cloud's name too.
                    new.region = Some(location.region.to_owned());
                }
                new.model.clone_from(name);
                if let Some(factor) = scenario.tokens_factor {
                    new.usage = counts::all_tokens(&new.usage, factor);
                }
            }
            What::Region(region) => new.region = Some(region.clone()),
            What::CacheShare(share) => new.usage = counts::cached(&new.usage, *share),
            What::OutputTokens(factor) => new.usage = counts::output(&new.usage, *factor),
            What::InputTokens(factor) => new.usage = counts::input(&new.usage, *factor),
        }
    }
}

/// Who serves another model: the same cloud; not the old model's own provider, who has only its own.
fn provider_of_new_model(row: &Row) -> Option<String> {
    let said = row.activity.provider.clone()?;
    let old_model = Lookup::of(&row.activity, &row.set).deployment.map(|deployment| deployment.model);
    let is_own = old_model.and_then(Model::provider).is_some_and(|own| row.set.provider(&said) == Some(own));
    (!is_own).then_some(said)
}

#[cfg(test)]
mod tests;
