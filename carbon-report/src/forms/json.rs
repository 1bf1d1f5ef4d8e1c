//! `statement.json`: the whole statement. `docs/statement.schema.json` describes it, `docs/period-statement.schema.json` that of a
//! period.

use super::{indented, starts};
use crate::{
    activity::sha256_of_lines,
    datapoints::{Datapoint, datapoints_of},
    edition::EsrsEdition,
    heading::Heading,
    statement::{PeriodStatement, Statement},
};
use carbon_core::{Grams, Range};
use jiff::civil::Date;
use serde::Serialize;

/// Version of the form: a new field raises the second number, any other change the first.
pub const SCHEMA_VERSION: &str = "1.7";

/// What a statement of a period of several months calls itself.
pub(crate) const PERIOD_SCHEMA: &str = "llm-carbon-period-statement";

/// Version of that form.
pub const PERIOD_SCHEMA_VERSION: &str = "1.0";

#[derive(Serialize)]
struct StatementDocument<'a, S> {
    schema: &'static str,
    schema_version: &'static str,
    /// Start included, end excluded.
    period: Period,
    /// No one has examined the statement.
    assurance: &'static str,
    unit: Units,
    gwp: &'static str,
    biogenic_co2_grams: Option<&'static str>,
    market_based_co2_grams: Option<String>,
    /// The edition of the ESRS that the client reports under.
    standard: EsrsEdition,
    datapoints: Vec<&'static Datapoint>,
    #[serde(flatten)]
    statement: &'a S,
}

#[derive(Serialize)]
struct Period {
    start: String,
    end: String,
    time_zone: &'static str,
}

#[derive(Serialize)]
struct Units {
    co2_grams: &'static str,
    energy_wh: &'static str,
    water_ml: &'static str,
}

impl Statement {
    /// The statement as JSON, indented, decimals as strings with all their digits. The same statement gives the same bytes.
    pub fn to_json(&self) -> String {
        let market = self.market.as_ref().map(|market| market.co2);
        document("llm-carbon-statement", SCHEMA_VERSION, &self.heading, market, self)
    }

    /// Digest of the whole statement, in hex, except its id, revision, date of issue and where it can be checked.
    ///
    /// Two statements with equal digests say the same, so the first may stand for both.
    pub fn basis_sha256(&self) -> String {
        let mut comparable = self.clone();
        let Heading { report_id, revision, supersedes, issued_on, verify_at, .. } = &mut comparable.heading;
        (*report_id, *revision, *supersedes, *issued_on) = (String::new(), 0, None, Date::ZERO);
        *verify_at = None;
        // The ledger grows with other clients' events, which are not part of this statement.
        if let Some(audit) = &mut comparable.audit {
            audit.last_event = 0;
        }
        sha256_of_lines([comparable.to_json().as_str()])
    }
}

impl PeriodStatement {
    /// The statement as JSON, in the same way as that of a month.
    pub fn to_json(&self) -> String {
        document(PERIOD_SCHEMA, PERIOD_SCHEMA_VERSION, &self.heading, self.market_based(), self)
    }
}

fn document(
    schema: &'static str,
    schema_version: &'static str,
    heading: &Heading,
    market: Option<Range<Grams>>,
    statement: &impl Serialize,
) -> String {
    let standard = heading.edition();
    indented(&StatementDocument {
        schema,
        schema_version,
        period: Period {
            start: starts(heading.month.first_day()),
            end: starts(heading.end()),
            time_zone: "UTC",
        },
        assurance: "none",
        unit: Units {
            co2_grams: "grams of CO2 equivalent",
            energy_wh: "watt hours of facility energy, upstream, for information",
            water_ml: "millilitres, upstream, for information",
        },
        gwp: "as each factor's publisher took it; IPCC AR6, 100 years, where it says so",
        biogenic_co2_grams: None,
        market_based_co2_grams: market.map(|co2| co2.central().to_string()),
        standard,
        datapoints: datapoints_of(heading.financial_year, standard).collect(),
        statement,
    })
}
