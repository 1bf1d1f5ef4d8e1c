//! Times as they come in.

use super::Faults;
use crate::config;
use carbon_report::Month;
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

/// A time of `/timestamp`, which may lie a little ahead of our clock.
pub(super) fn timestamp(faults: &mut Faults, text: &str, now: Timestamp) -> Option<Timestamp> {
    let Some(time) = rfc_3339(text) else {
        faults.add("/timestamp", "must be an RFC 3339 time with its offset, such as 2026-10-05T14:30:00Z");
        return None;
    };
    if time.duration_since(now) > SignedDuration::from_mins(config::AHEAD_MINUTES_MAX) {
        faults.add("/timestamp", format!("lies more than {} minutes ahead", config::AHEAD_MINUTES_MAX));
    }
    Some(time)
}

/// No model that the registry knows is older.
pub(crate) const EARLIEST: Month = Month::new(2018, 1);

/// A month from [`EARLIEST`] to the current one.
pub(super) fn month(faults: &mut Faults, pointer: &str, text: &str, now: Timestamp) -> Option<Month> {
    match text.parse::<Month>() {
        Ok(month) if month < EARLIEST => faults.add(pointer, format!("lies before {EARLIEST}")),
        Ok(month) if month <= Month::of(day(now)) => return Some(month),
        Ok(_) => faults.add(pointer, "lies in the future"),
        Err(error) => faults.add(pointer, error.to_string()),
    }
    None
}

/// The day of a time in UTC.
pub(crate) fn day(time: Timestamp) -> Date {
    time.to_zoned_datetime(TimeZone::UTC).date()
}

/// A day written `YYYY-MM-DD`.
pub(super) fn date(text: &str) -> Option<Date> {
    (text.len() == "YYYY-MM-DD".len()).then(|| text.parse().ok())?
}

/// A time of the ledger, in UTC.
pub(super) fn rfc_3339_of(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).map(|time| time.to_string()).unwrap_or_default()
}

/// A time as RFC 3339 writes it. The parser reads more forms than that, and the contract names this one.
fn rfc_3339(text: &str) -> Option<Timestamp> {
    let shape =
        |place: usize, expect: &[u8]| text.as_bytes().get(place).is_some_and(|byte| expect.contains(byte));
    let date_and_time =
        shape(4, b"-") && shape(7, b"-") && shape(10, b"Tt ") && shape(13, b":") && shape(16, b":");
    (date_and_time && !text.ends_with(']')).then(|| text.parse().ok())?
}
