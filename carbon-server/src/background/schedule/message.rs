//! What the webhook is sent about a run, and about each of its reports.

use crate::{
    app::App,
    background::{
        message,
        stated::{Stated, dashboard_url, stated_in},
    },
    base::{
        clock::now,
        exact::{Exact, ExactRange},
        work_queue::blocking,
    },
    http::problem::Problem,
    store::{RunProblem, RunReport, StoreError, TakenRun},
};
use carbon_report::Form;
use rust_decimal::Decimal;
use serde::Serialize;

/// Where the runs of an account are listed.
const RUNS: &str = "/api/v1/report-schedule/runs";

#[derive(Serialize)]
struct IssuedData<'a> {
    account_id: &'a str,
    run_id: &'a str,
    report_id: &'a str,
    tenant_id: &'a str,
    /// The month, or the first of the financial year.
    month: String,
    last_month: String,
    language: &'static str,
    revision: u32,
    status: String,
    co2_grams: Option<ExactRange>,
    coverage: Option<Exact>,
    links: Links,
}

/// Paths below the server, as answers to requests have them; a dashboard's is whole where the server knows its own address.
#[derive(Serialize)]
struct Links {
    pdf: String,
    statement: String,
    evidence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    dashboard: Option<String>,
}

/// That a report was issued; `None` where its tenant was erased since.
pub(super) async fn issued(
    app: &App,
    run: &TakenRun,
    report: &RunReport,
    report_id: &str,
) -> Result<Option<String>, Problem> {
    let account = run.hold.account;
    let Some(pdf) = app.store.report_pdf(account, report_id.to_owned()).await? else { return Ok(None) };
    let Stated { heading, total, coverage } = blocking(move || stated_in(&pdf)).await??;
    let link = |form: &str| format!("/api/v1/reports/{report_id}/{form}");
    let data = IssuedData {
        account_id: &account_id(app, run).await?,
        run_id: &run.run_id,
        report_id,
        tenant_id: &report.tenant_id,
        month: report.first_month.to_string(),
        last_month: run.month.to_string(),
        language: report.language.as_str(),
        revision: heading.revision,
        status: heading.status.as_str().to_owned(),
        co2_grams: total.co2_grams,
        coverage: coverage.ratio().map(Exact::from),
        links: Links {
            pdf: link("report.pdf"),
            statement: link(Form::Statement.name()),
            evidence: link("evidence.zip"),
            dashboard: dashboard_url(app, account, &report.tenant_id).await?,
        },
    };
    Ok(Some(message("report.issued", now(), data)))
}

async fn account_id(app: &App, run: &TakenRun) -> Result<String, StoreError> {
    Ok(app.store.profile(run.hold.account).await?.account_id)
}

#[derive(Serialize)]
struct RunData<'a> {
    account_id: &'a str,
    run_id: &'a str,
    month: String,
    problem: &'a str,
    what_to_do: &'a str,
    #[serde(flatten)]
    details: RunDetails,
    links: RunLinks,
}

#[derive(Serialize)]
struct RunLinks {
    runs: &'static str,
}

/// What stands behind a problem.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum RunDetails {
    Coverage { coverage: Exact, coverage_min: Exact, clients_below: usize },
    Reports { reports: u64, reports_failed: u64 },
}

impl RunDetails {
    pub(super) fn coverage(lowest: Decimal, least: Decimal, clients_below: usize) -> Self {
        RunDetails::Coverage { coverage: lowest.into(), coverage_min: least.into(), clients_below }
    }
}

/// That a run waits or has failed.
pub(super) async fn halted(
    app: &App,
    run: &TakenRun,
    kind: &str,
    problem: &RunProblem,
    details: RunDetails,
) -> Result<String, StoreError> {
    let data = RunData {
        account_id: &account_id(app, run).await?,
        run_id: &run.run_id,
        month: run.month.to_string(),
        problem: &problem.problem,
        what_to_do: &problem.what_to_do,
        details,
        links: RunLinks { runs: RUNS },
    };
    Ok(message(kind, now(), data))
}
