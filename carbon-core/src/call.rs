//! Which model was called, where and when; and how its name leads to a model.

use crate::{Model, UnknownRegion};
use jiff::civil::Date;
use thiserror::Error;

/// A call without its tokens: everything that decides which factor applies.
///
/// ```
/// use carbon_core::Call;
/// let call = Call { region: Some("aws:eu-west-3"), ..Call::to("claude-3-5-sonnet") };
/// assert_eq!(call.provider, None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Call<'a> {
    /// Model, in any spelling.
    pub model: &'a str,
    /// Who served it: a cloud (`aws`), or who runs the model (`openai`). A name that is not listed says nothing.
    pub provider: Option<&'a str>,
    /// ISO 3166 country, `WOR`, or cloud region: `FRA`, `aws:eu-west-3`, or `eu-west-3` with a cloud as provider.
    pub region: Option<&'a str>,
    /// Day of the call in UTC. Names that move, such as `mistral-large-latest`, lead nowhere without one.
    pub day: Option<Date>,
}

impl<'a> Call<'a> {
    /// A call to `model`, of which nothing else is known.
    pub fn to(model: &'a str) -> Self {
        Call { model, ..Call::default() }
    }
}

impl<'a> From<&'a str> for Call<'a> {
    fn from(model: &'a str) -> Self {
        Call::to(model)
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

/// The three ways in which a name may lead to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResolvedBy {
    /// It is the model's canonical id.
    Exact,
    /// It is listed as another name of the model, of the day of the call where the name moves.
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

/// Why a call cannot be valued.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unlisted {
    /// The name leads to no model, or to one that no method has a value for.
    #[error(transparent)]
    Model(#[from] UnknownModel),
    /// The region leads to no grid.
    #[error(transparent)]
    Region(#[from] UnknownRegion),
}
