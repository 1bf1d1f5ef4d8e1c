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
        (&json!("gpt-4o"), &json!("FRA"), &json!("2026.12"))
    );
    let methods = answer["methods"].as_array().unwrap();
    let names: Vec<&str> = methods.iter().map(|method| method["method"].as_str().unwrap()).collect();
    assert_eq!(names, ["coefficient", "bottom_up", "ecologits"]);
    assert_eq!(methods[0]["co2_grams"].to_string(), r#"{"central":0.12,"high":1.0336,"low":0.013932}"#);
    assert_eq!(methods[0]["factor_id"], "coefficient/gpt-4o@2025.1");
    assert!(methods[0]["source"]["title"].as_str().unwrap().contains("Grove"));
    let modelled = ["co2_grams", "operational_co2_grams", "embodied_co2_grams", "energy_wh", "water_ml"];
    for quantity in modelled.into_iter().chain(["onsite_water_ml", "offsite_water_ml"]) {
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
    assert_eq!(answer["grid"]["factor_id"], "grid/FRA@2026.11");
    assert!(answer["grid"]["source"]["publisher"].as_str().unwrap().contains("Ember"));
    assert_eq!(methods[1]["budget"][0]["component"], "undisclosed size");
    assert_eq!(methods[1]["site"]["pue"], json!(1.2));
    assert!(methods[2]["source"]["title"].as_str().unwrap().contains("EcoLogits 0.11.3"));
    // Twelve digits or more, and what is a sum is the sum.
    let [operational, embodied, all] = ["operational_co2_grams", "embodied_co2_grams", "co2_grams"]
        .map(|quantity| &methods[1][quantity]["central"]);
    assert!((number(operational) + number(embodied) - number(all)).abs() < 1e-15 * 10.0, "{all}");
    assert!(all.to_string().trim_start_matches(['0', '.']).len() >= 12, "{all}");
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
fn a_call_that_is_tried_takes_what_a_call_that_is_stored_takes() {
    let (_ledger, server) = Server::alone();
    let ask = |changes: Value| {
        let asked = json!({
            "model": "mistral-large-latest", "provider": "mistral_ai", "input_tokens": 600, "output_tokens": 400,
            "cache_read_input_tokens": 100, "cache_creation_input_tokens": 10, "reasoning_output_tokens": 30,
            "event_id": "e-1", "tags": {"feature": "summarise"},
        });
        server.post("/api/v1/estimate", None, &crate::server::with(asked, changes))
    };
    // A name that moves leads where it led on that day.
    assert_eq!(ask(json!({"timestamp": "2024-09-01T12:00:00Z"})).json()["model"], "mistral-large-2");
    assert_eq!(ask(json!({"timestamp": "2026-07-01T12:00:00Z"})).json()["model"], "mistral-large-3");
    // Nobody has written down where it led that day: it is said, and less sure than the same model by its own name.
    let stale = json!({"timestamp": "2025-09-01T12:00:00Z"});
    let named = crate::server::with(json!({"model": "mistral-large-2"}), stale.clone());
    let [moving, named] = [stale, named].map(|changes| ask(changes).json());
    assert_eq!(
        (&moving["model"], &moving["methods"][0]["co2_grams"]),
        (&named["model"], &named["methods"][0]["co2_grams"])
    );
    let confidence = |answer: &Value| answer["methods"][0]["confidence"].clone();
    assert_eq!([&moving, &named].map(confidence), ["estimated", "measured"]);
    let is_said = |answer: &Value| answer["caveats"].to_string().contains("last checked on 2025-05-21");
    assert!(is_said(&moving) && !is_said(&named), "{moving}");
    let summer = json!({"timestamp": "2026-07-01T12:00:00Z"});
    assert_eq!(ask(summer).json()["grid"]["zone"], "SWE");
    for (changes, pointer) in [
        (json!({"timestamp": "yesterday"}), "/timestamp"),
        (json!({"timestamp": "2126-07-01T12:00:00Z"}), "/timestamp"),
        (json!({"tags": {"feature": ""}}), "/tags/feature"),
        (json!({"event_id": ""}), "/event_id"),
        (json!({"region": "eu-west-3", "provider": "azure"}), "/region"),
        (json!({"messages": []}), "/messages"),
    ] {
        assert_eq!(ask(changes).problem(422)["errors"][0]["pointer"], pointer);
    }
}

#[test]
fn a_region_may_be_named_by_its_cloud_and_a_place_by_the_model() {
    let (_ledger, server) = Server::alone();
    for (model, provider, region, expect) in [
        ("gpt-4o", Some("aws.bedrock"), Some("eu-west-3"), ("aws:eu-west-3", "region")),
        ("gpt-4o", None, Some("gb"), ("GBR", "region")),
        ("gpt-4o", None, None, ("USA", "provider")),
        ("eu.anthropic.claude-3-5-sonnet-20240620-v1:0", None, None, ("EEE", "name")),
        ("deepseek-v3", None, None, ("WOR", "nobody")),
    ] {
        let asked = json!({"model": model, "provider": provider, "region": region, "prompt_tokens": 1, "completion_tokens": 1});
        let answer = server.post("/api/v1/estimate", None, &asked).json();
        let found = (answer["region"].as_str().unwrap(), answer["grid"]["placed_by"].as_str().unwrap());
        assert_eq!(found, expect, "{answer}");
    }
}

#[test]
fn a_providers_own_figure_counts_its_own_unit_and_has_a_range() {
    let (_ledger, server) = Server::alone();
    let asked = json!({"model": "mistral-large-2", "prompt_tokens": 10_000, "completion_tokens": 300, "methods": ["disclosed"]});
    let disclosed = server.post("/api/v1/estimate", None, &asked).json()["methods"][0].clone();
    assert_eq!(disclosed["co2_grams"].to_string(), r#"{"central":0.855,"high":1.8927,"low":0.3861}"#);
    assert_eq!(disclosed["per"], "output_tokens");
    assert_eq!(disclosed["energy_wh"], Value::Null, "not published");
    // A method that has nothing to say of this model does not make the model unknown.
    let asked_of_gpt = crate::server::with(asked.clone(), json!({"model": "gpt-4o"}));
    let answer = server.post("/api/v1/estimate", None, &asked_of_gpt).json();
    assert_eq!((&answer["methods"], &answer["confidence"]), (&json!([]), &Value::Null));
    let asked = json!({"model": "gemini-apps", "prompt_tokens": 1, "completion_tokens": 1, "methods": "all"});
    assert_eq!(server.post("/api/v1/estimate", None, &asked).json()["methods"], json!([]));
    let asked = crate::server::with(asked, json!({"timestamp": "2025-05-20T00:00:00Z"}));
    let disclosed = server.post("/api/v1/estimate", None, &asked).json()["methods"][0].clone();
    assert_eq!(
        (disclosed["energy_wh"]["central"].to_string(), &disclosed["per"]),
        ("0.24".to_owned(), &json!("requests"))
    );
    let bases: Vec<&str> = disclosed["factors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|factor| factor["basis"].as_str().unwrap())
        .collect();
    assert_eq!(bases, ["market", "not_applicable", "not_applicable"]);
}

#[test]
fn where_values_contradict_each_other_a_sentence_says_so() {
    let (_ledger, server) = Server::alone();
    for (model, region, tokens, consistency) in
        [("mistral-large-2", "SWE", 1_000, "above"), ("claude-3-opus", "ZAF", 300_000, "below")]
    {
        let asked =
            json!({"model": model, "prompt_tokens": 0, "completion_tokens": tokens, "region": region});
        let answer = server.post("/api/v1/estimate", None, &asked).json();
        assert_eq!(answer["consistency"], consistency);
        let caveats = answer["caveats"].as_array().unwrap();
        assert!(
            caveats.iter().any(|caveat| caveat.as_str().unwrap().starts_with("The published value is")),
            "{answer}"
        );
    }
}

#[test]
fn what_is_not_known_has_no_number() {
    let (_ledger, server) = Server::alone();
    // A model without a size and a name without a model: no value, no error.
    for model in ["grok-4.3", "gpt-4omni"] {
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
