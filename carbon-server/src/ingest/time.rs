//! Times in requests.

use crate::{
    base::clock::{day, rfc_3339},
    config,
    http::faults::Faults,
};
use carbon_report::Month;
use jiff::{SignedDuration, Timestamp};

/// A time in `/timestamp`, which may be slightly ahead of our clock.
pub(crate) fn timestamp(faults: &mut Faults, text: &str, now: Timestamp) -> Option<Timestamp> {
    let Some(time) = rfc_3339(text) else {
        faults.add("/timestamp", "must be an RFC 3339 time with its offset, such as 2026-10-05T14:30:00Z");
        return None;
    };
    if time.duration_since(now) > SignedDuration::from_mins(config::AHEAD_MINUTES_MAX) {
        faults.add("/timestamp", format!("is more than {} minutes ahead", config::AHEAD_MINUTES_MAX));
    }
    Some(time)
}

/// No model in the registry is older.
pub(crate) const EARLIEST: Month = Month::new(2018, 1);

/// A month from [`EARLIEST`] to the current one.
pub(crate) fn month(faults: &mut Faults, pointer: &str, text: &str, now: Timestamp) -> Option<Month> {
    match text.parse::<Month>() {
        Ok(month) if month < EARLIEST => faults.add(pointer, format!("is before {EARLIEST}")),
        Ok(month) if month <= Month::of(day(now)) => return Some(month),
        Ok(_) => faults.add(pointer, "is in the future"),
        Err(error) => faults.add(pointer, error.to_string()),
    }
    None
}
