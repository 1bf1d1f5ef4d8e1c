//! Sums of modelled figures, whose errors are partly the same.

use super::{
    BottomUp,
    uncertainty::{self, Exposure, OF_MODEL, Part, Terms},
};
use crate::{
    Grams, Millilitres, Range, WattHours,
    energy::COMPONENTS,
    interval::{Covariance, Sides, Workspace, each, interval},
    quantity::Quantity,
};
use std::collections::{BTreeMap, HashMap};

/// Terms of different models share little.
const STEPS: usize = 2;

/// A sum of modelled figures that accounts for shared errors.
///
/// The error in one model's size, one provider's batch size or one zone's grid is the same in every figure it affects.
/// So the bounds are narrower than those of the parts added up, and wider than if all errors were independent.
/// The central value is the sum of the parts' central values, so that parts add up to totals. These are medians; the
/// median of a sum of many models lies above their sum.
///
/// ```
/// use carbon_core::{Call, FactorSet, Usage, method::BottomUpSum};
/// let set = FactorSet::version("2026.11").unwrap();
/// let [gpt, llama] = ["gpt-4o", "llama-3.1-70b"].map(|model| {
///     let deployment = set.deployment(&Call { region: Some("FRA"), ..Call::to(model) }).unwrap();
///     deployment.bottom_up().unwrap().apply(&Usage::of_call(600, 400))
/// });
/// let both: BottomUpSum = [gpt, llama].into_iter().collect();
/// assert_eq!(both.co2().central(), gpt.co2().central() + llama.co2().central());
/// assert!(both.co2().high() < gpt.co2().high() + llama.co2().high());
/// ```
#[derive(Clone, Debug, Default)]
pub struct BottomUpSum<'a> {
    /// One for each factor in its place, whatever the grid was.
    figures: Vec<BottomUp<'a>>,
    /// The same by the grid value that was applied, each with the place of its figure.
    by_grid: Vec<(usize, BottomUp<'a>)>,
}

impl<'a> FromIterator<BottomUp<'a>> for BottomUpSum<'a> {
    fn from_iter<I: IntoIterator<Item = BottomUp<'a>>>(figures: I) -> Self {
        let mut merged = BottomUpSum::default();
        let (mut places, mut places_by_grid) = (HashMap::new(), HashMap::new());
        for figure in figures {
            // What one factor values is one figure; two sets may name different ones alike.
            let factor = figure.factor();
            let location = factor.in_place().location();
            let key = (
                std::ptr::from_ref(factor.parameters()),
                location.region.as_ptr(),
                std::ptr::from_ref(factor.in_place().fleet()),
            );
            let place = *places.entry(key).or_insert(merged.figures.len());
            match merged.figures.get_mut(place) {
                Some(earlier) => earlier.usage += &figure.usage,
                None => merged.figures.push(figure),
            }
            let part =
                *places_by_grid.entry((place, location.grid.value_key())).or_insert(merged.by_grid.len());
            match merged.by_grid.get_mut(part) {
                Some((_, earlier)) => earlier.usage += &figure.usage,
                None => merged.by_grid.push((place, figure)),
            }
        }
        merged
    }
}

impl<'a> BottomUpSum<'a> {
    /// Emissions of electricity and hardware together.
    pub fn co2(&self) -> Range<Grams> {
        // One figure's sum is that figure, to the last digit.
        match self.by_grid.as_slice() {
            [(_, one)] => one.co2(),
            _ => self.range(BottomUp::co2_central, Exposure::Emissions, Part::Whole),
        }
    }

    /// Emissions of the electricity.
    pub fn operational_co2(&self) -> Range<Grams> {
        match self.by_grid.as_slice() {
            [(_, one)] => one.operational_co2(),
            _ => self.range(
                |figure| figure.factor().in_place().operational_co2().apply(figure.usage()),
                Exposure::Electricity,
                Part::Whole,
            ),
        }
    }

    /// Emissions of manufacturing the hardware.
    pub fn embodied_co2(&self) -> Range<Grams> {
        match self.figures.as_slice() {
            [one] => one.embodied_co2(),
            _ => self.range(
                |figure| figure.factor().in_place().embodied_co2().apply(figure.usage()),
                Exposure::Hardware,
                Part::Whole,
            ),
        }
    }

    /// Facility energy.
    pub fn energy(&self) -> Range<WattHours> {
        match self.figures.as_slice() {
            [one] => one.energy(),
            _ => self.range(BottomUp::energy_central, Exposure::Energy, Part::Whole),
        }
    }

