//! What comparisons are drawn from: each error, and each factor that follows from errors, once for all of them, in columns.
//!
//! A column has a number for each draw. Figures of one place share the factors of that place, and the comparisons of one month
//! the factors of its models.

use super::error::{DRAWS, ErrorKey, QUANTILES, order};
use crate::{float::exp, interval::Z_95};
use std::{collections::HashMap, rc::Rc};

/// Draws that are computed together: all their columns stay near the processor.
pub(super) const BLOCK: usize = 128;

/// Some draws of a column.
pub(super) type Column = [f64; BLOCK];

/// A factor by what it follows from, floats by their bits.
#[derive(PartialEq, Eq, Hash)]
enum FactorKey {
    Lognormal(Vec<(usize, u64)>),
    Published { error: usize, down: u64, up: u64 },
}

/// Errors and factors, each with the place of its column.
#[derive(Default)]
pub(super) struct Columns<'a> {
    errors: HashMap<ErrorKey<'a>, usize>,
    orders: Vec<Rc<Vec<u16>>>,
    factors: HashMap<FactorKey, usize>,
}

impl<'a> Columns<'a> {
    /// The place of an error.
    pub(super) fn error(&mut self, key: ErrorKey<'a>) -> usize {
        let Columns { errors, orders, .. } = self;
        *errors.entry(key).or_insert_with(|| {
            orders.push(Rc::new(order(key)));
            orders.len() - 1
        })
    }

    /// Which of the quantiles the error there takes in each draw.
    pub(super) fn order(&self, error: usize) -> Rc<Vec<u16>> {
        self.orders[error].clone()
    }

    /// The place of the factor whose logarithm moves so with errors.
    pub(super) fn lognormal(&mut self, slopes: impl Iterator<Item = (usize, f64)>) -> usize {
        let slopes = slopes.map(|(error, slope)| (error, slope.to_bits())).collect();
        self.factor(FactorKey::Lognormal(slopes))
    }

    /// The place of what a published factor is off by: see [`published`].
    pub(super) fn published(&mut self, error: usize, down: f64, up: f64) -> usize {
        self.factor(FactorKey::Published { error, down: down.to_bits(), up: up.to_bits() })
    }

    fn factor(&mut self, key: FactorKey) -> usize {
        let next = self.factors.len();
        *self.factors.entry(key).or_insert(next)
    }

    /// Hands all factors to `take`, some draws after the others.
    pub(super) fn draw(&self, mut take: impl FnMut(&[Column])) {
        let mut errors = vec![[0.0; BLOCK]; self.orders.len()];
        let mut factors = vec![[0.0; BLOCK]; self.factors.len()];
        for start in (0..DRAWS).step_by(BLOCK) {
            for (error, order) in errors.iter_mut().zip(&self.orders) {
                *error = quantiles(&order[start..]);
            }
            for (key, place) in &self.factors {
                key.fill(&errors, &mut factors[*place]);
            }
            take(&factors);
        }
    }
}

/// The quantiles of the first draws of an order.
pub(super) fn quantiles(order: &[u16]) -> Column {
    let all = QUANTILES.as_slice();
    let mut column = [0.0; BLOCK];
    for (error, place) in column.iter_mut().zip(order) {
        *error = all[usize::from(*place)];
    }
    column
}

impl FactorKey {
    fn fill(&self, errors: &[Column], factors: &mut Column) {
        match self {
            FactorKey::Lognormal(slopes) => {
                *factors = [0.0; BLOCK];
                for (error, slope) in slopes {
                    let slope = f64::from_bits(*slope);
                    for (sum, error) in factors.iter_mut().zip(&errors[*error]) {
                        *sum += slope * error;
                    }
                }
                factors.iter_mut().for_each(|sum| *sum = exp(*sum));
            }
            FactorKey::Published { error, down, up } => {
                let [down, up] = [*down, *up].map(f64::from_bits);
                for (factor, z) in factors.iter_mut().zip(&errors[*error]) {
                    *factor = published(*z, down, up);
                }
            }
        }
    }
}

/// What is left of a published factor whose lower bound is nothing, where it is further off than that: ratios stay finite.
const LEAST: f64 = 1e-6;

/// A published factor that is so many standard deviations off, over its central value. Its bounds are reached at 1.96; a lower
/// bound of nothing is reached in a straight line.
pub(super) fn published(z: f64, down: f64, up: f64) -> f64 {
    if z > 0.0 {
        exp(up * z)
    } else if down.is_finite() {
        exp(-down * z)
    } else {
        (1.0 + z / Z_95).max(LEAST)
    }
}

/// How that moves.
pub(super) fn published_slope(z: f64, down: f64, up: f64) -> f64 {
    if z > 0.0 {
        up * exp(up * z)
    } else if down.is_finite() {
        -down * exp(-down * z)
    } else {
        1.0 / Z_95
    }
}
