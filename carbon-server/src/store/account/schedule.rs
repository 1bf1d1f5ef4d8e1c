//! Which reports of an account are made each month without being asked for.

use crate::store::{
    book::sums::month_in,
    error::StoreError,
    key::{AccountKey, TenantKey},
    ledger::Store,
    sql::{self, Connection, NONE, OptionalExtension, Row, params},
    tenant::live_tenant,
};
use carbon_report::{Language, Month};
use jiff::{ToSpan, civil::Date};
use rust_decimal::Decimal;

/// What an account wants made each month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReportSchedule {
    /// On it, in UTC, the reports of the month before are made: 1 to 28.
    pub(crate) day_of_month: u32,
    /// `None`: each client's own.
    pub(crate) languages: Option<Vec<Language>>,
    /// Ids; `None`: every tenant with activity in the month.
    pub(crate) tenants: Option<Vec<String>>,
    /// Whether the month is closed first.
    pub(crate) closes_month: bool,
    /// A run waits while a client has less than this coverage; `None`: it never does.
    pub(crate) coverage_min: Option<Decimal>,
    /// The last month of financial years, from 1 to 12; `None`: no statement of a year is made.
    pub(crate) year_ends_in: Option<u32>,
}

/// The day on which the reports of a month are made.
pub(crate) fn due_on(month: Month, day_of_month: u32) -> Date {
    month.next().first_day() + (i64::from(day_of_month) - 1).days()
}

/// A schedule as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredSchedule {
    pub(crate) schedule: ReportSchedule,
    /// The month whose reports are made next.
    pub(crate) next_month: Month,
    pub(crate) created_at_ms: i64,
    pub(crate) changed_at_ms: i64,
}

/// What became of a schedule that was set.
#[derive(Clone, Debug)]
pub(crate) enum ScheduleSet {
    Done(Box<StoredSchedule>),
    /// Places of the tenants that the account does not have.
    NoSuchTenants(Vec<usize>),
}

/// A schedule of whichever account that may have something to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScheduledMonth {
    pub(crate) account: AccountKey,
    pub(crate) day_of_month: u32,
    pub(crate) next_month: Month,
}

const SCHEDULE: &str = "
    select day_of_month, languages, every_tenant, closes_month, coverage_min, year_ends_in, first_month, created_at_ms,
           changed_at_ms,
           (select max(month) from schedule_run as run
             where run.account_key = report_schedule.account_key and run.month >= report_schedule.first_month)
      from report_schedule
     where account_key = ?1";

const TENANTS: &str = "
    select tenant_id from scheduled_tenant join tenant using (account_key, tenant_key)
     where account_key = ?1 and tenant_id is not null
     order by tenant_id";

// The month that a schedule began with stays.
const SET: &str = "
    insert into report_schedule (account_key, day_of_month, languages, every_tenant, closes_month, coverage_min, year_ends_in,
                                 first_month, created_at_ms, changed_at_ms)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
    on conflict (account_key) do update
       set day_of_month = ?2, languages = ?3, every_tenant = ?4, closes_month = ?5, coverage_min = ?6, year_ends_in = ?7,
           changed_at_ms = ?9";

const FORGET_TENANTS: &str = "delete from scheduled_tenant where account_key = ?1";

const ADD_TENANT: &str = "
    insert into scheduled_tenant (account_key, tenant_key) values (?1, ?2) on conflict do nothing";

// Whoever works on one has lost it.
const END_RUNS: &str = "
    update schedule_run
       set state = 'skipped', problem = null, what_to_do = null, takes = takes + 1, next_attempt_at_ms = null, changed_at_ms = ?2
     where account_key = ?1 and next_attempt_at_ms is not null";

const REMOVE: &str = "delete from report_schedule where account_key = ?1";

// One run of an account at a time.
const WITHOUT_A_RUN: &str = "
    select account_key, day_of_month, first_month,
           (select max(month) from schedule_run as run
             where run.account_key = report_schedule.account_key and run.month >= report_schedule.first_month)
      from report_schedule
     where not exists (select 1 from schedule_run as run
                        where run.account_key = report_schedule.account_key and run.next_attempt_at_ms is not null)
     order by account_key";

impl Store {
    /// The schedule of an account.
    pub(crate) async fn report_schedule(
        &self,
        account: AccountKey,
    ) -> Result<Option<StoredSchedule>, StoreError> {
        self.books.of(account).read(move |connection| find(connection, account)).await
    }

    /// Replaces it. A new one begins with `first_month`.
    pub(crate) async fn set_report_schedule(
        &self,
        account: AccountKey,
        schedule: ReportSchedule,
        first_month: Month,
        now_ms: i64,
    ) -> Result<ScheduleSet, StoreError> {
        let write = move |connection: &Connection| set(connection, account, &schedule, first_month, now_ms);
        self.books.of(account).write(write).await
    }

