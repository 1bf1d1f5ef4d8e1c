//! Everything about a tenant in one zip.

use crate::{
    api::{contacts, mail, tenants},
    app::App,
    base::clock,
    base::work_queue::blocking,
    http::{answer::Answer, problem::Problem, request::Input},
    store::{
        Exported, ExportedAlert, ExportedAllocation, ExportedClosedMonth, ExportedDashboardLink,
        ExportedOpenedDashboard, ExportedPactClient, ExportedPactEvent, ExportedReport, ExportedRestatement,
        ExportedScheduledReport,
    },
};
use carbon_report::pack::PackedEvent;
use serde::Serialize;
use serde_json::{
    Value, json,
    value::{RawValue, to_raw_value},
};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Seek, Write},
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// `GET /api/v1/tenants/{tenant_id}/export.zip`
pub(crate) async fn create(app: &App, input: &Input, tenant_id: String) -> Result<Answer, Problem> {
    let side = input.caller()?.side();
    // Held until it is written: reading all events of a tenant keeps a core busy.
    let turn = app.queues.long.acquire(side.account).await?;
    let export = blocking(ExportWriter::new).await?.map_err(Problem::internal)?;
    let each = |(export, failed): &mut (ExportWriter, Option<io::Error>), piece: Exported<'_>| {
        let written = export.add(piece);
        *failed = written.err();
        failed.is_none()
    };
    let found = app.store.export_tenant(side, tenant_id, (export, None), each).await?;
    let (export, failed) = found.ok_or_else(|| Problem::not_found("tenant"))?;
    if let Some(error) = failed {
        return Err(Problem::internal(error));
    }
    let file = blocking(move || {
        let _held = turn;
        export.finish()
    });
    let file = file.await?.map_err(Problem::internal)?;
    Answer::download("application/zip", "carbon-tenant.zip".to_owned(), file)
}

/// The zip: `events.ndjson` first, as it may be large; then the reports; `tenant.json` last.
struct ExportWriter {
    zip: ZipWriter<File>,
    tenant: Option<Box<RawValue>>,
    /// The other members of `tenant.json`.
    lists: BTreeMap<&'static str, Vec<Box<RawValue>>>,
}

/// Members of `tenant.json` that are lists; empty ones are written too.
const LISTS: [&str; 12] = [
    "closed_months",
    "restatements",
    "dashboard_links",
    "opened_dashboards",
    "allocations",
    "alerts",
    "pact_clients",
    "pact_events",
    "scheduled_reports",
    "contacts",
    "mails",
    "reports",
];

/// `tenant.json`.
#[derive(Serialize)]
struct TenantDocument {
    tenant: Option<Box<RawValue>>,
    #[serde(flatten)]
    lists: BTreeMap<&'static str, Vec<Box<RawValue>>>,
}

// Figures as they were stated, with every digit.

#[derive(Serialize)]
struct ClosedMonthRow<'a> {
    month: String,
    factor_set: &'a str,
    closed_at: String,
    figures: &'a RawValue,
}

#[derive(Serialize)]
struct RestatementRow<'a> {
    restatement_id: &'a str,
    month: String,
    reason: &'a str,
    created_at: String,
    old_factor_set: &'a str,
    new_factor_set: &'a str,
    old: &'a RawValue,
    new: &'a RawValue,
}

impl ExportWriter {
    fn new() -> io::Result<Self> {
        let mut zip = ZipWriter::new(tempfile::tempfile()?);
        zip.start_file("events.ndjson", SimpleFileOptions::default().large_file(true))?;
        let lists = LISTS.map(|name| (name, Vec::new())).into();
        Ok(ExportWriter { zip, tenant: None, lists })
    }

