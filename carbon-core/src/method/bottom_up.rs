//! Our own model: energy from a model's size and the tokens of each class, through host, cooling and grid,
//! with the making of the hardware and the water, and with a range that says where it comes from.
//!
//! Every equation is linear in the token counts, so it is evaluated on sums.
//! The constants and their sources are in `docs/methodology.md`, which a test holds against this file.

use crate::{
    Location, Millilitres, ModelledGrams, Parameters, ParametersStatus, Range, Site, Usage, WattHours,
    interval::{Spread, Term, Z_95},
};

/// Regression on the ML.ENERGY leaderboard v3 (2026-02-16; 328 configurations of 18 models, R2 0.95, own fit):
/// ln(Wh per 1,000 output tokens, accelerators alone) = c0 + c1 ln A + c2 ln(T/A) + c3 ln(B/64).
pub(crate) const C0: f64 = -4.921_007_291_947_52;
/// Coefficient of the active parameters.
pub(crate) const C1: f64 = 0.852_883_320_516_475_5;
/// Coefficient of the ratio of all to active parameters.
pub(crate) const C2: f64 = 0.649_036_331_174_392_4;
/// Coefficient of the batch; its size is 64 here, so only the uncertainty of it counts.
pub(crate) const C3: f64 = -0.495_361_591_509_540_6;

/// A token of the prompt takes two operations per active parameter, on an H100 at half its peak.
pub(crate) const FLOPS_PER_PARAMETER: f64 = 2.0;
pub(crate) const ACCELERATOR_W: f64 = 700.0;
pub(crate) const ACCELERATOR_FLOPS_PER_S: f64 = 989e12;
pub(crate) const PREFILL_UTILISATION: f64 = 0.5;
/// A token read from the provider's cache, over one that is not (measured 0.05 to 0.37).
pub(crate) const CACHE_READ_OVER_FRESH: f64 = 0.10;
/// Accelerator, host and idle machines over the accelerator alone: (0.14 + 0.06 + 0.02) / 0.14 (Google, arXiv:2508.15734).
pub(crate) const HOST_AND_IDLE: f64 = 1.571;
/// Making the hardware, in grams per kilowatt hour of facility energy (Google: 0.010 g per 0.24 Wh).
pub(crate) const EMBODIED_G_PER_KWH: f64 = 42.0;

/// Geometric standard deviations; all but the law's are our judgement.
pub(crate) mod gsd {
    /// Batch size that a provider serves with.
    pub(crate) const BATCH: f64 = 2.5;
    /// The regression, leaving one model out at a time.
    pub(crate) const LAW: f64 = 1.40;
    /// Size of a model whose maker does not disclose it.
    pub(crate) const UNDISCLOSED_SIZE: f64 = 2.0;
    /// Size that a model card states and nobody has read again.
    pub(crate) const UNVERIFIED_SIZE: f64 = 1.25;
    /// Size rounded into a name.
    pub(crate) const ROUNDED_SIZE: f64 = 1.10;
    pub(crate) const HOST_AND_IDLE: f64 = 1.25;
    pub(crate) const PUE: f64 = 1.05;
    /// A year's average for an unknown hour.
    pub(crate) const GRID: f64 = 1.10;
    pub(crate) const EMBODIED: f64 = 1.6;
    pub(crate) const PREFILL: f64 = 1.35;
}

/// What the method answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BottomUp {
    /// Operation and hardware together.
    pub co2: Range<ModelledGrams>,
    /// Electricity.
    pub operational_co2: Range<ModelledGrams>,
    /// The making of the hardware.
    pub embodied_co2: Range<ModelledGrams>,
    /// Facility energy.
    pub energy: Range<WattHours>,
    /// Water on site.
    pub onsite_water: Millilitres,
    /// Water at the power plants.
    pub offsite_water: Millilitres,
    /// Both.
    pub water: Range<Millilitres>,
    spread: Spread<COMPONENTS>,
}

