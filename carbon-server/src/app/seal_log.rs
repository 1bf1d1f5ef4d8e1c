//! The tree under checkpoints, over the seals of all books in the order of their log: its root, and the proof that a seal is in it.
//!
//! Of every 1,024 leaves the hash above them is in memory. A proof reads the leaves around its own, and those at the end.

use crate::{
    base::{digest::Sha, work_queue::blocking},
    store::{LoggedSeal, LoggedTo, Store, StoreError},
};
use carbon_report::{
    checkpoint::Checkpoint,
    merkle::{MerkleTree, Step, inclusion, leaf_hash, range_hash},
};
use std::{collections::HashMap, ops::Range, sync::Arc};

/// Seals that are read at a time.
const READ_AT_A_TIME: usize = 10_000;

/// Leaves whose hash is kept.
const TILE: u64 = 1_024;

/// The tree, as far as its log was read.
#[derive(Default)]
pub(crate) struct SealLog {
    tree: MerkleTree,
    /// The hashes above each full tile.
    tiles: Arc<Vec<Sha>>,
    /// The last tile, until it is full.
    open: MerkleTree,
    /// What each row of the log has added.
    parts: Vec<LogPart>,
    read_to: LoggedTo,
    /// Whether the last of the parts goes on: a long row is read in several goes.
    is_within: bool,
}

/// Seals of a book that stand one behind the other.
#[derive(Clone, Copy, Debug)]
struct LogPart {
    first_leaf: u64,
    book: i64,
    first_seal: i64,
    seals: u64,
}

impl LogPart {
    fn end(&self) -> u64 {
        self.first_leaf + self.seals
    }
}

/// A seal in the tree of a checkpoint.
pub(crate) struct LoggedProof {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) path: Vec<Step>,
}

impl SealLog {
    /// The checkpoint over what was read.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(self.tree.leaves(), self.tree.root())
    }

    /// Reads what the log has got since.
    pub(crate) async fn read_on(&mut self, store: &Store) -> Result<(), StoreError> {
        loop {
            let (read_to, seals) = store.logged_seals(self.read_to.clone(), READ_AT_A_TIME).await?;
            let Some(first) = seals.first().copied() else { return Ok(()) };
            let is_ended = read_to.is_behind(&self.read_to);
            let mut log = std::mem::take(self);
            // A start has all of them to hash: not on the thread that takes events.
            let grown = blocking(move || {
                if !std::mem::take(&mut log.is_within) {
                    let (first_leaf, LoggedSeal { book, number, .. }) = (log.tree.leaves(), first);
                    log.parts.push(LogPart { first_leaf, book, first_seal: number, seals: 0 });
                }
                seals.iter().for_each(|seal| log.add(seal));
                log
            });
            match grown.await {
                Ok(log) => *self = SealLog { read_to, is_within: !is_ended, ..log },
                // What was read is lost with it, and is read again.
                Err(error) => {
                    tracing::warn!(?error, "seals were not hashed");
                    return Err(StoreError::Busy);
                }
            }
        }
    }

    fn add(&mut self, seal: &LoggedSeal) {
        let leaf = leaf_hash(&seal.leaf());
        self.tree.push_hash(leaf);
        self.open.push_hash(leaf);
        if self.open.leaves() == TILE {
            Arc::make_mut(&mut self.tiles).push(std::mem::take(&mut self.open).root());
        }
        if let Some(part) = self.parts.last_mut() {
            part.seals += 1;
        }
    }

    /// Proves that a seal is in the tree as it was once the log had it, which is the same whenever and wherever it is asked for;
    /// `None` where it was not read yet.
    pub(crate) async fn prove(
        &self,
        store: &Store,
        seal: &LoggedSeal,
    ) -> Result<Option<LoggedProof>, StoreError> {
        let place = |part: &&LogPart| {
            let behind =
                seal.number.checked_sub(part.first_seal).and_then(|behind| u64::try_from(behind).ok());
            part.book == seal.book && behind.is_some_and(|behind| behind < part.seals)
        };
        let Some(part) = self.parts.iter().find(place) else { return Ok(None) };
        let leaf = part.first_leaf + (seal.number - part.first_seal).unsigned_abs();
        let size = part.end();
        let mut leaves = HashMap::new();
        for tile in [leaf / TILE, size / TILE] {
            self.read(store, tile * TILE..size.min((tile + 1) * TILE), &mut leaves).await?;
        }
        let tiles = self.tiles.clone();
        // There may be many tiles: not on the thread that takes events.
        let climb = move || {
            let mut known = |range: Range<u64>| match range.end - range.start {
                1 => leaves.get(&range.start).copied(),
                TILE if range.start.is_multiple_of(TILE) => {
                    tiles.get(usize::try_from(range.start / TILE).ok()?).copied()
                }
                _ => None,
            };
            inclusion(size, leaf, &mut known).zip(range_hash(0..size, &mut known))
        };
        let Ok(Some((path, root))) = blocking(climb).await else { return Err(StoreError::Damaged) };
        Ok(Some(LoggedProof { checkpoint: Checkpoint::new(size, root), path }))
    }

    /// The hashes of a range of leaves.
    async fn read(
        &self,
        store: &Store,
        range: Range<u64>,
        into: &mut HashMap<u64, Sha>,
    ) -> Result<(), StoreError> {
        let of_range =
            self.parts.iter().filter(|part| part.first_leaf < range.end && part.end() > range.start);
        for part in of_range {
            let [from, until] = [range.start.max(part.first_leaf), range.end.min(part.end())];
            let number =
                |leaf: u64| part.first_seal + i64::try_from(leaf - part.first_leaf).unwrap_or(i64::MAX);
            let seals = store.seals_of_book(part.book, number(from)..number(until)).await?;
            into.extend((from..until).zip(seals.iter().map(|seal| leaf_hash(&seal.leaf()))));
        }
        Ok(())
    }
}
