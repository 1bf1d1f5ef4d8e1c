//! Authentication and rate limits.

pub(crate) mod key_ring;
pub(crate) mod log_ins;
pub(crate) mod passwords;
pub(crate) mod rate_limit;
pub(crate) mod session_use;
pub(crate) mod shown_key;
pub(crate) mod signed_token;
