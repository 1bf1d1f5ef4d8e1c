//! A chart of ranges: for each of some models its central value, and a line from its lower to its upper bound.

use super::{
    chart::share,
    flow::{Flow, HAIRLINE, INK, MARGIN, MEASURE, MUTED, SMALL},
    lines::shorten,
};
use crate::{language::Language, pdf::structure::Tag};
use rust_decimal::{Decimal, prelude::ToPrimitive};

/// The chart.
pub(super) struct Ranges {
    /// What is shown, and in which unit.
    pub(super) caption: String,
    /// Behind the caption, where the scale is logarithmic.
    pub(super) logarithmic: &'static str,
    /// What a picture of it would tell, in a sentence.
    pub(super) alt: String,
    pub(super) rows: Vec<RangeRow>,
    pub(super) language: Language,
}

/// One model.
pub(super) struct RangeRow {
    pub(super) label: String,
    pub(super) central: Decimal,
    /// Lower and upper bound, where there is a range.
    pub(super) bounds: Option<[Decimal; 2]>,
    /// The central value in words.
    pub(super) figure: String,
}

const CAPTION_HEIGHT: f64 = 18.0;
const NAME_WIDTH: f64 = 138.0;
const FIGURE_WIDTH: f64 = 66.0;
const SLOT: f64 = 15.0;
const AXIS_HEIGHT: f64 = 18.0;
const DOT: f64 = 5.0;

impl Ranges {
    /// Height of the whole chart.
    pub(super) fn height(&self) -> f64 {
        CAPTION_HEIGHT + SLOT * f64::from(u32::try_from(self.rows.len()).unwrap_or(u32::MAX)) + AXIS_HEIGHT
    }

    pub(super) fn draw(&self, flow: &mut Flow) {
        flow.room(self.height());
        flow.tagged(Tag::Figure { alt: self.alt.clone() }, |flow| self.draw_figure(flow));
        flow.gap(self.height());
    }

    fn draw_figure(&self, flow: &mut Flow) {
        let size = f64::from(SMALL.size);
        let values =
            || self.rows.iter().flat_map(|row| row.bounds.into_iter().flatten().chain([row.central]));
        let axis = Axis::of(values());
        let caption = match axis {
            Axis::Linear { .. } => self.caption.clone(),
            Axis::Logarithmic { .. } => format!("{} {}", self.caption, self.logarithmic),
        };
        flow.text(MARGIN, flow.y + size, SMALL, MUTED, &caption);
        let (left, width) = (MARGIN + NAME_WIDTH, MEASURE - NAME_WIDTH - FIGURE_WIDTH - DOT);
        let place = |value: Decimal| left + width * axis.place(value).clamp(0.0, 1.0);
        let top = flow.y + CAPTION_HEIGHT;
        let floor = flow.y + self.height() - AXIS_HEIGHT;
        for tick in axis.ticks() {
            flow.fill(place(tick), top, 0.5, floor - top, HAIRLINE);
            let label = self.language.number(tick.normalize());
            flow.text(place(tick) - SMALL.width(&label) / 2.0, floor + size + 3.0, SMALL, MUTED, &label);
        }
        flow.fill(left, floor, width, 0.8, INK);
        for (number, row) in (0u32..).zip(&self.rows) {
            let middle = top + SLOT * (f64::from(number) + 0.5);
            let baseline = middle + size * 0.36;
            flow.text(MARGIN, baseline, SMALL, INK, &shorten(&row.label, SMALL, NAME_WIDTH - 10.0));
            if let Some([low, high]) = row.bounds {
                let (from, to) = (place(low), place(high));
                flow.fill(from, middle - 0.5, (to - from).max(0.1), 1.0, INK);
                for (bound, end) in [(low, from), (high, to)] {
                    if axis.holds(bound) {
                        flow.fill(end - 0.4, middle - 2.8, 0.8, 5.6, INK);
                    }
                }
            }
            // A line that begins below the axis has no end there, but this mark.
            if !axis.holds(row.bounds.map_or(row.central, |[low, _]| low)) {
                flow.text(left - SMALL.width("‹") - 1.0, baseline, SMALL, INK, "‹");
            }
            if axis.holds(row.central) {
                flow.fill(place(row.central) - DOT / 2.0, middle - DOT / 2.0, DOT, DOT, flow.accent);
            }
            flow.text_right(MARGIN + MEASURE, baseline, SMALL, INK, &row.figure);
        }
    }
}

