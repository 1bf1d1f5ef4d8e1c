//! All that the ledger holds of a tenant, piece by piece.

use crate::store::{
    account::{
        mail::{self, ExportedMail},
        schedule_report::{self, ExportedScheduledReport},
    },
    archive::{Archives, EventsOf},
    book::sums::{date, month_in},
    error::StoreError,
    key::{Side, TenantKey},
    ledger::Store,
    month::events::tenant_events,
    sql::{self, Connection, Row, params},
    tenant::{
        Tenant,
        contact::{self, ExportedContact},
        find, key_of,
    },
};
use carbon_report::{Month, pack::PackedEvent};

/// A piece of what is held.
#[derive(Debug)]
pub(crate) enum Exported<'a> {
    /// First of all.
    Tenant(&'a Tenant),
    Event(&'a PackedEvent),
    ClosedMonth(ExportedClosedMonth),
    Restatement(ExportedRestatement),
    DashboardLink(ExportedDashboardLink),
    OpenedDashboard(ExportedOpenedDashboard),
    Allocation(ExportedAllocation),
    Alert(ExportedAlert),
    PactClient(ExportedPactClient),
    PactEvent(ExportedPactEvent),
    ScheduledReport(ExportedScheduledReport),
    Contact(ExportedContact),
    Mail(ExportedMail),
    Report(ExportedReport<'a>),
}

/// Its part of a closed month.
#[derive(Debug)]
pub(crate) struct ExportedClosedMonth {
    pub(crate) month: Month,
    pub(crate) factor_set: String,
    pub(crate) closed_at_ms: i64,
    /// As JSON.
    pub(crate) figures: String,
}

/// A restatement that speaks of it, with its part of that.
#[derive(Debug)]
pub(crate) struct ExportedRestatement {
    pub(crate) restatement_id: String,
    pub(crate) month: Month,
    pub(crate) old_factor_set: String,
    pub(crate) new_factor_set: String,
    pub(crate) reason: String,
    pub(crate) created_at_ms: i64,
    /// As JSON: what was stated before, and what is stated now.
    pub(crate) old: String,
    pub(crate) new: String,
}

#[derive(Debug)]
pub(crate) struct ExportedDashboardLink {
    pub(crate) link_id: String,
    pub(crate) created_at_ms: i64,
    pub(crate) expires_at_ms: i64,
    pub(crate) revoked_at_ms: Option<i64>,
}

/// A month in which its dashboard was opened, first by that link.
#[derive(Debug)]
pub(crate) struct ExportedOpenedDashboard {
    pub(crate) month: Month,
    pub(crate) link_id: String,
    pub(crate) opened_at_ms: i64,
}

/// What of an instrument is allocated to a month of it, withdrawn or not.
#[derive(Debug)]
pub(crate) struct ExportedAllocation {
    pub(crate) instrument_id: String,
    pub(crate) month: Month,
    pub(crate) wh: u64,
    pub(crate) entered_at_ms: i64,
    pub(crate) withdrawn_at_ms: Option<i64>,
}

/// A threshold of it that its account was notified of, or will be.
#[derive(Debug)]
pub(crate) struct ExportedAlert {
    pub(crate) alert_id: String,
    pub(crate) kind: String,
    pub(crate) month: Month,
    pub(crate) percent: i64,
    /// What is still to be sent, as JSON.
    pub(crate) body: Option<String>,
    pub(crate) created_at_ms: i64,
    pub(crate) attempts: i64,
    pub(crate) delivered_at_ms: Option<i64>,
    pub(crate) last_error: Option<String>,
}

#[derive(Debug)]
pub(crate) struct ExportedPactClient {
    pub(crate) client_id: String,
    pub(crate) label: String,
    pub(crate) answers_url: Option<String>,
    pub(crate) created_at_ms: i64,
    pub(crate) revoked_at_ms: Option<i64>,
}

#[derive(Debug)]
pub(crate) struct ExportedPactEvent {
    pub(crate) client_id: String,
    pub(crate) source: String,
    pub(crate) event_id: String,
    pub(crate) kind: String,
    pub(crate) asked: Option<String>,
    pub(crate) received_at_ms: i64,
    pub(crate) attempts: i64,
    pub(crate) answered_at_ms: Option<i64>,
    pub(crate) last_error: Option<String>,
}

#[derive(Debug)]
pub(crate) struct ExportedReport<'a> {
    pub(crate) report_id: String,
    pub(crate) month: Month,
    /// The same, or that of the end of a period.
    pub(crate) last_month: Month,
    pub(crate) language: String,
    pub(crate) revision: u32,
    pub(crate) status: String,
    pub(crate) created_at_ms: i64,
    pub(crate) pdf: &'a [u8],
}

const DAYS: &str = "
    select distinct day from daily_usage where account_key = ?1 and is_test = ?2 and tenant_key = ?3 order by day";

const CLOSED: &str = "
    select month, factor_set, closed_at_ms, figures
      from closed_tenant join closed_month using (account_key, closed_month_key)
     where account_key = ?1 and tenant_key = ?2
     order by month";

const LINKS: &str = "
    select link_id, created_at_ms, expires_at_ms, revoked_at_ms from dashboard_link
     where account_key = ?1 and tenant_key = ?2
     order by link_key";

const RESTATEMENTS: &str = "
    select restatement_id, month, old_factor_set, factor_set, reason, created_at_ms, old_figures, figures
      from restated_tenant join restatement using (account_key, restatement_key)
     where account_key = ?1 and tenant_key = ?2
     order by restatement_key";

const OPENED: &str = "
    select month, link_id, opened_at_ms
      from dashboard_month join dashboard_link using (account_key, link_key)
     where account_key = ?1 and dashboard_month.tenant_key = ?2
     order by month";

const ALLOCATIONS: &str = "
    select instrument_id, month, part.wh, part.entered_at_ms, part.withdrawn_at_ms
      from instrument_allocation as part join instrument using (account_key, instrument_key)
     where account_key = ?1 and part.tenant_key = ?2
     order by instrument_allocation_key";

const ALERTS: &str = "
    select message_id, alert.kind, month, percent, payload, created_at_ms, attempts, delivered_at_ms, last_error
      from alert join outbox_message using (account_key, outbox_message_key)
     where account_key = ?1 and alert.tenant_key = ?2
     order by alert_key";

const PACT_CLIENTS: &str = "
    select client_id, label, answers_url, created_at_ms, revoked_at_ms from pact_client
     where account_key = ?1 and tenant_key = ?2
     order by pact_client_key";

const PACT_EVENTS: &str = "
    select client_id, source, event_id, pact_event.kind, payload, received_at_ms, coalesce(attempts, 0), delivered_at_ms,
           last_error
      from pact_event join pact_client using (account_key, pact_client_key)
      left join outbox_message using (account_key, outbox_message_key)
     where account_key = ?1 and pact_client.tenant_key = ?2
     order by pact_event_key";

const REPORTS: &str = "
    select report_id, month, last_month, language, revision, status, created_at_ms, pdf from report
     where account_key = ?1 and tenant_key = ?2 and pdf is not null
     order by report_key";

impl Store {
    /// Hands all that is held of a tenant to `each`, on a thread that may block, out of one snapshot; `None` where the account
    /// has no such tenant. Stops where `each` says `false`.
    pub(crate) async fn export_tenant<T: Send + 'static>(
        &self,
        side: Side,
        tenant_id: String,
        mut into: T,
        mut each: impl FnMut(&mut T, Exported<'_>) -> bool + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        let archives = self.archives.clone();
        let read = move |connection: &Connection| {
            let Some(tenant) = find(connection, side, &tenant_id)? else { return Ok(None) };
            let Some(tenant_key) = key_of(connection, side, &tenant_id)? else { return Ok(None) };
            let months = months(connection, &archives, side, tenant_key)?;
            if each(&mut into, Exported::Tenant(&tenant)) {
                export(connection, side, tenant_key, months, |piece| each(&mut into, piece))?;
            }
            Ok(Some(into))
        };
        self.books.of(side.account).read_folded(read).await
    }
}

/// The months that it has something in, with their events: an archive that cannot be used is named before anything is sent.
fn months(
    connection: &Connection,
    archives: &Archives,
    side: Side,
    tenant_key: TenantKey,
) -> sql::Result<Vec<(Month, EventsOf)>> {
    let values = params![side.account.0, side.is_test, tenant_key.0];
    let mut statement = connection.prepare_cached(DAYS)?;
    let months = statement.query_map(values, |row| Ok(Month::of(date(row.get(0)?))))?;
    let mut months: Vec<Month> = months.collect::<sql::Result<_>>()?;
    months.dedup();
    months.into_iter().map(|month| Ok((month, archives.events_of(connection, month)?))).collect()
}

fn export(
    connection: &Connection,
    side: Side,
    tenant_key: TenantKey,
    months: Vec<(Month, EventsOf)>,
    mut each: impl FnMut(Exported<'_>) -> bool,
) -> sql::Result<()> {
    for (month, events) in months {
        let mut more = true;
        // Of a month that was pruned without an archive, the ledger holds no events.
        if matches!(events, EventsOf::Nowhere) {
            continue;
        }
        tenant_events(connection, events, side, tenant_key, month, i64::MAX, |event| {
            more = each(Exported::Event(event));
            more
        })?;
        if !more {
            return Ok(());
        }
    }
    let of_tenant = OfTenant { connection, values: [side.account.0, tenant_key.0] };
    for (sql, read) in LISTS {
        if !of_tenant.rows(sql, |row| Ok(each(read(row)?)))? {
            break;
        }
    }
    Ok(())
}

/// A list of the export: its query, and how a row of it is read.
type List = (&'static str, for<'r> fn(&'r Row<'_>) -> sql::Result<Exported<'r>>);

const LISTS: [List; 12] = [
    (CLOSED, closed_month),
    (RESTATEMENTS, restatement),
    (LINKS, dashboard_link),
    (OPENED, opened_dashboard),
    (ALLOCATIONS, allocation),
    (ALERTS, alert),
    (PACT_CLIENTS, pact_client),
    (PACT_EVENTS, pact_event),
    (schedule_report::OF_TENANT, |row| schedule_report::exported(row).map(Exported::ScheduledReport)),
    (contact::OF_TENANT, |row| contact::exported(row).map(Exported::Contact)),
    (mail::OF_TENANT, |row| mail::exported(row).map(Exported::Mail)),
    (REPORTS, report),
];

fn allocation<'r>(row: &'r Row<'_>) -> sql::Result<Exported<'r>> {
    Ok(Exported::Allocation(ExportedAllocation {
        instrument_id: row.get(0)?,
        month: month_in(row, 1)?,
        wh: row.get(2)?,
        entered_at_ms: row.get(3)?,
        withdrawn_at_ms: row.get(4)?,
    }))
}

fn closed_month<'r>(row: &'r Row<'_>) -> sql::Result<Exported<'r>> {
    Ok(Exported::ClosedMonth(ExportedClosedMonth {
        month: month_in(row, 0)?,
        factor_set: row.get(1)?,
        closed_at_ms: row.get(2)?,
        figures: row.get(3)?,
    }))
}

fn restatement<'r>(row: &'r Row<'_>) -> sql::Result<Exported<'r>> {
    Ok(Exported::Restatement(ExportedRestatement {
        restatement_id: row.get(0)?,
        month: month_in(row, 1)?,
        old_factor_set: row.get(2)?,
        new_factor_set: row.get(3)?,
        reason: row.get(4)?,
        created_at_ms: row.get(5)?,
        old: row.get(6)?,
        new: row.get(7)?,
    }))
}

fn dashboard_link<'r>(row: &'r Row<'_>) -> sql::Result<Exported<'r>> {
    Ok(Exported::DashboardLink(ExportedDashboardLink {
        link_id: row.get(0)?,
        created_at_ms: row.get(1)?,
        expires_at_ms: row.get(2)?,
        revoked_at_ms: row.get(3)?,
    }))
}

fn opened_dashboard<'r>(row: &'r Row<'_>) -> sql::Result<Exported<'r>> {
    Ok(Exported::OpenedDashboard(ExportedOpenedDashboard {
        month: month_in(row, 0)?,
        link_id: row.get(1)?,
        opened_at_ms: row.get(2)?,
    }))
}

fn alert<'r>(row: &'r Row<'_>) -> sql::Result<Exported<'r>> {
    Ok(Exported::Alert(ExportedAlert {
        alert_id: row.get(0)?,
        kind: row.get(1)?,
        month: month_in(row, 2)?,
        percent: row.get(3)?,
        body: row.get(4)?,
        created_at_ms: row.get(5)?,
        attempts: row.get(6)?,
        delivered_at_ms: row.get(7)?,
        last_error: row.get(8)?,
    }))
}

fn pact_client<'r>(row: &'r Row<'_>) -> sql::Result<Exported<'r>> {
    Ok(Exported::PactClient(ExportedPactClient {
        client_id: row.get(0)?,
        label: row.get(1)?,
        answers_url: row.get(2)?,
        created_at_ms: row.get(3)?,
        revoked_at_ms: row.get(4)?,
    }))
}

fn pact_event<'r>(row: &'r Row<'_>) -> sql::Result<Exported<'r>> {
    Ok(Exported::PactEvent(ExportedPactEvent {
        client_id: row.get(0)?,
        source: row.get(1)?,
        event_id: row.get(2)?,
        kind: row.get(3)?,
        asked: row.get(4)?,
        received_at_ms: row.get(5)?,
        attempts: row.get(6)?,
        answered_at_ms: row.get(7)?,
        last_error: row.get(8)?,
    }))
}

fn report<'r>(row: &'r Row<'_>) -> sql::Result<Exported<'r>> {
    Ok(Exported::Report(ExportedReport {
        report_id: row.get(0)?,
        month: month_in(row, 1)?,
        last_month: month_in(row, 2)?,
        language: row.get(3)?,
        revision: row.get(4)?,
        status: row.get(5)?,
        created_at_ms: row.get(6)?,
        pdf: row.get_ref(7)?.as_blob()?,
    }))
}

/// The rows of a tenant.
struct OfTenant<'a> {
    connection: &'a Connection,
    /// Its account and itself.
    values: [i64; 2],
}

impl OfTenant<'_> {
    /// Hands each row to `each`; `false` as soon as that says it.
    fn rows(&self, sql: &str, mut each: impl FnMut(&Row<'_>) -> sql::Result<bool>) -> sql::Result<bool> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(self.values)?;
        while let Some(row) = rows.next()? {
            if !each(&row)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
