//! Reports of all clients, and closing months.

use crate::{
    api::{
        csv_style, months, report_batches,
        reports::{
            self, EVERY_TENANT, ReportBody,
            period::{self, MonthsBody, PeriodBody},
        },
    },
    app::App,
    base::clock,
    base::clock::now,
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        console::{ConsoleContext, LANGUAGE, date, visible},
        form::{PageForm, is_mendable},
        html::html,
        languages,
        month::MonthChoice,
        shell::Shell,
    },
    report::{
        batch_request::BatchRequest,
        batches::{Failed, ReportBatch},
        issue::issue,
        period::issue_period,
    },
    store::{ListedReport, MonthState},
};
use askama::Template;
use carbon_report::{Language, Month, Status, words::Wording};
use std::sync::Arc;

/// Reports in the list of the page.
const REPORTS: usize = 100;
/// Months that can be closed on the page.
const MONTHS: usize = 13;
/// Months that a period may begin or end with: the last two financial years, whenever they begin.
const PERIOD_MONTHS: usize = 36;
/// Clients in the list of suggestions; others can be typed in.
const CLIENTS: usize = 1_000;

/// The page's labels of the fields.
const LABELS: &[(&str, &str)] = &[
    ("/tenant_id", "Client"),
    ("/month", "Month"),
    ("/period/from", "First month"),
    ("/period/to", "Last month"),
    ("/language", "Language"),
];

#[derive(Template)]
#[template(path = "console/reports.html")]
struct Reports {
    shell: Shell,
    context: ConsoleContext,
    months: Vec<MonthChoice>,
    /// That a period may begin or end with.
    period_months: Vec<MonthChoice>,
    this_month: Month,
    clients: Vec<String>,
    states: Vec<MonthRow>,
    reports: Vec<ReportRow>,
    languages: [(&'static str, &'static str); Language::ALL.len()],
    form: PageForm,
}

impl Reports {
    /// Whether a month stands in the form as the first or the last of a period: as it was sent, else this year so far.
    fn is_chosen(&self, name: &str, choice: &MonthChoice) -> bool {
        let sent = self.form.value(name);
        let year = self.this_month.first_day().year();
        let month = if name == "from" { Month::new(year, 1) } else { self.this_month };
        if sent.is_empty() { choice.value == month.to_string() } else { choice.value == sent }
    }
}

struct MonthRow {
    month: MonthChoice,
    events: String,
    adjustments: String,
    /// When it was closed, and under which set; `None` while it is open.
    closed: Option<(String, String)>,
    can_close: bool,
}

/// A report in a list.
pub(super) struct ReportRow {
    pub(super) report_id: String,
    pub(super) client: String,
    /// The month, or the period.
    pub(super) month: String,
    /// Whether it has lines of days: that of a period has none.
    pub(super) has_days: bool,
    pub(super) language: &'static str,
    pub(super) revision: u32,
    pub(super) status: String,
    pub(super) is_final: bool,
    pub(super) issued: String,
}

pub(super) fn report_row(report: ListedReport) -> ReportRow {
    let of = report.of(LANGUAGE);
    let ListedReport {
        report_id, client, language, revision, status, created_at_ms, month, last_month, ..
    } = report;
    ReportRow {
        report_id,
        client,
        month: of,
        has_days: month == last_month,
        language: Language::as_str(language),
        revision,
        is_final: status == Status::Final.as_str(),
        status,
        issued: date(created_at_ms),
    }
}

/// `GET /app/reports`
pub(crate) async fn list(app: &App, input: &Input) -> Result<Answer, Problem> {
    page(app, input, PageForm::default()).await
}

async fn page(app: &App, input: &Input, form: PageForm) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let account = caller.account;
    let this_month = Month::of(clock::day(now()));
    let mut states = Vec::new();
    for month in this_month.back(MONTHS) {
        let state = app.store.month_state(account, month).await?;
        if state.counted.events + state.adjustments.events > 0 {
            states.push(month_row(month, state, this_month));
        }
    }
    let clients = app.store.tenants(caller.side(), String::new(), CLIENTS).await?;
    let reports = app.store.reports(account, REPORTS).await?;
    html(&Reports {
        shell: Shell::console(app, input, "/app/reports")?,
        context: ConsoleContext::of(app, input).await?,
        months: MonthChoice::all(this_month, this_month, LANGUAGE),
        period_months: this_month.back(PERIOD_MONTHS).map(|month| MonthChoice::of(month, LANGUAGE)).collect(),
        this_month,
        clients: clients.into_iter().map(|tenant| tenant.tenant_id).collect(),
        states,
        reports: reports.into_iter().map(report_row).collect(),
        languages: languages::in_english(),
        form,
    })
}

