//! Charts: bars over days or months, and bars of models with their ranges. Each has its words for who cannot see it.

use super::{
    flow::{Flow, HAIRLINE, INK, MARGIN, MEASURE, MUTED, SMALL},
    lines::shorten,
};
use crate::{language::Language, pdf::structure::Tag};
use rust_decimal::{Decimal, prelude::ToPrimitive};

/// Upright bars over days or months.
pub(super) struct Columns {
    /// What is shown, and in which unit.
    pub(super) caption: String,
    /// What a picture of it would tell, in a sentence.
    pub(super) alt: String,
    /// One for each bar; an empty one is left out below it.
    pub(super) labels: Vec<String>,
    pub(super) values: Vec<Decimal>,
    /// Marks over the bars on a scale of their own, at the right; none for no scale. Where nothing is known there is no mark.
    pub(super) marks: Vec<Option<Decimal>>,
    pub(super) language: Language,
}

const PLOT_HEIGHT: f64 = 96.0;
const AXIS_WIDTH: f64 = 46.0;
const CAPTION_HEIGHT: f64 = 18.0;
const LABELS_HEIGHT: f64 = 18.0;

impl Columns {
    /// Height of the whole chart.
    pub(super) const HEIGHT: f64 = CAPTION_HEIGHT + PLOT_HEIGHT + LABELS_HEIGHT;

    pub(super) fn draw(&self, flow: &mut Flow) {
        flow.room(Self::HEIGHT);
        flow.tagged(Tag::Figure { alt: self.alt.clone() }, |flow| self.draw_figure(flow));
        flow.gap(Self::HEIGHT);
    }

    fn draw_figure(&self, flow: &mut Flow) {
        let size = f64::from(SMALL.size);
        flow.text(MARGIN, flow.y + size, SMALL, MUTED, &self.caption);
        let floor = flow.y + CAPTION_HEIGHT + PLOT_HEIGHT;
        let second_axis = if self.marks.is_empty() { 0.0 } else { AXIS_WIDTH };
        let (left, width) = (MARGIN + AXIS_WIDTH, MEASURE - AXIS_WIDTH - second_axis);

        let step = step(self.values.iter().max().copied().unwrap_or_default());
        let top = step * Decimal::from(STEPS);
        for line in 0..=STEPS {
            let value = step * Decimal::from(line);
            let y = floor - PLOT_HEIGHT * share(value, top);
            let (weight, colour) = if line == 0 { (0.8, INK) } else { (0.5, HAIRLINE) };
            flow.fill(left, y, width, weight, colour);
            let label = self.language.number(value.normalize());
            flow.text_right(left - 6.0, y + size * 0.36, SMALL, MUTED, &label);
        }

        let bars = u32::try_from(self.values.len()).unwrap_or(1).max(1);
        let slot = width / f64::from(bars);
        let bar = (slot * 0.68).min(36.0);
        for (place, (&value, label)) in (0u32..).zip(self.values.iter().zip(&self.labels)) {
            let middle = left + slot * (f64::from(place) + 0.5);
            if !value.is_zero() {
                // A day with little activity still shows.
                let height = (PLOT_HEIGHT * share(value, top)).max(0.6);
                flow.fill(middle - bar / 2.0, floor - height, bar, height, flow.accent);
            }
            flow.text(middle - SMALL.width(label) / 2.0, floor + size + 4.0, SMALL, MUTED, label);
        }
        self.draw_marks(flow, floor, left, slot);
    }

    fn draw_marks(&self, flow: &mut Flow, floor: f64, left: f64, slot: f64) {
        let Some(highest) = self.marks.iter().flatten().max() else { return };
        let step = step(*highest);
        let top = step * Decimal::from(STEPS);
        let height = |value| PLOT_HEIGHT * share(value, top);
        for line in 0..=STEPS {
            let value = step * Decimal::from(line);
            let baseline = floor - height(value) + f64::from(SMALL.size) * 0.36;
            let label = self.language.number(value.normalize());
            flow.text_right(MARGIN + MEASURE, baseline, SMALL, MUTED, &label);
        }
        for (place, mark) in (0u32..).zip(&self.marks) {
            let Some(value) = *mark else { continue };
            let start = left + slot * f64::from(place);
            flow.fill(start + slot * 0.08, floor - height(value) - 0.8, slot * 0.84, 1.6, INK);
        }
    }
}

/// A bar for each of some models, with a line from its lower to its upper bound.
pub(super) struct Bars {
    /// What is shown, and in which unit.
    pub(super) caption: String,
    /// What a picture of it would tell, in a sentence.
    pub(super) alt: String,
    pub(super) bars: Vec<Bar>,
}

/// One of them.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) low: Decimal,
    pub(super) central: Decimal,
    pub(super) high: Decimal,
    /// The central value in words.
    pub(super) figure: String,
}

const NAME_WIDTH: f64 = 138.0;
const FIGURE_WIDTH: f64 = 66.0;
const BAR_SLOT: f64 = 17.0;
const BAR_HEIGHT: f64 = 9.0;

impl Bars {
    /// Height of the whole chart.
    pub(super) fn height(&self) -> f64 {
        CAPTION_HEIGHT + BAR_SLOT * f64::from(u32::try_from(self.bars.len()).unwrap_or(u32::MAX)) + 6.0
    }

    pub(super) fn draw(&self, flow: &mut Flow) {
        flow.room(self.height());
        flow.tagged(Tag::Figure { alt: self.alt.clone() }, |flow| self.draw_figure(flow));
        flow.gap(self.height());
    }

