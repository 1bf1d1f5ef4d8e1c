//! `POST /api/v1/estimate`: every method side by side, nothing stored.

use crate::server::Server;
use serde_json::{Value, json};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn all_methods_answer_with_ranges_and_sources() {
    let (ledger, server) = Server::alone();
    let asked = json!({
        "model": "gpt-4o", "provider": "openai", "input_tokens": 0, "output_tokens": 400, "region": "FRA", "methods": "all",
    });
    let answer = server.post("/api/v1/estimate", None, &asked).json();
    assert_eq!(
        (&answer["model"], &answer["region"], &answer["factor_set"]),
        (&json!("gpt-4o"), &json!("FRA"), &json!("2026.11"))
    );
    let methods = answer["methods"].as_array().unwrap();
    let names: Vec<&str> = methods.iter().map(|method| method["method"].as_str().unwrap()).collect();
    assert_eq!(names, ["coefficient", "bottom_up", "ecologits"]);
    assert_eq!(methods[0]["co2_grams"].to_string(), r#"{"central":0.12,"high":1.0336,"low":0.013932}"#);
    assert_eq!(methods[0]["factor_id"], "coefficient/gpt-4o@2025.1");
    assert!(methods[0]["source"]["title"].as_str().unwrap().contains("Grove"));
    for quantity in ["co2_grams", "operational_co2_grams", "embodied_co2_grams", "energy_wh", "water_ml"] {
        let range = &methods[1][quantity];
        let [low, central, high] = ["low", "central", "high"].map(|bound| number(&range[bound]));
        assert!(0.0 < low && low < central && central < high, "{quantity}: {range}");
    }
    let shares: f64 =
        methods[1]["budget"].as_array().unwrap().iter().map(|part| number(&part["share"])).sum();
    assert!((shares - 1.0).abs() < 1e-9);
    // EcoLogits 0.11.3 itself: gpt-4o, France, 400 output tokens.
    assert!((number(&methods[2]["co2_grams"]["low"]) - 0.039_653_648_1).abs() < 1e-10);
    assert!((number(&methods[2]["co2_grams"]["high"]) - 0.055_601_114_4).abs() < 1e-10);
    assert_eq!(answer["grid"]["g_per_kwh"], json!(41.44));
    assert_eq!(answer["grid"]["year"], json!(2025));
    assert_eq!(answer["consistency"], "inside");
    assert!(number(&answer["method_spread"]["low"]) < number(&answer["method_spread"]["high"]));
    assert_eq!(ledger.count("select count(*) from event"), 0);
}

#[test]
fn the_policy_is_the_default_and_methods_can_be_named() {
    let (_ledger, server) = Server::alone();
    let names = |changes: Value| -> Value {
        let asked = crate::server::with(
            json!({"model": "mistral-large-2", "prompt_tokens": 600, "completion_tokens": 400}),
            changes,
        );
        let answer = server.post("/api/v1/estimate", None, &asked).json();
        answer["methods"].as_array().unwrap().iter().map(|method| method["method"].clone()).collect()
    };
    assert_eq!(names(json!({})), json!(["coefficient", "bottom_up"]));
    assert_eq!(
        names(json!({"methods": "all"})),
        json!(["coefficient", "bottom_up", "ecologits", "disclosed"])
    );
    assert_eq!(names(json!({"methods": ["disclosed"]})), json!(["disclosed"]));
    assert_eq!(names(json!({"methods": "ecologits"})), json!(["ecologits"]));
}

#[test]
fn where_values_contradict_each_other_a_sentence_says_so() {
    let (_ledger, server) = Server::alone();
    for (model, region, consistency) in
        [("mistral-large-2", "SWE", "above"), ("claude-3-opus", "USA", "below")]
    {
        let asked = json!({"model": model, "prompt_tokens": 0, "completion_tokens": 1_000, "region": region});
        let answer = server.post("/api/v1/estimate", None, &asked).json();
        assert_eq!(answer["consistency"], consistency);
        let caveats = answer["caveats"].as_array().unwrap();
        assert!(
            caveats.iter().any(|caveat| caveat.as_str().unwrap().starts_with("The published value lies")),
            "{answer}"
        );
    }
}

#[test]
fn what_is_not_known_has_no_number() {
    let (_ledger, server) = Server::alone();
    // A model without a size and a name without a model: no value, no error.
    for model in ["grok-4", "gpt-4omni"] {
        let asked = json!({"model": model, "prompt_tokens": 1, "completion_tokens": 1, "methods": "all"});
        let answer = server.post("/api/v1/estimate", None, &asked).json();
        assert_eq!((&answer["methods"], &answer["confidence"]), (&json!([]), &json!("unknown")), "{answer}");
    }
    // A place without a grid is a mistake, and there is no other grid to fall back to.
    for region in ["atlantis", "CAF", "eu-west-99"] {
        let asked = json!({"model": "gpt-4o", "prompt_tokens": 1, "completion_tokens": 1, "region": region});
        let problem = server.post("/api/v1/estimate", None, &asked).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "/region");
    }
    for (asked, pointer) in [
        (json!({"model": "gpt-4o", "prompt_tokens": 1}), "/completion_tokens"),
        (json!({"prompt_tokens": 1, "completion_tokens": 1}), "/model"),
        (
            json!({"model": "gpt-4o", "prompt_tokens": 1, "completion_tokens": 1, "tenant_id": "t"}),
            "/tenant_id",
        ),
        (
            json!({"model": "gpt-4o", "prompt_tokens": 1, "completion_tokens": 1, "methods": "best"}),
            "/methods",
        ),
        (json!({"model": "gpt-4o", "prompt_tokens": 1, "completion_tokens": 1, "methods": []}), "/methods"),
    ] {
        let problem = server.post("/api/v1/estimate", None, &asked).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{asked}");
    }
    // The published table alone has no places and no sizes.
    let asked = json!({"model": "gpt-4o", "prompt_tokens": 600, "completion_tokens": 400, "methods": "all"});
    let answer = server.post("/api/v1/estimate?factor_set=2025.1", None, &asked).json();
    assert_eq!(answer["methods"].as_array().unwrap().len(), 1);
}
