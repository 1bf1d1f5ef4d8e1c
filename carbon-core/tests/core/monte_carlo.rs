//! The closed form of the uncertainty against draws from the components that the method page states.
//!
//! The spreads are entered here a second time, on purpose: the code is not asked what it assumes.

use carbon_core::{
    Call, FactorSet, Usage,
    method::{BottomUp, BottomUpSum},
    model::{Parameters, ParametersStatus},
    usage::Denominator,
};
use std::collections::HashMap;

const DRAWS: usize = 200_000;
const ACTIVE: f64 = 0.852_883_320_516_475_5;
const RATIO: f64 = 0.649_036_331_174_392_4;
const BATCH: f64 = -0.495_361_591_509_540_6;
const EMBODIED_G_PER_KWH: f64 = 42.0;

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

/// What one figure is made of, before anything is drawn.
struct Parts {
    output_wh: f64,
    prompt_wh: f64,
    grid: f64,
    size_gsd: f64,
    active_gsd: f64,
    total_gsd: f64,
    model: String,
    fleet: String,
    zone: String,
}

impl Parts {
    fn of(figure: &BottomUp<'_>, usage: &Usage) -> Self {
        let factor = figure.factor();
        let rates: HashMap<Denominator, f64> =
            factor.energy().values().map(|(per, rate)| (per, rate.try_into().unwrap())).into();
        let thousands = |count: u64| f64::from(u32::try_from(count).unwrap()) / 1_000.0;
        let parameters: &Parameters = factor.parameters();
        // Bounds are read as a 95 % interval.
        let gsd = |[least, most]: [f64; 2]| (most / least).powf(1.0 / 3.92);
        Parts {
            output_wh: thousands(usage.output_tokens) * rates[&Denominator::OutputTokens],
            prompt_wh: thousands(usage.input_tokens) * rates[&Denominator::FreshInputTokens],
            grid: factor.location().zone.grid().g_per_kwh(),
            size_gsd: match parameters.status() {
                ParametersStatus::Disclosed | ParametersStatus::Own => 1.0,
                ParametersStatus::FromName => 1.1,
                ParametersStatus::Unverified => 1.25,
                ParametersStatus::Estimated => 2.0,
            },
            active_gsd: gsd(parameters.size().active_b),
            total_gsd: gsd(parameters.size().total_b),
            model: factor.model().id().to_owned(),
            fleet: factor.fleet().name().to_owned(),
            zone: factor.location().zone.id().to_owned(),
        }
    }
}

/// The 2.5th and the 97.5th percentile of the grams of a sum, by drawing every error once a draw.
fn drawn_interval(parts: &[Parts]) -> [f64; 2] {
    let mut normals = Normals { state: 20_261_123 };
    let mut draws: Vec<f64> = (0..DRAWS)
        .map(|_| {
            // One error a name, however many figures feel it.
            let mut drawn: HashMap<(&str, &str), f64> = HashMap::new();
            let mut grams = 0.0;
            for part in parts {
                let mut draw = |component, key, gsd: f64| {
                    gsd.powf(*drawn.entry((component, key)).or_insert_with(|| normals.next()))
                };
                let size = draw("size", &part.model, part.size_gsd);
                let active = draw("active", &part.model, part.active_gsd);
                // Both counts are of one doubt: the same draw moves them.
                let total = draw("active", &part.model, part.total_gsd);
                let output = part.output_wh
                    * draw("batch", &part.fleet, 2.5).powf(BATCH)
                    * draw("law", &part.model, 1.4)
                    * size.powf(ACTIVE)
                    * active.powf(ACTIVE)
                    * (total / active).powf(RATIO);
                let prompt = part.prompt_wh * size * active * draw("prefill", &part.fleet, 1.35);
                let kwh =
                    (output + prompt) * draw("host", &part.fleet, 1.25) * draw("pue", &part.fleet, 1.05)
                        / 1_000.0;
                grams += kwh
                    * (part.grid * draw("grid", &part.zone, 1.1)
                        + EMBODIED_G_PER_KWH * draw("hardware", "", 1.6));
            }
            grams
        })
        .collect();
    draws.sort_by(f64::total_cmp);
    [draws[DRAWS / 40], draws[DRAWS - DRAWS / 40]]
}

fn figure(model: &str, usage: &Usage, region: &str) -> BottomUp<'static> {
    let set = FactorSet::version("2026.11").unwrap();
    let deployment = set.deployment(&Call { region: Some(region), ..Call::to(model) }).unwrap();
    deployment.bottom_up().unwrap().apply(usage)
}

#[track_caller]
fn agree(closed: carbon_core::Range<carbon_core::Grams>, parts: &[Parts], within: f64) {
    let [low, high] = drawn_interval(parts);
    for (closed, drawn) in [(closed.low().to_f64(), low), (closed.high().to_f64(), high)] {
        assert!((closed / drawn - 1.0).abs() < within, "{closed}, drawn {drawn}");
    }
}

#[test]
fn the_closed_form_agrees_with_a_seeded_monte_carlo_within_3_percent() {
    for model in ["gpt-4o", "gpt-4o-mini", "llama-3.1-70b", "mistral-large-2", "claude-3-opus"] {
        for usage in [Usage::of_call(0, 400), Usage::of_call(600, 400), Usage::of_call(2_000, 500)] {
            let figure = figure(model, &usage, "USA");
            agree(figure.co2(), &[Parts::of(&figure, &usage)], 0.03);
        }
    }
}

#[test]
fn so_does_that_of_a_sum_whose_parts_share_some_errors() {
    let calls = [
        ("gpt-4o", "USA", Usage::of_call(6_000, 4_000)),
        ("gpt-4o", "FRA", Usage::of_call(6_000, 40_000)),
        ("gpt-4o-mini", "USA", Usage::of_call(60_000, 40_000)),
        ("claude-3-opus", "POL", Usage::of_call(600, 400)),
        ("mistral-large-2", "SWE", Usage::of_call(9_000, 9_000)),
    ];
    for count in 2..=calls.len() {
        let figures: Vec<_> =
            calls[..count].iter().map(|(model, region, usage)| figure(model, usage, region)).collect();
        let parts: Vec<Parts> =
            figures.iter().zip(&calls).map(|(figure, (.., usage))| Parts::of(figure, usage)).collect();
        agree(figures.into_iter().collect::<BottomUpSum<'_>>().co2(), &parts, 0.03);
    }
}

#[test]
fn unrelated_models_of_like_weight_are_the_hardest_case() {
    let calls = [
        ("gpt-4o", "USA", Usage::of_call(0, 40_000)),
        ("gemini-2.5-flash", "POL", Usage::of_call(0, 30_000)),
    ];
    let figures = calls.map(|(model, region, usage)| figure(model, &usage, region));
    let parts = [0, 1].map(|n| Parts::of(&figures[n], &calls[n].2));
    agree(figures.into_iter().collect::<BottomUpSum<'_>>().co2(), &parts, 0.12);
}
