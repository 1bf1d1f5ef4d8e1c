//! The month's report of one client, or of all: the same data gives the same report, which stays downloadable.

pub(crate) mod period;
pub(crate) mod tables;

use crate::{
    api::{csv_style, report_batches},
    app::App,
    base::{clock::now, digest::hex, work_queue::blocking},
    config,
    http::{
        answer::Answer,
        faults::{Faults, unnoticed},
        problem::Problem,
        request::Input,
    },
    ingest::time,
    report::{
        batch_request::BatchRequest,
        issue::{ReportRequest, issue},
        measured::windows_of,
    },
    store::{AccountKey, Issued, SealedRow},
};
use carbon_core::measure::MeasuredEntry;
use carbon_report::{
    EsrsEdition, Form, Language, Status, attached,
    forms::{CsvStyle, lines_in, workbook_of},
    pack::{LedgerProof, PackError, PackWriter, ProvenSeal, measured_entries},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{fs::File, io::Seek, sync::Arc};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportBody {
    /// `*` for every client.
    pub(crate) tenant_id: Option<String>,
    pub(crate) month: Option<String>,
    /// Instead of a month.
    pub(crate) period: Option<period::PeriodBody>,
    pub(crate) language: Option<String>,
    pub(crate) financial_year: Option<i16>,
    pub(crate) standard: Option<String>,
    pub(crate) invoiced_tokens: Option<u64>,
}

#[derive(Serialize)]
pub(crate) struct ReportAnswer<'a> {
    report_id: &'a str,
    revision: u32,
    status: &'a str,
    /// SHA-256 of the PDF.
    sha256: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<period::PeriodAnswer>,
    links: ReportLinks,
}

#[derive(Serialize)]
struct ReportLinks {
    pdf: String,
    statement: String,
    workbook: String,
    lines: String,
    xbrl: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    vsme: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    footprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    focus: Option<String>,
    evidence: String,
}

/// `POST /api/v1/reports`
pub(crate) async fn create(app: &Arc<App>, input: &Input) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let now = now();
    let body: ReportBody = input.json()?;
    if body.period.is_some() {
        return period::create(app, caller.account, body, now).await;
    }
    let wanted = wanted(body, now)?;
    if wanted.tenant_id == EVERY_TENANT {
        let batch = report_batches::start(app, caller.account, BatchRequest::Month(wanted), now).await?;
        return Answer::accepted(&batch.answer());
    }
    let issued = issue(&app.store, app.renderer(), caller.account, &wanted, now).await?;
    let has_figure = has_figure(app, caller.account, &issued).await?;
    Answer::created(&answer(&issued, has_figure))
}

/// Whether a report has the forms that are about a final figure: one of an open month, or without a figure, has none of them.
pub(crate) async fn has_figure(app: &App, account: AccountKey, issued: &Issued) -> Result<bool, Problem> {
    if issued.status != Status::Final.as_str() {
        return Ok(false);
    }
    let pdf = issued_pdf(app, account, &issued.report_id).await?;
    Ok(blocking(move || attached(&pdf, Form::Footprint.name())).await?.is_some())
}

/// Stands for every client with activity in the month.
pub(crate) const EVERY_TENANT: &str = "*";

pub(crate) fn answer(issued: &Issued, has_figure: bool) -> ReportAnswer<'_> {
    let link = |form: &str| format!("/api/v1/reports/{}/{form}", issued.report_id);
    ReportAnswer {
        report_id: &issued.report_id,
        revision: issued.revision,
        status: &issued.status,
        sha256: &issued.pdf_sha256,
        period: None,
        links: ReportLinks {
            pdf: link("report.pdf"),
            statement: link(Form::Statement.name()),
            workbook: link(WORKBOOK),
            lines: link(Form::Lines.name()),
            xbrl: link(Form::Xbrl.name()),
            vsme: has_figure.then(|| link(Form::Vsme.name())),
            footprint: has_figure.then(|| link(Form::Footprint.name())),
            focus: Some(link(Form::Focus.name())),
            evidence: link("evidence.zip"),
        },
    }
}

impl<'a> ReportAnswer<'a> {
    /// Of a period, which has no lines of days.
    pub(crate) fn of_period(issued: &'a Issued, has_figure: bool, period: period::PeriodAnswer) -> Self {
        let answer = answer(issued, has_figure);
        let links = ReportLinks { focus: None, ..answer.links };
        ReportAnswer { period: Some(period), links, ..answer }
    }
}

/// The statement as a workbook: made of the statement when it is asked for.
pub(crate) const WORKBOOK: &str = "statement.xlsx";

