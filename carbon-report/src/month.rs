//! A calendar month in UTC: the period of a statement.

use jiff::civil::Date;
use std::{fmt, str::FromStr};
use thiserror::Error;

/// A calendar month, written `2026-10`.
///
/// ```
/// use carbon_report::Month;
/// let month: Month = "2024-02".parse()?;
/// assert_eq!(month.last_day().to_string(), "2024-02-29");
/// # Ok::<(), carbon_report::NotAMonth>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    first_day: Date,
}

impl Month {
    /// The month that `day` lies in.
    pub fn of(day: Date) -> Self {
        Month { first_day: day.first_of_month() }
    }

    /// January to December of `year`, counted from 1.
    ///
    /// # Panics
    /// For a month that no calendar has.
    pub const fn new(year: i16, month: i8) -> Self {
        Month { first_day: jiff::civil::date(year, month, 1) }
    }

    /// The first day.
    pub fn first_day(self) -> Date {
        self.first_day
    }

    /// The last day, included.
    pub fn last_day(self) -> Date {
        self.first_day.last_of_month()
    }

    /// How many days it has.
    pub fn days(self) -> i8 {
        self.first_day.days_in_month()
    }

    /// The month after it.
    ///
    /// # Panics
    /// After December of the year 9999.
    #[must_use]
    pub fn next(self) -> Self {
        Month::of(self.last_day().tomorrow().expect("the calendar ends in the year 9999"))
    }

    /// The same month of the year before.
    #[must_use]
    pub fn a_year_earlier(self) -> Self {
        Month::new(self.first_day.year() - 1, self.first_day.month())
    }

    /// The month before it.
    #[must_use]
    pub fn previous(self) -> Self {
        Month::of(self.first_day.yesterday().unwrap_or(self.first_day))
    }

    /// So many months up to it and including it, the last one first.
    pub fn back(self, count: usize) -> impl Iterator<Item = Month> {
        std::iter::successors(Some(self), |month| Some(month.previous())).take(count)
    }

    /// The months of its year that lie before it, January first.
    pub fn earlier_this_year(self) -> impl Iterator<Item = Month> {
        (1..self.first_day.month()).map(move |month| Month::new(self.first_day.year(), month))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.first_day.year(), self.first_day.month())
    }
}

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let (year, month) = text.split_once('-').ok_or(NotAMonth)?;
        let digits =
            |part: &str, count: usize| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
        if !(digits(year, 4) && digits(month, 2)) {
            return Err(NotAMonth);
        }
        let (year, month) = (year.parse().map_err(|_| NotAMonth)?, month.parse().map_err(|_| NotAMonth)?);
        Date::new(year, month, 1).map(Month::of).map_err(|_| NotAMonth)
    }
}

/// A text that is not of the form `YYYY-MM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be a month of the form YYYY-MM, such as 2026-10")]
pub struct NotAMonth;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_form_is_read() {
        for text in ["2026-10", "0001-01", "9999-12"] {
            assert_eq!(text.parse::<Month>().unwrap().to_string(), text);
        }
        for text in ["", "2026", "2026-13", "2026-00", "2026-1", "26-10", "2026-10-01", "+026-10", "2026-1０"]
        {
            assert_eq!(text.parse::<Month>(), Err(NotAMonth), "{text}");
        }
    }
}
