//! The file around the pages: fonts, structure, metadata, attachments, and nothing that depends on when or where it is made.

use super::{
    attachment::{Attachment, attach},
    error::PdfError,
    font_file::add_font,
    object::{compressed, integer},
    page::{Draft, HEIGHT, Image, WIDTH},
    rewrite::{Rewritten, WrittenPage, image_resource},
    tree::Tree,
    xmp::{self, Metadata},
};
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};

/// The colours of the pages mean what this profile says.
const SRGB: &[u8] = include_bytes!("../../icc/sRGB-v4.icc");

/// A document of these pages.
pub(crate) fn assemble(
    rewritten: Rewritten,
    draft: &Draft,
    metadata: &Metadata,
    attachments: &[Attachment<'_>],
) -> Result<Document, PdfError> {
    let mut document = Document::with_version("1.7");
    let resources = add_resources(&mut document, &rewritten)?;
    let PageTree { pages, structure, outline } = add_pages(&mut document, &rewritten.pages, draft, resources);
    let metadata_packet = add_packet(&mut document, metadata);
    let mut catalog = dictionary! {
        "Type" => "Catalog",
        "Pages" => pages,
        "Lang" => Object::string_literal(metadata.language),
        "Metadata" => metadata_packet,
        "MarkInfo" => dictionary! { "Marked" => true },
        "StructTreeRoot" => structure,
        "OutputIntents" => vec![output_intent(&mut document)],
        "ViewerPreferences" => dictionary! { "DisplayDocTitle" => true },
    };
    if let Some(outline) = outline {
        catalog.set("Outlines", outline);
        catalog.set("PageMode", "UseOutlines");
    }
    attach(&mut document, &mut catalog, attachments, metadata);
    let catalog = document.add_object(catalog);
    let info = document.add_object(xmp::info(metadata));
    document.trailer.set("Root", catalog);
    document.trailer.set("Info", info);
    Ok(document)
}

/// Fonts and pictures, by the names that the pages call them.
fn add_resources(
    document: &mut Document,
    Rewritten { fonts, images, .. }: &Rewritten,
) -> Result<ObjectId, PdfError> {
    let mut resources = Dictionary::new();
    let mut font_resources = Dictionary::new();
    for (&face, used) in &fonts.faces {
        font_resources.set(fonts.resource(face), add_font(document, face, used)?);
    }
    resources.set("Font", font_resources);
    let mut image_resources = Dictionary::new();
    for (number, image) in images.iter().enumerate() {
        image_resources.set(image_resource(number), add_image(document, image));
    }
    if !images.is_empty() {
        resources.set("XObject", image_resources);
    }
    Ok(document.add_object(resources))
}

/// The pages, and what names their parts.
struct PageTree {
    pages: ObjectId,
    structure: ObjectId,
    outline: Option<ObjectId>,
}

fn add_pages(document: &mut Document, pages: &[WrittenPage], draft: &Draft, resources: ObjectId) -> PageTree {
    let parent = document.new_object_id();
    let page_ids: Vec<ObjectId> = pages.iter().map(|_| document.new_object_id()).collect();
    let mut tree = Tree::new(document, draft, pages, &page_ids);
    let annotations = tree.links();
    for (number, (page, annotations)) in pages.iter().zip(annotations).enumerate() {
        let content = tree.document.add_object(compressed(Dictionary::new(), page.stream.clone()));
        let mut dictionary = dictionary! {
            "Type" => "Page",
            "Parent" => parent,
            "MediaBox" => media_box(),
            "Resources" => resources,
            "Contents" => content,
            "StructParents" => integer(number),
            "Tabs" => "S",
        };
        if !annotations.is_empty() {
            dictionary.set("Annots", annotations);
        }
        tree.document.set_object(page_ids[number], dictionary);
    }
    let (structure, outline) = (tree.structure(), tree.outline());
    let kids: Vec<Object> = page_ids.iter().map(|&id| id.into()).collect();
    document.set_object(
        parent,
        dictionary! { "Type" => "Pages", "Count" => integer(kids.len()), "Kids" => kids },
    );
    PageTree { pages: parent, structure, outline }
}

/// The XMP packet, plain, so that other programs find it without knowing the file's structure.
fn add_packet(document: &mut Document, metadata: &Metadata) -> ObjectId {
    let packet = Stream::new(
        dictionary! { "Type" => "Metadata", "Subtype" => "XML" },
        xmp::packet(metadata).into_bytes(),
    );
    document.add_object(packet.with_compression(false))
}

fn media_box() -> Vec<Object> {
    #[expect(clippy::cast_possible_truncation, reason = "page sizes are far from the bounds of f32")]
    [0.0, 0.0, WIDTH, HEIGHT].map(|length| Object::Real(length as f32)).into()
}

fn add_image(document: &mut Document, Image { width, height, rgb }: &Image) -> ObjectId {
    let dictionary = dictionary! {
        "Type" => "XObject",
        "Subtype" => "Image",
        "Width" => i64::from(*width),
        "Height" => i64::from(*height),
        "ColorSpace" => "DeviceRGB",
        "BitsPerComponent" => 8,
    };
    document.add_object(compressed(dictionary, rgb.clone()))
}

fn output_intent(document: &mut Document) -> Object {
    let profile = document.add_object(compressed(dictionary! { "N" => 3 }, SRGB.to_vec()));
    dictionary! {
        "Type" => "OutputIntent",
        "S" => "GTS_PDFA1",
        "OutputConditionIdentifier" => Object::string_literal("sRGB"),
        "Info" => Object::string_literal("sRGB IEC61966-2.1"),
        "DestOutputProfile" => profile,
    }
    .into()
}
