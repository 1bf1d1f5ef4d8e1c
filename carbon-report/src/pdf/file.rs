//! The file around the pages: fonts, metadata, and nothing that depends on when or where it is made.

use super::{
    PdfError,
    font::{Descriptor, Face},
    page::{HEIGHT, WIDTH},
    rewrite::{UsedFonts, UsedGlyphs, resource},
};
use jiff::civil::Date;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};
use sha2::{Digest, Sha256};

/// What the file says of itself.
pub(crate) struct Metadata {
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) generator: String,
    /// RFC 5646 tag.
    pub(crate) language: &'static str,
    /// Date of creation, from the statement, not the clock.
    pub(crate) date: Date,
}

/// A document of these page streams.
pub(crate) fn assemble(
    streams: Vec<Vec<u8>>,
    fonts: &UsedFonts,
    metadata: &Metadata,
) -> Result<Vec<u8>, PdfError> {
    let mut document = Document::with_version("1.7");
    let mut font_resources = Dictionary::new();
    for (&face, used) in &fonts.faces {
        font_resources.set(resource(face), add_font(&mut document, face, used)?);
    }
    let resources = document.add_object(dictionary! { "Font" => font_resources });
    let tree = document.new_object_id();
    let page_ids: Vec<Object> =
        streams.into_iter().map(|stream| add_page(&mut document, stream, tree, resources)).collect();
    let count = i64::try_from(page_ids.len()).unwrap_or(i64::MAX);
    document.set_object(tree, dictionary! { "Type" => "Pages", "Count" => count, "Kids" => page_ids });

    let packet =
        Stream::new(dictionary! { "Type" => "Metadata", "Subtype" => "XML" }, xmp(metadata).into_bytes());
    // Plain, so that other programs find it without knowing the file's structure.
    let packet = document.add_object(packet.with_compression(false));
    let catalog = document.add_object(dictionary! {
        "Type" => "Catalog",
        "Pages" => tree,
        "Lang" => Object::string_literal(metadata.language),
        "Metadata" => packet,
        "ViewerPreferences" => dictionary! { "DisplayDocTitle" => true },
    });
    let info = document.add_object(info(metadata));
    document.trailer.set("Root", catalog);
    document.trailer.set("Info", info);

    let digest: [u8; 32] = Sha256::digest(format!("{:?}", document.objects)).into();
    let id = Object::String(digest[..16].to_vec(), lopdf::StringFormat::Hexadecimal);
    document.trailer.set("ID", vec![id.clone(), id]);
    let mut file = Vec::new();
    document.save_modern(&mut file).map_err(lopdf::Error::from)?;
    file.push(b'\n');
    Ok(file)
}

fn add_page(document: &mut Document, stream: Vec<u8>, tree: ObjectId, resources: ObjectId) -> Object {
    let content = document.add_object(compressed(Dictionary::new(), stream));
    #[expect(clippy::cast_possible_truncation, reason = "page sizes are far from the bounds of f32")]
    let media_box: Vec<Object> = [0.0, 0.0, WIDTH, HEIGHT].map(|length| Object::Real(length as f32)).into();
    let page = dictionary! {
        "Type" => "Page",
        "Parent" => tree,
        "MediaBox" => media_box,
        "Resources" => resources,
        "Contents" => content,
    };
    document.add_object(page).into()
}

fn compressed(dictionary: Dictionary, content: Vec<u8>) -> Stream {
    let mut stream = Stream::new(dictionary, content);
    // A stream that does not shrink stays as it is.
    drop(stream.compress());
    stream
}