impl BottomUp {
    /// Share of each source of uncertainty in the variance of `co2`, largest first; together 1.
    pub fn budget(&self) -> Vec<(&'static str, f64)> {
        let shares = NAMES.into_iter().zip(self.spread.shares());
        let mut budget: Vec<_> = shares.filter(|(_, share)| *share > 0.0).collect();
        budget.sort_by(|a, b| b.1.total_cmp(&a.1));
        budget
    }
}

/// Watt hours on the accelerators, by what drives their uncertainty.
struct Accelerator {
    output_wh: f64,
    input_wh: f64,
}

/// Energy, emissions and water of `usage`. Nothing is allocated.
pub(crate) fn bottom_up(
    parameters: &Parameters,
    usage: &Usage,
    location: &Location<'_>,
    fleet: &Site,
) -> BottomUp {
    let site = location.site.unwrap_or(fleet);
    let (pue, onsite) = (middle(site.pue), middle(site.onsite_water_l_per_kwh));
    let accelerator = accelerator_wh(parameters, usage);
    let it_wh = (accelerator.output_wh + accelerator.input_wh) * HOST_AND_IDLE;
    let wh = it_wh * pue;
    let operational = wh / 1_000.0 * location.zone.grid_g_per_kwh();
    let embodied = wh / 1_000.0 * EMBODIED_G_PER_KWH;
    // A litre a kilowatt hour is a millilitre a watt hour.
    let (onsite_ml, offsite_ml) = (it_wh * onsite, wh * location.zone.offsite_water_l_per_kwh());

    let gsds = gsds(parameters);
    // Every result is the same energy times something: output and prompt tokens in their proportion.
    let terms = |total: f64, grid: f64, hardware: f64| {
        let all = accelerator.output_wh + accelerator.input_wh;
        let part = |wh: f64| if all > 0.0 { total * wh / all } else { 0.0 };
        [
            Term {
                median: part(accelerator.output_wh),
                elasticities: exposure(Tokens::Output, grid, hardware),
            },
            Term {
                median: part(accelerator.input_wh),
                elasticities: exposure(Tokens::Prompt, grid, hardware),
            },
        ]
    };
    let (electricity, making) = (terms(operational, 1.0, 0.0), terms(embodied, 0.0, 1.0));
    let spread = Spread::of(&[electricity[0], electricity[1], making[0], making[1]], &gsds);
    let alone = |terms: [Term<COMPONENTS>; 2]| Spread::of(&terms, &gsds);
    let energy = alone(terms(wh, 0.0, 0.0));
    // Water is energy times figures that are taken as they are.
    let ml_per_wh = if wh > 0.0 { (onsite_ml + offsite_ml) / wh } else { 0.0 };
    BottomUp {
        co2: range(operational + embodied, spread.interval, ModelledGrams::new),
        operational_co2: range(operational, alone(electricity).interval, ModelledGrams::new),
        embodied_co2: range(embodied, alone(making).interval, ModelledGrams::new),
        energy: range(wh, energy.interval, WattHours::new),
        onsite_water: Millilitres::new(onsite_ml),
        offsite_water: Millilitres::new(offsite_ml),
        water: range(onsite_ml + offsite_ml, energy.interval.map(|wh| wh * ml_per_wh), Millilitres::new),
        spread,
    }
}

/// Wh per 1,000 output tokens on the accelerators, for sizes in billions.
pub(crate) fn output_wh_per_1k(active_b: f64, total_b: f64) -> f64 {
    (C0 + C1 * active_b.ln() + C2 * (total_b / active_b).ln()).exp()
}

/// Wh per 1,000 fresh prompt tokens on the accelerators.
pub(crate) fn input_wh_per_1k(active_b: f64) -> f64 {
    let joules = FLOPS_PER_PARAMETER * active_b * 1e9 * ACCELERATOR_W
        / (ACCELERATOR_FLOPS_PER_S * PREFILL_UTILISATION);
    joules / 3_600.0 * 1_000.0
}

fn accelerator_wh(parameters: &Parameters, usage: &Usage) -> Accelerator {
    let (active_b, total_b) = (middle(parameters.active_b), middle(parameters.total_b));
    // Cache creation is fresh input; reasoning is output.
    let fresh = count(usage.input_tokens.saturating_sub(usage.cache_read_input_tokens));
    let cached = count(usage.cache_read_input_tokens) * CACHE_READ_OVER_FRESH;
    Accelerator {
        output_wh: count(usage.output_tokens) / 1_000.0 * output_wh_per_1k(active_b, total_b),
        input_wh: (fresh + cached) / 1_000.0 * input_wh_per_1k(active_b),
    }
}

