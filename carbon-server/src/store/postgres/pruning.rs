//! Letting go of the events of closed months. Their sums, figures, roots, restatements, reports and seals stay.
//!
//! In three steps, so that nobody waits long: the month is marked, and takes no more events; the ids of its events are
//! forgotten; their table is dropped. A run that was cut off is finished by the next.

use super::{
    super::{
        StoreError,
        book::{TAKE_TURN, tell_other_servers},
        pruned::pruned_months,
        sql::{self, Connection, NONE, PostgresConnection},
        sums::epoch_day,
        writer::in_transaction,
    },
    partition,
};
use carbon_report::Month;

/// A month whose events were let go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pruned {
    pub(crate) month: Month,
    /// Rows, of all accounts.
    pub(crate) events: i64,
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

/// The months before `before` that still have their events, oldest first, with how many. Changes nothing.
pub(in crate::store) fn months_before(ledger: &Connection, before: Month) -> Result<Vec<Pruned>, StoreError> {
    let server = server_of(ledger)?;
    let mut months = Vec::new();
    for month in partition::months(server)?.into_iter().filter(|month| *month < before) {
        let count = format!("select count(*) from {}", partition::name(month));
        months.push(Pruned { month, events: ledger.query_row(&count, NONE, |row| row.get(0))? });
    }
    Ok(months)
}

/// Lets the events of a month go.
pub(in crate::store) fn prune(ledger: &Connection, month: Month, now_ms: i64) -> Result<(), StoreError> {
    let server = server_of(ledger)?;
    if !pruned_months(ledger)?.contains(&month) {
        in_transaction(ledger, || mark(ledger, month, now_ms))?;
    }
    let [from, to] = [month, month.next()].map(|month| epoch_day(month.first_day()));
    ledger.execute(FORGET_IDS, [from, to])?;
    in_transaction(ledger, || {
        take_turn(ledger)?;
        Ok(partition::remove(server, month)?)
    })
}

fn mark(ledger: &Connection, month: Month, now_ms: i64) -> Result<(), StoreError> {
    take_turn(ledger)?;
    let of_month = month.to_string();
    for (sql, why) in
        [(NOT_CLOSED, "have not closed it"), (NOT_TOLD, "have late events in it that no restatement tells")]
    {
        let accounts: i64 = ledger.query_row(sql, [&of_month], |row| row.get(0))?;
        if accounts > 0 {
            return Err(StoreError::NotPrunable { month, accounts, why });
        }
    }
    let count = format!("select count(*) from {}", partition::name(month));
    let events: i64 = ledger.query_row(&count, NONE, |row| row.get(0))?;
    ledger.execute(MARK, sql::params![of_month, events, now_ms])?;
    Ok(tell_other_servers(ledger)?)
}

fn take_turn(ledger: &Connection) -> sql::Result<()> {
    ledger.query_row(TAKE_TURN, NONE, |_| Ok(()))
}

fn server_of(ledger: &Connection) -> Result<&PostgresConnection, StoreError> {
    match ledger {
        Connection::Postgres(server) => Ok(server),
        Connection::Sqlite(_) => Err(StoreError::NotPruned),
    }
}
