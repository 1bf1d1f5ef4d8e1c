//! Drawing marks with genpdf. Nothing else in this crate knows it.

use super::{
    error::PdfError,
    font::Face,
    page::{Colour, Font, Mark, Page, Placed},
};
use genpdf::{
    Context, Document, Element, Mm, Position, RenderResult,
    error::{Error, ErrorKind},
    fonts::{FontData, FontFamily},
    render::Area,
    style::{Color, Style},
};
use printpdf::BuiltinFont;
use std::sync::OnceLock;

/// The pages as genpdf draws them: right in place, but with numbers for texts, plain lines and today's date.
pub(crate) fn draw(pages: &[Page]) -> Result<Vec<u8>, PdfError> {
    let font = font()?;
    let mut document = Document::new(FontFamily {
        regular: font.clone(),
        bold: font.clone(),
        italic: font.clone(),
        bold_italic: font,
    });
    // Keeps a press profile and random ids out.
    document.set_minimal_conformance();
    document.push(Pages { pages: pages.to_vec(), next: 0 });
    let mut file = Vec::new();
    document.render(&mut file).map_err(wrong)?;
    Ok(file)
}

/// What stands for a text until the rewriting pass: the number of its mark, from 0, in digits that every face has.
pub(super) fn stand_in(mark: usize) -> String {
    mark.to_string()
}

/// The font that everything is drawn with: one that every reader has, as high as our own.
///
/// The library searches each font that it embeds for every character there is, for every document. So it embeds none, and
/// reads the measures of this one once.
fn font() -> Result<FontData, PdfError> {
    static FONT: OnceLock<FontData> = OnceLock::new();
    if let Some(font) = FONT.get() {
        return Ok(font.clone());
    }
    let font = FontData::new(Face::Regular.data().to_vec(), Some(BuiltinFont::Helvetica)).map_err(wrong)?;
    Ok(FONT.get_or_init(|| font).clone())
}

fn wrong(error: impl std::fmt::Display) -> PdfError {
    PdfError::Draw(error.to_string())
}

/// All pages as one element, which genpdf asks for one page after the other.
struct Pages {
    pages: Vec<Page>,
    next: usize,
}

impl Element for Pages {
    fn render(&mut self, context: &Context, area: Area<'_>, _: Style) -> Result<RenderResult, Error> {
        for (number, Placed { mark, .. }) in self.pages[self.next].marks.iter().enumerate() {
            draw_mark(context, &area, number, mark)?;
        }
        self.next += 1;
        Ok(RenderResult { size: area.size(), has_more: self.next < self.pages.len() })
    }
}

/// Each mark becomes exactly one text object or one painted path: the rewriting pass counts on it.
fn draw_mark(context: &Context, area: &Area<'_>, number: usize, mark: &Mark) -> Result<(), Error> {
    match mark {
        Mark::Text { x, y, font, colour, text } => {
            let style = style(*font, *colour);
            // genpdf takes the upper edge of the line and puts the baseline at its lower one.
            let height = style.font(&context.font_cache).glyph_height(font.size);
            let upper_left = Position::new(mm(*x), mm(*y) - height);
            if area.print_str(&context.font_cache, upper_left, style, stand_in(number))? {
                Ok(())
            } else {
                Err(Error::new(format!("no room for {text:?}"), ErrorKind::PageSizeExceeded))
            }
        }
        Mark::Fill { x, y, width, height, colour } => {
            draw_outline(area, [*x, *y, *width, *height], *colour);
            Ok(())
        }
        Mark::Image { x, y, width, height, .. } => {
            draw_outline(area, [*x, *y, *width, *height], Colour(0, 0, 0));
            Ok(())
        }
    }
}

/// It draws neither areas nor pictures: an outline stands for what it encloses until the rewriting pass.
fn draw_outline(area: &Area<'_>, [x, y, width, height]: [f64; 4], colour: Colour) {
    let corners = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height), (0.0, 0.0)];
    let outline = corners.map(|(right, down)| Position::new(mm(x + right), mm(y + down)));
    area.draw_line(outline.into(), Style::new().with_color(rgb(colour)));
}

fn style(font: Font, colour: Colour) -> Style {
    Style::new().with_font_size(font.size).with_color(rgb(colour))
}

fn rgb(Colour(red, green, blue): Colour) -> Color {
    Color::Rgb(red, green, blue)
}

fn mm(points: f64) -> Mm {
    const MM_PER_POINT: f64 = 25.4 / 72.0;
    Mm::from(points * MM_PER_POINT)
}
