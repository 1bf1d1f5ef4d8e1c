//! Restatements: new figures of a closed month, next to those that were stated before.

use crate::{
    base::digest::Sha,
    store::{
        account::instrument::MarketOfMonth,
        archive::Archives,
        book::{FOLD, sums::month_in},
        error::StoreError,
        key::{AccountKey, TenantKey},
        ledger::Store,
        month::{activity_of_tenants, events::trees_of_tenants},
        sql::{self, Connection, NONE, OptionalExtension, params},
    },
};
use carbon_report::{Activity, MarketInputs, Month, merkle::MerkleTree};
use std::collections::BTreeMap;

/// A closed month, read to be restated.
#[derive(Debug)]
pub(crate) struct StatedMonth {
    /// The set that what is stated now rests on.
    pub(crate) factor_set: String,
    pub(crate) tenants: Vec<StatedTenant>,
    /// The newest restatement.
    pub(crate) newest: Option<StoredRestatement>,
    /// Number of the last event that is in it.
    pub(crate) last_event_key: i64,
}

/// A tenant's part of it.
#[derive(Debug)]
pub(crate) struct StatedTenant {
    pub(crate) tenant_key: TenantKey,
    /// `None` once it is erased.
    pub(crate) tenant_id: Option<String>,
    /// What is stated now, as JSON; `None` of a tenant whose first events came later.
    pub(crate) figures: Option<String>,
    /// All that is known of the month today, adjustments included.
    pub(crate) activity: Vec<Activity>,
    /// What its market-based figure rests on today.
    pub(crate) market: MarketInputs,
    /// Its events; `None` where they were pruned, and are in no archive.
    pub(crate) events: Option<EventsRoot>,
}

/// How many events there are, and the Merkle root over their lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventsRoot {
    pub(crate) count: u64,
    pub(crate) root: Sha,
}

impl EventsRoot {
    fn of(tree: &MerkleTree) -> Self {
        EventsRoot { count: tree.leaves(), root: tree.root() }
    }
}

/// The newest restatement of a month.
pub(in crate::store) struct NewestRestatement {
    pub(in crate::store) factor_set: String,
    /// The last event that it counts.
    pub(in crate::store) last_event_key: i64,
}

/// A restatement, as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredRestatement {
    pub(crate) restatement_id: String,
    pub(crate) month: Month,
    pub(crate) old_factor_set: String,
    pub(crate) factor_set: String,
    pub(crate) reason: String,
    pub(crate) created_at_ms: i64,
    pub(crate) tenants: Vec<RestatedTenant>,
}

/// A tenant's part of it: figures as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RestatedTenant {
    pub(crate) tenant_key: TenantKey,
    /// `None` once it is erased.
    pub(crate) tenant_id: Option<String>,
    pub(crate) old_figures: String,
    pub(crate) figures: String,
    pub(crate) events: Option<EventsRoot>,
}

const FACTOR_SET: &str = "select factor_set from closed_month where account_key = ?1 and month = ?2";

const CLOSED_FIGURES: &str = "
    select tenant_key, figures
      from closed_tenant as part join closed_month using (account_key, closed_month_key)
     where account_key = ?1 and month = ?2";

const RESTATEMENT: &str = "
    select restatement_key, month, old_factor_set, factor_set, reason, created_at_ms
      from restatement where account_key = ?1 and restatement_id = ?2";

const NEWEST: &str = "
    select restatement_id from restatement where account_key = ?1 and month = ?2
     order by restatement_key desc limit 1";

const OF_MONTHS: &str = "
    select month, factor_set, last_event_key from restatement
     where account_key = ?1 and month between ?2 and ?3
     order by restatement_key";

const RESTATED: &str = "
    select part.tenant_key, tenant.tenant_id, part.old_figures, part.figures, part.events, part.merkle_root
      from restated_tenant as part join tenant using (account_key, tenant_key)
     where account_key = ?1 and restatement_key = ?2
     order by tenant.tenant_id, part.tenant_key";

const TENANT_ID: &str = "select tenant_id from tenant where account_key = ?1 and tenant_key = ?2";

const ADD_RESTATEMENT: &str = "
    insert into restatement (restatement_key, restatement_id, account_key, month, old_factor_set, factor_set, reason,
                             created_at_ms, last_event_key)
    select coalesce(max(restatement_key), ?9) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 from restatement
    returning restatement_key";

const ADD_RESTATED: &str = "
    insert into restated_tenant (restatement_key, account_key, tenant_key, old_figures, figures, events, merkle_root)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

impl Store {
    /// A closed month as it is stated now, with all that is known of it today; `None` while it is open.
    pub(crate) async fn stated_month(
        &self,
        account: AccountKey,
        month: Month,
    ) -> Result<Option<StatedMonth>, StoreError> {
        let archives = self.archives.clone();
        let read = move |connection: &Connection| stated_month(connection, &archives, account, month);
        self.books.of(account).read_folded(read).await
    }

    /// A restatement of the account.
    pub(crate) async fn restatement(
        &self,
        account: AccountKey,
        restatement_id: String,
    ) -> Result<Option<StoredRestatement>, StoreError> {
        self.books.of(account).read(move |connection| restatement(connection, account, &restatement_id)).await
    }

