//! Other tools that count tokens: their records of LLM calls, read as if they had been sent to `/track`.
//! Each reads the fields on its list and nothing else: prompts and responses next to them are dropped here.

pub(crate) mod langfuse;
pub(crate) mod lenient;
pub(crate) mod litellm;
pub(crate) mod otlp;
pub(crate) mod provider_usage;
pub(crate) mod same_call;
pub(crate) mod span;
pub(crate) mod written_time;

use crate::{
    base::digest::hex,
    config::ID_BYTES_MAX,
    ingest::{call::TrackRequest, text::is_short},
};
use sha2::{Digest, Sha256};

/// How a record is classified.
pub(crate) enum SourceRecord {
    /// Not a model call, or one that another record covers.
    Nothing,
    /// A call with its own id, or without any.
    Call(Box<TrackRequest>),
    /// A call without an id, or many calls in one row: identified by its content.
    Row(Box<TrackRequest>, RowKey),
    /// A call that cannot be counted.
    Uncountable(&'static str),
}

/// The id of a record as the id of an event. One that an event cannot have, because of its length or a control
/// character, is replaced by the digest of the whole id: the same record has the same id by whichever way it comes.
pub(crate) fn event_id(id: Option<String>) -> Option<String> {
    let id = id.filter(|id| !id.is_empty())?;
    if is_short(&id, ID_BYTES_MAX) {
        return Some(id);
    }
    Some(format!("sha256-{}", hex(&Sha256::digest(id))))
}

/// A value that names a tenant; `None` for what cannot: Claude Code, for one, puts the ids of a device and a session where
/// others put a user. Then the next field that may name the tenant is asked.
pub(crate) fn tenant_named(value: String) -> Option<String> {
    const NOTHING: [&str; 5] = ["", "none", "null", "undefined", "nan"];
    let is_nothing = NOTHING.contains(&&*value.trim().to_ascii_lowercase());
    let is_object = value.trim_start().starts_with(['{', '[']);
    let is_session = value.starts_with("user_") && value.contains("_session_");
    Some(value).filter(|value| is_short(value, ID_BYTES_MAX) && !is_nothing && !is_object && !is_session)
}

/// A digest of a row's content: the same for the same row.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RowKey([u8; 16]);

impl RowKey {
    pub(crate) fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let sha256 = texts.into_iter().fold(Sha256::new(), |sha, text| {
            // Each is prefixed with its length, so different lists give different bytes.
            sha.chain_update((text.len() as u64).to_be_bytes()).chain_update(text)
        });
        let mut key = [0; 16];
        key.copy_from_slice(&sha256.finalize()[..16]);
        RowKey(key)
    }

    /// The key of the row as one of a tenant: two tenants may have equal rows.
    pub(crate) fn of_tenant(self, tenant_id: Option<&str>) -> Self {
        RowKey::of([hex(&self.0).as_str(), tenant_id.unwrap_or_default()])
    }

    /// The event's id, for the `nth` row with the same content.
    pub(crate) fn event_id(self, nth: u32) -> String {
        format!("row-{}-{nth}", hex(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_no_event_can_have_is_kept_as_its_digest() {
        let kept = |id: &str| event_id(Some(id.to_owned()));
        assert_eq!((event_id(None), kept("")), (None, None));
        assert_eq!(kept(&"a".repeat(128)), Some("a".repeat(128)));
        let digest = "sha256-c12cb024a2e5551cca0e08fce8f1c5e314555cc3fef6329ee994a3db752166ae";
        assert_eq!(kept(&"a".repeat(129)).as_deref(), Some(digest));
        assert_ne!(kept(&format!("{}1", "a".repeat(425))), kept(&format!("{}2", "a".repeat(425))));
        assert!(kept("one\ntwo").is_some_and(|id| is_short(&id, ID_BYTES_MAX)));
    }
}
