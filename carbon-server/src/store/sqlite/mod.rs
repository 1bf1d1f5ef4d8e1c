//! The ledger in one file, in this process: opening it, and what only a file has.

mod backup;
mod file;
mod id_audit;
mod id_index;
mod id_pages;
mod id_run;
mod insert;
pub(super) mod migration;
mod objects;
mod pruning;
pub(super) mod watch;

pub(crate) use crate::store::sqlite::backup::backup;
pub(super) use crate::store::sqlite::{
    file::LedgerFile,
    id_audit::RunAudit,
    id_index::EventIdIndex,
    insert::EventInsert,
    pruning::{IN_SPAN, has_events, remove_events, span_ms},
};

use crate::store::error::StoreError;
use rusqlite::{Connection, OpenFlags};
use std::{path::Path, time::Duration};

/// As SQLite has it.
pub(super) const CHECKPOINT_PAGES: u32 = 1_000;

/// How long a second process (a backup, a check) may hold the lock before we give up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Prepared statements that a connection keeps: more than there are.
const STATEMENTS_KEPT: usize = 128;

/// A connection that writes to a ledger.
pub(super) fn open_writer(path: &Path, checkpoint_pages: u32) -> Result<Connection, StoreError> {
    file::check(path)?;
    // The path is a path: SQLite's URI forms are left out.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Before anything is changed in it.
    migration::is_ledger(&connection)?;
    configure(&connection, checkpoint_pages)?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    file::check(path)?;
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}

fn configure(connection: &Connection, checkpoint_pages: u32) -> Result<(), StoreError> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    use_wal(connection)?;
    connection.pragma_update(None, "wal_autocheckpoint", checkpoint_pages)?;
    // What is acknowledged has been through fsync.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is freed within a page is overwritten: nothing of an erased name is left there.
    connection.pragma_update(None, "secure_delete", "fast")?;
    // So that `replace` meets the triggers that refuse a delete.
    connection.pragma_update(None, "recursive_triggers", true)?;
    Ok(())
}

/// Has a file keep a write-ahead log.
fn use_wal(connection: &Connection) -> Result<(), StoreError> {
    let mode: String = connection.query_row("pragma journal_mode = wal", [], |row| row.get(0))?;
    if mode == "wal" { Ok(()) } else { Err(StoreError::NoWal { mode }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writer_syncs_every_commit() {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("carbon.db")).unwrap();
        configure(&connection, 4_000).unwrap();
        for (pragma, expect) in [
            ("synchronous", "2"),
            ("journal_mode", "wal"),
            ("foreign_keys", "1"),
            ("recursive_triggers", "1"),
            ("wal_autocheckpoint", "4000"),
        ] {
            let value = connection.query_row(&format!("pragma {pragma}"), [], |row| row.get(0));
            let value = match value.unwrap() {
                rusqlite::types::Value::Integer(number) => number.to_string(),
                rusqlite::types::Value::Text(text) => text,
                other => panic!("{other:?}"),
            };
            assert_eq!(value, expect, "{pragma}");
        }
    }
}
