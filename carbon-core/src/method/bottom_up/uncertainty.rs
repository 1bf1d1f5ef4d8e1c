//! What the uncertainty of a modelled figure is made of.

use super::BottomUp;
use crate::{
    energy::{COMPONENTS, EnergyLaw, Work, constants::Constant},
    interval::{Factor, Matrix, Workspace, interval, intervals_of_products},
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
/// Those of a place that measured energy feels too.
pub(crate) const COOLING: usize = 6;
pub(crate) const GRID: usize = 7;
pub(crate) const HARDWARE: usize = 8;
/// And those that belong to the way through a place.
const OF_WAY: [usize; WAY_COMPONENTS] = [GRID, HARDWARE, 13, 14];
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
    let (model, fleet) = (factor.model().id(), factor.in_place().fleet().name());
    let site = factor.in_place().site_key();
    let zone = factor.in_place().location().zone.id();
    let context = factor.parameters().law.context_key;
    [fleet, model, model, model, fleet, fleet, site, zone, "", "", fleet, context, model, site, zone]
}

/// Emissions taken apart for a comparison: the sum of the kinds of work times the sum of the ways, each with how its logarithm
/// moves with one standard deviation of each component, and whose error each component is.
pub(crate) struct Parts<'a> {
    pub(crate) work: Vec<([f64; 2], [f64; COMPONENTS])>,
    /// Electricity, then hardware.
    pub(crate) way: [(f64, [f64; COMPONENTS]); 2],
    pub(crate) keys: [&'a str; COMPONENTS],
}

/// The parts of two figures of one factor: watt hours of both, by kind of work.
pub(crate) fn parts<'a>(before: &BottomUp<'a>, after: &BottomUp<'a>) -> Parts<'a> {
    let law = &before.factor().parameters().law;
    let wh = before.facility_wh().into_iter().zip(after.facility_wh()).zip(Work::ALL);
    let work = wh.filter(|((before, after), _)| *before > 0.0 || *after > 0.0);
    let way = [electricity(before), hardware(before)].map(|way| {
        let mut slopes = [0.0; COMPONENTS];
        for (place, slope) in OF_WAY.into_iter().zip(way.slopes) {
            slopes[place] = slope;
        }
        (way.per_wh, slopes)
    });
    Parts {
        work: work.map(|((before, after), work)| ([before, after], *law.slopes(work))).collect(),
        way,
        keys: keys(before),
    }
}

/// The kinds of work of one model share most of their errors.
const STEPS: usize = 1;

/// A part of a figure: its median, and how its logarithm moves with one standard deviation of each component.
#[derive(Clone, Copy)]
pub(super) struct Term {
    pub(super) median: f64,
    work: Work,
    way: Way,
}

/// What the energy goes through: something for a watt hour, and how its logarithm moves with the components of the place.
#[derive(Clone, Copy)]
struct Way {
    per_wh: f64,
    slopes: [f64; WAY_COMPONENTS],
}

const WAYS_MAX: usize = 2;

/// The terms of one figure: each kind of work through each way.
#[derive(Clone, Copy)]
pub(super) struct Terms<'a> {
    law: &'a EnergyLaw,
    undisclosed_size: bool,
    /// Watt hours of each kind of work that there is.
    work: [(f64, Work); Work::ALL.len()],
    kinds: usize,
    way: [Way; WAYS_MAX],
    ways: usize,
}

impl<'a> Terms<'a> {
    pub(super) fn of(figure: &BottomUp<'a>, exposure: Exposure) -> Self {
        Terms::of_part(figure, exposure, Part::Whole)
    }

    pub(super) fn of_part(figure: &BottomUp<'a>, exposure: Exposure, part: Part) -> Self {
        let parameters = figure.factor().parameters();
        let (mut work, mut kinds) = ([(0.0, Work::Output); Work::ALL.len()], 0);
        for (wh, kind) in figure.facility_wh().into_iter().zip(Work::ALL) {
            let asked = part == Part::Whole || matches!(kind, Work::OutputContext | Work::InputContext);
            if wh > 0.0 && asked {
                work[kinds] = (wh, kind);
                kinds += 1;
            }
        }
        let (way, ways) = ways(figure, exposure);
        let undisclosed_size = parameters.status() == ParametersStatus::Estimated;
        Terms { law: &parameters.law, undisclosed_size, work, kinds, way, ways }
    }

