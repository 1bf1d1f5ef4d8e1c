//! A period of several months: the sum of what their statements say, each by its report.
//!
//! Nothing is computed from calls or factors again, so every central value is, to the last digit, the sum of those that the
//! months state, and who doubts a line finds it in the months' statements.

mod sums;
mod whole;

use super::{
    BasisLine, Change, ConfidenceLine, ContextLine, DataClass, DataQuality, MethodLine, OwnLine, Place,
    RegionLine, Statement, TagLine, UnknownLine, UsedFactor, generator,
};
use crate::{
    activity::hex,
    evidence::Audit,
    heading::{Client, Heading, Status},
    month::Month,
    period::Period,
    valued::{Coverage, Valued},
    wire,
};
use carbon_core::{Confidence, Grams, Method, Range, factor::Basis};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The statement of a month as it was issued.
#[derive(Clone, Debug)]
pub struct IssuedStatement {
    statement: Statement,
    generator: String,
    sha256: String,
}

impl IssuedStatement {
    /// That of a `statement.json`.
    ///
    /// # Errors
    /// [`NotAnIssue`]: it is none.
    pub fn read(statement_json: &[u8]) -> Result<Self, NotAnIssue> {
        #[derive(Deserialize)]
        struct Made {
            generator: String,
        }
        let Made { generator } = serde_json::from_slice(statement_json)?;
        let statement = serde_json::from_slice(statement_json)?;
        Ok(IssuedStatement { statement, generator, sha256: hex(&Sha256::digest(statement_json)) })
    }

    /// What it says.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }
}

/// A text that is no `statement.json` of a month that this version reads.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct NotAnIssue(#[from] serde_json::Error);

/// A period of months: the sum of their final statements.
///
/// Central values add up exactly. So do low and high values: the months share their factors, hence their errors, and where they
/// share less the range is wider than it need be, never narrower.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PeriodStatement {
    /// Who, when, in which language. It is final where no month is missing.
    pub heading: Heading,
    /// Name and version of this crate.
    #[serde(skip_deserializing, default = "generator")]
    pub generator: &'static str,
    /// All stated months together.
    pub total: Valued,
    /// How much of the activity has a figure.
    pub coverage: Coverage,
    /// The months that it is the sum of, in order.
    pub months: Vec<StatedMonth>,
    /// The months of the period that are in no figure, in order.
    pub missing: Vec<MissingMonth>,
    /// The months by the market-based method, where any of them is stated by that, too. Never added to the total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<PeriodMarket>,
    /// The factor sets that months were valued with, by version.
    pub factor_sets: Vec<UsedSet>,
    /// One line for each model, method, place and factor, largest emissions first.
    pub by_model: Vec<PeriodLine>,
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
    /// What attending to earlier tokens emits, as a part of the total.
    pub by_context: Vec<ContextLine>,
    /// One line for each region that was sent, largest emissions first.
    pub by_region: Vec<RegionLine>,
    /// One line for each tag, by key and value. An event with two tags is in two of them.
    pub by_tag: Vec<TagLine>,
    /// What kind of data the figures rest on, and how well they fit.
    pub data_quality: DataQuality,
    /// The same months by our own model alone.
    pub bottom_up_alone: PeriodAlone,
    /// How the electricity of the figures in the total is accounted for.
    pub bases: Vec<Basis>,
    /// Every factor that was applied, in the order of the months.
    pub factors: Vec<UsedFactor>,
}

/// The use of one model over the period, valued by one method with one factor in one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PeriodLine {
    /// Canonical id.
    pub model: String,
    /// The method that valued it.
    pub method: Method,
    /// Where it was served, for a method that asks.
    pub place: Option<Place>,
    /// The names it was sent under, sorted.
    pub sent_as: Vec<String>,
    /// Confidence of its factor; a lower one where its names may have moved.
    pub confidence: Confidence,
    /// What kind of data the figure is.
    pub data_class: DataClass,
    /// Its factor, see [`PeriodStatement::factors`].
    pub factor_id: String,
    /// The months whose statements have such a line: it is the sum of theirs.
    #[serde(with = "months")]
    pub months: Vec<Month>,
    /// Its activity and figures.
    #[serde(flatten)]
    pub valued: Valued,
}

/// A month of a period, by its report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StatedMonth {
    /// The month.
    #[serde(with = "wire::text")]
    pub month: Month,
    /// Id of its report.
    pub report_id: String,
    /// Revision of that report.
    pub revision: u32,
    /// Date of its issue.
    #[serde(with = "wire::text")]
    pub issued_on: Date,
    /// SHA-256 of its `statement.json`.
    pub statement_sha256: String,
    /// Name and version of the program that made it.
    pub made_by: String,
    /// The set that valued it.
    pub factor_set: String,
    /// SHA-256 of its sums.
    pub activity_sha256: String,
    /// Where its activity stands in the ledger, with the Merkle root over its events.
    pub audit: Option<Audit>,
    /// Where it was restated: that its figures are not those that were stated first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restated: Option<RestatedMonth>,
    /// Its market-based figure, where it has one.
    #[serde(default, rename = "market_based_co2_grams", with = "wire::maybe_range")]
    pub market: Option<Range<Grams>>,
    /// Its activity and figures.
    #[serde(flatten)]
    pub valued: Valued,
}

