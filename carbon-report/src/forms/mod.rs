//! Forms of a statement that programs read. The page is in `layout/`.

mod focus;
mod json;
mod lines;
mod pact;
mod taxonomy;
mod vsme;
mod xbrl;

pub use json::SCHEMA_VERSION;
pub use lines::no_formula;
pub use taxonomy::TAXONOMY;

use crate::{Statement, Status};
use carbon_core::{Grams, Range};
use jiff::civil::Date;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt::Display;

/// A form of a statement: attached to the report's PDF, and a member of its evidence pack.
///
/// ```
/// use carbon_report::Form;
/// assert_eq!(Form::named("focus.csv"), Some(Form::Focus));
/// assert_eq!(Form::Footprint.media_type(), "application/json");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Every figure, as JSON of our own; `docs/statement.schema.json` describes it.
    Statement,
    /// Every line of every table, as CSV.
    Lines,
    /// Key figures as xBRL-JSON in [`TAXONOMY`].
    Xbrl,
    /// The line as a text block of EFRAG's VSME taxonomy, as xBRL-JSON; there is none of an open month, nor where nothing has a factor.
    Vsme,
    /// A PACT v3 product footprint; there is none in the same cases.
    Footprint,
    /// A row a day, model and region in the columns of FOCUS, as CSV.
    Focus,
}

impl Form {
    /// Every one of them.
    pub const ALL: [Form; 6] =
        [Form::Statement, Form::Lines, Form::Xbrl, Form::Vsme, Form::Footprint, Form::Focus];

    /// What its file is called.
    pub fn name(self) -> &'static str {
        match self {
            Form::Statement => "statement.json",
            Form::Lines => "lines.csv",
            Form::Xbrl => "statement.xbrl.json",
            Form::Vsme => "statement.vsme.json",
            Form::Footprint => "footprint.pact.json",
            Form::Focus => "focus.csv",
        }
    }

    /// The form whose file is called so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }

    /// Media type of the file.
    pub fn media_type(self) -> &'static str {
        match self {
            Form::Statement | Form::Xbrl | Form::Vsme | Form::Footprint => "application/json",
            Form::Lines | Form::Focus => "text/csv",
        }
    }
}

impl Statement {
    /// The figure that is told to systems which would take it for the last word: of a closed month, and of something used.
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

/// Rows as text.
fn csv_text(rows: csv::Writer<Vec<u8>>) -> String {
    let bytes = rows.into_inner().expect("memory takes all");
    String::from_utf8(bytes).expect("cells are text")
}

/// A document as text: indented, with a line feed at its end.
fn indented(document: &impl serde::Serialize) -> String {
    let mut json = serde_json::to_string_pretty(document).expect("strings and numbers always serialise");
    json.push('\n');
    json
}
