//! Times in requests.

use crate::{
    base::clock::{day, rfc_3339},
    config,
    http::faults::Faults,
};
use carbon_report::Month;
use jiff::{SignedDuration, Timestamp};
use std::ops::RangeInclusive;

/// A time in `/timestamp`, which may be slightly ahead of our clock.
pub(crate) fn timestamp(faults: &mut Faults, text: &str, now: Timestamp) -> Option<Timestamp> {
    let Some(time) = rfc_3339(text) else {
        faults.add(
            "/timestamp",
            if starts_with_day_or_month(text) {
                "has the day and the month in an unknown order: write the year first, as in 2026-10-05T14:30:00Z"
            } else {
                "must be an RFC 3339 time with its offset, such as 2026-10-05T14:30:00Z"
            },
        );
        return None;
    };
    if time.duration_since(now) > SignedDuration::from_mins(config::AHEAD_MINUTES_MAX) {
        faults.add("/timestamp", format!("is more than {} minutes ahead", config::AHEAD_MINUTES_MAX));
    }
    Some(time)
}

/// Whether it starts like `05/11/2026` or `11-05-26`: nothing in it says which number is the month.
fn starts_with_day_or_month(text: &str) -> bool {
    let mut parts = text.trim_start().splitn(3, ['/', '-', '.']);
    let is_short_number = |part: Option<&str>| {
        part.is_some_and(|part| {
            (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    is_short_number(parts.next())
        && is_short_number(parts.next())
        && parts.next().is_some_and(|year| year.starts_with(|first: char| first.is_ascii_digit()))
}

/// Years of electricity: instruments and residual mixes are of no others.
const YEARS: RangeInclusive<i16> = 2000..=2200;

/// A year, written with its four digits.
pub(crate) fn year(text: &str) -> Result<i16, &'static str> {
    let is_plain = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|year| is_plain && YEARS.contains(year)).ok_or("must be a year such as 2026")
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
