//! The forms of a statement that programs read, by name. `forms/` writes them.

/// A form of a statement: attached to the report's PDF, and a member of its evidence pack.
///
/// ```
/// use carbon_report::Form;
/// assert_eq!(Form::named("focus.csv"), Some(Form::Focus));
/// assert_eq!(Form::Footprint.media_type(), "application/json");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// Every figure, as JSON of our own; `docs/statement.schema.json` describes it.
    Statement,
    /// Every line of every table, as CSV.
    Lines,
    /// Key figures as xBRL-JSON in [`TAXONOMY`](crate::forms::TAXONOMY).
    Xbrl,
    /// The line as a text block of EFRAG's VSME taxonomy, as xBRL-JSON; there is none of an open month, nor where nothing has a factor.
    Vsme,
    /// A PACT v3 product footprint; there is none in the same cases.
    Footprint,
    /// One row for each day, model and region in the columns of FOCUS, as CSV.
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
