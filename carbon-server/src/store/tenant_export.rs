//! All that the ledger holds of a tenant, piece by piece.

use super::{
    Side, Store, StoreError,
    month::TenantKey,
    sums::month_in,
    tenant::{Tenant, find, key_of},
    tenant_events::tenant_events,
};
use carbon_report::{Month, PackedEvent};
use rusqlite::{Connection, params};

/// A piece of what is held.
#[derive(Debug)]
pub(crate) enum Exported<'a> {
    /// First of all.
    Tenant(&'a Tenant),
    Event(&'a PackedEvent),
    /// Its part of a closed month.
    ClosedMonth {
        month: Month,
        factor_set: String,
        closed_at_ms: i64,
        /// As JSON.
        figures: String,
    },
    DashboardLink {
        link_id: String,
        created_at_ms: i64,
        expires_at_ms: i64,
        revoked_at_ms: Option<i64>,
    },
    Report {
        report_id: String,
        month: Month,
        language: String,
        revision: u32,
        status: String,
        created_at_ms: i64,
        pdf: &'a [u8],
    },
}

const MONTHS: &str = "
    select distinct strftime('%Y-%m', day * 86400, 'unixepoch') from daily_usage
     where account_key = ?1 and is_test = ?2 and tenant_key = ?3
     order by 1";

const CLOSED: &str = "
    select month, factor_set, closed_at_ms, figures
      from closed_tenant join closed_month using (closed_month_key)
     where closed_tenant.account_key = ?1 and tenant_key = ?2
     order by month";

const LINKS: &str = "
    select link_id, created_at_ms, expires_at_ms, revoked_at_ms from dashboard_link
     where account_key = ?1 and tenant_key = ?2
     order by link_key";

const REPORTS: &str = "
    select report_id, month, language, revision, status, created_at_ms, pdf from report
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
        self.writer.fold().await?;
        let read = move |connection: &Connection| {
            let Some(tenant) = find(connection, side, &tenant_id)? else { return Ok(None) };
            let Some(tenant_key) = key_of(connection, side, &tenant_id)? else { return Ok(None) };
            if each(&mut into, Exported::Tenant(&tenant)) {
                export(connection, side, tenant_key, |piece| each(&mut into, piece))?;
            }
            Ok(Some(into))
        };
        self.readers.read(read).await
    }
}

fn export(
    connection: &Connection,
    side: Side,
    tenant_key: TenantKey,
    mut each: impl FnMut(Exported<'_>) -> bool,
) -> rusqlite::Result<()> {
    let values = params![side.account.0, side.is_test, tenant_key.0];
    let mut statement = connection.prepare_cached(MONTHS)?;
    let months = statement.query_map(values, |row| month_in(row, 0))?;
    for month in months {
        let mut more = true;
        tenant_events(connection, side, tenant_key, month?, i64::MAX, |event| {
            more = each(Exported::Event(event));
            more
        })?;
        if !more {
            return Ok(());
        }
    }
    let values = [side.account.0, tenant_key.0];
    let mut statement = connection.prepare_cached(CLOSED)?;
    let mut rows = statement.query(values)?;
    while let Some(row) = rows.next()? {
        let piece = Exported::ClosedMonth {
            month: month_in(row, 0)?,
            factor_set: row.get(1)?,
            closed_at_ms: row.get(2)?,
            figures: row.get(3)?,
        };
        if !each(piece) {
            return Ok(());
        }
    }
    let mut statement = connection.prepare_cached(LINKS)?;
    let mut rows = statement.query(values)?;
    while let Some(row) = rows.next()? {
        let piece = Exported::DashboardLink {
            link_id: row.get(0)?,
            created_at_ms: row.get(1)?,
            expires_at_ms: row.get(2)?,
            revoked_at_ms: row.get(3)?,
        };
        if !each(piece) {
            return Ok(());
        }
    }
    let mut statement = connection.prepare_cached(REPORTS)?;
    let mut rows = statement.query(values)?;
    while let Some(row) = rows.next()? {
        let piece = Exported::Report {
            report_id: row.get(0)?,
            month: month_in(row, 1)?,
            language: row.get(2)?,
            revision: row.get(3)?,
            status: row.get(4)?,
            created_at_ms: row.get(5)?,
            pdf: row.get_ref(6)?.as_blob()?,
        };
        if !each(piece) {
            return Ok(());
        }
    }
    Ok(())
}
