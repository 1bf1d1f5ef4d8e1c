//! What is imported, to where, and what came of it.

use crate::{
    command::import::columns::ColumnMap,
    ingest::call::TrackRequest,
    store::{database::Database, error::LedgerError},
};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A row that could not be counted.
#[derive(Serialize)]
pub(super) struct RejectedRow {
    /// Its line in a table or a file of lines, otherwise its position among the records, from 1.
    pub(super) row: u64,
    pub(super) reason: String,
    /// What was read of it.
    pub(super) event: Option<Box<TrackRequest>>,
}

/// A file with calls, and how to read it.
#[derive(Clone, Debug)]
pub(crate) struct ImportFile {
    /// The file; gzip is recognised by its first bytes.
    pub file: PathBuf,
    /// Its format.
    pub format: ImportFormat,
    /// For [`ImportFormat::Csv`]: which column has which field.
    pub columns: ColumnMap,
    /// Fields that name the tenant, in order of preference; if empty, those of the format.
    pub tenant_fields: Vec<String>,
}

/// What to import, and where to.
#[derive(Clone, Debug)]
pub(crate) struct ImportOptions {
    /// The input.
    pub export: ImportFile,
    /// Tenant of the rows that name none.
    pub tenant_id: Option<String>,
    /// The target.
    pub to: ImportTarget,
    /// Whether to start over instead of resuming; nothing is counted twice either way.
    pub from_start: bool,
}

/// Format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportFormat {
    /// What /api/v1/track takes, one JSON object per line
    Ndjson,
    /// A table with a header row; see --column
    Csv,
    /// LiteLLM's spend logs: the response of /spend/logs, or a table of LiteLLM_SpendLogs
    Litellm,
    /// OpenAI's usage: the response of /v1/organization/usage/completions, or the dashboard's CSV
    OpenaiUsage,
    /// Anthropic's report: the response of /v1/organizations/usage_report/messages, or the console's CSV
    AnthropicUsage,
    /// Langfuse's observations: the response of its API, or an export as JSON, JSONL or CSV
    Langfuse,
}

/// Where rows are stored.
#[derive(Clone, Debug)]
pub(crate) enum ImportTarget {
    /// A ledger on which no server is running.
    Ledger {
        /// The ledger.
        database: Database,
        /// E-mail of the account; not needed if there is only one.
        account_email: Option<String>,
        /// Whether the rows become test events.
        is_test: bool,
    },
    /// A running server.
    Server {
        /// Its address.
        url: String,
        /// A live or a test key.
        api_key: String,
    },
}

/// The outcome of an import, including the rows of an interrupted earlier run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Imported {
    /// Rows of the file.
    pub rows: u64,
    /// Events that were added.
    pub accepted: u64,
    /// Events that were already there, with the same content.
    pub duplicates: u64,
    /// Rows that are not model calls.
    pub passed_over: u64,
    /// Rows whose counts are not certain, though they were counted.
    #[serde(default)]
    pub uncertain: u64,
    /// Rows whose context is not counted, as they stand for an unknown number of calls.
    #[serde(default)]
    pub without_context: u64,
    /// Rows that could not be counted; they are in the file's `.rejected` with their reasons.
    pub rejected: u64,
    /// Rows that an earlier run imported.
    #[serde(default)]
    pub resumed_after: u64,
}

/// The progress of an import.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImportProgress {
    /// Bytes of the file read so far.
    pub bytes: u64,
    /// Bytes of the file.
    pub bytes_total: u64,
    /// Rows stored so far.
    pub rows: u64,
    /// Of these, the rows stored by this run.
    pub rows_now: u64,
}

/// Why an import ended early. Rows stored so far stay, and the next run resumes after them.
#[derive(Debug, Error)]
pub(crate) enum NotImported {
    /// A file could not be read or written.
    #[error("{path}: {cause}")]
    File {
        /// The file.
        path: String,
        /// The operating system's error.
        cause: std::io::Error,
    },
    /// The file is not in the given format.
    #[error("{0}")]
    Format(String),
    /// A flag does not match the file or the ledger, or another run has the file.
    #[error("{0}")]
    Options(String),
    /// The ledger could not be opened or written.
    #[error("{0}")]
    Ledger(#[from] LedgerError),
    /// The server could not be reached, or did not accept what was sent.
    #[error("{0}")]
    Server(String),
}

impl NotImported {
    /// The operating system's error about that file.
    pub(super) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |cause| NotImported::File { path, cause }
    }
}
