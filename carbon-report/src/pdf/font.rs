//! The embedded faces: what they can show, how wide it is, and the part of them that a file needs.

use super::{error::PdfError, shape};
use skrifa::{
    FontRef, GlyphId, MetadataProvider,
    instance::{LocationRef, Size},
    raw::TableProvider,
};
use std::{borrow::Cow, sync::LazyLock};

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
    /// The glyph of each character, 0 where there is none: pages of 256 characters, empty where none has one.
    glyphs: Vec<Vec<u16>>,
    /// How far each glyph moves the pen, in ems.
    advances: Vec<f64>,
}

impl Loaded {
    fn of(face: Face) -> Self {
        let font = FontRef::new(face.data()).expect("a test reads both embedded fonts");
        let mut glyphs = Vec::new();
        for (character, glyph) in font.charmap().mappings() {
            let (page, place) = page_and_place(character);
            if glyphs.len() <= page {
                glyphs.resize(page + 1, Vec::new());
            }
            glyphs[page].resize(CHARACTERS_OF_PAGE, 0);
            glyphs[page][place] = u16::try_from(glyph.to_u32()).unwrap_or(0);
        }
        let metrics = font.glyph_metrics(Size::new(1.0), LocationRef::default());
        let count = font.maxp().map_or(0, |table| table.num_glyphs());
        let advance = |glyph| metrics.advance_width(GlyphId::new(glyph)).map_or(0.0, f64::from);
        Loaded { glyphs, advances: (0..u32::from(count)).map(advance).collect(), font }
    }
}

const CHARACTERS_OF_PAGE: usize = 256;

fn page_and_place(character: u32) -> (usize, usize) {
    let character = usize::try_from(character).unwrap_or(usize::MAX);
    (character / CHARACTERS_OF_PAGE, character % CHARACTERS_OF_PAGE)
}

impl Face {
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
        let (page, place) = page_and_place(character.into());
        self.loaded().glyphs.get(page)?.get(place).copied().filter(|&glyph| glyph != 0)
    }

    /// How far the glyph moves the pen, in ems.
    pub(crate) fn advance_in_ems(self, glyph: u16) -> f64 {
        self.loaded().advances.get(usize::from(glyph)).copied().unwrap_or(0.0)
    }

    /// The same in thousandths of an em, as a file states it.
    pub(super) fn width(self, glyph: u16) -> f64 {
        (self.advance_in_ems(glyph) * 1_000.0).round()
    }

    /// How wide `text` is as the page shows it, in ems.
    pub(crate) fn width_in_ems(self, text: &str) -> f64 {
        let width = |character| self.glyph(character).map(|glyph| self.advance_in_ems(glyph));
        // Most texts have no other characters.
        if let Some(width) = text.chars().map(width).sum() {
            return width;
        }
        shape::spans(text, self).iter().map(|span| span.width(self)).sum()
    }

    /// What a PDF says of the face, in thousandths of an em.
    pub(crate) fn descriptor(self) -> Result<Descriptor, PdfError> {
        let broken = |error: skrifa::raw::ReadError| PdfError::Font(error.to_string());
        Descriptor::of(&self.loaded().font, self == Face::Bold).map_err(broken)
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

impl Descriptor {
    pub(super) fn of(font: &FontRef<'_>, is_bold: bool) -> Result<Self, skrifa::raw::ReadError> {
        let (head, hhea) = (font.head()?, font.hhea()?);
        let per_em = i64::from(head.units_per_em()).max(1);
        let thousandths = |units: i16| i64::from(units) * 1_000 / per_em;
        let ascent = thousandths(hhea.ascender().to_i16());
        let cap_height = font.os2().ok().and_then(|os2| os2.s_cap_height());
        Ok(Descriptor {
            bounds: [head.x_min(), head.y_min(), head.x_max(), head.y_max()].map(thousandths),
            ascent,
            descent: thousandths(hhea.descender().to_i16()),
            // Scripts without capitals need not say how tall they are.
            cap_height: cap_height.map_or(ascent, thousandths),
            stem_width: if is_bold { 140 } else { 80 },
        })
    }
}

/// A piece of a text as the embedded faces can show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run<'t> {
    /// Characters that the fonts lack are written as their code points, such as `[U+4E2D]`.
    pub(crate) shown: Cow<'t, str>,
    /// What is to be read, found and copied instead, where that is not what is shown.
    pub(crate) actual: Option<&'t str>,
}

/// `text` in pieces, each as the embedded faces can show it.
pub(crate) fn runs(text: &str) -> Vec<Run<'_>> {
    let kind = |character| (Face::Regular.glyph(character).is_some(), is_sign(character));
    let mut runs = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|next| kind(next) != kind(first)).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        let (is_shown, is_sign) = kind(first);
        runs.push(match is_shown {
            true => Run { shown: piece.into(), actual: None },
            false => {
                let shown = piece.chars().map(code_point).collect::<String>();
                Run { shown: shown.into(), actual: is_sign.then_some(piece) }
            }
        });
        rest = after;
    }
    runs
}

/// What stands on the page for a character that the fonts lack.
pub(super) fn code_point(character: char) -> String {
    format!("[U+{:04X}]", u32::from(character))
}

/// A text that shows the code point of what only controls others, as on a page.
pub(crate) fn without_controls(text: &str) -> String {
    text.chars().map(|c| if is_sign(c) { c.to_string() } else { code_point(c) }).collect()
}

/// Whether a character says something by itself, and does not control what is around it.
pub(super) fn is_sign(character: char) -> bool {
    let turns = matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !character.is_control() && !turns && !is_noncharacter(character)
}

/// Whether Unicode keeps a character for no text at all.
pub(crate) fn is_noncharacter(character: char) -> bool {
    matches!(character, '\u{fdd0}'..='\u{fdef}') || u32::from(character) & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACES: [Face; 2] = [Face::Regular, Face::Bold];

    #[test]
    fn both_faces_can_be_read_and_measured() {
        for face in FACES {
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
    fn what_the_fonts_lack_is_shown_by_its_code_point_and_read_as_it_is() {
        let run = |shown: &'static str, actual| Run { shown: shown.into(), actual };
        for (text, expect) in [
            (
                "Société Générale «Zürich» CO₂ Ελλάδα Київ",
                vec![run("Société Générale «Zürich» CO₂ Ελλάδα Київ", None)],
            ),
            ("中国 GmbH", vec![run("[U+4E2D][U+56FD]", Some("中国")), run(" GmbH", None)]),
            ("a\u{202e}b", vec![run("a", None), run("[U+202E]", None), run("b", None)]),
            ("🙂\u{ffff}", vec![run("[U+1F642]", Some("🙂")), run("[U+FFFF]", None)]),
            ("", vec![]),
        ] {
            assert_eq!(runs(text), expect);
            let joined: String = expect.iter().map(|run| run.shown.as_ref()).collect();
            assert_eq!(shape::is_shown(text), joined == text, "{text}");
            let widths = FACES.map(|face| [text, &joined].map(|text| face.width_in_ems(text)));
            assert!(widths.iter().all(|[of_text, of_shown]| (of_text - of_shown).abs() < 1e-9), "{text}");
        }
    }

    #[test]
    fn all_faces_have_the_same_characters() {
        let characters = |face: Face| {
            (char::MIN..=char::MAX).filter(|character| face.glyph(*character).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(characters(Face::Regular), characters(Face::Bold));
    }
}
