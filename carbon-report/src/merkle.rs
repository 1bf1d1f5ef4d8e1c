//! Merkle tree hashes as Certificate Transparency defines them (RFC 9162, section 2.1.1), leaf by leaf.

use sha2::{Digest, Sha256};

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
        let mut digest = sha256(0, data, &[]);
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
        // The root of no leaves is a constant of the standard.
        let hex: String = MerkleTree::default().root().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
