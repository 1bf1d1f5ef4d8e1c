//! Who reports what, for which month.

use crate::{Language, Month};
use jiff::civil::Date;

/// Who reports what, for which month: everything on the page that is not a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// Id of this issue of the report.
    pub report_id: String,
    /// 1 for the first issue for this client, month and language; one more for each that says something else.
    pub revision: u32,
    /// Whether the month can still change.
    pub status: Status,
    /// Language of the page.
    pub language: Language,
    /// The period.
    pub month: Month,
    /// Date of issue, UTC.
    pub issued_on: Date,
    /// The ISV, whose service the client uses.
    pub supplier: String,
    /// The client, whose file this is for.
    pub client: Client,
}

/// The reporting undertaking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The ISV's own id for it.
    pub tenant_id: String,
    /// Its name; the id where no name is known.
    pub name: String,
}

/// Whether a statement may still change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The month is open: later events will be counted in.
    Provisional,
    /// The month is closed.
    Final,
}

impl Status {
    /// The word used in JSON and SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Provisional => "provisional",
            Status::Final => "final",
        }
    }
}
