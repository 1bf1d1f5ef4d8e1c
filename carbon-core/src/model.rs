//! Models of the registry, and what is known of their size.

use crate::{Disclosed, EmissionFactor, Source, words::words};
use std::sync::Arc;

/// A model that the registry knows by name; what else it knows differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub(crate) id: String,
    pub(crate) provider: Option<String>,
    pub(crate) parameters: Option<Parameters>,
    pub(crate) coefficient: Option<EmissionFactor>,
    pub(crate) disclosed: Option<Disclosed>,
}

impl Model {
    /// Canonical id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Who serves it first, such as `openai`; `None` where the set does not say.
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }

    /// Its size, `None` where nobody has published or estimated one.
    pub fn parameters(&self) -> Option<&Parameters> {
        self.parameters.as_ref()
    }

    /// What its provider itself has published.
    pub fn disclosed(&self) -> Option<&Disclosed> {
        self.disclosed.as_ref()
    }

    /// Its row of the published table.
    pub fn coefficient(&self) -> Option<&EmissionFactor> {
        self.coefficient.as_ref()
    }
}

/// How large a model is, who says so, and how fast it was seen to answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    /// All parameters, in billions: lowest and highest estimate.
    pub total_b: [f64; 2],
    /// Parameters used for one token, in billions: lowest and highest estimate.
    pub active_b: [f64; 2],
    /// Where the numbers come from.
    pub status: ParametersStatus,
    /// Measured output speed, where there is one.
    pub speed: Option<Speed>,
    pub(crate) source: Arc<Source>,
    pub(crate) evidence_url: Option<String>,
}

impl Parameters {
    /// Who gives the numbers.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The page about this model that they are taken from.
    pub fn evidence_url(&self) -> Option<&str> {
        self.evidence_url.as_deref()
    }
}

/// How fast a model was seen to answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed {
    /// Output tokens per second.
    pub tokens_per_s: f64,
    /// Seconds until the first token.
    pub first_token_s: f64,
}

words! {
    /// Where a model's size comes from.
    ParametersStatus {
        /// Its maker says so.
        Disclosed = "disclosed",
        /// A named third party estimates it.
        Estimated = "estimated",
        /// It stands in the model's name, rounded.
        FromName = "from_name",
        /// A model card says so, and has not been read again.
        Unverified = "unverified",
    }
}
