//! The closed form of the uncertainty against draws from the components that the method page states.
//!
//! The spreads are entered here a second time, on purpose: the code is not asked what it assumes.

use crate::next::{self, CLOSED};
use carbon_core::{
    Call, FactorSet, Usage,
    method::{BottomUp, BottomUpSum},
    model::{Attention, AttentionEvidence, AttentionKind, Parameters, ParametersStatus},
    usage::Denominator,
};
use std::collections::HashMap;

pub(crate) const DRAWS: usize = 200_000;
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

/// The spreads of a method, entered here a second time.
pub(crate) struct Spreads {
    batch: f64,
    prefill: f64,
    grid: f64,
    hardware: f64,
    closed_size: f64,
    machines: f64,
    cache_read: f64,
    /// Of reading the cache, by what is known of the attention; of attention within a prompt; of what nobody has read again.
    context: fn(Option<AttentionKind>, bool) -> f64,
    class_attention: f64,
    unread: f64,
}

pub(crate) const OF_2026_11: Spreads = Spreads {
    batch: 2.5,
    prefill: 1.35,
    grid: 1.1,
    hardware: 1.6,
    closed_size: 2.0,
    machines: 1.0,
    cache_read: 1.0,
    context: |_, _| 1.0,
    class_attention: 1.0,
    unread: 1.0,
};
pub(crate) const OF_2026_12: Spreads = Spreads {
    batch: 3.0,
    prefill: 1.5,
    grid: 1.2,
    hardware: 2.0,
    closed_size: 3.0,
    machines: 1.6,
    cache_read: 3.0,
    context: |kind, experts| match kind {
        None => 2.9,
        Some(AttentionKind::Gqa) if experts => 1.8,
        Some(AttentionKind::Gqa) => 1.4,
        Some(AttentionKind::Sparse) => 2.7,
        Some(_) => 2.2,
    },
    class_attention: 2.5,
    unread: 1.5,
};

/// What one figure is made of, before anything is drawn.
pub(crate) struct Parts {
    output_wh: f64,
    fresh_wh: f64,
    cached_wh: f64,
    output_context_wh: f64,
    input_context_wh: f64,
    grid: f64,
    size_gsd: f64,
    active_gsd: f64,
    active_in_gsd: f64,
    total_gsd: f64,
    context_gsd: f64,
    attention_gsd: f64,
    own_attention_gsd: f64,
    class: String,
    model: String,
    fleet: String,
    zone: String,
}

impl Parts {
    pub(crate) fn of(figure: &BottomUp<'_>, usage: &Usage, spreads: &Spreads) -> Self {
        let factor = figure.factor();
        let rates = factor
            .in_place()
            .energy()
            .values()
            .into_iter()
            .chain(factor.in_place().energy().context_values());
        let rates: HashMap<Denominator, f64> =
            rates.map(|(per, rate)| (per, rate.try_into().unwrap())).collect();
        #[expect(clippy::cast_precision_loss, reason = "of a few millions")]
        let wh = |per, count: u128| count as f64 / 1_000.0 * rates[&per];
        let parameters: &Parameters = factor.parameters();
        // Bounds are read as a 95 % interval.
        let gsd = |[least, most]: [f64; 2]| (most / least).powf(1.0 / 3.92);
        let attention = factor.model().attention();
        let kind = attention.map(Attention::kind);
        let experts = parameters.size().active_b[0] < parameters.size().total_b[0];
        let unread = attention.is_some_and(|attention| attention.evidence() == AttentionEvidence::Unread);
        Parts {
            output_wh: wh(Denominator::OutputTokens, usage.output_tokens.into()),
            fresh_wh: wh(
                Denominator::FreshInputTokens,
                u128::from(usage.input_tokens - usage.cache_read_input_tokens),
            ),
            cached_wh: wh(Denominator::CacheReadTokens, usage.cache_read_input_tokens.into()),
            output_context_wh: wh(Denominator::ContextOutput, usage.context_output),
            input_context_wh: wh(Denominator::ContextInput, usage.context_input),
            grid: factor.in_place().location().zone.grid().g_per_kwh(),
            size_gsd: match parameters.status() {
                ParametersStatus::Disclosed | ParametersStatus::Own => 1.0,
                ParametersStatus::FromName => 1.1,
                ParametersStatus::Unverified => 1.25,
                ParametersStatus::Estimated => spreads.closed_size,
                ParametersStatus::Proxy => 3.0,
            },
            active_gsd: gsd(parameters.size().active_b),
            active_in_gsd: gsd(parameters.size().active_in_b),
            total_gsd: gsd(parameters.size().total_b),
            context_gsd: (spreads.context)(kind, experts),
            attention_gsd: if kind.is_none() { spreads.class_attention } else { 1.0 },
            own_attention_gsd: if unread { spreads.unread } else { 1.0 },
            // Dense models and mixtures of experts are two kinds.
            class: format!("{kind:?} {}", kind.is_some() && experts),
            model: factor.model().id().to_owned(),
            fleet: factor.in_place().fleet().name().to_owned(),
            zone: factor.in_place().location().zone.id().to_owned(),
        }
    }
}

