//! Pruning: the events of closed months go. Their sums, figures, roots, restatements, reports and seals stay, and archives that
//! have the events.
//!
//! In steps, of which only the first takes the turn: the month is marked, and takes no more events; then its events go, as each
//! engine lets them go. A run that was cut off is finished by the next.

use crate::store::{
    archive::{Archives, newest},
    book::{sum_rules::SumRules, sums::month_in, tell_other_servers, unfolded},
    database::{Database, PostgresServer},
    error::StoreError,
    limits::Until,
    month::pruned::pruned_months,
    postgres,
    source::{self, LedgerLocation, is_current},
    sql::{self, Connection, NONE, transaction::in_transaction},
    sqlite,
};
use carbon_report::Month;
use std::collections::BTreeMap;

/// A month that has its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prunable {
    pub(crate) month: Month,
    /// Rows, of all accounts.
    pub(crate) events: i64,
    /// Why they are kept, where they are.
    pub(crate) kept: Option<String>,
    /// Whether all of them are in archives.
    pub(crate) is_archived: bool,
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

const MONTHS_OF_SPANS: &str = "select distinct month from month_span order by month";
const EVENTS_OF_SPANS: &str =
    "select cast(coalesce(sum(events), 0) as bigint) from month_span where month = ?1";

const MARK: &str = "insert into pruned_month (month, events, pruned_at_ms) values (?1, ?2, ?3)";

/// The months before `before` that still have their events, oldest first. Changes nothing.
pub(crate) fn months_with_events(database: &Database, before: Month) -> Result<Vec<Prunable>, StoreError> {
    let mut months: BTreeMap<Month, Prunable> = BTreeMap::new();
    for location in source::books_at_rest(database)? {
        let book = location.open_reader()?;
        let found = book.snapshot(|book| -> Result<Vec<Prunable>, StoreError> {
            let found = months_of(book)?.into_iter().filter(|month| *month < before);
            found.map(|month| prunable(book, month)).collect()
        })??;
        for Prunable { month, events, kept, is_archived } in found {
            let none = Prunable { month, events: 0, kept: None, is_archived: true };
            let all = months.entry(month).or_insert(none);
            all.events += events;
            all.kept = all.kept.take().or(kept);
            all.is_archived &= is_archived;
        }
    }
    Ok(months.into_values().collect())
}

fn prunable(book: &Connection, month: Month) -> Result<Prunable, StoreError> {
    let (events, kept) = (events_of(book, month)?, kept_by_pruning(book, month)?);
    let is_archived = events == 0 || newest(book, month)?.is_some();
    Ok(Prunable { month, events, kept, is_archived })
}

/// Prunes the events of a closed month while servers write.
pub(crate) fn prune(
    database: &Database,
    month: Month,
    archives: &Archives,
    now_ms: i64,
) -> Result<(), StoreError> {
    let locations = source::books_at_rest(database)?;
    let maintained = locations.iter().map(|location| match location {
        LedgerLocation::Postgres(server) => {
            Ok(Connection::Postgres(Box::new(server.connect_to_maintain(Until::NEVER)?)))
        }
        LedgerLocation::Sqlite { .. } => location.open_writer(),
    });
    let books: Vec<Connection> = maintained.collect::<Result<_, StoreError>>()?;
    if let Database::Postgres(PostgresServer(server)) = database {
        is_current(&Connection::Postgres(Box::new(server.connect_to_maintain(Until::NEVER)?)))?;
    }
    // None loses its events where another has to keep them.
    for book in &books {
        if let Some(why) = kept_by_pruning(book, month)? {
            return Err(StoreError::NotPrunable { month, why });
        }
        if let Some(stored) = newest(book, month)? {
            drop(archives.open(&stored).map_err(sql::Error::from)?);
        }
    }
    books.iter().try_for_each(|book| prune_book(book, month, now_ms))
}

fn prune_book(book: &Connection, month: Month, now_ms: i64) -> Result<(), StoreError> {
    if !pruned_months(book)?.contains(&month) {
        in_transaction(book, || {
            if let Connection::Postgres(_) = book {
                book.query_row(crate::store::book::TAKE_TURN, NONE, |_| Ok(()))?;
            }
            if let Some(why) = kept_by_pruning(book, month)? {
                return Err(StoreError::NotPrunable { month, why });
            }
            book.change_one(MARK, sql::params![month.to_string(), events_of(book, month)?, now_ms])?;
            Ok(tell_other_servers(book)?)
        })?;
    }
    match book {
        Connection::Postgres(server) => Ok(postgres::remove_events(book, server, month)?),
        Connection::Sqlite(_) => sqlite::remove_events(book, month),
    }
}

/// The months that have events, or may have some that a run which was cut off has left.
pub(in crate::store) fn months_of(book: &Connection) -> Result<Vec<Month>, StoreError> {
    match book {
        Connection::Postgres(server) => Ok(postgres::months_of_events(server)?),
        Connection::Sqlite(_) => {
            let mut statement = book.prepare_cached(MONTHS_OF_SPANS)?;
            let months: Vec<Month> =
                statement.query_map(NONE, |row| month_in(row, 0))?.collect::<sql::Result<_>>()?;
            let pruned = pruned_months(book)?;
            let mut left = Vec::new();
            for month in months {
                if !pruned.contains(&month) || sqlite::has_events(book, month)? {
                    left.push(month);
                }
            }
            Ok(left)
        }
    }
}

/// How many rows the events of a month are.
pub(in crate::store) fn events_of(book: &Connection, month: Month) -> sql::Result<i64> {
    match book {
        Connection::Postgres(server) => postgres::events_of(server, month),
        Connection::Sqlite(_) => book.query_row(EVENTS_OF_SPANS, [month.to_string()], |row| row.get(0)),
    }
}

/// Why a month's events are still needed.
pub(in crate::store) fn kept(book: &Connection, month: Month) -> sql::Result<Option<String>> {
    let reasons =
        [(NOT_CLOSED, "not closed by"), (NOT_TOLD, "with late events that are in no restatement, of")];
    for (sql, why) in reasons {
        let accounts: i64 = book.query_row(sql, [month.to_string()], |row| row.get(0))?;
        if accounts > 0 {
            let of = if accounts == 1 { "1 account".to_owned() } else { format!("{accounts} accounts") };
            return Ok(Some(format!("{why} {of}")));
        }
    }
    // A server that has a file open adds to the sums now and then.
    if let Connection::Sqlite(_) = book
        && unfolded(book, &SumRules::of(book)?)?.spans.keys().any(|span| span.month == month)
    {
        return Ok(Some("with events that the server has not added to its sums yet".to_owned()));
    }
    Ok(None)
}

/// The same, or why they may not go yet.
fn kept_by_pruning(book: &Connection, month: Month) -> sql::Result<Option<String>> {
    if let Some(why) = kept(book, month)? {
        return Ok(Some(why));
    }
    if pruned_months(book)?.contains(&month) {
        return Ok(None);
    }
    let events = events_of(book, month)?;
    Ok(match newest(book, month)? {
        Some(stored) if stored.events == events => None,
        Some(stored) => Some(format!("{} of them are in no archive", events - stored.events)),
        // A file has them nowhere else, and nothing says that it had them.
        None if matches!(book, Connection::Sqlite(_)) && events > 0 => Some("not archived".to_owned()),
        None => None,
    })
}