/// What the uncertainty is made of.
const NAMES: [&str; COMPONENTS] = [
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
const COMPONENTS: usize = 9;

/// How wide each component is, in the order of [`NAMES`].
fn gsds(parameters: &Parameters) -> [f64; COMPONENTS] {
    let [least, most] = parameters.active_b;
    // The bounds of active parameters are read as a 95 % interval.
    let active = (most / least).powf(1.0 / (2.0 * Z_95));
    let size = match parameters.status {
        ParametersStatus::Disclosed => 1.0,
        ParametersStatus::FromName => gsd::ROUNDED_SIZE,
        ParametersStatus::Unverified => gsd::UNVERIFIED_SIZE,
        ParametersStatus::Estimated => gsd::UNDISCLOSED_SIZE,
    };
    [gsd::BATCH, gsd::LAW, size, active, gsd::PREFILL, gsd::HOST_AND_IDLE, gsd::PUE, gsd::GRID, gsd::EMBODIED]
}

/// The two kinds of work, which feel the components differently.
#[derive(Clone, Copy)]
enum Tokens {
    Output,
    Prompt,
}

/// Elasticities of a term, in the order of [`NAMES`]; those of grid and hardware are given.
fn exposure(tokens: Tokens, grid: f64, hardware: f64) -> [f64; COMPONENTS] {
    match tokens {
        Tokens::Output => [C3, 1.0, C1, C1 - C2, 0.0, 1.0, 1.0, grid, hardware],
        Tokens::Prompt => [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, grid, hardware],
    }
}

fn range<Q: Copy + PartialOrd>(median: f64, [low, high]: [f64; 2], quantity: fn(f64) -> Q) -> Range<Q> {
    // Rounding must not put the median a last digit outside an interval of no width.
    let [low, high] = [low.min(median), high.max(median)];
    Range::new(quantity(low), quantity(median), quantity(high)).expect("low <= median <= high, all finite")
}

/// The middle of bounds that span orders of magnitude.
fn middle([low, high]: [f64; 2]) -> f64 {
    if low.to_bits() == high.to_bits() { low } else { (low * high).sqrt() }
}

/// A count as a float: exact below 2^53, and to 16 digits above.
#[expect(clippy::cast_precision_loss, reason = "sixteen digits are more than the method is good for")]
fn count(tokens: u64) -> f64 {
    tokens as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FactorSet;

    /// Standard normal numbers from a seed: SplitMix64 and Box-Muller.
    struct Normals {
        state: u64,
    }

    impl Normals {
        fn uniform(&mut self) -> f64 {
            self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = self.state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^= mixed >> 31;
            (f64::from(u32::try_from(mixed >> 32).unwrap()) + 0.5) / 4_294_967_296.0
        }

        fn next(&mut self) -> f64 {
            (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
        }
    }

    /// The 2.5th and the 97.5th percentile of the emissions, by drawing every component anew each time.
    fn drawn_interval(parameters: &Parameters, usage: &Usage, grid: f64, pue: f64) -> [f64; 2] {
        const DRAWS: usize = 200_000;
        let mut normals = Normals { state: 20_261_123 };
        let accelerator = accelerator_wh(parameters, usage);
        let [least, most] = parameters.active_b;
        let size_gsd =
            if parameters.status == ParametersStatus::Estimated { gsd::UNDISCLOSED_SIZE } else { 1.0 };
        let mut draws: Vec<f64> = (0..DRAWS)
            .map(|_| {
                let mut draw = |gsd: f64| gsd.powf(normals.next());
                let (size, active) = (draw(size_gsd), draw((most / least).powf(1.0 / 3.92)));
                let output = accelerator.output_wh
                    * draw(gsd::BATCH).powf(C3)
                    * draw(gsd::LAW)
                    * size.powf(C1)
                    * active.powf(C1 - C2);
                let input = accelerator.input_wh * size * active * draw(gsd::PREFILL);
                let kwh = (output + input) * HOST_AND_IDLE * draw(gsd::HOST_AND_IDLE) * pue * draw(gsd::PUE)
                    / 1_000.0;
                kwh * (grid * draw(gsd::GRID) + EMBODIED_G_PER_KWH * draw(gsd::EMBODIED))
            })
            .collect();
        draws.sort_by(f64::total_cmp);
        [draws[DRAWS / 40], draws[DRAWS - DRAWS / 40]]
    }

    #[test]
    fn the_closed_form_agrees_with_a_seeded_monte_carlo_within_3_percent() {
        let set = FactorSet::version("2026.11").unwrap();
        for model in ["gpt-4o", "llama-3.1-70b", "mistral-large-2", "claude-3-opus"] {
            for usage in [Usage::of_call(0, 400), Usage::of_call(600, 400), Usage::of_call(2_000, 500)] {
                let opinions = set.opinions(model, &usage, Some("USA")).unwrap();
                let parameters = opinions.model.parameters().unwrap();
                let fleet = &set.places.providers[opinions.model.provider().unwrap()].site;
                let [low, high] = drawn_interval(parameters, &usage, 384.4, middle(fleet.pue));
                let ours = opinions.bottom_up.unwrap().0.co2;
                for (closed, drawn) in [(ours.low().as_f64(), low), (ours.high().as_f64(), high)] {
                    assert!(
                        (closed / drawn - 1.0).abs() < 0.03,
                        "{model} {usage:?}: {closed}, drawn {drawn}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_methodology_page_states_these_constants() {
        let page = include_str!("../../../docs/methodology.md");
        let [c0, c1, c2, c3] = [C0, C1, C2, C3].map(|constant| format!("{:.5}", constant.abs()));
        let law = format!("ln e_out = -{c0} + {c1} ln A + {c2} ln(T/A) - {c3} ln(B/64)");
        let spread = |component: &str, gsd: f64| format!("| {component} | {gsd} |");
        for stated in [
            law,
            format!("cache reads x {CACHE_READ_OVER_FRESH} x e_in"),
            format!(
                "{FLOPS_PER_PARAMETER} operations per active parameter, at {ACCELERATOR_W} W and half of 989e12"
            ),
            format!("`H` = {HOST_AND_IDLE}"),
            format!("E x {EMBODIED_G_PER_KWH} g/kWh"),
            spread("batch size", gsd::BATCH),
            spread("energy law", gsd::LAW),
            spread("model size, undisclosed", gsd::UNDISCLOSED_SIZE),
            spread("model size, on an unread model card", gsd::UNVERIFIED_SIZE),
            spread("model size, rounded into a name", gsd::ROUNDED_SIZE),
            spread("host and idle machines", gsd::HOST_AND_IDLE),
            spread("cooling and power supply", gsd::PUE),
            spread("grid", gsd::GRID),
            spread("hardware", gsd::EMBODIED),
            spread("prompt processing", gsd::PREFILL),
        ] {
            assert!(page.contains(&stated), "docs/methodology.md does not say {stated:?}");
        }
        for factor in FactorSet::latest().factors() {
            let [low, central, high] =
                [factor.low(), factor.central(), factor.high()].map(|rate| rate.grams_per_1k());
            let row =
                format!("| {} | {low} | {central} | {high} | {} |", factor.model(), factor.confidence());
            assert!(page.contains(&row), "docs/methodology.md lacks {row}");
        }
    }

    #[test]
    fn the_law_gives_the_published_examples() {
        for (active_b, total_b, wh_per_1k) in [
            (8.0, 8.0, 0.043),
            (70.0, 70.0, 0.27),
            (123.0, 123.0, 0.44),
            (405.0, 405.0, 1.22),
            (37.0, 671.0, 1.04),
        ] {
            let got = output_wh_per_1k(active_b, total_b);
            assert!((got / wh_per_1k - 1.0).abs() < 0.02, "{active_b} of {total_b}: {got}");
        }
        assert!((input_wh_per_1k(1.0) / 7.9e-4 - 1.0).abs() < 0.01);
    }
}
