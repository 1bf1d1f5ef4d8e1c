//! What tenants' emissions are to stay below, and where their figures lie.

use crate::{
    app::App,
    base::{
        clock::{self, now},
        exact::{Exact, ExactRange},
    },
    config,
    http::{
        answer::Answer,
        faults::{Faults, unnoticed},
        problem::Problem,
        request::Input,
    },
    ingest::{text::is_short, time},
    report::issue::{self, ReportRequest},
    store::{AccountKey, Side, TargetChanged},
};
use carbon_core::{Decimal, Grams};
use carbon_report::{
    Month,
    statement::TargetLine,
    target::{Target, TargetPer, TargetTag},
};
use serde::{Deserialize, Serialize};

/// The body of `PUT /api/v1/tenants/{tenant_id}/targets/{target_name}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetRequest {
    pub(crate) grams: Option<Exact>,
    pub(crate) per: Option<String>,
    pub(crate) tag: Option<String>,
    pub(crate) from: Option<String>,
}

/// A target, as it was set.
#[derive(Serialize)]
pub(crate) struct TargetAnswer {
    name: String,
    kind: &'static str,
    grams: Exact,
    per: &'static str,
    tag: Option<String>,
    from: Option<String>,
}

#[derive(Serialize)]
struct TargetsAnswer {
    month: String,
    targets: Vec<HeldTarget>,
    /// Those that hold from a later month on.
    later: Vec<TargetAnswer>,
}

#[derive(Serialize)]
struct HeldTarget {
    #[serde(flatten)]
    target: TargetAnswer,
    co2_grams: Option<ExactRange>,
    coverage: Option<Exact>,
    months: u32,
    reading: &'static str,
}

/// `GET /api/v1/tenants/{tenant_id}/targets`
pub(super) async fn list(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    let account = input.caller()?.account;
    let now = now();
    let [month] = input.query_values(["month"])?;
    let mut faults = Faults::default();
    let month = match month {
        Some(text) => time::month(&mut faults, "month", &text, now),
        None => Some(Month::of(clock::day(now))),
    };
    faults.none()?;
    let month = month.ok_or_else(unnoticed)?;
    let (later, lines) = lines_of(app, account, tenant_id, month).await?;
    Answer::ok(&TargetsAnswer {
        month: month.to_string(),
        targets: lines.into_iter().map(held_target).collect(),
        later: later.iter().map(answer).collect(),
    })
}

/// The targets of a tenant that hold only after a month, and those that hold in it, with its figures.
pub(crate) async fn lines_of(
    app: &App,
    account: AccountKey,
    tenant_id: String,
    month: Month,
) -> Result<(Vec<Target>, Vec<TargetLine>), Problem> {
    let earlier = month.earlier_this_year().collect();
    let found = app.store.month_of_tenant(account, tenant_id.clone(), month, None, earlier).await?;
    let found = found.ok_or_else(|| Problem::not_found("tenant"))?;
    let sets = app.sets(account);
    let request = ReportRequest::plain(tenant_id, month);
    let held = move || {
        let later: Vec<Target> = found
            .targets
            .iter()
            .filter(|target| target.from.is_some_and(|from| from > month))
            .cloned()
            .collect();
        let lines = issue::target_lines(&sets, found, &request)?;
        Ok::<_, Problem>((later, lines))
    };
    app.queues.queries.run(account, held).await?
}

fn held_target(line: TargetLine) -> HeldTarget {
    HeldTarget {
        target: answer(&line.target),
        co2_grams: line.figure.map(ExactRange::of),
        coverage: line.coverage.ratio().map(Exact::from),
        months: line.months,
        reading: line.reading.as_str(),
    }
}

/// `PUT /api/v1/tenants/{tenant_id}/targets/{target_name}`
pub(super) async fn set(
    app: &App,
    input: &Input,
    tenant_id: String,
    name: String,
) -> Result<Answer, Problem> {
    Answer::ok(&answer(&keep(app, input.caller()?.side(), tenant_id, name, input.json()?).await?))
}

/// Stores a target.
pub(crate) async fn keep(
    app: &App,
    side: Side,
    tenant_id: String,
    name: String,
    request: TargetRequest,
) -> Result<Target, Problem> {
    let target = read(name, request)?;
    match app.store.set_target(side, tenant_id, target.clone(), config::TARGETS_MAX).await? {
        TargetChanged::Done => Ok(target),
        TargetChanged::TooMany => Err(Problem::Conflict {
            detail: format!("The tenant has {} targets; remove one first.", config::TARGETS_MAX),
        }),
        TargetChanged::NoSuchTenant | TargetChanged::NoSuchTarget => Err(Problem::not_found("tenant")),
    }
}

fn read(name: String, request: TargetRequest) -> Result<Target, Problem> {
    let mut faults = Faults::default();
    let TargetRequest { grams, per, tag, from } = request;
    let name = faults.required_printed("target_name", Some(name), config::TARGET_NAME_BYTES_MAX);
    let grams = faults.required("/grams", grams).map(Exact::as_decimal);
    let most = Decimal::from(config::TARGET_GRAMS_MAX);
    if grams.is_some_and(|grams| grams <= Decimal::ZERO || grams > most || grams.scale() > 12) {
        faults.add("/grams", format!("must be above 0, at most {most}, with 12 decimals at most"));
    }
    let per = faults.required("/per", per).and_then(|word| {
        let refused = "must be month, year, thousand_tokens or request";
        faults.usable("/per", TargetPer::from_word(&word).ok_or(refused))
    });
    let tag = tag.and_then(|text| {
        let fits = |(name, value): &(&str, &str)| {
            is_short(name, config::TAG_KEY_BYTES_MAX) && is_short(value, config::TAG_VALUE_BYTES_MAX)
        };
        let found = text.split_once('=').filter(fits);
        let found = found.map(|(name, value)| TargetTag { name: name.to_owned(), value: value.to_owned() });
        faults.usable("/tag", found.ok_or("must be a tag's name and value, such as feature=chat"))
    });
    if tag.is_some() && per == Some(TargetPer::Year) {
        faults.add("/tag", "cannot be used with a year: earlier months are stated without their tags");
    }
    let from = from
        .and_then(|text| faults.usable("/from", text.parse::<Month>().map_err(|fault| fault.to_string())));
    faults.none()?;
    let (name, grams) = name.zip(grams).ok_or_else(unnoticed)?;
    Ok(Target { name, grams: Grams::new(grams), per: per.ok_or_else(unnoticed)?, tag, from })
}

/// `DELETE /api/v1/tenants/{tenant_id}/targets/{target_name}`
pub(crate) async fn remove(
    app: &App,
    input: &Input,
    tenant_id: String,
    name: String,
) -> Result<Answer, Problem> {
    match app.store.remove_target(input.caller()?.side(), tenant_id, name).await? {
        TargetChanged::Done => Ok(Answer::no_content()),
        TargetChanged::NoSuchTarget => Err(Problem::not_found("target")),
        TargetChanged::NoSuchTenant | TargetChanged::TooMany => Err(Problem::not_found("tenant")),
    }
}

pub(crate) fn answer(target: &Target) -> TargetAnswer {
    TargetAnswer {
        name: target.name.clone(),
        kind: if target.per.is_absolute() { "absolute" } else { "intensity" },
        grams: Exact::of(target.grams),
        per: target.per.as_str(),
        tag: target.tag.as_ref().map(|tag| format!("{}={}", tag.name, tag.value)),
        from: target.from.map(|month| month.to_string()),
    }
}
