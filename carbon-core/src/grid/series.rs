//! Values by the hour or by the month, one after the other, with their gaps.

use super::GridResolution;
use jiff::{
    Span,
    civil::{Date, date},
};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use thiserror::Error;

/// The most values that one series has: the hours of a leap year.
pub const VALUES_MAX: usize = 366 * 24;

/// Digits of a value: it is the same as a float and as text.
const MANTISSA_MAX: i128 = 1_000_000_000_000;
const SCALE_MAX: u32 = 9;
/// Grams: no grid is outside, and a zero is a hole in the data.
const PLAUSIBLE: [Decimal; 2] =
    [Decimal::from_parts(1, 0, 0, false, 2), Decimal::from_parts(5_000, 0, 0, false, 0)];
/// Where a value would stand and there is none.
const GAP: &str = "-";

/// Grams per kilowatt hour, one for each hour or month from the first on; `None` is a gap.
///
/// ```
/// use carbon_core::grid::{GridResolution, SeriesValues};
/// let values = SeriesValues::new("FRA", GridResolution::Month, "2026-01", [Some("41.2"), None, Some("38")])?;
/// assert_eq!((values.from(), values.to()), ("2026-01".to_owned(), "2026-03".to_owned()));
/// assert_eq!(values.text(), "41.2 - 38");
/// assert!(SeriesValues::new("FRA", GridResolution::Month, "2026-01", [Some("0")]).is_err());
/// # Ok::<(), carbon_core::grid::SeriesFault>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesValues {
    /// The zone or cloud region.
    pub zone: String,
    /// By the hour or by the month.
    pub resolution: GridResolution,
    pub(super) first: i64,
    pub(super) values: Vec<Option<Decimal>>,
}

/// What is wrong with values.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SeriesFault {
    /// The first hour or month cannot be read.
    #[error("the first {resolution} must be one such as {example}, not {text:?}")]
    First {
        /// Of an hour or a month.
        resolution: GridResolution,
        /// How it is written.
        example: &'static str,
        /// What stands there.
        text: String,
    },
    /// A value is no number of grams that a grid has.
    #[error(
        "value {place} must be 0.01 to 5,000 g per kWh with at most 12 digits, not {text:?}: leave it out where it is not known"
    )]
    Value {
        /// From 1.
        place: usize,
        /// What stands there.
        text: String,
    },
    /// No value at all.
    #[error("there is no value")]
    Empty,
    /// More than a series has.
    #[error("there are {found} values, more than the {VALUES_MAX} hours of a leap year: divide them by year")]
    TooMany {
        /// How many.
        found: usize,
    },
    /// Only the set has values by the year.
    #[error("a series is by the hour or by the month")]
    OfYear,
}

