//! What a statement's own figures must satisfy: tokens times rates, lines into totals, the same in the CSV.

use super::{LINES, NotVerified, STATEMENT, difference::json};
use crate::{figure::over_power_of_ten, form::Form, statement::Statement};
use carbon_core::{Grams, Range, Usage, quantity::Quantity};
use rust_decimal::Decimal;
use serde_json::Value;

/// Every line is its tokens times the rates of its factor, and every breakdown adds up to the total.
pub(super) fn check(statement: &Value) -> Result<(), NotVerified> {
    let lines = rows(statement, "by_model");
    for (place, line) in lines.iter().enumerate() {
        let at = format!("{STATEMENT}, /by_model/{place}");
        let factor = factor_of(statement, line)
            .ok_or_else(|| NotVerified::at(&at, "names a factor that is not among the factors"))?;
        let stated = central(line).ok_or_else(|| NotVerified::at(&at, "has no emissions"))?;
        if is_by_series(line) {
            continue;
        }
        let computed =
            emissions(line, factor).ok_or_else(|| NotVerified::at(&at, "has no tokens or no rates"))?;
        same(format!("{at}/co2_grams/central"), "its tokens times its rates", stated, computed)?;
    }
    let total = central(&statement["total"]);
    for table in ["by_model", "by_method", "by_confidence", "by_region", "by_day"] {
        let sum: Decimal = rows(statement, table).iter().filter_map(central).sum();
        same(format!("{STATEMENT}, /{table}"), "the total", sum, total.unwrap_or_default())?;
    }
    Ok(())
}

/// Whether a line's grams follow a grid series, whose values no report has.
pub(super) fn is_by_series(line: &Value) -> bool {
    rows(line, "grids").iter().any(|part| part["resolution"] != "year")
}

/// The rows of the CSV that have a line in the statement say the same.
pub(super) fn check_lines(statement: &Value, lines: &[u8]) -> Result<(), NotVerified> {
    let mut expected = vec![central(&statement["total"])];
    expected.extend(rows(statement, "by_model").iter().map(central));
    let mut reader = csv::Reader::from_reader(lines);
    let mut found = Vec::new();
    for (row, record) in (2u64..).zip(reader.records()) {
        let record =
            record.map_err(|error| NotVerified::at(format!("{LINES}, row {row}"), error.to_string()))?;
        if matches!(record.get(0), Some("total" | "model")) {
            found.push((row, record.get(CO2_COLUMN).and_then(|cell| cell.parse::<Decimal>().ok())));
        }
    }
    if found.len() != expected.len() {
        return Err(NotVerified::at(LINES, "has other lines than the statement"));
    }
    for ((row, found), expected) in found.into_iter().zip(expected) {
        same(
            format!("{LINES}, row {row}"),
            "the statement",
            found.unwrap_or_default(),
            expected.unwrap_or_default(),
        )?;
    }
    Ok(())
}

/// The forms for other programs state the total, each in its own unit. One that is not attached says nothing wrong.
pub(super) fn check_forms(
    statement: &Value,
    attached: impl Fn(Form) -> Option<Vec<u8>>,
) -> Result<(), NotVerified> {
    let total = central(&statement["total"]);
    let in_unit = |power| total.map(|grams| over_power_of_ten(grams, power));
    for (form, pointer, power) in
        [(Form::Xbrl, "/facts/ghg/value", 6), (Form::Footprint, "/pcf/pcfExcludingBiogenicUptake", 3)]
    {
        let Some(bytes) = attached(form) else { continue };
        let document: Value = json(form.name(), &bytes)?;
        let found = document.pointer(pointer).and_then(Value::as_str);
        if found != in_unit(power).as_deref() {
            let said = found.unwrap_or("nothing");
            let makes = in_unit(power).unwrap_or_else(|| "nothing".to_owned());
            let detail = format!("says {said}; the statement gives {makes}");
            return Err(NotVerified::at(format!("{}, {pointer}", form.name()), detail));
        }
    }
    let Some(bytes) = attached(Form::Focus) else { return Ok(()) };
    let name = Form::Focus.name();
    let wrong = |error: csv::Error| NotVerified::at(name, error.to_string());
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let column = reader.headers().map_err(wrong)?.iter().position(|head| head == FOCUS_CO2);
    let column = column.ok_or_else(|| NotVerified::at(name, format!("has no column {FOCUS_CO2}")))?;
    let mut sum = Decimal::ZERO;
    for record in reader.records() {
        sum += record.map_err(wrong)?.get(column).and_then(|cell| cell.parse().ok()).unwrap_or(Decimal::ZERO);
    }
    same(name.to_owned(), "the statement", sum, total.unwrap_or_default())
}

