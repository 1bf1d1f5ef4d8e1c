//! Whether the files under a server are still those that it opened.
//!
//! A process goes on writing to a file that was removed or replaced, and notices nothing: what it acknowledges is gone with
//! the process. So names and sizes are looked at after every commit, once a second, and when somebody asks. What was lost
//! once stays so until the server starts again: who moved the files may have opened them elsewhere.

use crate::base::durable_file::with_suffix;
use crate::store::{
    error::{FileLost, StoreError},
    sqlite::file::{LOG, LOG_INDEX, resolved},
};
use rusqlite::{Connection, OpenFlags};
use std::{
    fs::{self, File, Metadata},
    io::ErrorKind,
    os::unix::fs::{FileExt, MetadataExt},
    path::{Path, PathBuf},
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How often the files are looked at while nothing is written.
pub(in crate::store) const EVERY: Duration = Duration::from_secs(1);

/// The files of an open ledger, as they were when it was opened.
pub(in crate::store) struct FileWatch {
    ledger: Named,
    log: Named,
    log_index: Named,
    /// The log itself, to read how it begins.
    log_file: File,
    page_bytes: u64,
    /// A ledger grows, and never shrinks.
    bytes_max: AtomicU64,
    /// Asked how long the log is. While it is open, SQLite keeps the log where it is.
    connection: Mutex<Option<Connection>>,
    lost: OnceLock<FileLost>,
}

/// A file by its name and by its numbers.
struct Named {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Named {
    fn at(path: PathBuf) -> std::io::Result<Self> {
        let found = fs::metadata(&path)?;
        Ok(Named { path, device: found.dev(), inode: found.ino() })
    }

    /// What its name stands for now: `Ok(None)` where that cannot be found out.
    fn find(&self, removed: FileLost, replaced: FileLost) -> Result<Option<Metadata>, FileLost> {
        match fs::metadata(&self.path) {
            Ok(found) if (found.dev(), found.ino()) == (self.device, self.inode) => Ok(Some(found)),
            Ok(_) => Err(replaced),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(removed),
            Err(_) => Ok(None),
        }
    }
}

impl FileWatch {
    /// Of a ledger that this process has just opened.
    pub(in crate::store) fn start(path: &Path) -> Result<Self, StoreError> {
        let path = resolved(path);
        // Only one that may write is told how long the log is.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags)?;
        connection.busy_timeout(super::BUSY_TIMEOUT)?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        let page_bytes: u64 = connection.query_row("pragma page_size", [], |row| row.get(0))?;
        frames(&connection)?;
        let named = |suffix| Named::at(with_suffix(&path, suffix)).map_err(StoreError::CannotOpen);
        let (log, log_index) = (named(LOG)?, named(LOG_INDEX)?);
        let log_file = File::open(&log.path).map_err(StoreError::CannotOpen)?;
        let ledger = named("")?;
        let connection = Mutex::new(Some(connection));
        let (bytes_max, lost) = (AtomicU64::new(0), OnceLock::new());
        Ok(FileWatch { ledger, log, log_index, log_file, page_bytes, bytes_max, connection, lost })
    }

    /// What was lost, if anything was.
    pub(in crate::store) fn lost(&self) -> Result<(), StoreError> {
        self.lost.get().map_or(Ok(()), |lost| Err(StoreError::FileLost(*lost)))
    }

    /// Looks at names, sizes, and how the log begins: little enough for every commit.
    pub(in crate::store) fn glance(&self) -> Result<(), StoreError> {
        self.lost()?;
        self.note(self.names().map(drop))
    }

    /// Also compares the log with what SQLite knows of it.
    pub(in crate::store) fn look(&self) -> Result<(), StoreError> {
        self.lost()?;
        // Twice: between the question and the look, somebody may have emptied the log in good order.
        let is_short = self.log_is_short() && self.log_is_short();
        let length = if is_short { Err(FileLost::LogTruncated) } else { Ok(()) };
        self.note(self.names().and(length))
    }

    fn note(&self, found: Result<(), FileLost>) -> Result<(), StoreError> {
        let Err(lost) = found else { return Ok(()) };
        if self.lost.set(lost).is_ok() {
            tracing::error!(
                ledger = %self.ledger.path.display(),
                "{lost}: nothing is written or read until the server is restarted on the right file"
            );
        }
        Err(StoreError::FileLost(lost))
    }

    fn names(&self) -> Result<(), FileLost> {
        /// How every log of SQLite begins, but for one bit.
        const MAGIC: [u8; 4] = [0x37, 0x7f, 0x06, 0x82];
        if let Some(found) = self.ledger.find(FileLost::Removed, FileLost::Replaced)? {
            if found.nlink() > 1 {
                return Err(FileLost::Linked);
            }
            if found.len() < self.bytes_max.fetch_max(found.len(), Ordering::Relaxed) {
                return Err(FileLost::Truncated);
            }
        }
        for file in [&self.log, &self.log_index] {
            file.find(FileLost::LogRemoved, FileLost::LogReplaced)?;
        }
        // What is written behind a place where it was cut leaves zeros before it.
        let mut head = [0; 4];
        let has_head = self.log_file.read_exact_at(&mut head, 0).is_ok();
        head[3] &= 0xfe;
        if has_head && head != MAGIC { Err(FileLost::LogTruncated) } else { Ok(()) }
    }

    /// Whether the log is shorter than what SQLite has in it.
    fn log_is_short(&self) -> bool {
        const HEAD_BYTES: u64 = 32;
        const FRAME_HEAD_BYTES: u64 = 24;
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(frames) = connection.as_ref().and_then(|connection| frames(connection).ok()) else {
            return false;
        };
        let Ok(found) = self.log_file.metadata() else { return false };
        frames > 0 && found.len() < HEAD_BYTES + frames * (FRAME_HEAD_BYTES + self.page_bytes)
    }

    /// Closes the connection before the ledger is closed. Where they were lost, SQLite is left as it is until the process ends:
    /// it would remove the log by its name, which may be another ledger's by now.
    pub(in crate::store) fn release(&self) {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner).take();
        if self.lost.get().is_some() {
            std::mem::forget(connection);
        }
    }
}

impl Drop for FileWatch {
    fn drop(&mut self) {
        self.release();
    }
}

/// How many pages there are in the log, as SQLite has it.
fn frames(connection: &Connection) -> rusqlite::Result<u64> {
    // Below 0 where there is no log yet.
    let pages: i64 = connection.query_row("pragma wal_checkpoint(noop)", [], |row| row.get(1))?;
    Ok(u64::try_from(pages).unwrap_or(0))
}
