//! What a calculation answers.

use crate::{EmissionFactor, Grams, Model, Range};
use thiserror::Error;

/// Emissions of some usage, with everything needed to check them.
///
/// ```
/// use carbon_core::{Confidence, FactorSet, ResolvedBy, Usage};
/// let estimate = FactorSet::latest().estimate(" GPT-4o ", &Usage::of_call(100, 300))?;
/// assert_eq!(estimate.co2.central().to_string(), "0.12");
/// assert_eq!(estimate.factor.confidence(), Confidence::Estimated);
/// assert_eq!(estimate.resolved_by, ResolvedBy::Rule);
/// # Ok::<(), carbon_core::UnknownModel>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate<'a> {
    /// Grams of CO2e.
    pub co2: Range<Grams>,
    /// The factor that was applied: id, confidence, source.
    pub factor: &'a EmissionFactor,
    /// How the model's name led there.
    pub resolved_by: ResolvedBy,
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

/// The three ways in which a name may lead to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResolvedBy {
    /// It is the model's canonical id.
    Exact,
    /// It is listed as another name of the model.
    Alias,
    /// The stated rule leads to one of these.
    Rule,
}

impl ResolvedBy {
    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            ResolvedBy::Exact => "exact",
            ResolvedBy::Alias => "alias",
            ResolvedBy::Rule => "rule",
        }
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
