//! The equations of EcoLogits 0.11.3, as a second opinion.
//!
//! Evaluated once with every input at its lowest and once at its highest; prompt tokens do not count.
//! Equations and constants are facts cited from the EcoLogits methodology (GenAI Impact); the code is ours.

mod video;

pub use video::{Video, impacts_of_video};

use crate::{
    Grams, Millilitres, WattHours,
    float::exp,
    model::Size,
    quantity::{KilogramsSb, Megajoules},
};

/// The inputs of the method.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inputs {
    /// Requests: each waits for its first token once.
    pub requests: f64,
    /// Output tokens of all of them.
    pub output_tokens: f64,
    /// Parameters and measured speed of the model.
    pub size: Size,
    /// Measured duration of the requests in seconds, if known.
    pub request_latency_s: Option<f64>,
    /// Facility energy over IT energy, lowest and highest.
    pub pue: [f64; 2],
    /// On-site water in litres per kilowatt hour of IT energy, lowest and highest.
    pub onsite_water_l_per_kwh: [f64; 2],
    /// Grid figures per kilowatt hour.
    pub grid: Grid,
}

/// Figures of a grid, per kilowatt hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Grams of CO2e.
    pub g_per_kwh: f64,
    /// Kilograms of antimony equivalent.
    pub adpe_kg_sb_per_kwh: f64,
    /// Megajoules of primary energy.
    pub primary_energy_mj_per_kwh: f64,
    /// Litres of water at the power plants.
    pub offsite_water_l_per_kwh: f64,
}

/// The results of the method, for one set of inputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impacts {
    /// Facility energy.
    pub energy: WattHours,
    /// Emissions, hardware included.
    pub co2: Grams,
    /// The part of them that is hardware.
    pub embodied_co2: Grams,
    /// Elements, hardware included.
    pub adpe: KilogramsSb,
    /// The part of them that is hardware.
    pub embodied_adpe: KilogramsSb,
    /// Primary energy, hardware included.
    pub primary_energy: Megajoules,
    /// The part of it that is hardware.
    pub embodied_primary_energy: Megajoules,
    /// Water on site and at the power plants; none is counted for hardware.
    pub water: Millilitres,
}

/// Requests served together.
const BATCH: f64 = 64.0;
/// Fit of GPU energy on ML.ENERGY, watt hours per output token: per billion active parameters, per request of the
/// batch (in the exponent), and constant.
const ENERGY_PER_B: f64 = 1.166_527_317_045_191_4e-6;
const ENERGY_PER_BATCH: f64 = -0.011_205_921_025_579_175;
const ENERGY_BASE: f64 = 4.052_928_146_734_005e-5;
/// Fit of latency, seconds per output token: per billion active parameters, per request of the batch, and constant.
const LATENCY_PER_B: f64 = 6.785_088_094_353_663e-4;
const LATENCY_PER_BATCH: f64 = 3.119_310_311_688_259e-4;
const LATENCY_BASE: f64 = 1.947_371_757_947_338_7e-2;
/// Weights in memory: bits each, and 20 % on top.
const BITS: f64 = 16.0;
const MEMORY_OVERHEAD: f64 = 1.2;
const GPU_MEMORY_GB: f64 = 80.0;
/// A server without its GPUs: kilowatts, and how many GPUs it holds.
const SERVER_KW: f64 = 1.2;
const SERVER_GPUS: f64 = 8.0;
/// Hardware lives three years.
const LIFETIME_S: f64 = 3.0 * 365.0 * 24.0 * 3_600.0;
/// Making a server without GPUs, and one GPU: kg CO2e, kg Sb eq, MJ (BoaviztAPI).
const SERVER_MADE: [f64; 3] = [5_700.0, 0.37, 70_000.0];
const GPU_MADE: [f64; 3] = [273.0, 0.00895, 3_721.0];

/// Impacts with every input at its lowest, and with every input at its highest.
///
/// `None` if an input is impossible: a size, speed, PUE or grid of zero, or a negative count.
///
/// ```
/// use carbon_core::{method::ecologits::{Grid, Inputs, impacts}, model::{Size, Speed}};
/// // gpt-4o in the United States, 400 output tokens.
/// let gpt_4o = Inputs {
///     requests: 1.0,
///     output_tokens: 400.0,
///     size: Size {
///         active_b: [44.0, 132.0],
///         active_in_b: [44.0, 132.0],
///         total_b: [440.0, 440.0],
///         speed: Some(Speed { tokens_per_s: 74.0, first_token_s: 0.61 }),
///     },
///     request_latency_s: None,
///     pue: [1.2, 1.2],
///     onsite_water_l_per_kwh: [0.569, 0.569],
///     grid: Grid {
///         g_per_kwh: 384.4,
///         adpe_kg_sb_per_kwh: 9.855e-8,
///         primary_energy_mj_per_kwh: 9.6884,
///         offsite_water_l_per_kwh: 3.1321,
///     },
/// };
/// let [low, high] = impacts(&gpt_4o).unwrap();
/// assert!((low.co2.to_f64() - 0.238_184_203).abs() < 1e-9);
/// assert!((high.co2.to_f64() - 0.386_113_886).abs() < 1e-9);
/// assert_eq!(impacts(&Inputs { pue: [0.0, 1.2], ..gpt_4o }), None);
/// ```
pub fn impacts(inputs: &Inputs) -> Option<[Impacts; 2]> {
    inputs.can_be().then(|| [corner(inputs, 0), corner(inputs, 1)])
}