    fn draw_figure(&self, flow: &mut Flow) {
        let size = f64::from(SMALL.size);
        flow.text(MARGIN, flow.y + size, SMALL, MUTED, &self.caption);
        let (left, width) = (MARGIN + NAME_WIDTH, MEASURE - NAME_WIDTH - FIGURE_WIDTH);
        // The largest bar takes at least a third, so that a wide range does not make the bars vanish.
        let central = self.bars.iter().map(|bar| bar.central).max().unwrap_or_default();
        let high = self.bars.iter().map(|bar| bar.high).max().unwrap_or_default();
        let scale = high.min(central * Decimal::from(3));
        let length = |value: Decimal| width * share(value.min(scale), scale);
        for (place, bar) in (0u32..).zip(&self.bars) {
            let y = flow.y + CAPTION_HEIGHT + BAR_SLOT * f64::from(place);
            let baseline = y + BAR_HEIGHT / 2.0 + size * 0.36;
            flow.text(MARGIN, baseline, SMALL, INK, &shorten(&bar.label, SMALL, NAME_WIDTH - 10.0));
            flow.fill(left, y, length(bar.central).max(0.6), BAR_HEIGHT, flow.accent);
            let middle = y + BAR_HEIGHT / 2.0;
            let (from, to) = (length(bar.low), length(bar.high));
            flow.fill(left + from, middle - 0.4, (to - from).max(0.1), 0.8, INK);
            for (end, inside) in [(from, true), (to, bar.high <= scale)] {
                // A bound beyond the edge has no end mark.
                if inside {
                    flow.fill(left + end - 0.4, middle - 2.6, 0.8, 5.2, INK);
                }
            }
            flow.text_right(MARGIN + MEASURE, baseline, SMALL, INK, &bar.figure);
        }
    }
}

/// Grid lines above the base.
const STEPS: u32 = 4;

/// Distance of the grid lines: 1, 2, 2.5 or 5 times a power of ten, the smallest that leaves no bar outside.
fn step(max: Decimal) -> Decimal {
    if max.is_zero() {
        return Decimal::ONE;
    }
    let wanted = max / Decimal::from(STEPS);
    let mut power = Decimal::ONE;
    while power > wanted {
        power /= Decimal::TEN;
    }
    while power * Decimal::TEN <= wanted {
        power *= Decimal::TEN;
    }
    [Decimal::ONE, Decimal::TWO, Decimal::new(25, 1), Decimal::from(5), Decimal::TEN]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= wanted)
        .unwrap_or(wanted)
}

/// `part` of `whole` as a length: the one place where a figure becomes a float, for the eye alone.
fn share(part: Decimal, whole: Decimal) -> f64 {
    part.checked_div(whole).and_then(|ratio| ratio.to_f64()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        layout::flow::ACCENT,
        pdf::page::{Mark, Placed},
    };

    /// Left edge, width and height of what is filled in the accent: the bars.
    fn bars(flow: Flow) -> Vec<[f64; 3]> {
        let marks = flow.finish().pages.remove(0).marks;
        let bars = marks.into_iter().filter_map(|Placed { mark, .. }| match mark {
            Mark::Fill { x, width, height, colour: ACCENT, .. } => Some([x, width, height]),
            Mark::Fill { .. } | Mark::Text { .. } | Mark::Image { .. } => None,
        });
        bars.collect()
    }

    #[track_caller]
    fn near(found: f64, expect: f64) {
        assert!((found - expect).abs() < 1e-9, "{found}, not {expect}");
    }

    #[test]
    fn a_bar_is_as_long_as_its_figure_is_large() {
        let bar = |central: u32, high: u32| Bar {
            label: String::new(),
            low: Decimal::ONE,
            central: central.into(),
            high: high.into(),
            figure: String::new(),
        };
        let room = MEASURE - NAME_WIDTH - FIGURE_WIDTH;
        // The highest bound takes all of the width, but no more than three times the largest bar.
        for (high, scale) in [(25, 25.0), (60, 60.0), (100, 60.0)] {
            let mut flow = Flow::new(ACCENT);
            let chart =
                Bars { caption: String::new(), alt: String::new(), bars: vec![bar(20, high), bar(5, 6)] };
            chart.draw(&mut flow);
            for ([left, width, height], central) in bars(flow).into_iter().zip([20.0, 5.0]) {
                near(left, MARGIN + NAME_WIDTH);
                near(width, room * central / scale);
                near(height, BAR_HEIGHT);
            }
        }
    }

    #[test]
    fn a_column_is_as_high_as_its_figure_is_large() {
        let mut flow = Flow::new(ACCENT);
        let labels = vec![String::new(); 3];
        let values = [40u32, 10, 0].map(Decimal::from).to_vec();
        let language = Language::En;
        let marks = vec![Some(Decimal::from(3)), None, Some(Decimal::from(4))];
        let alt = String::new();
        Columns { caption: String::new(), alt, labels, values, marks, language }.draw(&mut flow);
        // What is nothing has no bar.
        let [first, second] = bars(flow)[..] else { panic!("two bars") };
        near(first[2], PLOT_HEIGHT);
        near(second[2], PLOT_HEIGHT / 4.0);
        near(second[0] - first[0], (MEASURE - 2.0 * AXIS_WIDTH) / 3.0);
    }

    #[test]
    fn grid_lines_are_round_and_reach_above_the_highest_bar() {
        for (max, expect) in [
            ("0", "1"),
            ("4", "1"),
            ("4.1", "2"),
            ("9", "2.5"),
            ("0.013", "0.005"),
            ("81", "25"),
            ("40000", "10000"),
        ] {
            assert_eq!(step(max.parse().unwrap()), expect.parse().unwrap(), "{max}");
        }
    }
}
