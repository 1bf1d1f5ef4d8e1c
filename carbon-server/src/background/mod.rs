//! What happens without a request: thresholds are watched, scheduled reports made, checkpoints made, time stamps requested, messages delivered, mail among them.

pub(crate) mod checkpoints;
pub(crate) mod delivery;
pub(crate) mod housekeeping;
pub(crate) mod mail;
mod measurements;
pub(crate) mod schedule;
mod stated;
pub(crate) mod time_stamps;

use jiff::Timestamp;
use serde::Serialize;

/// The body of a message to a webhook: what it is about, since when, and the rest.
fn message(kind: &str, at: Timestamp, data: impl Serialize) -> String {
    #[derive(Serialize)]
    struct Message<'a, Data> {
        r#type: &'a str,
        timestamp: String,
        data: Data,
    }
    let message = Message { r#type: kind, timestamp: at.to_string(), data };
    serde_json::to_string(&message).expect("strings and numbers always serialise")
}
