//! Models of the registry, and what is known of their size.

use crate::{
    Millilitres, WattHours,
    factor::{EmissionFactor, Factor, Record, Source},
    method::bottom_up::Law,
    quantity::KilogramsSb,
    words::words,
};
use thiserror::Error;

/// A model that the registry knows by name; what else it knows differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub(crate) id: String,
    pub(crate) provider: Option<String>,
    pub(crate) aliases: Vec<String>,
    /// Where its machines stand among the fleets.
    pub(crate) fleet: Option<usize>,
    /// What EcoLogits takes for its size and speed under its canonical id.
    pub(crate) ecologits_size: Option<Size>,
    pub(crate) parameters: Option<Parameters>,
    pub(crate) coefficient: Option<EmissionFactor>,
    pub(crate) disclosed: Disclosed,
}

impl Model {
    /// Canonical id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether a publisher's own figure is all that is known: that of a product, whatever models it runs on.
    pub(crate) fn is_product(&self) -> bool {
        self.provider.is_none() && self.coefficient.is_none() && self.disclosed.records().next().is_some()
    }

    /// Who serves it first, such as `openai`; `None` where the set does not say.
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }

    /// Listed further names, sorted; those that move with time are not among them.
    pub fn aliases(&self) -> &[String] {
        &self.aliases
    }

    /// Its size, `None` where nobody has published or estimated one.
    pub fn parameters(&self) -> Option<&Parameters> {
        self.parameters.as_ref()
    }

    /// What its provider itself has published.
    pub fn disclosed(&self) -> &Disclosed {
        &self.disclosed
    }

    /// Its row of the published table.
    pub fn coefficient(&self) -> Option<&EmissionFactor> {
        self.coefficient.as_ref()
    }
}

/// A provider's own figures for a model, each in the publisher's functional unit and for nothing else.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Disclosed {
    /// Emissions.
    pub co2: Option<EmissionFactor>,
    /// Energy.
    pub energy: Option<Factor<WattHours>>,
    /// Water.
    pub water: Option<Factor<Millilitres>>,
    /// Elements.
    pub adpe: Option<Factor<KilogramsSb>>,
}

impl Disclosed {
    /// The particulars of each figure there is; none where the provider has published nothing.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        let co2 = self.co2.as_ref().map(Factor::record);
        let energy = self.energy.as_ref().map(Factor::record);
        let water = self.water.as_ref().map(Factor::record);
        let adpe = self.adpe.as_ref().map(Factor::record);
        [co2, energy, water, adpe].into_iter().flatten()
    }
}

/// How large a model is, who says so, and how fast it was seen to answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    pub(crate) size: Size,
    pub(crate) status: ParametersStatus,
    pub(crate) weights: OpenWeights,
    pub(crate) record: Record,
    pub(crate) evidence_url: Option<String>,
    pub(crate) law: Law,
}

impl Parameters {
    /// The numbers.
    pub fn size(&self) -> &Size {
        &self.size
    }

    /// Where the numbers come from.
    pub fn status(&self) -> ParametersStatus {
        self.status
    }

    /// Whether anybody may serve the model.
    pub fn open_weights(&self) -> OpenWeights {
        self.weights
    }

    /// Particulars of the `bottom_up` factor that rests on them.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Who gives the numbers.
    pub fn source(&self) -> &Source {
        self.record.source()
    }

    /// The page about this model that they are taken from.
    pub fn evidence_url(&self) -> Option<&str> {
        self.evidence_url.as_deref()
    }
}

/// Parameter counts and speed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// All parameters, in billions: lowest and highest estimate.
    pub total_b: [f64; 2],
    /// Parameters used for one token, in billions: lowest and highest estimate.
    pub active_b: [f64; 2],
    /// Measured output speed, where there is one.
    pub speed: Option<Speed>,
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

words! {
    /// Whether a model's weights are published.
    OpenWeights {
        /// They are: the energy law was measured on such models.
        Yes = "yes",
        /// They are not.
        No = "no",
        /// Not found out.
        Unknown = "unknown",
    }
}

/// A model name, led to its model.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolution<'a> {
    /// The model.
    pub model: &'a Model,
    /// How the name led there.
    pub resolved_by: ResolvedBy,
    /// What the name says of where the call was served: a region (`us-east-1`, `eu`) or, behind `geo:`,
    /// a geography that a cloud routes within.
    pub region_hint: Option<String>,
}

words! {
    /// The three ways in which a name may lead to a model.
    ResolvedBy {
        /// It is the model's canonical id.
        Exact = "exact",
        /// It is listed as another name of the model, of the day of the call where the name moves.
        Alias = "alias",
        /// The stated rule leads to one of these.
        Rule = "rule",
    }
}

/// No listed name matches, so there is no figure.
///
/// [`FactorSet::suggestions`](crate::FactorSet::suggestions) has names that a person may have meant.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no emission factor is known for model {name:?}")]
pub struct UnknownModel {
    name: String,
}

impl UnknownModel {
    pub(crate) fn new(name: &str) -> Self {
        UnknownModel { name: name.to_owned() }
    }

    /// The name as given.
    pub fn name(&self) -> &str {
        &self.name
    }
}
