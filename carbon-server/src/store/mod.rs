//! The ledger's door. All SQL lives behind it, and every call names the account it is for.
//!
//! One thread writes ([`writer`]): it commits whatever waits, together, with one sync to disk, and only then answers.
//! Reads run beside it on connections of their own ([`reader`]). Nothing here blocks the async runtime.

mod account;
mod alert;
mod api_key;
mod billing;
mod book;
mod branding;
mod check;
mod dashboard;
mod event;
mod event_id;
mod journal;
mod month;
mod names;
mod outbox;
mod pact_client;
mod pact_event;
mod postgres;
mod pruned;
mod reader;
mod report;
mod restatement;
mod reversal;
mod schema;
mod session;
mod source;
mod source_setting;
mod sql;
mod sqlite;
mod sums;
mod tenant;
mod tenant_events;
mod tenant_export;
mod tenant_month;
mod usage;
mod writer;

pub(crate) use account::{AccountCreated, NewAccount, Profile};
pub(crate) use alert::{Budget, NewAlert, Threshold, Watched, Webhook};
pub(crate) use api_key::{KeyAdded, KeyOwner, ListedKey, NewKey};
pub(crate) use billing::{Billed, BilledDashboard, BilledReport, EventRange, Intake};
pub(crate) use branding::Branding;
pub(crate) use check::{Checked, ClosedFigures, NotSound, check};
pub(crate) use dashboard::{DashboardLink, Opened};
pub(crate) use event::{Appended, Batch, BatchAppended, BatchKey, Event};
pub(crate) use journal::hex;
pub(crate) use month::{ClosedTenant, EventCounts, MonthState, OpenMonth, ToClose};
pub(crate) use names::{Deployment, Side, Tag};
pub(crate) use outbox::{MessageKind, OutboxMessage};
pub(crate) use pact_client::{AnswersTo, NewPactClient, PactClient, Recipient};
pub(crate) use pact_event::{NewPactEvent, PactRequest};
pub(crate) use postgres::{NotAServer, Prunable, Server};
pub(crate) use report::{FinalReport, Issued, ListedReport, NewReport, Saved, Series};
pub(crate) use restatement::{RestatedTenant, Restatement, StatedMonth};
pub(crate) use reversal::{Cancelled, Reversal, Reversed};
pub(crate) use source::{first_difference, months_with_events, move_ledger, prune};
pub(crate) use source_setting::SourceSetting;
pub(crate) use sqlite::{OWNER_ALONE, backup};
pub(crate) use tenant::{DefaultRegions, Tenant, TenantProfile};
pub(crate) use tenant_export::Exported;
pub(crate) use tenant_month::{Basis, EarlierFound, MonthOfTenant, RestatedFound, Told};
pub(crate) use usage::{Apart, UsageAnswered, UsageFound, UsageQuery, UsageRow, usage_of_ledger};

use self::{
    book::Book,
    reader::Readers,
    source::Source,
    sql::{Connection, NONE},
    sqlite::LedgerFile,
    writer::Writer,
};
use carbon_report::Month;
use prometheus_client::metrics::histogram::Histogram;
use sha2::{Digest, Sha256};
use std::sync::{Arc, RwLock};
use thiserror::Error;

use crate::{
    config::Config,
    database::{Database, PostgresServer},
};

/// Internal number of an account: proof that a key was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct AccountKey(i64);

/// The open ledger.
pub(crate) struct Store {
    writer: Writer,
    readers: Readers,
    /// Known by heart: asked for with every event that names no region.
    default_regions: Arc<RwLock<DefaultRegions>>,
    /// Learns of regions that other servers set, where there may be others.
    following: Option<tokio::task::JoinHandle<()>>,
    /// What dashboard links are signed with.
    link_secret: [u8; 32],
    /// Where the ledger is a file.
    file: Option<LedgerFile>,
}

impl Store {
    /// Opens the ledger, makes it where it is missing, upgrades it where it is old. Needs a tokio runtime.
    /// The second value is `true` where it was empty.
    pub(crate) async fn open(config: &Config) -> Result<(Store, bool), StoreError> {
        let Config { database, checkpoint_pages, limits, .. } = config;
        let (source, file) = match database {
            Database::Sqlite { path } => {
                let file = LedgerFile::take(path, *checkpoint_pages)?;
                let checkpoint_pages = *checkpoint_pages;
                (Source::Sqlite { path: path.clone(), checkpoint_pages }, Some(file))
            }
            Database::Postgres(PostgresServer(server)) => (Source::Postgres(server.clone()), None),
        };
        let (opened, tags_max) = (source.clone(), limits.tags_per_tenant_max);
        // A client of PostgreSQL waits on its own thread.
        let opened = tokio::task::spawn_blocking(move || Opening::of(&opened, tags_max));
        let opened = opened.await.expect("opening does not panic and is not cancelled")?;
        let Opening { connection, book, is_new, link_secret, default_regions } = opened;
        let writer = Writer::start(source.clone(), connection, book, limits.writes_waiting_max)?;
        let is_shared = matches!(source, Source::Postgres(_));
        let readers = Readers::new(source);
        let default_regions = Arc::new(RwLock::new(default_regions));
        let following =
            is_shared.then(|| tokio::spawn(tenant::follow_regions(readers.clone(), default_regions.clone())));
        Ok((Store { writer, readers, default_regions, following, link_secret, file }, is_new))
    }

