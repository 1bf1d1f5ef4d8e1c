//! Errors of the ledger.

use crate::store::{key::BookNumber, sql};
use carbon_report::Month;
use serde::Serialize;
use std::path::PathBuf;
use thiserror::Error;

/// Why the ledger did not do what was asked. Nothing was stored, unless [`Self::is_in_doubt`].
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    /// The file cannot be opened for writing.
    #[error("{0}")]
    CannotOpen(std::io::Error),
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
    /// A ledger is never empty.
    #[error("it is empty, and a ledger never is: restore a backup, or remove the file to begin a new ledger")]
    Emptied,
    /// The file is gone, and what belongs to it is not.
    #[error("it is missing, but {} is there: put the file back, or remove that too to begin a new one", .left.display())]
    Missing { left: PathBuf },
    /// What would undo what is in the file.
    #[error(
        "{} is next to it, left by a copy that was interrupted, and would undo what is in the file: remove it, then run \
         `carbon-server check`",
        .0.display()
    )]
    StrayJournal(PathBuf),
    /// Each name would get a write-ahead log of its own.
    #[error("it has {names} names (hard links), and each would get a log of its own: keep one")]
    HardLinks { names: u64 },
    /// The files under the server are not those that it opened.
    #[error("{0}")]
    FileLost(FileLost),
    /// The server may lose what it has acknowledged.
    #[error(
        "{setting} is off, so a power cut can lose or damage what was acknowledged: turn it on, or add \
         allow_{setting}_off=true to the URL"
    )]
    NotDurable { setting: String },
    /// Another process has it.
    #[error("another server has it open")]
    InUse,
    /// The writer's queue is full: retry soon.
    #[error("the ledger is busy")]
    Busy,
    /// The account's book was made a moment ago.
    #[error("the account's book is being opened")]
    NotOpen,
    /// The transaction with this write could not be committed.
    #[error("the ledger could not be written")]
    NotCommitted,
    /// The commit failed, and it could not be found out whether a restart will find it.
    #[error("the ledger failed while it was written, and whether this was stored is not known")]
    InDoubt(GivenIds),
    /// An error of the engine.
    #[error(transparent)]
    Sql(#[from] sql::Error),
    /// The server cannot be reached at its URL.
    #[error("{0}")]
    NoServer(String),
    /// How many books a ledger has is said when it is made.
    #[error(
        "it has {found} books, not {wanted}: leave out --books, or make another ledger and move this one"
    )]
    OtherBooks { wanted: u32, found: usize },
    /// A file has no others.
    #[error("a file is one book: leave out --books, or keep the ledger on a PostgreSQL server")]
    OneBook,
    /// Books of one account are on a server, too.
    #[error("a file is one book: leave out --own-book, or keep the ledger on a PostgreSQL server")]
    NoOwnBook,
    /// No number is left for another.
    #[error("it has as many books as a ledger can have: {}", BookNumber::MAX)]
    NoMoreBooks,
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
    /// Whether it may have been stored all the same.
    pub(crate) fn is_in_doubt(&self) -> bool {
        matches!(self, StoreError::InDoubt(_) | StoreError::Sql(sql::Error::Commit(_)))
    }

    /// Whether whoever waited has stopped, and what was asked may still be done.
    pub(crate) fn is_out_of_time(&self) -> bool {
        match self {
            StoreError::Sql(sql::Error::Commit(error)) => matches!(**error, sql::Error::OutOfTime(_)),
            StoreError::Sql(sql::Error::OutOfTime(_)) => true,
            _ => false,
        }
    }

    /// The month whose events were pruned, if that is the cause.
    pub(crate) fn pruned(&self) -> Option<Month> {
        match self {
            StoreError::Sql(sql::Error::Pruned(month)) => Some(*month),
            _ => None,
        }
    }

    /// The month whose archive cannot be used, if that is the cause.
    pub(crate) fn archive(&self) -> Option<Month> {
        match self {
            StoreError::Sql(sql::Error::Archive(error)) => Some(error.month),
            _ => None,
        }
    }
}

/// For what asks an engine, and may have to open it first.
impl From<StoreError> for sql::Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Sql(error) => error,
            other => sql::Error::unreadable(other),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::Sql(error.into())
    }
}

/// Ids under which events that may have been stored can be sent again, so that they count once.
#[derive(Debug, Default)]
pub(crate) enum GivenIds {
    /// There are no events.
    #[default]
    None,
    /// That of the one event.
    One(String),
    /// Those that the sender of a batch did not give.
    OfRows(Vec<GivenId>),
}

/// The id that an event of a batch was given.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct GivenId {
    /// Its place, from 0.
    pub(crate) index: usize,
    pub(crate) event_id: String,
}

/// What became of the files under a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum FileLost {
    #[error("the ledger's file was removed or moved while the server ran")]
    Removed,
    #[error("the ledger's file was replaced by another while the server ran")]
    Replaced,
    #[error("the ledger's file was truncated while the server ran")]
    Truncated,
    #[error("the ledger's file got a second name (a hard link) while the server ran")]
    Linked,
    #[error("the ledger's write-ahead log was removed while the server ran")]
    LogRemoved,
    #[error("the ledger's write-ahead log was replaced by another while the server ran")]
    LogReplaced,
    #[error("the ledger's write-ahead log was truncated while the server ran")]
    LogTruncated,
}

/// Why a ledger cannot be opened.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct LedgerError(pub(crate) StoreError);
