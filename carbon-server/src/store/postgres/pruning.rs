//! Events that go with their month's table.

use crate::store::{
    book::sums::epoch_day,
    postgres::partition,
    sql::{self, Connection, PostgresConnection},
};
use carbon_report::Month;

const FORGET_IDS: &str = "delete from event_id where day >= ?1 and day < ?2";

/// The months that have a table of events, the oldest first.
pub(in crate::store) fn months_of_events(server: &PostgresConnection) -> sql::Result<Vec<Month>> {
    partition::months(server)
}

/// How many events a month has.
pub(in crate::store) fn events_of(server: &PostgresConnection, month: Month) -> sql::Result<i64> {
    if !partition::exists(server, &partition::name(month))? {
        return Ok(0);
    }
    let count = format!("select count(*) from {}", partition::name(month));
    Ok(server.query_native(&count, &[])?.first().map_or(0, |row| row.get(0)))
}

/// Forgets the ids of a month's events, then drops their table once nobody reads it.
pub(in crate::store) fn remove_events(
    book: &Connection,
    server: &PostgresConnection,
    month: Month,
) -> sql::Result<()> {
    let [from, to] = [month, month.next()].map(|month| epoch_day(month.first_day()));
    book.execute(FORGET_IDS, [from, to])?;
    partition::remove(server, month)
}
