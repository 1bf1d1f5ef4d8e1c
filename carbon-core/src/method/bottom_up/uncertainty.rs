//! What the uncertainty of a modelled figure is made of.

use super::{BottomUp, constants::*};
use crate::{
    ParametersStatus,
    interval::{self, Term, Workspace},
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
pub(super) const COMPONENTS: usize = 9;
/// Where the size stands in them.
const SIZE: usize = 2;

/// The quantities that are asked for: each is energy times something, and feels other components.
#[derive(Clone, Copy)]
pub(super) enum Exposure {
    Energy,
    Water,
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

/// Answers and prompts, each through electricity and hardware.
pub(super) const TERMS_MAX: usize = 4;

/// The terms of one figure.
pub(super) struct Terms {
    undisclosed_size: bool,
    terms: [Term<COMPONENTS>; TERMS_MAX],
    used: usize,
}

impl Terms {
    pub(super) fn of(figure: &BottomUp<'_>, exposure: Exposure) -> Self {
        let [output_wh, prompt_wh] = figure.facility_wh();
        let factor = figure.factor();
        let electricity = (factor.location().zone.grid().g_per_kwh() / 1_000.0, [1.0, 0.0]);
        let hardware = (EMBODIED_G_PER_KWH / 1_000.0, [0.0, 1.0]);
        let neither = [0.0, 0.0];
        let ways: &[(f64, [f64; 2])] = match exposure {
            Exposure::Energy => &[(1.0, neither)],
            Exposure::Water => &[(figure.water_ml_per_wh(), neither)],
            Exposure::Electricity => &[electricity],
            Exposure::Hardware => &[hardware],
            Exposure::Emissions => &[electricity, hardware],
        };
        let law = &factor.parameters().law;
        let sds = [
            gsd::BATCH.ln(),
            gsd::LAW.ln(),
            law.size_sd,
            law.active_sd,
            gsd::PREFILL.ln(),
            gsd::HOST_AND_IDLE.ln(),
            gsd::PUE.ln(),
            gsd::GRID.ln(),
            gsd::EMBODIED.ln(),
        ];
        let mut terms =
            [Term { median: 0.0, slopes: [0.0; COMPONENTS], errors: std::array::from_fn(|c| c) }; 4];
        let mut used = 0;
        for &(per_wh, [grid, making]) in ways {
            for (wh, elasticities) in [
                (output_wh, [C3, 1.0, C1, C1 - C2, 0.0, 1.0, 1.0, grid, making]),
                (prompt_wh, [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, grid, making]),
            ] {
                if wh > 0.0 {
                    terms[used].median = wh * per_wh;
                    terms[used].slopes = std::array::from_fn(|c| elasticities[c] * sds[c]);
                    used += 1;
                }
            }
        }
        let undisclosed_size = factor.parameters().status() == ParametersStatus::Estimated;
        Terms { undisclosed_size, terms, used }
    }

    pub(super) fn as_slice(&self) -> &[Term<COMPONENTS>] {
        &self.terms[..self.used]
    }

    /// The 95 % interval.
    pub(super) fn interval(&self) -> [f64; 2] {
        self.with_room(interval::interval)
    }

    /// Share of each component in the variance, largest first; together 1, or none where nothing varies.
    pub(super) fn budget(&self) -> Vec<(&'static str, f64)> {
        self.with_room(|terms, room| {
            interval::contributions(terms, room);
            let mut names = NAMES;
            if self.undisclosed_size {
                names[SIZE] = "undisclosed size";
            }
            shares(names.into_iter().zip(room.slope.iter().map(|part| part * part)))
        })
    }

    fn with_room<T>(&self, work: impl FnOnce(&[Term<COMPONENTS>], &mut Workspace<'_>) -> T) -> T {
        let (mut place, mut slope) = ([0.0; COMPONENTS], [0.0; COMPONENTS]);
        let mut values = [0.0; TERMS_MAX];
        let mut room = Workspace { place: &mut place, slope: &mut slope, values: &mut values };
        work(self.as_slice(), &mut room)
    }
}

/// Variances of components as shares of all, largest first.
pub(super) fn shares(variances: impl IntoIterator<Item = (&'static str, f64)>) -> Vec<(&'static str, f64)> {
    let mut shares: Vec<_> = variances.into_iter().filter(|(_, variance)| *variance > 0.0).collect();
    let all: f64 = shares.iter().map(|(_, variance)| variance).sum();
    shares.iter_mut().for_each(|(_, variance)| *variance /= all);
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    shares
}