/// Errors, each drawn once a draw by its name, however many figures feel it.
pub(crate) struct Drawn<'a> {
    normals: Normals,
    errors: HashMap<(&'a str, &'a str), f64>,
}

impl<'a> Drawn<'a> {
    pub(crate) fn new() -> Self {
        Drawn { normals: Normals { state: 20_261_123 }, errors: HashMap::new() }
    }

    pub(crate) fn start_next(&mut self) {
        self.errors.clear();
    }

    fn power(&mut self, component: &'a str, key: &'a str, gsd: f64) -> f64 {
        let Drawn { normals, errors } = self;
        gsd.powf(*errors.entry((component, key)).or_insert_with(|| normals.next()))
    }
}

impl Parts {
    /// The grams of one draw.
    pub(crate) fn grams<'a>(&'a self, drawn: &mut Drawn<'a>, spreads: &Spreads) -> f64 {
        let mut draw = |component, key, gsd: f64| drawn.power(component, key, gsd);
        let size = draw("size", &self.model, self.size_gsd);
        let active = draw("active", &self.model, self.active_gsd);
        // All counts are of one doubt: the same draw moves them.
        let active_in = draw("active", &self.model, self.active_in_gsd);
        let total = draw("active", &self.model, self.total_gsd);
        let output = self.output_wh
            * draw("batch", &self.fleet, spreads.batch).powf(BATCH)
            * draw("law", &self.model, 1.4)
            * size.powf(ACTIVE)
            * active.powf(ACTIVE)
            * (total / active).powf(RATIO);
        let prefill = draw("prefill", &self.fleet, spreads.prefill);
        let cached = self.cached_wh * draw("cached", &self.fleet, spreads.cache_read);
        let prompt = (self.fresh_wh + cached) * size * active_in * prefill;
        let own = draw("own attention", &self.model, self.own_attention_gsd);
        // A class prior has one error, which its cache and its attention feel differently.
        let context = self.output_context_wh * own * draw("context", &self.class, self.context_gsd)
            + self.input_context_wh * own * prefill * draw("context", &self.class, self.attention_gsd);
        let kwh = (output + prompt + context)
            * draw("machines", "", spreads.machines)
            * draw("host", &self.fleet, 1.25)
            * draw("pue", &self.fleet, 1.05)
            / 1_000.0;
        kwh * (self.grid * draw("grid", &self.zone, spreads.grid)
            + EMBODIED_G_PER_KWH * draw("hardware", "", spreads.hardware))
    }
}

/// The 2.5th and the 97.5th percentile of numbers that were drawn.
pub(crate) fn percentiles(mut draws: Vec<f64>) -> [f64; 2] {
    draws.sort_by(f64::total_cmp);
    [draws[draws.len() / 40], draws[draws.len() - draws.len() / 40]]
}

/// Those of the grams of a sum, by drawing every error once a draw.
fn drawn_interval(parts: &[Parts], spreads: &Spreads) -> [f64; 2] {
    let mut drawn = Drawn::new();
    let grams = |_| {
        drawn.start_next();
        parts.iter().fold(0.0, |sum, part| sum + part.grams(&mut drawn, spreads))
    };
    percentiles((0..DRAWS).map(grams).collect())
}

