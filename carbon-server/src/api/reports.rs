//! The month's report of one client: made once for the same data, downloaded for ever.

use super::{App, Faults, Input, new_id, now};
use crate::{
    api_key::KeyKind,
    config,
    key_ring::Caller,
    problem::Problem,
    response::Answer,
    store::{Issued, MonthOfTenant, NewReport, Saved, Series},
};
use carbon_core::FactorSet;
use carbon_report::{Client, Heading, Language, Month, Statement, Status};
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportRequest {
    tenant_id: Option<String>,
    month: Option<String>,
    language: Option<String>,
}

#[derive(Serialize)]
struct ReportAnswer<'a> {
    report_id: &'a str,
    revision: u32,
    status: &'a str,
    /// Of the PDF's bytes.
    sha256: &'a str,
    links: Links,
}

#[derive(Serialize)]
struct Links {
    pdf: String,
}

/// `POST /api/v1/reports`
pub(super) async fn create(app: &App, input: &Input) -> Result<Answer, Problem> {
    let caller = live(input.caller()?)?;
    let now = now();
    let Wanted { tenant_id, month, language } = wanted(input.json()?, now)?;
    let MonthOfTenant { tenant_key, supplier, activity } = app
        .store
        .month_of_tenant(caller.account, tenant_id.clone(), month)
        .await?
        .ok_or_else(|| Problem::not_found("tenant"))?;
    let series = Series { account: caller.account, tenant_key, month, language };
    let heading = Heading {
        report_id: new_id(),
        revision: 1,
        status: Status::Provisional,
        language,
        month,
        issued_on: now.to_zoned_datetime(TimeZone::UTC).date(),
        supplier,
        client: Client { name: tenant_id.clone(), tenant_id },
    };
    let statement = Statement::new(heading, &activity, FactorSet::latest());
    issue(app, series, statement, now).await
}

/// Keeps the statement as the series' next revision, or answers with the newest one where that says the same.
async fn issue(
    app: &App,
    series: Series,
    mut statement: Statement,
    now: Timestamp,
) -> Result<Answer, Problem> {
    let basis_sha256 = statement.basis_sha256();
    loop {
        let newest = app.store.newest_report(series).await?;
        statement.heading.revision = newest.as_ref().map_or(1, |issued| issued.revision + 1);
        if let Some(issued) = newest.filter(|issued| issued.basis_sha256 == basis_sha256) {
            return created(&issued);
        }
        let page = statement.clone();
        let pdf = app
            .heavy(move || carbon_report::render_pdf(&page))
            .await?
            .map_err(|error| Problem::Internal(error.to_string()))?;
        let new = Issued {
            report_id: statement.heading.report_id.clone(),
            revision: statement.heading.revision,
            status: statement.heading.status.as_str().to_owned(),
            basis_sha256: basis_sha256.clone(),
            pdf_sha256: hex(&Sha256::digest(&pdf)),
        };
        let report = NewReport {
            series,
            report_id: new.report_id.clone(),
            revision: new.revision,
            status: statement.heading.status,
            basis_sha256: new.basis_sha256.clone(),
            pdf_sha256: new.pdf_sha256.clone(),
            pdf,
            created_at_ms: now.as_millisecond(),
        };
        match app.store.save_report(report).await? {
            Saved::New => return created(&new),
            Saved::Same(issued) => return created(&issued),
            // Somebody else issued a revision meanwhile; ours must come after theirs.
            Saved::Overtaken => {}
        }
    }
}

/// `GET /api/v1/reports/{report_id}/report.pdf`
pub(super) async fn pdf(app: &App, input: &Input, report_id: String) -> Result<Answer, Problem> {
    let caller = live(input.caller()?)?;
    let pdf = app.store.report_pdf(caller.account, report_id.clone()).await?;
    let pdf = pdf.ok_or_else(|| Problem::not_found("report"))?;
    Ok(Answer::pdf(format!("carbon-report-{report_id}.pdf"), pdf))
}

/// Test events never enter a report, so a test key has none to make or to read.
fn live(caller: Caller) -> Result<Caller, Problem> {
    match caller.kind {
        KeyKind::Live => Ok(caller),
        KeyKind::Test => {
            Err(Problem::Forbidden { detail: "Reports hold live events only. Use the account's live key." })
        }
    }
}

struct Wanted {
    tenant_id: String,
    month: Month,
    language: Language,
}

fn wanted(request: ReportRequest, now: Timestamp) -> Result<Wanted, Problem> {
    let mut faults = Faults::default();
    let tenant_id = faults.required_text("/tenant_id", request.tenant_id, config::ID_BYTES_MAX);
    let month = faults.required("/month", request.month).and_then(|text| match text.parse::<Month>() {
        Ok(month) if month <= Month::of(now.to_zoned_datetime(TimeZone::UTC).date()) => Some(month),
        Ok(_) => {
            faults.add("/month", "lies in the future");
            None
        }
        Err(error) => {
            faults.add("/month", error.to_string());
            None
        }
    });
    let language = Language::from_code(request.language.as_deref().unwrap_or(Language::default().as_str()));
    if language.is_none() {
        faults.add("/language", "must be en, fr or de");
    }
    faults.none()?;
    match (tenant_id, month, language) {
        (Some(tenant_id), Some(month), Some(language)) => Ok(Wanted { tenant_id, month, language }),
        _ => Err(Problem::Internal("a missing field went unnoticed".to_owned())),
    }
}

fn created(issued: &Issued) -> Result<Answer, Problem> {
    Answer::created(&ReportAnswer {
        report_id: &issued.report_id,
        revision: issued.revision,
        status: &issued.status,
        sha256: &issued.pdf_sha256,
        links: Links { pdf: format!("/api/v1/reports/{}/report.pdf", issued.report_id) },
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
