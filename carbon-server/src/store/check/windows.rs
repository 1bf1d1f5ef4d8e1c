//! Windows of metered energy: each as it was sent, and those behind every measured factor that was ever entered.

use super::{NotSound, fault};
use crate::{
    base::{
        digest::{Sha, hex},
        name::normal,
    },
    store::{
        account::{
            measurement::{SentWindows, WINDOW_COLUMNS, window_in, window_sha256},
            own::own_changes_behind,
        },
        key::AccountKey,
        sql::{Connection, NONE},
    },
};
use carbon_core::measure::MeasuredEntry;
use std::collections::BTreeMap;

/// Kind of the own entries that were made from windows.
const MEASURED: &str = "measured";

/// Windows, compared with their digests, which the seals hold; and with the digests in the entries that rest on them.
pub(super) fn windows_fit(book: &Connection) -> Result<(), NotSound> {
    let select = format!(
        "select {WINDOW_COLUMNS}, energy_window_key, served_name, sha256 from energy_window
          order by energy_window_key"
    );
    let mut statement = book.prepare_scan(&select)?;
    let mut rows = statement.query(NONE)?;
    while let Some(row) = rows.next()? {
        let (key, served_name, stated): (i64, String, Sha) = (row.get(12)?, row.get(13)?, row.get(14)?);
        let found = window_in(&row).map(|window| window_sha256(&served_name, &window));
        if !found.is_ok_and(|found| hex(&found) == hex(&stated)) {
            return Err(fault(format_args!("window {key} is not as it was written")));
        }
    }
    drop(rows);
    entries_fit(book)
}

fn entries_fit(book: &Connection) -> Result<(), NotSound> {
    let mut entries: BTreeMap<(AccountKey, String), Vec<(u64, MeasuredEntry)>> = BTreeMap::new();
    for (account, change) in own_changes_behind(book, 0)?.1 {
        let Some(entry) = change.entry.filter(|_| change.kind == MEASURED) else { continue };
        let unreadable =
            |error| fault(format_args!("own entry {} of account {}: {error}", change.revision, account.0));
        let entry: MeasuredEntry = serde_json::from_str(&entry).map_err(unreadable)?;
        entries.entry((account, normal(&entry.name))).or_default().push((change.revision, entry));
    }
    for ((account, served_name), entries) in entries {
        let sent = SentWindows::read(book, account, &served_name)?;
        for (revision, entry) in entries {
            if sent.behind(entry.windows, &entry.windows_sha256).is_none() {
                return Err(fault(format_args!(
                    "the windows of {served_name} are not those of own entry {revision} of account {}",
                    account.0
                )));
            }
        }
    }
    Ok(())
}
