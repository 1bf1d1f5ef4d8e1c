//! Tables of comma-separated values: every one that we make is made here, because people open them in spreadsheets, which
//! run what looks like a formula.

use std::{borrow::Cow, fmt::Display};

/// A table of comma-separated values (RFC 4180) that no spreadsheet runs.
///
/// A text that a spreadsheet would take for a formula stands behind an apostrophe, and so does one that begins with an
/// apostrophe. So whoever takes one apostrophe away from the front of each text that begins with one has the texts as they
/// were. Numbers are written as they are.
///
/// ```
/// use carbon_report::forms::{Cell, CsvTable};
///
/// let mut table = CsvTable::new(["name", "grams"]);
/// table.row([Cell::text("=1+1"), Cell::number(-5.2)]);
/// assert_eq!(table.finish(), "name,grams\n'=1+1,-5.2\n");
/// ```
pub struct CsvTable(csv::Writer<Vec<u8>>);

/// A cell of a [`CsvTable`].
#[derive(Clone, Debug)]
pub enum Cell<'a> {
    /// A text, whoever has chosen it.
    Text(Cow<'a, str>),
    /// A number; empty where there is none.
    Number(String),
}

impl<'a> Cell<'a> {
    /// A cell with a text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Cell::Text(text.into())
    }

    /// A cell with a number.
    pub fn number(number: impl Display) -> Self {
        Cell::Number(number.to_string())
    }

    fn written(self) -> Cow<'a, str> {
        match self {
            Cell::Number(number) if is_number(&number) => number.into(),
            Cell::Number(text) => Cow::Owned(without_formula(text.into()).into_owned()),
            Cell::Text(text) => without_formula(text),
        }
    }
}

impl CsvTable {
    /// A table with these columns.
    pub fn new<'h>(head: impl IntoIterator<Item = &'h str>) -> Self {
        let mut table = CsvTable(csv::Writer::from_writer(Vec::new()));
        table.row(head.into_iter().map(Cell::text));
        table
    }

    /// Adds a row.
    ///
    /// # Panics
    /// The row has another number of cells than the table has columns.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) {
        let cells = cells.into_iter().map(|cell| cell.written().into_owned());
        self.0.write_record(cells).expect("every row has the columns of the head, and memory takes all");
    }

    /// The table as text.
    pub fn finish(self) -> String {
        let bytes = self.0.into_inner().expect("memory takes all");
        String::from_utf8(bytes).expect("cells are text")
    }
}

/// Digits, and perhaps a sign before and a point between them.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    are_digits(whole) && are_digits(part)
}

/// What begins a formula, in the letters of Chinese, Japanese and Korean keyboards too.
const SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// `text` as a cell that no spreadsheet runs.
fn without_formula(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_formula = text.trim_start_matches(is_passed_over).starts_with(SIGNS);
    if is_formula || text.starts_with(['\'', '\t', '\r', '\n']) { format!("'{text}").into() } else { text }
}

/// What a program may drop before it looks for a sign: blanks, controls, and what has no width.
fn is_passed_over(letter: char) -> bool {
    let has_no_width = matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    letter.is_whitespace() || letter.is_control() || has_no_width
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(cell: Cell<'_>) -> String {
        let mut table = CsvTable::new(["a", "b"]);
        table.row([cell, Cell::text("")]);
        let text = table.finish();
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        let row = rows.records().next().unwrap().unwrap();
        row[0].to_owned()
    }

    #[test]
    fn no_text_is_a_formula_and_numbers_stay_numbers() {
        for (text, cell) in [
            ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@sum", "'@sum"),
            ("＝1", "'＝1"),
            ("－2", "'－2"),
            (" =1", "' =1"),
            ("\u{feff}=1", "'\u{feff}=1"),
            ("\t=1", "'\t=1"),
            ("\r\n@x", "'\r\n@x"),
            ("\tx", "'\tx"),
            ("'=1", "''=1"),
            ("'tis", "''tis"),
            ("gpt-4o", "gpt-4o"),
            (" x=1", " x=1"),
            ("", ""),
        ] {
            assert_eq!(of(Cell::text(text)), cell);
        }
        for number in ["-5.2", "0", "12", "0.000000000000000001", ""] {
            assert_eq!(of(Cell::number(number)), number);
        }
        // A number that is none is a text.
        for (number, cell) in [("-1+cmd", "'-1+cmd"), ("-", "'-"), ("1.", "1."), ("-.5", "'-.5")] {
            assert_eq!(of(Cell::number(number)), cell);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_back_and_none_runs(text in "[\\PC\t\r\n]{0,4}[-=+@＝'x]?[\\PC\r\n,;\"]{0,8}") {
            let cell = of(Cell::text(&text));
            prop_assert_eq!(cell.strip_prefix('\'').unwrap_or(&cell), &text);
            prop_assert!(!cell.trim_start().starts_with(SIGNS), "{:?}", cell);
        }
    }
}
