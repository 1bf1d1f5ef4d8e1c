//! How large a model is, and how that is known.

use crate::words::words;

/// Parameter counts and speed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// All parameters, in billions: lowest and highest estimate.
    pub total_b: [f64; 2],
    /// Parameters used for one token of the output, in billions: lowest and highest estimate.
    pub active_b: [f64; 2],
    /// The same for one token of the input: those of the output, where nothing else is stated.
    pub active_in_b: [f64; 2],
    /// Measured output speed, if known.
    pub speed: Option<Speed>,
}

impl Size {
    /// Whether a token of the input uses other parameters than one of the output.
    pub fn differs_by_way(&self) -> bool {
        self.active_in_b.map(f64::to_bits) != self.active_b.map(f64::to_bits)
    }
}

/// Measured speed of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed {
    /// Output tokens per second.
    pub tokens_per_s: f64,
    /// Seconds until the first token.
    pub first_token_s: f64,
}

words! {
    /// How a model's size is known.
    ParametersStatus {
        /// Its maker publishes it.
        Disclosed = "disclosed",
        /// A named third party estimates it.
        Estimated = "estimated",
        /// It is part of the model's name, rounded.
        FromName = "from_name",
        /// A model card states it; we have not verified it.
        Unverified = "unverified",
        /// The account that runs the model states it.
        Own = "own",
        /// It is that of a stated class of models.
        Proxy = "proxy",
    }
}
