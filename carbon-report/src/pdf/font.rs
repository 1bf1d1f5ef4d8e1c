//! The embedded faces: what they can show, how wide it is, and the part of them that a file needs.

use super::error::PdfError;
use skrifa::{
    FontRef, GlyphId, MetadataProvider,
    instance::{LocationRef, Size},
    raw::TableProvider,
};
use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

/// A face of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Face {
    Regular,
    Bold,
}

static REGULAR: LazyLock<Loaded> = LazyLock::new(|| Loaded::of(Face::Regular));
static BOLD: LazyLock<Loaded> = LazyLock::new(|| Loaded::of(Face::Bold));

/// A face that was read, with what every line of text asks for at hand.
struct Loaded {
    font: FontRef<'static>,
    glyphs: HashMap<char, u16>,
    /// How far each glyph moves the pen, in ems.
    advances: Vec<f64>,
}

impl Loaded {
    fn of(face: Face) -> Self {
        let font = FontRef::new(face.data()).expect("a test reads both embedded fonts");
        let mappings = font.charmap().mappings().filter_map(|(character, glyph)| {
            let glyph = u16::try_from(glyph.to_u32()).ok().filter(|&glyph| glyph != 0)?;
            Some((char::from_u32(character)?, glyph))
        });
        let metrics = font.glyph_metrics(Size::new(1.0), LocationRef::default());
        let count = font.maxp().map_or(0, |table| table.num_glyphs());
        let advance = |glyph| metrics.advance_width(GlyphId::new(glyph)).map_or(0.0, f64::from);
        Loaded { glyphs: mappings.collect(), advances: (0..u32::from(count)).map(advance).collect(), font }
    }
}

impl Face {
    pub(crate) const ALL: [Face; 2] = [Face::Regular, Face::Bold];

    /// How far letters reach above and below the baseline, about.
    pub(crate) const EXTENT_IN_EMS: (f64, f64) = (0.8, 0.25);

    /// The TrueType file.
    pub(crate) fn data(self) -> &'static [u8] {
        match self {
            Face::Regular => include_bytes!("../../fonts/NotoSans-Regular.ttf"),
            Face::Bold => include_bytes!("../../fonts/NotoSans-Bold.ttf"),
        }
    }

    /// PostScript name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Face::Regular => "NotoSans-Regular",
            Face::Bold => "NotoSans-Bold",
        }
    }

    fn loaded(self) -> &'static Loaded {
        match self {
            Face::Regular => &REGULAR,
            Face::Bold => &BOLD,
        }
    }

    /// Number of the glyph that shows `character`.
    pub(crate) fn glyph(self, character: char) -> Option<u16> {
        self.loaded().glyphs.get(&character).copied()
    }

    /// How far the glyph moves the pen, in ems.
    pub(crate) fn advance_in_ems(self, glyph: u16) -> f64 {
        self.loaded().advances.get(usize::from(glyph)).copied().unwrap_or(0.0)
    }

    /// How wide `text` is, in ems; characters without a glyph count nothing.
    pub(crate) fn width_in_ems(self, text: &str) -> f64 {
        text.chars()
            .filter_map(|character| self.glyph(character))
            .map(|glyph| self.advance_in_ems(glyph))
            .sum()
    }

    /// What a PDF says of the face, in thousandths of an em.
    pub(crate) fn descriptor(self) -> Result<Descriptor, PdfError> {
        let font = &self.loaded().font;
        let broken = |error: skrifa::raw::ReadError| PdfError::Font(error.to_string());
        let (head, os2) = (font.head().map_err(broken)?, font.os2().map_err(broken)?);
        let hhea = font.hhea().map_err(broken)?;
        let per_em = i64::from(head.units_per_em());
        let thousandths = |units: i16| i64::from(units) * 1_000 / per_em;
        Ok(Descriptor {
            bounds: [head.x_min(), head.y_min(), head.x_max(), head.y_max()].map(thousandths),
            ascent: thousandths(hhea.ascender().to_i16()),
            descent: thousandths(hhea.descender().to_i16()),
            cap_height: thousandths(os2.s_cap_height().unwrap_or_default()),
            stem_width: match self {
                Face::Regular => 80,
                Face::Bold => 140,
            },
        })
    }
}

/// Numbers of a font descriptor, in thousandths of an em.
pub(crate) struct Descriptor {
    pub(crate) bounds: [i64; 4],
    pub(crate) ascent: i64,
    pub(crate) descent: i64,
    pub(crate) cap_height: i64,
    pub(crate) stem_width: i64,
}

/// `text` as the page can show it: a character that the fonts lack is written as its code point, such as `[U+4E2D]`.
pub(crate) fn showable(text: &str) -> Cow<'_, str> {
    let shows = |character| Face::ALL.iter().all(|face| face.glyph(character).is_some());
    if text.chars().all(shows) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    for character in text.chars() {
        if shows(character) {
            shown.push(character);
        } else {
            shown.push_str(&format!("[U+{:04X}]", u32::from(character)));
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_faces_can_be_read_and_measured() {
        for face in Face::ALL {
            // Figures of one width keep columns straight.
            let width = face.width_in_ems("0");
            assert!(width > 0.5);
            for digit in "123456789".chars() {
                assert!((face.width_in_ems(&digit.to_string()) - width).abs() < 1e-6, "{digit}");
            }
            assert!(face.descriptor().unwrap().cap_height > 600);
        }
    }

    #[test]
    fn what_the_fonts_lack_is_shown_by_its_code_point() {
        for (text, expect) in [
            ("Société Générale «Zürich» CO₂ Ελλάδα Київ", "Société Générale «Zürich» CO₂ Ελλάδα Київ"),
            ("中 GmbH", "[U+4E2D] GmbH"),
            ("a\u{202e}b", "a[U+202E]b"),
            ("🙂", "[U+1F642]"),
        ] {
            assert_eq!(showable(text), expect);
        }
    }
}
