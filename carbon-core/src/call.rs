//! Which model was called, where and when.

use crate::{model::UnknownModel, place::UnknownRegion};
use jiff::civil::Date;
use thiserror::Error;

/// A call without its token counts: everything that decides which factor applies.
///
/// Construct it with [`Call::to`] and struct update syntax; fields may be added.
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
    /// Who served it: a cloud (`aws`) or a model provider (`openai`). Names that are not listed are ignored.
    pub provider: Option<&'a str>,
    /// ISO 3166 country, `WOR`, or cloud region: `FRA`, `aws:eu-west-3`, or `eu-west-3` with a cloud as provider.
    pub region: Option<&'a str>,
    /// Day of the call in UTC. Without it, names whose meaning changes (`mistral-large-latest`) are unknown.
    pub day: Option<Date>,
    /// Hour of that day in UTC, 0 to 23, where it is known: it matters where an account has a grid by the hour.
    pub hour: Option<i8>,
}

impl<'a> Call<'a> {
    /// A call to `model`, about which nothing else is known.
    pub fn to(model: &'a str) -> Self {
        Call { model, ..Call::default() }
    }
}

impl<'a> From<&'a str> for Call<'a> {
    fn from(model: &'a str) -> Self {
        Call::to(model)
    }
}

/// Why a call has no value. The set is closed: a caller handles both.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EstimateError {
    /// No model has this name, or no method has a value for it.
    #[error(transparent)]
    Model(#[from] UnknownModel),
    /// No grid is known for this region.
    #[error(transparent)]
    Region(#[from] UnknownRegion),
}
