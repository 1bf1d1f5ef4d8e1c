//! Reading back what was drawn, in step with what was asked for, and writing it anew.

use super::{
    PdfError,
    font::Face,
    page::{Colour, Mark, Page},
};
use lopdf::{
    Document, Object,
    content::{Content, Operation},
};
use std::collections::{BTreeMap, BTreeSet};
use subsetter::GlyphRemapper;

/// Glyphs that the pages use, per face, with the characters they show.
#[derive(Default)]
pub(crate) struct UsedFonts {
    pub(crate) faces: BTreeMap<Face, UsedGlyphs>,
}

/// Glyphs of one face: numbers of the whole font to characters, and to numbers of the subset.
#[derive(Default)]
pub(crate) struct UsedGlyphs {
    pub(crate) characters: BTreeMap<u16, char>,
    pub(crate) remapper: GlyphRemapper,
}

/// Page streams that show exactly the marks, for fonts that hold exactly their glyphs.
pub(crate) fn rewrite(drawn: &[u8], pages: &[Page]) -> Result<(Vec<Vec<u8>>, UsedFonts), PdfError> {
    let fonts = used_fonts(pages)?;
    let document = Document::load_mem(drawn)?;
    let drawn_pages = document.get_pages();
    if drawn_pages.len() != pages.len() {
        return Err(PdfError::OutOfStep { page: drawn_pages.len().min(pages.len()) + 1, mark: 0 });
    }
    let mut streams = Vec::new();
    for (number, (page, &id)) in pages.iter().zip(drawn_pages.values()).enumerate() {
        let content = Content::decode(&document.get_page_content(id))?;
        streams.push(rewrite_page(&content.operations, page, number + 1, &fonts)?);
    }
    Ok((streams, fonts))
}

/// Every glyph in the order of its number, so that equal pages make equal subsets.
fn used_fonts(pages: &[Page]) -> Result<UsedFonts, PdfError> {
    let mut fonts = UsedFonts::default();
    let mut seen: BTreeSet<(Face, u16, char)> = BTreeSet::new();
    for mark in pages.iter().flat_map(|page| &page.marks) {
        if let Mark::Text { font, text, .. } = mark {
            for character in text.chars() {
                let glyph = font.face.glyph(character).ok_or(PdfError::NoGlyph(character))?;
                seen.insert((font.face, glyph, character));
            }
        }
    }
    for (face, glyph, character) in seen {
        let used = fonts.faces.entry(face).or_default();
        used.characters.entry(glyph).or_insert(character);
        used.remapper.remap(glyph);
    }
    Ok(fonts)
}

fn rewrite_page(
    operations: &[Operation],
    page: &Page,
    page_number: usize,
    fonts: &UsedFonts,
) -> Result<Vec<u8>, PdfError> {
    let mut written = Vec::new();
    let mut marks = page.marks.iter().enumerate();
    let mut rest = operations.iter();
    while let Some(operation) = rest.next() {
        // A mark starts with its text object or its path; what stands between marks are colours and layers.
        if !matches!(operation.operator.as_str(), "BT" | "m") {
            continue;
        }
        let (number, mark) =
            marks.next().ok_or(PdfError::OutOfStep { page: page_number, mark: page.marks.len() + 1 })?;
        let out_of_step = PdfError::OutOfStep { page: page_number, mark: number + 1 };
        let rewritten = match mark {
            Mark::Text { font, colour, text, .. } if operation.operator == "BT" => {
                let body: Vec<&Operation> = rest.by_ref().take_while(|op| op.operator != "ET").collect();
                Drawn::of_text(&body).filter(|drawn| drawn.shows(font.face, text)).and_then(|drawn| {
                    let glyphs = &fonts.faces.get(&font.face)?.remapper;
                    drawn.text_operations(font.face, f32::from(font.size), *colour, glyphs)
                })
            }
            Mark::Fill { colour, .. } if operation.operator == "m" => {
                let lines = rest.by_ref().take_while(|op| op.operator != "S");
                let corners: Option<Vec<[f32; 2]>> =
                    std::iter::once(operation).chain(lines).map(point).collect();
                corners.and_then(|corners| fill_operations(&corners, *colour))
            }
            _ => None,
        };
        written.extend(rewritten.ok_or(out_of_step)?);
    }
    if marks.next().is_some() {
        return Err(PdfError::OutOfStep { page: page_number, mark: page.marks.len() });
    }
    Ok(Content { operations: written }.encode()?)
}

/// A text object as it was drawn.
struct Drawn {
    place: [f32; 2],
    glyphs: Vec<u16>,
}

impl Drawn {
    fn of_text(body: &[&Operation]) -> Option<Self> {
        let find = |operator: &str| body.iter().find(|op| op.operator == operator);
        let place = point(find("Td")?)?;
        let mut glyphs = Vec::new();
        for part in find("TJ")?.operands.first()?.as_array().ok()? {
            match part {
                Object::String(bytes, _) => {
                    glyphs.extend(bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])));
                }
                // A kern: the embedded fonts have none.
                kern => (kern.as_float().ok()? == 0.0).then_some(())?,
            }
        }
        Some(Drawn { place, glyphs })
    }

    fn shows(&self, face: Face, text: &str) -> bool {
        self.glyphs.iter().copied().eq(text.chars().map(|character| face.glyph(character).unwrap_or(0)))
    }

    fn text_operations(
        &self,
        face: Face,
        size: f32,
        colour: Colour,
        remapper: &GlyphRemapper,
    ) -> Option<Vec<Operation>> {
        let mut bytes = Vec::new();
        for &glyph in &self.glyphs {
            bytes.extend(remapper.get(glyph)?.to_be_bytes());
        }
        Some(vec![
            Operation::new("BT", vec![]),
            Operation::new("Tf", vec![resource(face).into(), size.into()]),
            fill_colour(colour),
            Operation::new("Td", self.place.map(Object::from).into()),
            Operation::new("Tj", vec![Object::String(bytes, lopdf::StringFormat::Hexadecimal)]),
            Operation::new("ET", vec![]),
        ])
    }
}

/// Name of a face in the page's resources.
pub(crate) fn resource(face: Face) -> &'static str {
    match face {
        Face::Regular => "F1",
        Face::Bold => "F2",
    }
}

/// A filled rectangle in place of the outline that was drawn for it.
fn fill_operations(corners: &[[f32; 2]], colour: Colour) -> Option<Vec<Operation>> {
    let [[left, top], [right, _], [_, bottom], _, _back] = *corners else { return None };
    let rectangle = [left, bottom, right - left, top - bottom].map(Object::from);
    Some(vec![fill_colour(colour), Operation::new("re", rectangle.into()), Operation::new("f", vec![])])
}

fn fill_colour(Colour(red, green, blue): Colour) -> Operation {
    // Three decimals tell 256 shades apart.
    let parts = [red, green, blue].map(|part| Object::from((f32::from(part) / 0.255).round() / 1_000.0));
    Operation::new("rg", parts.into())
}

fn point(operation: &Operation) -> Option<[f32; 2]> {
    let [x, y] = operation.operands.as_slice() else { return None };
    Some([x.as_float().ok()?, y.as_float().ok()?])
}