/// The finest lines of a day are the day's: its counts and its emissions.
pub(super) fn check_days(statement: &Statement) -> Result<(), NotVerified> {
    let name = Form::Focus.name();
    for line in &statement.by_day {
        let uses = || statement.by_use.iter().filter(|used| used.day == line.day);
        let usage: Usage = uses().map(|used| &used.valued.usage).sum();
        let place = || format!("{name}, {}", line.day);
        if usage.counts() != line.usage.counts() {
            return Err(NotVerified::at(place(), "has other counts than the day in the statement"));
        }
        let grams = |co2: Option<Grams>| co2.map_or(Decimal::ZERO, Quantity::as_decimal);
        let found = uses().map(|used| grams(used.valued.co2.map(Range::central))).sum();
        same(place(), "the day in the statement", found, grams(line.co2))?;
    }
    Ok(())
}

/// The column of `focus.csv` that adds up to the total.
const FOCUS_CO2: &str = "x_CarbonGrams";

/// Place of `co2_grams` in a row.
const CO2_COLUMN: usize = 15;

fn same(place: String, what: &str, stated: Decimal, computed: Decimal) -> Result<(), NotVerified> {
    if stated == computed {
        return Ok(());
    }
    Err(NotVerified::at(place, format!("says {stated} g; {what} makes {computed} g")))
}

fn rows<'a>(statement: &'a Value, table: &str) -> &'a [Value] {
    statement[table].as_array().map_or(&[], Vec::as_slice)
}

/// Emissions of a line; a day has the central value alone.
fn central(line: &Value) -> Option<Decimal> {
    let co2 = &line["co2_grams"];
    co2["central"].as_str().or_else(|| co2.as_str())?.parse().ok()
}

fn factor_of<'a>(statement: &'a Value, line: &Value) -> Option<&'a Value> {
    let region = line.pointer("/place/region").and_then(Value::as_str);
    rows(statement, "factors")
        .iter()
        .find(|factor| factor["factor_id"] == line["factor_id"] && factor["region"].as_str() == region)
}

fn emissions(line: &Value, factor: &Value) -> Option<Decimal> {
    let count = |name: &str| line[name].as_u64().map(Decimal::from);
    // Output that stands for images or sound has no rate of text.
    let media = |name: &str| line["media"][name].as_u64().map_or(Decimal::ZERO, Decimal::from);
    let text_output = count("output_tokens")? - media("output_image_tokens") - media("output_audio_tokens");
    let mut grams = Decimal::ZERO;
    for rate in factor["rates"].as_array()?.iter().filter(|rate| rate["quantity"] == "co2") {
        // A rate of the lower bound alone has no upper one and is no part of the central value.
        if rate["low"].is_string() && rate["high"].is_null() {
            continue;
        }
        let tokens = match rate["per"].as_str()? {
            "total_tokens" => count("input_tokens")? + text_output,
            "output_tokens" => text_output,
            "fresh_input_tokens" => count("input_tokens")? - count("cache_read_input_tokens")?,
            "cache_read_input_tokens" => count("cache_read_input_tokens")?,
            "requests" => count("requests")?,
            context @ ("context_output" | "context_input") => long(&line[context])?,
            _ => return None,
        };
        let per = Decimal::from(rate["per_count"].as_u64()?);
        grams += rate["central"].as_str()?.parse::<Decimal>().ok()? * tokens / per;
    }
    Some(grams)
}

/// A count that is written as text, as it may be longer than the numbers of JSON; absent where it is 0.
fn long(count: &Value) -> Option<Decimal> {
    if count.is_null() { Some(Decimal::ZERO) } else { count.as_str()?.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_form_with_another_total_is_named() {
        let statement = json!({"total": {"co2_grams": {"central": "42.1"}}});
        let check = |wrong: Form, bytes: &str| {
            let bytes = bytes.as_bytes().to_vec();
            check_forms(&statement, |form| (form == wrong).then(|| bytes.clone()))
        };
        for (form, right, wrong) in [
            (
                Form::Xbrl,
                r#"{"facts":{"ghg":{"value":"0.0000421"}}}"#,
                r#"{"facts":{"ghg":{"value":"0.0000422"}}}"#,
            ),
            (
                Form::Footprint,
                r#"{"pcf":{"pcfExcludingBiogenicUptake":"0.0421"}}"#,
                r#"{"pcf":{"pcfExcludingBiogenicUptake":"0.42"}}"#,
            ),
            (Form::Focus, "x_CarbonGrams\n42\n\"\"\n0.1\n", "x_CarbonGrams\n42\n"),
        ] {
            assert_eq!(check(form, right), Ok(()), "{form:?}");
            let error = check(form, wrong).unwrap_err();
            assert!(error.place.starts_with(form.name()), "{error}");
        }
        assert!(check(Form::Xbrl, "{}").is_err(), "a figure that is left out");
        assert!(check(Form::Focus, "other\n1\n").is_err());
    }
}
