//! `statement.json`: the whole statement. `docs/statement.schema.json` describes it.

use super::{indented, starts};
use crate::{
    datapoints::{Datapoint, datapoints_of},
    heading::Heading,
    statement::Statement,
};
use serde::Serialize;

/// Version of the form: a new field raises the second number, any other change the first.
pub const SCHEMA_VERSION: &str = "1.2";

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
}