    /// Water on site and at the power plants.
    pub fn water(&self) -> Range<Millilitres> {
        match self.figures.as_slice() {
            [one] => one.water(),
            _ => self.range(BottomUp::water_central, Exposure::Water, Part::Whole),
        }
    }

    /// Share of each source of uncertainty in the variance of [`co2`](Self::co2), largest first; together 1.
    pub fn budget(&self) -> Vec<(&'static str, f64)> {
        let terms = self.terms(Exposure::Emissions, Part::Whole);
        let sum: f64 = terms.iter().map(|term| term.median).sum();
        // One slope for each error, however many terms feel it.
        let mut slopes: BTreeMap<(usize, &str), f64> = BTreeMap::new();
        for term in &terms {
            for (component, key) in term.keys.iter().enumerate() {
                *slopes.entry((component, key)).or_default() += term.median / sum * term.slopes[component];
            }
        }
        let mut variances = [0.0; COMPONENTS];
        for ((component, _), slope) in slopes {
            variances[component] += slope * slope;
        }
        uncertainty::shares(uncertainty::NAMES.into_iter().zip(variances))
    }

    /// The part of [`co2`](Self::co2) that comes from context: see [`BottomUp::context_co2`].
    pub fn context_co2(&self) -> Range<Grams> {
        match self.by_grid.as_slice() {
            [(_, one)] => one.context_co2(),
            _ => self.range(|figure| figure.context_co2().central(), Exposure::Emissions, Part::Context),
        }
    }

    /// The sum of what each figure is at its centre, with its bounds.
    fn range<Q: Quantity>(
        &self,
        central: impl Fn(&BottomUp<'a>) -> Q,
        exposure: Exposure,
        part: Part,
    ) -> Range<Q> {
        let central = self.parts(exposure).map(|(_, figure)| central(figure)).fold(Q::from_f64(0.0), Q::add);
        let terms = self.terms(exposure, part);
        let medians: Vec<f64> = terms.iter().map(|term| term.median).collect();
        let [mut weights, mut along, mut weighted] = [0; 3].map(|_| vec![[0.0; 2]; terms.len()]);
        let mut room = Workspace { weights: &mut weights, along: &mut along, weighted: &mut weighted };
        let bounds = interval(&medians, &Shared::of(&terms), STEPS, &mut room);
        // The central value adds medians up, which lies below the median of a wide sum: it stays inside all the same.
        Range::enclosing(central, bounds.map(Q::from_f64))
    }

    /// What is added up, each with the place of its figure: only emissions feel the grid.
    fn parts(&self, exposure: Exposure) -> impl Iterator<Item = (usize, &BottomUp<'a>)> {
        let by_grid = matches!(exposure, Exposure::Emissions | Exposure::Electricity);
        let whole = self.figures.iter().enumerate().filter(move |_| !by_grid);
        whole.chain(self.by_grid.iter().map(|(place, part)| (*place, part)).filter(move |_| by_grid))
    }

    /// The terms of all parts. Those of one figure that differ by the value of the grid alone share every error: they are
    /// one term.
    fn terms(&self, exposure: Exposure, part: Part) -> Vec<KeyedTerm<'a>> {
        let mut all: Vec<Vec<KeyedTerm<'a>>> = Vec::new();
        all.resize_with(self.figures.len(), Vec::new);
        for (place, figure) in self.parts(exposure) {
            let keys = uncertainty::keys(figure);
            let terms = Terms::of_part(figure, exposure, part);
            let of_figure = &mut all[place];
            let others = of_figure.len();
            for term in terms.iter() {
                let slopes = terms.slopes(&term);
                let same = of_figure[..others].iter_mut().find(|earlier| earlier.moves_with(&slopes));
                match same {
                    Some(earlier) => earlier.median += term.median,
                    None => of_figure.push(KeyedTerm { median: term.median, slopes, keys }),
                }
            }
        }
        all.into_iter().flatten().collect()
    }
}

/// A term that says whose each of its errors is.
struct KeyedTerm<'a> {
    median: f64,
    slopes: [f64; COMPONENTS],
    keys: [&'a str; COMPONENTS],
}

