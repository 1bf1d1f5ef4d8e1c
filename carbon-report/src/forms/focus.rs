//! `focus.csv`: one row for each day, model and region, in the columns of FOCUS (FinOps Open Cost and Usage Specification), so that
//! it joins with a cost export on day, region and sub-account. It says nothing of costs.

use super::{
    starts,
    table::{Cell, CsvTable},
};
use crate::{
    figure::over_power_of_ten,
    statement::{Statement, UseLine},
};
use carbon_core::Confidence;
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
