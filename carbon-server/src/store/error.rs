//! Errors of the ledger.

use crate::store::sql;
use carbon_report::Month;
use thiserror::Error;

/// Why the ledger did not do what was asked. Nothing was stored.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    /// The file cannot be opened for writing.
    #[error("{0}")]
    CannotOpen(std::io::Error),
    /// A ledger in a file keeps all events.
    #[error("events can be pruned on a PostgreSQL server only")]
    NotPruned,
    /// Its events are still needed.
    #[error("the events of {month} are kept: {why}")]
    NotPrunable { month: Month, why: String },
    /// A ledger can be moved only from an existing file to a PostgreSQL server.
    #[error("a ledger can be moved only from sqlite: to postgres://")]
    NotMoved,
    /// The target has a different ledger.
    #[error("it already holds a different ledger")]
    NotEmpty,
    /// A ledger was moved to it incompletely.
    #[error("a ledger is being moved into it and is incomplete: run `carbon-server migrate` again")]
    Moving,
    /// PostgreSQL has its own tools for backups.
    #[error(
        "back up a ledger on a PostgreSQL server with pg_dump or continuous archiving: see docs/scaling.md"
    )]
    NotAFile,
    /// Another process has it.
    #[error("another server has it open")]
    InUse,
    /// The writer's queue is full: retry soon.
    #[error("the ledger is busy")]
    Busy,
    /// The transaction with this write could not be committed.
    #[error("the ledger could not be written")]
    NotCommitted,
    /// An error of the engine.
    #[error(transparent)]
    Sql(#[from] sql::Error),
    /// The server cannot be reached at its URL.
    #[error("{0}")]
    NoServer(String),
    /// Probably a file system without shared memory.
    #[error("the file cannot be used in WAL mode, only in {mode:?}")]
    NoWal { mode: String },
    /// No server has run on it yet.
    #[error("it holds no ledger yet: a server creates one when it starts")]
    NoLedger,
    /// The file is a database of something else.
    #[error("it is a database, but not a ledger of this program")]
    NotALedger,
    /// The file was changed by something else.
    #[error("its last seal does not match the rows: run `carbon-server check` for details")]
    Damaged,
    /// The data is from a newer program.
    #[error("the database has schema version {found}, this program knows {known}: start a newer program")]
    NewerSchema { found: usize, known: usize },
    /// No server of this version has opened it yet.
    #[error(
        "the database has schema version {found}, this program {known}: start the server once to upgrade it"
    )]
    OlderSchema { found: usize, known: usize },
    /// Something else has changed what the database consists of, as by a trigger that swallows rows.
    #[error("its schema was changed: {0}")]
    OtherSchema(String),
    /// The operating system did not start a thread.
    #[error("cannot start a thread for the ledger: {0}")]
    NoThread(std::io::Error),
}

impl StoreError {
    /// The month whose events were pruned, if that is the cause.
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

/// Why a ledger cannot be opened.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct LedgerError(pub(crate) StoreError);
