//! `carbon-server migrate`: moves a ledger from its file to a PostgreSQL server.

use crate::{
    command::{
        check::{chains, check},
        ledger::ArchiveSource,
        progress::ProgressBar,
    },
    config::NewLedger,
    store::{self, Anchors, LedgerCheck, NotSound, StoreError, database::Database},
};
use clap::Args;
use std::error::Error;
use thiserror::Error;

/// Move a ledger from its SQLite file to PostgreSQL, and check both
///
/// Stop the server first; the file stays as it is. Every row is copied unchanged, so closed months, reports and the chain of
/// seals stay the same to the last byte. An interrupted run resumes; no server opens the database until the ledger is
/// complete.
#[derive(Args)]
pub(crate) struct Migrate {
    /// The existing ledger, such as sqlite:carbon.db
    #[arg(long, value_name = "URL")]
    from: Database,

    /// The empty database, such as postgres://user@host/database
    #[arg(long, env = "CARBON_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    to: Database,

    /// What the new ledger is made of: the existing one becomes its first book.
    #[command(flatten)]
    new_ledger: NewLedger,

    #[command(flatten)]
    archive: ArchiveSource,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Migrate {
    /// The text to print.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        let Migrate { from, to, new_ledger, archive, json } = self;
        let bar = ProgressBar::new();
        let mut before = None;
        let moved = migrate(from, to, new_ledger.books, archive, |there, all| {
            let [there, all] = [there, all].map(|events| u64::try_from(events).unwrap_or(0));
            let now = there - *before.get_or_insert(there);
            bar.show([there, all], there, now, "events");
        });
        bar.end();
        let moved = moved.map_err(|error| format!("{from} to {to}: {error}"))?;
        if *json {
            return Ok(format!("{:#}\n", serde_json::to_value(&moved)?));
        }
        let LedgerCheck { events, closed_months, seals, chain_sha256, books, .. } = moved;
        Ok(format!(
            "{to} now holds the ledger of {from}. Both were checked and are the same:\n\
             Events         {events}\n\
             Closed months  {closed_months}\n\
             {}",
            chains(seals, chain_sha256.as_deref(), &books)
        ))
    }
}

/// Moves a ledger from its file to a PostgreSQL server, and checks it in both places: they must agree to the last digest.
/// The file stays as it is. `progress` is given the number of copied events and of all events; rows that an earlier run
/// copied are not copied again.
fn migrate(
    from: &Database,
    to: &Database,
    books: Option<u32>,
    archive: &ArchiveSource,
    progress: impl FnMut(i64, i64),
) -> Result<LedgerCheck, NotMigrated> {
    let archives = archive.archives();
    let of = |database: &Database| {
        check(database, &Anchors::default(), &archives)
            .map_err(|cause| NotMigrated::NotSound { database: database.to_string(), cause })
    };
    store::move_ledger(from, to, books, progress)?;
    let (before, after) = (of(from)?, of(to)?);
    if before != after {
        return Err(NotMigrated::Differs { table: "event" });
    }
    match store::first_difference(from, to)? {
        Some(table) => Err(NotMigrated::Differs { table }),
        None => Ok(after),
    }
}

/// Why a ledger was not moved.
#[derive(Debug, Error)]
enum NotMigrated {
    /// One of the ledgers cannot be read or written.
    #[error(transparent)]
    Ledger(#[from] StoreError),
    /// One of the ledgers is not sound.
    #[error("{database}: {cause}")]
    NotSound { database: String, cause: NotSound },
    /// Both are sound but differ, because one of them was written to. Names the first table that differs.
    #[error("the ledgers in the file and in the database differ: table {table}")]
    Differs { table: &'static str },
}
