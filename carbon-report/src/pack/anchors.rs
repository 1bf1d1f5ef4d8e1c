//! What binds a report to the ledger that it was made from: the seal over the closing of its month.

use super::STATEMENT;
use crate::{evidence::ClosingSeal, pdf::ReadPdf};
use serde::Deserialize;

#[derive(Deserialize)]
struct Stated {
    audit: Option<StatedAudit>,
}

#[derive(Deserialize)]
struct StatedAudit {
    #[serde(default)]
    closing_seal: Option<ClosingSeal>,
}

/// The closing seal that a statement names, of its JSON.
pub(super) fn stated_seal(statement: &[u8]) -> Option<ClosingSeal> {
    serde_json::from_slice::<Stated>(statement).ok()?.audit?.closing_seal
}

/// The closing seal that an issued report names; `None` where its month is open, or the PDF is no report.
pub fn closing_seal(report_pdf: &[u8]) -> Option<ClosingSeal> {
    stated_seal(&ReadPdf::of(report_pdf)?.attached(STATEMENT)?)
}
