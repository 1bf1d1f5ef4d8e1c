//! What a change of use would do to a month's emissions.

use super::request::{Wanted, WhatIfRequest, wanted};
use crate::{
    api::usage::too_much,
    app::App,
    base::{
        clock::now,
        exact::{Exact, ExactRange},
    },
    config,
    http::{answer::Answer, faults::Faults, problem::Problem, request::Input},
    registry::AccountSets,
    report::figures::{Figures, factor_set_of},
    store::{Apart, SentDeployment, Side, UsageAnswered, UsageFound, UsageQuery, UsageRow},
};
use carbon_core::{Decimal, FactorSet, Range, Usage};
use carbon_report::{
    Month,
    whatif::{Effect, Outcome, Row, Scenario, What, whatif},
};
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
pub(crate) struct WhatIfAnswer {
    from: String,
    to: String,
    tenant_id: Option<String>,
    months: Vec<MonthAnswer>,
    /// All of the activity, as it is.
    baseline: Figures,
    /// Each change alone.
    changes: Vec<EffectAnswer>,
    /// All changes.
    pub(crate) together: EffectAnswer,
    pub(crate) assumptions: Vec<&'static str>,
}

#[derive(Serialize)]
struct MonthAnswer {
    month: String,
    is_closed: bool,
    factor_set: String,
}

#[derive(Serialize)]
pub(crate) struct EffectAnswer {
    matched: MatchedAnswer,
    /// What has a value before and after.
    pub(crate) before: Figures,
    pub(crate) after: Figures,
    pub(crate) difference_co2_grams: ExactRange,
    pub(crate) ratio: Option<ExactRange>,
    ratio_of_matched: Option<ExactRange>,
    pub(crate) verdict: &'static str,
    unvalued_before: Vec<UnvaluedAnswer>,
    unvalued_after: Vec<UnvaluedAnswer>,
    pub(crate) notes: Vec<String>,
}

#[derive(Serialize)]
struct MatchedAnswer {
    requests: u64,
    tokens: u64,
    share_of_requests: Option<Exact>,
    share_of_tokens: Option<Exact>,
    /// Tokens whose figure stays the same.
    unmoved_tokens: u64,
}

#[derive(Serialize)]
struct UnvaluedAnswer {
    model: String,
    requests: u64,
    tokens: u64,
}

/// `POST /api/v1/whatif`
pub(super) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    let side = input.caller()?.side();
    let request: WhatIfRequest = input.json()?;
    Answer::ok(&answered(app, Asked { side, wanted: wanted(request, now())? }).await?)
}

/// A question, and whose.
pub(crate) struct Asked {
    pub(crate) side: Side,
    pub(crate) wanted: Wanted,
}

pub(crate) async fn answered(app: &App, Asked { side, wanted }: Asked) -> Result<WhatIfAnswer, Problem> {
    let query = UsageQuery {
        side,
        from: wanted.from.first_day(),
        to: wanted.to.last_day(),
        tenant_id: wanted.tenant_id.clone(),
        apart: wanted.tag().map_or(Apart::Nothing, |name| Apart::Tag(name.to_owned())),
    };
    // Each change reads every sum.
    let sums_max = config::USAGE_SUMS_MAX / (wanted.scenario.changes.len() + 1);
    let found = match app.store.stated_usage(query, sums_max).await? {
        UsageAnswered::Found(found) => found,
        UsageAnswered::NoSuchTenant => return Err(Problem::not_found("tenant")),
        UsageAnswered::TooMuch => return Err(too_much()),
    };
    let sets = app.sets(side.account);
    app.queues.queries.run(side.account, move || compare(&sets, side, wanted, found)).await?
}

fn compare(
    sets: &AccountSets,
    side: Side,
    wanted: Wanted,
    found: UsageFound,
) -> Result<WhatIfAnswer, Problem> {
    let current = sets.current();
    let mut months = BTreeMap::new();
    let mut month = wanted.from;
    while month <= wanted.to {
        // A test side has no closed months.
        let closed = found.closed.get(&month).filter(|_| !side.is_test);
        let set = closed.map_or_else(|| Ok(current.clone()), |version| factor_set_of(sets, Some(version)))?;
        months.insert(month, (closed.is_some(), set));
        month = month.next();
    }
    let rows = rows(found.rows, |day| months.get(&Month::of(day)).map(|(_, set)| set.clone()))?;
    let mut faults = Faults::default();
    for fault in wanted.scenario.faults(&rows, &current) {
        faults.add(&fault.field, fault.reason);
    }
    faults.none()?;
    let Outcome { baseline, changes, together, .. } = whatif(&rows, &wanted.scenario);
    let all = baseline.valued.usage;
    let months = months.into_iter().map(|(month, (is_closed, set))| MonthAnswer {
        month: month.to_string(),
        is_closed,
        factor_set: set.as_str().to_owned(),
    });
    Ok(WhatIfAnswer {
        from: wanted.from.to_string(),
        to: wanted.to.to_string(),
        tenant_id: wanted.tenant_id,
        months: months.collect(),
        baseline: Figures::of(&baseline),
        changes: changes.into_iter().map(|effect| effect_answer(effect, &all)).collect(),
        together: effect_answer(together, &all),
        assumptions: assumptions(&wanted.scenario),
    })
}

