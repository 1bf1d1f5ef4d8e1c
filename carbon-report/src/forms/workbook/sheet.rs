//! What stands in a workbook, before it is one.

use crate::forms::table;
use crate::month::Month;
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use std::fmt::Display;

/// A sheet of a [`Workbook`](super::Workbook): a table with a head.
///
/// A spreadsheet computes with 15 significant digits. Where a number has more, the sheet gets one column more, in which it stands
/// as text with all of them.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub(super) name: String,
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<SheetCell>>,
    /// Whether the numbers of a column are of different things, so that each is shown in its own way.
    pub(super) is_list: bool,
}

/// A cell of a [`Sheet`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SheetCell {
    /// Nothing is known.
    Empty,
    /// A text, whoever has chosen it: it is never a formula.
    Text(String),
    /// A number, as it is written with all its digits.
    Number(String),
    /// An amount of money, as it is written: shown with all its digits, and with hundredths.
    Amount(String),
    /// A part of a whole, from 0 to 1.
    Share(Decimal),
    /// A day.
    Day(Date),
    /// A month: its first day, shown as a month.
    Month(Month),
    /// A moment, UTC.
    Time(Timestamp),
}

impl SheetCell {
    /// A cell with a text.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { SheetCell::Empty } else { SheetCell::Text(text) }
    }

    /// A cell with a number; what is none is a text.
    pub fn number(number: impl Display) -> Self {
        let number = number.to_string();
        if table::is_number(&number) { SheetCell::Number(number) } else { Self::text(number) }
    }

    /// A cell with an amount of money.
    pub fn amount(amount: Decimal) -> Self {
        SheetCell::Amount(amount.to_string())
    }

    /// A cell with a number, or an empty one.
    pub fn maybe(number: Option<impl Display>) -> Self {
        number.map_or(SheetCell::Empty, Self::number)
    }
}

impl Sheet {
    /// A sheet with these columns.
    pub fn new<H: Into<String>>(name: impl Into<String>, head: impl IntoIterator<Item = H>) -> Self {
        Sheet {
            name: name.into(),
            head: head.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
            is_list: false,
        }
    }

    /// Adds a row, whose cells are of the columns from the first on.
    pub fn row(&mut self, cells: impl IntoIterator<Item = SheetCell>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub(super) fn columns(&self) -> usize {
        self.head.len()
    }

    /// The same for a list of numbers of different things, each of which is shown in its own way.
    pub fn as_list(self) -> Self {
        Sheet { is_list: true, ..self }
    }

    /// The sheet with a column for the digits that numbers of it do not have room for, and how many such numbers there are.
    /// `head` makes the head of such a column of that of the numbers.
    pub(super) fn with_all_digits(self, head: impl Fn(&str) -> String) -> (Self, usize) {
        let mut whole = self.clone();
        let mut count = 0;
        for (column, of) in self.head.iter().enumerate() {
            let lost: Vec<Option<&str>> = self
                .rows
                .iter()
                .map(|row| row.get(column).and_then(SheetCell::beyond_a_spreadsheet))
                .collect();
            let rounded = lost.iter().flatten().count();
            if rounded == 0 {
                continue;
            }
            count += rounded;
            let place = whole.head.len();
            whole.head.push(head(of));
            for (lost, to) in lost.into_iter().zip(&mut whole.rows) {
                to.resize(place, SheetCell::Empty);
                to.push(lost.map_or(SheetCell::Empty, SheetCell::text));
            }
        }
        (whole, count)
    }
}

impl SheetCell {
    /// The digits of a number that a spreadsheet rounds.
    fn beyond_a_spreadsheet(&self) -> Option<&str> {
        match self {
            SheetCell::Number(number) | SheetCell::Amount(number) if !is_exact(number) => Some(number),
            _ => None,
        }
    }
}

/// Significant digits that the numbers of a spreadsheet keep.
const DIGITS: usize = 15;

/// Whether a number has no more digits than a spreadsheet keeps.
pub(super) fn is_exact(number: &str) -> bool {
    let digits = number.replace(['-', '.'], "");
    let digits = digits.trim_start_matches('0');
    // Zeros behind the last digit, whether before or behind the point, need no place.
    digits.trim_end_matches('0').len() <= DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_not_called_rounded_is_the_number_itself(
            whole in "(0|[1-9][0-9]{0,20})", fraction in "(\\.[0-9]{1,20})?", sign in "-?",
        ) {
            let text = format!("{sign}{whole}{fraction}");
            let stored: f64 = text.parse().unwrap();
            // As rust_xlsxwriter writes it, and as any reader reads it.
            let plain = |text: &str| match text.split_once('.') {
                Some((whole, fraction)) => {
                    let fraction = fraction.trim_end_matches('0');
                    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
                }
                None => text.to_owned(),
            };
            if is_exact(&text) {
                prop_assert_eq!(plain(&stored.to_string()), plain(&text));
            }
            let mut sheet = Sheet::new("x", ["n"]);
            sheet.row([SheetCell::number(&text)]);
            let (whole, count) = sheet.with_all_digits(|head| format!("{head}!"));
            prop_assert_eq!(count, usize::from(!is_exact(&text)));
            if count > 0 {
                prop_assert_eq!(&whole.head, &["n".to_owned(), "n!".to_owned()]);
                prop_assert_eq!(&whole.rows[0][1], &SheetCell::Text(text));
            }
        }
    }
}
