//! The ledger in one file, in this process: opening it, and what only a file has.

mod backup;
mod id_index;
mod id_run;
pub(super) mod migration;
mod objects;

pub(crate) use crate::store::sqlite::backup::backup;
pub(super) use crate::store::sqlite::id_index::{EventIdIndex, RunAudit};

use crate::store::{book::journal::EVENT_COLUMNS, error::StoreError};
use rusqlite::{Connection, OpenFlags};
use std::{
    fs::{File, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::LazyLock,
    time::Duration,
};

/// Adds an event.
pub(super) static INSERT_EVENT: LazyLock<String> = LazyLock::new(|| {
    format!(
        "insert into event ({EVENT_COLUMNS})
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"
    )
});

/// As SQLite has it.
pub(super) const CHECKPOINT_PAGES: u32 = 1_000;

/// How long a second process (a backup, a check) may hold the lock before we give up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Prepared statements that a connection keeps: more than there are.
const STATEMENTS_KEPT: usize = 128;

/// A ledger's file, held for one process.
pub(super) struct LedgerFile {
    path: PathBuf,
    /// Whether its WAL is ours to fold in.
    folds_wal: bool,
    /// Held for as long as the ledger is open, so that no second server writes beside this one.
    _lock: File,
}

impl LedgerFile {
    /// Takes the file for this process; a process that ends, however it ends, gives it back.
    pub(super) fn take(path: &Path, checkpoint_pages: u32) -> Result<Self, StoreError> {
        let lock = only_server(path)?;
        Ok(LedgerFile { path: path.to_owned(), folds_wal: checkpoint_pages > 0, _lock: lock })
    }

    /// Folds the WAL in and empties it, so that nothing of what was overwritten is left there. Gives up where readers stay
    /// too long: the next time it is full does it.
    pub(super) async fn empty_wal(&self) {
        const TRIES: u32 = 20;
        const PAUSE: Duration = Duration::from_millis(100);
        if !self.folds_wal {
            return;
        }
        let path = self.path.clone();
        let emptied = tokio::task::spawn_blocking(move || {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(path, flags)?;
            for _ in 0..TRIES {
                let busy: bool =
                    connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))?;
                if !busy {
                    break;
                }
                std::thread::sleep(PAUSE);
            }
            Ok::<(), rusqlite::Error>(())
        });
        if let Ok(Err(error)) = emptied.await {
            tracing::warn!(%error, "the WAL was not emptied");
        }
    }
}

/// Permissions of a new file: it holds e-mail addresses, and secrets that sign; what stands beside it may name clients.
pub(crate) const OWNER_ALONE: u32 = 0o600;

fn only_server(path: &Path) -> Result<File, StoreError> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    // SQLite gives the files beside it the same permissions.
    let file = options.mode(OWNER_ALONE).open(path);
    let file = file.map_err(StoreError::CannotOpen)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
        Err(TryLockError::Error(error)) => Err(StoreError::CannotOpen(error)),
    }
}

/// A connection that writes; makes the file where it is missing.
pub(super) fn open_writer(path: &Path, checkpoint_pages: u32) -> Result<Connection, StoreError> {
    // The path is a path: SQLite's URI forms are left out.
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    configure(&connection, checkpoint_pages)?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}

fn configure(connection: &Connection, checkpoint_pages: u32) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    let mode: String = connection.query_row("pragma journal_mode = wal", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::NoWal { mode });
    }
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
