//! What an engine answers where it does not do what it was asked.

use crate::store::{archive::error::ArchiveError, limits::OutOfTime};
use thiserror::Error;

/// Why a statement did not do its work.
#[derive(Debug, Error)]
pub(crate) enum Error {
    /// SQLite's own words.
    #[error(transparent)]
    Sqlite(rusqlite::Error),
    /// PostgreSQL's, or those of the connection to it.
    #[error("{}", told(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// The commit itself: what it was to keep may be there after a restart, or not.
    #[error("the commit failed: {0}")]
    Commit(Box<Error>),
    /// The server has not answered in time.
    #[error(transparent)]
    OutOfTime(#[from] OutOfTime),
    /// One row was asked for, and there is none.
    #[error("there is no such row")]
    NoRow,
    /// A statement that changes one row changed another number of rows: something else is at work in the database.
    #[error("{0} rows were changed where it should be one")]
    NotOneRow(usize),
    /// What was asked for rests on events that were pruned.
    #[error("the events of {0} were pruned")]
    Pruned(carbon_report::Month),
    /// What was asked for is in an archive that cannot be used.
    #[error(transparent)]
    Archive(#[from] Box<ArchiveError>),
    /// A value is not of the kind that it should be.
    #[error("{0}")]
    Unreadable(Box<dyn std::error::Error + Send + Sync>),
}

/// What a statement comes to.
pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A value that is not of the kind that it should be.
    pub(in crate::store) fn unreadable(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Error::Unreadable(why.into())
    }
}

impl Error {
    /// Of a commit: in doubt, unless the server itself says that it undid the transaction.
    pub(super) fn of_commit(self) -> Self {
        use tokio_postgres::error::Severity;
        let answered = match &self {
            Error::Postgres(error) => error.as_db_error().and_then(|error| error.parsed_severity()),
            _ => None,
        };
        // At the end of a connection, too, there is an error; what became of the commit, it does not say.
        if answered == Some(Severity::Error) { self } else { Error::Commit(Box::new(self)) }
    }
}

impl From<ArchiveError> for Error {
    fn from(error: ArchiveError) -> Self {
        Error::Archive(Box::new(error))
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::QueryReturnedNoRows => Error::NoRow,
            error => Error::Sqlite(error),
        }
    }
}

// What reads a file alone speaks of it in SQLite's own errors.
impl From<Error> for rusqlite::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Sqlite(error) => error,
            Error::NoRow => rusqlite::Error::QueryReturnedNoRows,
            other => rusqlite::Error::ToSqlConversionFailure(other.into()),
        }
    }
}

/// The server's message, and not only that there is one.
fn told(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(error) => match error.detail() {
            Some(detail) => format!("{}: {detail}", error.message()),
            None => error.message().to_owned(),
        },
        None => std::error::Error::source(error)
            .map_or_else(|| error.to_string(), |source| format!("{error}: {source}")),
    }
}

/// For rows that need not be there.
pub(in crate::store) trait OptionalExtension<T> {
    /// `None` where there is no such row.
    fn optional(self) -> Result<Option<T>>;
}

impl<T> OptionalExtension<T> for Result<T> {
    fn optional(self) -> Result<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(Error::NoRow) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