/// Sums as they are stated: what came after a month was closed or restated is not in its figures.
fn rows(found: Vec<UsageRow>, set_of: impl Fn(Date) -> Option<FactorSet>) -> Result<Vec<Row>, Problem> {
    type When = (Date, Option<i8>);
    let mut sums: BTreeMap<(When, SentDeployment, Option<String>), carbon_report::counts::Counts> =
        BTreeMap::new();
    for UsageRow { day, hour, deployment, is_adjustment, group, counts } in found {
        if !is_adjustment {
            *sums.entry(((day, hour), deployment, group)).or_default() += counts;
        }
    }
    let mut rows = Vec::with_capacity(sums.len());
    for ((when, deployment, tag), counts) in sums {
        if counts.requests > 0
            && let Some(set) = set_of(when.0)
        {
            let activity = crate::api::usage::activity(when, deployment, &counts)?;
            rows.push(Row { activity, tag, set });
        }
    }
    Ok(rows)
}

fn effect_answer(effect: Effect, all: &Usage) -> EffectAnswer {
    let Effect {
        matched,
        unmoved,
        before,
        after,
        comparison,
        of_matched,
        unvalued_before,
        unvalued_after,
        ..
    } = effect;
    let mut notes = Vec::new();
    if matched.requests == 0 {
        notes.push("No call of this time matches: nothing is changed.".to_owned());
    }
    if unmoved.requests > 0 {
        notes.push(format!(
            "{} of the matched tokens keep their figure: it is the same after the change, or that of a published factor, which \
             knows no region and no cache.",
            unmoved.total_tokens()
        ));
    }
    if !unvalued_before.is_empty() || !unvalued_after.is_empty() {
        notes.push(
            "Matched calls without a value before or after the change are in neither figure.".to_owned(),
        );
    }
    EffectAnswer {
        matched: MatchedAnswer {
            requests: matched.requests,
            tokens: tokens(&matched),
            share_of_requests: share(matched.requests.into(), all.requests.into()),
            share_of_tokens: share(matched.total_tokens(), all.total_tokens()),
            unmoved_tokens: tokens(&unmoved),
        },
        before: Figures::of(&before),
        after: Figures::of(&after),
        difference_co2_grams: ExactRange::of(comparison.difference),
        ratio: comparison.ratio.map(ratio),
        ratio_of_matched: of_matched.ratio.map(ratio),
        verdict: comparison.verdict().as_str(),
        unvalued_before: unvalued(unvalued_before),
        unvalued_after: unvalued(unvalued_after),
        notes,
    }
}

fn tokens(usage: &Usage) -> u64 {
    u64::try_from(usage.total_tokens()).unwrap_or(u64::MAX)
}

fn share(part: u128, whole: u128) -> Option<Exact> {
    let [part, whole] = [part, whole].map(|count| Decimal::from(u64::try_from(count).unwrap_or(u64::MAX)));
    part.checked_div(whole).map(|share| Exact::from(share).rounded(6))
}

fn ratio(range: Range<Decimal>) -> ExactRange {
    let [low, central, high] = [range.low(), range.central(), range.high()].map(Exact::from);
    ExactRange { low, central, high }
}

fn unvalued(names: BTreeMap<String, Usage>) -> Vec<UnvaluedAnswer> {
    let names = names.into_iter();
    names
        .map(|(model, usage)| UnvaluedAnswer { model, requests: usage.requests, tokens: tokens(&usage) })
        .collect()
}

/// What the figures take for granted, in words.
fn assumptions(scenario: &Scenario) -> Vec<&'static str> {
    let has = |is_it: fn(&What) -> bool| scenario.changes.iter().any(|change| is_it(&change.what));
    let mut words = vec![
        "The same calls are made; the range of the ratio is that of what the two ways do not share.",
        "Not distinguishable: the range of the ratio holds 1, so what is known does not say whether the change emits less or more.",
    ];
    if has(|what| matches!(what, What::Model(_))) {
        words.push(if scenario.tokens_factor.is_some() {
            "Token counts are those of the old model's tokenizer times tokens_factor."
        } else {
            "Token counts are those of the old model's tokenizer: no change is invented; tokens_factor states one."
        });
        words.push("Quality and length of another model's answers may differ, and a reasoning model may think at length.");
        words.push(
            "Calls to the old model's own provider go to the new model's, in the region that was sent; calls through a cloud stay there.",
        );
    }
    if has(|what| matches!(what, What::Region(_))) {
        words.push(
            "The model is offered in that region; PUE and water of a site come with it where they are known.",
        );
    }
    if has(|what| matches!(what, What::CacheShare(_) | What::OutputTokens(_) | What::InputTokens(_))) {
        words.push("All calls of a day, model and region change alike, in proportion.");
    }
    words
}
