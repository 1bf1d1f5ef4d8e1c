//! Months whose events were pruned: a file keeps all of them.

use crate::store::{
    book::sums::month_in,
    sql::{self, Connection, NONE},
};
use carbon_report::Month;
use std::collections::BTreeMap;

const PRUNED: &str = "select month, events from pruned_month";

/// Those months, and how many events they had.
pub(in crate::store) fn pruned_events(ledger: &Connection) -> sql::Result<BTreeMap<Month, i64>> {
    match ledger {
        Connection::Sqlite(_) => Ok(BTreeMap::new()),
        Connection::Postgres(_) => {
            let mut statement = ledger.prepare_cached(PRUNED)?;
            statement.query_map(NONE, |row| Ok((month_in(row, 0)?, row.get(1)?)))?.collect()
        }
    }
}

/// Those months.
pub(in crate::store) fn pruned_months(ledger: &Connection) -> sql::Result<Vec<Month>> {
    Ok(pruned_events(ledger)?.into_keys().collect())
}

/// An error where what is to be read is there no more.
pub(in crate::store) fn needs_events(ledger: &Connection, month: Month) -> sql::Result<()> {
    if pruned_months(ledger)?.contains(&month) { Err(sql::Error::Pruned(month)) } else { Ok(()) }
}
