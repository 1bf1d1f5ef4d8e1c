//! `lines.csv` in another style than that in which it is attached.

use super::{
    lines::{HEAD, TEXTS},
    period,
    table::{CsvStyle, CsvTable},
};

/// The `lines.csv` of a report in another style, for a spreadsheet: each cell says what it said. `None` if it is none.
///
/// ```
/// use carbon_report::forms::{CsvStyle, DecimalMark, Separator, lines_in};
///
/// let style = CsvStyle::new(Separator::Semicolon, DecimalMark::Comma).unwrap();
/// let lines = lines_in(style, b"table,key,co2_grams\ntotal,1.5,2.85\n").unwrap();
/// assert_eq!(lines, "\u{feff}table;key;co2_grams\ntotal;1.5;2,85\n");
/// ```
pub fn lines_in(style: CsvStyle, lines_csv: &[u8]) -> Option<String> {
    CsvTable::restyled(style, lines_csv, is_number)
}

/// Whether a column of lines has numbers.
pub(super) fn is_number(column: &str) -> bool {
    HEAD[TEXTS..].contains(&column) || period::NUMBERS.contains(&column)
}
