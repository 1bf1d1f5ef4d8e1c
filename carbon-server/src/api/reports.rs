//! The month's report of one client: made once for the same data, downloaded for ever.

use super::{App, Faults, Input, figures::hex, live, new_id, now, time, unnoticed};
use crate::{
    config,
    key_ring::Caller,
    problem::Problem,
    response::Answer,
    store::{Issued, MonthOfTenant, NewReport, Saved, Series},
};
use carbon_core::FactorSet;
use carbon_report::{
    Activity, Brand, Client, Evidence, Heading, Language, Month, Statement, Status, Supplier,
};
use jiff::Timestamp;
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
    let wanted = wanted(input.json()?, now)?;
    loop {
        if let Some(issued) = issue(app, caller, &wanted, now).await? {
            return created(&issued);
        }
        // Somebody else issued a revision meanwhile: what it says may be newer than what we read.
    }
}

/// The report on the month as it stands: the newest one where that says it already, else the next revision.
/// `None` where another revision came in between.
async fn issue(
    app: &App,
    caller: Caller,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Option<Issued>, Problem> {
    let Wanted { tenant_id, month, language } = wanted;
    let (month, language) = (*month, *language);
    let found = app.store.month_of_tenant(caller.account, tenant_id.clone(), month, language).await?;
    let MonthOfTenant { tenant_key, supplier, activity, closed_under, newest } =
        found.ok_or_else(|| Problem::not_found("tenant"))?;
    let status = if closed_under.is_some() { Status::Final } else { Status::Provisional };
    let set = super::factor_set_of(closed_under.as_deref())?;
    // A final report stands for ever, whatever a later version of this program would print.
    if let Some(issued) = newest.as_ref().filter(|issued| issued.status == Status::Final.as_str()) {
        return Ok(Some(issued.clone()));
    }
    let heading = Heading {
        report_id: new_id(),
        revision: newest.as_ref().map_or(1, |issued| issued.revision + 1),
        supersedes: newest.as_ref().map(|issued| issued.report_id.clone()),
        status,
        language,
        month,
        financial_year: month.first_day().year(),
        issued_on: time::day(now),
        supplier: Supplier { name: supplier, ..Supplier::default() },
        client: Client { name: tenant_id.clone(), tenant_id: tenant_id.clone() },
    };
    let (issued, pdf) = match app.pages.run(move || drawn(heading, &activity, set, newest)).await?? {
        Drawn::Already(issued) => return Ok(Some(issued)),
        Drawn::Now { issued, pdf } => (issued, pdf),
    };
    let series = Series { account: caller.account, tenant_key, month, language };
    let new = NewReport { series, issued: issued.clone(), pdf, created_at_ms: now.as_millisecond() };
    Ok(match app.store.save_report(new).await? {
        Saved::New => Some(issued),
        Saved::Same(earlier) => Some(earlier),
        Saved::Overtaken => None,
    })
}

/// The pages of a month.
enum Drawn {
    /// The newest revision says the same already.
    Already(Issued),
    Now {
        issued: Issued,
        pdf: Vec<u8>,
    },
}

/// Sums, hashes and draws: nothing for a thread that also takes in events.
fn drawn(
    heading: Heading,
    activity: &[Activity],
    set: &FactorSet,
    newest: Option<Issued>,
) -> Result<Drawn, Problem> {
    let statement = Statement::new(heading, &Evidence::from(activity), set);
    let basis_sha256 = statement.basis_sha256();
    if let Some(issued) = newest.filter(|issued| issued.basis_sha256 == basis_sha256) {
        return Ok(Drawn::Already(issued));
    }
    let pdf = carbon_report::render_pdf(&statement, &Brand::default())
        .map_err(|error| Problem::Internal(error.to_string()))?;
    let Heading { report_id, revision, status, .. } = statement.heading;
    let issued = Issued {
        report_id,
        revision,
        status: status.as_str().to_owned(),
        basis_sha256,
        pdf_sha256: hex(&Sha256::digest(&pdf)),
    };
    Ok(Drawn::Now { issued, pdf })
}

/// `GET /api/v1/reports/{report_id}/report.pdf`
pub(super) async fn pdf(app: &App, input: &Input, report_id: String) -> Result<Answer, Problem> {
    let caller = live(input.caller()?)?;
    let pdf = app.store.report_pdf(caller.account, report_id.clone()).await?;
    let pdf = pdf.ok_or_else(|| Problem::not_found("report"))?;
    Ok(Answer::pdf(format!("carbon-report-{report_id}.pdf"), pdf))
}

struct Wanted {
    tenant_id: String,
    month: Month,
    language: Language,
}

fn wanted(request: ReportRequest, now: Timestamp) -> Result<Wanted, Problem> {
    let mut faults = Faults::default();
    let tenant_id = faults.required_text("/tenant_id", request.tenant_id, config::ID_BYTES_MAX);
    let month = faults.required("/month", request.month);
    let month = month.and_then(|text| time::month(&mut faults, "/month", &text, now));
    let language = Language::from_code(request.language.as_deref().unwrap_or(Language::default().as_str()));
    if language.is_none() {
        faults.add("/language", "must be en, fr or de");
    }
    faults.none()?;
    match (tenant_id, month, language) {
        (Some(tenant_id), Some(month), Some(language)) => Ok(Wanted { tenant_id, month, language }),
        _ => Err(unnoticed()),
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
