//! `statement.json`: the whole statement. `docs/statement.schema.json` describes it.

use super::{indented, starts};
use crate::{
    activity::sha256_of_lines,
    datapoints::{Datapoint, datapoints_of},
    heading::Heading,
    statement::Statement,
};
use jiff::civil::Date;
use serde::Serialize;

/// Version of the form: a new field raises the second number, any other change the first.
pub const SCHEMA_VERSION: &str = "1.7";

#[derive(Serialize)]
struct StatementDocument<'a> {
    schema: &'static str,
    schema_version: &'static str,
    /// Start included, end excluded.
    period: Period,
    /// No one has examined the statement.
    assurance: &'static str,
    unit: Units,
    gwp: &'static str,
    biogenic_co2_grams: Option<&'static str>,
    market_based_co2_grams: Option<&'static str>,
    datapoints: Vec<&'static Datapoint>,
    #[serde(flatten)]
    statement: &'a Statement,
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
        let Heading { month, financial_year, .. } = &self.heading;
        let document = StatementDocument {
            schema: "llm-carbon-statement",
            schema_version: SCHEMA_VERSION,
            period: Period {
                start: starts(month.first_day()),
                end: starts(month.next().first_day()),
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
            market_based_co2_grams: None,
            datapoints: datapoints_of(*financial_year).collect(),
            statement: self,
        };
        indented(&document)
    }

    /// Digest of the whole statement, in hex, except its id, revision and date of issue.
    ///
    /// Two statements with equal digests say the same, so the first may stand for both.
    pub fn basis_sha256(&self) -> String {
        let mut comparable = self.clone();
        let Heading { report_id, revision, supersedes, issued_on, .. } = &mut comparable.heading;
        (*report_id, *revision, *supersedes, *issued_on) = (String::new(), 0, None, Date::ZERO);
        // The ledger grows with other clients' events, which are not part of this statement.
        if let Some(audit) = &mut comparable.audit {
            audit.last_event = 0;
        }
        sha256_of_lines([comparable.to_json().as_str()])
    }
}