/// How values become places.
#[derive(Debug, PartialEq)]
enum Axis {
    /// From zero in steps.
    Linear { step: Decimal, steps: u32 },
    /// Powers of ten: the first, and how many decades follow.
    Logarithmic { first: i32, decades: u32 },
}

impl Axis {
    /// Values further apart are shown by their powers of ten.
    const LINEAR_MAX: u32 = 20;
    /// Lower ones are marked at the edge.
    const DECADES_MAX: i32 = 6;

    fn of(values: impl Iterator<Item = Decimal> + Clone) -> Self {
        let highest = values.clone().max().unwrap_or_default();
        let lowest = values.filter(|value| *value > Decimal::ZERO).min().unwrap_or(highest);
        if highest <= lowest * Decimal::from(Self::LINEAR_MAX) {
            let super::chart::Scale { step, steps } = super::chart::Scale::to(highest);
            return Axis::Linear { step, steps };
        }
        let last = log10(highest).ceil().to_i32().unwrap_or_default();
        let first = log10(lowest).floor().to_i32().unwrap_or_default().max(last - Self::DECADES_MAX);
        Axis::Logarithmic { first, decades: last.abs_diff(first).max(1) }
    }

    /// Where a value lies, from 0 to 1.
    fn place(&self, value: Decimal) -> f64 {
        match self {
            Axis::Linear { step, steps } => share(value, *step * Decimal::from(*steps)),
            Axis::Logarithmic { .. } if value <= Decimal::ZERO => 0.0,
            Axis::Logarithmic { first, decades } => (log10(value) - f64::from(*first)) / f64::from(*decades),
        }
    }

    /// Whether a value is on the axis, and not before it.
    fn holds(&self, value: Decimal) -> bool {
        match self {
            Axis::Linear { .. } => true,
            Axis::Logarithmic { first, .. } => value >= power_of_ten(*first),
        }
    }

    fn ticks(&self) -> Vec<Decimal> {
        match self {
            Axis::Linear { step, steps } => (0..=*steps).map(|line| *step * Decimal::from(line)).collect(),
            Axis::Logarithmic { first, decades } => {
                (*first..=first + i32::try_from(*decades).unwrap_or_default()).map(power_of_ten).collect()
            }
        }
    }
}

fn power_of_ten(power: i32) -> Decimal {
    let size = power.unsigned_abs().min(27);
    let factor = (0..size).fold(Decimal::ONE, |factor, _| factor * Decimal::TEN);
    if power < 0 { Decimal::ONE / factor } else { factor }
}