fn figure(model: &str, usage: &Usage, region: &str) -> BottomUp<'static> {
    let set = FactorSet::version("2026.11").unwrap();
    let deployment = set.deployment(&Call { region: Some(region), ..Call::to(model) }).unwrap();
    deployment.bottom_up().unwrap().apply(usage)
}

#[track_caller]
fn agree(closed: carbon_core::Range<carbon_core::Grams>, parts: &[Parts], spreads: &Spreads, within: f64) {
    let [low, high] = drawn_interval(parts, spreads);
    for (closed, drawn) in [(closed.low().to_f64(), low), (closed.high().to_f64(), high)] {
        assert!((closed / drawn - 1.0).abs() < within, "{closed}, drawn {drawn}");
    }
}

#[test]
fn the_closed_form_agrees_with_a_seeded_monte_carlo_within_3_percent() {
    for model in ["gpt-4o", "gpt-4o-mini", "llama-3.1-70b", "mistral-large-2", "claude-3-opus"] {
        for usage in [Usage::of_call(0, 400), Usage::of_call(600, 400), Usage::of_call(2_000, 500)] {
            let figure = figure(model, &usage, "USA");
            agree(figure.co2(), &[Parts::of(&figure, &usage, &OF_2026_11)], &OF_2026_11, 0.03);
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
        let parts: Vec<Parts> = figures
            .iter()
            .zip(&calls)
            .map(|(figure, (.., usage))| Parts::of(figure, usage, &OF_2026_11))
            .collect();
        agree(figures.into_iter().collect::<BottomUpSum<'_>>().co2(), &parts, &OF_2026_11, 0.03);
    }
}

#[test]
fn unrelated_models_of_like_weight_are_the_hardest_case() {
    let calls = [
        ("gpt-4o", "USA", Usage::of_call(0, 40_000)),
        ("gemini-2.5-flash", "POL", Usage::of_call(0, 30_000)),
    ];
    let figures = calls.map(|(model, region, usage)| figure(model, &usage, region));
    let parts = [0, 1].map(|n| Parts::of(&figures[n], &calls[n].2, &OF_2026_11));
    agree(figures.into_iter().collect::<BottomUpSum<'_>>().co2(), &parts, &OF_2026_11, 0.12);
}

const CHAT: (u64, u64, u64) = (600, 0, 400);
const AGENT: (u64, u64, u64) = (3_000, 57_000, 800);

fn with_context(model: &str, (fresh, cached, output): (u64, u64, u64)) -> (BottomUp<'static>, Parts) {
    let usage = Usage::of_cached_call(fresh + cached, cached, output);
    let figure = next::ours(model, &usage, "USA");
    (figure, Parts::of(&figure, &usage, &OF_2026_12))
}

#[test]
fn so_does_that_of_calls_with_context() {
    for (model, call) in [
        ("llama-3.1-70b", CHAT),
        ("llama-3.1-70b", AGENT),
        ("gpt-oss-120b", AGENT),
        ("phi-3-medium", AGENT),
        (CLOSED, CHAT),
    ] {
        let (figure, parts) = with_context(model, call);
        agree(figure.co2(), &[parts], &OF_2026_12, 0.03);
    }
}

#[test]
fn a_class_prior_beside_an_unknown_size_is_too_wide_rather_than_too_narrow() {
    let (figure, parts) = with_context(CLOSED, AGENT);
    let [low, high] = drawn_interval(&[parts], &OF_2026_12);
    let co2 = figure.co2();
    let (of_low, of_high) = (co2.low().to_f64() / low, co2.high().to_f64() / high);
    assert!((of_low - 1.0).abs() < 0.03 && (1.0..1.17).contains(&of_high), "{of_low} {of_high}");
}

#[test]
fn sums_with_context_agree_too() {
    let (figures, parts): (Vec<_>, Vec<_>) =
        [("llama-3.1-70b", AGENT), ("llama-3.1-70b", CHAT), ("qwen3-14b", AGENT)]
            .map(|(model, call)| with_context(model, call))
            .into_iter()
            .unzip();
    agree(figures.into_iter().collect::<BottomUpSum<'_>>().co2(), &parts, &OF_2026_12, 0.04);
}
