//! `focus.csv`: one row for each day, model and region, in the columns of FOCUS (FinOps Open Cost and Usage Specification), so that
//! it joins with a cost export on day, region and sub-account. It says nothing of costs.

use super::{
    csv_text,
    lines::{no_formula, of_cell},
    starts,
};
use crate::{
    figure::{over_power_of_ten, times_power_of_ten},
    statement::{Statement, UseLine},
    valued::Valued,
};
use carbon_core::{Confidence, Grams, Millilitres, Range, Usage, WattHours, quantity::Quantity};
use rust_decimal::Decimal;

/// Columns that FOCUS does not have begin with `x_`, as it asks.
const HEAD: [&str; 30] = [
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "ServiceCategory",
    "ServiceName",
    "InvoiceIssuerName",
    "SubAccountId",
    "SubAccountName",
    "RegionId",
    "ConsumedQuantity",
    "ConsumedUnit",
    "x_Model",
    "x_Region",
    "x_Requests",
    "x_InputTokens",
    "x_CacheReadInputTokens",
    "x_CacheCreationInputTokens",
    "x_OutputTokens",
    "x_ReasoningOutputTokens",
    "x_EnergyKwh",
    "x_WaterLitres",
    "x_CarbonGramsLow",
    "x_CarbonGrams",
    "x_CarbonGramsHigh",
    "x_Confidence",
    "x_FactorSet",
    "x_ReportId",
    "x_ReportStatus",
];

/// The statement's finest lines. A figure that is not known is empty, never 0.
pub(super) fn of(statement: &Statement) -> String {
    let mut rows = csv::Writer::from_writer(Vec::new());
    let written = "every row has the columns of the head, and memory takes all";
    rows.write_record(HEAD).expect(written);
    for line in &statement.by_use {
        rows.write_record(row(statement, line)).expect(written);
    }
    csv_text(rows)
}

/// The lines that the rows of a text are of; `None` where it is none of ours. What a row does not have, it is not drawn with.
pub(super) fn lines_of(text: &[u8]) -> Option<Vec<UseLine>> {
    let rows = csv::Reader::from_reader(text).into_records();
    rows.map(|row| line_of(&row.ok()?)).collect()
}

fn line_of(row: &csv::StringRecord) -> Option<UseLine> {
    let cell = |name: &str| row.get(HEAD.iter().position(|head| *head == name)?);
    let count = |name: &str| cell(name)?.parse::<u64>().ok();
    let figure = |name: &str, power| match cell(name)? {
        "" => Some(None),
        text => times_power_of_ten(text, power).map(Some),
    };
    let [low, central, high] = ["x_CarbonGramsLow", "x_CarbonGrams", "x_CarbonGramsHigh"];
    let co2 = match [figure(low, 0)?, figure(central, 0)?, figure(high, 0)?] {
        [None, None, None] => None,
        [low, central, high] => Some(Range::new(Grams::new(low?), Grams::new(central?), Grams::new(high?))?),
    };
    let energy = figure("x_EnergyKwh", 3)?.and_then(|energy| alone(WattHours::new(energy)));
    let water = figure("x_WaterLitres", 3)?.and_then(|water| alone(Millilitres::new(water)));
    let usage = Usage {
        requests: count("x_Requests")?,
        input_tokens: count("x_InputTokens")?,
        cache_read_input_tokens: count("x_CacheReadInputTokens")?,
        cache_creation_input_tokens: count("x_CacheCreationInputTokens")?,
        output_tokens: count("x_OutputTokens")?,
        reasoning_output_tokens: count("x_ReasoningOutputTokens")?,
        ..Usage::default()
    };
    Some(UseLine {
        day: cell("ChargePeriodStart")?.get(..10)?.parse().ok()?,
        model: of_cell(cell("x_Model")?).to_owned(),
        region: cell("x_Region").filter(|region| !region.is_empty()).map(|region| of_cell(region).to_owned()),
        confidence: Confidence::from_word(cell("x_Confidence")?),
        valued: Valued { usage, co2, energy, water },
    })
}

/// A figure without bounds.
fn alone<Q: Quantity>(figure: Q) -> Option<Range<Q>> {
    Range::new(figure, figure, figure)
}

fn row(statement: &Statement, line: &UseLine) -> [String; HEAD.len()] {
    let heading = &statement.heading;
    let UseLine { day, model, region, confidence, valued } = line;
    let region = region.as_deref().unwrap_or("");
    // A cost export calls a region as its cloud does: without the cloud.
    let region_id = region.rsplit_once(':').map_or(region, |(_, id)| id);
    let tomorrow = day.tomorrow().map(starts).unwrap_or_default();
    let [requests, input, cache_read, cache_creation, output, reasoning] =
        valued.usage.counts().map(|count| count.to_string());
    let figure = |value: Option<Decimal>, power| {
        value.map_or_else(String::new, |value| over_power_of_ten(value, power))
    };
    [
        starts(heading.month.first_day()),
        starts(heading.month.next().first_day()),
        starts(*day),
        tomorrow,
        "Usage".to_owned(),
        "AI and Machine Learning".to_owned(),
        "LLM inference".to_owned(),
        no_formula(&heading.supplier.name),
        no_formula(&heading.client.tenant_id),
        no_formula(&heading.client.name),
        no_formula(region_id),
        valued.usage.total_tokens().to_string(),
        "Tokens".to_owned(),
        no_formula(model),
        no_formula(region),
        requests,
        input,
        cache_read,
        cache_creation,
        output,
        reasoning,
        figure(valued.energy.map(|energy| energy.central().as_decimal()), 3),
        figure(valued.water.map(|water| water.central().as_decimal()), 3),
        figure(valued.co2.map(|co2| co2.low().as_decimal()), 0),
        figure(valued.co2.map(|co2| co2.central().as_decimal()), 0),
        figure(valued.co2.map(|co2| co2.high().as_decimal()), 0),
        confidence.map_or("unknown", Confidence::as_str).to_owned(),
        statement.factor_set.clone(),
        heading.report_id.clone(),
        heading.status.to_string(),
    ]
}
