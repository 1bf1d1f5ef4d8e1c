//! Tables of comma-separated values: every one that we make is made here, because people open them in spreadsheets, which
//! run what looks like a formula.

use std::{borrow::Cow, fmt::Display, str::FromStr};

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
pub struct CsvTable {
    writer: csv::Writer<Vec<u8>>,
    style: CsvStyle,
}

/// How a table is written: for programs, or for a spreadsheet of a country that writes `2,85`.
///
/// A table with semicolons begins with a byte order mark, without which Excel takes UTF-8 for something else.
///
/// ```
/// use carbon_report::forms::{Cell, CsvStyle, CsvTable, DecimalMark, Separator};
///
/// let style = CsvStyle::new(Separator::Semicolon, DecimalMark::Comma).unwrap();
/// let mut table = CsvTable::styled(style, ["name", "grams"]);
/// table.row([Cell::text("a;b"), Cell::number("2.85")]);
/// assert_eq!(table.finish(), "\u{feff}name;grams\n\"a;b\";2,85\n");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CsvStyle {
    separator: Separator,
    decimal: DecimalMark,
}

impl CsvStyle {
    /// `None` where both would be a comma.
    pub fn new(separator: Separator, decimal: DecimalMark) -> Option<Self> {
        let both = (separator, decimal) == (Separator::Comma, DecimalMark::Comma);
        (!both).then_some(CsvStyle { separator, decimal })
    }
}

/// What stands between the cells of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Separator {
    /// `,`
    #[default]
    Comma,
    /// `;`
    Semicolon,
}

impl FromStr for Separator {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "comma" => Ok(Separator::Comma),
            "semicolon" => Ok(Separator::Semicolon),
            _ => Err("must be comma or semicolon"),
        }
    }
}

/// What stands between a number and its fraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DecimalMark {
    /// `2.85`
    #[default]
    Point,
    /// `2,85`
    Comma,
}

impl FromStr for DecimalMark {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "point" => Ok(DecimalMark::Point),
            "comma" => Ok(DecimalMark::Comma),
            _ => Err("must be point or comma"),
        }
    }
}

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

    fn written(self, decimal: DecimalMark) -> Cow<'a, str> {
        match self {
            Cell::Number(number) if is_number(&number) => match decimal {
                DecimalMark::Point => number.into(),
                DecimalMark::Comma => number.replace('.', ",").into(),
            },
            Cell::Number(text) => Cow::Owned(without_formula(text.into()).into_owned()),
            Cell::Text(text) => without_formula(text),
        }
    }
}

impl CsvTable {
    /// A table with these columns.
    pub fn new<'h>(head: impl IntoIterator<Item = &'h str>) -> Self {
        Self::styled(CsvStyle::default(), head)
    }

    /// The same in this style.
    pub fn styled<'h>(style: CsvStyle, head: impl IntoIterator<Item = &'h str>) -> Self {
        let (separator, begin) = match style.separator {
            Separator::Comma => (b',', ""),
            Separator::Semicolon => (b';', BYTE_ORDER_MARK),
        };
        let writer = csv::WriterBuilder::new().delimiter(separator).from_writer(begin.into());
        let mut table = CsvTable { writer, style };
        table.row(head.into_iter().map(Cell::text));
        table
    }

    /// A table that was written in the plain style, in this one: each cell says what it said. `None` of what is no table.
    pub(super) fn restyled(style: CsvStyle, plain: &[u8], numbers: impl Fn(&str) -> bool) -> Option<String> {
        let mut rows = csv::Reader::from_reader(plain);
        let head = rows.headers().ok()?.clone();
        let mut table = CsvTable::styled(style, head.iter().map(text_of));
        for row in rows.records() {
            let row = row.ok()?;
            table.row(row.iter().zip(&head).map(|(cell, head)| match numbers(head) {
                true => Cell::number(text_of(cell)),
                false => Cell::text(text_of(cell)),
            }));
        }
        Some(table.finish())
    }

    /// Adds a row.
    ///
    /// # Panics
    /// The row has another number of cells than the table has columns.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) {
        let decimal = self.style.decimal;
        let cells = cells.into_iter().map(|cell| cell.written(decimal).into_owned());
        self.writer.write_record(cells).expect("every row has the columns of the head, and memory takes all");
    }

    /// The table as text.
    pub fn finish(self) -> String {
        let bytes = self.writer.into_inner().expect("memory takes all");
        String::from_utf8(bytes).expect("cells are text")
    }
}

/// Says that a text is in UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Digits, and perhaps a sign before and a point between them.
pub(super) fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    are_digits(whole) && are_digits(part)
}

/// What begins a formula, in the letters of Chinese, Japanese and Korean keyboards too.
const SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// `text` as a cell that no spreadsheet runs.
fn without_formula(text: Cow<'_, str>) -> Cow<'_, str> {
    if is_formula(&text) || text.starts_with(['\'', '\t', '\r', '\n']) {
        format!("'{text}").into()
    } else {
        text
    }
}

/// Whether a spreadsheet may take a text for a formula.
pub(super) fn is_formula(text: &str) -> bool {
    text.trim_start_matches(is_passed_over).starts_with(SIGNS)
}

/// The text of a cell.
pub(super) fn text_of(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
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
            prop_assert_eq!(text_of(&cell), &text);
            prop_assert!(!cell.trim_start().starts_with(SIGNS), "{:?}", cell);
        }

        #[test]
        fn a_table_says_the_same_in_every_style(
            rows in prop::collection::vec(("[-\\PC\t\r\n,.;\"'=]{0,8}", "(-?[0-9]{1,9}(\\.[0-9]{1,9})?)?"), 0..6),
        ) {
            let mut plain = CsvTable::new(["text", "number"]);
            for (text, number) in &rows {
                plain.row([Cell::text(text), Cell::number(number)]);
            }
            let plain = plain.finish();
            for (separator, decimal) in [
                (Separator::Comma, DecimalMark::Point),
                (Separator::Semicolon, DecimalMark::Point),
                (Separator::Semicolon, DecimalMark::Comma),
            ] {
                let style = CsvStyle::new(separator, decimal).unwrap();
                let table = CsvTable::restyled(style, plain.as_bytes(), |head| head == "number").unwrap();
                let is_semicolon = separator == Separator::Semicolon;
                prop_assert_eq!(table.starts_with(BYTE_ORDER_MARK), is_semicolon);
                let mut read = csv::ReaderBuilder::new();
                let read = read.delimiter(if is_semicolon { b';' } else { b',' });
                let text = table.trim_start_matches(BYTE_ORDER_MARK).as_bytes();
                let mut cells = Vec::new();
                for row in read.from_reader(text).records() {
                    let row = row.unwrap();
                    let (mark, other) = if decimal == DecimalMark::Comma { (',', '.') } else { ('.', ',') };
                    prop_assert!(!row[1].contains(other), "{:?}", row);
                    cells.push((text_of(&row[0]).to_owned(), row[1].replace(mark, ".")));
                }
                prop_assert_eq!(&cells, &rows);
            }
            prop_assert_eq!(CsvStyle::new(Separator::Comma, DecimalMark::Comma), None);
        }
    }
}
