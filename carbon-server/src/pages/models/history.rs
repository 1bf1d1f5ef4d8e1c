//! The value of one call under each factor set of the server.

use crate::{
    app::App,
    pages::{
        format::FormattedUsage,
        html::escaped,
        models::{address, typical_call},
    },
};
use carbon_core::{Call, Date, EstimateError, Grams, Method, model::Model};
use carbon_report::{Language, Valued};
use rust_decimal::Decimal;

/// The value under one set.
pub(super) struct HistoryRow {
    pub(super) set: String,
    /// The model's page in that set.
    pub(super) link: Option<String>,
    /// `None` without a value.
    pub(super) figures: Option<FormattedUsage>,
    /// The method, or why there is no value.
    pub(super) how: &'static str,
    /// Against the set before.
    pub(super) step: String,
}

/// The sets, oldest first.
pub(super) fn history(app: &App, model: &Model, region: Option<&str>, day: Date) -> Vec<HistoryRow> {
    let (usage, model) = (typical_call(model), model.id());
    let call = Call { region, day: Some(day), ..Call::to(model) };
    let mut before: Option<Grams> = None;
    let versions = app.registry.versions();
    let sets = versions.iter().filter_map(|version| app.registry.released(version));
    let rows = sets.map(|set| {
        let estimate = set.estimate(call, &usage);
        let how = match &estimate {
            Ok(estimate) if estimate.method == Method::Coefficient => "published table",
            Ok(_) => "our own calculation",
            Err(EstimateError::Region(_)) => "the set has no such region",
            Err(_) if set.resolve(model).is_ok() => "listed without a size",
            Err(_) => "not listed",
        };
        let co2 = estimate.ok().map(|estimate| estimate.co2);
        let central = co2.map(|co2| co2.central());
        let step = central.map_or_else(String::new, |now| step(before, now));
        before = central.or(before);
        HistoryRow {
            set: set.as_str().to_owned(),
            link: set
                .resolve(model)
                .is_ok()
                .then(|| format!("{}?factor_set={}", address(model), escaped(set.as_str()))),
            figures: co2.map(|co2| {
                let valued = Valued { usage, co2: Some(co2), energy: None, water: None };
                FormattedUsage::of(&valued, Language::En, "")
            }),
            how,
            step,
        }
    });
    rows.collect()
}

/// `+12.5 %`
fn step(before: Option<Grams>, now: Grams) -> String {
    let Some(before) = before else { return "first value".to_owned() };
    if before == now {
        return "unchanged".to_owned();
    }
    let ratio = (now.as_decimal() - before.as_decimal()).checked_div(before.as_decimal());
    let Some(ratio) = ratio else { return String::new() };
    let mut percent = (ratio.abs() * Decimal::ONE_HUNDRED).round_dp(1);
    percent.rescale(1);
    let sign = if ratio.is_sign_negative() { "–" } else { "+" };
    format!("{sign}{}\u{a0}%", Language::En.number(percent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_in_percent_of_what_was_before() {
        let grams = |text: &str| Grams::new(text.parse().unwrap());
        for (before, now, expect) in [
            (None, "1", "first value"),
            (Some("0.3"), "0.30", "unchanged"),
            (Some("0.4"), "0.45", "+12.5 %"),
            (Some("2000"), "500", "–75.0 %"),
            (Some("1"), "21", "+2,000.0 %"),
            (Some("0"), "1", ""),
        ] {
            assert_eq!(
                step(before.map(grams), grams(now)).replace('\u{a0}', " "),
                expect,
                "{before:?} {now}"
            );
        }
    }
}
