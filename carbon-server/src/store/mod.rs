//! The ledger's door. All SQL lives behind it, and every call names the account it is for.
//!
//! One thread writes ([`writer`]): it commits whatever waits, together, with one sync to disk, and only then answers.
//! Reads run beside it on connections of their own ([`reader`]). Nothing here blocks the async runtime.

mod account;
mod alert;
mod api_key;
mod backup;
mod billing;
mod book;
mod branding;
mod check;
mod dashboard;
mod event;
mod event_id;
mod id_index;
mod id_run;
mod journal;
mod migration;
mod month;
mod names;
mod reader;
mod report;
mod restatement;
mod session;
mod source_setting;
mod sums;
mod tenant;
mod tenant_events;
mod tenant_export;
mod tenant_month;
mod usage;
mod writer;

pub(crate) use account::{AccountCreated, NewAccount, Profile};
pub(crate) use alert::{Attempted, Budget, DueAlert, NewAlert, Threshold, Watched, Webhook};
pub(crate) use api_key::{KeyAdded, KeyOwner, ListedKey, NewKey};
pub(crate) use backup::backup;
pub(crate) use billing::{Billed, BilledDashboard, BilledReport, EventRange, Intake};
pub(crate) use branding::Branding;
pub(crate) use check::{Checked, ClosedFigures, NotSound, check};
pub(crate) use dashboard::{DashboardLink, Opened};
pub(crate) use event::{Appended, Batch, BatchAppended, BatchKey, Cancelled, Event, Reversal, Reversed};
pub(crate) use journal::hex;
pub(crate) use month::{ClosedTenant, EventCounts, MonthState, OpenMonth, ToClose};
pub(crate) use names::{Deployment, Side, Tag};
pub(crate) use report::{Issued, ListedReport, NewReport, Saved, Series};
pub(crate) use restatement::{RestatedTenant, Restatement, StatedMonth};
pub(crate) use source_setting::SourceSetting;
pub(crate) use tenant::{DefaultRegions, Tenant, TenantProfile};
pub(crate) use tenant_export::Exported;
pub(crate) use tenant_month::{Basis, EarlierFound, MonthOfTenant, RestatedFound, Told};
pub(crate) use usage::{Apart, UsageAnswered, UsageFound, UsageQuery, UsageRow, usage_of_file};

use prometheus_client::metrics::histogram::Histogram;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use sha2::{Digest, Sha256};
use std::{
    fs::{File, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, RwLock},
    time::Duration,
};
use thiserror::Error;
use {book::Book, reader::Readers, writer::Writer};

use crate::config::{Config, Database};

/// Internal number of an account: proof that a key was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct AccountKey(i64);

/// The open ledger.
pub(crate) struct Store {
    writer: Writer,
    readers: Readers,
    /// Known by heart: asked for with every event that names no region.
    default_regions: Arc<RwLock<DefaultRegions>>,
    /// What dashboard links are signed with.
    link_secret: [u8; 32],
    /// The ledger's file, where its WAL is ours to fold in.
    wal: Option<PathBuf>,
    /// Held for as long as the ledger is open, so that no second server writes beside this one.
    lock: File,
}

impl Store {
    /// Opens the file, makes it where it is missing, upgrades it where it is old. Needs a tokio runtime.
    /// The second value is `true` where it was empty.
    pub(crate) fn open(config: &Config) -> Result<(Store, bool), StoreError> {
        let Config { database: Database { path }, checkpoint_pages, limits, .. } = config;
        let wal = (*checkpoint_pages > 0).then(|| path.clone());
        let lock = only_server(path)?;
        // The path is a path: SQLite's URI forms are left out.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        configure(&connection, *checkpoint_pages)?;
        let is_new = migration::migrate(&mut connection)?;
        let mut book = Book::load(&connection, limits.tags_per_tenant_max)?;
        writer::fold(&connection, &mut book)?;
        let link_secret = connection.query_row("select link_secret from ledger", [], |row| row.get(0))?;
        let default_regions = Arc::new(RwLock::new(tenant::default_regions(&connection)?));
        let writer = Writer::start(connection, book, limits.writes_waiting_max)?;
        Ok((Store { writer, readers: Readers::new(path), default_regions, link_secret, wal, lock }, is_new))
    }

