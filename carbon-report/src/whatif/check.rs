//! What is wrong with a scenario.

use super::{Change, Match, Row, Scenario, What};
use crate::{activity::Activity, statement::Lookup};
use carbon_core::FactorSet;
use std::fmt;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The field, as a JSON pointer: `/changes/0/match/model`.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Fault {
    fn new(field: impl fmt::Display, reason: impl Into<String>) -> Self {
        Fault { field: field.to_string(), reason: reason.into() }
    }
}

impl Scenario {
    /// What is wrong with it, for this activity; `current` is the set of open months.
    pub fn faults(&self, rows: &[Row], current: &FactorSet) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.changes.is_empty() {
            faults.push(Fault::new("/changes", "must have at least one change"));
        }
        if self.tokens_factor.is_some()
            && !self.changes.iter().any(|change| matches!(change.what, What::Model(_)))
        {
            faults.push(Fault::new("/tokens_factor", "is for changes of the model, and there is none"));
        }
        let names = Names { rows, current };
        for (place, change) in self.changes.iter().enumerate() {
            names.check(place, change, &mut faults);
        }
        if faults.is_empty() {
            for (place, change) in self.changes.iter().enumerate() {
                faults.extend(self.without_value(place, change, rows));
            }
        }
        faults.extend(self.contradictions(&names));
        faults
    }

    /// What a change asks of activity that cannot be: a region that its cloud does not have, a model that no set of it can value.
    fn without_value(&self, place: usize, change: &Change, rows: &[Row]) -> Option<Fault> {
        let mut matched = rows.iter().filter(|row| change.matching.holds(row)).map(|row| {
            let mut new = row.activity.clone();
            change.apply(row, &mut new, self);
            (row, new)
        });
        match &change.what {
            What::Region(region) => {
                // A set of published factors alone knows no places.
                let matched = matched.filter(|(row, _)| !row.set.zones().is_empty());
                let refused = matched.filter_map(|(row, new)| {
                    let provider = new.provider.as_deref();
                    row.set.locate(region, provider).is_err().then(|| misplaced(row, region, provider))
                });
                refused
                    .into_iter()
                    .next()
                    .map(|reason| Fault::new(format!("/changes/{place}/region"), reason))
            }
            What::Model(name) => {
                let valued = |row: &Row, activity: &Activity| Lookup::of(activity, &row.set).factor.is_some();
                let mut lost = false;
                for (row, new) in matched.by_ref().filter(|(row, _)| valued(row, &row.activity)) {
                    if valued(row, &new) {
                        return None;
                    }
                    lost = true;
                }
                let reason = || format!("has no factor for the calls that it would take: {name}");
                lost.then(|| Fault::new(format!("/changes/{place}/model"), reason()))
            }
            What::CacheShare(_) | What::OutputTokens(_) | What::InputTokens(_) => None,
        }
    }

    /// Changes of the same thing to calls that both could match, and tags that sums cannot tell apart.
    fn contradictions(&self, names: &Names<'_>) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (place, change) in self.changes.iter().enumerate() {
            for (earlier_place, earlier) in self.changes[..place].iter().enumerate() {
                if change.what.field() == earlier.what.field()
                    && names.may_both_match(&change.matching, &earlier.matching)
                {
                    faults.push(Fault::new(
                        format!("/changes/{place}/{}", change.what.field()),
                        format!("contradicts change {earlier_place}: both may match the same calls"),
                    ));
                }
                let tags = [&change.matching.tag, &earlier.matching.tag]
                    .map(|tag| tag.as_ref().map(|[name, _]| name));
                if let [Some(name), Some(earlier_name)] = tags
                    && name != earlier_name
                {
                    faults.push(Fault::new(
                        format!("/changes/{place}/match/tag"),
                        format!("must be of the same tag as in change {earlier_place}, {earlier_name}: sums do not say which calls have both"),
                    ));
                }
            }
        }
        faults
    }
}

/// Why a region is not one of that activity.
fn misplaced(row: &Row, region: &str, provider: Option<&str>) -> String {
    let set = row.set.as_str();
    match provider.filter(|_| row.set.locate(region, None).is_ok()) {
        Some(provider) => {
            format!(
                "is not a region of {provider}, whose calls it would move: {region}; match calls by their provider"
            )
        }
        None => format!("is not a region with a known grid in factor set {set}: {region}"),
    }
}

