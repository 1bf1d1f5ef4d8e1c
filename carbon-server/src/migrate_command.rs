//! `carbon-server migrate`: a ledger out of its file onto a PostgreSQL server.

use crate::bar::Bar;
use carbon_server::{Database, LedgerCheck, migrate_ledger};
use clap::Args;
use std::error::Error;

/// Move a ledger from its SQLite file to a PostgreSQL database, and check both
///
/// Stop the server first; the file stays as it is. Every row is taken over as it stands, so that closed months, reports and
/// the chain of seals remain the same to the last byte. A run that was cut off goes on where it ended: until all is there,
/// no server opens the database.
#[derive(Args)]
pub(crate) struct Migrate {
    /// The ledger that is there, such as sqlite:carbon.db
    #[arg(long, value_name = "URL")]
    from: Database,

    /// The empty database, such as postgres://user@host/database
    #[arg(long, env = "CARBON_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    to: Database,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Migrate {
    /// What is to be printed.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        let Migrate { from, to, json } = self;
        let bar = Bar::new();
        let mut before = None;
        let moved = migrate_ledger(from, to, |there, all| {
            let [there, all] = [there, all].map(|events| u64::try_from(events).unwrap_or(0));
            let now = there - *before.get_or_insert(there);
            bar.show([there, all], there, now, "events");
        });
        bar.end();
        let moved = moved.map_err(|error| format!("{from} to {to}: {error}"))?;
        if *json {
            return Ok(format!("{:#}\n", serde_json::to_value(&moved)?));
        }
        let LedgerCheck { events, closed_months, seals, chain_sha256, .. } = moved;
        Ok(format!(
            "{to} holds the ledger of {from}. Both were checked and are the same:\n\
             Events         {events}\n\
             Closed months  {closed_months}\n\
             Seals          {seals}, the last one {chain_sha256}\n"
        ))
    }
}
