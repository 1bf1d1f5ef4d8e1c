//! Languages of the report, and how each writes numbers, months and dates.

use crate::{month::Month, period::Period};
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::{fmt, str::FromStr};

/// A language that a report can be in.
///
/// ```
/// use carbon_report::Language;
/// let number = "1234567.5".parse().unwrap();
/// assert_eq!(Language::En.number(number), "1,234,567.5");
/// assert_eq!(Language::De.number(number), "1.234.567,5");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
    /// German.
    De,
}

impl Language {
    /// Every one of them.
    pub const ALL: [Language; 3] = [Language::En, Language::Fr, Language::De];

    /// ISO 639-1 code, the word used in JSON and SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Fr => "fr",
            Language::De => "de",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.as_str() == code)
    }

    /// All digits of `number`, grouped in threes, with the language's own marks.
    pub fn number(self, number: Decimal) -> String {
        // A narrow no-break space keeps a French number on one line.
        let (group, point) = match self {
            Language::En => (',', '.'),
            Language::Fr => ('\u{202f}', ','),
            Language::De => ('.', ','),
        };
        let plain = number.abs().to_string();
        let (whole, fraction) = plain.split_once('.').map_or((plain.as_str(), None), |(w, f)| (w, Some(f)));
        let mut text = String::from(if number.is_sign_negative() && !number.is_zero() { "–" } else { "" });
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place) % 3 == 0 {
                text.push(group);
            }
            text.push(digit);
        }
        if let Some(fraction) = fraction {
            text.push(point);
            text.push_str(fraction);
        }
        text
    }

    /// `October 2026`, `octobre 2026`, `Oktober 2026`.
    pub fn month(self, month: Month) -> String {
        let day = month.first_day();
        format!("{} {}", self.month_name(day), day.year())
    }

    /// `October 2026`, `2026`, `April 2026 to March 2027`: a month, or a period that begins with it.
    pub fn period(self, month: Month, through: Option<Month>) -> String {
        let Some(to) = through else { return self.month(month) };
        match Period::new(month, to).ok().and_then(Period::calendar_year) {
            Some(year) => year.to_string(),
            None => {
                let word = ["to", "à", "bis"][self as usize];
                format!("{} {word} {}", self.month(month), self.month(to))
            }
        }
    }

    /// `1 October 2026`, `1ᵉʳ octobre 2026`, `1. Oktober 2026`.
    pub fn date(self, date: Date) -> String {
        let (day, month, year) = (date.day(), self.month_name(date), date.year());
        match self {
            Language::En => format!("{day} {month} {year}"),
            Language::Fr if day == 1 => format!("1ᵉʳ {month} {year}"),
            Language::Fr => format!("{day} {month} {year}"),
            Language::De => format!("{day}. {month} {year}"),
        }
    }

    /// A colon between words; French sets a space before it, which must not end a line.
    pub(crate) fn colon(self) -> &'static str {
        if self == Language::Fr { "\u{a0}: " } else { ": " }
    }

    /// A semicolon between words; the French space before it is narrow.
    pub(crate) fn semicolon(self) -> &'static str {
        if self == Language::Fr { "\u{202f}; " } else { "; " }
    }

    /// The sign of a percentage, with the space before it.
    pub(crate) fn percent_sign(self) -> &'static str {
        if self == Language::Fr { "\u{202f}%" } else { "\u{a0}%" }
    }

    /// The days of the week in short, from Monday.
    pub(crate) fn weekdays(self) -> [&'static str; 7] {
        match self {
            Language::En => ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
            Language::Fr => ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."],
            Language::De => ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"],
        }
    }

    fn month_name(self, date: Date) -> &'static str {
        let names = match self {
            Language::En => [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ],
            Language::Fr => [
                "janvier",
                "février",
                "mars",
                "avril",
                "mai",
                "juin",
                "juillet",
                "août",
                "septembre",
                "octobre",
                "novembre",
                "décembre",
            ],
            Language::De => [
                "Januar",
                "Februar",
                "März",
                "April",
                "Mai",
                "Juni",
                "Juli",
                "August",
                "September",
                "Oktober",
                "November",
                "Dezember",
            ],
        };
        names[usize::from(date.month().unsigned_abs()) - 1]
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Language {
    type Err = &'static str;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::from_code(code).ok_or("must be en, fr or de")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn numbers_are_grouped_in_threes() {
        for (text, en, fr, de) in [
            ("0", "0", "0", "0"),
            ("999", "999", "999", "999"),
            ("1000", "1,000", "1\u{202f}000", "1.000"),
            ("123456.789", "123,456.789", "123\u{202f}456,789", "123.456,789"),
            ("-0.5", "–0.5", "–0,5", "–0,5"),
        ] {
            let number = text.parse().unwrap();
            assert_eq!(Language::ALL.map(|language| language.number(number)), [en, fr, de]);
        }
    }

    #[test]
    fn dates_in_words() {
        let day = date(2026, 8, 1);
        assert_eq!(
            Language::ALL.map(|language| language.date(day)),
            ["1 August 2026", "1ᵉʳ août 2026", "1. August 2026"]
        );
        assert_eq!(Language::Fr.month(Month::of(day)), "août 2026");
    }
}