    /// Removes it, and ends its run if one is under way; `false` where there was none.
    pub(crate) async fn remove_report_schedule(
        &self,
        account: AccountKey,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let write = move |connection: &Connection| {
            connection.execute(END_RUNS, [account.0, now_ms])?;
            Ok(connection.execute(REMOVE, [account.0])? > 0)
        };
        self.books.of(account).write(write).await
    }

    /// The schedules that have no run under way, of all accounts.
    pub(crate) async fn schedules_without_a_run(&self) -> Result<Vec<ScheduledMonth>, StoreError> {
        let read = |connection: &Connection| {
            let mut statement = connection.prepare_cached(WITHOUT_A_RUN)?;
            let schedules = statement.query_map(NONE, |row| {
                Ok(ScheduledMonth {
                    account: AccountKey(row.get(0)?),
                    day_of_month: row.get(1)?,
                    next_month: next_month(row, 2, 3)?,
                })
            })?;
            schedules.collect()
        };
        self.books.read_all(read).await
    }
}

fn set(
    connection: &Connection,
    account: AccountKey,
    schedule: &ReportSchedule,
    first_month: Month,
    now_ms: i64,
) -> sql::Result<ScheduleSet> {
    let ReportSchedule { day_of_month, languages, tenants, closes_month, coverage_min, year_ends_in } =
        schedule;
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for (place, tenant_id) in tenants.iter().flatten().enumerate() {
        match live_tenant(connection, account, tenant_id)? {
            Some(TenantKey(key)) => found.push(key),
            None => missing.push(place),
        }
    }
    if !missing.is_empty() {
        return Ok(ScheduleSet::NoSuchTenants(missing));
    }
    let codes = languages.as_ref().map(|all| all.iter().map(|each| each.as_str()).collect::<Vec<_>>());
    let codes =
        codes.map(|codes| serde_json::to_string(&codes)).transpose().map_err(sql::Error::unreadable)?;
    let values = params![
        account.0,
        day_of_month,
        codes,
        tenants.is_none(),
        closes_month,
        coverage_min.map(|share| share.normalize().to_string()),
        year_ends_in,
        first_month.to_string(),
        now_ms,
    ];
    connection.change_one(SET, values)?;
    connection.execute(FORGET_TENANTS, [account.0])?;
    for key in found {
        connection.execute(ADD_TENANT, [account.0, key])?;
    }
    let stored = find(connection, account)?.ok_or(sql::Error::NoRow)?;
    Ok(ScheduleSet::Done(Box::new(stored)))
}

pub(in crate::store) fn find(
    connection: &Connection,
    account: AccountKey,
) -> sql::Result<Option<StoredSchedule>> {
    let found = connection.prepare_cached(SCHEDULE)?.query_row([account.0], |row| {
        let every_tenant: bool = row.get(2)?;
        Ok((every_tenant, stored(row)?))
    });
    let Some((every_tenant, mut found)) = found.optional()? else { return Ok(None) };
    if !every_tenant {
        let mut tenants = connection.prepare_cached(TENANTS)?;
        let tenants = tenants.query_map([account.0], |row| row.get(0))?;
        found.schedule.tenants = Some(tenants.collect::<sql::Result<_>>()?);
    }
    Ok(Some(found))
}

fn stored(row: &Row<'_>) -> sql::Result<StoredSchedule> {
    let languages: Option<String> = row.get(1)?;
    let languages = languages.map(|codes| serde_json::from_str::<Vec<String>>(&codes)).transpose();
    let languages = languages.map_err(sql::Error::unreadable)?;
    let languages = languages
        .map(|codes| codes.iter().map(|code| Language::from_code(code).unwrap_or_default()).collect());
    Ok(StoredSchedule {
        schedule: ReportSchedule {
            day_of_month: row.get(0)?,
            languages,
            tenants: None,
            closes_month: row.get(3)?,
            coverage_min: decimal_in(row, 4)?,
            year_ends_in: row.get(5)?,
        },
        next_month: next_month(row, 6, 9)?,
        created_at_ms: row.get(7)?,
        changed_at_ms: row.get(8)?,
    })
}

/// The month after that of the newest run, else the first.
fn next_month(row: &Row<'_>, first: usize, newest: usize) -> sql::Result<Month> {
    let newest: Option<String> = row.get(newest)?;
    match newest {
        Some(month) => Ok(month.parse::<Month>().map_err(sql::Error::unreadable)?.next()),
        None => month_in(row, first),
    }
}

/// A decimal in a column, where there is one.
pub(in crate::store) fn decimal_in(row: &Row<'_>, column: usize) -> sql::Result<Option<Decimal>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse().map_err(sql::Error::unreadable)).transpose()
}
