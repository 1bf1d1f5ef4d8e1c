//! What own entries say, and what they would do, as lines to read.

use crate::{base::clock, store::OwnChange};
use carbon_core::Grams;
use carbon_report::{Language, figure, words::Wording};
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// An entry as the API answers it.
pub(super) fn written(change: &OwnChange, entry: &str) -> Value {
    let mut value: Value = serde_json::from_str(entry).unwrap_or_default();
    value["name"] = json!(change.name);
    value["valid_from"] = json!(Some(&change.valid_from).filter(|day| !day.is_empty()));
    value["entered_by"] = json!(change.entered_by);
    value["entered_at"] = json!(clock::rfc_3339_of(change.entered_at_ms));
    value
}

/// Everything that an entry says.
pub(super) fn line(entry: &Value) -> String {
    let text = |field: &str| Some(entry[field].as_str()?.to_owned());
    let with = |field: &str, before: &str, after: &str| Some(format!("{before}{}{after}", text(field)?));
    let what = match (text("model"), with("class", "class ", "")) {
        (Some(model), _) => vec![Some(model)],
        (None, Some(class)) => vec![Some(class)],
        (None, None) => vec![
            with("total_b", "", " B parameters"),
            with("active_b", "", " B active"),
            with("active_in_b", "", " B active for input"),
            text("precision"),
            text("accelerator"),
            text("region"),
            with("pue", "PUE ", ""),
            with("onsite_water_l_per_kwh", "", " L/kWh on site"),
            with("source", "source: ", ""),
        ],
    };
    let others = [days(entry), with("note", "note: ", ""), with("entered_by", "by ", "")];
    let said: Vec<String> = what.into_iter().chain(others).flatten().collect();
    format!("{:<32} {}\n", text("name").unwrap_or_default(), said.join(", "))
}

fn days(entry: &Value) -> Option<String> {
    match (entry["valid_from"].as_str(), entry["valid_to"].as_str()) {
        (Some(from), Some(to)) => Some(format!("{from} to {to}")),
        (Some(from), None) => Some(format!("from {from}")),
        (None, Some(to)) => Some(format!("until {to}")),
        (None, None) => None,
    }
}

/// Windows of a name, and the factor that they give.
pub(super) fn measured_line(measured: &Value) -> String {
    let day = |field: &str| measured[field].as_str().and_then(|at| at.get(..10)).unwrap_or_default();
    let windows = measured["windows"].as_u64().unwrap_or_default();
    let windows = if windows == 1 { "1 window".to_owned() } else { format!("{windows} windows") };
    let factor = match &measured["wh_per_1000_output_tokens"] {
        Value::Null => "no factor from them".to_owned(),
        factor => {
            let wh = figure::three_significant(decimal(factor)).normalize();
            format!("{wh} Wh per 1,000 output tokens")
        }
    };
    let name = measured["model"].as_str().unwrap_or_default();
    format!("{name:<32} {windows} of measured energy, {} to {}, {factor}\n", day("from"), day("to"))
}

/// What a change would do to the open months, as the API previews it.
pub(super) fn previewed(months: &Value) -> String {
    let months = months.as_array().map(Vec::as_slice).unwrap_or_default();
    let changed: Vec<&Value> = months.iter().filter(|month| month["old"] != month["new"]).collect();
    if changed.is_empty() {
        return "Nothing was stored. No open month has calls that it would change.\n".to_owned();
    }
    let lines = changed.into_iter().map(|month| {
        let [old, new] = ["old", "new"].map(|side| figures(&month[side]));
        format!("{:<9} {old}\n       -> {new}\n", month["month"].as_str().unwrap_or_default())
    });
    format!("Nothing was stored. It would change your open months:\n{}", lines.collect::<String>())
}

fn figures(figures: &Value) -> String {
    let grams = match &figures["co2_grams"] {
        Value::Null => "not quantified".to_owned(),
        co2 => {
            let mass = |bound: &str| {
                Wording::of(Language::En).mass(Grams::new(decimal(&co2[bound]))).replace('\u{a0}', " ")
            };
            format!("{} CO2e ({} to {})", mass("central"), mass("low"), mass("high"))
        }
    };
    let coverage = figures["coverage"].as_f64().map(|share| format!(", coverage {:.1} %", share * 100.0));
    format!("{grams}{}, {}", coverage.unwrap_or_default(), figures["confidence"].as_str().unwrap_or_default())
}

/// A number of the API, written with or without an exponent.
fn decimal(number: &Value) -> Decimal {
    let digits = number.as_str().map_or_else(|| number.to_string(), str::to_owned);
    digits.parse().or_else(|_| Decimal::from_scientific(&digits)).unwrap_or_default()
}
