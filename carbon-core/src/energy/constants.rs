//! The constants of the method and how far each may be off.
//!
//! Their sources are in `docs/methodology.md`, which a test holds against this file.

use crate::float::{exp, ln};

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
    /// Size of a class of models: what its row states, and at least this.
    pub(crate) const CLASS_MIN: f64 = 3.0;
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

/// Logarithms of two of them, which every call needs: a test holds them.
pub(crate) const LN_GRID: f64 = 0.095_310_179_804_324_93;
pub(crate) const LN_EMBODIED: f64 = 0.470_003_629_245_735_6;

/// Wh per 1,000 output tokens on the accelerators, for sizes in billions.
pub(crate) fn output_wh_per_1k(active_b: f64, total_b: f64) -> f64 {
    exp(C0 + C1 * ln(active_b) + C2 * ln(total_b / active_b))
}

/// Wh per 1,000 fresh prompt tokens on the accelerators.
pub(crate) fn input_wh_per_1k(active_b: f64) -> f64 {
    let joules = FLOPS_PER_PARAMETER * active_b * 1e9 * ACCELERATOR_W
        / (ACCELERATOR_FLOPS_PER_S * PREFILL_UTILISATION);
    joules / 3_600.0 * 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithms_are_those_of_the_spreads() {
        assert!((LN_GRID - ln(gsd::GRID)).abs() < 1e-15 && (LN_EMBODIED - ln(gsd::EMBODIED)).abs() < 1e-15);
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

    #[test]
    fn the_methodology_page_states_these_constants() {
        let page = include_str!("../../../docs/methodology.md");
        let [c0, c1, c2, c3] = [C0, C1, C2, C3].map(|constant| format!("{:.5}", constant.abs()));
        let law = format!("ln e_out = -{c0} + {c1} ln A + {c2} ln(T/A) - {c3} ln(B/64)");
        let spread = |component: &str, gsd: f64| format!("| {component} | {gsd} | ");
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
            spread("model size, of a class of models", gsd::CLASS_MIN),
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
    }
}