    /// Keeps a restatement, unless another one was made since `after`, the newest that it knows of: then `false`.
    /// It tells the events up to `last_event_key`.
    pub(crate) async fn save_restatement(
        &self,
        account: AccountKey,
        new: StoredRestatement,
        after: Option<String>,
        last_event_key: i64,
    ) -> Result<bool, StoreError> {
        let write = move |connection: &Connection| {
            let of_month = params![account.0, new.month.to_string()];
            let newest =
                connection.prepare_cached(NEWEST)?.query_row(of_month, |row| row.get(0)).optional()?;
            if newest != after {
                return Ok(false);
            }
            let values = params![
                new.restatement_id,
                account.0,
                new.month.to_string(),
                new.old_factor_set,
                new.factor_set,
                new.reason,
                new.created_at_ms,
                last_event_key,
                connection.book().base(),
            ];
            let key: i64 = connection.prepare_cached(ADD_RESTATEMENT)?.query_row(values, |row| row.get(0))?;
            for tenant in &new.tenants {
                let RestatedTenant { tenant_key, old_figures, figures, events, .. } = tenant;
                let (count, root) = events.map(|EventsRoot { count, root }| (count, root)).unzip();
                let values = params![key, account.0, tenant_key.0, old_figures, figures, count, root];
                connection.change_one_later(ADD_RESTATED, values)?;
            }
            connection.run_queued()?;
            Ok(true)
        };
        self.books.of(account).write(write).await
    }
}

fn stated_month(
    connection: &Connection,
    archives: &Archives,
    account: AccountKey,
    month: Month,
) -> sql::Result<Option<StatedMonth>> {
    let of_month = params![account.0, month.to_string()];
    let closed = connection.prepare_cached(FACTOR_SET)?.query_row(of_month, |row| row.get(0)).optional()?;
    let Some(closed_under) = closed else { return Ok(None) };
    let newest: Option<String> =
        connection.prepare_cached(NEWEST)?.query_row(of_month, |row| row.get(0)).optional()?;
    let newest = newest.map(|id| restatement(connection, account, &id)).transpose()?.flatten();
    let mut figures: BTreeMap<TenantKey, Option<String>> = match &newest {
        Some(newest) => {
            let stated = |tenant: &RestatedTenant| (tenant.tenant_key, Some(tenant.figures.clone()));
            newest.tenants.iter().map(stated).collect()
        }
        None => connection
            .prepare_cached(CLOSED_FIGURES)?
            .query_map(of_month, |row| Ok((TenantKey(row.get(0)?), row.get(1)?)))?
            .collect::<Result<_, _>>()?,
    };
    let mut activity = activity_of_tenants(connection, account, month, true)?;
    for tenant_key in activity.keys() {
        figures.entry(*tenant_key).or_default();
    }
    let last_event_key = connection.prepare_cached(FOLD)?.query_row(NONE, |row| row.get(0))?;
    let events = archives.events_of(connection, month)?;
    let trees = trees_of_tenants(connection, events, account, month, last_event_key)?;
    let none = MerkleTree::default();
    let mut tenant_id = connection.prepare_cached(TENANT_ID)?;
    let market = MarketOfMonth::load(connection, account, month)?;
    let tenants = figures.into_iter().map(|(tenant_key, figures)| {
        Ok(StatedTenant {
            tenant_key,
            tenant_id: tenant_id.query_row(params![account.0, tenant_key.0], |row| row.get(0))?,
            figures,
            activity: activity.remove(&tenant_key).unwrap_or_default(),
            market: market.of(tenant_key),
            events: trees.as_ref().map(|trees| EventsRoot::of(trees.get(&tenant_key).unwrap_or(&none))),
        })
    });
    let mut tenants: Vec<StatedTenant> = tenants.collect::<sql::Result<_>>()?;
    tenants.sort_by(|a, b| a.tenant_id.cmp(&b.tenant_id));
    let factor_set = newest.as_ref().map_or(closed_under, |newest| newest.factor_set.clone());
    Ok(Some(StatedMonth { factor_set, tenants, newest, last_event_key }))
}

/// The newest restatements of the months that have one.
pub(in crate::store) fn newest_restatements(
    connection: &Connection,
    account: AccountKey,
    from: Month,
    to: Month,
) -> sql::Result<BTreeMap<Month, NewestRestatement>> {
    let mut statement = connection.prepare_cached(OF_MONTHS)?;
    let found = statement.query_map(params![account.0, from.to_string(), to.to_string()], |row| {
        Ok((month_in(row, 0)?, NewestRestatement { factor_set: row.get(1)?, last_event_key: row.get(2)? }))
    })?;
    found.collect()
}

fn restatement(
    connection: &Connection,
    account: AccountKey,
    restatement_id: &str,
) -> sql::Result<Option<StoredRestatement>> {
    let found =
        connection.prepare_cached(RESTATEMENT)?.query_row(params![account.0, restatement_id], |row| {
            let restatement = StoredRestatement {
                restatement_id: restatement_id.to_owned(),
                month: month_in(row, 1)?,
                old_factor_set: row.get(2)?,
                factor_set: row.get(3)?,
                reason: row.get(4)?,
                created_at_ms: row.get(5)?,
                tenants: Vec::new(),
            };
            Ok((row.get::<i64>(0)?, restatement))
        });
    let Some((key, restatement)) = found.optional()? else { return Ok(None) };
    let mut statement = connection.prepare_cached(RESTATED)?;
    let tenants = statement.query_map(params![account.0, key], |row| {
        Ok(RestatedTenant {
            tenant_key: TenantKey(row.get(0)?),
            tenant_id: row.get(1)?,
            old_figures: row.get(2)?,
            figures: row.get(3)?,
            events: Option::zip(row.get(4)?, row.get(5)?).map(|(count, root)| EventsRoot { count, root }),
        })
    })?;
    Ok(Some(StoredRestatement { tenants: tenants.collect::<Result<_, _>>()?, ..restatement }))
}
