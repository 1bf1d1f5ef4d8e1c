//! A client's dashboard: what a link opens, and a preview of it for the supplier.

mod hours;
mod rows;
mod words;
mod years;

use crate::{
    api::{csv_style, reports},
    app::App,
    auth::signed_token,
    base::clock,
    base::clock::now,
    http::{
        answer::{Answer, Policy},
        problem::Problem,
        request::Input,
    },
    pages::{
        dashboard::{
            hours::Hours,
            rows::{
                Bases, BasisRow, DayRow, Downloads, EquivalentRow, ModelRow, TagSection, TrendRow, UnknownRow,
            },
            years::{PeriodRow, YearToDate},
        },
        format::{FormattedUsage, ShareBar, between},
        html::{POLICY, escaped},
        languages::LanguageChoice,
        month::{self, MonthChoice},
        shell::Shell,
    },
    report::issue::{self, ReportRequest},
    store::{AccountKey, Opened, Side},
};
use askama::Template;
use carbon_core::FactorSet;
use carbon_report::{
    Language, Month, Statement, Status,
    words::{LeverWords, TargetWords, Wording},
};
use jiff::civil::Date;

pub(super) use crate::pages::dashboard::words::DashboardWords;

/// An address with a token in it must not be sent to anyone.
const TOKEN_POLICY: Policy = Policy { referrer: "no-referrer", ..POLICY };

/// Months in the trend, including the one shown.
const TREND_MONTHS: usize = 12;
/// Reports of one client that are searched for the newest.
const REPORTS_MAX: usize = 1_000;

#[derive(Template)]
#[template(path = "dashboard.html")]
struct DashboardPage {
    shell: Shell,
    words: &'static DashboardWords,
    wording: Wording,
    /// Address of the page, and of the reports' files.
    base: String,
    reports: String,
    logo: Option<String>,
    /// Whether the supplier is viewing it.
    is_preview: bool,
    client: String,
    supplier: String,
    month: MonthChoice,
    months: Vec<MonthChoice>,
    languages: Vec<LanguageChoice>,
    is_final: bool,
    factor_set: String,
    total: FormattedUsage,
    coverage: Option<String>,
    /// What was stated before, if the month was restated.
    restated: Option<String>,
    has_partial_energy: bool,
    /// Both bases, where the supplier has entered what the market-based one takes.
    bases: Option<Bases>,
    mix: Vec<ShareBar>,
    day_unit: String,
    days: Vec<DayRow>,
    hours: Option<Hours>,
    models: Vec<ModelRow>,
    unknown: Vec<UnknownRow>,
    tags: Vec<TagSection>,
    more_tags: Option<String>,
    trend_unit: String,
    trend: Vec<TrendRow>,
    change: Option<String>,
    levers: Vec<LeverWords>,
    targets: Vec<TargetWords>,
    equivalents: Vec<EquivalentRow>,
    downloads: Option<Downloads>,
    year_to_date: Option<YearToDate>,
    periods: Vec<PeriodRow>,
}

/// `GET /d/{token}`: one tenant, and nothing else.
pub(super) async fn show(app: &App, input: &Input, token: &str) -> Result<Answer, Problem> {
    // Programs that only check a link send a HEAD request.
    let Opened { account, tenant_id, .. } = opened(app, token, !input.is_head).await?;
    let request = DashboardRequest {
        account,
        tenant_id,
        base: format!("/d/{token}"),
        reports: format!("/d/{token}/reports"),
        logo: format!("/d/{token}/logo.png"),
        is_preview: false,
    };
    page(app, input, request).await
}

/// `GET /app/tenants/{tenant_id}/dashboard`: what the client sees. It does not count as opened, so it is not invoiced.
pub(super) async fn preview(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    let request = DashboardRequest {
        account: input.caller()?.account,
        base: format!("/app/tenants/{}/dashboard", escaped(&tenant_id)),
        tenant_id,
        reports: "/app/reports".to_owned(),
        logo: "/app/logo.png".to_owned(),
        is_preview: true,
    };
    page(app, input, request).await
}

/// `GET /d/{token}/reports/{report_id}/{form}`: of this client alone.
pub(super) async fn report(
    app: &App,
    input: &Input,
    token: &str,
    report_id: String,
    form: &str,
) -> Result<Answer, Problem> {
    let Opened { account, tenant_id, .. } = opened(app, token, false).await?;
    let its = app.store.reports_of_tenant(account, tenant_id, None, REPORTS_MAX).await?;
    if !its.iter().any(|report| report.report_id == report_id) {
        return Err(Problem::not_found("report"));
    }
    reports::file_of(app, account, report_id, form, csv_style::of_page(input)?).await
}

/// `GET /d/{token}/logo.png`
pub(super) async fn logo_of(app: &App, token: &str) -> Result<Answer, Problem> {
    logo(app, opened(app, token, false).await?.account).await
}

/// The logo on an account's reports.
pub(super) async fn logo(app: &App, account: AccountKey) -> Result<Answer, Problem> {
    let no_logo = || Problem::not_found("logo");
    let sha256 = app.store.branding(account).await?.logo_sha256.ok_or_else(no_logo)?;
    let png = app.store.logo(account, sha256).await?.ok_or_else(no_logo)?;
    Ok(Answer::asset("image/png", png, None, false))
}

