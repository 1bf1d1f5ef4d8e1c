//! What our law says of prompts and answers, for windows that cannot tell them apart.

use crate::{
    energy::{EnergyLaw, Work},
    measure::window::{decimal_of, float_of},
    model::Parameters,
};
use rust_decimal::Decimal;

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
        let ratio = law.wh_per_1k(Work::Prompt) / law.wh_per_1k(Work::Output);
        // As decimals that can be stated, so that a fit can be repeated to the last digit.
        Prior::of_numbers([ratio, variance.sqrt()].map(decimal_of))
    }

    /// Of the numbers that [`numbers`](Self::numbers) has given.
    pub fn of_numbers([fresh_over_output, sd]: [Decimal; 2]) -> Self {
        Prior { fresh_over_output: float_of(fresh_over_output), sd: float_of(sd) }
    }

    /// The ratio, and the standard deviation of its logarithm.
    pub fn numbers(&self) -> [Decimal; 2] {
        [self.fresh_over_output, self.sd].map(decimal_of)
    }

    /// The ratio.
    pub fn fresh_over_output(&self) -> f64 {
        self.fresh_over_output
    }
}
