//! What the uncertainty of a modelled figure is made of.

use super::BottomUp;
use crate::{
    energy::{
        COMPONENTS, EnergyLaw, Tokens,
        constants::{EMBODIED_G_PER_KWH, LN_EMBODIED, LN_GRID},
    },
    interval::{Matrix, Workspace, interval},
    model::ParametersStatus,
};

/// What the uncertainty is made of, in the order of every array here.
pub(super) const NAMES: [&str; COMPONENTS] = [
    "batch size",
    "energy law",
    "model size",
    "active parameters",
    "prompt processing",
    "host and idle machines",
    "cooling and power supply",
    "grid",
    "hardware",
];
/// Where those stand that are a model's own: its law, its size, its active parameters.
pub(super) const OF_MODEL: [usize; 3] = [1, SIZE, 3];
const SIZE: usize = 2;
/// And those that belong to the way through a place.
const GRID: usize = 7;
const HARDWARE: usize = 8;

/// The quantities that are asked for: each is energy times something, and feels other components.
#[derive(Clone, Copy)]
pub(super) enum Exposure {
    Energy,
    Electricity,
    Hardware,
    /// Electricity and hardware.
    Emissions,
}

/// Whose error each component is: figures that share the key share the error.
pub(super) fn keys<'a>(figure: &BottomUp<'a>) -> [&'a str; COMPONENTS] {
    let factor = figure.factor();
    let (model, fleet) = (factor.model().id(), factor.fleet().name());
    let site = if factor.location().site.is_some() { factor.location().region } else { fleet };
    let zone = factor.location().zone.id();
    [fleet, model, model, model, fleet, fleet, site, zone, ""]
}

/// Answer and prompt of one model share most of their errors.
const STEPS: usize = 1;

/// Answers and prompts, each through electricity and hardware.
pub(super) const TERMS_MAX: usize = 4;

/// A part of a figure: its median, and how its logarithm moves with one standard deviation of each component.
#[derive(Clone, Copy)]
pub(super) struct Term {
    pub(super) median: f64,
    tokens: Tokens,
    way: Way,
}

/// What the energy goes through.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Nothing, or figures that are taken as they are.
    Alone,
    Electricity,
    Hardware,
}

/// The terms of one figure.
pub(super) struct Terms<'a> {
    law: &'a EnergyLaw,
    undisclosed_size: bool,
    terms: [Term; TERMS_MAX],
    used: usize,
}

impl<'a> Terms<'a> {
    pub(super) fn of(figure: &BottomUp<'a>, exposure: Exposure) -> Self {
        let factor = figure.factor();
        let electricity = (factor.location().zone.grid().g_per_kwh() / 1_000.0, Way::Electricity);
        let hardware = (EMBODIED_G_PER_KWH / 1_000.0, Way::Hardware);
        let ways: &[(f64, Way)] = match exposure {
            Exposure::Energy => &[(1.0, Way::Alone)],
            Exposure::Electricity => &[electricity],
            Exposure::Hardware => &[hardware],
            Exposure::Emissions => &[electricity, hardware],
        };
        let nothing = Term { median: 0.0, tokens: Tokens::Output, way: Way::Alone };
        let (mut terms, mut used) = ([nothing; TERMS_MAX], 0);
        for &(per_wh, way) in ways {
            for (wh, tokens) in figure.facility_wh().into_iter().zip([Tokens::Output, Tokens::Prompt]) {
                if wh > 0.0 {
                    terms[used] = Term { median: wh * per_wh, tokens, way };
                    used += 1;
                }
            }
        }
        let parameters = factor.parameters();
        let undisclosed_size = parameters.status() == ParametersStatus::Estimated;
        Terms { law: &parameters.law, undisclosed_size, terms, used }
    }

    pub(super) fn as_slice(&self) -> &[Term] {
        &self.terms[..self.used]
    }

    /// The 95 % interval.
    pub(super) fn interval(&self) -> [f64; 2] {
        // Of a known count the loops unroll, and an event is valued in half the time.
        match *self.as_slice() {
            [] => [0.0; 2],
            [a] => self.interval_of([a]),
            [a, b] => self.interval_of([a, b]),
            [a, b, c] => self.interval_of([a, b, c]),
            [a, b, c, d, ..] => self.interval_of([a, b, c, d]),
        }
    }

    fn interval_of<const T: usize>(&self, terms: [Term; T]) -> [f64; 2] {
        let shared =
            terms.map(|a| terms.map(|b| self.law.shared(a.tokens, b.tokens) + shared_way(a.way, b.way)));
        let [mut weights, mut along, mut weighted] = [[[0.0; 2]; T]; 3];
        let mut room = Workspace { weights: &mut weights, along: &mut along, weighted: &mut weighted };
        interval(&terms.map(|term| term.median), &Matrix(shared), STEPS, &mut room)
    }

    /// Share of each component in the variance, largest first; together 1, or none where nothing varies.
    pub(super) fn budget(&self) -> Vec<(&'static str, f64)> {
        let sum: f64 = self.as_slice().iter().map(|term| term.median).sum();
        let mut slopes = [0.0; COMPONENTS];
        for term in self.as_slice() {
            for (slope, of_term) in slopes.iter_mut().zip(self.slopes(term)) {
                *slope += term.median / sum * of_term;
            }
        }
        let mut names = NAMES;
        if self.undisclosed_size {
            names[SIZE] = "undisclosed size";
        }
        shares(names.into_iter().zip(slopes.map(|slope| slope * slope)))
    }

    /// How a term's logarithm moves with one standard deviation of each component.
    pub(super) fn slopes(&self, term: &Term) -> [f64; COMPONENTS] {
        let of_tokens = self.law.slopes(term.tokens);
        let (grid, hardware) = term.way.slopes();
        std::array::from_fn(|c| match c {
            GRID => grid,
            HARDWARE => hardware,
            c => of_tokens[c],
        })
    }
}

impl Way {
    fn slopes(self) -> (f64, f64) {
        match self {
            Way::Alone => (0.0, 0.0),
            Way::Electricity => (LN_GRID, 0.0),
            Way::Hardware => (0.0, LN_EMBODIED),
        }
    }
}

fn shared_way(a: Way, b: Way) -> f64 {
    let ((grid_a, hardware_a), (grid_b, hardware_b)) = (a.slopes(), b.slopes());
    grid_a * grid_b + hardware_a * hardware_b
}

/// Variances of components as shares of all, largest first.
pub(super) fn shares(variances: impl IntoIterator<Item = (&'static str, f64)>) -> Vec<(&'static str, f64)> {
    let mut shares: Vec<_> = variances.into_iter().filter(|(_, variance)| *variance > 0.0).collect();
    let all: f64 = shares.iter().map(|(_, variance)| variance).sum();
    shares.iter_mut().for_each(|(_, variance)| *variance /= all);
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    shares
}
