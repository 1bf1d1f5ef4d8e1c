//! Energy from a model's size alone: the law that we fitted, its constants, and how far it may be off.

pub(crate) mod constants;

use crate::{
    energy::constants::{C1, C2, C3, gsd, input_wh_per_1k, output_wh_per_1k},
    float::ln,
    interval::Z_95,
    size::{ParametersStatus, Size},
};

/// Components of the uncertainty of a modelled figure.
pub(crate) const COMPONENTS: usize = 9;

/// What follows from a model's size alone: energy on the accelerators per 1,000 tokens, and how far it may be off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct EnergyLaw {
    pub(crate) output_wh: f64,
    pub(crate) fresh_input_wh: f64,
    /// How the logarithms of both move with each component of the uncertainty.
    output_slopes: [f64; COMPONENTS],
    prompt_slopes: [f64; COMPONENTS],
    /// What they share of it: answer with answer, answer with prompt, prompt with prompt.
    shared: [f64; 3],
}

/// Geometric standard deviation of a size as a whole, by where it is from; a class of models states its own.
pub(crate) fn size_gsd(status: ParametersStatus) -> f64 {
    match status {
        ParametersStatus::Disclosed | ParametersStatus::Own => 1.0,
        ParametersStatus::FromName => gsd::ROUNDED_SIZE,
        ParametersStatus::Unverified => gsd::UNVERIFIED_SIZE,
        ParametersStatus::Estimated => gsd::UNDISCLOSED_SIZE,
        ParametersStatus::Proxy => gsd::CLASS_MIN,
    }
}

impl EnergyLaw {
    pub(crate) fn of(size: &Size, size_gsd: f64) -> Self {
        let (active_b, total_b) = (middle(size.active_b), middle(size.total_b));
        // Bounds are read as a 95 % interval. Where both counts have bounds, they are of one doubt: a dense model that is
        // larger has more active parameters too.
        let sd = |[least, most]: [f64; 2]| ln(most / least) / (2.0 * Z_95);
        let spread = SizeSpread {
            size_sd: ln(size_gsd),
            active_sd: sd(size.active_b),
            active_in_sd: sd(size.active_in_b),
            total_sd: sd(size.total_b),
        };
        let [output_slopes, prompt_slopes] =
            [Tokens::Output, Tokens::Prompt].map(|tokens| slopes(tokens, &spread));
        let dot = |a: &[f64; COMPONENTS], b: &[f64; COMPONENTS]| a.iter().zip(b).map(|(a, b)| a * b).sum();
        EnergyLaw {
            output_wh: output_wh_per_1k(active_b, total_b),
            fresh_input_wh: input_wh_per_1k(middle(size.active_in_b)),
            shared: [
                dot(&output_slopes, &output_slopes),
                dot(&output_slopes, &prompt_slopes),
                dot(&prompt_slopes, &prompt_slopes),
            ],
            output_slopes,
            prompt_slopes,
        }
    }

    pub(crate) fn slopes(&self, tokens: Tokens) -> &[f64; COMPONENTS] {
        match tokens {
            Tokens::Output => &self.output_slopes,
            Tokens::Prompt => &self.prompt_slopes,
        }
    }

    pub(crate) fn shared(&self, a: Tokens, b: Tokens) -> f64 {
        let [of_output, of_both, of_prompt] = self.shared;
        match (a, b) {
            (Tokens::Output, Tokens::Output) => of_output,
            (Tokens::Prompt, Tokens::Prompt) => of_prompt,
            (Tokens::Output, Tokens::Prompt) | (Tokens::Prompt, Tokens::Output) => of_both,
        }
    }
}

/// The two kinds of work, which feel the components differently.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tokens {
    Output,
    Prompt,
}

/// Standard deviations of the logarithms of a model's parameter counts.
pub(crate) struct SizeSpread {
    /// Of an undisclosed, unread or rounded size as a whole.
    pub(crate) size_sd: f64,
    /// Of the active parameters within their bounds, those of an output token and those of an input token.
    pub(crate) active_sd: f64,
    pub(crate) active_in_sd: f64,
    /// Of all parameters within theirs.
    pub(crate) total_sd: f64,
}

/// How the logarithm of a kind of work moves with each component but grid and hardware, for a model of these spreads.
pub(crate) fn slopes(tokens: Tokens, spread: &SizeSpread) -> [f64; COMPONENTS] {
    let (elasticities, active) = match tokens {
        Tokens::Output => (
            [C3, 1.0, C1, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0],
            // c1 ln A + c2 ln(T/A)
            (C1 - C2) * spread.active_sd + C2 * spread.total_sd,
        ),
        Tokens::Prompt => ([0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0], spread.active_in_sd),
    };
    let sds = [
        ln(gsd::BATCH),
        ln(gsd::LAW),
        spread.size_sd,
        active,
        ln(gsd::PREFILL),
        ln(gsd::HOST_AND_IDLE),
        ln(gsd::PUE),
        ln(gsd::GRID),
        ln(gsd::EMBODIED),
    ];
    std::array::from_fn(|c| elasticities[c] * sds[c])
}

/// The middle of bounds that span orders of magnitude.
pub(crate) fn middle([low, high]: [f64; 2]) -> f64 {
    if low.to_bits() == high.to_bits() { low } else { (low * high).sqrt() }
}