/// A composite font with the used glyphs alone, and the characters they stand for.
fn add_font(document: &mut Document, face: Face, used: &UsedGlyphs) -> Result<ObjectId, PdfError> {
    let subset = subsetter::subset(face.data(), 0, &used.remapper)
        .map_err(|error| PdfError::Font(error.to_string()))?;
    let name = format!("{}+{}", tag(&subset), face.name());
    let length = i64::try_from(subset.len()).unwrap_or(i64::MAX);
    let file = document.add_object(compressed(dictionary! { "Length1" => length }, subset));
    let Descriptor { bounds, ascent, descent, cap_height, stem_width } = face.descriptor()?;
    let descriptor = document.add_object(dictionary! {
        "Type" => "FontDescriptor",
        "FontName" => Object::Name(name.clone().into_bytes()),
        "Flags" => 4, // symbolic: glyphs are named by number
        "FontBBox" => bounds.map(Object::from).to_vec(),
        "ItalicAngle" => 0,
        "Ascent" => ascent,
        "Descent" => descent,
        "CapHeight" => cap_height,
        "StemV" => stem_width,
        "FontFile2" => file,
    });
    let widths = used.remapper.remapped_gids().map(|glyph| width(face, glyph)).collect::<Vec<Object>>();
    let descendant = document.add_object(dictionary! {
        "Type" => "Font",
        "Subtype" => "CIDFontType2",
        "BaseFont" => Object::Name(name.clone().into_bytes()),
        "CIDSystemInfo" => dictionary! {
            "Registry" => Object::string_literal("Adobe"),
            "Ordering" => Object::string_literal("Identity"),
            "Supplement" => 0,
        },
        "FontDescriptor" => descriptor,
        "CIDToGIDMap" => "Identity",
        "DW" => 0,
        "W" => vec![0.into(), widths.into()],
    });
    let to_unicode = document.add_object(compressed(Dictionary::new(), to_unicode(used).into_bytes()));
    Ok(document.add_object(dictionary! {
        "Type" => "Font",
        "Subtype" => "Type0",
        "BaseFont" => Object::Name(name.into_bytes()),
        "Encoding" => "Identity-H",
        "DescendantFonts" => vec![descendant.into()],
        "ToUnicode" => to_unicode,
    }))
}

fn width(face: Face, glyph: u16) -> Object {
    #[expect(clippy::cast_possible_truncation, reason = "advances are a few ems")]
    Object::Real((face.advance_in_ems(glyph) * 1_000.0).round() as f32)
}

/// Six capitals that differ between subsets.
fn tag(subset: &[u8]) -> String {
    Sha256::digest(subset).iter().take(6).map(|byte| char::from(b'A' + byte % 26)).collect()
}

/// Lets readers search and copy the text.
fn to_unicode(used: &UsedGlyphs) -> String {
    /// The format allows no more lines in one block.
    const BLOCK: usize = 100;
    let lines: Vec<String> = used
        .characters
        .iter()
        .filter_map(|(&glyph, &character)| {
            let mut units = [0; 2];
            let units: String =
                character.encode_utf16(&mut units).iter().map(|unit| format!("{unit:04X}")).collect();
            Some(format!("<{:04X}> <{units}>\n", used.remapper.get(glyph)?))
        })
        .collect();
    let blocks: String = lines
        .chunks(BLOCK)
        .map(|block| format!("{} beginbfchar\n{}endbfchar\n", block.len(), block.concat()))
        .collect();
    format!(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n\
         /CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n\
         /CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n\
         1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{blocks}\
         endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    )
}

fn info(metadata: &Metadata) -> Dictionary {
    let date = metadata.date.strftime("D:%Y%m%d000000Z").to_string();
    dictionary! {
        "Title" => text(&metadata.title),
        "Author" => text(&metadata.author),
        "Creator" => text(&metadata.generator),
        "Producer" => text(&metadata.generator),
        "CreationDate" => Object::string_literal(date.clone()),
        "ModDate" => Object::string_literal(date),
    }
}

/// A text string: UTF-16 with its mark, which every reader understands.
fn text(text: &str) -> Object {
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    Object::String(units.flat_map(u16::to_be_bytes).collect(), lopdf::StringFormat::Hexadecimal)
}

fn xmp(Metadata { title, author, generator, language, date }: &Metadata) -> String {
    let [title, author, generator] = [title, author, generator].map(|text| xml_text(text));
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n\
         <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\">\n\
         <dc:format>application/pdf</dc:format>\n\
         <dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{title}</rdf:li></rdf:Alt></dc:title>\n\
         <dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>\n\
         <dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>\n\
         <xmp:CreateDate>{date}T00:00:00Z</xmp:CreateDate>\n\
         <xmp:ModifyDate>{date}T00:00:00Z</xmp:ModifyDate>\n\
         <xmp:CreatorTool>{generator}</xmp:CreatorTool>\n\
         <pdf:Producer>{generator}</pdf:Producer>\n\
         </rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>"
    )
}

fn xml_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
