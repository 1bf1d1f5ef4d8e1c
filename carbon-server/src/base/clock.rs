//! The current time, and the format of days and times.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// The day of a time in UTC.
pub(crate) fn day(time: Timestamp) -> Date {
    time.to_zoned_datetime(TimeZone::UTC).date()
}

/// Parses a day written as `YYYY-MM-DD`.
pub(crate) fn date(text: &str) -> Option<Date> {
    (text.len() == "YYYY-MM-DD".len()).then(|| text.parse().ok())?
}

/// A time from the ledger, in UTC.
pub(crate) fn rfc_3339_of(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).map(|time| time.to_string()).unwrap_or_default()
}

/// Parses a time in RFC 3339. The parser accepts more formats, but the API documents only this one.
pub(crate) fn rfc_3339(text: &str) -> Option<Timestamp> {
    let shape =
        |place: usize, expect: &[u8]| text.as_bytes().get(place).is_some_and(|byte| expect.contains(byte));
    let date_and_time =
        shape(4, b"-") && shape(7, b"-") && shape(10, b"Tt ") && shape(13, b":") && shape(16, b":");
    (date_and_time && !text.ends_with(']')).then(|| text.parse().ok())?
}