impl Inputs {
    fn can_be(&self) -> bool {
        let Inputs { requests, output_tokens, size, request_latency_s, pue, onsite_water_l_per_kwh, grid } =
            self;
        let Grid { g_per_kwh, adpe_kg_sb_per_kwh, primary_energy_mj_per_kwh, offsite_water_l_per_kwh } = grid;
        let above_zero = [size.active_b, size.total_b, *pue].concat();
        let speed = size.speed.map(|speed| speed.tokens_per_s);
        let others =
            [requests, output_tokens, adpe_kg_sb_per_kwh, primary_energy_mj_per_kwh, offsite_water_l_per_kwh];
        let waits = [size.speed.map(|speed| speed.first_token_s), *request_latency_s];
        above_zero.iter().chain(&speed).chain([g_per_kwh]).all(|number| number.is_finite() && *number > 0.0)
            && others
                .into_iter()
                .chain(onsite_water_l_per_kwh)
                .chain(waits.iter().flatten())
                .all(|number| number.is_finite() && *number >= 0.0)
    }
}

fn corner(inputs: &Inputs, side: usize) -> Impacts {
    let (active_b, total_b) = (inputs.size.active_b[side], inputs.size.total_b[side]);
    let gpu_kwh = inputs.output_tokens * energy_per_token(active_b) / 1_000.0;
    let duration_s = duration_s(inputs, active_b);
    let gpus = gpus(total_b);
    let server_kwh = duration_s / 3_600.0 * SERVER_KW * (gpus / SERVER_GPUS) / BATCH;
    let it_kwh = server_kwh + gpus * gpu_kwh;
    let made = [0, 1, 2].map(|impact| {
        let hardware = gpus / SERVER_GPUS * SERVER_MADE[impact] + gpus * GPU_MADE[impact];
        duration_s * hardware / (LIFETIME_S * BATCH)
    });
    let spent = Spent {
        it_kwh,
        pue: inputs.pue[side],
        onsite_water_l_per_kwh: inputs.onsite_water_l_per_kwh[side],
        made,
    };
    spent.impacts(&inputs.grid)
}

/// What was spent: energy of the machines, and of making them.
struct Spent {
    it_kwh: f64,
    pue: f64,
    onsite_water_l_per_kwh: f64,
    /// kg CO2e, kg Sb eq, MJ.
    made: [f64; 3],
}

impl Spent {
    fn impacts(&self, grid: &Grid) -> Impacts {
        let Spent { it_kwh, pue, onsite_water_l_per_kwh, made: [made_kg, made_kg_sb, made_mj] } = *self;
        let Grid { g_per_kwh, adpe_kg_sb_per_kwh, primary_energy_mj_per_kwh, offsite_water_l_per_kwh } =
            *grid;
        let (kwh, made_g) = (pue * it_kwh, made_kg * 1_000.0);
        let litres = it_kwh * (onsite_water_l_per_kwh + pue * offsite_water_l_per_kwh);
        Impacts {
            energy: WattHours::from_f64(kwh * 1_000.0),
            co2: Grams::from_f64(kwh * g_per_kwh + made_g),
            embodied_co2: Grams::from_f64(made_g),
            adpe: KilogramsSb::from_f64(kwh * adpe_kg_sb_per_kwh + made_kg_sb),
            embodied_adpe: KilogramsSb::from_f64(made_kg_sb),
            primary_energy: Megajoules::from_f64(kwh * primary_energy_mj_per_kwh + made_mj),
            embodied_primary_energy: Megajoules::from_f64(made_mj),
            water: Millilitres::from_f64(litres * 1_000.0),
        }
    }
}

/// Watt hours of one GPU.
fn energy_per_token(active_b: f64) -> f64 {
    ENERGY_PER_B * exp(ENERGY_PER_BATCH * BATCH) * active_b + ENERGY_BASE
}

fn duration_s(inputs: &Inputs, active_b: f64) -> f64 {
    let (per_token_s, first_token_s) = match inputs.size.speed {
        Some(speed) => (1.0 / speed.tokens_per_s, speed.first_token_s),
        None => (LATENCY_PER_B * active_b + LATENCY_PER_BATCH * BATCH + LATENCY_BASE, 0.0),
    };
    let modelled = inputs.output_tokens * per_token_s + inputs.requests * first_token_s;
    inputs.request_latency_s.map_or(modelled, |measured| modelled.min(measured))
}

/// GPUs that hold the weights: the next power of two.
fn gpus(total_b: f64) -> f64 {
    let memory_gb = MEMORY_OVERHEAD * total_b * BITS / 8.0;
    (memory_gb / GPU_MEMORY_GB).ceil().log2().ceil().exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_methodology_page_states_these_constants() {
        let page = include_str!("../../../docs/methodology.md");
        let [server_g, server_sb, server_mj] = SERVER_MADE;
        let [gpu_g, gpu_sb, gpu_mj] = GPU_MADE;
        for stated in [
            format!("{ENERGY_PER_B:e} x exp({ENERGY_PER_BATCH} x {BATCH}) x A + {ENERGY_BASE:e}"),
            format!("({LATENCY_PER_B:e} x A + {LATENCY_PER_BATCH:e} x {BATCH} + {LATENCY_BASE:e})"),
            format!("ceil({MEMORY_OVERHEAD} x P x {BITS} / 8 / {GPU_MEMORY_GB})"),
            format!("(t / 3600 x {SERVER_KW} x n / {SERVER_GPUS} / {BATCH} + n x T x f / 1000)"),
            format!("t x (n / {SERVER_GPUS} x S + n x G) / ({LIFETIME_S} x {BATCH})"),
            format!("{server_g} kg CO2e, {server_sb} kg Sb eq, {server_mj} MJ"),
            format!("{gpu_g} kg CO2e, {gpu_sb} kg Sb eq, {gpu_mj} MJ"),
        ] {
            assert!(page.contains(&stated), "docs/methodology.md does not say {stated:?}");
        }
    }
}
