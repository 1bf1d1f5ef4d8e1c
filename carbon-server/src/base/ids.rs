//! Ids of stored objects, of events sent without one, and of requests.

use jiff::Timestamp;
use siphasher::sip::SipHasher13;
use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

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

    pub(crate) fn next(&self) -> RequestId {
        RequestId { process: self.process, number: self.next.fetch_add(1, Ordering::Relaxed) }
    }
}

/// The id of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestId {
    process: u32,
    number: u64,
}

impl RequestId {
    /// Writes it as text. Every response bears one: this is many times faster than the formatter.
    pub(crate) fn write(self, text: &mut Vec<u8>) {
        let digits = |text: &mut Vec<u8>, number: u64| {
            let digits = (16 - number.leading_zeros() / 4).max(8);
            for place in (0..digits).rev() {
                text.push(b"0123456789abcdef"[usize::from((number >> (4 * place)).to_le_bytes()[0] & 15)]);
            }
        };
        digits(text, self.process.into());
        text.push(b'-');
        digits(text, self.number);
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        self.write(&mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_of_a_request_is_two_numbers_in_hexadecimal(process: u32, number: u64, bits in 0_u32..64) {
            let number = number >> bits;
            let expect = format!("{process:08x}-{number:08x}");
            prop_assert_eq!(RequestId { process, number }.to_string(), expect);
        }
    }
}
