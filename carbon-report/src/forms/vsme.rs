//! `statement.vsme.json`: the line as a text block for the client's own VSME report, as xBRL-JSON.
//!
//! EFRAG's VSME taxonomy has no element for one supplier's line of Scope 3, and the client's gross Scope 3 it is not: the
//! honest place is the element for entity-specific environmental information. The taxonomy itself is EFRAG's: who reads the
//! file has it.

use super::{
    indented,
    xbrl::{Fact, XbrlReport},
};
use crate::{statement::Statement, words::Wording};

/// EFRAG's entry point, and what names in it begin with.
const ENTRY_POINT: &str = "https://xbrl.efrag.org/taxonomy/vsme/2026-05-01/vsme-all.xsd";
const NAMESPACE: &str = "https://xbrl.efrag.org/taxonomy/vsme/2026-05-01/vsme";
const CONCEPT: &str = "vsme:DisclosureOfAnyOtherEnvironmentalAndOrEntitySpecificEnvironmentalDisclosures";

/// The text block, in the statement's language; `None` where there is no figure to tell of for good.
pub(super) fn of(statement: &Statement) -> Option<String> {
    statement.handed_over()?;
    let wording = Wording::of(statement.heading.language);
    let sentence = wording.sentence_to_paste(statement, &statement.heading.supplier.name)?;
    // In the client's own report it is no quotation.
    let sentence = sentence.trim_matches(|mark: char| mark.is_whitespace() || "“”„«»".contains(mark));
    let paragraphs = [sentence, wording.what_this_is()].map(|text| format!("<p>{}</p>", escaped(text)));
    let mut report = XbrlReport::in_taxonomy("vsme", NAMESPACE, ENTRY_POINT);
    let fact = Fact::text(paragraphs.concat(), statement.heading.language);
    report.add(statement, "line", CONCEPT, fact);
    Some(indented(&report))
}

/// Text as XHTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
