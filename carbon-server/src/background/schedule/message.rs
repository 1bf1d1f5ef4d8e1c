//! What the webhook is sent about a run, and about each of its reports.

use crate::{
    app::App,
    auth::signed_token,
    background::message,
    base::{
        clock::now,
        exact::{Exact, ExactRange},
        work_queue::blocking,
    },
    http::problem::Problem,
    store::{RunProblem, RunReport, StoreError, TakenRun},
};
use carbon_report::{Coverage, Form, attached};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

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

/// The part of a statement that a message repeats.
#[derive(Deserialize)]
struct Said {
    heading: Heading,
    total: Total,
    coverage: Coverage,
}

#[derive(Deserialize)]
struct Heading {
    revision: u32,
    status: String,
}

#[derive(Deserialize)]
struct Total {
    co2_grams: Option<ExactRange>,
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
    let said = blocking(move || {
        let json = attached(&pdf, Form::Statement.name())?;
        serde_json::from_slice::<Said>(&json).ok()
    });
    let said = said.await?.ok_or_else(|| Problem::internal("a report without a statement"))?;
    let link = |form: &str| format!("/api/v1/reports/{report_id}/{form}");
    let data = IssuedData {
        account_id: &account_id(app, run).await?,
        run_id: &run.run_id,
        report_id,
        tenant_id: &report.tenant_id,
        month: report.first_month.to_string(),
        last_month: run.month.to_string(),
        language: report.language.as_str(),
        revision: said.heading.revision,
        status: said.heading.status,
        co2_grams: said.total.co2_grams,
        coverage: said.coverage.ratio().map(Exact::from),
        links: Links {
            pdf: link("report.pdf"),
            statement: link(Form::Statement.name()),
            evidence: link("evidence.zip"),
            dashboard: dashboard(app, run, report).await?,
        },
    };
    Ok(Some(message("report.issued", now(), data)))
}

/// The newest link to the tenant's dashboard that can be opened, where it has one.
async fn dashboard(app: &App, run: &TakenRun, report: &RunReport) -> Result<Option<String>, StoreError> {
    let links = app.store.dashboard_links(run.hold.account, report.tenant_id.clone()).await?;
    let now_ms = now().as_millisecond();
    let mut open = links.into_iter().flatten().rev();
    let open = open.find(|link| link.revoked_at_ms.is_none() && link.expires_at_ms > now_ms);
    Ok(open.map(|link| {
        let token = signed_token::link(app.store.link_secret(), link.link_key);
        format!("{}/d/{token}", app.network.public_url.as_deref().unwrap_or(""))
    }))
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
