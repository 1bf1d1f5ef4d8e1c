//! A bar for each day of the month.

use super::flow::{ACCENT, Flow, HAIRLINE, INK, MARGIN, MEASURE, MUTED, SMALL};
use crate::{Language, figure};
use rust_decimal::{Decimal, prelude::ToPrimitive};

/// Bars over the days of a month, the first of which is day 1.
pub(super) struct Chart {
    /// What is shown, and in which unit.
    pub(super) caption: String,
    /// One value a day.
    pub(super) values: Vec<Decimal>,
    pub(super) language: Language,
}

const PLOT_HEIGHT: f64 = 110.0;
const AXIS_WIDTH: f64 = 46.0;
const CAPTION_HEIGHT: f64 = 18.0;
const DAYS_HEIGHT: f64 = 16.0;

/// Height of the whole chart.
pub(super) const HEIGHT: f64 = CAPTION_HEIGHT + PLOT_HEIGHT + DAYS_HEIGHT;

impl Chart {
    pub(super) fn draw(&self, flow: &mut Flow) {
        flow.room(HEIGHT);
        let size = f64::from(SMALL.size);
        flow.text(MARGIN, flow.y + size, SMALL, MUTED, &self.caption);
        let floor = flow.y + CAPTION_HEIGHT + PLOT_HEIGHT;
        let (left, width) = (MARGIN + AXIS_WIDTH, MEASURE - AXIS_WIDTH);

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

        let days = u32::try_from(self.values.len()).unwrap_or(1).max(1);
        let slot = width / f64::from(days);
        for (day, &value) in (1u32..).zip(&self.values) {
            let slot_left = left + slot * f64::from(day - 1);
            if !value.is_zero() {
                // A day with little activity still shows.
                let height = (PLOT_HEIGHT * share(value, top)).max(0.6);
                flow.fill(slot_left + slot * 0.16, floor - height, slot * 0.68, height, ACCENT);
            }
            if day == 1 || day % 5 == 0 {
                let label = day.to_string();
                let centred = slot_left + (slot - SMALL.width(&label)) / 2.0;
                flow.text(centred, floor + size + 4.0, SMALL, MUTED, &label);
            }
        }
        flow.gap(HEIGHT);
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

/// Caption words with the unit put in.
pub(super) fn caption(words: &str, unit: figure::MassUnit) -> String {
    words.replace("{unit}", unit.symbol())
}

#[cfg(test)]
mod tests {
    use super::*;

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