/// That a month of a period was restated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RestatedMonth {
    /// Id of the restatement.
    pub restatement_id: String,
    /// Why, in the supplier's words.
    pub reason: String,
    /// When.
    #[serde(with = "wire::text")]
    pub restated_at: Timestamp,
    /// The set that what was stated before rests on.
    pub old_factor_set: String,
    /// What was stated before, what is now, and what made the difference.
    #[serde(flatten)]
    pub change: Change,
}

/// A month of a period that is in no figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingMonth {
    /// The month.
    #[serde(with = "wire::text")]
    pub month: Month,
    /// Why.
    pub reason: MissingReason,
}

/// Why a month has no statement that a period could be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MissingReason {
    /// It is not closed: its figures can change.
    Open,
    /// It is closed, and no report of the client was issued for it.
    NoReport,
    /// It was restated, and no report tells so yet.
    Restated,
}

impl MissingReason {
    /// Every one of them.
    pub const ALL: [MissingReason; 3] =
        [MissingReason::Open, MissingReason::NoReport, MissingReason::Restated];

    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            MissingReason::Open => "open",
            MissingReason::NoReport => "no_report",
            MissingReason::Restated => "restated",
        }
    }
}

/// The market-based figures of a period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PeriodMarket {
    /// The months that have a market-based figure, by that method.
    #[serde(rename = "co2_grams", with = "wire::range")]
    pub co2: Range<Grams>,
    /// The same months by the location-based method; `None` where none of them has a figure.
    #[serde(rename = "location_co2_grams", with = "wire::maybe_range")]
    pub location: Option<Range<Grams>>,
    /// Stated months without a market-based figure: they are in neither of the two.
    #[serde(with = "months")]
    pub without: Vec<Month>,
}

/// Months as texts.
mod months {
    use super::Month;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(months: &[Month], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(months.iter().map(ToString::to_string))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Month>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        texts.iter().map(|text| text.parse().map_err(D::Error::custom)).collect()
    }
}

/// The period by our own model alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PeriodAlone {
    /// Activity and figures of the models that it knows.
    #[serde(flatten)]
    pub valued: Valued,
    /// How much of the activity that is.
    pub coverage: Coverage,
}

/// A factor set that months of a period were valued with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UsedSet {
    /// Its version.
    pub factor_set: String,
    /// Digest of its tables; `None` for a set with tables on top of another.
    pub factor_set_sha256: Option<String>,
}

/// Why some statements are not the months of a period.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotItsMonths {
    /// The heading has no last month, or not one that makes a period.
    #[error("the heading is of no period of several months")]
    NoPeriod,
    /// A statement is of another client.
    #[error("{month} is of the client {tenant_id}")]
    OtherClient {
        /// Its month.
        month: Month,
        /// Its client, by the supplier's id.
        tenant_id: String,
    },
    /// A statement is of a month that can still change.
    #[error("{0} is not final")]
    NotFinal(Month),
    /// The months, stated and missing, are not those of the period, each once and in order.
    #[error("the months stated and those missing are not the months of the period, each once")]
    NotThePeriod,
}

impl PeriodStatement {
    /// The sum of the statements of some months; `heading` names the first and the last one, and its status is set here.
    ///
    /// # Errors
    /// [`NotItsMonths`]: they are not final statements of this client that, with those missing, make up the period.
    pub fn new(
        heading: Heading,
        months: &[IssuedStatement],
        missing: Vec<MissingMonth>,
    ) -> Result<Self, NotItsMonths> {
        let period = heading.through.and_then(|through| Period::new(heading.month, through).ok());
        let period = period.ok_or(NotItsMonths::NoPeriod)?;
        for IssuedStatement { statement, .. } in months {
            check(&statement.heading, &heading.client)?;
        }
        let stated = months.iter().map(|month| month.statement.heading.month);
        let mut found: Vec<Month> = stated.clone().collect();
        found.extend(missing.iter().map(|missing| missing.month));
        found.sort();
        if !stated.is_sorted() || !found.into_iter().eq(period.months()) {
            return Err(NotItsMonths::NotThePeriod);
        }
        let status = if missing.is_empty() { Status::Final } else { Status::Provisional };
        Ok(sums::period(Heading { status, ..heading }, months, missing))
    }

    /// The period.
    ///
    /// # Panics
    /// Never: no statement is made without one.
    pub fn period(&self) -> Period {
        let Heading { month, through, .. } = self.heading;
        through
            .and_then(|to| Period::new(month, to).ok())
            .unwrap_or_else(|| Period::year(month.first_day().year()))
    }

    /// The market-based figure of all stated months; `None` where one of them has none.
    pub fn market_based(&self) -> Option<Range<Grams>> {
        self.market.as_ref().filter(|market| market.without.is_empty()).map(|market| market.co2)
    }

    /// Months that were restated.
    pub fn restated(&self) -> impl Iterator<Item = &StatedMonth> {
        self.months.iter().filter(|month| month.restated.is_some())
    }

    /// The same as a statement, for what pages and forms say of both. It has what a period has; what is of a month alone
    /// (days, trend, levers) is not in it.
    pub(crate) fn as_statement(&self) -> Statement {
        whole::statement(self)
    }
}

/// That a month's statement may be in a period of the client.
fn check(heading: &Heading, client: &Client) -> Result<(), NotItsMonths> {
    let month = heading.month;
    if heading.client.tenant_id != client.tenant_id {
        return Err(NotItsMonths::OtherClient { month, tenant_id: heading.client.tenant_id.clone() });
    }
    // A period of periods would count months that nobody sees.
    if heading.status != Status::Final || heading.through.is_some() {
        return Err(NotItsMonths::NotFinal(month));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
