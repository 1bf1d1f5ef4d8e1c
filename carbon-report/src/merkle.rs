//! Merkle trees as Certificate Transparency defines them (RFC 9162, section 2.1): their hashes, leaf by leaf, and the proof that
//! a leaf is in one.

use crate::activity::{from_hex, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::ops::Range;

/// A SHA-256 digest.
type Sha = [u8; 32];

/// A tree that grows at its right edge: as many digests as its count of leaves has bits.
///
/// ```
/// use carbon_report::merkle::MerkleTree;
/// let mut tree = MerkleTree::default();
/// tree.push(b"a line\n");
/// assert_eq!(tree.leaves(), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct MerkleTree {
    leaves: u64,
    /// Full subtrees, the largest first: one for each bit of `leaves`.
    full: Vec<Sha>,
}

impl MerkleTree {
    /// Adds a leaf behind the others.
    pub fn push(&mut self, data: &[u8]) {
        self.push_hash(leaf_hash(data));
    }

    /// The same, of a leaf that was hashed: [`leaf_hash`], [`LeafHash`].
    pub fn push_hash(&mut self, leaf: Sha) {
        let mut digest = leaf;
        // Each full subtree of the same height on its left makes a higher one with it.
        let mut rest = self.leaves;
        while rest & 1 == 1 {
            let left = self.full.pop().expect("one for each bit");
            digest = sha256(1, &left, &digest);
            rest >>= 1;
        }
        self.full.push(digest);
        self.leaves += 1;
    }

    /// How many leaves it has.
    pub fn leaves(&self) -> u64 {
        self.leaves
    }

    /// The root; of no leaves, the digest of nothing.
    pub fn root(&self) -> Sha {
        let joined = self.full.iter().rev().copied().reduce(|right, left| sha256(1, &left, &right));
        joined.unwrap_or_else(|| Sha256::digest([]).into())
    }
}

/// Leaves and nodes differ in their first byte, so neither can be passed off as the other.
fn sha256(kind: u8, left: &[u8], right: &[u8]) -> Sha {
    Sha256::new().chain_update([kind]).chain_update(left).chain_update(right).finalize().into()
}

/// The hash of a leaf.
pub fn leaf_hash(data: &[u8]) -> Sha {
    sha256(0, data, &[])
}

/// The hash of a leaf whose data comes in parts.
#[derive(Clone, Debug)]
pub struct LeafHash(Sha256);

impl LeafHash {
    /// Of a leaf that begins with `data`.
    pub fn new(data: &[u8]) -> Self {
        LeafHash(Sha256::new_with_prefix([0]).chain_update(data))
    }

    /// Adds what comes next.
    pub fn add(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// The hash of all of it.
    pub fn finish(self) -> Sha {
        self.0.finalize().into()
    }
}

/// A step from a leaf up to the root: the hash on the other side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It is on the left, in hex.
    Left(String),
    /// It is on the right, in hex.
    Right(String),
}

/// The hash of the leaves of a range, split as the tree over all of them is. `known` answers what was hashed before, and
/// has the hash of each single leaf that it is asked for; `None` where it has not.
pub fn range_hash(range: Range<u64>, known: &mut impl FnMut(Range<u64>) -> Option<Sha>) -> Option<Sha> {
    if let Some(hash) = known(range.clone()) {
        return Some(hash);
    }
    let middle = split(&range)?;
    let left = range_hash(range.start..middle, known)?;
    Some(sha256(1, &left, &range_hash(middle..range.end, known)?))
}

/// The proof that a leaf is in the tree over `leaves`: from it up to the root. `known` is that of [`range_hash`].
pub fn inclusion(
    leaves: u64,
    leaf: u64,
    known: &mut impl FnMut(Range<u64>) -> Option<Sha>,
) -> Option<Vec<Step>> {
    let (mut range, mut steps) = (0..leaves, Vec::new());
    while range.contains(&leaf) && range != (leaf..leaf + 1) {
        let middle = split(&range)?;
        if leaf < middle {
            steps.push(Step::Right(hex(&range_hash(middle..range.end, known)?)));
            range.end = middle;
        } else {
            steps.push(Step::Left(hex(&range_hash(range.start..middle, known)?)));
            range.start = middle;
        }
    }
    steps.reverse();
    range.contains(&leaf).then_some(steps)
}

/// The root that a proof leads to; `None` where a hash in it is none.
pub fn root_of(leaf: Sha, path: &[Step]) -> Option<Sha> {
    path.iter().try_fold(leaf, |below, step| {
        Some(match step {
            Step::Left(hash) => sha256(1, &from_hex(hash)?, &below),
            Step::Right(hash) => sha256(1, &below, &from_hex(hash)?),
        })
    })
}

/// Where a tree over more than one leaf is split: at the largest power of two below their count.
fn split(range: &Range<u64>) -> Option<u64> {
    let leaves = range.end.checked_sub(range.start).filter(|leaves| *leaves > 1)?;
    Some(range.start + leaves.next_power_of_two() / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, word for word: split at the largest power of two below the count.
    fn defined(leaves: &[Vec<u8>]) -> Sha {
        match leaves {
            [] => Sha256::digest([]).into(),
            [leaf] => sha256(0, leaf, &[]),
            several => {
                let half = several.len().next_power_of_two() / 2;
                sha256(1, &defined(&several[..half]), &defined(&several[half..]))
            }
        }
    }

    #[test]
    fn the_root_is_the_defined_one() {
        let mut tree = MerkleTree::default();
        let mut leaves = Vec::new();
        for n in 0..100u8 {
            assert_eq!(tree.root(), defined(&leaves), "{n} leaves");
            tree.push(&[n]);
            leaves.push(vec![n]);
        }
        let hashes: Vec<Sha> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
        let mut known = |range: Range<u64>| match range.end - range.start {
            1 => hashes.get(usize::try_from(range.start).unwrap()).copied(),
            _ => None,
        };
        for size in 1..=100u64 {
            let tree: Sha = range_hash(0..size, &mut known).unwrap();
            assert_eq!(tree, defined(&leaves[..usize::try_from(size).unwrap()]));
            for leaf in 0..size {
                let steps = inclusion(size, leaf, &mut known).unwrap();
                assert_eq!(root_of(hashes[usize::try_from(leaf).unwrap()], &steps), Some(tree));
                assert!(steps.len() <= 7, "as many as the tree is high");
            }
            assert_eq!(inclusion(size, size, &mut known), None, "there is no such leaf");
        }
        assert_eq!(root_of([0; 32], &[Step::Left("0F".repeat(32))]), None);
        // The root of no leaves is a constant of the standard.
        let hex: String = MerkleTree::default().root().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
