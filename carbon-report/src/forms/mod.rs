//! Forms of a statement that programs read. The page is in `layout/`.

mod focus;
mod json;
mod lines;
mod pact;
mod period;
mod read;
mod restyled;
mod table;
mod taxonomy;
mod vsme;
mod workbook;
mod xbrl;

pub(crate) use json::PERIOD_SCHEMA;
pub use json::{PERIOD_SCHEMA_VERSION, SCHEMA_VERSION};
pub use read::NotAStatement;
pub use restyled::lines_in;
pub use table::{Cell, CsvStyle, CsvTable, DecimalMark, Separator};
pub use taxonomy::TAXONOMY;
pub use workbook::{Sheet, SheetCell, Workbook, workbook_of};

use crate::{form::Form, heading::Status, statement::Statement};
use carbon_core::{Grams, Range};
use jiff::civil::Date;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt::Display;

impl Statement {
    /// The figure for systems that take it as final: only of a closed month with activity.
    fn handed_over(&self) -> Option<Range<Grams>> {
        let is_last_word = self.heading.status == Status::Final && self.total.usage.requests > 0;
        self.total.co2.filter(|_| is_last_word)
    }

    /// The statement in a form, decimals with all their digits. The same statement gives the same bytes.
    ///
    /// `None` where it has nothing to say in that form: a footprint of what has no factor would be a zero, and one of an open
    /// month would change.
    pub fn form(&self, form: Form) -> Option<String> {
        Some(match form {
            Form::Statement => self.to_json(),
            Form::Lines => self.to_csv(),
            Form::Xbrl => xbrl::of(self),
            Form::Vsme => return vsme::of(self),
            Form::Footprint => return pact::of(self),
            Form::Focus => focus::of(self),
        })
    }
}

/// The first moment of a day.
fn starts(day: Date) -> String {
    format!("{day}T00:00:00Z")
}

/// What stands in a name as it is, in a URN (RFC 8141) and in XBRL.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A name as a part of another.
fn encoded(text: &str) -> impl Display {
    utf8_percent_encode(text, PLAIN)
}

/// A document as text: indented, with a line feed at its end.
fn indented(document: &impl serde::Serialize) -> String {
    let mut json = serde_json::to_string_pretty(document).expect("strings and numbers always serialise");
    json.push('\n');
    json
}
