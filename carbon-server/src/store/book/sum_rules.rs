//! What decides which sum an event is in, besides what it says itself.

use crate::{
    base::digest::QuickMap,
    store::{
        book::{
            journal::{EventRow, month_in},
            sealed::Marks,
        },
        key::AccountKey,
        sql::{self, Connection},
    },
};
use carbon_report::Month;

/// Months that were closed, and accounts whose calls are summed by the hour. Both hold from an event on, so that sums made
/// again from the events are the same.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct SumRules {
    /// The highest event of each closed month when it was closed.
    pub(in crate::store) closed: QuickMap<(AccountKey, Month), i64>,
    /// Of accounts that have ever switched, in that order.
    hours: QuickMap<AccountKey, Vec<HourSwitch>>,
}

#[derive(Clone, Copy, Debug)]
struct HourSwitch {
    key: i64,
    /// It holds for the events behind this one.
    last_event_key: i64,
    is_on: bool,
}

const CLOSED: &str =
    "select account_key, month, last_event_key from closed_month where closed_month_key > ?1";

const HOURS: &str = "
    select account_key, hour_switch_key, last_event_key, is_on from hour_switch where hour_switch_key > ?1 order by hour_switch_key";

impl SumRules {
    /// All that a ledger has.
    pub(in crate::store) fn of(connection: &Connection) -> sql::Result<Self> {
        let mut rules = SumRules::default();
        rules.read_behind(connection, &Marks::default())?;
        Ok(rules)
    }

    /// Adds what has come behind these marks.
    pub(in crate::store) fn read_behind(
        &mut self,
        connection: &Connection,
        marks: &Marks,
    ) -> sql::Result<()> {
        let mut statement = connection.prepare_cached(CLOSED)?;
        let mut rows = statement.query([marks.of("closed_month")])?;
        while let Some(row) = rows.next()? {
            let month = month_in(&row, 1)?;
            self.closed.insert((AccountKey(row.get(0)?), month), row.get(2)?);
        }
        drop(rows);
        let mut statement = connection.prepare_cached(HOURS)?;
        let mut rows = statement.query([marks.of("hour_switch")])?;
        while let Some(row) = rows.next()? {
            let switches = self.hours.entry(AccountKey(row.get(0)?)).or_default();
            let switch = HourSwitch { key: row.get(1)?, last_event_key: row.get(2)?, is_on: row.get(3)? };
            // What was read before may come again before it is sealed.
            if switches.last().is_none_or(|last| last.key < switch.key) {
                switches.push(switch);
            }
        }
        Ok(())
    }

    /// Whether an event is summed by its hour.
    pub(in crate::store) fn is_by_hour(&self, event: &EventRow<'_>) -> bool {
        self.hours.get(&AccountKey(event.account_key)).is_some_and(|switches| {
            // What cancels an event takes it out of the sum that it is in.
            let event_key = event.reverses.unwrap_or(event.event_key);
            let newest = switches.iter().rev().find(|switch| switch.last_event_key < event_key);
            newest.is_some_and(|switch| switch.is_on)
        })
    }
}