/// `GET /api/v1/reports/{report_id}/report.pdf`, `evidence.zip`, `statement.xlsx`, and each form that is attached to the PDF
pub(crate) async fn show(app: &App, input: &Input, report_id: String, file: &str) -> Result<Answer, Problem> {
    let style = match Form::named(file) {
        Some(Form::Lines) => csv_style::of_call(input)?,
        Some(Form::Focus) => csv_style::none(input).map(|()| CsvStyle::default())?,
        _ => CsvStyle::default(),
    };
    file_of(app, input.caller()?.account, report_id, file, style).await
}

/// A file of a report, by its name; `lines.csv` in a style.
pub(crate) async fn file_of(
    app: &App,
    account: AccountKey,
    report_id: String,
    file: &str,
    style: CsvStyle,
) -> Result<Answer, Problem> {
    match (file, Form::named(file)) {
        ("report.pdf", _) => {
            let pdf = issued_pdf(app, account, &report_id).await?;
            Ok(Answer::pdf(format!("carbon-report-{report_id}.pdf"), pdf))
        }
        ("evidence.zip", _) => evidence(app, account, report_id).await,
        (WORKBOOK, _) => workbook(app, account, &report_id).await,
        (_, Some(form)) => {
            let mut bytes = in_pdf(app, account, &report_id, form).await?;
            if form == Form::Lines && style != CsvStyle::default() {
                let lines = lines_in(style, &bytes);
                bytes = lines.ok_or_else(|| Problem::internal("lines.csv is no table"))?.into_bytes();
            }
            let media_type = match form.media_type() {
                "text/csv" => "text/csv; charset=utf-8",
                media_type => media_type,
            };
            let (kind, ending) = form.name().split_once('.').unwrap_or((form.name(), ""));
            Ok(Answer::form(media_type, format!("carbon-{kind}-{report_id}.{ending}"), bytes))
        }
        _ => Err(Problem::not_found("form of a report")),
    }
}

/// The bytes that are attached to the PDF.
async fn in_pdf(app: &App, account: AccountKey, report_id: &str, form: Form) -> Result<Vec<u8>, Problem> {
    let pdf = issued_pdf(app, account, report_id).await?;
    let found = blocking(move || attached(&pdf, form.name())).await?;
    found.ok_or_else(|| {
        Problem::not_found(
            "format of this report: the month is open, no model in it has a factor, or the report was issued before the format existed",
        )
    })
}

async fn workbook(app: &App, account: AccountKey, report_id: &str) -> Result<Answer, Problem> {
    let statement = in_pdf(app, account, report_id, Form::Statement).await?;
    let workbook = blocking(move || workbook_of(&statement)).await?.map_err(|_| {
        Problem::not_found("workbook of this report: another version of this program issued it")
    })?;
    Ok(Answer::workbook(format!("carbon-statement-{report_id}.xlsx"), workbook))
}

async fn issued_pdf(app: &App, account: AccountKey, report_id: &str) -> Result<Vec<u8>, Problem> {
    let pdf = app.store.report_pdf(account, report_id.to_owned()).await?;
    pdf.ok_or_else(|| Problem::not_found("report"))
}