    fn add(&mut self, piece: Exported<'_>) -> io::Result<()> {
        match piece {
            Exported::Tenant(tenant) => {
                self.tenant = Some(to_raw_value(&tenants::answer(tenant.clone()))?);
                Ok(())
            }
            Exported::Event(event) => {
                serde_json::to_writer(&mut self.zip, &line(event))?;
                self.zip.write_all(b"\n")
            }
            Exported::ClosedMonth(row) => self.list("closed_months", &closed_month(&row)?),
            Exported::Restatement(row) => self.list("restatements", &restatement(&row)?),
            Exported::DashboardLink(row) => self.list("dashboard_links", &dashboard_link(row)),
            Exported::OpenedDashboard(row) => self.list("opened_dashboards", &opened_dashboard(row)),
            Exported::Allocation(row) => self.list("allocations", &allocation(row)),
            Exported::Alert(row) => self.list("alerts", &alert(row)?),
            Exported::PactClient(row) => self.list("pact_clients", &pact_client(row)),
            Exported::PactEvent(row) => self.list("pact_events", &pact_event(row)?),
            Exported::ScheduledReport(row) => self.list("scheduled_reports", &scheduled_report(row)),
            Exported::Contact(row) => self.list("contacts", &contacts::contact_answer(row.0)),
            Exported::Mail(row) => self.list("mails", &mail::mail_answer(row.0)),
            Exported::Report(report) => self.add_report(report),
        }
    }

    fn add_report(&mut self, report: ExportedReport<'_>) -> io::Result<()> {
        let ExportedReport { report_id, month, last_month, language, revision, status, created_at_ms, pdf } =
            report;
        let file = format!("reports/{report_id}.pdf");
        // PDFs are already compressed.
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        self.zip.start_file(file.as_str(), stored)?;
        self.zip.write_all(pdf)?;
        self.list(
            "reports",
            &json!({
                "report_id": report_id,
                "file": file,
                "month": month.to_string(),
                "last_month": last_month.to_string(),
                "language": language,
                "revision": revision,
                "status": status,
                "issued_at": clock::rfc_3339_of(created_at_ms),
            }),
        )
    }

    fn list(&mut self, name: &'static str, row: &impl Serialize) -> io::Result<()> {
        self.lists.entry(name).or_default().push(to_raw_value(row)?);
        Ok(())
    }

    fn finish(mut self) -> io::Result<File> {
        self.zip.start_file("tenant.json", SimpleFileOptions::default())?;
        let document = TenantDocument { tenant: self.tenant, lists: self.lists };
        serde_json::to_writer_pretty(&mut self.zip, &document)?;
        let mut file = self.zip.finish()?;
        file.rewind()?;
        Ok(file)
    }
}

fn closed_month(row: &ExportedClosedMonth) -> serde_json::Result<ClosedMonthRow<'_>> {
    let ExportedClosedMonth { month, factor_set, closed_at_ms, figures } = row;
    Ok(ClosedMonthRow {
        month: month.to_string(),
        factor_set,
        closed_at: clock::rfc_3339_of(*closed_at_ms),
        figures: serde_json::from_str(figures)?,
    })
}

fn restatement(row: &ExportedRestatement) -> serde_json::Result<RestatementRow<'_>> {
    let ExportedRestatement {
        restatement_id,
        month,
        old_factor_set,
        new_factor_set,
        reason,
        created_at_ms,
        old,
        new,
    } = row;
    Ok(RestatementRow {
        restatement_id,
        month: month.to_string(),
        reason,
        created_at: clock::rfc_3339_of(*created_at_ms),
        old_factor_set,
        new_factor_set,
        old: serde_json::from_str(old)?,
        new: serde_json::from_str(new)?,
    })
}

fn dashboard_link(row: ExportedDashboardLink) -> Value {
    let ExportedDashboardLink { link_id, created_at_ms, expires_at_ms, revoked_at_ms } = row;
    json!({
        "id": link_id,
        "created_at": clock::rfc_3339_of(created_at_ms),
        "expires_at": clock::rfc_3339_of(expires_at_ms),
        "revoked_at": revoked_at_ms.map(clock::rfc_3339_of),
    })
}

