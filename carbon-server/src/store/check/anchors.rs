//! What was noted outside the ledger, compared with its chain: against whoever has the ledger and rebuilt its chain.

use crate::{
    base::{
        checkpoint::Checkpoint,
        digest::{Sha, hex},
    },
    store::{
        book::sealed::Seal,
        check::{NotSound, fault},
    },
};
use carbon_report::{merkle::MerkleTree, time_stamp::TimeStampAuthorities};
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

/// The anchors, compared with one seal after the other.
pub(super) struct AnchorCheck<'a> {
    seals: BTreeMap<i64, Vec<&'a Sha>>,
    checkpoints: BTreeMap<i64, Vec<&'a Sha>>,
    tree: MerkleTree,
}

impl<'a> AnchorCheck<'a> {
    pub(super) fn of(anchors: &'a Anchors) -> Self {
        let mut check =
            AnchorCheck { seals: BTreeMap::new(), checkpoints: BTreeMap::new(), tree: MerkleTree::default() };
        let Anchors { seals, checkpoints, .. } = anchors;
        for NotedSeal { number, sha256 } in seals {
            check.seals.entry(*number).or_default().push(sha256);
        }
        for Checkpoint { size, root } in checkpoints {
            check.checkpoints.entry(*size).or_default().push(root);
        }
        // Of a ledger without seals there is nothing to compare.
        check.checkpoints.remove(&0);
        check
    }

    /// The next seal.
    pub(super) fn see(&mut self, seal: &Seal) -> Result<(), NotSound> {
        let Seal { number, sha256, .. } = seal;
        if let Some(noted) = self.seals.remove(number)
            && let Some(other) = noted.into_iter().find(|noted| **noted != *sha256)
        {
            let (found, noted) = (hex(sha256), hex(other));
            return Err(fault(format_args!("seal {number} is {found}; the seal that was noted is {noted}")));
        }
        if self.checkpoints.is_empty() {
            return Ok(());
        }
        self.tree.push(sha256);
        match self.checkpoints.remove(number) {
            Some(roots) if roots.iter().any(|root| **root != self.tree.root()) => Err(fault(format_args!(
                "the checkpoint over {number} seals is of another chain: one of them, or one before it, was changed"
            ))),
            _ => Ok(()),
        }
    }

    /// After the last seal: whatever is left speaks of seals that are not there.
    pub(super) fn all_seen(&self, last: i64) -> Result<(), NotSound> {
        match self.seals.keys().chain(self.checkpoints.keys()).max() {
            Some(noted) => Err(fault(format_args!(
                "the ledger is cut off: it ends with seal {last}, and seal {noted} was noted outside"
            ))),
            None => Ok(()),
        }
    }
}
