//! What our law says of prompts and answers, for windows that cannot tell them apart.

use crate::{
    energy::{EnergyLaw, Work},
    model::Parameters,
};

/// The energy of a fresh input token over that of an output token, by our law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    pub(super) fresh_over_output: f64,
    /// Standard deviation of its logarithm.
    pub(super) sd: f64,
}

impl Prior {
    /// Of a listed model.
    ///
    /// ```
    /// use carbon_core::{FactorSet, measure::Prior};
    /// let set = FactorSet::version("2026.11").unwrap();
    /// let llama = set.resolve("llama-3.1-70b")?.model.parameters().unwrap();
    /// assert!((Prior::of(llama).fresh_over_output() - 0.20).abs() < 0.01);
    /// # Ok::<(), carbon_core::model::UnknownModel>(())
    /// ```
    pub fn of(parameters: &Parameters) -> Self {
        Self::of_law(&parameters.law)
    }

    fn of_law(law: &EnergyLaw) -> Self {
        // What both kinds of work feel alike leaves their ratio as it is.
        let squares = law.slopes(Work::Prompt).iter().zip(law.slopes(Work::Output));
        let variance: f64 = squares.map(|(prompt, output)| (prompt - output) * (prompt - output)).sum();
        Prior {
            fresh_over_output: law.wh_per_1k(Work::Prompt) / law.wh_per_1k(Work::Output),
            sd: variance.sqrt(),
        }
    }

    /// The ratio.
    pub fn fresh_over_output(&self) -> f64 {
        self.fresh_over_output
    }
}