fn opened_dashboard(row: ExportedOpenedDashboard) -> Value {
    let ExportedOpenedDashboard { month, link_id, opened_at_ms } = row;
    json!({
        "month": month.to_string(),
        "link_id": link_id,
        "opened_at": clock::rfc_3339_of(opened_at_ms),
    })
}

fn allocation(row: ExportedAllocation) -> Value {
    let ExportedAllocation { instrument_id, month, wh, entered_at_ms, withdrawn_at_ms } = row;
    json!({
        "instrument_id": instrument_id,
        "month": month.to_string(),
        "wh": wh,
        "entered_at": clock::rfc_3339_of(entered_at_ms),
        "withdrawn_at": withdrawn_at_ms.map(clock::rfc_3339_of),
    })
}

fn alert(row: ExportedAlert) -> serde_json::Result<Value> {
    let ExportedAlert {
        alert_id,
        kind,
        month,
        percent,
        body,
        created_at_ms,
        attempts,
        delivered_at_ms,
        last_error,
    } = row;
    Ok(json!({
        "id": alert_id,
        "kind": kind,
        "month": month.to_string(),
        "percent": percent,
        "created_at": clock::rfc_3339_of(created_at_ms),
        "attempts": attempts,
        "delivered_at": delivered_at_ms.map(clock::rfc_3339_of),
        "last_error": last_error,
        "to_be_sent": body.as_deref().map(serde_json::from_str::<Value>).transpose()?,
    }))
}

fn pact_client(row: ExportedPactClient) -> Value {
    let ExportedPactClient { client_id, label, answers_url, created_at_ms, revoked_at_ms } = row;
    json!({
        "client_id": client_id,
        "label": label,
        "answers_to": answers_url,
        "created_at": clock::rfc_3339_of(created_at_ms),
        "revoked_at": revoked_at_ms.map(clock::rfc_3339_of),
    })
}

fn pact_event(row: ExportedPactEvent) -> serde_json::Result<Value> {
    let ExportedPactEvent {
        client_id,
        source,
        event_id,
        kind,
        asked,
        received_at_ms,
        attempts,
        answered_at_ms,
        last_error,
    } = row;
    Ok(json!({
        "client_id": client_id,
        "source": source,
        "id": event_id,
        "kind": kind,
        "to_be_answered": asked.as_deref().map(serde_json::from_str::<Value>).transpose()?,
        "received_at": clock::rfc_3339_of(received_at_ms),
        "attempts": attempts,
        "answered_at": answered_at_ms.map(clock::rfc_3339_of),
        "last_error": last_error,
    }))
}

fn scheduled_report(row: ExportedScheduledReport) -> Value {
    let ExportedScheduledReport { month, first_month, language, report_id, problem } = row;
    json!({
        "run": month.to_string(),
        "month": first_month.to_string(),
        "last_month": month.to_string(),
        "language": language,
        "report_id": report_id,
        "problem": problem,
    })
}

/// An event in the sender's terms; the counts of a reversal are negative.
fn line(event: &PackedEvent) -> Value {
    let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    json!({
        "number": event.event_key,
        "event_id": event.event_id,
        "received_at": clock::rfc_3339_of(event.received_at_ms),
        "timestamp": event.occurred_at_ms.map(clock::rfc_3339_of),
        "model": event.model,
        "provider": said(&event.provider),
        "region": said(&event.region),
        "requests": event.requests,
        "input_tokens": event.input_tokens,
        "cache_read_input_tokens": event.cache_read_input_tokens,
        "cache_creation_input_tokens": event.cache_creation_input_tokens,
        "output_tokens": event.output_tokens,
        "reasoning_output_tokens": event.reasoning_output_tokens,
        "calls": event.calls,
        "media": event.media,
        "tags": event.tags,
        "reverses": event.reverses,
    })
}
