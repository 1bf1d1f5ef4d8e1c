//! Tables that break between rows and repeat their head on every page.

use super::{
    flow::{Flow, HAIRLINE, INK, MARGIN, MEASURE, MUTED, SMALL, SMALL_STRONG, leading},
    lines::{shorten, wrap},
};
use crate::pdf::{page::Font, structure::Tag};

/// Rows under a head. The first column is text and takes what the others leave; those are set flush right,
/// but for a second column of words where `words` says so. Their cells may hold several lines.
pub(super) struct Table {
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    pub(super) total: Option<Vec<String>>,
    pub(super) words: TextColumns,
}

/// Which columns hold words rather than figures.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TextColumns {
    First,
    FirstAndSecond,
}

const PAD: f64 = 1.4;
const COLUMN_GAP: f64 = 12.0;
const COLUMN_GAP_MIN: f64 = 3.0;
const FIRST_COLUMN_MIN: f64 = 64.0;
/// Narrower ones would break their heads into too many lines.
const COLUMN_MIN: f64 = 32.0;
/// A first cell takes at most so many lines; a name that needs more is shortened there.
const LINES_MAX: usize = 4;

impl Table {
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
        let [small, strong] = [SMALL, SMALL_STRONG].map(|font| flow.sized(font));
        let edges = self.right_edges(small);
        flow.tagged(Tag::Table, |flow| {
            flow.room(self.head_height(&edges, small) + height(1, small));
            flow.tagged(Tag::TableHead, |flow| flow.tagged(Tag::Row, |flow| self.draw_head(flow, &edges)));
            flow.tagged(Tag::TableBody, |flow| {
                for (place, row) in self.rows.iter().enumerate() {
                    // The last two stay together, and a total with the row before it.
                    let kept = match self.rows.len() - place + usize::from(self.total.is_some()) {
                        1 => following,
                        2 => height(1, small) + following,
                        _ => 0.0,
                    };
                    self.draw_row(flow, &edges, row, small, kept);
                    flow.rule(flow.y, 0.5, HAIRLINE);
                }
                if let Some(total) = &self.total {
                    self.draw_row(flow, &edges, total, strong, following);
                }
            });
        });
    }

    /// What a heading above must keep with it: a small table whole, a large one's head and first rows.
    pub(super) fn keep_height(&self, flow: &Flow) -> f64 {
        let small = flow.sized(SMALL);
        const ROWS_KEPT: usize = 6;
        let rows = self.rows.len() + usize::from(self.total.is_some());
        let kept = if rows <= ROWS_KEPT { rows } else { 2 };
        let tallest = self.rows.iter().flatten().map(|cell| cell.lines().count()).max().unwrap_or(1);
        let rows_height = height(tallest, small) * f64::from(u32::try_from(kept).unwrap_or(u32::MAX));
        self.head_height(&self.right_edges(small), small) + rows_height
    }

    /// Right edge of each column. Columns but the first are as wide as their widest cell.
    fn right_edges(&self, small: Font) -> Vec<f64> {
        let strong = Font { size: small.size, ..SMALL_STRONG };
        let widest = |column: usize| {
            let head_words = self.head[column].split(' ').map(|word| strong.width(word));
            let cells = self.rows.iter().flat_map(|row| row[column].lines()).map(|line| small.width(line));
            let total = self.total.iter().map(|row| strong.width(&row[column]));
            head_words.chain(cells).chain(total).fold(COLUMN_MIN, f64::max)
        };
        let figures: Vec<f64> = (1..self.head.len()).map(widest).collect();
        // Figures are never cut, so where they are very long the space between them gives way.
        let gap = if Self::first_width(&figures, COLUMN_GAP) < FIRST_COLUMN_MIN {
            COLUMN_GAP_MIN
        } else {
            COLUMN_GAP
        };
        let first = Self::first_width(&figures, gap).max(FIRST_COLUMN_MIN);
        let widths = std::iter::once(first).chain(figures.into_iter().map(|width| width + gap));
        widths
            .scan(MARGIN, |edge, width| {
                *edge += width;
                Some(*edge)
            })
            .collect()
    }

    /// What figures of these widths leave to the first column.
    fn first_width(figures: &[f64], gap: f64) -> f64 {
        figures.iter().fold(MEASURE, |left, width| left - width - gap)
    }

    fn is_words(&self, column: usize) -> bool {
        column == 0 || (column == 1 && self.words == TextColumns::FirstAndSecond)
    }

    /// Where a column's text begins (words) and ends (figures), and how wide it may be.
    fn place(edges: &[f64], column: usize) -> (f64, f64) {
        let left = if column == 0 { MARGIN } else { edges[column - 1] + COLUMN_GAP_MIN };
        (left, edges[column])
    }

    fn head_lines(&self, edges: &[f64], column: usize, strong: Font) -> Vec<String> {
        let (left, right) = Self::place(edges, column);
        wrap(&self.head[column], strong, right - left + 0.1)
    }

    fn head_height(&self, edges: &[f64], small: Font) -> f64 {
        let strong = Font { size: small.size, ..SMALL_STRONG };
        let lines = (0..self.head.len()).map(|column| self.head_lines(edges, column, strong).len());
        height(lines.max().unwrap_or(1), small)
    }

    fn draw_head(&self, flow: &mut Flow, edges: &[f64]) {
        let [small, strong] = [SMALL, SMALL_STRONG].map(|font| flow.sized(font));
        let head_height = self.head_height(edges, small);
        for column in 0..self.head.len() {
            let lines = self.head_lines(edges, column, strong);
            // Heads stand on the rule, however many lines each has.
            let y = flow.y + head_height - height(lines.len(), small);
            flow.tagged(Tag::ColumnHeader, |flow| {
                self.draw_lines(flow, edges, column, y, strong, &lines);
            });
        }
        flow.gap(head_height);
        flow.rule(flow.y, 0.8, INK);
    }

    /// A row, which stays with so much of what follows.
    fn draw_row(&self, flow: &mut Flow, edges: &[f64], row: &[String], font: Font, following: f64) {
        let (left, right) = Self::place(edges, 0);
        let mut name = wrap(&row[0], font, right - left);
        if name.len() > LINES_MAX {
            let rest = name.split_off(LINES_MAX - 1).concat();
            name.push(shorten(&rest, font, right - left));
        }
        let lines = row.iter().skip(1).map(|cell| cell.lines().count()).fold(name.len(), usize::max);
        if flow.room(height(lines, font) + following) {
            flow.decoration(|flow| self.draw_head(flow, edges));
        }
        let y = flow.y;
        flow.tagged(Tag::Row, |flow| {
            flow.tagged(Tag::RowHeader, |flow| {
                self.draw_lines(flow, edges, 0, y, font, &name);
            });
            for (column, cell) in row.iter().enumerate().skip(1) {
                // Each line is a text of its own.
                let lines: Vec<String> = cell.lines().map(|line| format!("{line} ")).collect();
                flow.tagged(Tag::Cell, |flow| self.draw_lines(flow, edges, column, y, font, &lines));
            }
        });
        flow.gap(height(lines, font));
    }

    fn draw_lines(
        &self,
        flow: &mut Flow,
        edges: &[f64],
        column: usize,
        y: f64,
        font: Font,
        lines: &[String],
    ) {
        let (left, right) = Self::place(edges, column);
        let baseline = y + PAD + f64::from(font.size);
        let colour = if column > 0 && self.is_words(column) && font.face == SMALL.face { MUTED } else { INK };
        if self.is_words(column) {
            flow.lines(left, baseline, font, colour, lines);
        } else {
            flow.lines_right(right, baseline, font, colour, lines);
        }
    }
}

fn height(lines: usize, font: Font) -> f64 {
    f64::from(u32::try_from(lines).unwrap_or(u32::MAX)) * leading(font) + 2.0 * PAD
}
