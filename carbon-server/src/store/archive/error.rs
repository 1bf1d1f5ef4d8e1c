//! Why an archive is of no use.

use carbon_report::Month;
use thiserror::Error;

/// An archive that cannot be used, and why.
#[derive(Debug, Error)]
#[error("the archive of the events of {month}, {at}: {fault}")]
pub(crate) struct ArchiveError {
    pub(crate) month: Month,
    /// Where it is, or should be.
    pub(in crate::store) at: String,
    pub(in crate::store) fault: ArchiveFault,
}

/// What is wrong with an archive, or with the place where it should be.
#[derive(Debug, Error)]
pub(in crate::store) enum ArchiveFault {
    /// The file, or the folder.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// The object store could not be asked.
    #[error("{0}")]
    Unreached(Box<ureq::Error>),
    /// The object store did not do it.
    #[error("the object store answers {status}{said}")]
    Refused { status: u16, said: String },
    /// Nobody has said how to reach the object store.
    #[error("{0}")]
    Settings(String),
    /// It is not the file that was written.
    #[error("it is not the file that was written: its SHA-256 is {found}, not {expected}")]
    OtherBytes { found: String, expected: String },
    /// What should be in it could not be read.
    #[error("{0}")]
    Ledger(Box<dyn std::error::Error + Send + Sync>),
    /// It is the file that was written, and it does not hold what it should.
    #[error("{0}")]
    Contents(String),
}

impl From<ureq::Error> for ArchiveFault {
    fn from(error: ureq::Error) -> Self {
        ArchiveFault::Unreached(Box::new(error))
    }
}

impl From<parquet::errors::ParquetError> for ArchiveFault {
    fn from(error: parquet::errors::ParquetError) -> Self {
        ArchiveFault::Contents(error.to_string())
    }
}
