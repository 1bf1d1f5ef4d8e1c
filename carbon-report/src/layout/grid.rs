//! Tables of words: every cell wraps in its column.

use super::{
    flow::{Flow, HAIRLINE, INK, MARGIN, MEASURE, SMALL, SMALL_STRONG, leading},
    lines::{keeps_words_whole, wrap},
};
use crate::pdf::{page::Font, structure::Tag};

/// Rows of words under a head.
pub(super) struct Grid<'a, const N: usize> {
    pub(super) head: [&'a str; N],
    /// Share of the measure of each column; together 1.
    pub(super) shares: [f64; N],
    /// Columns of figures, which are set flush right.
    pub(super) figures: &'static [usize],
    pub(super) rows: Vec<[String; N]>,
}

const PAD: f64 = 1.4;
const GAP: f64 = 10.0;

impl<const N: usize> Grid<'_, N> {
    pub(super) fn draw(&self, flow: &mut Flow) {
        self.draw_above(flow, 0.0);
    }

    /// The same with a note under it.
    pub(super) fn draw_with_note(&self, flow: &mut Flow, note: &str) {
        self.draw_above(flow, flow.note_kept(note));
        flow.note(note);
    }

    /// The same with so much that stays with the last row.
    fn draw_above(&self, flow: &mut Flow, following: f64) {
        let small = flow.sized(SMALL);
        let first = self.rows.first().map_or(0.0, |row| self.height(row, small));
        flow.tagged(Tag::Table, |flow| {
            flow.room(self.head_height(flow) + first);
            flow.tagged(Tag::TableHead, |flow| self.draw_head(flow));
            flow.tagged(Tag::TableBody, |flow| {
                for (place, row) in self.rows.iter().enumerate() {
                    // The last two stay together.
                    let next = self.rows.get(place + 1).filter(|_| place + 2 == self.rows.len());
                    let next = next.map_or(0.0, |next| self.height(next, small));
                    let kept = if place + 2 < self.rows.len() { 0.0 } else { next + following };
                    if flow.room(self.height(row, small) + kept) {
                        flow.decoration(|flow| self.draw_head(flow));
                    }
                    self.draw_row(flow, row, small, [Tag::RowHeader, Tag::Cell]);
                    flow.rule(flow.y, 0.5, HAIRLINE);
                }
            });
        });
    }

    /// What a heading above must keep with it.
    pub(super) fn keep_height(&self, flow: &Flow) -> f64 {
        let small = flow.sized(SMALL);
        self.head_height(flow) + self.rows.iter().take(2).map(|row| self.height(row, small)).sum::<f64>()
    }

    fn head_height(&self, flow: &Flow) -> f64 {
        self.height(&self.head.map(str::to_owned), flow.sized(SMALL_STRONG))
    }

    fn width(&self, column: usize) -> f64 {
        MEASURE * self.shares[column] - if column + 1 < N { GAP } else { 0.0 }
    }

    fn left(&self, column: usize) -> f64 {
        MARGIN + self.shares[..column].iter().sum::<f64>() * MEASURE
    }

    fn height(&self, row: &[String; N], font: Font) -> f64 {
        let lines =
            (0..N).map(|column| wrap(&row[column], font, self.width(column)).len()).max().unwrap_or(1);
        leading(font) * f64::from(u32::try_from(lines).unwrap_or(u32::MAX)) + 2.0 * PAD
    }

    fn draw_head(&self, flow: &mut Flow) {
        let strong = flow.sized(SMALL_STRONG);
        for (column, words) in self.head.iter().enumerate() {
            debug_assert!(
                keeps_words_whole(words, strong, self.width(column)),
                "{words:?} is broken inside a word"
            );
        }
        let head = self.head.map(str::to_owned);
        self.draw_row(flow, &head, strong, [Tag::ColumnHeader, Tag::ColumnHeader]);
        flow.rule(flow.y, 0.8, INK);
    }

    /// The first cell is tagged with the first of `tags`, the others with the second.
    fn draw_row(&self, flow: &mut Flow, row: &[String; N], font: Font, [first, others]: [Tag; 2]) {
        flow.tagged(Tag::Row, |flow| {
            for (column, words) in row.iter().enumerate() {
                let tag = if column == 0 { first.clone() } else { others.clone() };
                flow.tagged(tag, |flow| self.draw_cell(flow, column, words, font));
            }
        });
        flow.gap(self.height(row, font));
    }

    fn draw_cell(&self, flow: &mut Flow, column: usize, words: &str, font: Font) {
        let baseline = flow.y + PAD + f64::from(font.size);
        let (left, lines) = (self.left(column), wrap(words, font, self.width(column)));
        if self.figures.contains(&column) {
            flow.lines_right(left + self.width(column), baseline, font, INK, &lines);
        } else {
            flow.lines(left, baseline, font, INK, &lines);
        }
    }
}
