//! Uncertainty of sums of products of lognormal components, in closed form.
//!
//! A result is a sum of terms, each a product of components raised to a power (its elasticity).
//! Components are independent and each is shared by all terms: a model's size is wrong for prompt and answer alike.
//! A bound is the sum at the likeliest combination of components that lies 1.96 standard deviations out, with the
//! curvature of the sum across that direction put in (the second-order reliability method). For a single product
//! that is exact; for sums a test holds it within 3 % of a Monte Carlo.

/// Standard deviations on each side that hold 95 % of a normal distribution.
pub(crate) const Z_95: f64 = 1.96;

/// A part of the result: its median, and by how many percent it changes for one percent of each component.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Term<const N: usize> {
    pub(crate) median: f64,
    pub(crate) elasticities: [f64; N],
}

/// A sum of terms over components of given geometric standard deviations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread<const N: usize> {
    /// Contribution of each component to the standard deviation of the logarithm.
    contributions: [f64; N],
    /// Bounds of the 95 % interval.
    pub(crate) interval: [f64; 2],
}

impl<const N: usize> Spread<N> {
    pub(crate) fn of(terms: &[Term<N>], gsds: &[f64; N]) -> Self {
        let sum: f64 = terms.iter().map(|term| term.median).sum();
        let sds = gsds.map(f64::ln);
        let contributions = Slope::at(terms, &sds, &[0.0; N]).slope;
        let interval = if sum > 0.0 { [-Z_95, Z_95].map(|z| bound(terms, &sds, z)) } else { [0.0; 2] };
        Spread { contributions, interval }
    }

    /// Share of each component in the variance; together 1, or nothing where nothing varies.
    pub(crate) fn shares(&self) -> [f64; N] {
        let variance: f64 = self.contributions.iter().map(|part| part * part).sum();
        self.contributions.map(|part| if variance > 0.0 { part * part / variance } else { 0.0 })
    }
}

/// The sum and the slope of its logarithm, per standard deviation of each component, at a place given in these.
struct Slope<const N: usize> {
    sum: f64,
    slope: [f64; N],
    /// Mean over the terms of their squared slopes: all of them, and along `slope` alone.
    squares: [f64; 2],
}

impl<const N: usize> Slope<N> {
    fn at(terms: &[Term<N>], sds: &[f64; N], place: &[f64; N]) -> Self {
        let own = |term: &Term<N>| -> [f64; N] { std::array::from_fn(|c| term.elasticities[c] * sds[c]) };
        let value = |term: &Term<N>| term.median * dot(&own(term), place).exp();
        let sum: f64 = terms.iter().map(value).sum();
        let mean = |of: &dyn Fn(&[f64; N]) -> f64| -> f64 {
            if sum <= 0.0 {
                return 0.0;
            }
            terms.iter().map(|term| value(term) / sum * of(&own(term))).sum()
        };
        let slope: [f64; N] = std::array::from_fn(|c| mean(&|own| own[c]));
        let length = dot(&slope, &slope).sqrt();
        let along = |own: &[f64; N]| if length > 0.0 { (dot(own, &slope) / length).powi(2) } else { 0.0 };
        Slope { sum, slope, squares: [mean(&|own| dot(own, own)), mean(&along)] }
    }
}

/// The bound `z` standard deviations out.
fn bound<const N: usize>(terms: &[Term<N>], sds: &[f64; N], z: f64) -> f64 {
    /// Each step turns towards the direction of the place it has reached; few are enough.
    const STEPS: usize = 4;
    let mut here = Slope::at(terms, sds, &[0.0; N]);
    for _ in 0..STEPS {
        let length = dot(&here.slope, &here.slope).sqrt();
        if length <= 0.0 {
            return here.sum;
        }
        here = Slope::at(terms, sds, &here.slope.map(|slope| z * slope / length));
    }
    // Across the direction the logarithm of a sum bends upwards, by the variance of the slopes there.
    let [all, along] = here.squares;
    let across = all - along;
    here.sum * (0.5 * across.max(0.0)).exp()
}

fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_product_is_exact_and_equal_terms_are_one() {
        let term = |median| Term { median, elasticities: [1.0, 0.5] };
        let gsds = [2.0, 3.0];
        let [low, high] = Spread::of(&[term(10.0)], &gsds).interval;
        let sd = (2f64.ln().powi(2) + (0.5 * 3f64.ln()).powi(2)).sqrt();
        assert!((high / (10.0 * (Z_95 * sd).exp()) - 1.0).abs() < 1e-12);
        assert!((low * high / 100.0 - 1.0).abs() < 1e-12);
        let halves = Spread::of(&[term(5.0), term(5.0)], &gsds).interval;
        assert!((halves[0] / low - 1.0).abs() < 1e-12 && (halves[1] / high - 1.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_has_no_width() {
        let nothing = Spread::of(&[Term { median: 0.0, elasticities: [1.0] }], &[2.0]);
        assert!(nothing.interval.iter().chain(&nothing.shares()).all(|zero| *zero == 0.0));
        let certain = Spread::of(&[Term { median: 4.0, elasticities: [1.0] }], &[1.0]);
        assert!(certain.interval.iter().all(|bound| (bound - 4.0).abs() < 1e-12));
    }
}
