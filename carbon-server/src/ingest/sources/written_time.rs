//! Times as exports and warehouses write them.

use jiff::Timestamp;

/// A time of an export as RFC 3339. Without an offset it is UTC; a day alone is its start; digits alone count from 1970, and
/// their number shows in which unit. What cannot be read stays as it is: the check of the field rejects it.
pub(crate) fn utc(text: &str) -> String {
    let text = text.trim();
    read(text).unwrap_or_else(|| text.to_owned())
}

fn read(text: &str) -> Option<String> {
    if let Some(time) = since_1970(text) {
        return Some(time.to_string());
    }
    let (date, rest) = year_first(text).or_else(|| named_month(text))?;
    let Some(rest) = rest.strip_prefix(['T', 't', ' ', ',']) else {
        return rest.is_empty().then(|| format!("{date}T00:00:00Z"));
    };
    let (time, zone) = time_of_day(rest.trim_start())?;
    Some(format!("{date}T{time}{}", offset(zone.trim_start())?))
}

/// The digits at the start, if there are that many, and what follows them.
fn digits(text: &str, count: std::ops::RangeInclusive<usize>) -> Option<(&str, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    count.contains(&length).then(|| text.split_at(length))
}

/// `2026-11-20`, `2026/11/20` or `2026.11.20`, as the first.
fn year_first(text: &str) -> Option<(String, &str)> {
    let (year, rest) = digits(text, 4..=4)?;
    let separator = rest.chars().next().filter(|separator| ['-', '/', '.'].contains(separator))?;
    let (month, rest) = digits(&rest[1..], 1..=2)?;
    let (day, rest) = digits(rest.strip_prefix(separator)?, 1..=2)?;
    Some((format!("{year}-{month:0>2}-{day:0>2}"), rest))
}

/// `20 Nov 2026` or `Fri, 20-Nov-2026`: no other order is possible.
fn named_month(text: &str) -> Option<(String, &str)> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let without_weekday = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let text = without_weekday.trim_start_matches([',', ' ']);
    let (day, rest) = digits(text, 1..=2)?;
    let (name, rest) = rest.strip_prefix([' ', '-'])?.split_at_checked(3)?;
    let month = MONTHS.iter().position(|month| name.eq_ignore_ascii_case(month))? + 1;
    let (year, rest) = digits(rest.strip_prefix([' ', '-'])?, 4..=4)?;
    Some((format!("{year}-{month:02}-{day:0>2}"), rest))
}

/// `10:00`, `10:00:00` or `10:00:00.123456789`, also with AM or PM.
fn time_of_day(text: &str) -> Option<(String, &str)> {
    /// Finer than any clock that is exported.
    const FRACTION_DIGITS_MAX: usize = 9;
    let (hour, rest) = digits(text, 1..=2)?;
    let (minute, mut rest) = digits(rest.strip_prefix(':')?, 2..=2)?;
    let (mut second, mut fraction) = ("00", String::new());
    if let Some((seconds, after)) = rest.strip_prefix(':').and_then(|rest| digits(rest, 2..=2)) {
        (second, rest) = (seconds, after);
        let part = rest.strip_prefix(['.', ',']).and_then(|rest| digits(rest, 1..=usize::MAX));
        if let Some((part, after)) = part {
            fraction = format!(".{}", &part[..part.len().min(FRACTION_DIGITS_MAX)]);
            rest = after;
        }
    }
    let mut hour: u8 = hour.parse().ok()?;
    let half = rest.trim_start().get(..2).unwrap_or("").to_ascii_uppercase();
    if matches!(half.as_str(), "AM" | "PM") {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if half == "PM" { 12 } else { 0 };
        rest = &rest.trim_start()[2..];
    }
    Some((format!("{hour:02}:{minute}:{second}{fraction}"), rest))
}

/// An offset in RFC 3339. Names of zones are not read, except those of UTC; next to a numeric offset they say nothing more.
fn offset(zone: &str) -> Option<String> {
    const UTC: [&str; 4] = ["UTC", "GMT", "Etc/UTC", "Z"];
    let is_utc = |name: &str| UTC.iter().any(|utc| name.eq_ignore_ascii_case(utc));
    let bare = zone.split('[').next().unwrap_or(zone).trim_end();
    if is_utc(bare) || zone.is_empty() {
        return Some("Z".to_owned());
    }
    let prefix = bare.get(..3).filter(|name| is_utc(name)).map_or(0, str::len);
    let (sign, rest) = bare[prefix..].split_at_checked(1).filter(|(sign, _)| ["+", "-"].contains(sign))?;
    let (number, name) = rest.split_once(' ').unwrap_or((rest, ""));
    if !name.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let (hours, rest) = match digits(number, 4..=4) {
        Some((both, "")) => both.split_at(2),
        _ => digits(number, 1..=2)?,
    };
    let minutes = rest.strip_prefix(':').unwrap_or(rest);
    let (minutes, rest) = if minutes.is_empty() { ("00", "") } else { digits(minutes, 2..=2)? };
    rest.is_empty().then(|| format!("{sign}{hours:0>2}:{minutes}"))
}

