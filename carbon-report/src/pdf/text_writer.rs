//! The operators that show a text.

use super::{
    font::{Face, Run},
    fonts::Fonts,
    rewrite::UsedFonts,
    shape::{Cluster, FaceId, Glyph},
    xmp::text as text_string,
};
use lopdf::{Object, StringFormat, content::Operation, dictionary};

const THOUSAND: f64 = 1_000.0;

/// A text object being written.
pub(super) struct TextWriter<'a> {
    pub(super) operations: Vec<Operation>,
    pub(super) fonts: &'a UsedFonts,
    /// Of the letters, in points.
    pub(super) size: u8,
    /// The face that is set.
    pub(super) set: Option<FaceId>,
}

/// Glyphs being placed; lengths are thousandths of an em.
#[derive(Default)]
struct Row {
    /// Strings, and moves between them.
    parts: Vec<Object>,
    /// Where the pen is.
    pen: f64,
    /// How far above the line it is.
    up: f64,
}

impl TextWriter<'_> {
    pub(super) fn set(&mut self, face: FaceId) {
        if self.set.replace(face) != Some(face) {
            let operands = vec![self.fonts.resource(face).into(), f32::from(self.size).into()];
            self.operations.push(Operation::new("Tf", operands));
        }
    }

    /// Characters one behind the other.
    pub(super) fn plain(&mut self, face: Face, run: &Run<'_>) -> Option<()> {
        self.set(FaceId::Own(face));
        let remapper = &self.fonts.faces.get(&FaceId::Own(face))?.remapper;
        let mut bytes = Vec::new();
        for character in run.shown.chars() {
            bytes.extend(remapper.get(face.glyph(character)?)?.to_be_bytes());
        }
        let show = Operation::new("Tj", vec![codes(bytes)]);
        self.read_as(run.actual, |writer| writer.operations.push(show));
        Some(())
    }

    /// Clusters each in its place, and the pen behind the last one.
    ///
    /// What runs to the right and is not what its glyphs stand for is read as a whole. What runs to the left stands as it is
    /// seen, as readers expect of a page: they turn it around themselves, and would do so with words that are right already.
    pub(super) fn placed(&mut self, clusters: &[Cluster], is_forwards: bool, width: f64) -> Option<()> {
        // Glyphs that stand over each other are taken apart by readers.
        let is_plain = |cluster: &Cluster| {
            let used = self.fonts.faces.get(&cluster.face)?;
            let [glyph] = &*cluster.glyphs else { return Some(false) };
            Some(used.characters.get(&glyph.id) == Some(&cluster.text))
        };
        let are_plain: Vec<bool> = clusters.iter().map(is_plain).collect::<Option<_>>()?;
        let text = || clusters.iter().map(|cluster| cluster.text.as_str()).collect::<String>();
        let whole = (is_forwards && are_plain.contains(&false)).then(text);
        self.read_as(whole.as_deref(), |writer| {
            let mut row = Row::default();
            for (cluster, is_plain) in clusters.iter().zip(are_plain) {
                if writer.set != Some(cluster.face) {
                    writer.show(&mut row);
                    writer.set(cluster.face);
                }
                if is_forwards || is_plain {
                    writer.glyphs(&mut row, cluster)?;
                    continue;
                }
                writer.show(&mut row);
                writer.read_as(Some(&cluster.text), |writer| {
                    writer.glyphs(&mut row, cluster)?;
                    writer.show(&mut row);
                    Some(())
                })?;
            }
            row.move_to(width * THOUSAND);
            writer.show(&mut row);
            writer.rise(&mut row, 0.0);
            Some(())
        })
    }

    fn glyphs(&mut self, row: &mut Row, cluster: &Cluster) -> Option<()> {
        let used = self.fonts.faces.get(&cluster.face)?;
        for Glyph { id, right, up, .. } in &cluster.glyphs {
            self.rise(row, up * THOUSAND);
            row.move_to(right * THOUSAND);
            row.push(used.remapper.get(*id)?);
            row.pen += match cluster.face {
                FaceId::Own(face) => face.width(*id),
                FaceId::Foreign(number) => Fonts::ask(|fonts| fonts.face(number).width(*id)),
            };
        }
        Some(())
    }

    /// Writes what has been placed.
    fn show(&mut self, row: &mut Row) {
        if !row.parts.is_empty() {
            self.operations.push(Operation::new("TJ", vec![std::mem::take(&mut row.parts).into()]));
        }
    }

    fn rise(&mut self, row: &mut Row, up: f64) {
        if (up - row.up).abs() > f64::EPSILON {
            self.show(row);
            row.up = up;
            let points = up / THOUSAND * f64::from(self.size);
            #[expect(clippy::cast_possible_truncation, reason = "a few points")]
            let points = ((points * 100.0).round() / 100.0) as f32;
            self.operations.push(Operation::new("Ts", vec![Object::Real(points)]));
        }
    }

    /// Who listens, searches or copies gets these characters for what `write` shows.
    fn read_as<T>(&mut self, actual: Option<&str>, write: impl FnOnce(&mut Self) -> T) -> T {
        let Some(actual) = actual else { return write(self) };
        let properties = dictionary! { "ActualText" => text_string(actual) };
        self.operations.push(Operation::new("BDC", vec!["Span".into(), properties.into()]));
        let written = write(self);
        self.operations.push(Operation::new("EMC", vec![]));
        written
    }
}

impl Row {
    fn push(&mut self, code: u16) {
        match self.parts.last_mut() {
            Some(Object::String(codes, _)) => codes.extend(code.to_be_bytes()),
            _ => self.parts.push(codes(code.to_be_bytes().to_vec())),
        }
    }

    fn move_to(&mut self, place: f64) {
        let by = (self.pen - place).round();
        if by != 0.0 {
            #[expect(clippy::cast_possible_truncation, reason = "a line is short")]
            self.parts.push(Object::Integer(by as i64));
            self.pen -= by;
        }
    }
}

/// A string of codes, as bytes: shorter than their digits.
fn codes(bytes: Vec<u8>) -> Object {
    Object::String(bytes, StringFormat::Literal)
}
