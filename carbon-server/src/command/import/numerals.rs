//! Numbers as spreadsheets write them: with a decimal comma, with separators between thousands.

use rust_decimal::{Decimal, prelude::ToPrimitive};

/// How the numbers of a table are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numerals {
    /// `1,234.5`, as programs write it: what can be read so is.
    Point,
    /// Unknown: `1.234,5` too, and what can be read in two ways is not read.
    Either,
}

/// Why a text is not read as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotANumber {
    /// It is none, or not one of the kind that is needed.
    Text,
    /// `1.000` may be one or a thousand.
    TwoWays,
}

/// Why a number is rejected that may be one or a thousand.
pub(super) const TWO_WAYS: &str = "can be read in two ways: write it without a separator between thousands";

impl Numerals {
    /// A whole number: `1234`, `1,234`, `1 234`, `12.0`, `1.2E3`.
    pub(crate) fn count(self, text: &str) -> Result<u64, NotANumber> {
        self.number(text, |number| if number.is_integer() { number.to_u64() } else { None })
    }

    /// Any number that is not negative.
    pub(crate) fn amount(self, text: &str) -> Result<Decimal, NotANumber> {
        self.number(text, |number| (!number.is_sign_negative()).then_some(number))
    }

    fn number<T: PartialEq>(
        self,
        text: &str,
        as_needed: impl Fn(Decimal) -> Option<T>,
    ) -> Result<T, NotANumber> {
        let [point, comma] = [reading(text, '.', ','), reading(text, ',', '.')];
        match self {
            Numerals::Point => point.or(comma).and_then(as_needed).ok_or(NotANumber::Text),
            Numerals::Either => match (point.and_then(&as_needed), comma.and_then(&as_needed)) {
                (Some(one), Some(other)) if one != other => Err(NotANumber::TwoWays),
                (Some(number), _) | (None, Some(number)) => Ok(number),
                (None, None) => Err(NotANumber::Text),
            },
        }
    }
}

/// The number, if `decimal` separates its fraction, and `group`, a space or an apostrophe its thousands.
fn reading(text: &str, decimal: char, group: char) -> Option<Decimal> {
    let text = text.trim();
    let scientific = text.split_once(['e', 'E']);
    let (mantissa, exponent) = scientific.unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once(decimal).unwrap_or((mantissa, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(fraction) {
        return None;
    }
    // Nobody writes thousands apart in front of an exponent.
    let whole = without_groups(whole, group).filter(|digits| scientific.is_none() || digits == whole)?;
    let number: Decimal = format!("{whole}.{fraction}0").parse().ok()?;
    number.checked_mul(power_of_ten(exponent.parse().ok()?)?)
}

/// The digits of groups of thousands, which one kind of separator divides.
fn without_groups(whole: &str, group: char) -> Option<String> {
    const SPACES_AND_APOSTROPHES: [char; 6] = [' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '\u{2019}'];
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits(whole) {
        return Some(whole.to_owned());
    }
    let separator = whole.chars().find(|c| !c.is_ascii_digit())?;
    if separator != group && !SPACES_AND_APOSTROPHES.contains(&separator) {
        return None;
    }
    let mut groups = whole.split(separator);
    let is_first = groups.next().is_some_and(|first| is_digits(first) && first.len() <= 3);
    let are_thousands = groups.all(|group| is_digits(group) && group.len() == 3);
    (is_first && are_thousands).then(|| whole.replace(separator, ""))
}

/// A power of ten, without a float.
fn power_of_ten(exponent: i32) -> Option<Decimal> {
    /// Beyond what a decimal holds.
    const EXPONENT_MAX: u32 = 28;
    let factor = if exponent < 0 { Decimal::new(1, 1) } else { Decimal::TEN };
    let steps = exponent.unsigned_abs();
    if steps > EXPONENT_MAX {
        return None;
    }
    (0..steps).try_fold(Decimal::ONE, |power, _| power.checked_mul(factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_as_spreadsheets_write_them() {
        for text in [
            "1234",
            "1,234",
            "1,234.00",
            "1.234,0",
            "1 234",
            "1\u{a0}234",
            "1\u{202f}234,0",
            "1'234",
            "1234.0",
            "1234,0",
            "1.234E3",
            "1234.0E+0",
            "12340e-1",
        ] {
            for numerals in [Numerals::Point, Numerals::Either] {
                assert_eq!(numerals.count(text), Ok(1234), "{numerals:?} {text}");
            }
        }
        for (text, point, either) in [
            ("0", Ok(0), Ok(0)),
            ("12.0", Ok(12), Ok(12)),
            ("12.00", Ok(12), Ok(12)),
            ("1.2E3", Ok(1200), Ok(1200)),
            ("12,0", Ok(12), Ok(12)),
            ("1.234.567", Ok(1_234_567), Ok(1_234_567)),
            ("1,234,567", Ok(1_234_567), Ok(1_234_567)),
            ("1.234", Err(NotANumber::Text), Ok(1234)),
            ("1.000", Ok(1), Err(NotANumber::TwoWays)),
            ("1,000", Ok(1000), Err(NotANumber::TwoWays)),
            ("1.5", Err(NotANumber::Text), Err(NotANumber::Text)),
            ("12,34", Err(NotANumber::Text), Err(NotANumber::Text)),
            ("1,23,456", Err(NotANumber::Text), Err(NotANumber::Text)),
            ("1.234,567.8", Err(NotANumber::Text), Err(NotANumber::Text)),
            ("-1", Err(NotANumber::Text), Err(NotANumber::Text)),
            ("", Err(NotANumber::Text), Err(NotANumber::Text)),
            ("a prompt", Err(NotANumber::Text), Err(NotANumber::Text)),
            ("1e400", Err(NotANumber::Text), Err(NotANumber::Text)),
            ("99999999999999999999999999999", Err(NotANumber::Text), Err(NotANumber::Text)),
        ] {
            assert_eq!(
                (Numerals::Point.count(text), Numerals::Either.count(text)),
                (point, either),
                "{text}"
            );
        }
    }

    #[test]
    fn amounts_have_a_fraction() {
        let decimal = |text: &str| Ok(text.parse::<Decimal>().unwrap());
        for (text, point, either) in [
            ("425.6", decimal("425.6"), decimal("425.6")),
            ("77469.256", decimal("77469.256"), decimal("77469.256")),
            ("1.500,25", decimal("1500.25"), decimal("1500.25")),
            ("0.0001", decimal("0.0001"), decimal("0.0001")),
            ("1.2E-3", decimal("0.0012"), decimal("0.0012")),
            ("425.625", decimal("425.625"), Err(NotANumber::TwoWays)),
            ("-1.5", Err(NotANumber::Text), Err(NotANumber::Text)),
        ] {
            assert_eq!(
                (Numerals::Point.amount(text), Numerals::Either.amount(text)),
                (point, either),
                "{text}"
            );
        }
    }
}
