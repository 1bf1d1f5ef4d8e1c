//! Languages of the report, and how each writes numbers, months and dates.

mod de;
mod en;
mod es;
mod fr;
mod it;
mod nl;
mod pl;

use crate::{month::Month, period::Period};
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::{fmt, str::FromStr, sync::LazyLock};

/// What a text that is none of the codes is told.
static MUST_BE: LazyLock<String> = LazyLock::new(|| format!("must be {}", Language::codes()));

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
    /// Italian.
    It,
    /// Spanish.
    Es,
    /// Dutch.
    Nl,
    /// Polish.
    Pl,
}

/// How a language is written, where that follows rules.
struct Writing {
    own_name: &'static str,
    english_name: &'static str,
    /// Between groups of three digits.
    group: char,
    /// Whole numbers with fewer digits are not grouped.
    grouped_from: usize,
    point: char,
    /// With the space before it.
    percent_sign: &'static str,
    /// With the spaces around it; what is before it must not end a line.
    colon: &'static str,
    semicolon: &'static str,
    /// `{month}`, `{year}`.
    month: &'static str,
    months: [&'static str; 12],
    /// `{from}` and `{to}` are months.
    period: &'static str,
    /// `{day}`, `{month}`, `{year}`.
    date: &'static str,
    /// The same of the first of a month.
    first_of_month: &'static str,
    months_in_dates: [&'static str; 12],
    /// In short, from Monday.
    weekdays: [&'static str; 7],
}

impl Language {
    /// Every one of them.
    pub const ALL: [Language; 7] =
        [Language::En, Language::Fr, Language::De, Language::It, Language::Es, Language::Nl, Language::Pl];

    fn writing(self) -> &'static Writing {
        match self {
            Language::En => &en::EN,
            Language::Fr => &fr::FR,
            Language::De => &de::DE,
            Language::It => &it::IT,
            Language::Es => &es::ES,
            Language::Nl => &nl::NL,
            Language::Pl => &pl::PL,
        }
    }

    /// ISO 639-1 code, the word used in JSON and SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Fr => "fr",
            Language::De => "de",
            Language::It => "it",
            Language::Es => "es",
            Language::Nl => "nl",
            Language::Pl => "pl",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.as_str() == code)
    }

    /// What the language calls itself.
    pub fn own_name(self) -> &'static str {
        self.writing().own_name
    }

    /// What it is called in English.
    pub fn english_name(self) -> &'static str {
        self.writing().english_name
    }

    /// Every code, as a choice in a sentence.
    pub fn codes() -> String {
        any_of(Self::as_str)
    }

    /// Every language by its English name, as a choice in a sentence.
    pub fn names() -> String {
        any_of(Self::english_name)
    }

    /// All digits of `number`, grouped in threes, with the language's own marks.
    pub fn number(self, number: Decimal) -> String {
        let Writing { group, grouped_from, point, .. } = *self.writing();
        let plain = number.abs().to_string();
        let (whole, fraction) = plain.split_once('.').map_or((plain.as_str(), None), |(w, f)| (w, Some(f)));
        let mut text = String::from(if number.is_sign_negative() && !number.is_zero() { "–" } else { "" });
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place) % 3 == 0 && whole.len() >= grouped_from {
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
        let Writing { month: form, months, .. } = self.writing();
        in_words(form, months, month.first_day())
    }

    /// `October 2026`, `2026`, `April 2026 to March 2027`: a month, or a period that begins with it.
    pub fn period(self, month: Month, through: Option<Month>) -> String {
        let Some(to) = through else { return self.month(month) };
        match Period::new(month, to).ok().and_then(Period::calendar_year) {
            Some(year) => year.to_string(),
            None => {
                let period = self.writing().period;
                period.replace("{from}", &self.month(month)).replace("{to}", &self.month(to))
            }
        }
    }

    /// `1 October 2026`, `1ᵉʳ octobre 2026`, `1. Oktober 2026`.
    pub fn date(self, date: Date) -> String {
        let writing = self.writing();
        let form = if date.day() == 1 { writing.first_of_month } else { writing.date };
        in_words(form, &writing.months_in_dates, date)
    }

    /// A colon between words; French sets a space before it, which must not end a line.
    pub(crate) fn colon(self) -> &'static str {
        self.writing().colon
    }

    /// A semicolon between words; the French space before it is narrow.
    pub(crate) fn semicolon(self) -> &'static str {
        self.writing().semicolon
    }

    /// The sign of a percentage, with the space before it.
    pub(crate) fn percent_sign(self) -> &'static str {
        self.writing().percent_sign
    }

    /// The days of the week in short, from Monday.
    pub(crate) fn weekdays(self) -> [&'static str; 7] {
        self.writing().weekdays
    }
}

fn in_words(form: &str, months: &[&str; 12], date: Date) -> String {
    let month = months[usize::from(date.month().unsigned_abs()) - 1];
    form.replace("{day}", &date.day().to_string())
        .replace("{month}", month)
        .replace("{year}", &date.year().to_string())
}

/// A word for each language, with `or` before the last.
fn any_of(said: impl Fn(Language) -> &'static str) -> String {
    let said = Language::ALL.map(said);
    let [first @ .., last] = &said;
    format!("{} or {last}", first.join(", "))
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Language {
    type Err = &'static str;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::from_code(code).ok_or(MUST_BE.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn numbers_are_grouped_in_threes() {
        for (text, expect) in [
            ("0", ["0", "0", "0", "0", "0", "0", "0"]),
            ("999", ["999"; 7]),
            ("1000", ["1,000", "1\u{202f}000", "1.000", "1.000", "1000", "1.000", "1000"]),
            (
                "12345.5",
                [
                    "12,345.5",
                    "12\u{202f}345,5",
                    "12.345,5",
                    "12.345,5",
                    "12\u{202f}345,5",
                    "12.345,5",
                    "12\u{202f}345,5",
                ],
            ),
            ("-0.5", ["–0.5", "–0,5", "–0,5", "–0,5", "–0,5", "–0,5", "–0,5"]),
        ] {
            let number = text.parse().unwrap();
            assert_eq!(Language::ALL.map(|language| language.number(number)), expect);
        }
    }

    #[test]
    fn dates_in_words() {
        let day = date(2026, 8, 1);
        assert_eq!(
            Language::ALL.map(|language| language.date(day)),
            [
                "1 August 2026",
                "1ᵉʳ août 2026",
                "1. August 2026",
                "1° agosto 2026",
                "1 de agosto de 2026",
                "1 augustus 2026",
                "1 sierpnia 2026"
            ]
        );
        assert_eq!(Language::It.date(date(2026, 8, 2)), "2 agosto 2026");
        let month = Month::of(day);
        assert_eq!(
            [Language::Fr, Language::Es, Language::Pl].map(|language| language.month(month)),
            ["août 2026", "agosto de 2026", "sierpień 2026"]
        );
    }

    #[test]
    fn what_is_no_language_is_told_every_one() {
        assert_eq!("xx".parse::<Language>(), Err("must be en, fr, de, it, es, nl or pl"));
        assert_eq!(Language::names(), "English, French, German, Italian, Spanish, Dutch or Polish");
        for language in Language::ALL {
            assert_eq!(language.as_str().parse(), Ok(language));
        }
    }
}
