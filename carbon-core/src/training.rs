//! Training, as a memo beside a figure and never in one: what its maker discloses, over all that a model will ever do.

use crate::{
    Grams, Usage,
    factor::{Basis, Source},
};
use std::sync::Arc;

/// Tokens that a model reads and writes in its life: nobody publishes it. From those of a model that a few products use
/// for a year to those of one that the world uses for several; our judgement.
pub const TOKENS_OF_LIFE: [f64; 2] = [1e13, 1e15];

/// Emissions of training a model, as its maker discloses them.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    pub(crate) tonnes: f64,
    pub(crate) basis: Basis,
    pub(crate) source: Arc<Source>,
}

impl Training {
    /// Tonnes of CO2e for the whole training.
    pub fn tonnes(&self) -> f64 {
        self.tonnes
    }

    /// How its electricity is accounted for.
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// Where the maker says so.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Grams for these tokens, if the training is shared among as many as the model will ever have: at the most of
    /// [`TOKENS_OF_LIFE`], and at the least. No total has it.
    ///
    /// ```
    /// use carbon_core::{FactorSet, Usage};
    /// let llama = FactorSet::version("2026.12").unwrap().resolve("llama-3.1-70b")?.model;
    /// let [low, high] = llama.training().unwrap().share(&Usage::of_call(600, 400));
    /// // 2,040 t over 1e15 and over 1e13 tokens.
    /// assert_eq!([low.to_string(), high.to_string()], ["0.00204", "0.204"]);
    /// # Ok::<(), carbon_core::model::UnknownModel>(())
    /// ```
    pub fn share(&self, usage: &Usage) -> [Grams; 2] {
        #[expect(
            clippy::cast_precision_loss,
            reason = "the life of a model is known to two digits of magnitude"
        )]
        let tokens = usage.total_tokens() as f64;
        let [least, most] = TOKENS_OF_LIFE;
        [most, least].map(|life| Grams::from_f64(tokens * self.tonnes * 1e6 / life))
    }
}
