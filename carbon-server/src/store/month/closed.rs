//! What may still change for a closed month: nothing that its statement rests on.
//!
//! What is attached to a month itself, such as an allocation of an instrument, is asked for here, and refused. What is attached
//! to more than one month (instruments, residual mixes, grid series, targets, switches to sums by the hour) may change: it
//! counts for open months, as a closed month has pinned what it was closed with. Calls and reversals become adjustments, and
//! clouds' own reports are a part of no statement. See the table in docs/ledger.md.

use crate::store::{
    key::AccountKey,
    sql::{self, Connection, params},
};
use carbon_report::Month;

const IS_CLOSED: &str = "select exists (select 1 from closed_month where account_key = ?1 and month = ?2)";

/// Whether a month of an account is closed.
pub(in crate::store) fn is_closed(
    connection: &Connection,
    account: AccountKey,
    month: Month,
) -> sql::Result<bool> {
    let of_month = params![account.0, month.to_string()];
    connection.prepare_cached(IS_CLOSED)?.query_row(of_month, |row| row.get(0))
}
