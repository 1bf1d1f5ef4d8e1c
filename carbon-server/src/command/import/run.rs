//! Back-filling: calls that a file tells of, into a ledger or to a running server.
//!
//! One thread reads and checks rows, the caller's puts them where they go, chunk by chunk. How far it has got is noted beside
//! the file, so that a second run goes on where the first one ended; and as every row has an id of its own, a row that comes
//! twice changes nothing.

use crate::{
    command::import::{
        checkpoint::{Checkpoint, Done, Rejections},
        columns::ColumnMap,
        reading::{Chunk, GONE, Row, each_chunk},
        records::{self},
        target::{Kept, LedgerTarget, ServerTarget, Target},
    },
    ingest::call::TrackRequest,
    store::{database::Database, error::LedgerError},
};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A file that tells of calls, and how to read it.
#[derive(Clone, Debug)]
pub(crate) struct Export {
    /// The file; gzip is seen by its first bytes.
    pub file: PathBuf,
    /// How its rows are written.
    pub format: ImportFormat,
    /// Of [`ImportFormat::Csv`]: which column is which field.
    pub columns: ColumnMap,
    /// Fields that name the tenant, the best first; what the format has by default where there are none.
    pub tenant_fields: Vec<String>,
}

impl Export {
    /// A provider's usage export, whose format is told by its fields.
    ///
    /// # Errors
    /// [`NotImported`]: the file cannot be read, or is no usage export that is known.
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
        let unknown =
            || format!("{}: is no usage export of OpenAI or Anthropic: say --format", export.file.display());
        let (_, format) = *found.ok_or_else(|| NotImported::Format(unknown()))?;
        export.format = format;
        Ok(export)
    }
}

/// What is to be imported, from where, to where.
#[derive(Clone, Debug)]
pub(crate) struct ImportOptions {
    /// What is imported.
    pub export: Export,
    /// Whose rows are that name no tenant.
    pub tenant_id: Option<String>,
    /// Where the rows go.
    pub to: ImportTarget,
    /// Whether rows that an earlier run has put there are sent again; nothing is counted twice either way.
    pub from_start: bool,
}

/// How the rows of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportFormat {
    /// What /api/v1/track takes, one JSON object a line
    Ndjson,
    /// A table with a head; see --column
    Csv,
    /// LiteLLM's spend logs: the answer of /spend/logs, or a table of LiteLLM_SpendLogs
    Litellm,
    /// OpenAI's usage: the answer of /v1/organization/usage/completions, or the dashboard's CSV
    OpenaiUsage,
    /// Anthropic's usage report: the answer of /v1/organizations/usage_report/messages, or the console's CSV
    AnthropicUsage,
    /// Langfuse's observations: the answer of its API, or an export as JSON, JSONL or CSV
    Langfuse,
}

/// Where rows go.
#[derive(Clone, Debug)]
pub(crate) enum ImportTarget {
    /// Into a ledger that no server has open.
    Ledger {
        /// The ledger.
        database: Database,
        /// Whose book; not needed where there is one account.
        account_email: Option<String>,
        /// Into the book of test keys.
        is_test: bool,
    },
    /// To a running server.
    Server {
        /// Its address.
        url: String,
        /// A live or a test key.
        api_key: String,
    },
}

/// What became of the rows, those of an earlier run that was cut short included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Imported {
    /// Rows of the file.
    pub rows: u64,
    /// Events that were added.
    pub accepted: u64,
    /// Events that were there before, with the same content.
    pub duplicates: u64,
    /// Rows that tell of no call to a model.
    pub passed_over: u64,
    /// Rows that could not be counted: they are in the file's `.rejected`, each with its reason.
    pub rejected: u64,
    /// Rows that an earlier run had put there.
    #[serde(default)]
    pub resumed_after: u64,
}

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImportProgress {
    /// Bytes of the file that were read.
    pub bytes: u64,
    /// Bytes of the file.
    pub bytes_total: u64,
    /// Rows that are where they go.
    pub rows: u64,
    /// Those of them that this run has put there.
    pub rows_now: u64,
}

