//! A text as the page shows it: which face draws what, with which glyphs, from left to right.

use super::{
    font::{Face, Run, code_point, is_sign, runs},
    fonts::{Fonts, ForeignFace},
};
use harfrust::{Buffer, BufferFlags, Direction, ShapeOptions, ShaperFont, shape};
use std::ops::Range;
use unicode_bidi::{BidiClass, HardcodedBidiData, Level, ParagraphBidiInfo, bidi_class};
use unicode_segmentation::UnicodeSegmentation;

/// A face that a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum FaceId {
    Own(Face),
    /// By its number among the fonts at hand.
    Foreign(usize),
}

/// Neighbours on a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Span<'t> {
    /// Characters of the face that the text is set in, one behind the other.
    Plain(Run<'t>),
    /// Clusters each in its place, from left to right.
    Placed {
        clusters: Vec<Cluster>,
        /// Whether it runs to the right, so that its clusters stand in the order in which they are read.
        is_forwards: bool,
        /// In ems.
        width: f64,
    },
}

/// Characters that are drawn together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cluster {
    pub(crate) face: FaceId,
    /// Where its characters begin, in bytes of its span's text.
    start: usize,
    pub(crate) glyphs: Vec<Glyph>,
    /// What is to be read, found and copied: from left to right, as it stands.
    pub(crate) text: String,
    /// In ems.
    width: f64,
}

/// A glyph in its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Glyph {
    pub(crate) id: u16,
    /// From the left of its span, in ems.
    pub(crate) right: f64,
    /// Above the line, in ems.
    pub(crate) up: f64,
    /// The characters that it stands for.
    pub(crate) text: String,
}

/// `text` in spans from left to right.
pub(crate) fn spans(text: &str, face: Face) -> Vec<Span<'_>> {
    Fonts::ask(|fonts| {
        let setting = Setting { fonts, face };
        if fonts.is_empty() {
            return plain(text);
        }
        let mut spans = Vec::new();
        let mut rest = 0;
        for stretch in right_to_left(text) {
            spans.extend(setting.forwards(&text[rest..stretch.start]));
            rest = stretch.end;
            let stretch = &text[stretch];
            match setting.backwards(stretch) {
                Some(span) => spans.push(span),
                None => spans.extend(setting.forwards(stretch)),
            }
        }
        spans.extend(setting.forwards(&text[rest..]));
        spans
    })
}

/// `text` in the embedded faces alone.
fn plain(text: &str) -> Vec<Span<'_>> {
    runs(text).into_iter().map(Span::Plain).collect()
}

/// Whether the faces at hand have all characters of `text`.
pub(crate) fn is_shown(text: &str) -> bool {
    let is_own = |text: &str| text.chars().all(|character| Face::Regular.glyph(character).is_some());
    is_own(text)
        || Fonts::ask(|fonts| {
            let setting = Setting { fonts, face: Face::Regular };
            setting.stretches(text).iter().all(|(place, _)| *place != Place::Nowhere)
        })
}

/// Where a cluster of characters is found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Own,
    Foreign(usize),
    Nowhere,
}

/// Text of one face being set.
#[derive(Clone, Copy)]
struct Setting<'f> {
    fonts: &'f Fonts,
    face: Face,
}

