//! Fonts as they stand in a file: the used glyphs alone, their widths, and the characters they stand for.

use super::{
    error::PdfError,
    font::{Descriptor, Face},
    fonts::{Fonts, ForeignFace, Outlines},
    object::compressed,
    rewrite::UsedGlyphs,
    shape::FaceId,
};
use lopdf::{Dictionary, Document, Object, ObjectId, dictionary};
use sha2::{Digest, Sha256};
use skrifa::{FontRef, Tag};

/// A face as a file needs it.
struct Source<'a> {
    data: &'a [u8],
    index: u32,
    name: &'a str,
    outlines: Outlines,
    descriptor: Descriptor,
    /// How far a glyph moves the pen, in thousandths of an em.
    width: &'a dyn Fn(u16) -> f64,
}

/// A composite font with the used glyphs alone, and the characters they stand for.
pub(super) fn add_font(
    document: &mut Document,
    face: FaceId,
    used: &UsedGlyphs,
) -> Result<ObjectId, PdfError> {
    match face {
        FaceId::Own(face) => add_own(document, face, used),
        FaceId::Foreign(number) => Fonts::ask(|fonts| add_foreign(document, fonts.face(number), used)),
    }
}

fn add_own(document: &mut Document, face: Face, used: &UsedGlyphs) -> Result<ObjectId, PdfError> {
    let source = Source {
        data: face.data(),
        index: 0,
        name: face.name(),
        outlines: Outlines::TrueType,
        descriptor: face.descriptor()?,
        width: &|glyph| face.width(glyph),
    };
    add(document, source, used)
}

fn add_foreign(document: &mut Document, face: &ForeignFace, used: &UsedGlyphs) -> Result<ObjectId, PdfError> {
    let descriptor = face.descriptor().map_err(|error| PdfError::Font(format!("{}: {error}", face.name)))?;
    let source = Source {
        data: &face.data,
        index: face.index(),
        name: &face.name,
        outlines: face.outlines,
        descriptor,
        width: &|glyph| face.width(glyph),
    };
    add(document, source, used)
}

fn add(document: &mut Document, source: Source<'_>, used: &UsedGlyphs) -> Result<ObjectId, PdfError> {
    let Source { data, index, name, outlines, descriptor, width } = source;
    let broken = |error: &dyn std::fmt::Display| PdfError::Font(format!("{name}: {error}"));
    let subset = subsetter::subset(data, index, &used.remapper).map_err(|error| broken(&error))?;
    let name = format!("{}+{name}", tag(&subset));
    let (kind, key, file) = match outlines {
        Outlines::TrueType => {
            let length = i64::try_from(subset.len()).unwrap_or(i64::MAX);
            ("CIDFontType2", "FontFile2", compressed(dictionary! { "Length1" => length }, subset))
        }
        Outlines::Cff => {
            // A PDF holds the outlines without the file around them.
            let font = FontRef::new(&subset).map_err(|error| broken(&error))?;
            let table = font.table_data(Tag::new(b"CFF ")).ok_or_else(|| broken(&"no outlines"))?;
            let kind = dictionary! { "Subtype" => "CIDFontType0C" };
            ("CIDFontType0", "FontFile3", compressed(kind, table.as_bytes().to_vec()))
        }
    };
    let file = document.add_object(file);
    let Descriptor { bounds, ascent, descent, cap_height, stem_width } = descriptor;
    let mut descriptor = dictionary! {
        "Type" => "FontDescriptor",
        "FontName" => Object::Name(name.clone().into_bytes()),
        "Flags" => 4, // symbolic: glyphs are named by number
        "FontBBox" => bounds.map(Object::from).to_vec(),
        "ItalicAngle" => 0,
        "Ascent" => ascent,
        "Descent" => descent,
        "CapHeight" => cap_height,
        "StemV" => stem_width,
    };
    descriptor.set(key, file);
    let descriptor = document.add_object(descriptor);
    #[expect(clippy::cast_possible_truncation, reason = "advances are a few ems")]
    let width = |glyph| Object::Real(width(glyph) as f32);
    let widths = used.remapper.remapped_gids().map(width).collect::<Vec<Object>>();
    let mut descendant = dictionary! {
        "Type" => "Font",
        "Subtype" => kind,
        "BaseFont" => Object::Name(name.clone().into_bytes()),
        "CIDSystemInfo" => dictionary! {
            "Registry" => Object::string_literal("Adobe"),
            "Ordering" => Object::string_literal("Identity"),
            "Supplement" => 0,
        },
        "FontDescriptor" => descriptor,
    };
    if outlines == Outlines::TrueType {
        descendant.set("CIDToGIDMap", "Identity");
    }
    descendant.set("DW", 0);
    descendant.set("W", vec![0.into(), widths.into()]);
    let descendant = document.add_object(descendant);
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
        .filter_map(|(&glyph, characters)| {
            let units: String = characters.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
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
