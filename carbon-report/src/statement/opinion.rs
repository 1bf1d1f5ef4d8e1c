//! The month by our model alone, and each model seen by it.

use super::{
    line::{BottomUpAlone, BudgetPart, Opinion},
    sums::Sum,
    valuation::{LineKey, LineSum},
};
use crate::valued::{Coverage, Valued};
use carbon_core::{
    Grams, Method, Range, Usage,
    factor::EmissionFactor,
    method::{AppliedFactor, BottomUp, BottomUpFactor, BottomUpSum, Consistency},
};
use std::collections::BTreeMap;

/// Use that our model knows, by the line that it is in.
pub(super) type ModelledUse<'a> = BTreeMap<LineKey<'a>, (BottomUpFactor<'a>, Usage)>;

/// The same month by our model alone.
pub(super) fn alone(modelled: &ModelledUse<'_>, coverage: Coverage, opinions: Vec<Opinion>) -> BottomUpAlone {
    let figures: BottomUpSum<'_> = modelled.values().map(|(factor, usage)| factor.apply(usage)).collect();
    let some = !modelled.is_empty();
    BottomUpAlone {
        valued: Valued {
            usage: modelled.values().map(|(_, usage)| usage).sum(),
            co2: some.then(|| figures.co2()),
            energy: some.then(|| figures.energy()),
            water: some.then(|| figures.water()),
        },
        coverage,
        budget: figures.budget().into_iter().map(BudgetPart::of).collect(),
        opinions,
    }
}

/// Models that a published factor or the supplier's meters valued and that our model knows too, in the places where they
/// were used.
pub(super) fn opinions(
    lines: &BTreeMap<LineKey<'_>, LineSum<'_>>,
    modelled: &ModelledUse<'_>,
    metered: &ModelledUse<'_>,
) -> Vec<Opinion> {
    let mut opinions = opinions_on_published(lines, modelled);
    opinions.extend(opinions_on_metered(lines, metered));
    opinions.sort_by(|a, b| a.model.cmp(&b.model));
    opinions
}

fn opinion(
    model: &str,
    method: Method,
    usage: Usage,
    stated: Range<Grams>,
    ours: &BottomUpSum<'_>,
) -> Opinion {
    let modelled = ours.co2();
    Opinion {
        model: model.to_owned(),
        method,
        usage,
        stated: Some(stated),
        modelled: Some(modelled),
        consistency: Consistency::of(stated.central(), modelled),
    }
}

fn opinions_on_metered(
    lines: &BTreeMap<LineKey<'_>, LineSum<'_>>,
    metered: &ModelledUse<'_>,
) -> Vec<Opinion> {
    let mut models: BTreeMap<&str, (Sum<'_>, Usage, Vec<BottomUp<'_>>)> = BTreeMap::new();
    for (key, (ours, usage)) in metered {
        let Some(line) = lines.get(key) else { continue };
        let (stated, all, figures) = models.entry(key.0).or_default();
        stated.add(Some(&line.factor), usage);
        *all += usage;
        figures.push(ours.apply(usage));
    }
    let opinions = models.into_iter().filter_map(|(model, (stated, usage, figures))| {
        let ours: BottomUpSum<'_> = figures.into_iter().collect();
        Some(opinion(model, Method::Measured, usage, stated.valued().co2?, &ours))
    });
    opinions.collect()
}

fn opinions_on_published(
    lines: &BTreeMap<LineKey<'_>, LineSum<'_>>,
    modelled: &ModelledUse<'_>,
) -> Vec<Opinion> {
    let published = lines.iter().filter_map(|((model, ..), line)| match line.factor {
        AppliedFactor::Published(factor) => Some((*model, factor)),
        AppliedFactor::Modelled(_) | AppliedFactor::Measured(_) => None,
    });
    // A model has one published factor, however many lines.
    let published: BTreeMap<&str, &EmissionFactor> = published.collect();
    let opinions = published.into_iter().filter_map(|(model, factor)| {
        let ours = || modelled.iter().filter(|((name, ..), _)| *name == model).map(|(_, used)| used);
        let usage: Usage = ours().map(|(_, usage)| usage).sum();
        let figures: BottomUpSum<'_> = ours().map(|(factor, usage)| factor.apply(usage)).collect();
        (usage != Usage::default())
            .then(|| opinion(model, factor.method(), usage, factor.apply(&usage), &figures))
    });
    opinions.collect()
}
