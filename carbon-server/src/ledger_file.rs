//! What is done to a ledger's file besides serving it: checking and copying.

use crate::{
    api,
    database::Database,
    server::LedgerError,
    store::{self, Checked, ClosedFigures, Prunable, StoreError},
};
use carbon_core::FactorSet;
use carbon_report::Month;
use jiff::Timestamp;
use serde::Serialize;
use std::path::Path;
use thiserror::Error;

/// A ledger that was found sound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerCheck {
    /// Rows, reversals included.
    pub events: i64,
    /// Rows that cancel another.
    pub reversals: i64,
    /// Links of the chain.
    pub seals: i64,
    /// Rows of `events` that were let go with their months.
    pub pruned_events: i64,
    /// Links that rest on such rows: they are taken as they stand.
    pub pruned_seals: i64,
    /// Months that were closed, of all accounts.
    pub closed_months: usize,
    /// Digest of the last link, in hex: noted down outside, it proves later that nothing before it was changed.
    pub chain_sha256: String,
}

/// Why a ledger was not found sound.
#[derive(Debug, Error)]
pub enum NotSound {
    /// It could not be read.
    #[error("{0}")]
    Unread(LedgerError),
    /// The first row that does not fit.
    #[error("{0}")]
    Fault(String),
}

/// Walks the whole ledger: every event against its checksum, the chain of seals, the sums against the events, the
/// closed months against the events and figures that they pin. A server may write meanwhile.
///
/// # Errors
/// [`NotSound`]: the first thing that does not fit, or why the file cannot be read.
pub fn check_ledger(database: &Database) -> Result<LedgerCheck, NotSound> {
    let Checked { events, reversals, seals, pruned_events, pruned_seals, closed_months, head } =
        store::check(database, same_figures).map_err(|error| match error {
            store::NotSound::Unread(error) => NotSound::Unread(LedgerError(error)),
            store::NotSound::Fault(fault) => NotSound::Fault(fault),
        })?;
    Ok(LedgerCheck {
        events,
        reversals,
        seals,
        pruned_events,
        pruned_seals,
        closed_months,
        chain_sha256: store::hex(&head),
    })
}

/// Whether pinned figures are what their activity comes to under their factor set.
fn same_figures(closed: &ClosedFigures) -> Result<(), String> {
    let ClosedFigures { factor_set, figures, activity, .. } = closed;
    let set =
        FactorSet::version(factor_set).ok_or_else(|| format!("its factor set {factor_set} is not known"))?;
    if api::figures::Stated::of(activity, set).to_json() == *figures {
        Ok(())
    } else {
        Err("its figures are not what its activity comes to".to_owned())
    }
}

/// Moves a ledger out of its file onto a PostgreSQL server, and checks it in both places: what it comes to is the same to the
/// last digest. The file stays as it is. `progress` is told how many of how many events are there; what an earlier run moved
/// is not moved again.
///
/// # Errors
/// [`NotMigrated`]: a server has the file open, the database holds something else, or one of the two is not sound.
pub fn migrate_ledger(
    from: &Database,
    to: &Database,
    progress: impl FnMut(i64, i64),
) -> Result<LedgerCheck, NotMigrated> {
    let of = |database: &Database| {
        check_ledger(database)
            .map_err(|cause| NotMigrated::NotSound { database: database.to_string(), cause })
    };
    store::move_ledger(from, to, progress).map_err(|error| NotMigrated::Ledger(LedgerError(error)))?;
    let (before, after) = (of(from)?, of(to)?);
    if before != after {
        return Err(NotMigrated::Differs { table: "event" });
    }
    match store::first_difference(from, to).map_err(|error| NotMigrated::Ledger(LedgerError(error)))? {
        Some(table) => Err(NotMigrated::Differs { table }),
        None => Ok(after),
    }
}

/// Why a ledger was not moved.
#[derive(Debug, Error)]
pub enum NotMigrated {
    /// One of the two cannot be read or written.
    #[error("{0}")]
    Ledger(LedgerError),
    /// One of the two does not hold together.
    #[error("{database}: {cause}")]
    NotSound {
        /// Which.
        database: String,
        /// What does not fit.
        cause: NotSound,
    },
    /// Both hold together, and are not the same: one of them has gone on.
    #[error("the ledger in the file is not the one in the database any more: table {table} differs")]
    Differs {
        /// The first that does.
        table: &'static str,
    },
}

/// A month that still has its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrunableMonth {
    /// Which.
    pub month: Month,
    /// Rows, of all accounts.
    pub events: i64,
    /// Why they are kept, where they are.
    pub kept: Option<String>,
}

/// Months before `before` that still have their events, the oldest first.
///
/// # Errors
/// The ledger cannot be read, or is a file.
pub fn months_with_events(database: &Database, before: Month) -> Result<Vec<PrunableMonth>, LedgerError> {
    let months = store::months_with_events(database, before).map_err(LedgerError)?;
    let shown = |Prunable { month, events, kept }| PrunableMonth { month, events, kept };
    Ok(months.into_iter().map(shown).collect())
}

/// Lets the events of a closed month go. Its sums, figures, roots, restatements and issued reports stay; evidence packs and
/// reports that would have to be made from its events cannot be made any more.
///
/// # Errors
/// The month is not closed by every account with events in it, has late events that no restatement tells, or the ledger is a
/// file.
pub fn prune_month(database: &Database, month: Month) -> Result<(), LedgerError> {
    store::prune(database, month, Timestamp::now().as_millisecond()).map_err(LedgerError)
}

/// Copies the ledger to a new file, as it stands at one moment. A server may write meanwhile.
///
/// # Errors
/// The ledger cannot be read, or the copy not written; a file that is there already is left alone. A ledger on a PostgreSQL
/// server is copied by that server's own tools.
pub fn back_up_ledger(database: &Database, copy: &Path) -> Result<(), LedgerError> {
    match database {
        Database::Sqlite { path } => store::backup(path, copy).map_err(LedgerError),
        Database::Postgres(_) => Err(LedgerError(StoreError::NotAFile)),
    }
}
