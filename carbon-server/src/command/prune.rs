//! `carbon-server prune`: deletes the events of closed months.

use crate::{
    base::clock::now,
    command::ledger::{ArchiveSource, Ledger},
    store::{self, Prunable, StoreError},
};
use carbon_report::Month;
use clap::Args;
use serde_json::json;
use std::{error::Error, fmt::Write};

/// Delete the raw events of closed months
///
/// Sums, closed months with their figures and Merkle roots, restatements, issued reports and the chain of seals stay. Of a month
/// that was archived, nothing is lost: what needs the events reads the archive. Without one, evidence packs of the month can no
/// longer be made, nor reports on its restatements; a ledger in a file prunes only what was archived. A month that an account has
/// not closed, or that has late events in no restatement, is kept. Servers may be running. Without --yes, only shows what would
/// be deleted.
#[derive(Args)]
pub(crate) struct Prune {
    /// The first month whose events are kept
    #[arg(long, value_name = "YYYY-MM")]
    before: Month,

    /// Delete the events; this cannot be undone
    #[arg(long)]
    yes: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    archive: ArchiveSource,

    #[command(flatten)]
    ledger: Ledger,
}

impl Prune {
    /// The text to print.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        let Prune { before, yes, json, archive, ledger: Ledger { database } } = self;
        let failed = |error: StoreError| format!("{database}: {error}");
        let months = store::months_with_events(database, *before).map_err(failed)?;
        let (mut lines, mut text) = (Vec::new(), String::new());
        for Prunable { month, events, kept, is_archived } in months {
            let archived = if is_archived { ", which an archive has" } else { ", which no archive has" };
            let what = match (&kept, yes) {
                (Some(why), _) => format!("events kept: {why}"),
                (None, false) => format!("events would be pruned{archived}"),
                (None, true) => {
                    // What was pruned before the failure is reported too.
                    store::prune(database, month, &archive.archives(), now().as_millisecond())
                        .map_err(|error| format!("{text}{month}: {}", failed(error)))?;
                    format!("events pruned{archived}")
                }
            };
            writeln!(text, "{month}  {events:>12} {what}")?;
            let is_pruned = kept.is_none() && *yes;
            lines.push(
                json!({"month": month.to_string(), "events": events, "archived": is_archived, "kept": kept,
                    "pruned": is_pruned}),
            );
        }
        if *json {
            return Ok(format!("{:#}\n", json!({"months": lines})));
        }
        if text.is_empty() {
            return Ok(format!("{database} has no events from before {before}\n"));
        }
        if !yes {
            text += "Nothing was changed. Run again with --yes to prune.\n";
        }
        Ok(text)
    }
}
