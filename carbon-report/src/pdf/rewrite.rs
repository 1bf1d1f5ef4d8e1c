//! Reading back what was drawn, in step with what was asked for, and rewriting it.

use super::{
    canvas::stand_in,
    error::PdfError,
    font::Face,
    page::{Colour, Draft, Font, Image, Mark, Page, Placed, Role},
    shape::{Cluster, FaceId, Glyph, Span, spans},
    structure::{NodeId, Structure},
    text_writer::TextWriter,
};
use lopdf::{
    Document, Object,
    content::{Content, Operation},
    dictionary,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use subsetter::GlyphRemapper;

/// Glyphs that the pages use, per face, with the characters they show.
#[derive(Default)]
pub(crate) struct UsedFonts {
    pub(crate) faces: BTreeMap<FaceId, UsedGlyphs>,
}

impl UsedFonts {
    /// The operator's faces among them, by their numbers.
    pub(crate) fn foreign(&self) -> Vec<usize> {
        let number = |face: &FaceId| match face {
            FaceId::Own(_) => None,
            FaceId::Foreign(number) => Some(*number),
        };
        self.faces.keys().filter_map(number).collect()
    }

    /// Name of a face in the page's resources. Fonts at hand that no page uses do not count.
    pub(crate) fn resource(&self, face: FaceId) -> String {
        match face {
            FaceId::Own(Face::Regular) => "F1".to_owned(),
            FaceId::Own(Face::Bold) => "F2".to_owned(),
            FaceId::Foreign(number) => {
                let before = self.foreign().into_iter().filter(|&before| before < number).count();
                format!("F{}", before + 3)
            }
        }
    }
}

/// Glyphs of one face: numbers of the whole font to characters, and to numbers of the subset.
#[derive(Default)]
pub(crate) struct UsedGlyphs {
    pub(crate) characters: BTreeMap<u16, String>,
    pub(crate) remapper: GlyphRemapper,
}

/// A page as it is written: its stream, and which node each of its numbered pieces belongs to.
pub(crate) struct WrittenPage {
    pub(crate) stream: Vec<u8>,
    /// Owner of each marked-content id, which is its place here.
    pub(crate) owners: Vec<NodeId>,
    /// Marked-content id of each mark that has one.
    pub(crate) mcids: Vec<Option<usize>>,
    /// Where texts stand, for links: left, baseline and size, as drawn.
    pub(crate) places: Vec<Option<[f32; 2]>>,
}

/// The pages as they are written.
pub(crate) struct Rewritten {
    pub(crate) pages: Vec<WrittenPage>,
    pub(crate) fonts: UsedFonts,
    /// The pictures, each once.
    pub(crate) images: Vec<Arc<Image>>,
}

/// Page streams that show exactly the marks, for fonts that hold exactly their glyphs.
pub(crate) fn rewrite(drawn: &[u8], draft: &Draft) -> Result<Rewritten, PdfError> {
    let Draft { pages, structure } = draft;
    let mut rewriter = Rewriter { structure, fonts: used_fonts(pages)?, images: Vec::new() };
    let document = Document::load_mem(drawn)?;
    let drawn_pages = document.get_pages();
    if drawn_pages.len() != pages.len() {
        return Err(PdfError::OutOfStep { page: drawn_pages.len().min(pages.len()) + 1, mark: 0 });
    }
    let mut written = Vec::new();
    for (number, (page, &id)) in pages.iter().zip(drawn_pages.values()).enumerate() {
        let content = Content::decode(&document.get_page_content(id))?;
        written.push(rewriter.page(&content.operations, page, number + 1)?);
    }
    let Rewriter { fonts, images, .. } = rewriter;
    Ok(Rewritten { pages: written, fonts, images })
}

/// Every glyph in the order of its number, so that equal pages make equal subsets.
fn used_fonts(pages: &[Page]) -> Result<UsedFonts, PdfError> {
    let mut fonts = UsedFonts::default();
    let mut seen: BTreeSet<(FaceId, u16, String)> = BTreeSet::new();
    for placed in pages.iter().flat_map(|page| &page.marks) {
        let Mark::Text { font, text, .. } = &placed.mark else { continue };
        for span in spans(text, font.face) {
            match span {
                Span::Plain(run) => {
                    for character in run.shown.chars() {
                        let glyph = font.face.glyph(character).ok_or(PdfError::NoGlyph(character))?;
                        seen.insert((FaceId::Own(font.face), glyph, character.into()));
                    }
                }
                Span::Placed { clusters, .. } => {
                    for Cluster { face, glyphs, .. } in clusters {
                        seen.extend(glyphs.into_iter().map(|Glyph { id, text, .. }| (face, id, text)));
                    }
                }
            }
        }
    }
    for (face, glyph, characters) in seen {
        let used = fonts.faces.entry(face).or_default();
        used.characters.entry(glyph).or_insert(characters);
        used.remapper.remap(glyph);
    }
    Ok(fonts)
}

struct Rewriter<'a> {
    structure: &'a Structure,
    fonts: UsedFonts,
    images: Vec<Arc<Image>>,
}

