//! The file of a ledger: making it where nothing is, and taking it for one process.

use crate::{
    base::durable_file::{NewFile, OWNER_ALONE, with_suffix},
    store::{error::StoreError, sql, sqlite::migration},
};
use rusqlite::{Connection, OpenFlags};
use std::{
    fs::{self, File, TryLockError},
    io::ErrorKind,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// What SQLite keeps next to a ledger: its write-ahead log, with an index.
pub(super) const LOG: &str = "-wal";
pub(super) const LOG_INDEX: &str = "-shm";
/// What SQLite keeps next to a file that is not a ledger: how to undo a transaction that was interrupted.
const JOURNAL: &str = "-journal";

/// A ledger's file, held for one process.
pub(in crate::store) struct LedgerFile {
    path: PathBuf,
    /// Whether its WAL is ours to fold in.
    folds_wal: bool,
    /// Held for as long as the ledger is open, so that no second server writes beside this one.
    _lock: File,
}

impl LedgerFile {
    /// Takes the file for this process, and makes it where nothing is; a process that ends, however it ends, gives it back.
    /// The second value is `true` where it was made.
    pub(in crate::store) fn take(path: &Path, checkpoint_pages: u32) -> Result<(Self, bool), StoreError> {
        let (lock, is_new) = if is_missing(path)? { (make(path)?, true) } else { (hold(path)?, false) };
        Ok((LedgerFile { path: path.to_owned(), folds_wal: checkpoint_pages > 0, _lock: lock }, is_new))
    }

    /// Folds the WAL in and empties it, so that nothing of what was overwritten is left there. Gives up where readers stay
    /// too long: the next time it is full does it.
    pub(in crate::store) async fn empty_wal(&self) {
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

/// Whether a file may be opened as a ledger. Looks at names and sizes only: closing a file that SQLite has open would take
/// its locks away.
pub(super) fn check(path: &Path) -> Result<(), StoreError> {
    let found = fs::metadata(path).map_err(StoreError::CannotOpen)?;
    if found.len() == 0 {
        return Err(StoreError::Emptied);
    }
    if found.nlink() > 1 {
        return Err(StoreError::HardLinks { names: found.nlink() });
    }
    // A ledger has a write-ahead log instead. SQLite would take this for the ledger's all the same, and undo the ledger.
    let journal = with_suffix(&resolved(path), JOURNAL);
    match fs::symlink_metadata(&journal) {
        Ok(_) => Err(StoreError::StrayJournal(journal)),
        Err(_) => Ok(()),
    }
}

/// A path without links, as SQLite names the files next to it.
pub(super) fn resolved(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Whether a new ledger belongs there: nothing is, and nothing is left of one either.
pub(super) fn is_missing(path: &Path) -> Result<bool, StoreError> {
    match fs::symlink_metadata(path) {
        Ok(_) => return Ok(false),
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(StoreError::CannotOpen(error)),
        Err(_) => {}
    }
    let mut left = [LOG, LOG_INDEX, JOURNAL].map(|suffix| with_suffix(path, suffix)).into_iter();
    match left.find(|left| fs::symlink_metadata(left).is_ok()) {
        Some(left) => Err(StoreError::Missing { left }),
        None => Ok(true),
    }
}

/// A new ledger: whole under its name or not there at all, so that one that is found empty was emptied.
fn make(path: &Path) -> Result<File, StoreError> {
    let cannot = |error: std::io::Error| match error.kind() {
        // Another process makes it, or has just made it.
        ErrorKind::ResourceBusy | ErrorKind::AlreadyExists => StoreError::InUse,
        _ => StoreError::CannotOpen(error),
    };
    let new = NewFile::begin(path, OWNER_ALONE).map_err(cannot)?;
    for suffix in [LOG, LOG_INDEX, JOURNAL] {
        // Of a process that was killed at this point.
        drop(fs::remove_file(with_suffix(new.part(), suffix)));
    }
    let connection = open_without_journal(new.part())?;
    migration::create(&sql::Connection::Sqlite(connection))?;
    let connection = Connection::open(new.part())?;
    super::use_wal(&connection)?;
    connection.close().map_err(|(_, error)| error)?;
    new.keep().map_err(cannot)
}

/// A connection to a file that nobody has use for until it is whole: what an interrupted transaction leaves is not undone.
pub(super) fn open_without_journal(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    for pragma in ["pragma journal_mode = off", "pragma synchronous = off"] {
        let mut statement = connection.prepare(pragma)?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
    }
    Ok(connection)
}

/// Holds a ledger that is there.
fn hold(path: &Path) -> Result<File, StoreError> {
    let file = File::options().read(true).write(true).open(path).map_err(StoreError::CannotOpen)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StoreError::InUse),
        Err(TryLockError::Error(error)) => return Err(StoreError::CannotOpen(error)),
    }
    check(path)?;
    Ok(file)
}
