//! Models of the registry: how their names are resolved, their sizes, and what their providers disclose.

pub use crate::attention::{Attention, AttentionEvidence, AttentionKind, ContextBasis};
pub use crate::size::{ParametersStatus, Size, Speed};
pub use crate::training::{TOKENS_OF_LIFE, Training};
pub use crate::video::VideoLaw;

use crate::{
    Millilitres, WattHours,
    energy::EnergyLaw,
    factor::{EmissionFactor, Factor, Record, Source},
    quantity::KilogramsSb,
    words::words,
};
use std::sync::Arc;
use thiserror::Error;

/// A model in the registry. What is known besides its name differs from model to model.
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
    pub(crate) attention: Option<(Attention, Arc<Source>)>,
    pub(crate) training: Option<Training>,
    pub(crate) video: Option<VideoLaw>,
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

    /// Whether a part of a name stands in its id or in another name of it.
    pub(crate) fn is_named_with(&self, part: &str) -> bool {
        std::iter::once(&self.id).chain(&self.aliases).any(|name| name.contains(part))
    }

    /// Whether it is known to have that many billions of parameters in all, rounded or cut off: `rounding` is half
    /// of the last digit.
    pub(crate) fn has_size(&self, total_b: f64, rounding: f64) -> bool {
        self.parameters.as_ref().is_some_and(|known| {
            let [low, high] = known.size.total_b;
            let left = low - total_b;
            known.status != ParametersStatus::Estimated
                && low >= high
                && -rounding < left
                && left < 2.0 * rounding
        })
    }

    /// Whether an account describes it, for its own calls alone.
    pub fn is_own(&self) -> bool {
        self.parameters.as_ref().is_some_and(|known| known.status == ParametersStatus::Own)
    }

    /// Its main provider, such as `openai`; `None` if the set does not state one.
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }

    /// Other listed names, sorted. Names whose meaning changes over time are not included.
    pub fn aliases(&self) -> &[String] {
        &self.aliases
    }

    /// Its size; `None` if no size has been published or estimated.
    pub fn parameters(&self) -> Option<&Parameters> {
        self.parameters.as_ref()
    }

    /// How it attends to what came before; `None` if the set does not say.
    pub fn attention(&self) -> Option<&Attention> {
        self.attention.as_ref().map(|(attention, _)| attention)
    }

    /// Whether it is known to embed or rank, and writes nothing.
    pub fn is_encoder(&self) -> bool {
        self.attention().is_some_and(Attention::is_encoder)
    }

    /// Who published that.
    pub fn attention_source(&self) -> Option<&Source> {
        self.attention.as_ref().map(|(_, source)| &**source)
    }

    /// What its maker discloses of training it; `None` where it discloses nothing.
    pub fn training(&self) -> Option<&Training> {
        self.training.as_ref()
    }

    /// How long it takes to make a video, as EcoLogits has fitted it; `None` where it makes none or nobody has.
    pub fn video(&self) -> Option<&VideoLaw> {
        self.video.as_ref()
    }

    /// The most tokens that one call of it can hold, prompt and answer together, if the set says.
    pub fn window_tokens(&self) -> Option<u64> {
        self.attention().and_then(Attention::window_tokens)
    }

    /// What its provider has published.
    pub fn disclosed(&self) -> &Disclosed {
        &self.disclosed
    }

    /// Its row in the published table.
    pub fn coefficient(&self) -> Option<&EmissionFactor> {
        self.coefficient.as_ref()
    }
}

/// A provider's own figures for a model, each in the publisher's functional unit.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
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
    /// The record of each figure; empty if the provider has published nothing.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        let co2 = self.co2.as_ref().map(Factor::record);
        let energy = self.energy.as_ref().map(Factor::record);
        let water = self.water.as_ref().map(Factor::record);
        let adpe = self.adpe.as_ref().map(Factor::record);
        [co2, energy, water, adpe].into_iter().flatten()
    }
}

/// The size of a model, its source, and measured speed.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    pub(crate) size: Size,
    pub(crate) status: ParametersStatus,
    pub(crate) weights: OpenWeights,
    pub(crate) record: Record,
    pub(crate) second_source: Option<Arc<Source>>,
    pub(crate) evidence_url: Option<String>,
    pub(crate) law: EnergyLaw,
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

    /// Whether the weights are public.
    pub fn open_weights(&self) -> OpenWeights {
        self.weights
    }

    /// Record of the `bottom_up` factor that is computed from them.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Who published the numbers.
    pub fn source(&self) -> &Source {
        self.record.source()
    }

    /// Who gives another number, where the bounds are those of two named estimates.
    pub fn second_source(&self) -> Option<&Source> {
        self.second_source.as_deref()
    }

    /// The page they were taken from.
    pub fn evidence_url(&self) -> Option<&str> {
        self.evidence_url.as_deref()
    }
}

/// A class of models: a stand-in for a model of which nothing is known. No name leads to one; whoever takes it says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    pub(crate) name: String,
    pub(crate) model: Model,
    pub(crate) gsd: f64,
    pub(crate) derived_from: Vec<String>,
    pub(crate) reason: String,
}

impl Class {
    /// Its name, such as `mid`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// It as a model, with id `class-mid`: its size has the bounds of the class and its confidence is
    /// [`Proxy`](crate::Confidence::Proxy).
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Geometric standard deviation of its size, besides its bounds.
    pub fn gsd(&self) -> f64 {
        self.gsd
    }

    /// Models of the registry that its bounds are made from.
    pub fn derived_from(&self) -> &[String] {
        &self.derived_from
    }

    /// What belongs to it, and why these bounds.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

words! {
    /// Whether a model's weights are published.
    OpenWeights {
        /// They are. The energy law was measured on such models.
        Yes = "yes",
        /// They are not.
        No = "no",
        /// Not known.
        Unknown = "unknown",
    }
}

words! {
    /// How a name was resolved to a model.
    ResolvedBy {
        /// The name is the model's canonical id.
        Exact = "exact",
        /// The name is listed as an alias of the model, on the day of the call if its meaning changes over time.
        Alias = "alias",
        /// The documented rule reduces the name to one of these.
        Rule = "rule",
        /// The account that made the call has said so.
        Own = "own",
    }
}

/// No listed name matches, so there is no value.
///
/// [`FactorSet::suggestions`](crate::FactorSet::suggestions) has similar names to offer to a person.
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