/// Why an import ended early. Rows that were kept before are kept, and the next run goes on behind them.
#[derive(Debug, Error)]
pub(crate) enum NotImported {
    /// A file could not be read or written.
    #[error("{path}: {cause}")]
    File {
        /// The file.
        path: String,
        /// The operating system's words.
        cause: std::io::Error,
    },
    /// The file is not what the format says.
    #[error("{0}")]
    Format(String),
    /// A flag does not go with the file or with the ledger.
    #[error("{0}")]
    Wish(String),
    /// The ledger could not be opened or written.
    #[error("{0}")]
    Ledger(#[from] LedgerError),
    /// The server could not be reached, or did not take what was sent.
    #[error("{0}")]
    Server(String),
}

impl NotImported {
    /// What the operating system says of that file.
    pub(super) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |cause| NotImported::File { path, cause }
    }
}

/// A row that could not be counted.
#[derive(Serialize)]
pub(super) struct Rejected {
    /// Its line in a table and of lines; its place in an array or in the pages, from 1.
    pub(super) row: u64,
    pub(super) reason: String,
    /// What was read of it.
    pub(super) event: Option<Box<TrackRequest>>,
}

/// Imports a file. `progress` is told how far it is.
///
/// # Errors
/// [`NotImported`]: what stood in the way; what was kept before is kept.
pub(crate) fn import(
    wanted: &ImportOptions,
    progress: impl FnMut(ImportProgress),
) -> Result<Imported, NotImported> {
    match &wanted.to {
        ImportTarget::Ledger { database, account_email, is_test } => {
            let target = LedgerTarget::open(database, account_email.as_deref(), *is_test)?;
            let imported = run(wanted, &target, progress);
            target.close()?;
            imported
        }
        ImportTarget::Server { url, api_key } => run(wanted, &ServerTarget::new(url, api_key)?, progress),
    }
}

fn run<T: Target>(
    wanted: &ImportOptions,
    target: &T,
    mut progress: impl FnMut(ImportProgress),
) -> Result<Imported, NotImported> {
    // Flags and head first: a slip of the pen ends nothing that an earlier run has left.
    records::check(&wanted.export)?;
    let (input, bytes_total) = records::open(&wanted.export)?;
    let mut checkpoint = Checkpoint::of(wanted, &target.name())?;
    let earlier = if wanted.from_start { None } else { checkpoint.read()? };
    let mut done = match earlier {
        Some(done) if still_holds(wanted, target, &mut checkpoint, done.last_kept)? => done,
        _ => Done::default(),
    };
    let mut rejections = Rejections::after(&wanted.export.file, done.rejected_bytes)?;
    checkpoint.write(done)?;
    done.imported.resumed_after = done.imported.rows;
    let skip = done.imported.rows;
    let ended =
        each_chunk(wanted, target, input, skip, &mut |Chunk { rows, passed_over, rows_read, bytes_read }| {
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
            // The last row that was kept, and whether it was new.
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
            // Only a row that was surely new tells later whether all that was found before it is still there.
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
        });
    // Where nothing was done there is nothing to go on with.
    if ended.is_ok() || done.imported.rows == 0 {
        checkpoint.remove()?;
    }
    ended.map(|()| done.imported)
}

/// Whether the last row that an earlier run has put there is there: a ledger may be a backup's, and has its rows in the order
/// in which they came. The row is put there now where it is not.
fn still_holds<T: Target>(
    wanted: &ImportOptions,
    target: &T,
    checkpoint: &mut Checkpoint,
    last_kept: u64,
) -> Result<bool, NotImported> {
    if last_kept == 0 {
        return Ok(false);
    }
    let (input, _) = records::open(&wanted.export)?;
    let mut holds = None;
    let found = each_chunk(wanted, target, input, last_kept - 1, &mut |chunk| {
        let row = chunk.rows.into_iter().find(|row| row.place == last_kept).and_then(|row| row.item.ok());
        // A run that ends between here and the next note starts over: the row that it has put there would tell of nothing.
        checkpoint.write(Done::default())?;
        let kept = row.map(|item| target.keep(vec![item])).transpose()?;
        holds = Some(kept.is_some_and(|kept| matches!(kept[..], [Kept::Duplicate])));
        Err(NotImported::Format(GONE.to_owned()))
    });
    holds.map_or_else(|| found.map(|()| false), Ok)
}