    /// Goes through the writer and a reader, so that a request that has to wait for ever waits here.
    pub(crate) async fn probe(&self) -> Result<(), StoreError> {
        self.writer.probe().await?;
        self.readers.read(|connection| connection.query_row("select 1", NONE, |_| Ok(()))).await
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

    /// Commits what was accepted, then closes the ledger; `false` where the writer had failed.
    pub(crate) async fn close(self) -> bool {
        if let Some(following) = self.following {
            following.abort();
            drop(following.await);
        }
        // The last connection to close folds the WAL into the file, and it must be one that may write.
        self.readers.close().await;
        let closed = self.writer.close().await;
        // Last of all: closing any handle to the file drops the locks that SQLite holds on it.
        drop(self.file);
        closed
    }
}

/// What opening a ledger finds.
struct Opening {
    connection: Connection,
    book: Book,
    is_new: bool,
    link_secret: [u8; 32],
    default_regions: DefaultRegions,
}

impl Opening {
    fn of(source: &Source, tags_max: usize) -> Result<Self, StoreError> {
        let connection = source.open_writer()?;
        let is_new = source::migrate(&connection)?;
        let mut book = connection.snapshot(|connection| Book::load(connection, tags_max))??;
        if let Connection::Sqlite(_) = connection {
            writer::fold(&connection, &mut book)?;
        }
        let link_secret = connection.query_row("select link_secret from ledger", NONE, |row| row.get(0))?;
        let default_regions = tenant::default_regions(&connection)?;
        Ok(Opening { connection, book, is_new, link_secret, default_regions })
    }
}

/// Adds an account to a ledger, beside a server that has it open or without one. Accounts are not part of what the server
/// knows by heart.
pub(crate) fn add_account_to(database: &Database, new: &NewAccount) -> Result<AccountCreated, StoreError> {
    let (source, lock) = match database {
        Database::Sqlite { path } => {
            let checkpoint_pages = sqlite::CHECKPOINT_PAGES;
            let lock = match LedgerFile::take(path, checkpoint_pages) {
                Ok(lock) => Some(lock),
                Err(StoreError::InUse) => None,
                Err(error) => return Err(error),
            };
            (Source::Sqlite { path: path.clone(), checkpoint_pages }, lock)
        }
        Database::Postgres(PostgresServer(server)) => (Source::Postgres(server.clone()), None),
    };
    let connection = source.open_writer()?;
    // A file that a server has open is not changed under it.
    match (&source, &lock) {
        (Source::Sqlite { .. }, None) => source::is_current(&connection)?,
        _ => drop(source::migrate(&connection)?),
    }
    let created = writer::in_transaction(&connection, || Ok(account::add_account(&connection, new)?))?;
    drop(connection);
    // Last of all, as in `Store::close`.
    drop(lock);
    Ok(created)
}

/// Why the ledger did not do what was asked. Nothing of it was kept.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    /// The file cannot be opened for writing.
    #[error("{0}")]
    CannotOpen(std::io::Error),
    /// A file keeps all events.
    #[error("events are let go on a PostgreSQL server alone")]
    NotPruned,
    /// Its events are still needed.
    #[error("the events of {month} are kept: {why}")]
    NotPrunable { month: Month, why: String },
    /// A ledger is moved out of a file that is there, onto a PostgreSQL server.
    #[error("a ledger is moved from sqlite: to postgres://")]
    NotMoved,
    /// What is to be moved would stand beside something else.
    #[error("there is a ledger in it already, and it is another one")]
    NotEmpty,
    /// Half of a ledger is none.
    #[error("a ledger is being moved into it and not all of it is there: run `carbon-server migrate` again")]
    Moving,
    /// Copied it is by its server's tools.
    #[error(
        "a ledger on a PostgreSQL server is copied with pg_dump or by continuous archiving: see docs/scaling.md"
    )]
    NotAFile,
    /// Another process has it.
    #[error("another server has it open")]
    InUse,
    /// More waits for the writer than it takes: try again soon.
    #[error("the ledger is busy")]
    Busy,
    /// The group that this write was in could not be committed.
    #[error("the ledger could not be written")]
    NotCommitted,
    /// The engine's own words.
    #[error(transparent)]
    Sql(#[from] sql::Error),
    /// The server cannot be reached as its URL says.
    #[error("{0}")]
    NoServer(String),
    /// A file system that cannot share memory, most likely.
    #[error("the file cannot be kept in WAL mode, only in {mode:?}")]
    NoWal { mode: String },
    /// Nobody has served it yet.
    #[error("it holds no ledger yet: a server makes one when it starts on it")]
    NoLedger,
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

impl StoreError {
    /// The month whose events were let go, where they are what is missing.
    pub(crate) fn pruned(&self) -> Option<Month> {
        match self {
            StoreError::Sql(sql::Error::Pruned(month)) => Some(*month),
            _ => None,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::Sql(error.into())
    }
}