/// The logarithm of a positive number, for the eye alone, by steps that give the same on every machine.
fn log10(value: Decimal) -> f64 {
    const ROOT_OF_TEN: f64 = 3.162_277_660_168_379_5;
    let mut power = 0;
    let mut rest = value;
    while rest >= Decimal::TEN {
        rest /= Decimal::TEN;
        power += 1;
    }
    while rest < Decimal::ONE && !rest.is_zero() {
        rest *= Decimal::TEN;
        power -= 1;
    }
    let mut rest = rest.to_f64().unwrap_or(1.0);
    let mut whole = f64::from(power);
    if rest > ROOT_OF_TEN {
        rest /= ROOT_OF_TEN;
        whole += 0.5;
    }
    // ln x = 2 artanh((x - 1) / (x + 1))
    let ratio = (rest - 1.0) / (rest + 1.0);
    let (mut term, mut sum) = (ratio, 0.0);
    for odd in (1..60u32).step_by(2) {
        sum += term / f64::from(odd);
        term *= ratio * ratio;
    }
    whole + 2.0 * sum / std::f64::consts::LN_10
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        layout::flow::ACCENT,
        pdf::page::{Colour, Mark, Placed},
    };

    fn decimals(texts: &[&str]) -> Vec<Decimal> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn logarithms_are_right() {
        for (value, expect) in [
            ("1", 0.0),
            ("10", 1.0),
            ("0.001", -3.0),
            ("3", 0.477_121_254_719_662_4),
            ("99.9", 1.999_565_488_225_982_3),
        ] {
            let found = log10(value.parse().unwrap());
            assert!((found - expect).abs() < 1e-12, "{value}: {found}");
        }
    }

    #[test]
    fn an_axis_holds_all_values_and_is_logarithmic_where_they_span_more_than_a_decade_or_so() {
        for (values, ticks) in [
            (vec!["1", "15"], vec!["0", "5", "10", "15"]),
            (vec!["0", "3"], vec!["0", "1", "2", "3"]),
            (vec!["0.02", "30"], vec!["0.01", "0.1", "1", "10", "100"]),
            (vec!["0.0000001", "70"], vec!["0.0001", "0.001", "0.01", "0.1", "1", "10", "100"]),
        ] {
            let values = decimals(&values);
            let axis = Axis::of(values.iter().copied());
            assert_eq!(axis.ticks(), decimals(&ticks), "{values:?}");
            for value in values {
                assert!(!axis.holds(value) || (0.0..=1.0).contains(&axis.place(value)), "{value}");
            }
        }
    }

    /// Left edge and width of what is filled in a colour at the given height.
    fn fills(flow: Flow, colour: Colour, tall: f64) -> Vec<[f64; 2]> {
        let marks = flow.finish().pages.remove(0).marks;
        let fills = marks.into_iter().filter_map(|Placed { mark, .. }| match mark {
            Mark::Fill { x, width, height, colour: found, .. }
                if found == colour && (height - tall).abs() < 1e-9 =>
            {
                Some([x, width])
            }
            Mark::Fill { .. } | Mark::Text { .. } | Mark::Image { .. } => None,
        });
        fills.collect()
    }

    #[test]
    fn every_range_ends_where_its_bounds_are_or_is_marked() {
        let row = |low: &str, central: &str, high: &str| RangeRow {
            label: String::new(),
            central: central.parse().unwrap(),
            bounds: Some([low.parse().unwrap(), high.parse().unwrap()]),
            figure: String::new(),
        };
        let chart = Ranges {
            caption: String::new(),
            logarithmic: "",
            alt: String::new(),
            rows: vec![row("0.01", "1", "100"), row("0.1", "10", "100")],
            language: Language::En,
        };
        let draw = || {
            let mut flow = Flow::new(ACCENT);
            chart.draw(&mut flow);
            flow
        };
        let (left, width) = (MARGIN + NAME_WIDTH, MEASURE - NAME_WIDTH - FIGURE_WIDTH - DOT);
        let near = |found: &[[f64; 2]], expect: &[[f64; 2]]| {
            assert_eq!(found.len(), expect.len());
            let both = found.iter().flatten().zip(expect.iter().flatten());
            assert!(both.into_iter().all(|(found, expect)| (found - expect).abs() < 1e-9), "{found:?}");
        };
        near(&fills(draw(), INK, 1.0), &[[left, width], [left + width / 4.0, width * 0.75]]);
        near(&fills(draw(), ACCENT, DOT), &[0.5, 0.75].map(|place| [left + width * place - DOT / 2.0, DOT]));
        // Each has both ends.
        assert_eq!(fills(draw(), INK, 5.6).len(), 4);
    }
}
