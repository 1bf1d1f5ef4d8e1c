//! Names of requests, to find one again in the log.

use std::sync::atomic::{AtomicU64, Ordering};

/// Makes ids that differ within a process, and most likely between processes: `f3a91c02-00000017`.
pub(crate) struct RequestIds {
    process: u32,
    next: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new() -> Result<Self, getrandom::Error> {
        Ok(RequestIds { process: getrandom::u32()?, next: AtomicU64::new(1) })
    }

    pub(crate) fn next(&self) -> String {
        format!("{:08x}-{:08x}", self.process, self.next.fetch_add(1, Ordering::Relaxed))
    }
}