impl What {
    /// The field that states it.
    pub fn field(&self) -> &'static str {
        match self {
            What::Model(_) => "model",
            What::Region(_) => "region",
            What::CacheShare(_) => "cache_share",
            What::OutputTokens(_) => "output_tokens",
            What::InputTokens(_) => "input_tokens",
        }
    }
}

struct Names<'a> {
    rows: &'a [Row],
    current: &'a FactorSet,
}

impl Names<'_> {
    fn check(&self, place: usize, change: &Change, faults: &mut Vec<Fault>) {
        let Match { model, provider, region, tag: _ } = &change.matching;
        let mut is_known =
            |field: &str, name: &Option<String>, is_known: &dyn Fn(&str) -> bool, reason: &str| {
                if let Some(name) = name.as_deref().filter(|name| !is_known(name)) {
                    faults.push(Fault::new(format!("/changes/{place}/{field}"), format!("{reason}: {name}")));
                }
            };
        let sent = |is_it: &dyn Fn(&Row) -> bool| self.rows.iter().any(is_it);
        is_known(
            "match/model",
            model,
            &|name| self.knows_model(name) || sent(&|row| row.activity.model == name),
            "is neither a known model nor a name that was sent in this time",
        );
        is_known(
            "match/provider",
            provider,
            &|name| {
                self.current.provider(name).is_some()
                    || sent(&|row| row.activity.provider.as_deref() == Some(name))
            },
            "is neither a known provider nor one that was sent in this time",
        );
        is_known(
            "match/region",
            region,
            &|name| {
                self.current.locate(name, None).is_ok()
                    || sent(&|row| row.activity.region.as_deref() == Some(name))
            },
            "is neither a known region nor one that was sent in this time",
        );
        let [to_model, to_region] = match &change.what {
            What::Model(name) => [Some(name.clone()), None],
            What::Region(name) => [None, Some(name.clone())],
            What::CacheShare(_) | What::OutputTokens(_) | What::InputTokens(_) => [None, None],
        };
        is_known("model", &to_model, &|name| self.knows_model(name), "is not a known model");
        is_known(
            "region",
            &to_region,
            &|name| self.current.locate(name, None).is_ok(),
            "is not a region with a known grid",
        );
        if let (Some(provider), Some(region)) = (provider, region)
            && self.current.locate(region, None).is_ok()
            && self.current.locate(region, Some(provider)).is_err()
            && !sent(&|row| {
                row.activity.region.as_deref() == Some(region)
                    && row.activity.provider.as_deref() == Some(provider)
            })
        {
            faults.push(Fault::new(
                format!("/changes/{place}/match/region"),
                format!("is not a region of {provider}: {region}"),
            ));
        }
    }

    /// Whether a set that values any of the activity knows the name, on its day.
    fn knows_model(&self, name: &str) -> bool {
        let named = |row: &Row| {
            let row_named = Activity { model: name.to_owned(), region: None, ..row.activity.clone() };
            Lookup::of(&row_named, &row.set).deployment.is_some()
        };
        self.id(name).is_some() || self.rows.iter().any(named)
    }

    fn id(&self, name: &str) -> Option<String> {
        Some(self.current.deployment(&carbon_core::Call::to(name)).ok()?.model.id().to_owned())
    }

    /// Whether there may be calls that both match: not where they ask for different values of the same thing.
    fn may_both_match(&self, a: &Match, b: &Match) -> bool {
        let same = |a: &Option<String>, b: &Option<String>, one: &dyn Fn(&str) -> String| match (a, b) {
            (Some(a), Some(b)) => one(a) == one(b),
            _ => true,
        };
        let model = |name: &str| self.id(name).unwrap_or_else(|| name.to_owned());
        let provider = |name: &str| self.current.provider(name).unwrap_or(name).to_owned();
        let region = |name: &str| {
            self.current.locate(name, None).map_or_else(|_| name.to_owned(), |found| found.region.to_owned())
        };
        let tags = match (&a.tag, &b.tag) {
            (Some([name, value]), Some([other_name, other_value])) => {
                name != other_name || value == other_value
            }
            _ => true,
        };
        same(&a.model, &b.model, &model)
            && same(&a.provider, &b.provider, &provider)
            && same(&a.region, &b.region, &region)
            && tags
    }
}
