//! Whether an account has its calls summed by the hour.

use crate::store::{
    book::LAST_EVENT,
    books::ReadTo,
    error::StoreError,
    key::AccountKey,
    ledger::Store,
    sql::{self, Connection, NONE, OptionalExtension, params},
};

/// That an account's calls are summed in another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HourSwitched {
    /// The later one has the higher.
    pub(crate) number: i64,
    pub(crate) account: AccountKey,
    pub(crate) is_on: bool,
}

/// How an account's calls are summed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HourSetting {
    /// By the hour; otherwise by the day.
    pub(crate) is_on: bool,
    /// Since when; `None`: it was never changed.
    pub(crate) since_ms: Option<i64>,
}

/// Changes that one account may make: sums are made again by looking through them.
const SWITCHES_MAX: i64 = 1_000;

const NEWEST: &str = "
    select is_on, changed_at_ms from hour_switch where account_key = ?1 order by hour_switch_key desc limit 1";

const COUNT: &str = "select count(*) from hour_switch where account_key = ?1";

const ADD: &str = "
    insert into hour_switch (hour_switch_key, account_key, is_on, last_event_key, changed_by, changed_at_ms)
    select coalesce(max(hour_switch_key), ?6) + 1, ?1, ?2, ?3, ?4, ?5 from hour_switch";

// What was pruned was there before, whosever it was.
const LAST_EVENT_OF_ACCOUNT: &str = "
    select greatest(coalesce((select max(event_key) from event where account_key = ?1), 0),
                    coalesce((select max(last_event_key) from archive join pruned_month using (month)), 0))";

const BEHIND: &str = "
    select hour_switch_key, account_key, is_on from hour_switch where hour_switch_key > ?1 order by hour_switch_key";

impl Store {
    /// How an account's calls are summed.
    pub(crate) async fn hour_setting(&self, account: AccountKey) -> Result<HourSetting, StoreError> {
        self.books.of(account).read(move |connection| newest(connection, account)).await
    }

    /// Has the calls of an account that come from now on summed by the hour, or by the day; `None` where it was changed too
    /// often.
    pub(crate) async fn set_by_hour(
        &self,
        account: AccountKey,
        is_on: bool,
        changed_by: String,
        changed_at_ms: i64,
    ) -> Result<Option<HourSetting>, StoreError> {
        let write = move |connection: &Connection| {
            let found = newest(connection, account)?;
            if found.is_on == is_on {
                return Ok(Some(found));
            }
            let count: i64 = connection.query_row(COUNT, [account.0], |row| row.get(0))?;
            if count >= SWITCHES_MAX {
                return Ok(None);
            }
            // A file has one order of keys and its last is found at once; on PostgreSQL an index leads to the account's.
            let last_event: i64 = match connection {
                Connection::Sqlite(_) => connection.query_row(LAST_EVENT, NONE, |row| row.get(0))?,
                Connection::Postgres(_) => {
                    connection.query_row(LAST_EVENT_OF_ACCOUNT, [account.0], |row| row.get(0))?
                }
            };
            let values =
                params![account.0, is_on, last_event, changed_by, changed_at_ms, connection.book().base()];
            connection.prepare_cached(ADD)?.change_one(values)?;
            Ok(Some(HourSetting { is_on, since_ms: Some(changed_at_ms) }))
        };
        self.books.of(account).write(write).await
    }

    /// What was changed behind what was read before.
    pub(crate) async fn hour_switches_behind(
        &self,
        read_to: &ReadTo,
    ) -> Result<(ReadTo, Vec<HourSwitched>), StoreError> {
        self.books.read_behind(read_to, hour_switches_behind).await
    }
}

fn newest(connection: &Connection, account: AccountKey) -> sql::Result<HourSetting> {
    let found = connection
        .prepare_cached(NEWEST)?
        .query_row([account.0], |row| Ok(HourSetting { is_on: row.get(0)?, since_ms: Some(row.get(1)?) }));
    Ok(found.optional()?.unwrap_or_default())
}

fn hour_switches_behind(
    connection: &Connection,
    hour_switch_key: i64,
) -> sql::Result<(i64, Vec<HourSwitched>)> {
    let (mut last, mut switches) = (hour_switch_key, Vec::new());
    let mut statement = connection.prepare_cached(BEHIND)?;
    let mut rows = statement.query([hour_switch_key])?;
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        switches.push(HourSwitched { number: last, account: AccountKey(row.get(1)?), is_on: row.get(2)? });
    }
    Ok((last, switches))
}
