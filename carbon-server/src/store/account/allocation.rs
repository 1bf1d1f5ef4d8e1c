//! What of an instrument is allocated to which tenant and month.

use crate::store::{
    error::StoreError,
    key::{AccountKey, TenantKey},
    ledger::Store,
    month::closed::is_closed,
    sql::{self, Connection, OptionalExtension, params},
    tenant::live_tenant,
};
use carbon_report::Month;

/// A part of an instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Allocation {
    /// `None` of an erased tenant: the month is closed, or the allocation would have been withdrawn.
    pub(crate) tenant_id: Option<String>,
    pub(crate) month: String,
    pub(crate) wh: u64,
}

/// What became of an allocation that was to be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AllocationSet {
    Done,
    NoInstrument,
    NoTenant,
    Withdrawn,
    /// The month is closed: what is allocated to it stays, and nothing is added.
    Closed,
    /// Of the instrument, only so many watt hours are left.
    TooMuch {
        left_wh: u64,
    },
    /// There is none to withdraw.
    NoAllocation,
}

const KEY: &str = "
    select instrument_key, wh, withdrawn_at_ms from instrument where account_key = ?1 and instrument_id = ?2";

const ALLOCATED: &str = "
    select cast(coalesce(sum(wh), 0) as bigint) from instrument_allocation
     where account_key = ?1 and instrument_key = ?2 and withdrawn_at_ms is null";

const ALLOCATION: &str = "
    select instrument_allocation_key, wh from instrument_allocation
     where account_key = ?1 and instrument_key = ?2 and tenant_key = ?3 and month = ?4 and withdrawn_at_ms is null";

const ADD_ALLOCATION: &str = "
    insert into instrument_allocation (instrument_allocation_key, account_key, instrument_key, tenant_key, month, wh,
                                       entered_at_ms)
    select coalesce(max(instrument_allocation_key), ?7) + 1, ?1, ?2, ?3, ?4, ?5, ?6 from instrument_allocation";

const WITHDRAW_ALLOCATION: &str = "
    update instrument_allocation set withdrawn_at_ms = ?3 where account_key = ?1 and instrument_allocation_key = ?2";

const ALLOCATIONS: &str = "
    select tenant_id, part.month, part.wh
      from instrument_allocation as part join tenant using (account_key, tenant_key)
     where account_key = ?1 and part.instrument_key = ?2 and part.withdrawn_at_ms is null
     order by part.month, tenant_id, part.tenant_key";

impl Store {
    /// Allocates watt hours of an instrument to a tenant's month, in place of what was allocated to it before; without any, only
    /// that is withdrawn.
    pub(crate) async fn set_allocation(
        &self,
        account: AccountKey,
        instrument_id: String,
        (tenant_id, month): (String, Month),
        wh: Option<u64>,
        now_ms: i64,
    ) -> Result<AllocationSet, StoreError> {
        let write = move |connection: &Connection| {
            let key = connection
                .prepare_cached(KEY)?
                .query_row(params![account.0, instrument_id], |row| {
                    Ok((row.get::<i64>(0)?, row.get::<u64>(1)?, row.get::<Option<i64>>(2)?))
                })
                .optional()?;
            let Some((instrument_key, volume_wh, withdrawn)) = key else {
                return Ok(AllocationSet::NoInstrument);
            };
            let Some(tenant) = live_tenant(connection, account, &tenant_id)? else {
                return Ok(AllocationSet::NoTenant);
            };
            let place = Place { connection, account, instrument_key, tenant, month };
            match wh {
                Some(_) if withdrawn.is_some() => Ok(AllocationSet::Withdrawn),
                Some(wh) => place.allocate(wh, volume_wh, now_ms),
                None => place.withdraw(now_ms),
            }
        };
        self.books.of(account).write(write).await
    }
}

/// The allocations of an instrument that count, by month.
pub(in crate::store) fn allocations_of(
    connection: &Connection,
    account: AccountKey,
    instrument_key: i64,
) -> sql::Result<Vec<Allocation>> {
    let mut statement = connection.prepare_cached(ALLOCATIONS)?;
    let parts = statement.query_map([account.0, instrument_key], |row| {
        Ok(Allocation { tenant_id: row.get(0)?, month: row.get(1)?, wh: row.get(2)? })
    })?;
    parts.collect()
}

/// A tenant's month at an instrument.
struct Place<'c> {
    connection: &'c Connection,
    account: AccountKey,
    instrument_key: i64,
    tenant: TenantKey,
    month: Month,
}

impl Place<'_> {
    fn allocate(&self, wh: u64, volume_wh: u64, now_ms: i64) -> sql::Result<AllocationSet> {
        let earlier = self.earlier()?;
        let earlier_wh = earlier.map_or(0, |(_, wh)| wh);
        if earlier_wh == wh {
            return Ok(AllocationSet::Done);
        }
        if self.is_closed()? {
            return Ok(AllocationSet::Closed);
        }
        let of_instrument = [self.account.0, self.instrument_key];
        let allocated: u64 =
            self.connection.prepare_cached(ALLOCATED)?.query_row(of_instrument, |row| row.get(0))?;
        let left_wh = volume_wh.saturating_sub(allocated.saturating_sub(earlier_wh));
        if wh > left_wh {
            return Ok(AllocationSet::TooMuch { left_wh });
        }
        if let Some((key, _)) = earlier {
            self.connection.change_one(WITHDRAW_ALLOCATION, params![self.account.0, key, now_ms])?;
        }
        let values = params![
            self.account.0,
            self.instrument_key,
            self.tenant.0,
            self.month.to_string(),
            wh,
            now_ms,
            self.connection.book().base(),
        ];
        self.connection.change_one(ADD_ALLOCATION, values)?;
        Ok(AllocationSet::Done)
    }

    fn withdraw(&self, now_ms: i64) -> sql::Result<AllocationSet> {
        let Some((key, _)) = self.earlier()? else { return Ok(AllocationSet::NoAllocation) };
        if self.is_closed()? {
            return Ok(AllocationSet::Closed);
        }
        self.connection.change_one(WITHDRAW_ALLOCATION, params![self.account.0, key, now_ms])?;
        Ok(AllocationSet::Done)
    }

    /// What is allocated now.
    fn earlier(&self) -> sql::Result<Option<(i64, u64)>> {
        let values = params![self.account.0, self.instrument_key, self.tenant.0, self.month.to_string()];
        let found = self.connection.prepare_cached(ALLOCATION)?;
        let mut found = found;
        found.query_row(values, |row| Ok((row.get(0)?, row.get(1)?))).optional()
    }

    fn is_closed(&self) -> sql::Result<bool> {
        is_closed(self.connection, self.account, self.month)
    }
}