    /// Goes through the writer and a reader, so that a request that has to wait for ever waits here.
    pub(crate) async fn probe(&self) -> Result<(), StoreError> {
        self.writer.fold().await?;
        self.readers.read(|connection| connection.query_row("select 1", [], |_| Ok(()))).await
    }

    /// Writes that wait for their turn.
    pub(crate) fn writes_waiting(&self) -> usize {
        self.writer.waiting()
    }

    /// Counts the writes in each commit.
    pub(crate) fn group_sizes(&self) -> Histogram {
        self.writer.group_sizes()
    }

    /// Tells this ledger from every other, and is no secret.
    pub(crate) fn name(&self) -> String {
        hex(&Sha256::digest(self.link_secret))
    }

    /// Whether writes are still taken at all.
    pub(crate) fn is_writing(&self) -> bool {
        self.writer.is_writing()
    }

    /// Folds the WAL in and empties it, so that nothing of what was overwritten is left there. Gives up where readers stay
    /// too long: the next time it is full does it.
    async fn empty_wal(&self) {
        const TRIES: u32 = 20;
        const PAUSE: Duration = Duration::from_millis(100);
        let Some(path) = self.wal.clone() else { return };
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

    /// Commits what was accepted, then closes the file; `false` where the writer had failed.
    pub(crate) async fn close(self) -> bool {
        // The last connection to close folds the WAL into the file, and it must be one that may write.
        drop(self.readers);
        let closed = self.writer.close().await;
        // Last of all: closing any handle to the file drops the locks that SQLite holds on it.
        drop(self.lock);
        closed
    }
}

/// Permissions of a new file: it holds e-mail addresses, and secrets that sign; what stands beside it may name clients.
pub(crate) const OWNER_ALONE: u32 = 0o600;

/// Takes the file for this process; a process that ends, however it ends, gives it back.
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

/// Adds an account to the ledger in a file, beside a server that has it open or without one. Accounts are not part of what
/// the server knows by heart.
pub(crate) fn add_account_to(path: &Path, new: &NewAccount) -> Result<AccountCreated, StoreError> {
    let lock = only_server(path);
    let mut connection = Connection::open(path)?;
    configure(&connection, CHECKPOINT_PAGES)?;
    match lock {
        Ok(_) => drop(migration::migrate(&mut connection)?),
        Err(StoreError::InUse) => migration::is_current(&connection)?,
        Err(error) => return Err(error),
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let created = account::add_account(&transaction, new)?;
    transaction.commit()?;
    drop(connection);
    // Last of all, as in `Store::close`.
    drop(lock);
    Ok(created)
}

/// As SQLite has it.
const CHECKPOINT_PAGES: u32 = 1_000;

/// How long a second process (a backup, a check) may hold the lock before we give up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Prepared statements that a connection keeps: more than there are.
const STATEMENTS_KEPT: usize = 64;

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

/// Why the ledger did not do what was asked. Nothing of it was kept.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    /// The file cannot be opened for writing.
    #[error("{0}")]
    CannotOpen(std::io::Error),
    /// Another process has it.
    #[error("another server has it open")]
    InUse,
    /// More waits for the writer than it takes: try again soon.
    #[error("the ledger is busy")]
    Busy,
    /// The group that this write was in could not be committed.
    #[error("the ledger could not be written")]
    NotCommitted,
    /// SQLite's own words.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// A file system that cannot share memory, most likely.
    #[error("the file cannot be kept in WAL mode, only in {mode:?}")]
    NoWal { mode: String },
    /// The file is a database of something else.
    #[error("it is a database, but not a ledger of this program")]
    NotALedger,
    /// The file was changed by something else.
    #[error("its last seal does not fit the rows that are there: `carbon-server check` says more")]
    Damaged,
    /// A program that is older than its data must not touch them.
    #[error("the database has schema version {found}, this program knows {known}: start a newer program")]
    NewerSchema { found: usize, known: usize },
    /// It has not been opened by a server of this version yet.
    #[error(
        "the database has schema version {found}, this program {known}: start the server once to upgrade it"
    )]
    OlderSchema { found: usize, known: usize },
    /// The operating system gave no thread.
    #[error("no thread for the ledger: {0}")]
    NoThread(std::io::Error),
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
