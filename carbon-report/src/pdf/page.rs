//! A page as a list of marks: all that is ever drawn.

use super::font::Face;

/// A4, in points.
pub(crate) const WIDTH: f64 = 595.276;
/// A4, in points.
pub(crate) const HEIGHT: f64 = 841.89;

/// One page. Marks are drawn in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Page {
    pub(crate) marks: Vec<Mark>,
}

/// One thing on a page. Lengths are points; y grows downwards from the top edge.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mark {
    /// One line of text, `y` being its baseline.
    Text { x: f64, y: f64, font: Font, colour: Colour, text: String },
    /// A filled rectangle, `x` and `y` being its upper left corner.
    Fill { x: f64, y: f64, width: f64, height: f64, colour: Colour },
}

/// A face in a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Font {
    pub(crate) face: Face,
    /// Whole points: the drawing library knows no others.
    pub(crate) size: u8,
}

impl Font {
    /// How wide `text` is, in points.
    pub(crate) fn width(self, text: &str) -> f64 {
        self.face.width_in_ems(text) * f64::from(self.size)
    }
}

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colour(pub(crate) u8, pub(crate) u8, pub(crate) u8);