impl Rewriter<'_> {
    fn page(
        &mut self,
        operations: &[Operation],
        page: &Page,
        page_number: usize,
    ) -> Result<WrittenPage, PdfError> {
        let mut written = Vec::new();
        let (mut owners, mut mcids, mut places) = (Vec::new(), Vec::new(), Vec::new());
        let mut open = None;
        let mut marks = page.marks.iter().enumerate();
        let mut rest = operations.iter();
        while let Some(operation) = rest.next() {
            // A mark starts with its text object or its path; what stands between marks are colours and layers.
            if !matches!(operation.operator.as_str(), "BT" | "m") {
                continue;
            }
            let (number, Placed { mark, role }) =
                marks.next().ok_or(PdfError::OutOfStep { page: page_number, mark: page.marks.len() + 1 })?;
            let out_of_step = PdfError::OutOfStep { page: page_number, mark: number + 1 };
            // Neighbours of one role are one piece of marked content.
            if open != Some(*role) {
                if open.is_some() {
                    written.push(Operation::new("EMC", vec![]));
                }
                written.push(self.begin(*role, &mut owners));
                open = Some(*role);
            }
            mcids.push(matches!(role, Role::Of(_)).then(|| owners.len() - 1));
            let (drawn, place) = self.mark(number, mark, operation, &mut rest).ok_or(out_of_step)?;
            written.extend(drawn);
            places.push(place);
        }
        if open.is_some() {
            written.push(Operation::new("EMC", vec![]));
        }
        if marks.next().is_some() {
            return Err(PdfError::OutOfStep { page: page_number, mark: page.marks.len() });
        }
        Ok(WrittenPage { stream: Content { operations: written }.encode()?, owners, mcids, places })
    }

    /// The operator that says what follows is part of.
    fn begin(&self, role: Role, owners: &mut Vec<NodeId>) -> Operation {
        match role {
            Role::Of(node) => {
                owners.push(node);
                let id = i64::try_from(owners.len() - 1).unwrap_or(i64::MAX);
                let tag = Object::from(self.structure.tag(node).name());
                Operation::new("BDC", vec![tag, dictionary! { "MCID" => id }.into()])
            }
            Role::Decoration => Operation::new("BMC", vec!["Artifact".into()]),
            Role::Foot => {
                let kind = dictionary! { "Type" => "Pagination", "Subtype" => "Footer" };
                Operation::new("BDC", vec!["Artifact".into(), kind.into()])
            }
        }
    }

    /// What is written for a mark, if what was drawn is that mark; and where a text stands.
    fn mark<'o>(
        &mut self,
        number: usize,
        mark: &Mark,
        first: &Operation,
        rest: &mut impl Iterator<Item = &'o Operation>,
    ) -> Option<(Vec<Operation>, Option<[f32; 2]>)> {
        match (mark, first.operator.as_str()) {
            (Mark::Text { font, colour, text, .. }, "BT") => {
                let body: Vec<&Operation> = rest.by_ref().take_while(|op| op.operator != "ET").collect();
                let drawn = DrawnText::of_text(&body).filter(|drawn| drawn.shows(number))?;
                let text = drawn.text_operations(*font, *colour, text, &self.fonts)?;
                Some((text, Some(drawn.place)))
            }
            (Mark::Fill { colour, .. }, "m") => Some((fill_operations(outline(first, rest)?, *colour), None)),
            (Mark::Image { image, .. }, "m") => {
                let number = self.images.iter().position(|known| known == image).unwrap_or_else(|| {
                    self.images.push(image.clone());
                    self.images.len() - 1
                });
                Some((image_operations(outline(first, rest)?, number), None))
            }
            _ => None,
        }
    }
}