/// The client whose dashboard a link opens. If `is_seen`, the client counts as active in this month.
async fn opened(app: &App, token: &str, is_seen: bool) -> Result<Opened, Problem> {
    let not_found = || Problem::not_found("dashboard, or its link has expired");
    let link_key = signed_token::link_key(app.store.link_secret(), token).ok_or_else(not_found)?;
    let now = now();
    let month = Month::of(clock::day(now));
    app.store.open_dashboard(link_key, now.as_millisecond(), month, is_seen).await?.ok_or_else(not_found)
}

/// Who views which dashboard.
struct DashboardRequest {
    account: AccountKey,
    tenant_id: String,
    base: String,
    reports: String,
    logo: String,
    is_preview: bool,
}

async fn page(app: &App, input: &Input, request: DashboardRequest) -> Result<Answer, Problem> {
    let now = now();
    let [month, _] = month::asked(input);
    let language = input.asked("language").and_then(|code| Language::from_code(&code));
    let (account, tenant_id) = (request.account, request.tenant_id.clone());
    let trend = month.back(TREND_MONTHS).skip(1).collect();
    let found = app.store.month_of_tenant(account, tenant_id.clone(), month, language, trend).await?;
    let found = found.ok_or_else(|| Problem::not_found("client"))?;
    let issued = app.store.reports_of_tenant(account, tenant_id.clone(), Some(month), REPORTS_MAX).await?;
    let all = app.store.reports_of_tenant(account, tenant_id.clone(), None, REPORTS_MAX).await?;
    let live = Side { account, is_test: false };
    let region = app.store.tenant(live, tenant_id.clone()).await?.and_then(|tenant| tenant.profile.region);
    let wanted = ReportRequest::plain(tenant_id.clone(), month);
    let (sets, set) = (app.sets(account), app.registry.default_set());
    // Long computations must not block the threads that accept events.
    app.queues
        .queries
        .run(account, move || {
            let statement = issue::statement(&sets, found, &wanted, None, now)?;
            let downloads = rows::downloads(&issued, &statement);
            let periods = years::periods(&all, statement.heading.language);
            let page = written(&statement, request, set, clock::day(now), region.as_deref(), downloads);
            let page = DashboardPage { periods, ..page };
            Ok(Answer::page(page.render().map_err(Problem::internal)?, TOKEN_POLICY))
        })
        .await?
}

fn written(
    statement: &Statement,
    DashboardRequest { base, reports, logo, is_preview, .. }: DashboardRequest,
    set: &'static FactorSet,
    today: Date,
    region: Option<&str>,
    downloads: Option<Downloads>,
) -> DashboardPage {
    let heading = &statement.heading;
    let (language, month, this_month) = (heading.language, heading.month, Month::of(today));
    let (words, wording) = (DashboardWords::of(language), Wording::of(language));
    let languages = LanguageChoice::all(language);
    let total = &statement.total;
    let (day_unit, days) = rows::days(statement, words, today);
    let (trend_unit, trend) = rows::trend(statement, words, this_month);
    let (tags, more_tags) = rows::tags(statement, words);
    DashboardPage {
        shell: Shell { language: language.as_str(), ..Shell::private(set, "") },
        words,
        wording,
        base,
        reports,
        logo: heading.supplier.logo_sha256.is_some().then_some(logo),
        is_preview,
        client: heading.client.name.clone(),
        supplier: heading.supplier.name.clone(),
        month: MonthChoice::of(month, language),
        months: MonthChoice::all(month, this_month, language),
        languages,
        is_final: heading.status == Status::Final,
        factor_set: statement.factor_set.clone(),
        coverage: statement.coverage.ratio().map(|ratio| wording.percent(ratio)),
        // Published factors have no energy, so the total may cover a part only.
        has_partial_energy: total.energy.is_some()
            && statement.by_method.iter().any(|line| line.valued.energy.is_none()),
        bases: rows::bases(statement, language),
        mix: ShareBar::of_levels(statement, language),
        day_unit,
        days,
        hours: hours::hours(statement, wording),
        models: rows::models(&statement.by_model, language),
        unknown: rows::unknown(statement),
        tags,
        more_tags,
        trend_unit,
        trend,
        // A running month cannot be compared with a whole one.
        change: statement
            .trend
            .change
            .as_ref()
            .filter(|_| month < this_month)
            .map(|change| wording.month_change(change)),
        restated: rows::restated(statement),
        levers: statement.levers.iter().map(|lever| wording.lever(lever)).collect(),
        targets: statement.targets.iter().map(|line| wording.target(line)).collect(),
        equivalents: rows::equivalents(statement, words, set, region),
        downloads,
        year_to_date: years::year_to_date(statement),
        periods: Vec::new(),
        total: FormattedUsage::of(total, language, words.not_quantified),
    }
}

impl DashboardPage {
    fn low_to_high(&self, row: &BasisRow) -> String {
        let [low, _, high] = row.masses.clone();
        between(self.words.from_to, &[low, high])
    }

    /// Whether any day has a value to draw.
    fn has_day_chart(&self) -> bool {
        self.days.iter().any(|day| !day.plotted.is_empty())
    }

    fn has_month_chart(&self) -> bool {
        self.trend.iter().any(|month| !month.plotted[1].is_empty())
    }

    fn total_range(&self) -> String {
        self.total.range(self.words.range_sentence)
    }

    fn tokens_split(&self) -> String {
        let (input, output) = (&self.total.input_tokens, &self.total.output_tokens);
        self.words.tokens_split.replace("{input}", input).replace("{output}", output)
    }

    fn between(&self, bounds: &[String; 2]) -> String {
        between(self.words.from_to, bounds)
    }
}
