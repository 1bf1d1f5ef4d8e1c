//! Two sums, drawn together from the same errors.
//!
//! Each error takes each of the quantiles of a normal distribution once, in an order of its own. Eight thousand draws alone would
//! miss the bounds by some percent, so each bound is corrected by a plane: at the place about 1.96 standard deviations out where
//! the plane touches what is drawn, both are off by the same, and where the plane has its bound is known.

use crate::{
    Usage,
    draws::Draws,
    energy::COMPONENTS,
    factor::EmissionFactor,
    float::{erfc, exp, ln},
    interval::Z_95,
    method::{
        BottomUpFactor, MeasuredInPlace,
        bottom_up::uncertainty::{COOLING, GRID, HARDWARE, parts},
    },
};
use std::{collections::HashMap, sync::LazyLock};

const DRAWS: usize = 8_192;

/// Whose error it is: the component, and the model, fleet, zone or factor.
type ErrorKey<'a> = (usize, &'a str);

/// Components that the method of its own does not have: the error of a published factor, and those of a fit.
const PUBLISHED: usize = COMPONENTS;
const FIT: [usize; 4] = [COMPONENTS + 1, COMPONENTS + 2, COMPONENTS + 3, COMPONENTS + 4];

/// A number before and after.
type Pair = [f64; 2];

/// Lognormal: its median before and after, and how its logarithm moves with the errors.
struct Part {
    medians: Pair,
    slopes: Vec<(usize, f64)>,
}

/// What is added up.
enum Term {
    /// Energy through its ways.
    Energy { work: Vec<Part>, way: Vec<Part> },
    /// A published factor: its central values, and what its bounds are to them, as logarithms of one standard deviation.
    Published { error: usize, central: Pair, down: Pair, up: Pair },
}

/// What is asked of two sums.
#[derive(Clone, Copy)]
enum What {
    Difference,
    /// The difference as a logarithm, of what is less after than before.
    Less,
    /// The same of what is more.
    More,
    /// As a logarithm, which is straighter.
    Ratio,
}

impl What {
    fn of(self, [before, after]: Pair) -> f64 {
        match self {
            What::Difference => after - before,
            What::Less => ln(before - after),
            What::More => ln(after - before),
            What::Ratio => ln(after / before),
        }
    }
}

/// Steps towards the likeliest place of a bound.
const PLANE_STEPS: usize = 3;

/// Sums before and after.
#[derive(Default)]
pub(super) struct Paired<'a> {
    errors: HashMap<ErrorKey<'a>, usize>,
    terms: Vec<Term>,
}

impl<'a> Paired<'a> {
    pub(super) fn add_published(&mut self, factor: &'a EmissionFactor, usage: &[Usage; 2]) {
        let amounts = usage.map(|usage| {
            let range = factor.apply(&usage);
            [range.low(), range.central(), range.high()].map(crate::Grams::to_f64)
        });
        let error = self.error((PUBLISHED, factor.id()));
        // Where a bound is nothing, it is as far as a draw goes.
        let log = |of: f64, over: f64| {
            if of > 0.0 && over > 0.0 { ln(of / over) / Z_95 } else { f64::NEG_INFINITY }
        };
        self.terms.push(Term::Published {
            error,
            central: amounts.map(|[_, central, _]| central),
            down: amounts.map(|[low, central, _]| log(low, central)),
            up: amounts.map(|[_, central, high]| log(high, central).max(0.0)),
        });
    }

    /// `grid`: grams per kilowatt hour before and after.
    pub(super) fn add_modelled(&mut self, factor: &BottomUpFactor<'a>, usage: &[Usage; 2], grid: Pair) {
        let [before, after] = usage.map(|usage| factor.apply(&usage));
        let parts = parts(&before, &after);
        let keys = parts.keys;
        let work = parts.work.into_iter().map(|(medians, slopes)| Part {
            medians,
            slopes: self.slopes(slopes.into_iter().enumerate().map(|(c, slope)| ((c, keys[c]), slope))),
        });
        let work = work.collect();
        let [electricity, hardware] = parts.way;
        let ways = [(grid.map(per_wh), electricity.1), ([hardware.0; 2], hardware.1)];
        let way = ways.into_iter().map(|(medians, slopes)| Part {
            medians,
            slopes: self.slopes(slopes.into_iter().enumerate().map(|(c, slope)| ((c, keys[c]), slope))),
        });
        let way = way.collect();
        self.terms.push(Term::Energy { work, way });
    }

