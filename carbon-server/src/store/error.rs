//! Why the ledger did not do what was asked.

use crate::store::sql;
use carbon_report::Month;
use thiserror::Error;

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

/// What stood in the way of opening a ledger.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct LedgerError(pub(crate) StoreError);
