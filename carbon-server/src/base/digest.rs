//! SHA-256 digests, and bytes as hexadecimal text.

use sha2::{Digest, Sha256};
use std::{collections::HashMap, hash::Hasher};

/// A SHA-256 digest.
pub(crate) type Sha = [u8; 32];

/// The first eight bytes of the digest of these parts, for what needs to be told apart by its sender alone.
pub(crate) fn short_digest<'b>(parts: impl IntoIterator<Item = &'b [u8]>) -> u64 {
    let sha256 = parts.into_iter().fold(Sha256::new(), |sha, part| {
        // Each is prefixed with its length, so different lists give different bytes.
        sha.chain_update((part.len() as u64).to_be_bytes()).chain_update(part)
    });
    let mut first = [0; 8];
    first.copy_from_slice(&sha256.finalize()[..8]);
    u64::from_be_bytes(first)
}

/// A digest as text.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The digest that a text of 64 hexadecimal digits stands for.
pub(crate) fn from_hex(text: &str) -> Option<Sha> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut sha = Sha::default();
    for (place, byte) in sha.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(sha)
}

/// A map by what nobody outside chooses: numbers that the ledger gives, names that are listed. A hash that is made for speed will
/// do.
pub(crate) type QuickMap<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// A hasher for what is a hash already.
#[derive(Default)]
pub(crate) struct IsHash(u64);

impl Hasher for IsHash {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only hashes are hashed")
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
