//! `focus.csv`: one row for each day, model and region, in the columns of FOCUS (FinOps Open Cost and Usage Specification), so that
//! it joins with a cost export on day, region and sub-account. It says nothing of costs.

use super::{
    starts,
    table::{Cell, CsvTable, text_of},
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
    let mut rows = CsvTable::new(HEAD);
    for line in &statement.by_use {
        rows.row(row(statement, line));
    }
    rows.finish()
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
        model: text_of(cell("x_Model")?).to_owned(),
        region: cell("x_Region").filter(|region| !region.is_empty()).map(|region| text_of(region).to_owned()),
        confidence: Confidence::from_word(cell("x_Confidence")?),
        valued: Valued { usage, co2, energy, water },
    })
}

/// A figure without bounds.
fn alone<Q: Quantity>(figure: Q) -> Option<Range<Q>> {
    Range::new(figure, figure, figure)
}

fn row<'s>(statement: &'s Statement, line: &'s UseLine) -> [Cell<'s>; HEAD.len()] {
    let heading = &statement.heading;
    let UseLine { day, model, region, confidence, valued } = line;
    let region = region.as_deref().unwrap_or("");
    // A cost export calls a region as its cloud does: without the cloud.
    let region_id = region.rsplit_once(':').map_or(region, |(_, id)| id);
    let tomorrow = day.tomorrow().map(starts).unwrap_or_default();
    let [requests, input, cache_read, cache_creation, output, reasoning] =
        valued.usage.counts().map(Cell::number);
    let figure = |value: Option<Decimal>, power| {
        Cell::number(value.map_or_else(String::new, |value| over_power_of_ten(value, power)))
    };
    [
        Cell::text(starts(heading.month.first_day())),
        Cell::text(starts(heading.month.next().first_day())),
        Cell::text(starts(*day)),
        Cell::text(tomorrow),
        Cell::text("Usage"),
        Cell::text("AI and Machine Learning"),
        Cell::text("LLM inference"),
        Cell::text(&heading.supplier.name),
        Cell::text(&heading.client.tenant_id),
        Cell::text(&heading.client.name),
        Cell::text(region_id),
        Cell::number(valued.usage.total_tokens()),
        Cell::text("Tokens"),
        Cell::text(model),
        Cell::text(region),
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
        Cell::text(confidence.map_or("unknown", Confidence::as_str)),
        Cell::text(&statement.factor_set),
        Cell::text(&heading.report_id),
        Cell::text(heading.status.to_string()),
    ]
}
