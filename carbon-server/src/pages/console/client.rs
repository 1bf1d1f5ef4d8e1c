//! One client: its month, its dashboard links, its reports, and its settings.

use crate::{
    api::{
        dashboard_links::{self, LinkRequest},
        tenant_export,
        tenants::{self, TenantRequest},
        usage::{GroupBy, UsageBy, usage_by},
    },
    app::App,
    base::clock::now,
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        console::{
            ConsoleContext, LANGUAGE, Summary, date,
            events::events_of,
            late_events,
            reports::{ReportRow, report_row},
        },
        form::{self, PageForm, is_mendable},
        html::{escaped, html},
        languages,
        month::{self, MonthChoice},
        shell::Shell,
    },
    store::{DashboardLink, Tenant, TenantProfile},
};
use askama::Template;
use carbon_report::Language;

/// Reports in the list of the page.
const REPORTS: usize = 24;

#[derive(Template)]
#[template(path = "console/client.html")]
struct ClientPage {
    shell: Shell,
    context: ConsoleContext,
    tenant_id: String,
    /// Address of the page.
    base: String,
    name: String,
    month: MonthChoice,
    /// Address of the month's events.
    events: String,
    months: Vec<MonthChoice>,
    total: Summary,
    late: Option<String>,
    models: Vec<(String, Summary)>,
    links: Vec<LinkRow>,
    reports: Vec<ReportRow>,
    languages: [(&'static str, &'static str); Language::ALL.len()],
    /// What is wrong with one of the smaller forms.
    notice: Option<String>,
    form: PageForm,
}

/// A form that was rejected.
enum RefusedForm<'p> {
    Profile(PageForm),
    /// The form for a link or an erasure: reported at the top of the page.
    Small(&'p Problem),
}

/// What the page calls its fields.
const LABELS: &[(&str, &str)] = &[("/expires_in_days", "Valid for (days)"), ("/confirm", "The client's id")];

struct LinkRow {
    link_id: String,
    created_on: String,
    expires_on: String,
    /// Its URL, while it is open.
    url: Option<String>,
    state: &'static str,
}

/// `GET /app/tenants/{tenant_id}`
pub(crate) async fn show(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    page(app, input, tenant_id, None).await
}

/// The page; after a rejected form, with that form and what is wrong with it.
async fn page(
    app: &App,
    input: &Input,
    tenant_id: String,
    refused: Option<RefusedForm<'_>>,
) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let (account, side) = (caller.account, caller.side());
    let now = now();
    let [month, this_month] = month::asked(input);
    let tenant = app.store.tenant(side, tenant_id.clone()).await?;
    let Tenant { profile, .. } = tenant.ok_or_else(|| Problem::not_found("client"))?;
    let days = [month.first_day(), month.last_day()];
    let used = usage_by(app, side, Some(tenant_id.clone()), days, GroupBy::Model).await?;
    let UsageBy { total, late, rows: models } = used;
    let links = app.store.dashboard_links(account, tenant_id.clone()).await?.unwrap_or_default();
    let reports = app.store.reports_of_tenant(account, tenant_id.clone(), None, REPORTS).await?;
    let mut models: Vec<(String, _)> =
        models.into_iter().map(|(name, figures)| (name.unwrap_or_default(), figures)).collect();
    models
        .sort_by_key(|(_, figures)| std::cmp::Reverse(figures.valued().co2.map(carbon_core::Range::central)));
    html(&ClientPage {
        shell: Shell::console(app, input, "/app/tenants")?,
        context: ConsoleContext::of(app, input).await?,
        base: format!("/app/tenants/{}", escaped(&tenant_id)),
        name: profile.name.clone().or(profile.legal_name.clone()).unwrap_or_else(|| tenant_id.clone()),
        events: format!("{}&tenant_id={}", events_of(month), escaped(&tenant_id)),
        tenant_id,
        month: MonthChoice::of(month, LANGUAGE),
        months: MonthChoice::all(month, this_month, LANGUAGE),
        total: Summary::of(&total),
        late: late.as_ref().map(late_events),
        models: models.iter().map(|(name, figures)| (name.clone(), Summary::of(figures))).collect(),
        links: links.into_iter().rev().map(|link| link_row(app, input, link, now.as_millisecond())).collect(),
        reports: reports.into_iter().map(report_row).collect(),
        languages: languages::in_english(),
        notice: match &refused {
            Some(RefusedForm::Small(problem)) => Some(form::in_words(problem, LABELS)),
            Some(RefusedForm::Profile(_)) | None => None,
        },
        form: match refused {
            Some(RefusedForm::Profile(form)) => form,
            Some(RefusedForm::Small(_)) | None => filled(profile),
        },
    })
}