impl Setting<'_> {
    /// Text that runs to the right.
    fn forwards(self, text: &str) -> Vec<Span<'_>> {
        let mut spans = Vec::new();
        let mut clusters: Vec<Cluster> = Vec::new();
        let mut stretches = self.stretches(text).into_iter().peekable();
        while let Some((place, range)) = stretches.next() {
            let next_is_foreign = matches!(stretches.peek(), Some((Place::Foreign(_), _)));
            let (start, text) = (range.start, &text[range]);
            // A space between two words of a script is read with them.
            let joins = !clusters.is_empty() && next_is_foreign && text.chars().all(|sign| sign == ' ');
            let found = match self.shaped(place, text, Direction::LeftToRight) {
                None if joins => Some(self.own(text, false)),
                found => found,
            };
            match found {
                Some(found) => clusters.extend(from(start, found)),
                None => {
                    spans.extend(placed(std::mem::take(&mut clusters), true));
                    spans.extend(plain(text));
                }
            }
        }
        spans.extend(placed(clusters, true));
        spans
    }

    /// Text that runs to the left, in which numbers run to the right; `None` where the foreign faces have none of it.
    fn backwards<'t>(self, text: &str) -> Option<Span<'t>> {
        let is_foreign = |(place, _): &(Place, _)| matches!(place, Place::Foreign(_));
        self.stretches(text).iter().any(is_foreign).then_some(())?;
        let bidi = ParagraphBidiInfo::new_with_data_source(&HardcodedBidiData, text, Some(Level::rtl()));
        let (levels, runs) = bidi.visual_runs(0..text.len());
        let mut clusters = Vec::new();
        for run in runs {
            let is_left = levels[run.start].is_rtl();
            let direction = if is_left { Direction::RightToLeft } else { Direction::LeftToRight };
            let piece = |(place, range): (Place, Range<usize>)| {
                let (start, text) = (run.start + range.start, &text[run.clone()][range]);
                let shaped = self.shaped(place, text, direction);
                from(start, shaped.unwrap_or_else(|| self.own(text, is_left))).collect()
            };
            let stretches = self.stretches(&text[run.clone()]);
            let mut pieces: Vec<Vec<Cluster>> = stretches.into_iter().map(piece).collect();
            if is_left {
                pieces.reverse();
            }
            clusters.extend(pieces.into_iter().flatten());
        }
        placed(clusters, false)
    }

    /// Clusters from left to right, each glyph's place being that from the left of its cluster.
    fn shaped(self, place: Place, text: &str, direction: Direction) -> Option<Vec<Cluster>> {
        match place {
            Place::Foreign(number) => shaped(self.fonts.face(number), number, text, direction),
            Place::Own | Place::Nowhere => None,
        }
    }

    /// The same of what the embedded face has within text that runs to the left, or shows by its code point.
    fn own(self, text: &str, is_left: bool) -> Vec<Cluster> {
        let cluster = |(start, character): (usize, char)| {
            let shown = match self.face.glyph(character) {
                Some(_) if is_left => mirrored(character).into(),
                Some(_) => character.into(),
                None => code_point(character),
            };
            let mut width = 0.0;
            let glyph = |shown: char| {
                let glyph = Glyph { id: self.face.glyph(shown)?, right: width, up: 0.0, text: shown.into() };
                width += self.face.advance_in_ems(glyph.id);
                Some(glyph)
            };
            let glyphs = shown.chars().filter_map(glyph).collect();
            Cluster { face: FaceId::Own(self.face), start, glyphs, text: character.into(), width }
        };
        let clusters = text.char_indices().map(cluster);
        if is_left { clusters.rev().collect() } else { clusters.collect() }
    }

    /// `text` in stretches, each as one face has it.
    fn stretches(self, text: &str) -> Vec<(Place, Range<usize>)> {
        let mut stretches: Vec<(Place, Range<usize>)> = Vec::new();
        for (start, cluster) in text.grapheme_indices(true) {
            let end = start + cluster.len();
            let last = stretches.last_mut();
            let place = self.place(cluster, last.as_ref().map(|(place, _)| *place));
            match last {
                Some((before, range)) if *before == place => range.end = end,
                _ => stretches.push((place, start..end)),
            }
        }
        stretches
    }

    fn place(self, cluster: &str, before: Option<Place>) -> Place {
        if cluster.chars().all(|character| self.face.glyph(character).is_some()) {
            return Place::Own;
        }
        // What cannot be seen, or would turn what is around it, is shown by its code point.
        let is_text = cluster.chars().all(is_sign) && !cluster.starts_with(is_invisible);
        let before = match before {
            Some(Place::Foreign(face)) => Some(face),
            Some(Place::Own | Place::Nowhere) | None => None,
        };
        let found = is_text.then(|| self.fonts.face_for(cluster, self.face, before)).flatten();
        found.map_or(Place::Nowhere, Place::Foreign)
    }
}

/// The parts of a text that run to the left, in a line that runs to the right: each from a letter of such a script to the
/// last one with no other letter between them. A text without any other letter is one name and runs to the left as a whole.
fn right_to_left(text: &str) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let (mut is_open, mut is_alone) = (false, true);
    for (start, character) in text.char_indices() {
        let class = if is_sign(character) { bidi_class(character) } else { BidiClass::L };
        match class {
            BidiClass::R | BidiClass::AL => {
                let end = start + character.len_utf8();
                match parts.last_mut() {
                    Some(part) if is_open => part.end = end,
                    _ => parts.push(start..end),
                }
                is_open = true;
            }
            // A mark belongs to the letter before it.
            BidiClass::NSM => {
                if let Some(part) = parts.last_mut().filter(|part| is_open && part.end == start) {
                    part.end = start + character.len_utf8();
                }
            }
            BidiClass::L => (is_open, is_alone) = (false, false),
            _ => {}
        }
    }
    for part in &mut parts {
        // A bracket that such a part opens is closed in it.
        while let Some(next) = text[part.end..].chars().next()
            && PAIRS
                .iter()
                .any(|&(open, close)| close == next && is_open_in(&text[part.clone()], open, close))
        {
            part.end += next.len_utf8();
        }
    }
    if is_alone && !parts.is_empty() {
        let start = text.len() - text.trim_start().len();
        parts = std::iter::once(start..text.trim_end().len()).collect();
    }
    parts
}

/// Clusters of a text that begins there.
fn from(start: usize, clusters: Vec<Cluster>) -> impl Iterator<Item = Cluster> {
    clusters.into_iter().map(move |cluster| Cluster { start: start + cluster.start, ..cluster })
}

