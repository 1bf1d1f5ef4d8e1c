//! `carbon-server reconcile`: compares what a provider or a cloud billed with the ledger.

mod bill;
mod charge;
mod comparison;
mod meter;

use crate::command::{
    import::{ColumnMap, ColumnOf},
    ledger::Ledger,
    reconcile::{
        bill::{Bill, BillFormat},
        comparison::{
            Gap, GapKind, ModelShare, ProviderShare, ReconcileOptions, Reconciled, TrackedShare, reconcile,
        },
    },
};
use clap::Args;
use std::{error::Error, fmt::Write, path::PathBuf};

/// Compare a provider's usage export or a cloud's bill with the ledger
///
/// Shows how much of the billed usage is tracked, by provider, model and day, in tokens, including cached ones. Lists the days on which the two differ by more than 1 %.
///
/// Events that name no provider, or one that is not listed, count as served by the model's maker. So for the bill of a cloud, events must name it: aws, azure or google, in any usual spelling. A row of a bill whose meter is not understood is left out, and counted by reason.
///
/// A server may be running.
#[derive(Args)]
pub(crate) struct Reconcile {
    /// The usage export or bill; may be compressed with gzip
    #[arg(long, value_name = "FILE")]
    bill: PathBuf,

    /// Format of the file; all but csv are recognised by their fields
    #[arg(long, value_name = "FORMAT")]
    format: Option<BillFormat>,

    /// Maps a column of a table to a field, as FIELD=COLUMN; see `import`. Repeatable
    #[arg(long = "column", value_name = "FIELD=COLUMN", requires = "format")]
    columns: Vec<ColumnOf>,

    #[command(flatten)]
    ledger: Ledger,

    /// E-mail of the account, if the ledger has several
    #[arg(long, value_name = "EMAIL")]
    account: Option<String>,

    /// Print JSON, with every day of every model
    #[arg(long)]
    json: bool,
}

/// Gaps to print; JSON has all.
const GAPS_SHOWN: usize = 20;

impl Reconcile {
    /// The text to print.
    pub(crate) fn run(self) -> Result<String, Box<dyn Error>> {
        let Reconcile { bill, format, columns, ledger: Ledger { database }, account, json } = self;
        let bill = match format {
            None => Bill::recognised(bill)?,
            Some(format) => Bill { file: bill, format, columns: ColumnMap(columns) },
        };
        let reconciled = reconcile(&ReconcileOptions { bill, database, account_email: account })?;
        if json {
            return Ok(format!("{:#}\n", serde_json::to_value(&reconciled)?));
        }
        Ok(summary(&reconciled)?)
    }
}

fn summary(reconciled: &Reconciled) -> Result<String, std::fmt::Error> {
    let Reconciled { from, to, total, providers, models, gaps, left_out, .. } = reconciled;
    let mut text = String::new();
    writeln!(text, "{from} to {to}: {} of the billed tokens are tracked\n", percent(total))?;
    let wide = models.iter().map(|of| of.model.chars().count()).max().unwrap_or(0).max("model".len());
    writeln!(
        text,
        "{:<12} {:<wide$} {:>15} {:>15} {:>9}",
        "provider", "model", "billed", "tracked", "share"
    )?;
    for ModelShare { provider, model, share, .. } in models {
        writeln!(
            text,
            "{provider:<12} {model:<wide$} {:>15} {:>15} {:>9}",
            share.billed_tokens,
            share.tracked_tokens,
            percent(share)
        )?;
    }
    for ProviderShare { provider, share } in providers.iter().filter(|_| providers.len() > 1) {
        writeln!(text, "{provider}: {} tracked", percent(share))?;
    }
    if gaps.is_empty() {
        writeln!(text, "\nNo gaps: no model differs by more than 1 % on any day.")?;
    } else {
        writeln!(text, "\nGaps, the largest first:")?;
    }
    for Gap { kind, of } in gaps.iter().take(GAPS_SHOWN) {
        let ModelShare { model, day, share, .. } = of;
        let day = day.map(|day| day.to_string()).unwrap_or_default();
        let TrackedShare { billed_tokens, tracked_tokens, .. } = share;
        let what = match kind {
            GapKind::NotTracked => format!("not tracked: {billed_tokens} tokens billed"),
            GapKind::PartlyTracked => {
                format!("{} tracked: {tracked_tokens} of {billed_tokens} tokens", percent(share))
            }
            GapKind::MoreThanBilled => {
                format!(
                    "more tracked than billed: {tracked_tokens} and {billed_tokens} tokens; is something counted twice?"
                )
            }
            GapKind::NotBilled => format!("not on the bill: {tracked_tokens} tokens tracked"),
        };
        writeln!(text, "  {day}  {model:<wide$}  {what}")?;
    }
    if gaps.len() > GAPS_SHOWN {
        writeln!(text, "  and {} more: see --json", gaps.len() - GAPS_SHOWN)?;
    }
    for (place, (reason, rows)) in left_out.iter().enumerate() {
        let (gap, noun) = (if place == 0 { "\n" } else { "" }, if *rows == 1 { "row" } else { "rows" });
        writeln!(text, "{gap}{rows} {noun} of the export ignored: {reason}")?;
    }
    Ok(text)
}

fn percent(share: &TrackedShare) -> String {
    share.tracked_share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", share * 100.0))
}