fn filled(profile: TenantProfile) -> PageForm {
    let TenantProfile { name, legal_name, language, region, carbon_budget_grams, lei, standard } = profile;
    let budget = carbon_budget_grams.map(|grams| grams.to_string());
    PageForm::filled([
        ("name", name),
        ("legal_name", legal_name),
        ("language", language),
        ("region", region),
        ("carbon_budget_grams", budget),
        ("lei", lei),
        ("standard", standard),
    ])
}

fn link_row(app: &App, input: &Input, link: DashboardLink, now_ms: i64) -> LinkRow {
    let DashboardLink { link_key, link_id, created_at_ms, expires_at_ms, revoked_at_ms } = link;
    let state = match revoked_at_ms {
        Some(_) => "revoked",
        None if expires_at_ms <= now_ms => "expired",
        None => "open",
    };
    let url = (state == "open").then(|| dashboard_links::url(app, input, link_key));
    LinkRow { link_id, created_on: date(created_at_ms), expires_on: date(expires_at_ms), url, state }
}

/// `POST /app/tenants/{tenant_id}`: replaces its settings.
pub(crate) async fn set(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    let side = input.caller()?.side();
    let kept = async {
        let request = TenantRequest {
            name: form.text("name"),
            legal_name: form.text("legal_name"),
            language: form.text("language"),
            region: form.text("region"),
            carbon_budget_grams: form.number("carbon_budget_grams")?,
            lei: form.text("lei"),
            standard: form.text("standard"),
        };
        // A form for an unknown client must not create it.
        let known = app.store.tenant(side, tenant_id.clone()).await?;
        known.ok_or_else(|| Problem::not_found("client"))?;
        tenants::keep(app, side, tenant_id.clone(), request).await
    };
    match kept.await {
        Ok(_) => Ok(back_to(&tenant_id, &form, "profile")),
        Err(problem) if is_mendable(&problem) => {
            let form = form.refused(&problem);
            Ok(page(app, input, tenant_id, Some(RefusedForm::Profile(form))).await?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}

/// Redirects to the page, in the month that was shown.
fn back_to(tenant_id: &str, form: &PageForm, place: &str) -> Answer {
    let month =
        form.text("seen_month").map_or_else(String::new, |month| format!("?month={}", escaped(&month)));
    Answer::see_other(format!("/app/tenants/{}{month}#{place}", escaped(tenant_id)))
}

/// The page with the problem at its top, if the sender can correct it.
async fn not_taken(app: &App, input: &Input, tenant_id: String, problem: Problem) -> Result<Answer, Problem> {
    if !is_mendable(&problem) {
        return Err(problem);
    }
    Ok(page(app, input, tenant_id, Some(RefusedForm::Small(&problem))).await?.refused(&problem))
}

/// `POST /app/tenants/{tenant_id}/erase`: deletes its names permanently.
pub(crate) async fn erase(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    if form.value("confirm") != tenant_id {
        let problem = Problem::invalid("/confirm", "must be entered as it is shown, to confirm");
        return not_taken(app, input, tenant_id, problem).await;
    }
    tenants::erase(app, input, tenant_id).await?;
    Ok(Answer::see_other("/app/tenants".to_owned()))
}

/// `GET /app/tenants/{tenant_id}/export.zip`
pub(crate) async fn export(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    tenant_export::create(app, input, tenant_id).await
}

/// `POST /app/tenants/{tenant_id}/links`
pub(crate) async fn create_link(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    let made = async {
        let request = LinkRequest { expires_in_days: form.number("expires_in_days")? };
        dashboard_links::make(app, input, tenant_id.clone(), request).await
    };
    match made.await {
        Ok(_) => Ok(back_to(&tenant_id, &form, "links")),
        Err(problem) => not_taken(app, input, tenant_id, problem).await,
    }
}

/// `POST /app/tenants/{tenant_id}/links/{link_id}/revoke`
pub(crate) async fn revoke_link(
    app: &App,
    input: &Input,
    tenant_id: String,
    link_id: String,
) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    dashboard_links::revoke(app, input, tenant_id.clone(), link_id).await?;
    Ok(back_to(&tenant_id, &form, "links"))
}
