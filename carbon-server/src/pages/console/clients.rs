//! All clients, page by page.

use crate::{
    api::usage::{GroupBy, usage_of_page},
    app::App,
    config,
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        console::{ConsoleContext, LANGUAGE, Summary, visible},
        html::{escaped, html},
        month::{self, MonthChoice},
        shell::Shell,
    },
    store::GroupPage,
};
use askama::Template;
use std::collections::HashMap;

#[derive(Template)]
#[template(path = "console/clients.html")]
struct Clients {
    shell: Shell,
    context: ConsoleContext,
    month: MonthChoice,
    months: Vec<MonthChoice>,
    rows: Vec<ListedClient>,
    /// Address of the next page.
    next: Option<String>,
}

struct ListedClient {
    tenant_id: String,
    link: String,
    name: String,
    /// `None` if the client has no activity in the month.
    summary: Option<Summary>,
}

/// `GET /app/tenants`
pub(crate) async fn list(app: &App, input: &Input) -> Result<Answer, Problem> {
    let side = input.caller()?.side();
    let [month, this_month] = month::asked(input);
    let days = [month.first_day(), month.last_day()];
    let after = input.asked("after").unwrap_or_default();
    // Those of the page that were active are the first active ones behind the page before.
    let page = GroupPage::Behind { name: after.clone(), limit: config::TENANTS_DEFAULT };
    let rows = usage_of_page(app, side, None, days, GroupBy::Tenant, page).await?.rows;
    let mut figures: HashMap<String, _> =
        rows.into_iter().filter_map(|(tenant_id, figures)| Some((tenant_id?, figures))).collect();
    // One more than the page shows, to know whether there is another page.
    let mut tenants = app.store.tenants(side, after, config::TENANTS_DEFAULT + 1).await?;
    let more = tenants.len() > config::TENANTS_DEFAULT;
    tenants.truncate(config::TENANTS_DEFAULT);
    let next = tenants
        .last()
        .filter(|_| more)
        .map(|tenant| format!("/app/tenants?month={month}&after={}", escaped(&tenant.tenant_id)));
    let rows = tenants.into_iter().map(|tenant| ListedClient {
        link: format!("/app/tenants/{}?month={month}", escaped(&tenant.tenant_id)),
        summary: figures.remove(&tenant.tenant_id).map(|figures| Summary::of(&figures)),
        name: tenant
            .profile
            .name
            .or(tenant.profile.legal_name)
            .unwrap_or_else(|| visible(tenant.tenant_id.clone())),
        tenant_id: tenant.tenant_id,
    });
    html(&Clients {
        shell: Shell::console(app, input, "/app/tenants")?,
        context: ConsoleContext::of(app, input).await?,
        month: MonthChoice::of(month, LANGUAGE),
        months: MonthChoice::all(month, this_month, LANGUAGE),
        rows: rows.collect(),
        next,
    })
}
