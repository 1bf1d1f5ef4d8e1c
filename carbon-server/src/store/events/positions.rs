//! Where in the ledger the events of some days may be: ranges of their numbers, which are the order of arrival.

use crate::store::{
    book::{
        journal::MS_PER_DAY,
        sums::{date, epoch_day, month_in},
    },
    key::{AccountKey, Side},
    sql::{self, Connection, OptionalExtension, params},
};
use carbon_report::Month;
use jiff::civil::Date;

/// Numbers of events, from the first to the last.
pub(super) type Positions = [i64; 2];

/// The first and the last of the days that hold something; with a tenant, something of it.
fn days_sql(of_tenant: &str) -> String {
    format!(
        "with recursive days (day) as (select cast(?3 as bigint) union all select day + 1 from days where day < ?4)
         select min(day), max(day) from days
          where exists (select 1 from daily_usage as usage
                         where usage.account_key = ?1 and usage.is_test = ?2 and usage.day = days.day {of_tenant})"
    )
}

const MONTHS: &str =
    "select distinct month from month_span where account_key = ?1 and is_test = ?2 order by month desc";

const SPAN: &str = "
    select min(first_event_key), max(last_event_key) from month_span
     where account_key = ?1 and is_test = ?2 and month between ?3 and ?4";

// On a file, events of others arrive by the same clock, and are nearer.
const RECEIVED_ON_FILE: &str =
    "select received_at_ms from event where event_key >= ?1 order by event_key limit 1";
const RECEIVED_ON_SERVER: &str = "
    select received_at_ms from event
     where account_key = ?2 and event_key >= ?1 and day between ?3 and ?4 order by event_key limit 1";

/// Those of the days, from the first to the last, that hold something.
pub(super) fn days_with_events(
    connection: &Connection,
    side: Side,
    tenant_key: Option<i64>,
    [from, to]: [Date; 2],
) -> sql::Result<Option<[Date; 2]>> {
    let of_tenant = if tenant_key.is_some() { "and usage.tenant_key = ?5" } else { "" };
    let sql = days_sql(of_tenant);
    let mut statement = connection.prepare_cached(&sql)?;
    let (account, days) = (side.account.0, [epoch_day(from), epoch_day(to)]);
    let read = |row: &sql::Row<'_>| {
        Ok(Option::zip(row.get(0)?, row.get(1)?).map(|(first, last)| [first, last].map(date)))
    };
    match tenant_key {
        Some(key) => statement.query_row(params![account, side.is_test, days[0], days[1], key], read),
        None => statement.query_row(params![account, side.is_test, days[0], days[1]], read),
    }
}

/// The newest day that holds something.
pub(super) fn newest_day(
    connection: &Connection,
    side: Side,
    tenant_key: Option<i64>,
) -> sql::Result<Option<Date>> {
    let mut statement = connection.prepare_cached(MONTHS)?;
    let months = statement.query_map(params![side.account.0, side.is_test], |row| month_in(row, 0))?;
    for month in months.collect::<sql::Result<Vec<Month>>>()? {
        let days = [month.first_day(), month.last_day()];
        if let Some([_, newest]) = days_with_events(connection, side, tenant_key, days)? {
            return Ok(Some(newest));
        }
    }
    Ok(None)
}

/// The ranges that may hold events of the days, in the order in which to look: every such event is in one of them.
///
/// No event counts for a day that is to come, so those before the days hold none. Those that arrived by the day after the days
/// come first, and what arrived later than that last: there may be months of it. Up to `few` numbers are one range.
pub(super) fn positions(
    connection: &Connection,
    side: Side,
    days: [Date; 2],
    few: i64,
) -> sql::Result<Vec<Positions>> {
    let months = days.map(Month::of);
    let values = params![side.account.0, side.is_test, months[0].to_string(), months[1].to_string()];
    let span = connection.query_row(SPAN, values, |row| Ok(Option::zip(row.get(0)?, row.get(1)?)))?;
    let Some((first, last)) = span else { return Ok(Vec::new()) };
    if last - first < few {
        return Ok(vec![[first, last]]);
    }
    let [from_ms, to_ms] = days.map(|day| epoch_day(day) * MS_PER_DAY);
    let months = [months[0].first_day(), months[1].last_day()].map(epoch_day);
    let arrived = |at_ms: i64| first_since(connection, side.account, [first, last], months, at_ms);
    // A day for clocks that differ, and for senders that are late.
    let begin = arrived(from_ms - MS_PER_DAY)?;
    let late = arrived(to_ms + 2 * MS_PER_DAY)?;
    let ranges = [[begin, late - 1], [late.max(begin), last]];
    Ok(ranges.into_iter().filter(|[first, last]| first <= last).collect())
}

/// The number of the first of these events that arrived at that time or later; behind the last where none did.
fn first_since(
    connection: &Connection,
    account: AccountKey,
    [first, last]: Positions,
    days: [i64; 2],
    at_ms: i64,
) -> sql::Result<i64> {
    let (mut low, mut high) = (first, last + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let received: Option<i64> = match connection {
            Connection::Sqlite(_) => connection.query_row(RECEIVED_ON_FILE, [middle], |row| row.get(0)),
            Connection::Postgres(_) => {
                let values = [middle, account.0, days[0], days[1]];
                connection.query_row(RECEIVED_ON_SERVER, values, |row| row.get(0))
            }
        }
        .optional()?;
        if received.is_some_and(|received| received < at_ms) { low = middle + 1 } else { high = middle }
    }
    Ok(low)
}
