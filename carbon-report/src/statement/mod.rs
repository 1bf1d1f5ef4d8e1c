//! What a month's report says, as plain data: the one source of every form of it.

mod assemble;
mod change;
mod data_quality;
mod factor;
mod factor_form;
mod lever;
mod line;
mod quality;
mod sums;
mod valuation;

pub use change::{Change, ModelChange, MonthChange, Restatement, Trend};
pub use data_quality::{ClassLine, DataQuality, Reconciliation, share_of_class};
pub use factor::{GridLine, ModelledFactor, UsedFactor};
pub use lever::{ALTERNATIVES, Lever, LeverChange};
pub use line::{
    BasisLine, BottomUpAlone, ConfidenceLine, DayLine, MethodLine, ModelLine, Opinion, Place, RegionLine,
    TagLine, UnknownLine, UseLine,
};
pub use quality::{DataClass, Grade, Quality};
pub use valuation::Valuation;

use crate::{
    evidence::{Audit, Evidence},
    heading::Heading,
    valued::{Coverage, Valued},
};
use carbon_core::{FactorSet, factor::Basis};
use serde::Serialize;

/// One client's month: activity, emissions, and where each number comes from.
///
/// Lines are sums of integers, valued once by `carbon-core`; central values add up to the total exactly.
/// Bounds of lines need not: how they add up depends on what their errors share.
///
/// ```
/// use carbon_core::{FactorSet, Usage};
/// use carbon_report::{Activity, Client, Evidence, Heading, Language, Statement, Status};
///
/// let heading = Heading {
///     report_id: "r-1".into(),
///     revision: 1,
///     supersedes: None,
///     status: Status::Provisional,
///     language: Language::En,
///     month: "2026-10".parse().unwrap(),
///     financial_year: 2026,
///     issued_on: jiff::civil::date(2026, 11, 2),
///     supplier: "Example Software".into(),
///     client: Client::new("client-xyz", "Client XYZ"),
/// };
/// let evidence = Evidence::from(vec![Activity {
///     day: jiff::civil::date(2026, 10, 5),
///     model: "mistral-large-2".into(),
///     provider: None,
///     region: None,
///     usage: Usage::of_call(600, 400),
/// }]);
/// let statement = Statement::new(heading, &evidence, FactorSet::latest());
/// assert_eq!(statement.total.co2.unwrap().central().to_string(), "2.85");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Statement {
    /// Who, when, in which language.
    pub heading: Heading,
    /// Version of the registry that valued it.
    pub factor_set: String,
    /// Digest of its tables, for a released set.
    pub factor_set_sha256: Option<&'static str>,
    /// Name and version of this crate.
    pub generator: &'static str,
    /// SHA-256 of the month's sums, see [`activity_sha256`](crate::activity_sha256).
    pub activity_sha256: String,
    /// The whole month, each model by the first method that has a value for it.
    pub total: Valued,
    /// How much of the activity has a figure.
    pub coverage: Coverage,
    /// One line a model, method and place that has a factor, largest emissions first.
    pub by_model: Vec<ModelLine>,
    /// Names that no factor is known for, most tokens first.
    pub unknown_models: Vec<UnknownLine>,
    /// One line a method that valued anything.
    pub by_method: Vec<MethodLine>,
    /// One line a confidence level that occurs, best first, unknown last.
    pub by_confidence: Vec<ConfidenceLine>,
    /// One line a way of accounting for electricity that occurs.
    pub by_basis: Vec<BasisLine>,
    /// One line a region that was sent, largest emissions first.
    pub by_region: Vec<RegionLine>,
    /// One line a tag, by key and value. An event with two tags is in two of them.
    pub by_tag: Vec<TagLine>,
    /// One line a day of the month, days without activity included.
    pub by_day: Vec<DayLine>,
    /// One line a day, model and region that occur together, in that order. Only `focus.csv` tells them: `activity_sha256`
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
    /// Every factor that was applied, in the order of `by_model`.
    pub factors: Vec<UsedFactor>,
    /// What was stated before, where the month is told anew.
    pub restatement: Option<Restatement>,
    /// Differences that the client could make.
    pub levers: Vec<Lever>,
    /// Where the activity stands in its ledger.
    pub audit: Option<Audit>,
}

impl Statement {
    /// The statement of `evidence` under `set`.
    ///
    /// The order of the activity does not matter; rows outside the heading's month are the caller's mistake
    /// and stay out of `by_day`, which shows at once as a sum that does not fit.
    pub fn new(heading: Heading, evidence: &Evidence, set: &FactorSet) -> Statement {
        assemble::statement(heading, evidence, set)
    }

    /// Digest of all that the statement says, in hex, but for its id, revision and date of issue.
    ///
    /// Two statements with equal digests say the same, so the first may stand for both.
    pub fn basis_sha256(&self) -> String {
        let mut said = self.clone();
        let Heading { report_id, revision, supersedes, issued_on, .. } = &mut said.heading;
        (*report_id, *revision, *supersedes, *issued_on) = (String::new(), 0, None, jiff::civil::Date::ZERO);
        // The ledger grows with other clients' events, which this statement does not speak of.
        if let Some(audit) = &mut said.audit {
            audit.last_event = 0;
        }
        crate::activity::sha256_of_lines([said.to_json().as_str()])
    }
}

#[cfg(test)]
mod tests;