/// The rectangle of an outline that was drawn: left, bottom, width, height.
fn outline<'o>(first: &Operation, rest: &mut impl Iterator<Item = &'o Operation>) -> Option<[f32; 4]> {
    let mut corners = vec![point(first)?];
    for line in rest.by_ref().take_while(|op| op.operator != "S") {
        corners.push(point(line)?);
    }
    let [[left, top], [right, _], [_, bottom], _, _back] = *corners else { return None };
    Some([left, bottom, right - left, top - bottom])
}

/// A text object as it was drawn.
struct DrawnText {
    place: [f32; 2],
    codes: Vec<u16>,
}

impl DrawnText {
    fn of_text(body: &[&Operation]) -> Option<Self> {
        let find = |operator: &str| body.iter().find(|op| op.operator == operator);
        let place = point(find("Td")?)?;
        let mut codes = Vec::new();
        for part in find("TJ")?.operands.first()?.as_array().ok()? {
            match part {
                Object::String(bytes, _) => {
                    codes.extend(bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])));
                }
                // A kern: the font has none.
                kern => (kern.as_float().ok()? == 0.0).then_some(())?,
            }
        }
        Some(DrawnText { place, codes })
    }

    /// Whether it stands for the mark with this number.
    fn shows(&self, mark: usize) -> bool {
        self.codes.iter().copied().eq(stand_in(mark).bytes().map(u16::from))
    }

    fn text_operations(
        &self,
        font: Font,
        colour: Colour,
        text: &str,
        fonts: &UsedFonts,
    ) -> Option<Vec<Operation>> {
        let mut writer = TextWriter { operations: Vec::new(), fonts, size: font.size, set: None };
        writer.operations.push(Operation::new("BT", vec![]));
        writer.set(FaceId::Own(font.face));
        writer
            .operations
            .extend([fill_colour(colour), Operation::new("Td", self.place.map(Object::from).into())]);
        for span in spans(text, font.face) {
            match span {
                Span::Plain(run) => writer.plain(font.face, &run)?,
                Span::Placed { clusters, is_forwards, width } => {
                    writer.placed(&clusters, is_forwards, width)?;
                }
            }
        }
        writer.operations.push(Operation::new("ET", vec![]));
        Some(writer.operations)
    }
}

/// A filled rectangle.
fn fill_operations(rectangle: [f32; 4], colour: Colour) -> Vec<Operation> {
    let rectangle = rectangle.map(Object::from);
    vec![fill_colour(colour), Operation::new("re", rectangle.into()), Operation::new("f", vec![])]
}

/// A picture that fills a rectangle.
fn image_operations([left, bottom, width, height]: [f32; 4], number: usize) -> Vec<Operation> {
    let matrix = [width, 0.0, 0.0, height, left, bottom].map(Object::from);
    vec![
        Operation::new("q", vec![]),
        Operation::new("cm", matrix.into()),
        Operation::new("Do", vec![image_resource(number).into()]),
        Operation::new("Q", vec![]),
    ]
}

/// Name of a picture in the page's resources.
pub(crate) fn image_resource(number: usize) -> String {
    format!("I{}", number + 1)
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
