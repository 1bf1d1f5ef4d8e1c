//! Intervals by drawing whole blocks of time again: windows of one day are alike, so drawing single windows would make the
//! interval too narrow.

use crate::{
    float::{erfc, exp},
    measure::window::{DAY_MS, Window},
    words::words,
};

/// How often the blocks are drawn.
pub const DRAWS: usize = 2_000;
/// What the draws start from, so that everybody draws the same.
pub const SEED: u64 = 2_000;
/// Blocks that an interval needs.
pub const BLOCKS_MIN: usize = 6;
const HOUR_MS: i64 = 3_600_000;

words! {
    /// What is drawn as one.
    Block {
        /// All windows that start on one day, UTC.
        Day = "day",
        /// All windows that start in one hour, where there are too few days.
        Hour = "hour",
        /// Each window, where there are too few hours.
        Window = "window",
    }
}

impl Block {
    /// The longest of which there are enough; `None` if there are too few windows. With the number of each window's block,
    /// from 0; the windows are in order of time.
    pub(super) fn of(windows: &[&Window]) -> Option<(Block, Vec<usize>)> {
        let by = |length_ms: i64| numbered(windows.iter().map(|window| window.from_ms.div_euclid(length_ms)));
        let each = || (0..windows.len()).collect();
        let enough = |blocks: &Vec<usize>| blocks.last().is_some_and(|last| last + 1 >= BLOCKS_MIN);
        [(Block::Day, by(DAY_MS)), (Block::Hour, by(HOUR_MS)), (Block::Window, each())]
            .into_iter()
            .find(|(_, blocks)| enough(blocks))
    }
}

/// The place of each value among the different ones, for values in order.
fn numbered(values: impl Iterator<Item = i64>) -> Vec<usize> {
    let (mut last, mut number) = (None, 0);
    let number = |value: i64| {
        if last.is_some_and(|last| last != value) {
            number += 1;
        }
        last = Some(value);
        number
    };
    values.map(number).collect()
}

/// The 95 % interval of numbers that were drawn from so many blocks.
///
/// Few blocks vary less than what they are drawn from, by the square root of (n - 1) / n, and like Student's t rather than
/// the normal distribution. So the interval lies further out than at 2.5 and 97.5 % of the draws (Hesterberg's expanded
/// percentiles).
pub(super) fn interval(draws: &mut [f64], blocks: usize) -> [f64; 2] {
    draws.sort_by(f64::total_cmp);
    let outside = 0.5 * erfc(expansion(blocks) * Z / std::f64::consts::SQRT_2);
    let at = |share: f64| {
        #[expect(clippy::cast_precision_loss, reason = "there are two thousand")]
        let place = share * (draws.len() - 1) as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a place among the draws"
        )]
        let below = place.floor() as usize;
        let above = (below + 1).min(draws.len() - 1);
        draws[below] + (place - place.floor()) * (draws[above] - draws[below])
    };
    [at(outside), at(1.0 - outside)]
}

/// How much wider an interval from so many blocks is than one from very many.
pub(super) fn expansion(blocks: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "few days make a factor")]
    let (n, freedom) = (blocks as f64, blocks as f64 - 1.0);
    t_975(freedom) / Z * (n / freedom).sqrt()
}

/// The normal distribution's 97.5 % quantile.
const Z: f64 = 1.959_963_984_540_054;

/// That of Student's t, by the expansion of Cornish and Fisher: right to 0.003 from five degrees of freedom on.
fn t_975(freedom: f64) -> f64 {
    let [z3, z5, z7] = [Z * Z * Z, Z * Z * Z * Z * Z, Z * Z * Z * Z * Z * Z * Z];
    Z + (z3 + Z) / (4.0 * freedom)
        + (5.0 * z5 + 16.0 * z3 + 3.0 * Z) / (96.0 * freedom * freedom)
        + (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * Z) / (384.0 * freedom * freedom * freedom)
}

/// Bounds moved out by another error, whose logarithm has this standard deviation: independent errors add as squares.
pub(super) fn widened(central: f64, [low, high]: [f64; 2], sd: f64) -> [f64; 2] {
    use crate::float::ln;
    if central <= 0.0 || sd <= 0.0 {
        return [low, high];
    }
    let out = |ratio: f64| {
        let own = ln(ratio);
        exp((own * own + Z * Z * sd * sd).sqrt())
    };
    let lower = if low > 0.0 { central / out(central / low) } else { 0.0 };
    [lower, central * out((high / central).max(1.0))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_blocks_make_a_wider_interval() {
        for (freedom, quantile) in [(5.0, 2.5706), (10.0, 2.2281), (29.0, 2.0452), (1e6, 1.96)] {
            assert!((t_975(freedom) - quantile).abs() < 3e-3, "{freedom}");
        }
        let numbers: Vec<f64> = (0..=2_000).map(f64::from).collect();
        let [low, high] = interval(&mut numbers.clone(), 1_000_000);
        assert!((low - 50.0).abs() < 0.1 && (high - 1_950.0).abs() < 0.1, "{low} {high}");
        let [low, high] = interval(&mut numbers.clone(), 6);
        assert!((4.0..6.0).contains(&low) && (1_994.0..1_996.0).contains(&high), "{low} {high}");
    }

    #[test]
    fn independent_errors_add_as_squares() {
        let [low, high] = widened(10.0, [10.0 / exp(0.3), 10.0 * exp(0.3)], 0.4 / Z);
        assert!((low - 10.0 / exp(0.5)).abs() < 1e-12 && (high - 10.0 * exp(0.5)).abs() < 1e-12);
        assert!(widened(0.0, [0.0, 1.0], 0.5)[1] <= 1.0);
    }
}
