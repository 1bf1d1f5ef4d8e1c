//! What a client's emissions are to stay below: always gross, so nothing is taken off them.

use crate::{month::Month, wire};
use carbon_core::Grams;
use serde::{Deserialize, Serialize};

/// A target: a mass, what it is of, and since when it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// The mass that is not to be exceeded.
    #[serde(with = "wire::quantity")]
    pub grams: Grams,
    /// What it is of.
    pub per: TargetPer,
    /// The calls with this tag alone; all calls where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<TargetTag>,
    /// The first month that it holds for; `None`: any month.
    #[serde(default, with = "wire::maybe_text", skip_serializing_if = "Option::is_none")]
    pub from: Option<Month>,
}

/// A tag's name and value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetTag {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What a target's mass is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TargetPer {
    /// A calendar month.
    Month,
    /// A calendar year, as far as it has gone.
    Year,
    /// 1,000 tokens, input and output together.
    ThousandTokens,
    /// A request.
    Request,
}

impl TargetPer {
    /// All of them.
    pub const ALL: [TargetPer; 4] =
        [TargetPer::Month, TargetPer::Year, TargetPer::ThousandTokens, TargetPer::Request];

    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            TargetPer::Month => "month",
            TargetPer::Year => "year",
            TargetPer::ThousandTokens => "thousand_tokens",
            TargetPer::Request => "request",
        }
    }

    /// Whether it is of a time, so that what has no figure is missing in it.
    pub fn is_absolute(self) -> bool {
        matches!(self, TargetPer::Month | TargetPer::Year)
    }

    /// What that word says.
    pub fn from_word(word: &str) -> Option<Self> {
        TargetPer::ALL.into_iter().find(|per| per.as_str() == word)
    }
}
