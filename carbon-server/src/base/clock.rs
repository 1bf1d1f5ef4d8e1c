//! The current time, and the format of days and times.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// The day of a time in UTC.
pub(crate) fn day(time: Timestamp) -> Date {
    time.to_zoned_datetime(TimeZone::UTC).date()
}

/// The hour of that day.
pub(crate) fn hour(time: Timestamp) -> i8 {
    TimeZone::UTC.to_datetime(time).hour()
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
    (date_and_time && !text.ends_with(']') && has_offset_within_a_day(text)).then(|| text.parse().ok())?
}

/// Section 5.6 has hours up to 23 and minutes up to 59 in an offset; the parser accepts 25 hours.
fn has_offset_within_a_day(text: &str) -> bool {
    let after_seconds = text.get("2026-10-05T14:30:00".len()..).unwrap_or("");
    let Some((_, offset)) = after_seconds.split_once(['+', '-']) else { return true };
    let (hours, minutes) = offset.split_at_checked(2).unwrap_or((offset, ""));
    let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
    let up_to = |digits: &str, most: u8| digits.parse::<u8>().is_ok_and(|number| number <= most);
    up_to(hours, 23) && (minutes.is_empty() || (minutes.len() == 2 && up_to(minutes, 59)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_rfc_3339() {
        for text in [
            "2026-11-01T10:00:00Z",
            "2026-11-01t10:00:00z",
            "2026-11-01 10:00:00.123456789+23:59",
            "2026-11-01T10:00:00-23:59",
            "2026-11-01T10:00:00+0530",
            "2026-11-01T10:00:00-00:00",
            "2016-12-31T23:59:60Z",
        ] {
            assert!(rfc_3339(text).is_some(), "{text}");
        }
        for text in [
            "2026-11-01T10:00:00+25:00",
            "2026-11-01T10:00:00+24:00",
            "2026-11-01T10:00:00-24:00",
            "2026-11-01T10:00:00.5+10:60",
            "2026-11-01T10:00:00+2500",
            "2026-11-01T10:00:00+24",
            "2026-11-01T10:00:00+10:00:30",
            "2026-11-01T24:00:00Z",
            "2026-11-01T10:60:00Z",
            "2026-11-01T10:00:61Z",
            "2026-11-31T10:00:00Z",
            "2026-11-01T10:00:00",
            "2026-11-01T10:00:00 UTC",
            "2026-11-01T10:00:00+01:00[Europe/Paris]",
            "2026-11-01",
        ] {
            assert!(rfc_3339(text).is_none(), "{text}");
        }
    }
}
