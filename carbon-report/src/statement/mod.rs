//! What a month's report says, as plain data: the one source of every form of it.

mod factor;
mod sums;
mod valuation;

pub use factor::{GridLine, ModelledFactor, UsedFactor};
pub use valuation::Valuation;

use crate::{Activity, Heading, activity::sha256_of_lines};
use carbon_core::{
    Basis, Confidence, FactorSet, Grams, Method, Millilitres, PlacedBy, Range, Usage, WattHours,
};
use jiff::civil::Date;
use rust_decimal::Decimal;

/// One client's month: activity, emissions, and where each number comes from.
///
/// Lines are sums of integers, valued once by `carbon-core`; central values add up to the total exactly.
/// Bounds of lines need not: how they add up depends on what their errors share.
///
/// ```
/// use carbon_core::{FactorSet, Usage};
/// use carbon_report::{Activity, Client, Heading, Language, Statement, Status};
///
/// let heading = Heading {
///     report_id: "r-1".into(),
///     revision: 1,
///     status: Status::Provisional,
///     language: Language::En,
///     month: "2026-10".parse().unwrap(),
///     issued_on: jiff::civil::date(2026, 11, 2),
///     supplier: "Example Software".into(),
///     client: Client { tenant_id: "client-xyz".into(), name: "Client XYZ".into() },
/// };
/// let activity = [Activity {
///     day: jiff::civil::date(2026, 10, 5),
///     model: "mistral-large-2".into(),
///     provider: None,
///     region: None,
///     usage: Usage::of_call(600, 400),
/// }];
/// let statement = Statement::new(heading, &activity, FactorSet::latest());
/// assert_eq!(statement.total.co2.unwrap().central().to_string(), "2.85");
/// ```
#[derive(Clone, Debug, PartialEq)]
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
    /// One line a day of the month, days without activity included.
    pub by_day: Vec<DayLine>,
    /// The same month by our own model alone, so that unlike boundaries are not hidden in one sum.
    pub bottom_up_alone: BottomUpAlone,
    /// How the electricity of the figures in the total is accounted for: more than one is said on the page.
    pub bases: Vec<Basis>,
    /// Every factor that was applied, in the order of `by_model`.
    pub factors: Vec<UsedFactor>,
}

/// Activity, and what it comes to where that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Valued {
    /// What was consumed, unknown models included.
    pub usage: Usage,
    /// Emissions of the part that has a factor.
    /// `None` where there was activity and none of it has one; zero only where nothing was consumed.
    pub co2: Option<Range<Grams>>,
    /// Facility energy of the part whose method gives it; `None` where none does.
    pub energy: Option<Range<WattHours>>,
    /// Water of that part.
    pub water: Option<Range<Millilitres>>,
}

/// Share of the tokens that have a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Tokens with a figure.
    pub valued_tokens: u128,
    /// All tokens.
    pub total_tokens: u128,
}

impl Coverage {
    /// From 0 to 1, to six decimals, rounded down so that 1 means all; `None` where there are no tokens.
    pub fn ratio(self) -> Option<Decimal> {
        const DECIMALS: u32 = 6;
        let millionths = (self.valued_tokens * 10u128.pow(DECIMALS)).checked_div(self.total_tokens)?;
        Some(Decimal::from_i128_with_scale(i128::try_from(millionths).ok()?, DECIMALS).normalize())
    }
}

/// The month's use of one model, valued by one method in one place.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelLine {
    /// Canonical id.
    pub model: String,
    /// The method that valued it.
    pub method: Method,
    /// Where it was served, for a method that asks.
    pub place: Option<Place>,
    /// The names it was sent under, sorted.
    pub sent_as: Vec<String>,
    /// Confidence of its factor.
    pub confidence: Confidence,
    /// Its factor, see [`Statement::factors`].
    pub factor_id: String,
    /// What was consumed, and what it comes to.
    pub valued: Valued,
}

impl ModelLine {
    /// Emissions: a line has a factor, so it has a figure.
    pub fn co2(&self) -> Range<Grams> {
        self.valued.co2.unwrap_or_default()
    }
}

/// Where a model was served.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Region as listed: `FRA`, `aws:eu-west-3`.
    pub region: String,
    /// Whose machines and what site figures were taken: `openai`.
    pub fleet: String,
    /// Whether anybody said so.
    pub placed_by: PlacedBy,
}

/// The month's use of a name that no factor is known for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownLine {
    /// The name as sent.
    pub name: String,
    /// A region that no grid is known for, where that is what is missing.
    pub unknown_region: Option<String>,
    /// What was consumed.
    pub usage: Usage,
}

/// The part of the month that one method valued.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MethodLine {
    /// The method.
    pub method: Method,
    /// What it comes to.
    pub valued: Valued,
}

/// The part of the month that rests on factors of one confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConfidenceLine {
    /// The level; `None` is unknown.
    pub confidence: Option<Confidence>,
    /// What it comes to.
    pub valued: Valued,
}

/// One day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayLine {
    /// The day, UTC.
    pub day: Date,
    /// What was consumed.
    pub usage: Usage,
    /// Emissions, central; `None` where there was activity and none of it has a factor.
    pub co2: Option<Grams>,
}

/// The month by our own model alone.
#[derive(Clone, Debug, PartialEq)]
pub struct BottomUpAlone {
    /// What the models that it knows come to.
    pub valued: Valued,
    /// How much of the activity that is.
    pub coverage: Coverage,
    /// Share of each source of uncertainty in the variance, largest first.
    pub budget: Vec<(&'static str, f64)>,
}

impl Statement {
    /// The statement of `activity` under `set`.
    ///
    /// The order of `activity` does not matter; rows outside the heading's month are the caller's mistake
    /// and stay out of `by_day`, which shows at once as a sum that does not fit.
    pub fn new(heading: Heading, activity: &[Activity], set: &FactorSet) -> Statement {
        valuation::statement(heading, activity, set)
    }

    /// Digest of all that decides what the statement says, in hex: everything but its id, revision and date of issue.
    ///
    /// Two statements with equal digests say the same, so the first may stand for both.
    pub fn basis_sha256(&self) -> String {
        let Heading { report_id: _, revision: _, status, language, month, issued_on: _, supplier, client } =
            &self.heading;
        // Every figure follows from the activity, the factor set and the code that valued and drew it.
        sha256_of_lines([
            self.activity_sha256.as_str(),
            &self.factor_set,
            self.factor_set_sha256.unwrap_or(""),
            self.generator,
            status.as_str(),
            language.as_str(),
            &month.to_string(),
            supplier,
            &client.tenant_id,
            &client.name,
        ])
    }
}

#[cfg(test)]
mod tests;
