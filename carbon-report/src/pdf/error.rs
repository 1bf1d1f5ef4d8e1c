//! Why there is no PDF.

use thiserror::Error;

/// Why there is no PDF. Each is a fault of this crate, not of the statement.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PdfError {
    /// genpdf did not draw.
    #[error("the page could not be drawn: {0}")]
    Draw(String),
    /// What was drawn could not be read back, or the file not be written.
    #[error("the drawn file could not be read back: {0}")]
    File(#[from] lopdf::Error),
    /// What was drawn is not what was asked for.
    #[error("page {page}: what was drawn is not mark {mark}")]
    OutOfStep {
        /// Page, from 1.
        page: usize,
        /// Mark on it, from 1.
        mark: usize,
    },
    /// A character that the font does not have got as far as the page.
    #[error("the font has no {0:?}")]
    NoGlyph(char),
    /// The file could not be signed.
    #[error("the file could not be signed: {0}")]
    Sign(String),
    /// The embedded font could not be read or subset.
    #[error("font: {0}")]
    Font(String),
}
