//! What a document is made of before it is a file: pages of marks, and the structure that they belong to.

use super::{
    font::Face,
    structure::{NodeId, Structure},
};
use std::sync::Arc;

/// A4, in points.
pub(crate) const WIDTH: f64 = 595.276;
/// A4, in points.
pub(crate) const HEIGHT: f64 = 841.89;

/// A document to be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Draft {
    pub(crate) pages: Vec<Page>,
    pub(crate) structure: Structure,
}

/// One page. Marks are drawn in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Page {
    pub(crate) marks: Vec<Placed>,
}

/// A mark, and what it is part of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Placed {
    pub(crate) mark: Mark,
    pub(crate) role: Role,
}

/// What a mark is to a reader who listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Part of what the document says.
    Of(NodeId),
    /// Lines, panels, repeated heads: for the eye alone.
    Decoration,
    /// The foot of a page.
    Foot,
}

/// One thing on a page. Lengths are points; y grows downwards from the top edge.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mark {
    /// One line of text, `y` being its baseline.
    Text { x: f64, y: f64, font: Font, colour: Colour, text: String },
    /// A filled rectangle, `x` and `y` being its upper left corner.
    Fill { x: f64, y: f64, width: f64, height: f64, colour: Colour },
    /// A picture that fills a rectangle.
    Image { x: f64, y: f64, width: f64, height: f64, image: Arc<Image> },
}

/// A picture as pixels, row by row, three bytes each: red, green, blue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) rgb: Vec<u8>,
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
