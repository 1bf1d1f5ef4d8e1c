//! Imports the calls in a file into a ledger, or sends them to a running server.
//!
//! One thread reads and checks rows, the caller's thread stores them chunk by chunk. Progress is kept next to the file, so an
//! interrupted run can resume; and every row has its own id, so importing a row again changes nothing.

use crate::{
    command::import::{
        checkpoint::{Checkpoint, Done, Rejections},
        columns::ColumnMap,
        reading::{Chunk, GONE, Row, each_chunk},
        records,
        target::{Kept, LedgerTarget, ServerTarget, Target},
    },
    ingest::call::TrackRequest,
    store::{database::Database, error::LedgerError},
};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A file with calls, and how to read it.
#[derive(Clone, Debug)]
pub(crate) struct Export {
    /// The file; gzip is recognised by its first bytes.
    pub file: PathBuf,
    /// Its format.
    pub format: ImportFormat,
    /// For [`ImportFormat::Csv`]: which column has which field.
    pub columns: ColumnMap,
    /// Fields that name the tenant, in order of preference; if empty, those of the format.
    pub tenant_fields: Vec<String>,
}

impl Export {
    /// A provider's usage export, whose format is recognised by its fields.
    ///
    /// # Errors
    /// [`NotImported`]: the file cannot be read, or is not a known usage export.
    pub(crate) fn of_provider(file: PathBuf) -> Result<Self, NotImported> {
        let mut export = Export {
            file,
            format: ImportFormat::OpenaiUsage,
            columns: ColumnMap::default(),
            tenant_fields: Vec::new(),
        };
        let head = records::head(&export)?;
        let known = [
            ("num_model_requests", ImportFormat::OpenaiUsage),
            ("uncached_input_tokens", ImportFormat::AnthropicUsage),
            ("usage_input_tokens_no_cache", ImportFormat::AnthropicUsage),
        ];
        let found = known.iter().find(|(field, _)| head.contains(field));
        let unknown = || {
            format!("{}: is not a usage export of OpenAI or Anthropic: add --format", export.file.display())
        };
        let (_, format) = *found.ok_or_else(|| NotImported::Format(unknown()))?;
        export.format = format;
        Ok(export)
    }
}

/// What to import, and where to.
#[derive(Clone, Debug)]
pub(crate) struct ImportOptions {
    /// The input.
    pub export: Export,
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

/// A row that could not be counted.
#[derive(Serialize)]
pub(super) struct Rejected {
    /// Its line in a table or a file of lines, otherwise its position among the records, from 1.
    pub(super) row: u64,
    pub(super) reason: String,
    /// What was read of it.
    pub(super) event: Option<Box<TrackRequest>>,
}

/// Imports a file, and reports `progress`.
///
/// # Errors
/// [`NotImported`]: what went wrong; rows stored before stay.
pub(crate) fn import(
    options: &ImportOptions,
    progress: impl FnMut(ImportProgress),
) -> Result<Imported, NotImported> {
    match &options.to {
        ImportTarget::Ledger { database, account_email, is_test } => {
            let target = LedgerTarget::open(database, account_email.as_deref(), *is_test)?;
            let imported = run(options, &target, progress);
            target.close()?;
            imported
        }
        ImportTarget::Server { url, api_key } => run(options, &ServerTarget::new(url, api_key)?, progress),
    }
}

fn run<T: Target>(
    options: &ImportOptions,
    target: &T,
    mut progress: impl FnMut(ImportProgress),
) -> Result<Imported, NotImported> {
    // Flags and header first: a typing error must not destroy the progress of an earlier run.
    records::check(&options.export)?;
    let (input, bytes_total) = records::open(&options.export)?;
    let mut checkpoint = Checkpoint::of(options, &target.name())?;
    let earlier = if options.from_start { None } else { checkpoint.read()? };
    let mut done = match earlier {
        Some(done) if still_holds(options, target, &mut checkpoint, done.last_kept)? => done,
        _ => Done::default(),
    };
    let mut rejections = Rejections::after(&options.export.file, done.rejected_bytes)?;
    checkpoint.write(done)?;
    done.imported.resumed_after = done.imported.rows;
    let skip = done.imported.rows;
    let ended = each_chunk(
        options,
        target,
        input,
        skip,
        &mut |Chunk { rows, passed_over, rows_read, bytes_read }| {
            let (mut items, mut places, mut rejected) = (Vec::new(), Vec::new(), Vec::new());
            for Row { place, row, item } in rows {
                match item {
                    Ok(item) => {
                        items.push(item);
                        places.push((place, row));
                    }
                    Err((reason, event)) => rejected.push(Rejected { row, reason, event }),
                }
            }
            // The last row that was stored, and whether it was new.
            let (mut last, mut has_duplicates) = (None, false);
            for (kept, (place, row)) in target.keep(items)?.into_iter().zip(places) {
                match kept {
                    Kept::New => {
                        done.imported.accepted += 1;
                        last = Some((place, true));
                    }
                    Kept::Duplicate => {
                        done.imported.duplicates += 1;
                        (last, has_duplicates) = (Some((place, false)), true);
                    }
                    Kept::Refused(reason) => rejected.push(Rejected { row, reason, event: None }),
                }
            }
            done.imported.rejected += rejected.len() as u64;
            rejections.add(rejected)?;
            done.imported.passed_over += passed_over;
            done.imported.rows = rows_read;
            // Only a row that was certainly new can show later whether the rows before it are still there.
            if let Some((place, true)) = last
                && (target.tells_new_from_old() || !has_duplicates)
            {
                (done.last_kept, done.rejected_bytes) = (place, rejections.bytes());
                checkpoint.write(done)?;
            }
            progress(ImportProgress {
                bytes: bytes_read,
                bytes_total,
                rows: rows_read,
                rows_now: rows_read.saturating_sub(skip),
            });
            Ok(())
        },
    );
    // Without any rows there is nothing to resume.
    if ended.is_ok() || done.imported.rows == 0 {
        checkpoint.remove()?;
    }
    ended.map(|()| done.imported)
}

/// Whether the last row that an earlier run stored is still there: a ledger may have been restored from a backup, and it has
/// its rows in the order in which they came. Stores the row if it is missing.
fn still_holds<T: Target>(
    options: &ImportOptions,
    target: &T,
    checkpoint: &mut Checkpoint,
    last_kept: u64,
) -> Result<bool, NotImported> {
    if last_kept == 0 {
        return Ok(false);
    }
    let (input, _) = records::open(&options.export)?;
    let mut holds = None;
    let found = each_chunk(options, target, input, last_kept - 1, &mut |chunk| {
        let row = chunk.rows.into_iter().find(|row| row.place == last_kept).and_then(|row| row.item.ok());
        // If the run is interrupted before it records progress again, the next one starts over: this row would no longer
        // show whether the others are there.
        checkpoint.write(Done::default())?;
        let kept = row.map(|item| target.keep(vec![item])).transpose()?;
        holds = Some(kept.is_some_and(|kept| matches!(kept[..], [Kept::Duplicate])));
        Err(NotImported::Format(GONE.to_owned()))
    });
    holds.map_or_else(|| found.map(|()| false), Ok)
}
