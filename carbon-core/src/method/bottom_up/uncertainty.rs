//! What the uncertainty of a modelled figure is made of.

use super::BottomUp;
use crate::{
    energy::{COMPONENTS, EnergyLaw, Work, constants::Constant},
    interval::{Matrix, Workspace, interval},
    model::ParametersStatus,
    place::WaterOf,
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
    "machines and precision",
    "cached input",
    "context",
    "attention of the model",
    "water on site",
    "water at power plants",
];
/// Where those stand that are a model's own: its law, its size, its active parameters, its attention.
pub(super) const OF_MODEL: [usize; 4] = [1, SIZE, 3, 12];
const SIZE: usize = 2;
/// And those that belong to the way through a place.
const OF_WAY: [usize; WAY_COMPONENTS] = [7, 8, 13, 14];
const WAY_COMPONENTS: usize = 4;

/// The quantities that are asked for: each is energy times something, and feels other components.
#[derive(Clone, Copy)]
pub(super) enum Exposure {
    Energy,
    Electricity,
    Hardware,
    /// Electricity and hardware.
    Emissions,
    OnsiteWater,
    OffsiteWater,
    /// On site and at the power plants.
    Water,
}

/// The part of a figure that is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    /// What comes from context.
    Context,
}

/// Whose error each component is: figures that share the key share the error.
pub(super) fn keys<'a>(figure: &BottomUp<'a>) -> [&'a str; COMPONENTS] {
    let factor = figure.factor();
    let (model, fleet) = (factor.model().id(), factor.fleet().name());
    let site = if factor.location().site.is_some() { factor.location().region } else { fleet };
    let zone = factor.location().zone.id();
    let context = factor.parameters().law.context_key;
    [fleet, model, model, model, fleet, fleet, site, zone, "", "", fleet, context, model, site, zone]
}

/// The kinds of work of one model share most of their errors.
const STEPS: usize = 1;

/// Every kind of work, through electricity and hardware.
const TERMS_MAX: usize = 2 * Work::ALL.len();

/// A part of a figure: its median, and how its logarithm moves with one standard deviation of each component.
#[derive(Clone, Copy)]
pub(super) struct Term {
    pub(super) median: f64,
    work: Work,
    way: Way,
}

/// What the energy goes through: how its logarithm moves with the components of the place.
#[derive(Clone, Copy, PartialEq)]
struct Way([f64; WAY_COMPONENTS]);

/// The terms of one figure.
pub(super) struct Terms<'a> {
    law: &'a EnergyLaw,
    undisclosed_size: bool,
    terms: [Term; TERMS_MAX],
    used: usize,
}

impl<'a> Terms<'a> {
    pub(super) fn of(figure: &BottomUp<'a>, exposure: Exposure) -> Self {
        Terms::of_part(figure, exposure, Part::Whole)
    }

    pub(super) fn of_part(figure: &BottomUp<'a>, exposure: Exposure, part: Part) -> Self {
        let parameters = figure.factor().parameters();
        let undisclosed_size = parameters.status() == ParametersStatus::Estimated;
        let nothing = Term { median: 0.0, work: Work::Output, way: Way([0.0; WAY_COMPONENTS]) };
        let mut terms =
            Terms { law: &parameters.law, undisclosed_size, terms: [nothing; TERMS_MAX], used: 0 };
        let facility_wh = figure.facility_wh();
        let mut add = |(per_wh, way): (f64, Way)| {
            for (wh, work) in facility_wh.into_iter().zip(Work::ALL) {
                let asked = part == Part::Whole || matches!(work, Work::OutputContext | Work::InputContext);
                if wh > 0.0 && asked {
                    terms.terms[terms.used] = Term { median: wh * per_wh, work, way };
                    terms.used += 1;
                }
            }
        };
        match exposure {
            Exposure::Energy => add((1.0, Way([0.0; WAY_COMPONENTS]))),
            Exposure::Electricity => add(electricity(figure)),
            Exposure::Hardware => add(hardware(figure)),
            Exposure::Emissions => {
                add(electricity(figure));
                add(hardware(figure));
            }
            Exposure::OnsiteWater => add(onsite_water(figure)),
            Exposure::OffsiteWater => add(offsite_water(figure)),
            Exposure::Water => add(water(figure)),
        }
        terms
    }

