//! Tenants: their settings, and erasing them.

use crate::store::{
    book::{
        journal::MS_PER_DAY,
        names::{TENANT_KEY, add_tenant},
        row_digest::note_tenant,
        sums::date,
        tell_other_servers,
    },
    error::StoreError,
    key::{AccountKey, Side, TenantKey},
    ledger::Store,
    regions::DefaultRegions,
    sql::{self, Connection, OptionalExtension, Row, params},
};

pub(in crate::store) mod contact;
pub(in crate::store) mod dashboard_link;
pub(in crate::store) mod export;
pub(in crate::store) mod pact_client;
pub(in crate::store) mod pact_event;
pub(in crate::store) mod target;

use carbon_report::{Month, target::Target};
use std::sync::{Arc, PoisonError, RwLock};

/// What an account says of a tenant. Only the id is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TenantProfile {
    pub(crate) name: Option<String>,
    pub(crate) legal_name: Option<String>,
    /// Its code, such as `en`.
    pub(crate) language: Option<String>,
    /// Of events that say none.
    pub(crate) region: Option<String>,
    pub(crate) carbon_budget_grams: Option<u64>,
    /// Legal entity identifier.
    pub(crate) lei: Option<String>,
    /// `esrs-2023` or `esrs-2026`: its choice, for the financial year in which there is one.
    pub(crate) standard: Option<String>,
}

/// A tenant, as its account sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tenant {
    pub(crate) tenant_id: String,
    pub(crate) profile: TenantProfile,
    /// In the order of their names.
    pub(crate) targets: Vec<Target>,
    pub(crate) created_at_ms: i64,
}

macro_rules! select_tenant {
    ($rest:literal) => {
        concat!(
            "select tenant_id, name, legal_name, language, region, carbon_budget_grams, created_at_ms, lei, standard, targets
               from tenant
              where account_key = ?1 and is_test = ?2 and ",
            $rest
        )
    };
}

const TENANT: &str = select_tenant!("tenant_id = ?3");
const TENANTS: &str = select_tenant!("tenant_id > ?3 order by tenant_id limit ?4");

const SET_TENANT: &str = "
    update tenant set name = ?3, legal_name = ?4, language = ?5, region = ?6, carbon_budget_grams = ?7, lei = ?8, standard = ?9
     where account_key = ?1 and tenant_key = ?2";

// Another budget has other thresholds: those of the month so far are passed anew. An alert goes with its message.
const FORGET_ALERTS: &str = "
    delete from outbox_message
     where account_key = ?1
       and outbox_message_key in (select outbox_message_key from alert
                                   where account_key = ?1 and tenant_key = ?2 and kind = 'carbon_budget' and month = ?4)
       and exists (select 1 from tenant
                    where account_key = ?1 and tenant_key = ?2 and carbon_budget_grams is distinct from ?3)";

/// All that tells who a tenant is; its number stays.
const ERASE: [&str; 12] = [
    // While it still has its id: what names no tenant goes to another one from now on.
    "update source_setting set default_tenant_id = 'default'
      where account_key = ?1 and cast(?3 as bigint) is not null
        and default_tenant_id = (select tenant_id from tenant where account_key = ?1 and tenant_key = ?2 and is_test = false)",
    "update tenant
        set tenant_id = null, salt = null, name = null, legal_name = null, language = null, region = null,
            carbon_budget_grams = null, targets = null, lei = null, standard = null, erased_at_ms = ?3
      where account_key = ?1 and tenant_key = ?2",
    "update tag set name = null, value = null where account_key = ?1 and tenant_key = ?2 and cast(?3 as bigint) is not null",
    "update report set pdf = null where account_key = ?1 and tenant_key = ?2 and cast(?3 as bigint) is not null",
    "update dashboard_link set revoked_at_ms = coalesce(revoked_at_ms, ?3) where account_key = ?1 and tenant_key = ?2",
    // Their numbers stay taken: a token names one, and so does an answer that is on its way.
    "update pact_event set source = '', event_id = 'erased ' || pact_event_key
      where account_key = ?1 and cast(?3 as bigint) is not null
        and pact_client_key in (select pact_client_key from pact_client where account_key = ?1 and tenant_key = ?2)",
    "update pact_client
        set label = '', answers_url = null, answers_token_url = null, answers_client_id = null, answers_client_secret = null,
            revoked_at_ms = coalesce(revoked_at_ms, ?3)
      where account_key = ?1 and tenant_key = ?2",
    // Alerts about it, and answers to its clients.
    "update outbox_message set payload = null, next_attempt_at_ms = null, last_error = null
      where account_key = ?1 and tenant_key = ?2 and cast(?3 as bigint) is not null",
    "update contact set address = null, language = null, delivery = 'link', unsubscribed_at_ms = null
      where account_key = ?1 and tenant_key = ?2 and cast(?3 as bigint) is not null",
    // What is made of every other client goes on without it.
    "delete from scheduled_tenant where account_key = ?1 and tenant_key = ?2 and cast(?3 as bigint) is not null",
    "delete from schedule_run_report
      where account_key = ?1 and tenant_key = ?2 and report_id is null and cast(?3 as bigint) is not null",
    // What an open month has of instruments may serve others again; the figures of closed months name what they have.
    "update instrument_allocation set withdrawn_at_ms = ?3
      where account_key = ?1 and tenant_key = ?2 and withdrawn_at_ms is null
        and not exists (select 1 from closed_month as closed
                         where closed.account_key = instrument_allocation.account_key
                           and closed.month = instrument_allocation.month)",
];

