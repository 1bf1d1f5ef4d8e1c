//! `manifest.json`: what is in the pack.

use crate::activity::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
};

/// What a pack says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) schema: String,
    pub(super) schema_version: String,
    /// Name and version of the program that valued and drew the report.
    pub(super) generator: String,
    pub(super) report_id: String,
    /// Rows of `events.ndjson`.
    pub(super) events: u64,
    /// Merkle tree hash (RFC 9162, SHA-256) over the lines of the events.
    pub(super) merkle_root: String,
    /// A page that checks the pack, as the supplier names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) verify_at: Option<String>,
    pub(super) members: BTreeMap<String, Member>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Member {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

pub(super) const SCHEMA: &str = "llm-carbon-evidence";
pub(super) const SCHEMA_VERSION: &str = "1.0";

/// SHA-256, in hex.
pub(super) fn digest_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Passes bytes on and keeps their count and digest.
pub(super) struct Digesting<T> {
    through: T,
    bytes: u64,
    sha256: Sha256,
}

impl<T> Digesting<T> {
    pub(super) fn new(through: T) -> Self {
        Digesting { through, bytes: 0, sha256: Sha256::new() }
    }

    /// What has passed since the last time.
    pub(super) fn member(&mut self) -> Member {
        let (bytes, sha256) = (std::mem::take(&mut self.bytes), self.sha256.finalize_reset());
        Member { bytes, sha256: hex(&sha256) }
    }

    pub(super) fn inner(&mut self) -> &mut T {
        &mut self.through
    }

    pub(super) fn into_inner(self) -> T {
        self.through
    }

    fn count(&mut self, bytes: &[u8]) {
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.sha256.update(bytes);
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.through.write(bytes)?;
        self.count(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.through.flush()
    }
}

impl<R: Read> Read for Digesting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.through.read(buffer)?;
        self.count(&buffer[..read]);
        Ok(read)
    }
}
