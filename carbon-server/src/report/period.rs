//! Issuing a statement of a period of several months: the final reports of its months, read and added up.

use crate::{
    base::{clock, digest::hex, ids::new_id},
    http::problem::Problem,
    report::issue::Renderer,
    store::{AccountKey, Issued, NewReport, PeriodOfTenant, Saved, Series, Store},
};
use carbon_report::{
    Brand, EsrsEdition, Fonts, Form, Heading, Language, NotOfYear, Period, Signer, Status, attached,
    render_period_pdf, render_signed_period_pdf,
    statement::{IssuedStatement, MissingMonth, PeriodStatement},
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// The statement that is requested.
#[derive(Clone, Debug)]
pub(crate) struct PeriodRequest {
    pub(crate) tenant_id: String,
    pub(crate) period: Period,
    /// By default the client's own.
    pub(crate) language: Option<Language>,
    /// By default the calendar year in which the period begins.
    pub(crate) financial_year: Option<i16>,
    /// By default the client's choice, where its financial year has one.
    pub(crate) standard: Option<EsrsEdition>,
}

impl PeriodRequest {
    /// That the standard asked for is one of the financial year.
    pub(crate) fn check_standard(&self) -> Result<(), NotOfYear> {
        self.standard.map_or(Ok(()), |edition| edition.allowed_in(self.financial_year()).map(drop))
    }

    /// The client's financial year that the period is of.
    fn financial_year(&self) -> i16 {
        self.financial_year.unwrap_or_else(|| self.period.from().first_day().year())
    }
}

/// A report on a period, and the months that are not in it.
#[derive(Debug)]
pub(crate) struct IssuedPeriod {
    pub(crate) issued: Issued,
    pub(crate) missing: Vec<MissingMonth>,
}

/// The report on a period as its months stand: the newest one if it was made of the same reports, otherwise the next revision.
pub(crate) async fn issue_period(
    store: &Store,
    renderer: Renderer<'_>,
    account: AccountKey,
    request: &PeriodRequest,
    now: Timestamp,
) -> Result<IssuedPeriod, Problem> {
    loop {
        let PeriodRequest { tenant_id, period, language, .. } = request.clone();
        let found = store.period_of_tenant(account, tenant_id, period, language).await?;
        let found = found.ok_or_else(|| Problem::not_found("tenant"))?;
        if found.reports.is_empty() {
            return Err(Problem::Conflict {
                detail: format!(
                    "No month of {period} has a final report of this client. Close its months and issue their reports first."
                ),
            });
        }
        let missing = found.missing.clone();
        let heading = Heading { verify_at: renderer.verify_at(), ..heading(&found, request, now) };
        let basis_sha256 = sources_sha256(&found, &heading);
        // What was made of the same reports stands, whatever a later version of this program would print.
        if let Some(issued) = found.newest.as_ref().filter(|issued| issued.basis_sha256 == basis_sha256) {
            return Ok(IssuedPeriod { issued: issued.clone(), missing });
        }
        let mut reports = Vec::new();
        for report_id in &found.reports {
            let pdf = store.report_pdf(account, report_id.clone()).await?;
            reports.push(pdf.ok_or_else(|| Problem::not_found("tenant"))?);
        }
        let series = Series {
            account,
            tenant_key: found.tenant_key,
            month: period.from(),
            last_month: period.to(),
            language: found.language,
        };
        let (signer, fonts) = (renderer.signer.cloned(), renderer.fonts.clone());
        let draw = move || drawn(&found, heading, &reports, signer.as_deref(), fonts, basis_sha256);
        let (issued, pdf) = renderer.pages.run(account, draw).await??;
        let new = NewReport { series, issued: issued.clone(), pdf, created_at_ms: now.as_millisecond() };
        match store.save_report(new).await? {
            Saved::New => return Ok(IssuedPeriod { issued, missing }),
            Saved::Same(issued) => return Ok(IssuedPeriod { issued, missing }),
            // Another request issued a revision meanwhile; it may be newer than what we read.
            Saved::Overtaken => {}
        }
    }
}

/// As the revision after the newest.
fn heading(found: &PeriodOfTenant, request: &PeriodRequest, now: Timestamp) -> Heading {
    let newest = found.newest.as_ref();
    Heading {
        report_id: new_id(),
        revision: newest.map_or(1, |issued| issued.revision + 1),
        supersedes: newest.map(|issued| issued.report_id.clone()),
        status: Status::Provisional,
        language: found.language,
        month: request.period.from(),
        through: Some(request.period.to()),
        financial_year: request.financial_year(),
        elected: request.standard.or(found.elected),
        verify_at: None,
        issued_on: clock::day(now),
        supplier: found.supplier.clone(),
        client: found.client.clone(),
    }
}

/// Digest of what decides the figures and the paragraphs: the reports of the months, those that are missing, and the edition.
fn sources_sha256(found: &PeriodOfTenant, heading: &Heading) -> String {
    let mut sources = Sha256::new();
    let mut add = |text: &str| sources.update(format!("{text}\n"));
    add(&heading.financial_year.to_string());
    add(heading.edition().as_str());
    found.reports.iter().for_each(|report_id| add(report_id));
    for MissingMonth { month, reason } in &found.missing {
        add(&format!("{month} {}", reason.as_str()));
    }
    hex(&sources.finalize())
}

/// Reads, adds up and renders; too long for the threads that accept events.
fn drawn(
    found: &PeriodOfTenant,
    heading: Heading,
    reports: &[Vec<u8>],
    signer: Option<&Signer>,
    fonts: Fonts,
    basis_sha256: String,
) -> Result<(Issued, Vec<u8>), Problem> {
    let brand = heading.supplier.brand(found.logo.as_deref()).map_err(Problem::internal)?;
    let brand = Brand { fonts, ..brand };
    let months = reports.iter().zip(&found.reports).map(|(pdf, report_id)| {
        let statement = attached(pdf, Form::Statement.name());
        let statement = statement.and_then(|json| IssuedStatement::read(&json).ok());
        statement.ok_or_else(|| Problem::Conflict {
            detail: format!(
                "Report {report_id} was issued before reports had a statement that this version reads."
            ),
        })
    });
    let months: Vec<IssuedStatement> = months.collect::<Result<_, _>>()?;
    let statement =
        PeriodStatement::new(heading, &months, found.missing.clone()).map_err(Problem::internal)?;
    let pdf = match signer {
        Some(signer) => render_signed_period_pdf(&statement, &brand, signer),
        None => render_period_pdf(&statement, &brand),
    };
    let pdf = pdf.map_err(Problem::internal)?;
    Ok((Issued::of(statement.heading, &pdf, basis_sha256, None), pdf))
}