    pub(super) fn as_slice(&self) -> &[Term] {
        &self.terms[..self.used]
    }

    /// The 95 % interval.
    pub(super) fn interval(&self) -> [f64; 2] {
        // Of a known count the loops unroll, and an event is valued in half the time.
        match self.used {
            0 => [0.0; 2],
            1 => self.interval_of::<1>(),
            2 => self.interval_of::<2>(),
            3 => self.interval_of::<3>(),
            4 => self.interval_of::<4>(),
            5 => self.interval_of::<5>(),
            6 => self.interval_of::<6>(),
            8 => self.interval_of::<8>(),
            _ => self.interval_of::<TERMS_MAX>(),
        }
    }

    fn interval_of<const T: usize>(&self) -> [f64; 2] {
        let terms: [Term; T] = std::array::from_fn(|place| self.terms[place]);
        let shared = terms.map(|a| terms.map(|b| self.law.shared(a.work, b.work) + a.way.shared(b.way)));
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
        let mut slopes = *self.law.slopes(term.work);
        for (place, slope) in OF_WAY.into_iter().zip(term.way.0) {
            slopes[place] = slope;
        }
        slopes
    }
}

impl Way {
    fn shared(self, other: Way) -> f64 {
        self.0[0] * other.0[0] + self.0[1] * other.0[1] + self.0[2] * other.0[2] + self.0[3] * other.0[3]
    }
}

/// Grams for a watt hour of facility energy, and how they may be off.
fn electricity(figure: &BottomUp<'_>) -> (f64, Way) {
    let grid = figure.factor().location().zone.grid();
    (grid.g_per_kwh() / 1_000.0, Way([grid.sd, 0.0, 0.0, 0.0]))
}

fn hardware(figure: &BottomUp<'_>) -> (f64, Way) {
    let constants = figure.factor().constants();
    (constants.value(Constant::Embodied) / 1_000.0, Way([0.0, constants.sd(Constant::Embodied), 0.0, 0.0]))
}

/// Millilitres for a watt hour of facility energy, and how they may be off.
fn onsite_water(figure: &BottomUp<'_>) -> (f64, Way) {
    (figure.onsite_ml_per_wh(), Way([0.0, 0.0, figure.factor().constants().sd(Constant::OnsiteWater), 0.0]))
}

fn offsite_water(figure: &BottomUp<'_>) -> (f64, Way) {
    let zone = figure.factor().location().zone;
    let constant = match zone.water_of() {
        WaterOf::Zone => Constant::OffsiteWater,
        WaterOf::World => Constant::OffsiteWaterOfWorld,
    };
    (zone.offsite_water_l_per_kwh(), Way([0.0, 0.0, 0.0, figure.factor().constants().sd(constant)]))
}

/// Both waters as one way, each component weighed by its part.
fn water(figure: &BottomUp<'_>) -> (f64, Way) {
    let ((onsite, a), (offsite, b)) = (onsite_water(figure), offsite_water(figure));
    let both = onsite + offsite;
    let slope = |place: usize| (onsite * a.0[place] + offsite * b.0[place]) / both;
    (both, Way([0.0, 0.0, slope(2), slope(3)]))
}

/// Variances of components as shares of all, largest first.
pub(super) fn shares(variances: impl IntoIterator<Item = (&'static str, f64)>) -> Vec<(&'static str, f64)> {
    let mut shares: Vec<_> = variances.into_iter().filter(|(_, variance)| *variance > 0.0).collect();
    let all: f64 = shares.iter().map(|(_, variance)| variance).sum();
    shares.iter_mut().for_each(|(_, variance)| *variance /= all);
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    shares
}
