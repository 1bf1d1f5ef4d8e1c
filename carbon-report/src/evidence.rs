//! What a statement rests on besides its heading and a factor set.

use crate::{
    activity::Activity, heading::Status, instrument::MarketInputs, month::Month, target::Target,
    valued::Valued, wire,
};
use carbon_core::{FactorSet, Grams, Range, Usage};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A month's activity, and what else is known of it. Only the activity is needed; every other field may stay empty.
///
/// ```
/// use carbon_core::Usage;
/// use carbon_report::{Activity, Date, Evidence};
///
/// let call = Activity::new(Date::constant(2026, 10, 5), "mistral-large-2", Usage::of_call(600, 400));
/// let evidence = Evidence::from(vec![call]);
/// assert!(evidence.audit.is_none());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The month's sums by day and deployment; their order does not matter.
    pub activity: Vec<Activity>,
    /// The same by tag; an activity with two tags is in it twice.
    pub tags: Vec<TaggedActivity>,
    /// Where the activity stands in a ledger.
    pub audit: Option<Audit>,
    /// What was stated for earlier months, for the trend.
    pub earlier: Vec<EarlierMonth>,
    /// What was stated for this month before, where the month is restated.
    pub restated: Option<Restated>,
    /// Tokens that the providers invoiced for this client and month, input and output together.
    pub invoiced_tokens: Option<u64>,
    /// What the market-based figure rests on; empty: there is none.
    pub market: MarketInputs,
    /// What the client's emissions are to stay below.
    pub targets: Vec<Target>,
    /// Sets that earlier figures rest on, where they are neither released nor that of the statement.
    pub sets: Vec<FactorSet>,
}

impl Evidence {
    /// The set of that version: that of the statement, one of [`sets`](Self::sets), or a released one.
    pub(crate) fn set<'a>(&'a self, version: &str, own: &'a FactorSet) -> Option<&'a FactorSet> {
        let given = [own].into_iter().chain(&self.sets).find(|set| set.as_str() == version);
        given.or_else(|| FactorSet::version(version))
    }
}

impl From<Vec<Activity>> for Evidence {
    fn from(activity: Vec<Activity>) -> Self {
        Evidence { activity, ..Evidence::default() }
    }
}

impl From<&[Activity]> for Evidence {
    fn from(activity: &[Activity]) -> Self {
        Evidence::from(activity.to_vec())
    }
}

/// Activity that carries a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaggedActivity {
    /// The tag's key.
    pub name: String,
    /// The tag's value.
    pub value: String,
    /// What was consumed.
    pub activity: Activity,
}

/// Where a month's activity stands in the ledger that it was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Number of the last event that the ledger held when the month was read; later ones are not in it.
    pub last_event: u64,
    /// The month's events one by one, known once it is closed.
    pub events: Option<AuditedEvents>,
    /// The seal over the closing of the month, or over its restatement; `None` while it is open.
    #[serde(default)]
    pub closing_seal: Option<ClosingSeal>,
}

/// A link of the ledger's hash chain. Whoever holds it can tell later whether anything before it was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosingSeal {
    /// Its number.
    pub number: u64,
    /// Its digest: SHA-256, in hex.
    pub sha256: String,
}

/// The events that a month counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditedEvents {
    /// Rows, reversals included.
    pub count: u64,
    /// Rows that cancel another.
    pub reversals: u64,
    /// When the first of them happened.
    #[serde(with = "wire::maybe_text")]
    pub first_at: Option<Timestamp>,
    /// When the last of them happened.
    #[serde(with = "wire::maybe_text")]
    pub last_at: Option<Timestamp>,
    /// Merkle tree hash (RFC 9162, SHA-256, hex) over their lines in the order of their numbers.
    pub merkle_root: String,
}

/// What is stated for an earlier month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EarlierMonth {
    /// The month.
    #[serde(with = "wire::text")]
    pub month: Month,
    /// Whether it is closed.
    #[serde(with = "wire::text")]
    pub status: Status,
    /// The set that valued it.
    pub factor_set: String,
    /// Its activity and figures.
    #[serde(flatten)]
    pub stated: Stated,
}

/// Usage and emissions as they were stated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stated {
    /// What was consumed.
    #[serde(flatten)]
    pub usage: Usage,
    /// Emissions; `None` where none of it had a factor.
    #[serde(rename = "co2_grams", with = "wire::maybe_range")]
    pub co2: Option<Range<Grams>>,
}

impl From<Valued> for Stated {
    fn from(Valued { usage, co2, .. }: Valued) -> Self {
        Stated { usage, co2 }
    }
}

/// A month that is restated: its earlier figures, and why they have changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Restated {
    /// Id of the restatement.
    pub restatement_id: String,
    /// Why, in the supplier's words.
    pub reason: String,
    /// When it was restated.
    #[serde(with = "wire::text")]
    pub restated_at: Timestamp,
    /// The set that what was stated rests on.
    pub old_factor_set: String,
    /// What was stated of the whole month.
    pub old: Stated,
    /// The same by the model's name as it was sent.
    pub old_models: Vec<StatedModel>,
    /// What was stated of the whole month by the market-based method, where that was.
    #[serde(default, with = "wire::maybe_range")]
    pub old_market: Option<Range<Grams>>,
}

/// What was stated of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatedModel {
    /// The name as it was sent.
    pub model: String,
    /// What was stated.
    #[serde(flatten)]
    pub stated: Stated,
}