fn since_1970(text: &str) -> Option<Timestamp> {
    /// 1 January 2018.
    const SECOND_MIN: i64 = 1_514_764_800;
    /// As seconds, this is the year 5138, so milliseconds are meant; the same holds for each finer unit.
    const SECOND_MAX: i64 = 100_000_000_000;
    const MILLISECOND_MAX: i64 = SECOND_MAX * 1_000;
    const MICROSECOND_MAX: i64 = MILLISECOND_MAX * 1_000;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    // No model is older; a smaller number is a day without its marks, or a spreadsheet's count of days.
    if whole < SECOND_MIN {
        return None;
    }
    if whole > MICROSECOND_MAX {
        return Timestamp::from_nanosecond(i128::from(whole)).ok();
    }
    if whole > MILLISECOND_MAX {
        return Timestamp::from_microsecond(whole).ok();
    }
    if whole > SECOND_MAX {
        return Timestamp::from_millisecond(whole).ok();
    }
    // To the microsecond, the precision of a double.
    let microseconds: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    Timestamp::from_microsecond(whole * 1_000_000 + microseconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::rfc_3339;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let read = utc(text);
        let time = rfc_3339(&read).unwrap_or_else(|| panic!("{text}: {read}"));
        assert_eq!(time.to_string(), expect, "{text}: {read}");
    }

    #[test]
    fn times_are_read_as_exports_write_them() {
        for text in [
            "2026-10-05T08:12:41Z",
            "2026-10-05 08:12:41",
            "2026-10-05 08:12:41 UTC",
            "2026-10-05 08:12:41 GMT",
            "2026-10-05 08:12:41 UTC+0",
            "2026-10-05 10:12:41 UTC+02:00",
            "2026-10-05 08:12:41 Z",
            "2026-10-05 08:12:41+00",
            "2026-10-05T08:12:41+0000",
            "2026-10-05 08:12:41+00:00",
            "2026-10-05 08:12:41 +0000",
            "2026-10-05 10:12:41 +0200 CEST",
            "2026-10-05 08:12:41 +0000 UTC",
            "2026-10-05T10:12:41+02:00[Europe/Paris]",
            "2026-10-05T08:12:41Z[UTC]",
            "2026-10-05 13:42:41 +5:30",
            "2026-10-05 07:12:41 -01",
            "2026/10/05 08:12:41",
            "2026/10/5 8:12:41",
            "2026.10.05 08:12:41",
            "2026-10-05 8:12:41 AM",
            "Mon, 05 Oct 2026 08:12:41 +0000",
            "Mon, 5 Oct 2026 08:12:41 GMT",
            "05-OCT-2026 08:12:41",
            "1791187961",
            "1791187961.0",
            "1791187961000",
            "1791187961000000",
            "1791187961000000000",
        ] {
            check(text, "2026-10-05T08:12:41Z");
        }
        for (text, expect) in [
            ("2026-10-05 08:12:41.512000", "2026-10-05T08:12:41.512Z"),
            ("2026-10-05 08:12:41.123456 UTC", "2026-10-05T08:12:41.123456Z"),
            ("2026-10-05 08:12:41.123456789 +0000", "2026-10-05T08:12:41.123456789Z"),
            ("2026-10-05 08:12:41.1234567891", "2026-10-05T08:12:41.123456789Z"),
            ("2026-10-05 08:12:41,512", "2026-10-05T08:12:41.512Z"),
            ("2026-10-05 08:12", "2026-10-05T08:12:00Z"),
            ("2026-10-05 08:12 PM", "2026-10-05T20:12:00Z"),
            ("2026-10-05 12:12 AM", "2026-10-05T00:12:00Z"),
            ("2026-10-05", "2026-10-05T00:00:00Z"),
            ("2026/10/05", "2026-10-05T00:00:00Z"),
            ("1791158400.2500001", "2026-10-05T00:00:00.25Z"),
            ("1791158400250", "2026-10-05T00:00:00.25Z"),
            ("1791158400250001", "2026-10-05T00:00:00.250001Z"),
        ] {
            check(text, expect);
        }
    }

    #[test]
    fn what_could_be_another_time_is_not_read() {
        for text in [
            "yesterday",
            "",
            ".5",
            "05/11/2026 10:00:00",
            "11-05-2026 10:00:00",
            "5.11.2026 10:00",
            "2026-10-05T24:00:00Z",
            "2026-10-05T10:00:61Z",
            "2026-10-05 10:00:00+25:00",
            "2026-10-05 10:00:00-2400",
            "2026-10-05 10:00:00 +10:60",
            "2026-10-05 10:00:00 CET",
            "2026-10-05 10:00:00 Europe/Paris",
            "2026-10-05 10:00:00[Europe/Paris]",
            "2026-10-05 10:00:00 Etc/GMT+2",
            "2026-10-05 13:00:00 PM",
            "2026-13-05 10:00:00",
            "1.791E9",
        ] {
            let read = utc(text);
            assert!(rfc_3339(&read).is_none(), "{text}: {read}");
        }
    }
}
