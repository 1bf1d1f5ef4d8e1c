//! Reading our own files back.

use lopdf::{Dictionary, Document, Object};

/// An attachment; far above any of ours.
const CONTENT_BYTES_MAX: usize = 256 * 1024 * 1024;

/// The file of that name that is attached to a PDF; `None` where there is none, or no PDF.
///
/// Reports have every [`Form`](crate::Form) of their statement attached.
pub fn attached(pdf: &[u8], name: &str) -> Option<Vec<u8>> {
    ReadPdf::of(pdf)?.attached(name)
}

/// A file that was read.
pub(crate) struct ReadPdf(Document);

impl ReadPdf {
    /// `None` where it is no PDF.
    pub(crate) fn of(pdf: &[u8]) -> Option<Self> {
        Document::load_mem(pdf).ok().map(ReadPdf)
    }

    /// The attached file of that name.
    pub(crate) fn attached(&self, name: &str) -> Option<Vec<u8>> {
        let ReadPdf(document) = self;
        let names = dictionary(document, document.catalog().ok()?.get(b"Names").ok()?)?;
        let embedded = dictionary(document, names.get(b"EmbeddedFiles").ok()?)?;
        let pairs = embedded.get(b"Names").ok()?.as_array().ok()?;
        let specification = pairs.chunks_exact(2).find_map(|pair| {
            let specification = dictionary(document, &pair[1])?;
            let file_name = lopdf::decode_text_string(specification.get(b"UF").ok()?).ok()?;
            (file_name == name).then_some(specification)
        })?;
        let files = dictionary(document, specification.get(b"EF").ok()?)?;
        let file = document.get_object(files.get(b"F").ok()?.as_reference().ok()?).ok()?.as_stream().ok()?;
        file.get_plain_content_with_limit(CONTENT_BYTES_MAX).ok()
    }
}

fn dictionary<'a>(document: &'a Document, object: &'a Object) -> Option<&'a Dictionary> {
    match object {
        Object::Reference(id) => document.get_dictionary(*id).ok(),
        object => object.as_dict().ok(),
    }
}
