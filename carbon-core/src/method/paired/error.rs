//! Errors as they are drawn: each takes all quantiles of a normal distribution, in an order of its own.

use crate::{
    draws::Draws,
    float::{erfc, exp},
};
use std::sync::LazyLock;

pub(super) const DRAWS: usize = 8_192;

/// Whose error it is: the component, and the model, fleet, zone or factor.
pub(super) type ErrorKey<'a> = (usize, &'a str);

/// All quantiles in the order of an error, which is the same in every comparison: the shuffle of Fisher and Yates.
pub(super) fn order((component, key): ErrorKey<'_>) -> Vec<u16> {
    // FNV-1a of what the error is of, so that everybody draws the same.
    let bytes = key.bytes().map(u64::from).chain([component as u64]);
    let seed =
        bytes.fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| (hash ^ byte).wrapping_mul(0x100_0000_01B3));
    let mut draws = Draws::new(seed);
    let mut order: Vec<u16> = (0..).take(DRAWS).collect();
    for place in (1..DRAWS).rev() {
        order.swap(place, draws.below(place + 1));
    }
    order
}

/// The bounds of the interval that holds 95 % of the draws, which are left in another order.
pub(super) fn within(drawn: &mut [f64]) -> [f64; 2] {
    [lower(drawn), upper(drawn)]
}

/// The lower of them.
pub(super) fn lower(drawn: &mut [f64]) -> f64 {
    let (below, part) = place(drawn.len());
    let (least, next, _) = drawn.select_nth_unstable_by(below + 1, f64::total_cmp);
    between(least.iter().copied().max_by(f64::total_cmp).unwrap_or(*next), *next, part)
}

/// The upper of them.
pub(super) fn upper(drawn: &mut [f64]) -> f64 {
    let (below, part) = place(drawn.len());
    let last = drawn.len() - 1;
    let (_, next, most) = drawn.select_nth_unstable_by(last - (below + 1), f64::total_cmp);
    between(most.iter().copied().min_by(f64::total_cmp).unwrap_or(*next), *next, part)
}

/// The place of a bound from its end of so many draws in order, and how far it lies towards the next one.
///
/// Draws stand for the middles of equal shares: 204.8 of them lie below 2.5 %.
fn place(draws: usize) -> (usize, f64) {
    #[expect(clippy::cast_precision_loss, reason = "there are eight thousand")]
    let place = 0.025 * draws as f64 - 0.5;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place among the draws")]
    let below = place.floor() as usize;
    (below, place - place.floor())
}

fn between(a: f64, b: f64, part: f64) -> f64 {
    a + part * (b - a)
}

/// The quantiles of the normal distribution in the middles of as many equal shares as there are draws.
pub(super) static QUANTILES: LazyLock<Vec<f64>> = LazyLock::new(|| {
    #[expect(clippy::cast_precision_loss, reason = "there are eight thousand")]
    let below = |place: usize| (place as f64 + 0.5) / DRAWS as f64;
    let half = (0..DRAWS / 2).map(|place| quantile(below(place)));
    let half: Vec<f64> = half.collect();
    half.iter().copied().chain(half.iter().rev().map(|quantile| -quantile)).collect()
});

/// Where a normal variable lies below with that probability, of one half at most: Newton's method, which from zero comes nearer
/// with each step and never passes it.
fn quantile(below: f64) -> f64 {
    let mut z = 0.0;
    for _ in 0..60 {
        let density = exp(-0.5 * z * z) / (2.0 * std::f64::consts::PI).sqrt();
        let step = (0.5 * erfc(-z / std::f64::consts::SQRT_2) - below) / density;
        z -= step;
        if step < 1e-13 {
            break;
        }
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_normal_distribution() {
        for (below, expect) in [(0.5, 0.0), (0.025, -1.959_963_984_540_054), (1e-4, -3.719_016_485_455_709)] {
            assert!((quantile(below) - expect).abs() < 1e-12, "{below}");
        }
        assert_eq!(QUANTILES.len(), DRAWS);
        assert!(QUANTILES.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn the_interval_of_one_error_is_exact() {
        let mut drawn: Vec<f64> = QUANTILES.iter().map(|z| exp(0.5 * z)).collect();
        let [low, high] = within(&mut drawn);
        assert!((low / exp(-0.5 * 1.959_964) - 1.0).abs() < 1e-4, "{low}");
        assert!((low * high - 1.0).abs() < 1e-6);
    }
}
