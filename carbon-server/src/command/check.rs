//! `carbon-server check`: whether the whole ledger is consistent.

use crate::{
    command::ledger::Ledger,
    registry::Registry,
    report::figures,
    store::{self, BookFactors, ClosedFigures, LedgerCheck, NotSound, database::Database},
};
use clap::Args;
use std::{error::Error, io::Write};

/// Check the whole ledger: events, seals, sums and closed months
///
/// A server may be running. If something does not match, names the first row and exits with 1.
#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    ledger: Ledger,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    /// The text to print.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        let database = &self.ledger.database;
        let checked = match check(database) {
            Ok(checked) if self.json => {
                let mut document = serde_json::to_value(&checked)?;
                document["sound"] = true.into();
                return Ok(format!("{document:#}\n"));
            }
            Ok(checked) => checked,
            Err(error) => {
                if self.json {
                    let document = serde_json::json!({"sound": false, "fault": error.to_string()});
                    writeln!(std::io::stdout(), "{document:#}")?;
                }
                return Err(format!("{database}: {error}").into());
            }
        };
        let LedgerCheck {
            events,
            reversals,
            seals,
            pruned_events,
            pruned_seals,
            factor_sets,
            closed_months,
            chain_sha256,
        } = checked;
        let added = match factor_sets {
            0 => String::new(),
            added => format!("Factor sets    {added} added to those of this program\n"),
        };
        let pruned = if pruned_events == 0 {
            String::new()
        } else {
            format!(
                "Pruned         {pruned_events} events; the {pruned_seals} seals over them are not recomputed\n"
            )
        };
        Ok(format!(
            "{database} is sound: every event is as it was written, and every sum matches its events.\n\
             Events         {events}, including reversals: {reversals}\n\
             Closed months  {closed_months}\n\
             Seals          {seals}, the last one {chain_sha256}\n{added}{pruned}"
        ))
    }
}

/// Checks the whole ledger: every event against its checksum, the chain of seals, the sums against the events, the closed
/// months against their events and figures.
///
/// # Errors
/// [`NotSound`]: the first row that does not match, or why the ledger cannot be read.
pub(crate) fn check(database: &Database) -> Result<LedgerCheck, NotSound> {
    store::check(database, |BookFactors { sets, own }| {
        let registry = Registry::of(&sets, own, None).map_err(|error| error.to_string())?;
        Ok(move |closed: &ClosedFigures| same_figures(&registry, closed))
    })
}

/// Whether the figures of a closed month match its activity under its factor set.
fn same_figures(registry: &Registry, closed: &ClosedFigures) -> Result<(), String> {
    let ClosedFigures { account, factor_set, figures, activity } = closed;
    let set = registry.version(*account, factor_set);
    let set = set.ok_or_else(|| format!("its factor set {factor_set} is unknown"))?;
    if figures::StatedFigures::of(activity, &set).to_json() == *figures {
        Ok(())
    } else {
        Err("its figures do not match its activity".to_owned())
    }
}
