//! Walking the whole book: whether every row is as it was written, and every sum what the rows make.
//!
//! It reads one snapshot, while a server may write, and compares what was written separately: each event
//! and its CRC-32, the chain of seals, the sums, the closed months' trees, where event ids are.

mod anchors;
mod archived;
mod ids;
mod months;
mod owners;
mod pruned;
mod rows;
mod sums;
mod time_stamps;
#[cfg(test)]
mod versions;
mod walk;
mod windows;

pub(crate) use crate::store::check::{
    anchors::{Anchors, NotedSeal},
    time_stamps::AttestedSeal,
};
use crate::{
    base::digest::{Sha, hex},
    store::{
        account::own::{OwnChange, own_changes_behind},
        archive::Archives,
        book::sum_rules::SumRules,
        check::{
            anchors::{AnchorCheck, checkpoints_fit},
            archived::ArchivedEvents,
            months::{months_fit, restatements_fit},
            owners::references_fit,
            pruned::PrunedEvents,
            rows::rows_fit,
            sums::sums_fit,
            time_stamps::time_stamps_fit,
            walk::{Walked, walk},
            windows::windows_fit,
        },
        database::Database,
        error::StoreError,
        factor_set::{AddedFactorSet, factor_sets_behind},
        key::{AccountKey, BookNumber},
        source::{self, LedgerLocation},
        sql::{self, Connection, NONE},
    },
};
use carbon_report::Activity;
use serde::Serialize;
use std::fmt;
use thiserror::Error;

/// A ledger that was found sound.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct LedgerCheck {
    /// Rows, reversals included.
    pub(crate) events: i64,
    /// Rows that cancel another.
    pub(crate) reversals: i64,
    /// Links of the chain.
    pub(crate) seals: i64,
    /// Rows of `events` that were pruned with their months, and were read in archives.
    pub(crate) archived_events: i64,
    /// Rows of `events` that were pruned with their months, and are in no archive.
    pub(crate) pruned_events: i64,
    /// Links that rest on such rows: they are taken as they stand.
    pub(crate) pruned_seals: i64,
    /// Factor sets that the operator has added.
    pub(crate) factor_sets: usize,
    /// Seals and checkpoints that were noted outside, and found in the chain.
    pub(crate) noted: usize,
    /// What an authority attests of them.
    pub(crate) time_stamps: Vec<AttestedSeal>,
    /// Months that were closed, of all accounts.
    pub(crate) closed_months: usize,
    /// Digest of the last link, in hex, zeros where there is none: noted down outside, it proves later that nothing before
    /// it was changed. `None` where there are several chains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) chain_sha256: Option<String>,
    /// The chain of each book that has one, where several have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) books: Vec<BookChain>,
}

/// The chain of a book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct BookChain {
    pub(crate) book: i64,
    /// Its links.
    pub(crate) seals: i64,
    /// Digest of the last, in hex.
    pub(crate) chain_sha256: String,
}

impl LedgerCheck {
    /// What was found in all books together.
    fn of_books(found: Vec<(BookNumber, Self)>, factor_sets: usize, noted: usize) -> Self {
        let mut all = LedgerCheck { factor_sets, noted, ..LedgerCheck::default() };
        let mut chain = hex(&Sha::default());
        for (book, found) in found {
            all.events += found.events;
            all.reversals += found.reversals;
            all.seals += found.seals;
            all.archived_events += found.archived_events;
            all.pruned_events += found.pruned_events;
            all.pruned_seals += found.pruned_seals;
            all.closed_months += found.closed_months;
            all.time_stamps.extend(found.time_stamps);
            if let Some(chain_sha256) = found.chain_sha256.filter(|_| found.seals > 0) {
                chain.clone_from(&chain_sha256);
                all.books.push(BookChain { book: book.number(), seals: found.seals, chain_sha256 });
            }
        }
        if all.books.len() < 2 {
            all.books.clear();
            all.chain_sha256 = Some(chain);
        }
        all
    }
}

/// What a closed month pins for a tenant, beside the activity that it rests on.
#[derive(Debug)]
pub(crate) struct ClosedFigures {
    pub(crate) account: AccountKey,
    pub(crate) factor_set: String,
    pub(crate) figures: String,
    pub(crate) activity: Vec<Activity>,
}

