//! What happens without a request: thresholds are watched, messages are delivered.

pub(crate) mod delivery;
pub(crate) mod housekeeping;
mod measurements;
