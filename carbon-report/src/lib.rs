//! The monthly report of a client's LLM emissions: from sums of the ledger to a PDF.

pub mod figure;
mod language;
mod month;
mod statement;

pub use language::Language;
pub use month::{Month, NotAMonth};
pub use statement::{
    Activity, Client, ConfidenceLine, Coverage, DayLine, Heading, ModelLine, Statement, Status, UnknownLine,
    Valued, activity_sha256,
};

/// Stand-in until the page is drawn.
pub fn render_pdf(_: &Statement) -> Result<Vec<u8>, std::fmt::Error> {
    Ok(Vec::new())
}
