//! Sums of modelled figures, whose errors are partly the same.

use super::{
    BottomUp,
    uncertainty::{self, COMPONENTS, Exposure, Terms},
};
use crate::{
    Grams, Millilitres, Quantity, Range, WattHours,
    interval::{self, Term, Workspace},
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
        Modelled { figures: figures.into_iter().collect() }
    }
}

impl<'a> Modelled<'a> {
    /// Operation and hardware together.
    pub fn co2(&self) -> Range<Grams> {
        self.range(BottomUp::co2_central, Exposure::Emissions)
    }

    /// Facility energy.
    pub fn energy(&self) -> Range<WattHours> {
        self.range(BottomUp::energy_central, Exposure::Energy)
    }

    /// Water on site and at the power plants.
    pub fn water(&self) -> Range<Millilitres> {
        self.range(BottomUp::water_central, Exposure::Water)
    }

    /// Share of each source of uncertainty in the variance of [`co2`](Self::co2), largest first; together 1.
    pub fn budget(&self) -> Vec<(&'static str, f64)> {
        let (terms, names) = self.terms(Exposure::Emissions);
        with_room(&terms, names.len(), |terms, room| {
            interval::contributions(terms, room);
            let mut variances = [0.0; COMPONENTS];
            for (&component, part) in names.iter().zip(&*room.slope) {
                variances[component] += part * part;
            }
            uncertainty::shares(uncertainty::NAMES.into_iter().zip(variances))
        })
    }

    fn range<Q: Quantity>(&self, central: impl Fn(&BottomUp<'a>) -> Q, exposure: Exposure) -> Range<Q> {
        let central = self.figures.iter().map(central).fold(Q::from_f64(0.0), Q::add);
        let (terms, names) = self.terms(exposure);
        let bounds = with_room(&terms, names.len(), interval::interval);
        Range::around(central, bounds.map(Q::from_f64))
    }

    /// The terms of all figures, with one number for each error, and which component each error is.
    fn terms(&self, exposure: Exposure) -> (Vec<Term<COMPONENTS>>, Vec<usize>) {
        let mut numbers: HashMap<(usize, &str), usize> = HashMap::new();
        let mut components = Vec::new();
        let mut all = Vec::new();
        for figure in &self.figures {
            let keys = uncertainty::keys(figure);
            let errors = std::array::from_fn(|component| {
                *numbers.entry((component, keys[component])).or_insert_with(|| {
                    components.push(component);
                    components.len() - 1
                })
            });
            all.extend(Terms::of(figure, exposure).as_slice().iter().map(|term| Term { errors, ..*term }));
        }
        (all, components)
    }
}

fn with_room<T>(
    terms: &[Term<COMPONENTS>],
    errors: usize,
    work: impl FnOnce(&[Term<COMPONENTS>], &mut Workspace<'_>) -> T,
) -> T {
    let (mut place, mut slope) = (vec![0.0; errors], vec![0.0; errors]);
    let mut values = vec![0.0; terms.len()];
    work(terms, &mut Workspace { place: &mut place, slope: &mut slope, values: &mut values })
}
