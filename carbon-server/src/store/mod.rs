//! The ledger's door. All SQL lives behind it, and every call names the account it is for.
//!
//! One thread writes ([`writer`]): it commits whatever waits, together, with one sync to disk, and only then answers.
//! Reads run beside it on connections of their own ([`reader`]). Nothing here blocks the async runtime.

mod account;
mod event;
mod migration;
mod names;
mod reader;
mod report;
mod writer;

pub(crate) use account::{AccountCreated, KeyOwner, NewAccount, NewKey};
pub(crate) use event::{Appended, Event};
pub(crate) use names::Deployment;
pub(crate) use report::{Issued, MonthOfTenant, NewReport, Saved, Series};

use rusqlite::Connection;
use std::{path::Path, time::Duration};
use thiserror::Error;
use {reader::Readers, writer::Writer};

/// Internal number of an account: proof that a key was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct AccountKey(i64);

/// The open ledger.
pub(crate) struct Store {
    writer: Writer,
    readers: Readers,
}

impl Store {
    /// Opens the file, makes it where it is missing, upgrades it where it is old.
    /// The second value is `true` where it was empty.
    pub(crate) fn open(path: &Path) -> Result<(Store, bool), StoreError> {
        let mut connection = Connection::open(path)?;
        configure(&connection)?;
        let is_new = migration::migrate(&mut connection)?;
        Ok((Store { writer: Writer::start(connection)?, readers: Readers::new(path) }, is_new))
    }

    /// Commits what was accepted, then closes the file.
    pub(crate) async fn close(self) {
        // The last connection to close folds the WAL into the file, and it must be one that may write.
        drop(self.readers);
        self.writer.close().await;
    }
}

/// How long a second process (a backup, a check) may hold the lock before we give up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

fn configure(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // What is acknowledged has been through fsync.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

/// Why the ledger did not do what was asked. Nothing of it was kept.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    /// More waits for the writer than it takes: try again soon.
    #[error("the ledger's queue is full")]
    Busy,
    /// The group that this write was in could not be committed.
    #[error("the ledger could not be written")]
    NotCommitted,
    /// SQLite's own words.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// A program that is older than its data must not touch them.
    #[error("the database has schema version {found}, this program knows {known}: start a newer program")]
    NewerSchema { found: usize, known: usize },
    /// The operating system gave no thread.
    #[error("no thread for the ledger: {0}")]
    NoThread(std::io::Error),
}