    /// `grid`: grams per kilowatt hour before and after.
    pub(super) fn add_measured(&mut self, factor: &MeasuredInPlace<'a>, usage: &[Usage; 2], grid: Pair) {
        let place = factor.in_place();
        let (name, site, zone) = (factor.record().id(), place.site_key(), place.location().zone.id());
        let pue_sd = place.constants().sd(crate::energy::constants::Constant::Pue);
        let mut ways = [(0.0, 0.0); 2];
        let mut work = Vec::new();
        for (side, usage) in usage.iter().enumerate() {
            let figure = factor.apply(usage);
            ways = [figure.electricity(), figure.hardware()];
            let tokens = figure.tokens();
            let slopes = factor.factor().energy_slopes(tokens);
            let of_fit = FIT.into_iter().zip(slopes).map(|(component, slope)| ((component, name), slope));
            let mut medians = [0.0; 2];
            medians[side] = figure.facility_wh(tokens);
            let slopes = self.slopes(of_fit.chain([((COOLING, site), pue_sd)]));
            work.push(Part { medians, slopes });
        }
        let keys = [(GRID, zone), (HARDWARE, "")];
        let [(_, grid_sd), (hardware, hardware_sd)] = ways;
        let ways = [(grid.map(per_wh), grid_sd), ([hardware; 2], hardware_sd)];
        let way = ways
            .into_iter()
            .zip(keys)
            .map(|((medians, sd), key)| Part { medians, slopes: self.slopes([(key, sd)].into_iter()) });
        let way = way.collect();
        self.terms.push(Term::Energy { work, way });
    }

    fn slopes(&mut self, slopes: impl Iterator<Item = (ErrorKey<'a>, f64)>) -> Vec<(usize, f64)> {
        slopes.filter(|(_, slope)| *slope != 0.0).map(|(key, slope)| (self.error(key), slope)).collect()
    }

    fn error(&mut self, key: ErrorKey<'a>) -> usize {
        let next = self.errors.len();
        *self.errors.entry(key).or_insert(next)
    }

    /// All draws.
    pub(super) fn draw(&self) -> Drawn<'_, 'a> {
        let mut orders = vec![Vec::new(); self.errors.len()];
        for (key, place) in &self.errors {
            orders[*place] = order(*key);
        }
        let mut errors = vec![0.0; orders.len()];
        let sums = |draw| {
            errors_of(&orders, draw, &mut errors);
            self.sums(&errors)
        };
        Drawn { sums: (0..DRAWS).map(sums).collect(), orders, paired: self }
    }

    fn sums(&self, errors: &[f64]) -> Pair {
        self.terms.iter().fold([0.0; 2], |sums, term| {
            let drawn = term.drawn(errors);
            [sums[0] + drawn[0], sums[1] + drawn[1]]
        })
    }

    /// How something moves with each error, about where its bound is likeliest.
    fn plane_at_bound(&self, what: What, side: f64) -> Vec<f64> {
        let mut at = vec![0.0; self.errors.len()];
        let mut plane = self.plane(what, &at);
        for _ in 0..PLANE_STEPS {
            let out = length(&plane);
            if out <= 0.0 {
                break;
            }
            for (place, along) in at.iter_mut().zip(&plane) {
                *place = side * Z_95 * along / out;
            }
            plane = self.plane(what, &at);
        }
        plane
    }

    fn plane(&self, what: What, at: &[f64]) -> Vec<f64> {
        let mut moves = vec![[0.0; 2]; at.len()];
        for term in &self.terms {
            term.add_moves(at, &mut moves);
        }
        let sums = self.sums(at);
        let [before, after] = sums;
        let step = |[of_before, of_after]: Pair| match what {
            What::Difference => of_after - of_before,
            What::Less | What::More => (of_after - of_before) / (after - before),
            What::Ratio => (of_after * before - after * of_before) / (after * before),
        };
        moves.into_iter().map(step).collect()
    }
}

/// Both sums of each draw.
pub(super) struct Drawn<'p, 'a> {
    paired: &'p Paired<'a>,
    /// The quantile of each error in each draw.
    orders: Vec<Vec<u16>>,
    sums: Vec<Pair>,
}

impl Drawn<'_, '_> {
    /// The 95 % interval of after less before.
    pub(super) fn difference(&self) -> [f64; 2] {
        // Of one sign it is straighter as a logarithm.
        let all = |is_so: fn(&Pair) -> bool| self.sums.iter().all(is_so);
        let found = if all(|[before, after]| after > before) {
            self.interval(What::More).map(exp)
        } else if all(|[before, after]| after < before) {
            let [low, high] = self.interval(What::Less).map(exp);
            [-high, -low]
        } else {
            self.interval(What::Difference)
        };
        if found.iter().all(|bound| bound.is_finite()) { found } else { self.interval(What::Difference) }
    }

    /// That of after over before, of which neither is nothing.
    pub(super) fn ratio(&self) -> [f64; 2] {
        self.interval(What::Ratio).map(exp)
    }

