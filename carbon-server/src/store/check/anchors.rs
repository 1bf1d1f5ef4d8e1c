//! What was noted outside the ledger, compared with its chain: against whoever has the ledger and rebuilt its chain.

use crate::{
    base::digest::{Sha, hex},
    store::{
        book::sealed::Seal,
        check::{NotSound, fault},
        checkpoint::{LoggedTo, seals},
        sql::Connection,
    },
};
use carbon_report::{checkpoint::Checkpoint, merkle::MerkleTree, time_stamp::TimeStampAuthorities};
use std::collections::BTreeMap;

/// What was noted outside.
#[derive(Clone, Debug, Default)]
pub(crate) struct Anchors {
    /// Seals, as closing a month and `check` answer them.
    pub(crate) seals: Vec<NotedSeal>,
    /// Checkpoints whose signatures were found right.
    pub(crate) checkpoints: Vec<Checkpoint>,
    /// Whose time stamps are believed; `None`: it is not asked.
    pub(crate) authorities: Option<TimeStampAuthorities>,
}

/// A seal that somebody noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotedSeal {
    pub(crate) number: i64,
    pub(crate) sha256: Sha,
}

/// Seals that were noted, as they are found in the books.
pub(super) struct AnchorCheck<'a> {
    noted: Vec<&'a NotedSeal>,
    /// What stands where one should that no book has: number and digest.
    other: Option<(i64, Sha)>,
}

impl<'a> AnchorCheck<'a> {
    pub(super) fn of(anchors: &'a Anchors) -> Self {
        AnchorCheck { noted: anchors.seals.iter().collect(), other: None }
    }

    /// The next seal of a book.
    pub(super) fn see(&mut self, seal: &Seal) {
        let Seal { number, sha256, .. } = seal;
        if self.noted.is_empty() {
            return;
        }
        self.noted.retain(|noted| noted.number != *number || noted.sha256 != *sha256);
        if self.noted.iter().any(|noted| noted.number == *number) {
            self.other = Some((*number, *sha256));
        }
    }

    /// After the last seal of the last book: whatever is left speaks of seals that are not there. `last` is the highest number.
    pub(super) fn all_seen(&self, last: i64) -> Result<(), NotSound> {
        let Some(NotedSeal { number, sha256 }) = self.noted.iter().max_by_key(|noted| noted.number) else {
            return Ok(());
        };
        if *number > last {
            return Err(fault(format_args!(
                "the ledger is cut off: it ends with seal {last}, and seal {number} was noted outside"
            )));
        }
        let noted = hex(sha256);
        Err(match &self.other {
            Some((found, other)) if found == number => {
                fault(format_args!("seal {number} is {}; the seal that was noted is {noted}", hex(other)))
            }
            _ => fault(format_args!("no book has the seal {number} that was noted: {noted}")),
        })
    }
}

/// Seals that are read at a time.
const READ_AT_A_TIME: usize = 10_000;

/// Whether the seals, in the order of their log, make the trees that were signed.
pub(super) fn checkpoints_fit(books: &[Connection], checkpoints: &[Checkpoint]) -> Result<(), NotSound> {
    let mut roots: BTreeMap<u64, Vec<&Sha>> = BTreeMap::new();
    // Of a ledger without seals there is nothing to compare.
    for checkpoint in checkpoints.iter().filter(|checkpoint| checkpoint.size > 0) {
        roots.entry(checkpoint.size).or_default().push(&checkpoint.root);
    }
    let (mut tree, mut read_to) = (MerkleTree::default(), LoggedTo::default());
    let Some(first) = books.first() else { return Ok(()) };
    while !roots.is_empty()
        && let Some(row) = read_to.next(first)?
    {
        let book = books
            .get(row.book.place())
            .ok_or_else(|| fault(format_args!("seal_log: there is no book {}", row.book)))?;
        let seals = seals(book, read_to.seal_of(row.book), row.last_seal_key, READ_AT_A_TIME)?;
        if seals.is_empty() {
            return Err(fault(format_args!("seal_log: book {} has no seal {}", row.book, row.last_seal_key)));
        }
        for seal in &seals {
            tree.push(&seal.leaf());
            let size = tree.leaves();
            if roots.remove(&size).is_some_and(|roots| roots.iter().any(|root| **root != tree.root())) {
                return Err(fault(format_args!(
                    "the checkpoint over {size} seals is of another chain: one of them, or one before it, was changed"
                )));
            }
        }
        read_to.add(&row, &seals);
    }
    match roots.keys().max() {
        Some(noted) => Err(fault(format_args!(
            "the ledger is cut off: its checkpoints end with {} seals, and one over {noted} was noted outside",
            tree.leaves()
        ))),
        None => Ok(()),
    }
}