    /// The intervals of several quantities of one figure, which share the computation of its work.
    pub(super) fn intervals<const E: usize>(
        figure: &BottomUp<'a>,
        exposures: [Exposure; E],
    ) -> [[f64; 2]; E] {
        Terms::of(figure, Exposure::Energy).intervals_by(exposures.map(|exposure| ways(figure, exposure)))
    }

    /// One after the other, way by way.
    pub(super) fn iter(&self) -> impl Iterator<Item = Term> {
        self.way[..self.ways].iter().flat_map(|&way| {
            let of_work = move |&(wh, work): &(f64, Work)| Term { median: wh * way.per_wh, work, way };
            self.work[..self.kinds].iter().map(of_work)
        })
    }

    /// The 95 % interval.
    pub(super) fn interval(&self) -> [f64; 2] {
        let [interval] = self.intervals_by([(self.way, self.ways)]);
        interval
    }

    /// The 95 % intervals of the same work through several ways, each for two at most.
    fn intervals_by<const E: usize>(&self, ways: [([Way; WAYS_MAX], usize); E]) -> [[f64; 2]; E] {
        // Of a known count the loops unroll, and an event is valued in half the time.
        match (self.law.context_basis, self.kinds) {
            (_, 0) => [[0.0; 2]; E],
            // Sets without context have their last digits from the sum of all terms.
            (None, kinds) => ways.map(|(way, ways)| {
                let terms = Terms { way, ways, ..*self };
                match kinds * ways {
                    1 => terms.interval_of_sum::<1>(),
                    2 => terms.interval_of_sum::<2>(),
                    _ => terms.interval_of_sum::<4>(),
                }
            }),
            (Some(_), 1) => self.intervals_of::<1, E>(ways),
            (Some(_), 2) => self.intervals_of::<2, E>(ways),
            (Some(_), 3) => self.intervals_of::<3, E>(ways),
            (Some(_), 4) => self.intervals_of::<4, E>(ways),
            (Some(_), _) => self.intervals_of::<5, E>(ways),
        }
    }

    fn interval_of_sum<const T: usize>(&self) -> [f64; 2] {
        let terms: [Term; T] = std::array::from_fn(|place| {
            let ((wh, work), way) = (self.work[place % self.kinds], self.way[place / self.kinds]);
            Term { median: wh * way.per_wh, work, way }
        });
        let shared = terms.map(|a| terms.map(|b| self.law.shared(a.work, b.work) + a.way.shared(&b.way)));
        let [mut weights, mut along, mut weighted] = [[[0.0; 2]; T]; 3];
        let mut room = Workspace { weights: &mut weights, along: &mut along, weighted: &mut weighted };
        interval(&terms.map(|term| term.median), &Matrix(shared), STEPS, &mut room)
    }

    /// Of `N` kinds of work: the energy times what comes with a watt hour of it.
    fn intervals_of<const N: usize, const E: usize>(
        &self,
        ways: [([Way; WAYS_MAX], usize); E],
    ) -> [[f64; 2]; E] {
        let mut work = Factor { medians: [0.0; N], shared: [[0.0; N]; N] };
        for (a, (wh, kind)) in self.work.iter().take(N).enumerate() {
            work.medians[a] = *wh;
            for (b, (_, other)) in self.work.iter().take(N).enumerate() {
                work.shared[a][b] = self.law.shared(*kind, *other);
            }
        }
        let none = Factor { medians: [0.0; WAYS_MAX], shared: [[0.0; WAYS_MAX]; WAYS_MAX] };
        let mut factors = [none; E];
        for (factor, (way, ways)) in factors.iter_mut().zip(&ways) {
            for (a, one) in way.iter().take(*ways).enumerate() {
                factor.medians[a] = one.per_wh;
                for (b, other) in way.iter().take(*ways).enumerate() {
                    factor.shared[a][b] = one.shared(other);
                }
            }
        }
        intervals_of_products(&work, &factors)
    }

