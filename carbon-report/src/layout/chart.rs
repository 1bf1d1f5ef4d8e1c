//! Charts of bars over days or months. Each has its words for who cannot see it.

use super::flow::{Flow, HAIRLINE, INK, MARGIN, MEASURE, MUTED, SMALL};
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
    /// Unit of the marks.
    pub(super) marks_unit: &'static str,
    pub(super) language: Language,
}

const PLOT_HEIGHT: f64 = 72.0;
const AXIS_WIDTH: f64 = 46.0;
const CAPTION_HEIGHT: f64 = 17.0;
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

        let Scale { step, steps } = Scale::to(self.values.iter().max().copied().unwrap_or_default());
        let top = step * Decimal::from(steps);
        for line in 0..=steps {
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
        let Scale { step, steps } = Scale::to(*highest);
        let top = step * Decimal::from(steps);
        let height = |value| PLOT_HEIGHT * share(value, top);
        flow.text_right(MARGIN + MEASURE, flow.y + f64::from(SMALL.size), SMALL, MUTED, self.marks_unit);
        for line in 0..=steps {
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

/// Grid lines above the base: the distance between them, and how many reach above the highest bar.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scale {
    pub(super) step: Decimal,
    pub(super) steps: u32,
}

impl Scale {
    const STEPS_MAX: u32 = 4;

    /// Steps of 1, 2, 2.5 or 5 times a power of ten, the smallest of which no more than four are needed.
    pub(super) fn to(max: Decimal) -> Self {
        if max.is_zero() {
            return Scale { step: Decimal::ONE, steps: 1 };
        }
        let wanted = max / Decimal::from(Self::STEPS_MAX);
        let mut power = Decimal::ONE;
        while power > wanted {
            power /= Decimal::TEN;
        }
        while power * Decimal::TEN <= wanted {
            power *= Decimal::TEN;
        }
        let step = [Decimal::ONE, Decimal::TWO, Decimal::new(25, 1), Decimal::from(5), Decimal::TEN]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| *step >= wanted)
            .unwrap_or(wanted);
        let steps = (max / step).ceil().to_u32().unwrap_or(Self::STEPS_MAX);
        Scale { step, steps: steps.clamp(1, Self::STEPS_MAX) }
    }
}

/// `part` of `whole` as a length: the one place where a figure becomes a float, for the eye alone.
pub(super) fn share(part: Decimal, whole: Decimal) -> f64 {
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
    fn a_column_is_as_high_as_its_figure_is_large() {
        let mut flow = Flow::new(ACCENT);
        let labels = vec![String::new(); 3];
        let values = [40u32, 10, 0].map(Decimal::from).to_vec();
        let language = Language::En;
        let marks = vec![Some(Decimal::from(3)), None, Some(Decimal::from(4))];
        let alt = String::new();
        let marks_unit = "g/kWh";
        Columns { caption: String::new(), alt, labels, values, marks, marks_unit, language }.draw(&mut flow);
        // What is nothing has no bar.
        let [first, second] = bars(flow)[..] else { panic!("two bars") };
        near(first[2], PLOT_HEIGHT);
        near(second[2], PLOT_HEIGHT / 4.0);
        near(second[0] - first[0], (MEASURE - 2.0 * AXIS_WIDTH) / 3.0);
    }

    #[test]
    fn grid_lines_are_round_and_none_is_more_than_a_step_above_the_highest_bar() {
        for (max, step, steps) in [
            ("0", "1", 1),
            ("4", "1", 4),
            ("4.1", "2", 3),
            ("9", "2.5", 4),
            ("0.013", "0.005", 3),
            ("81", "25", 4),
            ("237", "100", 3),
            ("40000", "10000", 4),
        ] {
            let step = step.parse().unwrap();
            assert_eq!(Scale::to(max.parse().unwrap()), Scale { step, steps }, "{max}");
        }
    }
}