    fn interval(&self, what: What) -> [f64; 2] {
        let mut drawn: Vec<f64> = self.sums.iter().map(|sums| what.of(*sums)).collect();
        let found = within(&mut drawn);
        let mut errors = vec![0.0; self.orders.len()];
        let mut corrected = |side: usize, sign: f64| {
            let plane = self.paired.plane_at_bound(what, sign);
            let mut on_plane: Vec<f64> = (0..DRAWS)
                .map(|draw| {
                    errors_of(&self.orders, draw, &mut errors);
                    dot(&plane, &errors)
                })
                .collect();
            found[side] - within(&mut on_plane)[side] + sign * Z_95 * length(&plane)
        };
        [corrected(0, -1.0), corrected(1, 1.0)]
    }
}

/// Per watt hour instead of per kilowatt hour.
fn per_wh(per_kwh: f64) -> f64 {
    per_kwh / 1_000.0
}

/// The errors of one draw.
fn errors_of(orders: &[Vec<u16>], draw: usize, errors: &mut [f64]) {
    for (error, order) in errors.iter_mut().zip(orders) {
        *error = QUANTILES[usize::from(order[draw])];
    }
}

impl Term {
    fn drawn(&self, errors: &[f64]) -> Pair {
        match self {
            Term::Energy { work, way } => {
                let [work, way] = [work, way].map(|parts| sum(parts, errors));
                [work[0] * way[0], work[1] * way[1]]
            }
            Term::Published { error, central, down, up } => {
                let z = errors[*error];
                std::array::from_fn(|side| central[side] * published(z, down[side], up[side])[0])
            }
        }
    }

    /// Adds how both move with each error.
    fn add_moves(&self, at: &[f64], moves: &mut [Pair]) {
        match self {
            Term::Energy { work, way } => {
                let [of_work, of_way] = [work, way].map(|parts| sum(parts, at));
                for (parts, others) in [(work, of_way), (way, of_work)] {
                    for part in parts {
                        let factor = part.factor(at);
                        for (error, slope) in &part.slopes {
                            for side in 0..2 {
                                moves[*error][side] += part.medians[side] * factor * slope * others[side];
                            }
                        }
                    }
                }
            }
            Term::Published { error, central, down, up } => {
                for side in 0..2 {
                    moves[*error][side] += central[side] * published(at[*error], down[side], up[side])[1];
                }
            }
        }
    }
}

/// What is left of a published factor whose lower bound is nothing, where it is further off than that: ratios stay finite.
const LEAST: f64 = 1e-6;

/// A published factor that is so many standard deviations off, over its central value, and how that moves. Its bounds are
/// reached at 1.96; a lower bound of nothing is reached in a straight line.
fn published(z: f64, down: f64, up: f64) -> [f64; 2] {
    if z > 0.0 {
        [exp(up * z), up * exp(up * z)]
    } else if down.is_finite() {
        [exp(-down * z), -down * exp(-down * z)]
    } else {
        [(1.0 + z / Z_95).max(LEAST), 1.0 / Z_95]
    }
}

impl Part {
    fn factor(&self, errors: &[f64]) -> f64 {
        exp(self.slopes.iter().map(|(error, slope)| slope * errors[*error]).sum())
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn length(plane: &[f64]) -> f64 {
    dot(plane, plane).sqrt()
}

fn sum(parts: &[Part], errors: &[f64]) -> Pair {
    parts.iter().fold([0.0; 2], |sum, part| {
        let factor = part.factor(errors);
        [sum[0] + part.medians[0] * factor, sum[1] + part.medians[1] * factor]
    })
}

/// All quantiles in the order of an error, which is the same in every comparison: the shuffle of Fisher and Yates.
fn order((component, key): ErrorKey<'_>) -> Vec<u16> {
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

/// The interval that holds 95 % of the draws.
fn within(drawn: &mut [f64]) -> [f64; 2] {
    drawn.sort_by(f64::total_cmp);
    // Draws stand for the middles of equal shares: 204.8 of them lie below 2.5 %.
    #[expect(clippy::cast_precision_loss, reason = "there are eight thousand")]
    let place = 0.025 * drawn.len() as f64 - 0.5;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place among the draws")]
    let below = place.floor() as usize;
    let part = place - place.floor();
    let between = |a: f64, b: f64| a + part * (b - a);
    [
        between(drawn[below], drawn[below + 1]),
        between(drawn[drawn.len() - 1 - below], drawn[drawn.len() - 2 - below]),
    ]
}

/// The quantiles of the normal distribution in the middles of as many equal shares as there are draws.
static QUANTILES: LazyLock<Vec<f64>> = LazyLock::new(|| {
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
