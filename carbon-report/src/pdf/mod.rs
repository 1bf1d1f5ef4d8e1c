//! Pages of marks in, a clean PDF file out.
//!
//! Three steps, one file each:
//! 1. [`canvas`] draws the marks with genpdf (the only file that knows it).
//! 2. [`rewrite`] reads genpdf's page streams back in step with the marks; any difference is an error.
//!    On the way lines become fills and hairlines, and glyphs are renumbered for the subset fonts.
//! 3. [`file`] puts the streams and the subset [`font`]s into a fresh document with its own metadata,
//!    so that the same pages give the same bytes.

mod canvas;
mod file;
pub(crate) mod font;
pub(crate) mod page;
mod rewrite;

pub(crate) use file::Metadata;

use page::Page;
use thiserror::Error;

/// The file of `pages`.
pub(crate) fn write(pages: &[Page], metadata: &Metadata) -> Result<Vec<u8>, PdfError> {
    let drawn = canvas::draw(pages)?;
    let (streams, fonts) = rewrite::rewrite(&drawn, pages)?;
    file::assemble(streams, &fonts, metadata)
}

/// Why there is no PDF. Each is a fault of this crate, not of the statement.
#[derive(Debug, Error)]
pub enum PdfError {
    /// genpdf did not draw.
    #[error("the page could not be drawn: {0}")]
    Draw(String),
    /// What was drawn could not be read back, or the file not be written.
    #[error("the drawn file could not be read back: {0}")]
    File(#[from] lopdf::Error),
    /// What was drawn is not what was asked for.
    #[error("page {page}: drew something else than mark {mark}")]
    OutOfStep {
        /// Page, from 1.
        page: usize,
        /// Mark on it, from 1.
        mark: usize,
    },
    /// A character that the font does not have got as far as the page.
    #[error("the font has no {0:?}")]
    NoGlyph(char),
    /// The embedded font could not be read or subset.
    #[error("font: {0}")]
    Font(String),
}
