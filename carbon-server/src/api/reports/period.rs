//! Statements of a period of several months, made of the final reports of its months.

use crate::{
    api::{
        report_batches,
        reports::{EVERY_TENANT, ReportAnswer, ReportBody, ReportOptions, has_figure},
    },
    app::App,
    base::{clock, work_queue::blocking},
    config,
    http::{
        answer::Answer,
        faults::{Faults, unnoticed},
        problem::Problem,
    },
    ingest::time,
    report::{
        batch_request::BatchRequest,
        period::{IssuedPeriod, PeriodRequest, issue_period},
    },
    store::AccountKey,
};
use carbon_report::{
    Form, Month, NotAPeriod, Period, attached,
    pack::{PackError, write_period_pack},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::Value;
use std::{collections::BTreeMap, fs::File, io::Seek, sync::Arc};

/// A year as a text, or its first and its last month.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum PeriodBody {
    Year(String),
    Months(MonthsBody),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MonthsBody {
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
}

/// What the answer says of a period.
#[derive(Serialize)]
pub(crate) struct PeriodAnswer {
    from: String,
    to: String,
    /// Months that are in no figure.
    missing: Vec<MissingAnswer>,
}

#[derive(Serialize)]
struct MissingAnswer {
    month: String,
    reason: &'static str,
}

/// Issues the report that a body with a period asks for, or begins with those of every client.
pub(crate) async fn create(
    app: &Arc<App>,
    account: AccountKey,
    body: ReportBody,
    now: Timestamp,
) -> Result<Answer, Problem> {
    let wanted = wanted(body, now)?;
    if wanted.tenant_id == EVERY_TENANT {
        let batch = report_batches::start(app, account, BatchRequest::Period(wanted), now).await?;
        return Answer::accepted(&batch.answer());
    }
    let IssuedPeriod { issued, missing } =
        issue_period(&app.store, app.renderer(), account, &wanted, now).await?;
    let missing = missing
        .iter()
        .map(|missing| MissingAnswer { month: missing.month.to_string(), reason: missing.reason.as_str() });
    let period = PeriodAnswer {
        from: wanted.period.from().to_string(),
        to: wanted.period.to().to_string(),
        missing: missing.collect(),
    };
    let has_figure = has_figure(app, account, &issued).await?;
    Answer::created(&ReportAnswer::of_period(&issued, has_figure, period))
}

/// The request, with every field checked.
pub(crate) fn wanted(body: ReportBody, now: Timestamp) -> Result<PeriodRequest, Problem> {
    let mut faults = Faults::default();
    let ReportBody { tenant_id, month, period, language, financial_year, standard, invoiced_tokens } = body;
    let tenant_id = faults.required_text("/tenant_id", tenant_id, config::ID_BYTES_MAX);
    if month.is_some() {
        faults.add("/month", "cannot be used with `period`");
    }
    if invoiced_tokens.is_some() {
        faults.add("/invoiced_tokens", "applies to one month; it cannot be used with `period`");
    }
    let period = faults.required("/period", period).and_then(|period| of_body(&mut faults, period, now));
    let ReportOptions { language, financial_year, standard } =
        ReportOptions::of(&mut faults, language, financial_year, standard);
    faults.none()?;
    let (Some(tenant_id), Some(period)) = (tenant_id, period) else { return Err(unnoticed()) };
    let wanted = PeriodRequest { tenant_id, period, language, financial_year, standard };
    wanted.check_standard().map_err(|error| Problem::invalid("/standard", error.to_string()))?;
    Ok(wanted)
}

const FORM: &str =
    "must be a year, such as \"2026\", or an object with `from` and `to`, such as 2026-04 and 2027-03";

fn of_body(faults: &mut Faults, period: PeriodBody, now: Timestamp) -> Option<Period> {
    match period {
        PeriodBody::Year(text) => {
            // Two months have an object.
            let year: Option<Period> = text
                .parse()
                .ok()
                .filter(|period: &Period| period.calendar_year().is_some() && text.len() == 4);
            let Some(year) = year else {
                faults.add("/period", FORM);
                return None;
            };
            let this_month = Month::of(clock::day(now));
            if year.from() < time::EARLIEST {
                faults.add("/period", format!("is before {}", time::EARLIEST));
            } else if year.to() > this_month {
                faults.add(
                    "/period",
                    "ends in the future; name its months so far by an object with `from` and `to`",
                );
            } else {
                return Some(year);
            }
            None
        }
        PeriodBody::Months(MonthsBody { from, to }) => {
            let from = faults.required("/period/from", from);
            let to = faults.required("/period/to", to);
            let from = from.and_then(|text| time::month(faults, "/period/from", &text, now));
            let to = to.and_then(|text| time::month(faults, "/period/to", &text, now));
            faults
                .usable("/period/to", Period::new(from?, to?).map_err(|fault: NotAPeriod| fault.to_string()))
        }
        PeriodBody::Other(_) => {
            faults.add("/period", FORM);
            None
        }
    }
}

/// Ids of the reports of the months that a statement is the sum of; `None` for a month's own.
pub(crate) fn month_reports(statement: &Value) -> Option<Vec<String>> {
    let months = statement["months"].as_array()?;
    months.iter().map(|month| Some(month["report_id"].as_str()?.to_owned())).collect()
}

/// The evidence pack of a period: its report, and the statements of its months.
pub(crate) async fn evidence(
    app: &App,
    account: AccountKey,
    report_id: &str,
    pdf: Vec<u8>,
    months: Vec<String>,
) -> Result<Answer, Problem> {
    let mut reports = BTreeMap::new();
    for month in months {
        let report = app.store.report_pdf(account, month.clone()).await?;
        reports.insert(month, report.ok_or_else(|| Problem::not_found("report"))?);
    }
    let verify_at = app.network.verify_page();
    let write = move || {
        let statement_of = |month: &str| attached(reports.get(month)?, Form::Statement.name());
        let mut file = write_period_pack(tempfile::tempfile()?, &pdf, statement_of, verify_at.as_deref())?;
        file.rewind()?;
        Ok::<File, PackError>(file)
    };
    let file = blocking(write).await?.map_err(Problem::internal)?;
    Answer::download("application/zip", format!("carbon-evidence-{report_id}.zip"), file)
}
