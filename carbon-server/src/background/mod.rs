//! What happens without a request: thresholds are watched, checkpoints made, messages delivered.

pub(crate) mod checkpoints;
pub(crate) mod delivery;
pub(crate) mod housekeeping;
mod measurements;
