//! Windows of a server whose truth is known, and what is made of them.

mod factors;
mod fits;

use carbon_core::{
    FactorSet, Range,
    measure::{MeteredEnergy, Prior, Scope, Window},
};

pub(crate) const HOUR_MS: i64 = 3_600_000;
/// A midnight.
pub(crate) const START_MS: i64 = 20_700 * 24 * HOUR_MS;

/// Random numbers from a seed: xorshift, and nothing of what the fit draws with.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        #[expect(clippy::cast_precision_loss, reason = "53 bits")]
        let number = (self.0 >> 11) as f64;
        number / 9_007_199_254_740_992.0
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().max(1e-300).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// What a server truly takes.
#[derive(Clone, Copy)]
pub(crate) struct Truth {
    pub(crate) output_j: f64,
    pub(crate) fresh_j: f64,
    pub(crate) cached_j: f64,
    pub(crate) idle_w: f64,
}

pub(crate) const TRUTH: Truth = Truth { output_j: 1.2, fresh_j: 0.25, cached_j: 0.04, idle_w: 600.0 };

pub(crate) fn count(number: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive number of tokens"
    )]
    let count = number.round() as u64;
    count
}

pub(crate) fn float(count: u64) -> f64 {
    u32::try_from(count).map(f64::from).unwrap()
}

impl Truth {
    pub(crate) fn joules(&self, window: &Window) -> f64 {
        let cached = window.cache_read_input_tokens.unwrap_or(0);
        self.output_j * float(window.output_tokens)
            + self.fresh_j * float(window.input_tokens - cached)
            + self.cached_j * float(cached)
            + self.idle_w * window.seconds()
    }

    /// Joules of a token in the mix of the windows, idle time included.
    pub(crate) fn mix(&self, windows: &[Window]) -> f64 {
        let joules: f64 = windows.iter().map(|window| self.joules(window)).sum();
        joules / windows.iter().map(|window| float(window.input_tokens + window.output_tokens)).sum::<f64>()
    }
}

/// Hours of some days: busy at noon, quiet at night, with prompts and caches that vary from hour to hour.
pub(crate) fn windows(truth: &Truth, days: i64, noise: f64, seed: u64) -> Vec<Window> {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let hours = (0..days * 24).map(|hour| {
        let of_day = f64::from(u8::try_from(hour % 24).unwrap());
        let calls = 400.0 * (1.1 - (std::f64::consts::TAU * of_day / 24.0).cos()) * random.between(0.5, 1.5);
        let input = calls * random.between(400.0, 4_000.0);
        let mut window = Window {
            from_ms: START_MS + hour * HOUR_MS,
            to_ms: START_MS + (hour + 1) * HOUR_MS,
            meter: "rack".to_owned(),
            scope: Scope::Node,
            energy: MeteredEnergy::default(),
            input_tokens: count(input),
            cache_read_input_tokens: Some(count(input * random.between(0.1, 0.8))),
            output_tokens: count(calls * random.between(100.0, 900.0)),
            requests: Some(count(calls)),
            context_sum: None,
        };
        let joules = truth.joules(&window) * (1.0 + noise * random.normal());
        window.energy.node_uj = Some(count(joules * 1e6));
        window
    });
    hours.collect()
}

pub(crate) fn prior() -> Prior {
    let model = FactorSet::version("2026.11").unwrap().resolve("llama-3.1-70b").unwrap().model;
    Prior::of(model.parameters().unwrap())
}

pub(crate) fn holds(range: Range<f64>, truth: f64) -> bool {
    range.low() <= truth && truth <= range.high()
}
