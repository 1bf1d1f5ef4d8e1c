//! Where tokens are counted already: what others tell of LLM calls, read as if it had been sent to `/track`.
//!
//! Each of these reads what is on its list and nothing else: prompts and answers that stand beside it are dropped here.

pub(crate) mod langfuse;
pub(crate) mod lenient;
pub(crate) mod litellm;
pub(crate) mod otlp;
pub(crate) mod provider_usage;
pub(crate) mod span;

use crate::{base::digest::hex, ingest::call::TrackRequest};
use sha2::{Digest, Sha256};

/// What a record of theirs is to us.
pub(crate) enum Told {
    /// No call to a model, or one that others tell of.
    Nothing,
    /// A call that has an id of its own, or none at all.
    Call(Box<TrackRequest>),
    /// A call without an id, or many in one row: told from others by what it says.
    Row(Box<TrackRequest>, RowKey),
    /// A call that cannot be counted.
    Uncountable(&'static str),
}

/// The input with the cached tokens in it. More than the input cannot be a part of it: they were counted beside it.
fn input_with_cached(input: u64, cache_read: Option<u64>, cache_creation: Option<u64>) -> u64 {
    let cached = cache_read.unwrap_or(0) + cache_creation.unwrap_or(0);
    if cached > input { input + cached } else { input }
}

/// What a row says, in few bytes: the same for the same row.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RowKey([u8; 16]);

impl RowKey {
    pub(crate) fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let sha256 = texts.into_iter().fold(Sha256::new(), |sha, text| {
            // A length before each: no two lists make the same bytes.
            sha.chain_update((text.len() as u64).to_be_bytes()).chain_update(text)
        });
        let mut key = [0; 16];
        key.copy_from_slice(&sha256.finalize()[..16]);
        RowKey(key)
    }

    /// The event's id, for the `nth` of the rows that say the same.
    pub(crate) fn event_id(self, nth: u32) -> String {
        format!("row-{}-{nth}", hex(&self.0))
    }
}
