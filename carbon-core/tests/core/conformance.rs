//! The published conformance cases, run on ourselves.

use carbon_core::{Call, EstimateError, FactorSet, Grams, Opinions, Usage, usage::Calls};
use serde_json::Value;

const CASES: &str = include_str!("../../../docs/conformance.json");

fn usage(call: &Value) -> Usage {
    let calls = call["count"].as_u64().unwrap();
    let count = |name: &str| call[name].as_u64().unwrap_or(0) * calls;
    let usage = Usage {
        requests: calls,
        input_tokens: count("input_tokens"),
        cache_read_input_tokens: count("cache_read_input_tokens"),
        cache_creation_input_tokens: count("cache_creation_input_tokens"),
        output_tokens: count("output_tokens"),
        ..Usage::default()
    };
    usage.with_context_of(Calls::Several(calls), None)
}

/// What we say to one expectation of a case, as text; `None` is no number.
fn said(opinions: &[Opinions<'_>], expectation: &str) -> Option<String> {
    let exact = |bound: fn(&Opinions<'_>) -> Option<Grams>| -> Option<String> {
        let grams: Option<Vec<Grams>> = opinions.iter().map(bound).collect();
        grams.filter(|grams| !grams.is_empty()).map(|grams| grams.into_iter().sum::<Grams>().to_string())
    };
    match expectation {
        "model" => opinions.first().map(|opinions| opinions.deployment.model.id().to_owned()),
        "coefficient_low_grams" => exact(|opinions| Some(opinions.coefficient?.1.low())),
        "coefficient_grams" => exact(|opinions| Some(opinions.coefficient?.1.central())),
        "coefficient_high_grams" => exact(|opinions| Some(opinions.coefficient?.1.high())),
        "bottom_up_grams" => exact(|opinions| Some(opinions.bottom_up?.co2().central())),
        "context_grams" => exact(|opinions| Some(opinions.bottom_up?.context_co2().central())),
        "disclosed_grams" => {
            exact(|opinions| Some(opinions.disclosed?.co2.as_ref()?.apply(&opinions.usage).central()))
        }
        "ecologits_low_grams" => exact(|opinions| Some(opinions.ecologits?[0].co2)),
        "ecologits_high_grams" => exact(|opinions| Some(opinions.ecologits?[1].co2)),
        other => panic!("no such expectation: {other}"),
    }
}

#[test]
fn every_published_case_holds() {
    let cases: Value = serde_json::from_str(CASES).unwrap();
    let all_of = cases["factor_set"].as_str().unwrap();
    let cases = cases["cases"].as_array().unwrap();
    for case in cases {
        let id = case["id"].as_str().unwrap();
        let set = match case["factor_set"].as_str().unwrap_or(all_of) {
            // With two closed models whose figures were computed apart.
            "2026.12" => crate::next::set(),
            version => FactorSet::version(version).unwrap(),
        };
        let answers: Vec<Result<Opinions<'_>, EstimateError>> = case["calls"]
            .as_array()
            .unwrap()
            .iter()
            .map(|call| {
                let model = call["model"].as_str().unwrap();
                set.opinions(&Call { region: call["region"].as_str(), ..Call::to(model) }, &usage(call))
            })
            .collect();
        let refused = answers.iter().any(|answer| matches!(answer, Err(EstimateError::Region(_))));
        assert_eq!(refused, case["expect"]["refused"] == "region", "{id}");
        let opinions: Vec<Opinions<'_>> = answers.into_iter().flatten().collect();
        let within = case["expect"]["within"].as_f64().unwrap_or(0.0);
        for (expectation, value) in case["expect"].as_object().unwrap() {
            if ["within", "refused"].contains(&expectation.as_str()) {
                continue;
            }
            let said = said(&opinions, expectation);
            let number = |text: &str| text.parse::<f64>().ok();
            let holds = match (value.as_str(), &said) {
                (None, None) => true,
                (Some(expect), Some(said)) => match (number(expect), number(said)) {
                    (Some(expect), Some(said)) if within > 0.0 => (said / expect - 1.0).abs() <= within,
                    _ => expect == said,
                },
                _ => false,
            };
            assert!(holds, "{id}, {expectation}: {said:?}, not {value}");
        }
    }
    assert!(cases.len() >= 15);
}
