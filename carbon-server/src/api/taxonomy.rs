//! The XBRL taxonomy of statements.

use crate::http::{answer::Answer, problem::Problem};
use carbon_report::forms::TAXONOMY;

/// `GET /taxonomy/{file}`
pub(crate) fn show(file: &str) -> Result<Answer, Problem> {
    let found = TAXONOMY.into_iter().find(|(name, _)| *name == file);
    let (name, text) = found.ok_or_else(|| Problem::not_found("taxonomy file"))?;
    Ok(Answer::form("application/xml", name.to_owned(), text.as_bytes().to_vec()))
}