/// Clusters from left to right as one span, where there are any.
fn placed<'t>(mut clusters: Vec<Cluster>, is_forwards: bool) -> Option<Span<'t>> {
    let mut width = 0.0;
    for cluster in &mut clusters {
        cluster.glyphs.iter_mut().for_each(|glyph| glyph.right += width);
        width += cluster.width;
    }
    (!clusters.is_empty()).then_some(Span::Placed { clusters, is_forwards, width })
}

const PAIRS: [(char, char); 6] = [('(', ')'), ('[', ']'), ('{', '}'), ('<', '>'), ('«', '»'), ('‹', '›')];

fn is_open_in(text: &str, open: char, close: char) -> bool {
    text.matches(open).count() > text.matches(close).count()
}

/// A bracket that opens to the left closes to the right.
fn mirrored(character: char) -> char {
    let other = PAIRS.iter().find_map(|&(left, right)| match character {
        _ if character == left => Some(right),
        _ if character == right => Some(left),
        _ => None,
    });
    other.unwrap_or(character)
}

/// Whether a text has parts that run to the left, in a foreign face.
pub(crate) fn runs_left(text: &str, face: Face) -> bool {
    let is_left = |span: &Span<'_>| matches!(span, Span::Placed { is_forwards: false, .. });
    !right_to_left(text).is_empty() && spans(text, face).iter().any(is_left)
}

/// Whether a character by itself shows nothing, such as a space of no width or a filler.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// The clusters of a text from left to right; `None` where a glyph is missing.
fn shaped(face: &ForeignFace, number: usize, text: &str, direction: Direction) -> Option<Vec<Cluster>> {
    let mut buffer = Buffer::new();
    buffer.push_str(text);
    buffer.set_direction(direction);
    buffer.guess_segment_properties();
    buffer.set_flags(BufferFlags::REMOVE_DEFAULT_IGNORABLES);
    shape(&ShaperFont::new(&face.font), &mut buffer, ShapeOptions::new()).ok()?;
    let infos = buffer.glyph_infos();
    // Where the characters of each cluster end.
    let mut starts: Vec<usize> = infos.iter().map(|info| info.cluster as usize).collect();
    starts.push(text.len());
    starts.sort_unstable();
    let ems = |units: i32| f64::from(units) / face.units_per_em();
    let mut clusters: Vec<Cluster> = Vec::new();
    for (info, position) in infos.iter().zip(buffer.glyph_positions()) {
        let start = info.cluster as usize;
        if clusters.last().is_none_or(|cluster| cluster.start != start) {
            let end = starts.iter().copied().find(|&end| end > start)?;
            let text = text.get(start..end)?;
            // Readers turn around what runs to the left, and a cluster with it.
            let is_left = direction == Direction::RightToLeft;
            let text = if is_left { text.chars().rev().collect() } else { text.to_owned() };
            let face = FaceId::Foreign(number);
            clusters.push(Cluster { face, start, glyphs: Vec::new(), text, width: 0.0 });
        }
        let cluster = clusters.last_mut()?;
        let id = u16::try_from(info.glyph_id).ok().filter(|&id| id != 0)?;
        let glyph = Glyph {
            id,
            right: cluster.width + ems(position.x_offset),
            up: ems(position.y_offset),
            text: stands_for(face, id, &cluster.text, cluster.glyphs.is_empty())?,
        };
        cluster.glyphs.push(glyph);
        cluster.width += ems(position.x_advance);
    }
    Some(clusters)
}

/// The characters that a glyph of a cluster stands for: its own one, or all of the cluster for its first glyph.
fn stands_for(face: &ForeignFace, id: u16, cluster: &str, is_first: bool) -> Option<String> {
    let charmap = face.font.charmap();
    let is_own = |&character: &char| charmap.map_unicode(character) == Some(u32::from(id).into());
    let own = cluster.chars().find(is_own).map(String::from);
    own.or_else(|| is_first.then(|| cluster.to_owned())).or_else(|| cluster.chars().last().map(String::from))
}

impl Span<'_> {
    /// How wide it is in a text of that face, in ems.
    pub(crate) fn width(&self, face: Face) -> f64 {
        match self {
            Span::Plain(run) => {
                let width = |character| face.glyph(character).map_or(0.0, |glyph| face.advance_in_ems(glyph));
                run.shown.chars().map(width).sum()
            }
            Span::Placed { width, .. } => *width,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_that_run_to_the_left_are_found() {
        for (text, expect) in [
            ("Client", &[][..]),
            ("שלום", &["שלום"]),
            ("  שלום 24 ", &["שלום 24"]),
            ("שלום · October 2026", &["שלום"]),
            ("a שלום עולם (24), b", &["שלום עולם"]),
            ("a שלום (עולם) b", &["שלום (עולם)"]),
            ("a (שלום) b", &["שלום"]),
            ("שלום a עולם", &["שלום", "עולם"]),
            // What turns text around has no say.
            ("שלום\u{202e} עולם", &["שלום", "עולם"]),
            ("עَ a", &["עَ"]),
        ] {
            let found: Vec<&str> = right_to_left(text).into_iter().map(|part| &text[part]).collect();
            assert_eq!(found, expect, "{text}");
        }
    }
}
