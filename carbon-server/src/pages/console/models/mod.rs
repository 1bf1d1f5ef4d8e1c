//! Names of models in the account's calls: those without a value first, then what the account itself says of names, then
//! where every other name leads.

mod choice;
mod effect;
mod entry;
pub(in crate::pages) mod name;
mod sent;
pub(super) mod unknown;

use crate::{
    api::usage::{GroupBy, usage_by},
    app::App,
    base::clock::{self, now},
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        console::{ConsoleContext, LANGUAGE, Summary, events::events_of, visible},
        html::{escaped, html},
        models,
        month::{self, MonthChoice},
        shell::Shell,
    },
    registry::own,
    report::figures::factor_set_of,
    store::AccountKey,
};
use askama::Template;
use carbon_core::{
    Call, Date, Deployment, FactorSet,
    method::{AppliedFactor, DEFAULT_POLICY},
    model::{Model, ResolvedBy},
};
use carbon_report::Month;
use entry::{EntryRow, entries};
use unknown::UnknownNames;

/// Rows of each list on the page.
const ROWS: usize = 100;

#[derive(Template)]
#[template(path = "console/models.html")]
struct ModelsPage {
    shell: Shell,
    context: ConsoleContext,
    month: MonthChoice,
    /// Address of the month's events.
    events: String,
    months: Vec<MonthChoice>,
    is_closed: bool,
    unknown: UnknownNames,
    entries: Vec<EntryRow>,
    known: Vec<KnownName>,
    more_known: usize,
}

/// A name with a value, and where it leads.
struct KnownName {
    name: String,
    link: String,
    model: String,
    /// Whether the name is that of a model of the account.
    is_itself: bool,
    /// Page of the model in the registry.
    page: Option<String>,
    how: &'static str,
    summary: Summary,
}

/// `GET /app/models`; `?name=` leads to the page of that name.
pub(crate) async fn list(app: &App, input: &Input) -> Result<Answer, Problem> {
    let [month, this_month] = month::asked(input);
    if let Some(name) = input.asked("name").filter(|name| !name.trim().is_empty()) {
        return Ok(Answer::see_other(address(name.trim(), month)));
    }
    let caller = input.caller()?;
    let unknown = UnknownNames::of(app, caller.side(), month, ROWS).await?;
    let days = [month.first_day(), month.last_day()];
    let by_name = usage_by(app, caller.side(), None, days, GroupBy::SentName).await?.rows;
    let set = set_of(app, caller.account, month).await?;
    let mut known: Vec<_> = by_name
        .into_iter()
        .filter_map(|(name, figures)| Some((name?, figures)))
        .filter(|(_, figures)| figures.valued().co2.is_some())
        .collect();
    known.sort_by_key(|(_, figures)| std::cmp::Reverse(figures.valued().usage.total_tokens()));
    let more_known = known.len().saturating_sub(ROWS);
    known.truncate(ROWS);
    let known = known.into_iter().map(|(name, figures)| {
        let call = Call { day: Some(shown_day(month)), ..Call::to(&name) };
        let found = set.deployment(&call).ok().filter(|found| found.factor(DEFAULT_POLICY).is_some());
        let link = address(&name, month);
        KnownName {
            model: found.as_ref().map_or_else(String::new, |found| found.model.id().to_owned()),
            is_itself: found
                .as_ref()
                .is_some_and(|found| found.model.is_own() && found.model.id() == own::normal(&name)),
            page: found.as_ref().and_then(|found| registry_page(found.model)),
            how: found.as_ref().map_or("only for a part of the month", how),
            summary: Summary::of(&figures),
            name: visible(name),
            link,
        }
    });
    html(&ModelsPage {
        shell: Shell::console(app, input, "/app/models")?,
        context: ConsoleContext::of(app, input).await?,
        month: MonthChoice::of(month, LANGUAGE),
        events: events_of(month),
        months: MonthChoice::all(month, this_month, LANGUAGE),
        is_closed: app.store.month_state(caller.account, month).await?.closed.is_some(),
        unknown,
        entries: entries(app, caller.account, |_| true),
        known: known.collect(),
        more_known,
    })
}

/// The set that values a month: that of now, if it is open.
async fn set_of(app: &App, account: AccountKey, month: Month) -> Result<FactorSet, Problem> {
    let closed = app.store.month_state(account, month).await?.closed;
    factor_set_of(&app.sets(account), closed.as_ref().map(|closed| closed.factor_set.as_str()))
}

/// The day that a month's page is about: its last, or today.
fn shown_day(month: Month) -> Date {
    month.last_day().min(clock::day(now()))
}

/// The page of a name.
fn address(name: &str, month: Month) -> String {
    format!("/app/models/{}?month={month}", escaped(name))
}

/// The page of a model in the registry, which does not list those that an account describes.
fn registry_page(model: &Model) -> Option<String> {
    (!model.is_own()).then(|| models::address(model.id()))
}

/// How a name was resolved, in words.
fn how(found: &Deployment<'_>) -> &'static str {
    if let Some(AppliedFactor::Measured(_)) = found.factor(DEFAULT_POLICY) {
        return "your own measurements";
    }
    match found.resolved_by {
        ResolvedBy::Exact => "listed under this name",
        ResolvedBy::Alias => "a listed alias",
        ResolvedBy::Rule => "by the rules for reading names",
        ResolvedBy::Own if found.model.is_own() => "you describe it",
        ResolvedBy::Own => "your entry",
    }
}