async fn evidence(app: &App, account: AccountKey, report_id: String) -> Result<Answer, Problem> {
    let pdf = issued_pdf(app, account, &report_id).await?;
    // Held until the pack is written: reading a month's events keeps a core busy.
    let turn = app.queues.long.acquire(account).await?;
    let (pdf, said) = blocking(move || {
        let said =
            attached(&pdf, "statement.json").and_then(|json| serde_json::from_slice::<Value>(&json).ok());
        (pdf, said)
    })
    .await?;
    let no_forms =
        || Problem::not_found("evidence pack of this report: it was issued before reports had one");
    let said = said.ok_or_else(no_forms)?;
    if let Some(months) = period::month_reports(&said) {
        let _held = turn;
        return period::evidence(app, account, &report_id, pdf, months).await;
    }
    let last_event = said.pointer("/audit/last_event").and_then(Value::as_i64).ok_or_else(no_forms)?;
    let sets = app.sets(account);
    let mut measured = Vec::new();
    if let Some(set) = said["factor_set"].as_str().and_then(|version| sets.version(version)) {
        for entry in measured_entries(&said, &set) {
            let windows = windows_of(&app.store, account, entry).await?;
            measured.extend(windows.map(|windows| (entry.windows_sha256.clone(), windows)));
        }
    }
    // One may have come since the report was issued: it is no part of it.
    let time_stamp = match said.pointer("/audit/closing_seal/number").and_then(Value::as_i64) {
        Some(seal) => app.store.time_stamp(account, seal).await?,
        None => None,
    };
    let proof = proof(app, account, &report_id).await?;
    let verify_at = app.network.verify_page();
    let write = move || {
        let find = |version: &str| sets.version(version);
        let windows = |entry: &MeasuredEntry| {
            let its = measured.iter().find(|(sha256, _)| *sha256 == entry.windows_sha256);
            its.map(|(_, windows)| windows.clone())
        };
        let mut pack = PackWriter::new(tempfile::tempfile()?, &pdf, &find, &windows)?;
        time_stamp.map_or(Ok(()), |token| pack.time_stamp(&token))?;
        verify_at.map_or(Ok(()), |address| pack.verify_at(&address))?;
        proof.into_iter().for_each(|proof| pack.proof(proof));
        Ok::<_, PackError>(pack)
    };
    let pack = blocking(write).await?;
    let pack = pack.map_err(Problem::internal)?;
    let each = |(pack, failed): &mut (PackWriter<File>, Option<PackError>), event: &_| match pack.event(event)
    {
        Ok(()) => true,
        Err(error) => {
            *failed = Some(error);
            false
        }
    };
    let written =
        app.store.events_of_report(account, report_id.clone(), last_event, (pack, None), each).await?;
    let (pack, failed) = written.ok_or_else(|| Problem::not_found("report"))?;
    if let Some(error) = failed {
        return Err(Problem::internal(error));
    }
    let file = blocking(move || {
        let _held = turn;
        let mut file = pack.finish()?;
        file.rewind()?;
        Ok::<File, PackError>(file)
    })
    .await?
    .map_err(Problem::internal)?;
    Answer::download("application/zip", format!("carbon-evidence-{report_id}.zip"), file)
}

/// That the month of a final report is in the ledger, where checkpoints are made.
async fn proof(app: &App, account: AccountKey, report_id: &str) -> Result<Option<LedgerProof>, Problem> {
    let sealed = app.store.sealed_row(account, report_id.to_owned()).await?;
    let Some(SealedRow { row, seal, previous }) = sealed else { return Ok(None) };
    let Some((path, checkpoint)) = app.checkpoints.prove(&app.store, &seal).await? else { return Ok(None) };
    let [book, number] = [seal.book, seal.number].map(i64::unsigned_abs);
    let seal = ProvenSeal { book, number, previous_sha256: hex(&previous), path };
    Ok(Some(LedgerProof::new(row, seal, checkpoint)))
}

/// Financial years that a client may report on: from the first month that is accepted to well beyond the current one.
const FINANCIAL_YEARS: std::ops::RangeInclusive<i16> = 2018..=2100;

/// What may be chosen for a report, of a month or of a period.
pub(crate) struct ReportOptions {
    pub(crate) language: Option<Language>,
    pub(crate) financial_year: Option<i16>,
    pub(crate) standard: Option<EsrsEdition>,
}

impl ReportOptions {
    pub(crate) fn of(
        faults: &mut Faults,
        language: Option<String>,
        financial_year: Option<i16>,
        standard: Option<String>,
    ) -> Self {
        let language = language.and_then(|code| faults.usable("/language", code.parse::<Language>()));
        if financial_year.is_some_and(|year| !FINANCIAL_YEARS.contains(&year)) {
            faults.add("/financial_year", "must be a year from 2018 to 2100");
        }
        let standard = standard.and_then(|word| faults.usable("/standard", word.parse::<EsrsEdition>()));
        ReportOptions { language, financial_year, standard }
    }
}

/// The request, with every field checked.
pub(crate) fn wanted(request: ReportBody, now: Timestamp) -> Result<ReportRequest, Problem> {
    let mut faults = Faults::default();
    let ReportBody { tenant_id, month, period: _, language, financial_year, standard, invoiced_tokens } =
        request;
    let tenant_id = faults.required_text("/tenant_id", tenant_id, config::ID_BYTES_MAX);
    let month = faults.required("/month", month);
    let month = month.and_then(|text| time::month(&mut faults, "/month", &text, now));
    let ReportOptions { language, financial_year, standard } =
        ReportOptions::of(&mut faults, language, financial_year, standard);
    if invoiced_tokens.is_some() && tenant_id.as_deref() == Some(EVERY_TENANT) {
        faults.add("/invoiced_tokens", "applies to one client; it cannot be used with `*`");
    }
    faults.none()?;
    let (Some(tenant_id), Some(month)) = (tenant_id, month) else { return Err(unnoticed()) };
    let wanted = ReportRequest { tenant_id, month, language, financial_year, standard, invoiced_tokens };
    wanted.check_standard().map_err(|error| Problem::invalid("/standard", error.to_string()))?;
    Ok(wanted)
}
