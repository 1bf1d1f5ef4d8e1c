//! A span of calendar months: what a statement of more than one month is about.

use crate::month::Month;
use std::{fmt, str::FromStr};
use thiserror::Error;

/// Months that follow each other, both ends included: a calendar year, or a financial year that begins in another month.
///
/// ```
/// use carbon_report::Period;
/// let year: Period = "2026".parse()?;
/// assert_eq!((year.from().to_string(), year.to().to_string()), ("2026-01".to_owned(), "2026-12".to_owned()));
/// let financial_year = Period::new("2026-04".parse()?, "2027-03".parse()?)?;
/// assert_eq!(financial_year.to_string(), "2026-04/2027-03");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    from: Month,
    to: Month,
}

impl Period {
    /// So many months at most: a financial year that was made longer still fits.
    pub const MONTHS_MAX: usize = 24;

    /// From one month to another.
    ///
    /// # Errors
    /// [`NotAPeriod`]: the months are in the wrong order, too far apart, or one and the same.
    pub fn new(from: Month, to: Month) -> Result<Self, NotAPeriod> {
        let period = Period { from, to };
        match period.months().take(Period::MONTHS_MAX + 1).count() {
            0 => Err(NotAPeriod::Order),
            1 => Err(NotAPeriod::OneMonth),
            2..=Period::MONTHS_MAX => Ok(period),
            _ => Err(NotAPeriod::TooLong),
        }
    }

    /// January to December.
    pub fn year(year: i16) -> Self {
        Period { from: Month::new(year, 1), to: Month::new(year, 12) }
    }

    /// The first month.
    pub fn from(self) -> Month {
        self.from
    }

    /// The last month, included.
    pub fn to(self) -> Month {
        self.to
    }

    /// Its months in order.
    pub fn months(self) -> impl Iterator<Item = Month> {
        std::iter::successors(Some(self.from), |month| Some(month.next()))
            .take_while(move |month| *month <= self.to)
    }

    /// The calendar year that it is, if it is one.
    pub fn calendar_year(self) -> Option<i16> {
        let year = self.from.first_day().year();
        (self == Period::year(year)).then_some(year)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.calendar_year() {
            Some(year) => write!(f, "{year:04}"),
            None => write!(f, "{}/{}", self.from, self.to),
        }
    }
}

impl FromStr for Period {
    type Err = NotAPeriod;

    fn from_str(text: &str) -> Result<Self, NotAPeriod> {
        if let Some((from, to)) = text.split_once('/') {
            let month = |text: &str| text.parse().map_err(|_| NotAPeriod::Form);
            return Period::new(month(from)?, month(to)?);
        }
        let is_plain = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        let year: Option<i16> = text.parse().ok();
        year.filter(|year| is_plain && (1..9_999).contains(year)).map(Period::year).ok_or(NotAPeriod::Form)
    }
}

/// Why two months, or a text, are no period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotAPeriod {
    /// The last month is before the first.
    #[error("must not be before the first month")]
    Order,
    /// A statement of one month is that month's own.
    #[error("must be a later month: a period has two months or more")]
    OneMonth,
    /// More than [`Period::MONTHS_MAX`].
    #[error("must be at most {} months, the first one included", Period::MONTHS_MAX)]
    TooLong,
    /// Not of either form.
    #[error("must be a year, such as 2026, or two months, such as 2026-04/2027-03")]
    Form,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_period_says_why() {
        for (text, fault) in [
            ("", NotAPeriod::Form),
            ("26", NotAPeriod::Form),
            ("+202", NotAPeriod::Form),
            ("0000", NotAPeriod::Form),
            ("9999", NotAPeriod::Form),
            ("2026-10", NotAPeriod::Form),
            ("2026-10/", NotAPeriod::Form),
            ("2026-10/2026-13", NotAPeriod::Form),
            ("2026-10/2026-09", NotAPeriod::Order),
            ("2026-10/2026-10", NotAPeriod::OneMonth),
            ("2024-10/2026-10", NotAPeriod::TooLong),
        ] {
            assert_eq!(text.parse::<Period>(), Err(fault), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_period_is_read_as_it_is_written(year in 1_i16..9_000, month in 1_i8..=12, length in 2_usize..=24) {
            let from = Month::new(year, month);
            let to = std::iter::successors(Some(from), |month| Some(month.next())).nth(length - 1).unwrap();
            let period = Period::new(from, to).unwrap();
            prop_assert_eq!(period.months().count(), length);
            prop_assert_eq!(period.to_string().parse(), Ok(period));
            prop_assert_eq!(period.calendar_year().is_some(), month == 1 && length == 12);
        }
    }
}
