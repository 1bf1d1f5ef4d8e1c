//! A statement read back from the forms that are attached to its report.

use super::focus;
use crate::statement::{Statement, generator};
use serde::Deserialize;
use thiserror::Error;

/// Why forms are of no statement that this version can read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NotAStatement {
    /// `statement.json` is none.
    #[error("statement.json: {0}")]
    Json(#[from] serde_json::Error),
    /// Another version of the program made it, and may have written and drawn it in another way.
    #[error("statement.json, /generator: was made by {by}; this is {}", generator())]
    AnotherGenerator {
        /// Name and version.
        by: String,
    },
    /// `focus.csv` is none.
    #[error("focus.csv: has a row that no statement makes")]
    Lines,
}

impl Statement {
    /// The statement of these forms: `statement.json`, and `focus.csv`, which alone has the finest lines.
    ///
    /// It gives the same forms again if they are of one statement, and the same page in any case: who holds the forms against
    /// those that it gives knows that nothing else was in them.
    ///
    /// # Errors
    /// [`NotAStatement`]: one of them is none, or is of another version of this crate.
    pub fn from_forms(statement_json: &[u8], focus_csv: &[u8]) -> Result<Self, NotAStatement> {
        #[derive(Deserialize)]
        struct Made {
            generator: String,
        }
        let Made { generator: by } = serde_json::from_slice(statement_json)?;
        if by != generator() {
            return Err(NotAStatement::AnotherGenerator { by });
        }
        let statement: Statement = serde_json::from_slice(statement_json)?;
        Ok(Statement { by_use: focus::lines_of(focus_csv).ok_or(NotAStatement::Lines)?, ..statement })
    }
}
