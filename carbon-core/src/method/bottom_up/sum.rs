//! Sums of modelled figures, whose errors are partly the same.

use super::{
    BottomUp,
    uncertainty::{self, COMPONENTS, Exposure, STEPS, Terms},
};
use crate::{
    Grams, Millilitres, Quantity, Range, WattHours,
    interval::{Sum, Workspace},
};
use std::collections::HashMap;

/// A sum of modelled figures.
///
/// Its bounds are neither those of the parts added up nor as narrow as if their errors were unrelated:
/// one model's size, one provider's batch and one zone's grid are each one error, however many figures feel it.
///
/// ```
/// use carbon_core::{Call, FactorSet, Modelled, Quantity, Usage};
/// let set = FactorSet::version("2026.11").unwrap();
/// let [gpt, llama] = ["gpt-4o", "llama-3.1-70b"].map(|model| {
///     let deployment = set.deployment(&Call { region: Some("FRA"), ..Call::to(model) }).unwrap();
///     deployment.bottom_up().unwrap().apply(&Usage::of_call(600, 400))
/// });
/// let both: Modelled = [gpt, llama].into_iter().collect();
/// assert_eq!(both.co2().central(), gpt.co2().central() + llama.co2().central());
/// assert!(both.co2().high() < gpt.co2().high() + llama.co2().high());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Modelled<'a> {
    figures: Vec<BottomUp<'a>>,
}

impl<'a> FromIterator<BottomUp<'a>> for Modelled<'a> {
    fn from_iter<I: IntoIterator<Item = BottomUp<'a>>>(figures: I) -> Self {
        let mut merged: Vec<BottomUp<'a>> = Vec::new();
        let mut places = HashMap::new();
        for figure in figures {
            // What one factor values is one figure.
            let factor = figure.factor();
            let key = (factor.model().id(), factor.location().region, factor.fleet().name());
            let place = *places.entry(key).or_insert(merged.len());
            match merged.get_mut(place) {
                Some(earlier) => earlier.usage += &figure.usage,
                None => merged.push(figure),
            }
        }
        Modelled { figures: merged }
    }
}

impl<'a> Modelled<'a> {
    /// Operation and hardware together.
    pub fn co2(&self) -> Range<Grams> {
        self.range(BottomUp::co2_central, Exposure::Emissions, |_| 1.0)
    }

    /// Facility energy.
    pub fn energy(&self) -> Range<WattHours> {
        self.range(BottomUp::energy_central, Exposure::Energy, |_| 1.0)
    }

    /// Water on site and at the power plants.
    pub fn water(&self) -> Range<Millilitres> {
        self.range(BottomUp::water_central, Exposure::Energy, BottomUp::water_ml_per_wh)
    }

    /// Share of each source of uncertainty in the variance of [`co2`](Self::co2), largest first; together 1.
    pub fn budget(&self) -> Vec<(&'static str, f64)> {
        let terms = self.terms(Exposure::Emissions, |_| 1.0);
        let sum: f64 = terms.iter().map(|term| term.median).sum();
        // One slope for each error, however many terms feel it.
        let mut slopes: HashMap<(usize, &str), f64> = HashMap::new();
        for term in &terms {
            for component in 0..COMPONENTS {
                *slopes.entry((component, term.keys[component])).or_default() +=
                    term.median / sum * term.slopes[component];
            }
        }
        let mut variances = [0.0; COMPONENTS];
        for ((component, _), slope) in slopes {
            variances[component] += slope * slope;
        }
        uncertainty::shares(uncertainty::NAMES.into_iter().zip(variances))
    }

    /// The sum of what each figure is at its centre, with the bounds of the sum of their energy times `per_wh`.
    fn range<Q: Quantity>(
        &self,
        central: impl Fn(&BottomUp<'a>) -> Q,
        exposure: Exposure,
        per_wh: impl Fn(&BottomUp<'a>) -> f64,
    ) -> Range<Q> {
        let central = self.figures.iter().map(central).fold(Q::from_f64(0.0), Q::add);
        let terms = self.terms(exposure, per_wh);
        let medians: Vec<f64> = terms.iter().map(|term| term.median).collect();
        let shared: Vec<f64> = terms.iter().flat_map(|a| terms.iter().map(|b| a.shared(b))).collect();
        let (mut weights, mut along) = (vec![[0.0; 2]; terms.len()], vec![[0.0; 2]; terms.len()]);
        let sum = Sum { medians: &medians, shared: &shared };
        // One figure's sum is that figure, to the last digit.
        let steps = if self.figures.len() > 1 { 2 } else { STEPS };
        let bounds = sum.interval(steps, &mut Workspace { weights: &mut weights, along: &mut along });
        Range::around(central, bounds.map(Q::from_f64))
    }

    fn terms(&self, exposure: Exposure, per_wh: impl Fn(&BottomUp<'a>) -> f64) -> Vec<KeyedTerm<'a>> {
        let mut all = Vec::new();
        for figure in &self.figures {
            let (keys, factor) = (uncertainty::keys(figure), per_wh(figure));
            let terms = Terms::of(figure, exposure);
            all.extend(terms.as_slice().iter().map(|term| KeyedTerm {
                median: term.median * factor,
                slopes: terms.slopes(term),
                keys,
            }));
        }
        all
    }
}

/// A term that says whose each of its errors is.
struct KeyedTerm<'a> {
    median: f64,
    slopes: [f64; COMPONENTS],
    keys: [&'a str; COMPONENTS],
}

impl KeyedTerm<'_> {
    /// Only the same component of two terms can be the same error.
    fn shared(&self, other: &Self) -> f64 {
        (0..COMPONENTS)
            .filter(|&c| self.keys[c] == other.keys[c])
            .map(|c| self.slopes[c] * other.slopes[c])
            .sum()
    }
}