impl SeriesValues {
    /// Values from that hour or month on. Hours begin with the day: those before the first are gaps.
    ///
    /// # Errors
    /// [`SeriesFault`].
    pub fn new<'t>(
        zone: &str,
        resolution: GridResolution,
        from: &str,
        values: impl IntoIterator<Item = Option<&'t str>>,
    ) -> Result<Self, SeriesFault> {
        let first = parsed(resolution, from)?;
        let values = values.into_iter().zip(1..).map(|(text, place)| {
            let invalid = |text: &str| SeriesFault::Value { place, text: text.to_owned() };
            text.map(|text| value(text).ok_or_else(|| invalid(text))).transpose()
        });
        SeriesValues::of(zone, resolution, first, values.collect::<Result<_, _>>()?)
    }

    /// As [`text`](Self::text) writes them.
    ///
    /// # Errors
    /// [`SeriesFault`].
    pub fn of_text(
        zone: &str,
        resolution: GridResolution,
        from: &str,
        text: &str,
    ) -> Result<Self, SeriesFault> {
        let values = text.split(' ').filter(|value| !value.is_empty());
        SeriesValues::new(
            zone,
            resolution,
            from,
            values.map(|value| Some(value).filter(|value| *value != GAP)),
        )
    }

    pub(super) fn of(
        zone: &str,
        resolution: GridResolution,
        first: i64,
        mut values: Vec<Option<Decimal>>,
    ) -> Result<Self, SeriesFault> {
        if resolution == GridResolution::Year {
            return Err(SeriesFault::OfYear);
        }
        while values.last().is_some_and(Option::is_none) {
            values.pop();
        }
        if values.iter().all(Option::is_none) {
            return Err(SeriesFault::Empty);
        }
        let before = match resolution {
            GridResolution::Hour => first.rem_euclid(HOURS),
            GridResolution::Month | GridResolution::Year => 0,
        };
        if before > 0 {
            let gaps = usize::try_from(before).unwrap_or(0);
            values.splice(..0, std::iter::repeat_n(None, gaps));
        }
        if values.len() > VALUES_MAX {
            return Err(SeriesFault::TooMany { found: values.len() });
        }
        Ok(SeriesValues { zone: zone.to_owned(), resolution, first: first - before, values })
    }

    /// The same values, of a place under the name that a registry lists it by.
    #[must_use]
    pub fn of_zone(self, zone: &str) -> Self {
        SeriesValues { zone: zone.to_owned(), ..self }
    }

    /// First hour or month, as text.
    pub fn from(&self) -> String {
        instant(self.resolution, self.first)
    }

    /// Last hour or month.
    pub fn to(&self) -> String {
        instant(self.resolution, self.first + i64::try_from(self.values.len()).unwrap_or(i64::MAX) - 1)
    }

    /// The day on which it begins, UTC.
    pub fn first_day(&self) -> Date {
        day_of(self.resolution, self.first)
    }

    /// How many hours or months have a value.
    pub fn known(&self) -> usize {
        self.values.iter().flatten().count()
    }

    /// All values with blanks between, `-` for a gap.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.values.len() * 6);
        for (place, value) in self.values.iter().enumerate() {
            if place > 0 {
                text.push(' ');
            }
            match value {
                Some(value) => _ = write!(text, "{value}"),
                None => text.push_str(GAP),
            }
        }
        text
    }

    /// Runs of hours or months with and without a value, as counts that alternate, those with a value first: `24 2 718`.
    pub fn runs(&self) -> String {
        let (mut runs, mut with) = (vec![0usize], true);
        for value in &self.values {
            if value.is_some() != with {
                runs.push(0);
                with = !with;
            }
            if let Some(run) = runs.last_mut() {
                *run += 1;
            }
        }
        runs.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    /// SHA-256, in hex, over a line for each value that is there, in the order of time: `zone TAB instant TAB value LF`, with
    /// instants such as `2026-01-01T00Z` and `2026-01`, and values without zeros at their end.
    pub fn sha256(&self) -> String {
        let mut sha256 = Sha256::new();
        for (instant, value) in (self.first..).zip(&self.values) {
            if let Some(value) = value {
                let instant = self::instant(self.resolution, instant);
                sha256.update(format!("{}\t{instant}\t{value}\n", self.zone));
            }
        }
        sha256.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What they are for a zone from `first` on, so many of them; `None` where they are of another zone or do not reach there.
    pub(super) fn cut(&self, zone: &str, first: i64, count: usize) -> Option<Self> {
        let at = |instant: i64| {
            let place = usize::try_from(instant - self.first).ok()?;
            *self.values.get(place)?
        };
        let last = first + i64::try_from(count).ok()?;
        let values: Vec<Option<Decimal>> = (first..last).map(at).collect();
        let is_of_zone = self.zone == zone && values.iter().any(Option::is_some);
        is_of_zone.then(|| SeriesValues { zone: zone.to_owned(), first, values, ..self.clone() })
    }

    pub(crate) fn as_floats(&self) -> Vec<f64> {
        // As text, so that a value is the same number here and in a table.
        let float = |value: &Option<Decimal>| value.and_then(|value| value.to_string().parse().ok());
        self.values.iter().map(|value| float(value).unwrap_or(f64::NAN)).collect()
    }

    pub(crate) fn present(&self) -> Vec<bool> {
        self.values.iter().map(Option::is_some).collect()
    }

    pub(crate) fn first(&self) -> i64 {
        self.first
    }
}

/// What [`SeriesValues::runs`] has written.
pub(crate) fn present_of(runs: &str) -> Option<Vec<bool>> {
    let mut present = Vec::new();
    for (place, run) in runs.split(' ').enumerate() {
        let run: usize = run.parse().ok()?;
        if present.len() + run > VALUES_MAX {
            return None;
        }
        present.extend(std::iter::repeat_n(place % 2 == 0, run));
    }
    Some(present).filter(|present| present.iter().any(|known| *known))
}

pub(super) fn value(text: &str) -> Option<Decimal> {
    let text = text.trim();
    // A decimal could also be read with underscores in it, which no table has.
    let is_plain =
        text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    let value: Decimal = text.parse().ok().filter(|_| is_plain)?;
    let value = value.normalize();
    let [least, most] = PLAUSIBLE;
    let is_short = value.mantissa() < MANTISSA_MAX && value.scale() <= SCALE_MAX;
    (is_short && least <= value && value <= most).then_some(value)
}

const HOURS: i64 = 24;
const MONTHS: i64 = 12;
const MINUTES: i64 = 60;
const EPOCH: Date = date(1970, 1, 1);

/// The number of an hour of a day, from 1970 on.
pub(super) fn hour_of(day: Date, hour: i8) -> i64 {
    day.duration_since(EPOCH).as_hours() + i64::from(hour)
}

/// The number of a day's month.
pub(super) fn month_of(day: Date) -> i64 {
    i64::from(day.year()) * MONTHS + i64::from(day.month()) - 1
}

fn day_of(resolution: GridResolution, number: i64) -> Date {
    let of_month = || {
        let year = i16::try_from(number.div_euclid(MONTHS)).ok()?;
        Date::new(year, i8::try_from(number.rem_euclid(MONTHS)).ok()? + 1, 1).ok()
    };
    let of_hour = || EPOCH.checked_add(Span::new().try_days(number.div_euclid(HOURS)).ok()?).ok();
    let day = if resolution == GridResolution::Hour { of_hour() } else { of_month() };
    day.unwrap_or(EPOCH)
}

/// As text: `2026-01-01T00Z`, `2026-01`.
pub(super) fn instant(resolution: GridResolution, instant: i64) -> String {
    let day = day_of(resolution, instant);
    match resolution {
        GridResolution::Hour => format!("{day}T{:02}Z", instant.rem_euclid(HOURS)),
        GridResolution::Month | GridResolution::Year => format!("{:04}-{:02}", day.year(), day.month()),
    }
}

/// The hour or month that a text names: an hour in RFC 3339 with its offset, or without one, which is UTC.
pub(crate) fn parsed(resolution: GridResolution, text: &str) -> Result<i64, SeriesFault> {
    let example = if resolution == GridResolution::Hour { "2026-01-01T00:00Z" } else { "2026-01" };
    let fault = || SeriesFault::First { resolution, example, text: text.to_owned() };
    match resolution {
        GridResolution::Hour => hour_in(text.trim()).ok_or_else(fault),
        GridResolution::Month => month_in(text.trim()).ok_or_else(fault),
        GridResolution::Year => Err(SeriesFault::OfYear),
    }
}

pub(super) fn hour_in(text: &str) -> Option<i64> {
    let (day, rest) = text.split_at_checked("2026-01-01".len())?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (clock, offset) = rest.split_at(at);
    let offset = match offset {
        "" | "Z" | "z" => 0,
        _ => {
            let minutes = minutes_in(&offset[1..])?;
            if offset.starts_with('+') { minutes } else { -minutes }
        }
    };
    let minutes = minutes_in(clock)? - offset;
    let day: Date = day.parse().ok()?;
    let hour = hour_of(day, 0) + minutes.div_euclid(MINUTES);
    // An offset must not lead out of all days.
    let has_day = EPOCH.checked_add(Span::new().try_days(hour.div_euclid(HOURS)).ok()?).is_ok();
    (minutes.rem_euclid(MINUTES) == 0 && has_day).then_some(hour)
}

/// Minutes of `02`, `02:00`, `0200` or `02:00:00`, in less than a day.
fn minutes_in(text: &str) -> Option<i64> {
    let digits: String = match text.split(':').collect::<Vec<_>>()[..] {
        [whole] if matches!(whole.len(), 2 | 4) => whole.to_owned(),
        [hour, minute] if [hour, minute].iter().all(|part| part.len() == 2) => format!("{hour}{minute}"),
        [hour, minute, second] if hour.len() == 2 && minute.len() == 2 && is_zero(second) => {
            format!("{hour}{minute}")
        }
        _ => return None,
    };
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let (hour, minute) = digits.split_at_checked(2)?;
    let hour: i64 = hour.parse().ok()?;
    let minute: i64 = if minute.is_empty() { 0 } else { minute.parse().ok()? };
    (is_plain && hour < HOURS && minute < MINUTES).then_some(hour * MINUTES + minute)
}

/// Seconds of the beginning of an hour, with or without a fraction.
fn is_zero(seconds: &str) -> bool {
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    whole == "00" && fraction.bytes().all(|byte| byte == b'0')
}

/// `2026-01`, or its first day.
pub(super) fn month_in(text: &str) -> Option<i64> {
    let day: Date = match text.len() {
        7 => format!("{text}-01").parse().ok()?,
        _ => text.parse().ok()?,
    };
    (day.day() == 1).then(|| month_of(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_with_their_offset() {
        let hour = |text| hour_in(text).map(|hour| instant(GridResolution::Hour, hour));
        for (text, expect) in [
            ("2026-03-29T01:00:00+01:00", Some("2026-03-29T00Z")),
            ("2026-03-29T03:00:00+02:00", Some("2026-03-29T01Z")),
            ("2026-10-25T02:00+02:00", Some("2026-10-25T00Z")),
            ("2026-10-25T😀", None),
            ("2026-10-25T1éa", None),
            ("2026-10-25T02:00+😀", None),
            ("9999-12-31T23:00-01:00", None),
            ("2026-10-25T02:00+01:00", Some("2026-10-25T01Z")),
            ("2026-10-25 02:00", Some("2026-10-25T02Z")),
            ("2026-10-25T02Z", Some("2026-10-25T02Z")),
            ("2028-02-29T23:00:00Z", Some("2028-02-29T23Z")),
            ("2026-02-29T23:00:00Z", None),
            ("2026-10-25T02:00:00.000-01:00", Some("2026-10-25T03Z")),
            ("2026-10-25T00:00+0200", Some("2026-10-24T22Z")),
            ("2026-10-25T02:00:01Z", None),
            ("2026-10-25T24:00Z", None),
            ("2026-10-25T02:00+25:00", None),
            ("2026-10-25T02:30+00:30", Some("2026-10-25T02Z")),
            ("2026-10-25T02:30:00Z", None),
            ("2026-10-25T02:00+05:30", None),
            ("2026-10-25", None),
            ("25.10.2026 02:00", None),
        ] {
            assert_eq!(hour(text).as_deref(), expect, "{text}");
        }
    }

    #[test]
    fn a_series_begins_with_its_day_and_ends_with_a_value() {
        let values =
            SeriesValues::new("FRA", GridResolution::Hour, "2026-10-25T02:00Z", [Some("40"), None]).unwrap();
        assert_eq!((values.from().as_str(), values.to().as_str()), ("2026-10-25T00Z", "2026-10-25T02Z"));
        assert_eq!((values.text().as_str(), values.runs().as_str()), ("- - 40", "0 2 1"));
        assert_eq!(present_of(&values.runs()), Some(values.present()));
        assert_eq!(present_of("3 99999"), None);
    }
}
