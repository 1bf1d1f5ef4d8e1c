//! `carbon-server archive`: writes the events of closed months as files outside the ledger.

use crate::{
    base::clock::now,
    command::ledger::Ledger,
    store::{self, Archivable, ArchivePlace, StoreError},
};
use carbon_report::Month;
use clap::Args;
use serde_json::json;
use std::{error::Error, fmt::Write};

/// Write the events of closed months to a folder or an S3-compatible store
///
/// One Parquet file for each month and book, whose digest becomes part of the chain of seals. Nothing is deleted: `prune` does
/// that, and `check`, evidence packs and reports then read the files. A month that an account has not closed, or that has late
/// events in no restatement, is not archived. Servers may be running. Without --yes, only shows what would be archived.
#[derive(Args)]
pub(crate) struct Archive {
    /// The first month that is not archived
    #[arg(long, value_name = "YYYY-MM")]
    before: Month,

    /// Where the files go: a folder, or s3://BUCKET/PREFIX, with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and
    /// AWS_ENDPOINT_URL as AWS's own tools take them
    #[arg(long, value_name = "PLACE")]
    to: ArchivePlace,

    /// Write the files
    #[arg(long)]
    yes: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    ledger: Ledger,
}

impl Archive {
    /// The text to print.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        let Archive { before, to, yes, json, ledger: Ledger { database } } = self;
        let failed = |error: StoreError| format!("{database}: {error}");
        let months = store::months_to_archive(database, *before).map_err(failed)?;
        let (mut lines, mut text) = (Vec::new(), String::new());
        for Archivable { month, events, archived, kept } in months {
            let (mut bytes, mut is_archived) = (None, archived == events);
            let what = match (&kept, yes) {
                _ if is_archived => "events are archived".to_owned(),
                (Some(why), _) => format!("events not archived: {why}"),
                (None, false) => "events would be archived".to_owned(),
                (None, true) => {
                    // What was archived before the failure is reported too.
                    let written = store::archive(database, month, to, now().as_millisecond())
                        .map_err(|error| format!("{text}{month}: {}", failed(error)))?;
                    (bytes, is_archived) = (Some(written), true);
                    format!("events archived, {written} bytes")
                }
            };
            writeln!(text, "{month}  {events:>12} {what}")?;
            lines.push(json!({"month": month.to_string(), "events": events, "archived": is_archived,
                "bytes": bytes, "kept": kept}));
        }
        if *json {
            return Ok(format!("{:#}\n", json!({"months": lines})));
        }
        if text.is_empty() {
            return Ok(format!("{database} has no events from before {before}\n"));
        }
        if !yes {
            text += "Nothing was written. Run again with --yes to archive.\n";
        }
        Ok(text)
    }
}
