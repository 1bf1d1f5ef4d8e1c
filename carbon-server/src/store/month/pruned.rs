//! Months whose events were pruned.

use crate::store::{
    book::sums::month_in,
    sql::{self, Connection, NONE},
};
use carbon_report::Month;
use std::collections::BTreeMap;

const PRUNED: &str = "select month, events from pruned_month";

/// Those months, and how many events they had.
pub(in crate::store) fn pruned_events(ledger: &Connection) -> sql::Result<BTreeMap<Month, i64>> {
    let mut statement = ledger.prepare_cached(PRUNED)?;
    statement.query_map(NONE, |row| Ok((month_in(row, 0)?, row.get(1)?)))?.collect()
}

/// Those months.
pub(in crate::store) fn pruned_months(ledger: &Connection) -> sql::Result<Vec<Month>> {
    Ok(pruned_events(ledger)?.into_keys().collect())
}