    /// Share of each component in the variance, largest first; together 1, or none where nothing varies.
    pub(super) fn budget(&self) -> Vec<(&'static str, f64)> {
        let sum: f64 = self.iter().map(|term| term.median).sum();
        let mut slopes = [0.0; COMPONENTS];
        for term in self.iter() {
            for (slope, of_term) in slopes.iter_mut().zip(self.slopes(&term)) {
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
        for (place, slope) in OF_WAY.into_iter().zip(term.way.slopes) {
            slopes[place] = slope;
        }
        slopes
    }
}

/// What the energy of a figure goes through, and how many of the places are taken.
fn ways(figure: &BottomUp<'_>, exposure: Exposure) -> ([Way; WAYS_MAX], usize) {
    let none = Way { per_wh: 1.0, slopes: [0.0; WAY_COMPONENTS] };
    match exposure {
        Exposure::Energy => ([none, none], 1),
        Exposure::Electricity => ([electricity(figure), none], 1),
        Exposure::Hardware => ([hardware(figure), none], 1),
        Exposure::Emissions => ([electricity(figure), hardware(figure)], 2),
        Exposure::OnsiteWater => ([onsite_water(figure), none], 1),
        Exposure::OffsiteWater => ([offsite_water(figure), none], 1),
        Exposure::Water => ([water(figure), none], 1),
    }
}

impl Way {
    fn shared(&self, other: &Way) -> f64 {
        let [grid, hardware, onsite, offsite] = self.slopes;
        let [of_grid, of_hardware, of_onsite, of_offsite] = other.slopes;
        grid * of_grid + hardware * of_hardware + onsite * of_onsite + offsite * of_offsite
    }
}

/// Grams for a watt hour of facility energy.
fn electricity(figure: &BottomUp<'_>) -> Way {
    // The error of a zone's grid is that of the year: its hours and months share it.
    let grid = figure.factor().in_place().location().grid;
    Way { per_wh: grid.g_per_kwh() / 1_000.0, slopes: [grid.factor().sd, 0.0, 0.0, 0.0] }
}

fn hardware(figure: &BottomUp<'_>) -> Way {
    let constants = figure.factor().in_place().constants();
    let sd = constants.sd(Constant::Embodied);
    Way { per_wh: constants.value(Constant::Embodied) / 1_000.0, slopes: [0.0, sd, 0.0, 0.0] }
}

/// Millilitres for a watt hour of facility energy.
fn onsite_water(figure: &BottomUp<'_>) -> Way {
    let sd = figure.factor().in_place().constants().sd(Constant::OnsiteWater);
    Way { per_wh: figure.factor().in_place().onsite_ml_per_wh(), slopes: [0.0, 0.0, sd, 0.0] }
}

fn offsite_water(figure: &BottomUp<'_>) -> Way {
    let zone = figure.factor().in_place().location().zone;
    let constant = match zone.water_of() {
        WaterOf::Zone => Constant::OffsiteWater,
        WaterOf::World => Constant::OffsiteWaterOfWorld,
    };
    let sd = figure.factor().in_place().constants().sd(constant);
    Way { per_wh: zone.offsite_water_l_per_kwh(), slopes: [0.0, 0.0, 0.0, sd] }
}

/// Both waters as one way, each component weighed by its part.
fn water(figure: &BottomUp<'_>) -> Way {
    let (onsite, offsite) = (onsite_water(figure), offsite_water(figure));
    let per_wh = onsite.per_wh + offsite.per_wh;
    let slope = |place: usize| {
        (onsite.per_wh * onsite.slopes[place] + offsite.per_wh * offsite.slopes[place]) / per_wh
    };
    Way { per_wh, slopes: [0.0, 0.0, slope(2), slope(3)] }
}

/// Variances of components as shares of all, largest first.
pub(super) fn shares(variances: impl IntoIterator<Item = (&'static str, f64)>) -> Vec<(&'static str, f64)> {
    let mut shares: Vec<_> = variances.into_iter().filter(|(_, variance)| *variance > 0.0).collect();
    let all: f64 = shares.iter().map(|(_, variance)| variance).sum();
    shares.iter_mut().for_each(|(_, variance)| *variance /= all);
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    shares
}