/// Why a book was not found sound.
#[derive(Debug, Error)]
pub(crate) enum NotSound {
    /// It could not be read.
    #[error(transparent)]
    Unread(#[from] StoreError),
    /// The first thing that does not fit.
    #[error("{0}")]
    Fault(String),
}

impl From<rusqlite::Error> for NotSound {
    fn from(error: rusqlite::Error) -> Self {
        NotSound::Unread(error.into())
    }
}

impl From<sql::Error> for NotSound {
    fn from(error: sql::Error) -> Self {
        NotSound::Unread(error.into())
    }
}

fn fault(what: impl fmt::Display) -> NotSound {
    NotSound::Fault(what.to_string())
}

/// What the book holds of factors beside those that ship with the program.
#[derive(Debug)]
pub(crate) struct BookFactors {
    pub(crate) sets: Vec<AddedFactorSet>,
    pub(crate) own: Vec<(AccountKey, OwnChange)>,
}

/// Walks the book. `compare` says whether its factor sets are as they were added, and what it makes of them whether a closed
/// month's figures are those of its activity.
pub(crate) fn check<C: FnMut(&ClosedFigures) -> Result<(), String>>(
    database: &Database,
    anchors: &Anchors,
    archives: &Archives,
    compare: impl FnOnce(BookFactors) -> Result<C, String>,
) -> Result<LedgerCheck, NotSound> {
    let location = LedgerLocation::of_command(database);
    let connection = location.open_current()?;
    source::check_schema(&location, &connection)?;
    drop(connection);
    let books = location.books()?.iter().map(LedgerLocation::open_reader).collect::<Result<Vec<_>, _>>()?;
    // One state of each, from its first question on: that of the first book, whose sets all use, is the newest.
    books.iter().try_for_each(Connection::begin_snapshot)?;
    let mut own = Vec::new();
    for book in books.iter().rev() {
        own.extend(own_changes_behind(book, 0)?.1);
    }
    let first = books.first().ok_or(StoreError::Damaged)?;
    let (_, sets) = factor_sets_behind(first, 0)?;
    let factor_sets = sets.len();
    let mut same_figures = compare(BookFactors { sets, own }).map_err(fault)?;
    let named = |book: &Connection, error| of_book(error, book.book(), books.len());
    let (mut anchored, mut walked) = (AnchorCheck::of(anchors), Vec::new());
    for book in &books {
        walked.push(BookWalk::of(book, &mut anchored, archives).map_err(|error| named(book, error))?);
    }
    anchored.all_seen(walked.iter().map(|walk| walk.walked.checked.seals).max().unwrap_or(0))?;
    checkpoints_fit(&books, &anchors.checkpoints)?;
    let mut found = Vec::new();
    for (book, walk) in books.iter().zip(walked) {
        let fits = walk.fits(book, anchors, &mut same_figures).map_err(|error| named(book, error))?;
        found.push((book.book(), fits));
    }
    let noted = anchors.seals.len() + anchors.checkpoints.len();
    Ok(LedgerCheck::of_books(found, factor_sets, noted))
}

/// A fault that says in which book it is, where there are several.
fn of_book(error: NotSound, book: BookNumber, books: usize) -> NotSound {
    match error {
        NotSound::Fault(what) if books > 1 => NotSound::Fault(format!("book {book}: {what}")),
        other => other,
    }
}

/// A book whose events and seals were walked.
struct BookWalk {
    rules: SumRules,
    pruned: PrunedEvents,
    walked: Walked,
}

impl BookWalk {
    fn of(book: &Connection, anchored: &mut AnchorCheck<'_>, archives: &Archives) -> Result<Self, NotSound> {
        if let Connection::Sqlite(_) = book {
            let integrity: String = book.query_row("pragma integrity_check(1)", NONE, |row| row.get(0))?;
            if integrity != "ok" {
                return Err(fault(format_args!("the file: {integrity}")));
            }
        }
        let secrets: i64 = book.query_row("select count(*) from ledger", NONE, |row| row.get(0))?;
        if secrets != 1 {
            return Err(fault("ledger: the row with its secrets is missing"));
        }
        let rules = SumRules::of(book)?;
        let mut pruned = PrunedEvents::of(book)?;
        let archived = ArchivedEvents::of(book, archives)?;
        let walked = walk(book, anchored, &rules, &mut pruned, archived)?;
        Ok(BookWalk { rules, pruned, walked })
    }

    /// Whether all else fits what was walked.
    fn fits(
        self,
        book: &Connection,
        anchors: &Anchors,
        same_figures: &mut impl FnMut(&ClosedFigures) -> Result<(), String>,
    ) -> Result<LedgerCheck, NotSound> {
        let BookWalk { rules, pruned, walked: Walked { checked, sums, trees, restated } } = self;
        rows_fit(book)?;
        let time_stamps = time_stamps_fit(book, anchors.authorities.as_ref())?;
        windows_fit(book)?;
        sums_fit(book, sums, &pruned)?;
        months_fit(book, trees, &pruned, same_figures)?;
        restatements_fit(book, restated, &pruned)?;
        references_fit(book)?;
        Ok(LedgerCheck { closed_months: rules.closed.len(), time_stamps, ..checked })
    }
}
