//! What a month's report says, as plain data: the one source of every form of it.

mod assemble;
mod change;
mod data_quality;
mod factor;
mod grids;
mod lever;
mod line;
mod market;
mod opinion;
mod period;
mod quality;
mod rate;
mod sums;
mod target;
mod unknown;
mod valuation;

pub use change::{Change, MarketChange, ModelChange, MonthChange, Restatement, Trend};
pub use data_quality::{ClassLine, DataQuality, Reconciliation, share_of_class};
pub use factor::{Choice, GridLine, MeteredWindows, ModelledFactor, UsedFactor, UsedSource};
pub use grids::{GridShare, Grids, HourLine, LineGrid, ResolutionLine, SeriesLine};
pub use lever::{ALTERNATIVES, Lever, LeverChange};
pub use line::{
    BasisLine, BottomUpAlone, BudgetPart, ConfidenceLine, ContextLine, DayLine, Described, MethodLine,
    ModelLine, Opinion, OwnLine, Place, RegionLine, TagLine, UnknownLine, UseLine,
};
pub use market::{CarriedOver, Market, MarketZone, UsedInstrument};
pub(crate) use market::{grams, part};
pub use period::{
    IssuedStatement, MissingMonth, MissingReason, NotAnIssue, NotItsMonths, PeriodAlone, PeriodLine,
    PeriodMarket, PeriodStatement, RestatedMonth, StatedMonth, UsedSet,
};
pub use quality::{DataClass, GhgProtocolClass, Grade, Quality};
pub use rate::{RateQuantity, RateUnit, UsedRate};
pub use target::{TargetLine, TargetReading, target_lines};
pub use unknown::{upper_bound, upper_bound_per_1k};
pub(crate) use valuation::Lookup;
pub use valuation::Valuation;

use crate::{
    evidence::{Audit, Evidence},
    heading::Heading,
    valued::{Coverage, Valued},
};
use carbon_core::{FactorSet, factor::Basis};
use serde::{Deserialize, Serialize};

/// One client's month: activity, emissions, and where each number comes from.
///
/// Lines are sums of integers, valued once by `carbon-core`; central values add up to the total exactly.
/// Bounds of lines need not: how they add up depends on what their errors share.
///
/// ```
/// use carbon_core::{FactorSet, Usage};
/// use carbon_report::{Activity, Client, Date, Evidence, Heading, Statement};
///
/// let client = Client::new("client-xyz", "Client XYZ");
/// let heading = Heading::new(client, "Example Software", "2026-10".parse()?, Date::constant(2026, 11, 2));
/// let call = Activity::new(Date::constant(2026, 10, 5), "mistral-large-2", Usage::of_call(600, 400));
/// let evidence = Evidence::from(vec![call]);
/// let statement = Statement::new(heading, &evidence, FactorSet::latest());
/// assert_eq!(statement.total.co2.unwrap().central().to_string(), "2.85");
/// # Ok::<(), carbon_report::NotAMonth>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Statement {
    /// Who, when, in which language.
    pub heading: Heading,
    /// Version of the registry that valued it.
    pub factor_set: String,
    /// Digest of its tables; `None` for a set with tables on top of another.
    pub factor_set_sha256: Option<String>,
    /// Name and version of this crate.
    #[serde(skip_deserializing, default = "generator")]
    pub generator: &'static str,
    /// SHA-256 of the month's sums, see [`activity_sha256`](crate::activity_sha256).
    pub activity_sha256: String,
    /// The whole month, each model by the first method that has a value for it.
    pub total: Valued,
    /// How much of the activity has a figure.
    pub coverage: Coverage,
    /// One line for each model, method and place that has a factor, largest emissions first.
    pub by_model: Vec<ModelLine>,
    /// Names that the supplier's own entries explain, most tokens first.
    pub own_names: Vec<OwnLine>,
    /// Names that no factor is known for, most tokens first.
    pub unknown_models: Vec<UnknownLine>,
    /// One line for each method that valued anything.
    pub by_method: Vec<MethodLine>,
    /// One line for each confidence level that occurs, best first, unknown last.
    pub by_confidence: Vec<ConfidenceLine>,
    /// One line for each way of accounting for electricity that occurs.
    pub by_basis: Vec<BasisLine>,
    /// What attending to earlier tokens emits, as a part of the total: one line for each way in which our model values it.
    pub by_context: Vec<ContextLine>,
    /// One line for each region that was sent, largest emissions first.
    pub by_region: Vec<RegionLine>,
    /// One line for each tag, by key and value. An event with two tags is in two of them.
    pub by_tag: Vec<TagLine>,
    /// One line for each day of the month, days without activity included.
    pub by_day: Vec<DayLine>,
    /// One line for each day, model and region that occur together, in that order. Only `focus.csv` has them: `activity_sha256`
    /// stands for them elsewhere.
    #[serde(skip)]
    pub by_use: Vec<UseLine>,
    /// The months around it.
    pub trend: Trend,
    /// What kind of data the figures rest on, and how well they fit.
    pub data_quality: DataQuality,
    /// The same month by our own model alone, so that unlike boundaries are not hidden in one sum.
    pub bottom_up_alone: BottomUpAlone,
    /// How the electricity of the figures in the total is accounted for: more than one is said on the page.
    pub bases: Vec<Basis>,
    /// The same month by the market-based method, where the supplier has entered what it takes. Never added to the total, and never
    /// averaged with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<Market>,
    /// Every factor that was applied, in the order of `by_model`.
    pub factors: Vec<UsedFactor>,
    /// How finely the electricity follows time; `None` where all of it is by the set's factors of the year and no hour is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grids: Option<Grids>,
    /// What was stated before, where the month is restated.
    pub restatement: Option<Restatement>,
    /// Differences that the client could make.
    pub levers: Vec<Lever>,
    /// Targets that hold for the month, in the order of their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetLine>,
    /// Where the activity stands in its ledger.
    pub audit: Option<Audit>,
}

/// Name and version of this crate.
pub(crate) fn generator() -> &'static str {
    concat!("carbon-report ", env!("CARGO_PKG_VERSION"))
}

impl Statement {
    /// The statement of `evidence` under `set`.
    ///
    /// The order of the activity does not matter; rows outside the heading's month are the caller's mistake
    /// and stay out of `by_day`, which shows at once as a sum that does not fit.
    pub fn new(heading: Heading, evidence: &Evidence, set: &FactorSet) -> Statement {
        assemble::statement(heading, evidence, set)
    }
}

#[cfg(test)]
mod tests;
