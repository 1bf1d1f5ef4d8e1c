//! Links that open one tenant's dashboard, and the months in which they were used.

use crate::store::{
    error::StoreError,
    key::{AccountKey, TenantKey},
    ledger::Store,
    sql::{self, Connection, OptionalExtension, Row, params},
    tenant::live_tenant,
};
use carbon_report::Month;

/// A link as its account sees it in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DashboardLink {
    pub(crate) link_key: i64,
    pub(crate) link_id: String,
    pub(crate) created_at_ms: i64,
    pub(crate) expires_at_ms: i64,
    pub(crate) revoked_at_ms: Option<i64>,
}

/// Whose dashboard a link opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) account: AccountKey,
    pub(crate) tenant_id: String,
    /// The tenant's legal name, else its name, else its id.
    pub(crate) client: String,
    pub(crate) supplier: String,
    pub(crate) language: Option<String>,
}

const ADD_LINK: &str = "
    insert into dashboard_link (link_key, link_id, account_key, tenant_key, created_at_ms, expires_at_ms)
    select coalesce(max(link_key), ?6) + 1, ?1, ?2, ?3, ?4, ?5 from dashboard_link
    returning link_key";

const LINKS: &str = "
    select link_key, link_id, created_at_ms, expires_at_ms, revoked_at_ms from dashboard_link
     where account_key = ?1 and tenant_key = ?2
     order by link_key";

const REVOKE: &str = "
    update dashboard_link set revoked_at_ms = coalesce(revoked_at_ms, ?4)
     where account_key = ?1 and tenant_key = ?2 and link_id = ?3";

const OPEN: &str = "
    select account_key, tenant_key, tenant_id, coalesce(legal_name, name, tenant_id), organisation, language,
           exists (select 1 from dashboard_month as month
                    where month.account_key = link.account_key and month.tenant_key = link.tenant_key and month.month = ?3)
      from dashboard_link as link
      join tenant using (account_key, tenant_key)
      join account using (account_key)
     where link_key = ?1 and revoked_at_ms is null and expires_at_ms > ?2 and erased_at_ms is null";

const ADD_MONTH: &str = "
    insert into dashboard_month (dashboard_month_key, account_key, month, tenant_key, link_key, opened_at_ms)
    select coalesce(max(dashboard_month_key), ?6) + 1, ?1, ?2, ?3, ?4, ?5 from dashboard_month where true
    on conflict do nothing";

const IS_OPENED: &str = "
    select 1 from dashboard_month where account_key = ?1 and month = ?2 and tenant_key = ?3";

impl Store {
    /// Makes a link to a live tenant's dashboard; its number, or `None` where the account has no such tenant.
    pub(crate) async fn add_dashboard_link(
        &self,
        account: AccountKey,
        tenant_id: String,
        link_id: String,
        now_ms: i64,
        expires_at_ms: i64,
    ) -> Result<Option<i64>, StoreError> {
        let write = move |connection: &Connection| {
            let Some(tenant_key) = live_tenant(connection, account, &tenant_id)? else { return Ok(None) };
            let values =
                params![link_id, account.0, tenant_key.0, now_ms, expires_at_ms, connection.book().base()];
            connection.prepare_cached(ADD_LINK)?.query_row(values, |row| row.get(0)).map(Some)
        };
        self.books.of(account).write(write).await
    }

    /// Every link that a tenant ever had, the oldest first; `None` where the account has no such tenant.
    pub(crate) async fn dashboard_links(
        &self,
        account: AccountKey,
        tenant_id: String,
    ) -> Result<Option<Vec<DashboardLink>>, StoreError> {
        let read = move |connection: &Connection| {
            let Some(tenant_key) = live_tenant(connection, account, &tenant_id)? else { return Ok(None) };
            let mut statement = connection.prepare_cached(LINKS)?;
            statement.query_map([account.0, tenant_key.0], link)?.collect::<Result<_, _>>().map(Some)
        };
        self.books.of(account).read(read).await
    }

    /// Ends a link, once; `false` where the tenant has no such link.
    pub(crate) async fn revoke_dashboard_link(
        &self,
        account: AccountKey,
        tenant_id: String,
        link_id: String,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let write = move |connection: &Connection| {
            let Some(tenant_key) = live_tenant(connection, account, &tenant_id)? else { return Ok(false) };
            let values = params![account.0, tenant_key.0, link_id, now_ms];
            Ok(connection.prepare_cached(REVOKE)?.execute(values)? > 0)
        };
        self.books.of(account).write(write).await
    }

    /// Whose dashboard a link opens; `None` where it is over. Where somebody looks at it, it is noted that it was opened in
    /// that month.
    pub(crate) async fn open_dashboard(
        &self,
        link_key: i64,
        now_ms: i64,
        month: Month,
        is_seen: bool,
    ) -> Result<Option<Opened>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(OPEN)?;
            let found = statement.query_row(params![link_key, now_ms, month.to_string()], |row| {
                let opened = Opened {
                    account: AccountKey(row.get(0)?),
                    tenant_id: row.get(2)?,
                    client: row.get(3)?,
                    supplier: row.get(4)?,
                    language: row.get(5)?,
                };
                Ok((opened, TenantKey(row.get(1)?), row.get::<bool>(6)?))
            });
            found.optional()
        };
        let Some((opened, tenant_key, noted)) = self.books.of_key(link_key).read(read).await? else {
            return Ok(None);
        };
        if is_seen && !noted {
            let account = opened.account;
            let write = move |connection: &Connection| {
                let base = connection.book().base();
                let values = params![account.0, month.to_string(), tenant_key.0, link_key, now_ms, base];
                let added = connection.prepare_cached(ADD_MONTH)?.execute(values)?;
                // Another request, or another server, may have noted it meanwhile.
                let of_month = params![account.0, month.to_string(), tenant_key.0];
                let is_there = added == 1 || connection.prepare_cached(IS_OPENED)?.exists(of_month)?;
                if is_there { Ok(()) } else { Err(sql::Error::NotOneRow(0)) }
            };
            self.books.of(account).write(write).await?;
        }
        Ok(Some(opened))
    }

    /// What links are signed with.
    pub(crate) fn link_secret(&self) -> &[u8; 32] {
        &self.link_secret
    }
}

fn link(row: &Row<'_>) -> sql::Result<DashboardLink> {
    Ok(DashboardLink {
        link_key: row.get(0)?,
        link_id: row.get(1)?,
        created_at_ms: row.get(2)?,
        expires_at_ms: row.get(3)?,
        revoked_at_ms: row.get(4)?,
    })
}
