//! `carbon-server check` and `carbon-server backup`: a ledger's file, beside a server or without one.

use carbon_server::{Database, LedgerCheck, back_up_ledger, check_ledger};
use clap::Args;
use std::{error::Error, io::Write, path::PathBuf};

/// Which ledger a command is about.
#[derive(Args)]
pub(crate) struct Ledger {
    /// Where the ledger is kept: sqlite:FILE, or postgres://USER@HOST/DATABASE
    #[arg(
        long,
        env = "CARBON_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        default_value = "sqlite:carbon.db"
    )]
    pub(crate) database: Database,
}

/// Check the whole ledger: every event, the chain of seals, every sum, every closed month
///
/// A server may write meanwhile. Names the first row that does not fit, and exits with 1.
#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    ledger: Ledger,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Copy the ledger to a new file, while a server may write
///
/// The copy is the ledger as it stood at one moment: serve it, or check it, as it is.
#[derive(Args)]
pub(crate) struct Backup {
    /// The file to be made; one that is there already is left alone
    #[arg(value_name = "FILE")]
    copy: PathBuf,

    #[command(flatten)]
    ledger: Ledger,
}

impl Check {
    /// What is to be printed.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        let database = &self.ledger.database;
        let checked = match check_ledger(database) {
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
            closed_months,
            chain_sha256,
        } = checked;
        let pruned = if pruned_events == 0 {
            String::new()
        } else {
            format!(
                "Let go         {pruned_events} events; {pruned_seals} seals rest on them and are taken as they stand\n"
            )
        };
        Ok(format!(
            "{database} is sound: every event is as it was written, every sum is what the events make.\n\
             Events         {events}, {reversals} of them reversals\n\
             Closed months  {closed_months}\n\
             Seals          {seals}, the last one {chain_sha256}\n{pruned}"
        ))
    }
}

impl Backup {
    /// What is to be printed.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        let database = &self.ledger.database;
        back_up_ledger(database, &self.copy)
            .map_err(|error| format!("{database} to {}: {error}", self.copy.display()))?;
        Ok(format!("{database} is copied to {}\n", self.copy.display()))
    }
}
