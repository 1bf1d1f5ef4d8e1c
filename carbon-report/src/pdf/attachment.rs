//! Files that travel inside the document.

use super::{
    object::{compressed, integer},
    xmp::{Metadata, text},
};
use lopdf::{Dictionary, Document, Object, StringFormat, dictionary};
use md5::{Digest, Md5};

/// A file inside the document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attachment<'a> {
    pub(crate) name: &'a str,
    /// Media type, such as `text/csv`.
    pub(crate) media_type: &'a str,
    pub(crate) description: &'a str,
    pub(crate) content: &'a [u8],
}

/// Puts the files into the document, each as data that the pages show (PDF/A-3, 6.8).
pub(super) fn attach(
    document: &mut Document,
    catalog: &mut Dictionary,
    attachments: &[Attachment<'_>],
    metadata: &Metadata,
) {
    if attachments.is_empty() {
        return;
    }
    let mut sorted: Vec<&Attachment<'_>> = attachments.iter().collect();
    // A name tree is in the order of its names.
    sorted.sort_by_key(|attachment| attachment.name);
    let (mut names, mut associated) = (Vec::new(), Vec::new());
    for Attachment { name, media_type, description, content } in sorted {
        let digest = Md5::digest(content).to_vec();
        let file = dictionary! {
            "Type" => "EmbeddedFile",
            "Subtype" => Object::Name(media_type.as_bytes().to_vec()),
            "Params" => dictionary! {
                "Size" => integer(content.len()),
                "ModDate" => Object::string_literal(metadata.pdf_date()),
                "CheckSum" => Object::String(digest, StringFormat::Hexadecimal),
            },
        };
        let file = document.add_object(compressed(file, content.to_vec()));
        let specification = document.add_object(dictionary! {
            "Type" => "Filespec",
            "F" => Object::string_literal(*name),
            "UF" => text(name),
            "Desc" => text(description),
            "AFRelationship" => "Data",
            "EF" => dictionary! { "F" => file, "UF" => file },
        });
        names.extend([text(name), specification.into()]);
        associated.push(Object::from(specification));
    }
    catalog.set("Names", dictionary! { "EmbeddedFiles" => dictionary! { "Names" => names } });
    catalog.set("AF", associated);
}
