//! Letting go of the events of closed months. Their sums, figures, roots, restatements, reports and seals stay.
//!
//! In three steps, of which only the first takes the turn: the month is marked, and takes no more events; the ids of its
//! events are forgotten; their table is dropped once nobody reads it. A run that was cut off is finished by the next.

use crate::store::{
    book::{TAKE_TURN, sums::epoch_day, tell_other_servers},
    error::StoreError,
    month::pruned::pruned_months,
    postgres::partition,
    sql::{self, Connection, NONE, PostgresConnection, transaction::in_transaction},
};
use carbon_report::Month;

/// A month that has its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prunable {
    pub(crate) month: Month,
    /// Rows, of all accounts.
    pub(crate) events: i64,
    /// Why they are kept, where they are.
    pub(crate) kept: Option<String>,
}

// What was never closed, or has grown since it was told last, would be lost.
const NOT_CLOSED: &str = "
    select count(*) from month_span as span
     where month = ?1 and is_test = false and is_adjustment = false
       and not exists (select 1 from closed_month as closed
                        where closed.account_key = span.account_key and closed.month = span.month)";
const NOT_TOLD: &str = "
    select count(*) from month_span as span
     where month = ?1 and is_test = false and is_adjustment = true
       and last_event_key > coalesce((select max(told.last_event_key) from restatement as told
                                       where told.account_key = span.account_key and told.month = span.month), 0)";

const MARK: &str = "insert into pruned_month (month, events, pruned_at_ms) values (?1, ?2, ?3)";
const FORGET_IDS: &str = "delete from event_id where day >= ?1 and day < ?2";

/// The months before `before` that still have their events, oldest first. Changes nothing.
pub(in crate::store) fn months_before(
    ledger: &Connection,
    before: Month,
) -> Result<Vec<Prunable>, StoreError> {
    let months = partition::months(server_of(ledger)?)?.into_iter().filter(|month| *month < before);
    let prunable = months
        .map(|month| Ok(Prunable { month, events: events(ledger, month)?, kept: kept(ledger, month)? }));
    prunable.collect()
}

/// Lets the events of a month go, unless there is a reason to keep them.
pub(in crate::store) fn prune(ledger: &Connection, month: Month, now_ms: i64) -> Result<(), StoreError> {
    let server = server_of(ledger)?;
    if !pruned_months(ledger)?.contains(&month) {
        in_transaction(ledger, || {
            ledger.query_row(TAKE_TURN, NONE, |_| Ok(()))?;
            if let Some(why) = kept(ledger, month)? {
                return Err(StoreError::NotPrunable { month, why });
            }
            ledger.change_one(MARK, sql::params![month.to_string(), events(ledger, month)?, now_ms])?;
            Ok(tell_other_servers(ledger)?)
        })?;
    }
    let [from, to] = [month, month.next()].map(|month| epoch_day(month.first_day()));
    ledger.execute(FORGET_IDS, [from, to])?;
    Ok(partition::remove(server, month)?)
}

fn events(ledger: &Connection, month: Month) -> Result<i64, StoreError> {
    if !partition::exists(server_of(ledger)?, &partition::name(month))? {
        return Ok(0);
    }
    Ok(ledger
        .query_row(&format!("select count(*) from {}", partition::name(month)), NONE, |row| row.get(0))?)
}

/// Why a month's events are still needed.
pub(in crate::store) fn kept(ledger: &Connection, month: Month) -> sql::Result<Option<String>> {
    let reasons =
        [(NOT_CLOSED, "not closed by"), (NOT_TOLD, "with late events that are in no restatement, of")];
    for (sql, why) in reasons {
        let accounts: i64 = ledger.query_row(sql, [month.to_string()], |row| row.get(0))?;
        if accounts > 0 {
            let of = if accounts == 1 { "1 account".to_owned() } else { format!("{accounts} accounts") };
            return Ok(Some(format!("{why} {of}")));
        }
    }
    Ok(None)
}

fn server_of(ledger: &Connection) -> Result<&PostgresConnection, StoreError> {
    match ledger {
        Connection::Postgres(server) => Ok(server),
        Connection::Sqlite(_) => Err(StoreError::NotPruned),
    }
}
