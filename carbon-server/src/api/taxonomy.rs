//! The XBRL taxonomy of statements, for whoever reads one.

use crate::{problem::Problem, response::Answer};
use carbon_report::forms::TAXONOMY;

/// `GET /taxonomy/{file}`
pub(super) fn show(file: &str) -> Result<Answer, Problem> {
    let found = TAXONOMY.into_iter().find(|(name, _)| *name == file);
    let (name, text) = found.ok_or_else(|| Problem::not_found("file of the taxonomy"))?;
    Ok(Answer::form("application/xml", name.to_owned(), text.as_bytes().to_vec()))
}
