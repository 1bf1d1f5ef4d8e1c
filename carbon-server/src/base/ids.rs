//! Ids of stored objects, of events sent without one, and of requests.

use jiff::Timestamp;
use siphasher::sip::SipHasher13;
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Generates UUIDs of version 7. Their random part is a keyed hash of a counter, so one does not cost a system call. Nobody
/// outside can predict the next one.
pub(crate) struct EventIds {
    key: [u8; 16],
    next: AtomicU64,
}

impl EventIds {
    pub(crate) fn new() -> Result<Self, getrandom::Error> {
        let mut key = [0; 16];
        getrandom::fill(&mut key)?;
        Ok(EventIds { key, next: AtomicU64::new(0) })
    }

    pub(crate) fn next(&self, now: Timestamp) -> String {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        let mut rest = [0; 10];
        let (hash, low) = rest.split_at_mut(8);
        hash.copy_from_slice(&SipHasher13::new_with_key(&self.key).hash(&count.to_be_bytes()).to_be_bytes());
        // Ids differ within 65,536 of them, whatever the hash.
        low.copy_from_slice(&count.to_be_bytes()[6..]);
        let now_ms = now.as_millisecond().unsigned_abs();
        uuid::Builder::from_unix_timestamp_millis(now_ms, &rest).into_uuid().to_string()
    }
}

/// Generates ids that are unique within a process, and most likely between processes: `f3a91c02-00000017`.
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
