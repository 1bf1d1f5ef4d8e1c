//! Pages of marks in, a clean PDF file out.
//!
//! Four steps, one file each:
//! 1. [`canvas`] draws the marks with genpdf (the only file that knows it).
//! 2. [`rewrite`] reads genpdf's page streams back in step with the marks; any difference is an error.
//!    On the way lines become fills and pictures, glyphs are renumbered for the subset fonts, and every mark is
//!    told to be part of something or decoration.
//! 3. [`file`] puts the streams, the subset fonts ([`font_file`]), the structure with links and outline ([`tree`]),
//!    attachments and metadata ([`xmp`]) into a fresh document: PDF/A-3a and PDF/UA-1.
//! 4. [`save`] makes a file of it: the same bytes for the same draft.
//!
//! What the embedded faces ([`font`]) lack is set in the operator's ([`fonts`]); [`shape`] says which glyphs a text takes.
//!
//! [`sign`] adds a signature field and fills it with [`signed_data`]. [`read`] gets out of a file what was put in, and
//! [`difference`] names the first thing in which two files differ.

mod attachment;
mod canvas;
mod difference;
mod error;
mod file;
pub(crate) mod font;
mod font_file;
mod fonts;
mod object;
pub(crate) mod page;
mod read;
mod rewrite;
mod save;
pub(crate) mod shape;
mod sign;
mod signed_data;
pub(crate) mod structure;
mod text_writer;
mod tree;
mod xmp;

pub(crate) use attachment::Attachment;
pub(crate) use difference::first_difference;
pub use error::PdfError;
pub use fonts::{FONT_BYTES_MAX, FONT_FACES_MAX, FontError, FontFault, Fonts};
pub(crate) use fonts::{FONTS_FILE, NamedFont};
pub(crate) use read::ReadPdf;
pub use read::attached;
pub(crate) use save::save;
pub(crate) use sign::Signable;
pub use signed_data::{SignedBy, Signer, SignerError};
pub(crate) use xmp::Metadata;

use lopdf::Document;
use page::Draft;

/// The document of `draft`, with `attachments` in it.
pub(crate) fn document(
    draft: &Draft,
    metadata: &Metadata,
    attachments: &[Attachment<'_>],
) -> Result<Document, PdfError> {
    let drawn = canvas::draw(&draft.pages)?;
    let rewritten = rewrite::rewrite(&drawn, draft)?;
    let foreign = rewritten.fonts.foreign();
    if foreign.is_empty() {
        return file::assemble(rewritten, draft, metadata, attachments);
    }
    // Whoever draws it again needs the same.
    let list = Fonts::ask(|fonts| fonts.list(foreign.into_iter()));
    let fonts = Attachment {
        name: FONTS_FILE,
        media_type: "application/json",
        description: metadata.fonts,
        content: &list,
    };
    file::assemble(rewritten, draft, metadata, &[attachments, &[fonts]].concat())
}
