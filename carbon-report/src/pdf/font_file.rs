//! Fonts as they stand in a file: the used glyphs alone, their widths, and the characters they stand for.

use super::{
    error::PdfError,
    font::{Descriptor, Face},
    object::compressed,
    rewrite::UsedGlyphs,
};
use lopdf::Dictionary;
use lopdf::{Document, Object, ObjectId, dictionary};
use sha2::{Digest, Sha256};

/// A composite font with the used glyphs alone, and the characters they stand for.
pub(super) fn add_font(document: &mut Document, face: Face, used: &UsedGlyphs) -> Result<ObjectId, PdfError> {
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