fn month_row(month: Month, state: MonthState, this_month: Month) -> MonthRow {
    let wording = Wording::of(LANGUAGE);
    let closed = state.closed.map(|closed| (date(closed.closed_at_ms), closed.factor_set));
    MonthRow {
        month: MonthChoice::of(month, LANGUAGE),
        events: wording.count(state.counted.events),
        adjustments: wording.count(state.adjustments.events),
        can_close: closed.is_none() && month < this_month,
        closed,
    }
}

/// `POST /app/reports`
pub(crate) async fn create(app: &Arc<App>, input: &Input) -> Result<Answer, Problem> {
    let form = PageForm::sent_by_owner(input)?;
    let account = input.caller()?.account;
    let now = now();
    let made = async {
        let [from, to] = ["from", "to"].map(|name| form.text(name));
        let is_period = from.is_some() || to.is_some();
        let body = ReportBody {
            tenant_id: form.exact("tenant_id"),
            month: form.text("month"),
            period: is_period.then_some(PeriodBody::Months(MonthsBody { from, to })),
            language: form.text("language"),
            financial_year: form.number("financial_year")?,
            standard: form.text("standard"),
            invoiced_tokens: form.number("invoiced_tokens")?,
        };
        // Back to the client's page, if the form was on it.
        let back = form.console_page("back").filter(|page| page.starts_with("/app/tenants/"));
        let back = back.unwrap_or("/app/reports").to_owned();
        if is_period {
            let wanted = period::wanted(body, now)?;
            if wanted.tenant_id == EVERY_TENANT {
                let batch = report_batches::start(app, account, BatchRequest::Period(wanted), now).await?;
                return Ok(page_of(&batch));
            }
            let issued = issue_period(&app.store, app.renderer(), account, &wanted, now).await;
            return issued.map(|_| back).map_err(of_client);
        }
        let wanted = reports::wanted(body, now)?;
        if wanted.tenant_id == EVERY_TENANT {
            let batch = report_batches::start(app, account, BatchRequest::Month(wanted), now).await?;
            return Ok(page_of(&batch));
        }
        let issued = issue(&app.store, app.renderer(), account, &wanted, now).await;
        issued.map(|_| back).map_err(of_client)
    };
    match made.await {
        Ok(location) => Ok(Answer::see_other(location)),
        Err(problem) if is_mendable(&problem) || matches!(problem, Problem::NotFound { .. }) => {
            let form = form.refused_in_words(&problem, LABELS);
            Ok(page(app, input, form).await?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}

/// The console says client where the API says tenant.
fn of_client(problem: Problem) -> Problem {
    match problem {
        Problem::NotFound { .. } => Problem::not_found("client"),
        other => other,
    }
}

/// `GET /app/reports/{report_id}/{form}`
pub(crate) async fn form_of(
    app: &App,
    input: &Input,
    report_id: String,
    form: &str,
) -> Result<Answer, Problem> {
    let style = csv_style::of_page(input)?;
    reports::file_of(app, input.caller()?.account, report_id, form, style).await
}

fn page_of(batch: &ReportBatch) -> String {
    format!("/app/report-batches/{}", batch.batch_id)
}

#[derive(Template)]
#[template(path = "console/report_batch.html")]
struct BatchPage {
    shell: Shell,
    context: ConsoleContext,
    batch_id: String,
    /// The month, or the period.
    of: String,
    /// Clients without a report, and why.
    failed: Vec<Failed>,
    is_done: bool,
    done: usize,
    total: usize,
}

/// `GET /app/report-batches/{batch_id}`
pub(crate) async fn batch(app: &App, input: &Input, batch_id: &str) -> Result<Answer, Problem> {
    let batch = app.report_batches.find(input.caller()?.account, batch_id)?;
    let answer = batch.answer();
    html(&BatchPage {
        shell: Shell::console(app, input, "/app/reports")?,
        context: ConsoleContext::of(app, input).await?,
        batch_id: batch_id.to_owned(),
        of: batch.span().in_words(LANGUAGE),
        is_done: answer.is_done(),
        failed: answer
            .failed
            .into_iter()
            .map(|failed| Failed { tenant_id: visible(failed.tenant_id), ..failed })
            .collect(),
        done: answer.done,
        total: answer.total,
    })
}

/// `GET /app/report-batches/{batch_id}/reports.zip`
pub(crate) async fn batch_zip(app: &App, input: &Input, batch_id: String) -> Result<Answer, Problem> {
    report_batches::zip_in(csv_style::of_page(input)?, app, input, batch_id).await
}

/// `POST /app/months/{month}/close`
pub(crate) async fn close_month(app: &App, input: &Input, month: &str) -> Result<Answer, Problem> {
    PageForm::sent_by_owner(input)?;
    match months::close_month(app, input.caller()?.account, month, months::CloseRequest::default()).await {
        Ok(_) => Ok(Answer::see_other("/app/reports".to_owned())),
        Err(problem) if is_mendable(&problem) => {
            let form = PageForm::default().refused(&problem);
            Ok(page(app, input, form).await?.refused(&problem))
        }
        Err(problem) => Err(problem),
    }
}
