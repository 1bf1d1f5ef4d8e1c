//! The first page of the console: the month so far, or what to do first.

use crate::{
    api::{
        billing,
        usage::{GroupBy, UsageBy, usage_by, usage_of_page},
    },
    app::App,
    base::clock,
    base::clock::now,
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        console::{
            ConsoleContext, LANGUAGE, Summary, events::events_of, late_events, models::unknown::UnknownNames,
            money, visible,
        },
        format::Scale,
        html::{escaped, html},
        month::{self, MonthChoice},
        shell::Shell,
    },
    report::figures::Figures,
    store::{GroupPage, Side},
};
use askama::Template;
use carbon_core::Range;
use carbon_report::words::Wording;
use serde::Serialize;

/// Rows of each list on the page.
const ROWS: usize = 10;
/// Clients that may be in the list: those with the most tokens.
const CLIENTS_COMPARED: usize = 1_000;

#[derive(Template)]
#[template(path = "console/first_run.html")]
struct FirstRun {
    shell: Shell,
    context: ConsoleContext,
    url: String,
    /// Whether test events have arrived.
    has_test: bool,
}

#[derive(Template)]
#[template(path = "console/overview.html")]
struct Overview {
    shell: Shell,
    context: ConsoleContext,
    month: MonthChoice,
    /// Address of the month's events.
    events: String,
    months: Vec<MonthChoice>,
    is_running: bool,
    late: Option<String>,
    total: Summary,
    events_today: String,
    grams_today: String,
    clients: String,
    bill: String,
    days: Vec<OverviewDay>,
    day_unit: &'static str,
    models: Vec<OverviewRow>,
    more_models: usize,
    tenants: Vec<OverviewRow>,
    /// How many clients were compared, where there are others.
    compared: Option<String>,
    more_tenants: u64,
    unknown: UnknownNames,
}

struct OverviewDay {
    day: String,
    requests: String,
    grams: String,
    plotted: [String; 3],
}

/// A model or a client, and its figures.
struct OverviewRow {
    name: String,
    /// Its page, if it has one.
    link: Option<String>,
    summary: Summary,
}

/// `GET /app`
pub(crate) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let (account, side) = (caller.account, caller.side());
    let (shell, context) = (Shell::console(app, input, "/app")?, ConsoleContext::of(app, input).await?);
    let [has_live, has_test] = app.store.has_events(account).await?;
    if !has_live {
        return html(&FirstRun { shell, context, url: app.network.url(input), has_test });
    }
    let [month, this_month] = month::asked(input);
    let days = [month.first_day(), month.last_day()];
    let today = [clock::day(now()); 2];
    let of_today = usage_by(app, side, None, today, GroupBy::Day).await?.total;
    let UsageBy { total, late, rows: by_day } = usage_by(app, side, None, days, GroupBy::Day).await?;
    let by_model = usage_by(app, side, None, days, GroupBy::Model).await?.rows;
    let page = GroupPage::MostTokens(CLIENTS_COMPARED);
    let by_tenant = usage_of_page(app, side, None, days, GroupBy::Tenant, page).await?.rows;
    let clients = app.store.tenant_groups(side, days[0], days[1]).await?;
    let (bill, currency) = billing::bill(app, input, month).await?;
    let wording = Wording::of(LANGUAGE);

    let unknown = UnknownNames::of(app, side, month, ROWS).await?;
    let more_models = by_model.len().saturating_sub(ROWS);
    let models = largest(by_model).into_iter().map(|(name, figures)| OverviewRow {
        name: visible(name.unwrap_or_default()),
        link: None,
        summary: Summary::of(&figures),
    });
    let mut tenants = Vec::new();
    for (tenant_id, figures) in largest(by_tenant) {
        let (name, link) = match tenant_id {
            Some(tenant_id) => {
                let link = format!("/app/tenants/{}?month={month}", escaped(&tenant_id));
                (name_of(app, side, tenant_id).await?, Some(link))
            }
            None => ("erased clients".to_owned(), None),
        };
        tenants.push(OverviewRow { name: visible(name), link, summary: Summary::of(&figures) });
    }
    let highest = by_day.iter().filter_map(|(_, figures)| figures.valued().co2.map(Range::high));
    let scale = Scale::to_the_highest(highest);
    let today = Summary::of(&of_today);
    html(&Overview {
        shell,
        context,
        month: MonthChoice::of(month, LANGUAGE),
        events: events_of(month),
        months: MonthChoice::all(month, this_month, LANGUAGE),
        is_running: month == this_month,
        total: Summary::of(&total),
        events_today: today.figures.requests,
        grams_today: today.figures.grams,
        clients: wording.count(clients),
        late: late.as_ref().map(late_events),
        bill: format!("{} {currency}", money(bill.total)),
        days: by_day
            .into_iter()
            .map(|(day, figures)| day_row(day.unwrap_or_default(), &figures, scale))
            .collect(),
        day_unit: scale.symbol(),
        models: models.collect(),
        more_models,
        compared: (clients > CLIENTS_COMPARED as u64).then(|| wording.count(CLIENTS_COMPARED as u64)),
        more_tenants: clients.saturating_sub(tenants.len() as u64),
        tenants,
        unknown,
    })
}

fn day_row(day: String, figures: &Figures, scale: Scale) -> OverviewDay {
    let plotted = figures.valued().co2.map(|co2| scale.places(co2)).unwrap_or_default();
    let Summary { figures, .. } = Summary::of(figures);
    OverviewDay { day, requests: figures.requests, grams: figures.grams, plotted }
}

/// The rows that emit most.
fn largest(mut rows: Vec<(Option<String>, Figures)>) -> Vec<(Option<String>, Figures)> {
    let central = |figures: &Figures| figures.valued().co2.map(Range::central);
    rows.sort_by_key(|(_, figures)| std::cmp::Reverse(central(figures)));
    rows.truncate(ROWS);
    rows
}

/// What a client is called: by its name, if it has one.
async fn name_of(app: &App, side: Side, tenant_id: String) -> Result<String, Problem> {
    let tenant = app.store.tenant(side, tenant_id.clone()).await?;
    let name = tenant.and_then(|tenant| tenant.profile.name.or(tenant.profile.legal_name));
    Ok(name.unwrap_or(tenant_id))
}

#[derive(Serialize)]
struct Arrived {
    arrived: bool,
}

/// `GET /app/first-event`: whether any event has arrived, live or test.
pub(crate) async fn first_event(app: &App, input: &Input) -> Result<Answer, Problem> {
    let [live, test] = app.store.has_events(input.caller()?.account).await?;
    Answer::ok(&Arrived { arrived: live || test })
}