impl Store {
    /// Tenants behind the id `after`, in the order of their ids.
    pub(crate) async fn tenants(
        &self,
        side: Side,
        after: String,
        limit: usize,
    ) -> Result<Vec<Tenant>, StoreError> {
        let read = move |connection: &Connection| {
            let values = params![side.account.0, side.is_test, after, limit];
            let mut statement = connection.prepare_cached(TENANTS)?;
            statement.query_map(values, tenant)?.collect()
        };
        self.books.of(side.account).read(read).await
    }

    /// A tenant of the account's book.
    pub(crate) async fn tenant(&self, side: Side, tenant_id: String) -> Result<Option<Tenant>, StoreError> {
        self.books.of(side.account).read(move |connection| find(connection, side, &tenant_id)).await
    }

    /// Replaces the settings of a tenant, which need not have sent anything yet.
    pub(crate) async fn set_tenant(
        &self,
        side: Side,
        tenant_id: String,
        profile: TenantProfile,
        now_ms: i64,
    ) -> Result<Option<Tenant>, StoreError> {
        let (id, region) = (tenant_id.clone(), profile.region.clone());
        let write = move |connection: &Connection| {
            let tenant_key = match key_of(connection, side, &tenant_id)? {
                Some(key) => key,
                None => TenantKey(add_tenant(connection, side, &tenant_id, now_ms)?),
            };
            let TenantProfile { name, legal_name, language, region, carbon_budget_grams, lei, standard } =
                &profile;
            let values = params![
                side.account.0,
                tenant_key.0,
                name,
                legal_name,
                language,
                region,
                carbon_budget_grams,
                lei,
                standard
            ];
            let month = Month::of(date(now_ms.div_euclid(MS_PER_DAY))).to_string();
            let budget = params![side.account.0, tenant_key.0, carbon_budget_grams, month];
            connection.prepare_cached(FORGET_ALERTS)?.execute(budget)?;
            connection.change_one(SET_TENANT, values)?;
            note_tenant(connection, side.account, tenant_key)?;
            tell_other_servers(connection)?;
            find(connection, side, &tenant_id)
        };
        let found = self.books.of(side.account).write(write).await?;
        self.note_default_region(side, id, region);
        Ok(found)
    }

    /// Forgets who a tenant is: its id, its names, its tags, its reports. Events, sums, seals and closed months stay, and
    /// fit as before. `false` where the account has no such tenant.
    pub(crate) async fn erase_tenant(
        &self,
        side: Side,
        tenant_id: String,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let id = tenant_id.clone();
        let write = move |connection: &Connection| {
            let Some(tenant_key) = key_of(connection, side, &tenant_id)? else { return Ok(false) };
            connection.overwriting_what_is_freed(|| {
                ERASE.iter().try_for_each(|sql| {
                    connection.prepare_cached(sql)?.execute([side.account.0, tenant_key.0, now_ms])?;
                    Ok(())
                })
            })?;
            note_tenant(connection, side.account, tenant_key)?;
            Ok(true)
        };
        let erased = self.books.of(side.account).write_names(write).await?;
        if erased {
            self.note_default_region(side, id, None);
            if let Some(file) = &self.file {
                file.empty_wal().await;
            }
        }
        Ok(erased)
    }

    /// Where a tenant's events are taken to be served that say nothing of it.
    pub(crate) fn default_regions(&self) -> Arc<RwLock<DefaultRegions>> {
        self.default_regions.clone()
    }

    fn note_default_region(&self, side: Side, tenant_id: String, region: Option<String>) {
        let mut regions = self.default_regions.write().unwrap_or_else(PoisonError::into_inner);
        let of_side = regions.entry(side).or_default();
        match region {
            Some(region) => of_side.insert(tenant_id, region),
            None => of_side.remove(&tenant_id),
        };
    }
}

/// The number of a tenant.
pub(in crate::store) fn key_of(
    connection: &Connection,
    side: Side,
    tenant_id: &str,
) -> sql::Result<Option<TenantKey>> {
    let values = params![side.account.0, side.is_test, tenant_id];
    let found = connection.prepare_cached(TENANT_KEY)?.query_row(values, |row| row.get(0)).optional()?;
    Ok(found.map(TenantKey))
}

/// A tenant of the live side.
pub(in crate::store) fn live_tenant(
    connection: &Connection,
    account: AccountKey,
    tenant_id: &str,
) -> sql::Result<Option<TenantKey>> {
    key_of(connection, Side { account, is_test: false }, tenant_id)
}

pub(in crate::store) fn find(
    connection: &Connection,
    side: Side,
    tenant_id: &str,
) -> sql::Result<Option<Tenant>> {
    let values = params![side.account.0, side.is_test, tenant_id];
    connection.prepare_cached(TENANT)?.query_row(values, tenant).optional()
}

fn tenant(row: &Row<'_>) -> sql::Result<Tenant> {
    Ok(Tenant {
        tenant_id: row.get(0)?,
        profile: TenantProfile {
            name: row.get(1)?,
            legal_name: row.get(2)?,
            language: row.get(3)?,
            region: row.get(4)?,
            carbon_budget_grams: row.get(5)?,
            lei: row.get(7)?,
            standard: row.get(8)?,
        },
        targets: target::targets_in(row, 9)?,
        created_at_ms: row.get(6)?,
    })
}
