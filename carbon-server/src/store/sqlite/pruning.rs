//! Events that go row by row, a few at a time: whoever else writes to the file waits for no more than these.

use crate::store::{
    archive::newest,
    book::{journal::MS_PER_DAY, sums::epoch_day},
    error::StoreError,
    sql::{self, Connection, transaction::in_transaction},
};
use carbon_report::Month;

/// Numbers of events that are gone through in one transaction.
const KEYS_AT_A_TIME: i64 = 10_000;

/// Events of a month, among a range of numbers.
macro_rules! in_span {
    () => {
        "event_key between ?1 and ?2
         and coalesce(occurred_at_ms, received_at_ms) >= ?3 and coalesce(occurred_at_ms, received_at_ms) < ?4"
    };
}

pub(in crate::store) const IN_SPAN: &str = in_span!();
const HAS_EVENTS: &str = concat!("select exists (select 1 from event where ", in_span!(), ")");
const REMOVE: &str = concat!("delete from event where ", in_span!());

/// Whether a month that was pruned has events left, of a run that was cut off.
pub(in crate::store) fn has_events(file: &Connection, month: Month) -> sql::Result<bool> {
    let Some(archive) = newest(file, month)? else { return Ok(false) };
    let [from_ms, to_ms] = span_ms(month);
    let values = [archive.first_event_key, archive.last_event_key, from_ms, to_ms];
    file.query_row(HAS_EVENTS, values, |row| row.get(0))
}

/// Removes the events of a month that was marked, and that an archive has.
pub(in crate::store) fn remove_events(file: &Connection, month: Month) -> Result<(), StoreError> {
    let Some(archive) = newest(file, month)? else { return Ok(()) };
    let [from_ms, to_ms] = span_ms(month);
    // A reversal is of the month of what it reverses: both go.
    file.execute_batch("pragma foreign_keys = off")?;
    let mut first = archive.first_event_key;
    while first <= archive.last_event_key {
        let last = (first + KEYS_AT_A_TIME - 1).min(archive.last_event_key);
        in_transaction(file, || Ok(file.execute(REMOVE, [first, last, from_ms, to_ms])?))?;
        first = last + 1;
    }
    Ok(file.execute_batch("pragma foreign_keys = on")?)
}

/// The time of a month: from, and until before.
pub(in crate::store) fn span_ms(month: Month) -> [i64; 2] {
    [month, month.next()].map(|month| epoch_day(month.first_day()) * MS_PER_DAY)
}