impl KeyedTerm<'_> {
    /// Whether that is how it moves too.
    fn moves_with(&self, slopes: &[f64; COMPONENTS]) -> bool {
        self.slopes.iter().zip(slopes).all(|(a, b)| a.to_bits() == b.to_bits())
    }

    /// What two terms share of these components. Only the same component of both can be the same error.
    fn shared(&self, other: &Self, components: impl Iterator<Item = usize>) -> f64 {
        components.filter(|&c| self.keys[c] == other.keys[c]).map(|c| self.slopes[c] * other.slopes[c]).sum()
    }
}

/// What many terms share: little of it is their own.
///
/// Terms served in the same way in the same place are of one class, and what terms of different models share is what
/// their classes share. Only within a model there is more. So nothing grows with the square of the count of terms.
struct Shared {
    class_of: Vec<usize>,
    /// Covariances of the classes, row by row.
    of_classes: Vec<f64>,
    classes: usize,
    /// Any two terms of one model, with their covariance over that of their classes.
    of_models: Vec<(usize, usize, f64)>,
    variances: Vec<f64>,
}

impl Shared {
    fn of(terms: &[KeyedTerm<'_>]) -> Self {
        let places = || (0..COMPONENTS).filter(|c| !OF_MODEL.contains(c));
        let mut representatives: Vec<&KeyedTerm<'_>> = Vec::new();
        let class_of = terms.iter().map(|term| {
            let same = |known: &&KeyedTerm<'_>| {
                places().all(|c| {
                    known.keys[c] == term.keys[c] && known.slopes[c].to_bits() == term.slopes[c].to_bits()
                })
            };
            representatives.iter().position(same).unwrap_or_else(|| {
                representatives.push(term);
                representatives.len() - 1
            })
        });
        let class_of: Vec<usize> = class_of.collect();
        let shared = |a: &KeyedTerm<'_>, b: &KeyedTerm<'_>| a.shared(b, places());
        let of_classes =
            representatives.iter().flat_map(|a| representatives.iter().map(|b| shared(a, b))).collect();
        let mut models: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (t, term) in terms.iter().enumerate() {
            models.entry(term.keys[OF_MODEL[0]]).or_default().push(t);
        }
        let own = |t: usize, u: usize| terms[t].shared(&terms[u], OF_MODEL.into_iter());
        let pairs = models
            .values()
            .flat_map(|model| model.iter().flat_map(move |&t| model.iter().map(move |&u| (t, u))));
        let of_models = pairs.map(|(t, u)| (t, u, own(t, u))).collect();
        Shared {
            classes: representatives.len(),
            of_models,
            variances: terms.iter().map(|term| term.shared(term, 0..COMPONENTS)).collect(),
            class_of,
            of_classes,
        }
    }

    fn class_weights(&self, weights: &[Sides]) -> Vec<Sides> {
        let mut of_classes = vec![[0.0; 2]; self.classes];
        for (class, weight) in self.class_of.iter().zip(weights) {
            of_classes[*class] = each(|side| of_classes[*class][side] + weight[side]);
        }
        of_classes
    }

    fn of_class(&self, a: usize, b: usize) -> f64 {
        self.of_classes[a * self.classes + b]
    }
}

impl Covariance for Shared {
    fn of(&self, term: usize) -> f64 {
        self.variances[term]
    }

    fn along(&self, weights: &[Sides], along: &mut [Sides]) {
        let of_classes = self.class_weights(weights);
        let class_along = |a: usize| {
            (0..self.classes)
                .fold([0.0; 2], |sum, b| each(|side| sum[side] + self.of_class(a, b) * of_classes[b][side]))
        };
        let class_along: Vec<Sides> = (0..self.classes).map(class_along).collect();
        for (along, class) in along.iter_mut().zip(&self.class_of) {
            *along = class_along[*class];
        }
        for &(t, u, own) in &self.of_models {
            along[t] = each(|side| along[t][side] + own * weights[u][side]);
        }
    }

    fn squares(&self, weights: &[Sides]) -> Sides {
        let of_classes = self.class_weights(weights);
        let mut squares = [0.0; 2];
        for a in 0..self.classes {
            for b in 0..self.classes {
                let shared = self.of_class(a, b);
                squares =
                    each(|side| squares[side] + of_classes[a][side] * of_classes[b][side] * shared * shared);
            }
        }
        for &(t, u, own) in &self.of_models {
            let shared = self.of_class(self.class_of[t], self.class_of[u]);
            // (shared + own)^2 instead of shared^2
            let more = own * (own + 2.0 * shared);
            squares = each(|side| squares[side] + weights[t][side] * weights[u][side] * more);
        }
        squares
    }
}
