//! What `/track` answers when all is well.

use crate::{
    server::{Server, call, with},
    time::month,
};
use serde_json::{Value, json};

#[test]
fn the_answer_is_the_contract_to_the_digit() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let reply = server.post(
        "/api/v1/track",
        Some(&keys.live),
        &with(call("mistral-large-2"), json!({"event_id": "e-1"})),
    );
    assert_eq!(
        reply.text(),
        concat!(
            r#"{"co2_grams":2.85,"confidence":"measured","co2_grams_low":1.14,"co2_grams_high":2.85,"#,
            r#""energy_wh":null,"water_ml":null,"model":"mistral-large-2","method":"coefficient","#,
            r#""factor_set":"2026.12","factor_id":"coefficient/mistral-large-2@2025.1","event_id":"e-1","duplicate":false}"#
        )
    );
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert!(reply.header("x-request-id").is_some());
}

#[test]
fn both_names_of_the_counts_mean_the_same() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let answer = server.track(
        &keys.live,
        &json!({
            "tenant_id": "t", "model": "GPT-4o", "input_tokens": 1_000, "output_tokens": 200,
            "cache_read_input_tokens": 900, "cache_creation_input_tokens": 100, "reasoning_output_tokens": 150,
            "provider": "openai", "region": "aws:eu-west-3", "tags": {"feature": "summarise"}, "timestamp": now(),
        }),
    );
    assert_eq!(answer["co2_grams"].to_string(), "0.36");
    assert_eq!(answer["model"], "gpt-4o");
    assert_eq!(answer["confidence"], "estimated");
}

#[test]
fn a_model_without_a_published_factor_is_valued_by_our_own_model() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let asked = with(call("gpt-5"), json!({"region": "swedencentral", "provider": "azure"}));
    let answer = server.track(&keys.live, &asked);
    assert_eq!(
        (&answer["method"], &answer["confidence"], &answer["factor_id"]),
        (&json!("bottom_up"), &json!("estimated"), &json!("bottom_up/gpt-5@2026.12"))
    );
    let number = |member: &str| answer[member].as_f64().unwrap();
    assert!(0.0 < number("co2_grams_low") && number("co2_grams_low") < number("co2_grams"));
    assert!(number("co2_grams") < number("co2_grams_high"));
    assert!(number("energy_wh") > 0.0 && number("water_ml") > 0.0);
    assert_eq!((&answer["grid"]["zone"], &answer["grid"]["year"]), (&json!("SWE"), &json!(2025)));
    // Nothing but what an estimate of the same call says.
    let asked = json!({
        "model": "gpt-5", "prompt_tokens": 600, "completion_tokens": 400, "region": "azure:swedencentral",
        "provider": "azure", "methods": ["bottom_up"],
    });
    let estimate = server.post("/api/v1/estimate", None, &asked).json()["methods"][0].clone();
    for (tracked, estimated) in [
        ("co2_grams", &estimate["co2_grams"]["central"]),
        ("co2_grams_low", &estimate["co2_grams"]["low"]),
        ("co2_grams_high", &estimate["co2_grams"]["high"]),
        ("energy_wh", &estimate["energy_wh"]["central"]),
        ("water_ml", &estimate["water_ml"]["central"]),
    ] {
        assert_eq!(answer[tracked].to_string(), estimated.to_string(), "{tracked}");
    }
}

#[test]
fn a_region_without_a_grid_is_refused_by_name_and_nothing_is_kept() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    for details in [
        json!({"region": "atlantis"}),
        json!({"region": "CAF"}),
        json!({"region": "eu-west-3", "provider": "gcp"}),
        json!({"region": "eu-west-3 "}),
    ] {
        let problem =
            server.post("/api/v1/track", Some(&keys.live), &with(call("gpt-4o"), details)).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "/region");
        let detail = problem["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.starts_with("is invalid: no grid is known for region"), "{detail}");
    }
    assert_eq!(ledger.count("select count(*) from event"), 0);
}

#[test]
fn a_call_in_a_new_region_is_kept() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let regions = [
        ("aws", "mx-central-1"),
        ("aws", "ap-southeast-5"),
        ("aws", "ap-southeast-6"),
        ("aws", "ap-southeast-7"),
        ("aws", "ap-east-2"),
        ("aws", "eusc-de-east-1"),
        ("azure", "swedensouth"),
        ("azure", "chinaeast2"),
        ("gcp", "asia-southeast3"),
    ];
    for (provider, region) in regions {
        let details = json!({"region": region, "provider": provider});
        assert!(server.track(&keys.live, &with(call("gpt-5"), details))["co2_grams"].is_f64(), "{region}");
    }
    assert_eq!(ledger.count("select count(*) from event"), regions.len() as u64);
}

#[test]
fn names_as_clouds_and_gateways_write_them_lead_to_their_models() {
    let (_ledger, server) = Server::alone();
    let bedrock = "arn:aws:bedrock:eu-west-1:123456789012";
    for (name, model) in [
        ("openai.gpt-oss-120b-1:0", "gpt-oss-120b"),
        ("us.deepseek.r1-v1:0", "deepseek-r1"),
        (
            &*format!(
                "bedrock/converse/{bedrock}:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0"
            ),
            "claude-sonnet-4-5",
        ),
        (
            "bedrock/arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
            "claude-3-haiku",
        ),
        ("gpt-4o-mini-2024-07-18.ft-0123456789abcdef0123456789abcdef", "gpt-4o-mini"),
        ("openai/ft:gpt-4o-2024-08-06:acme::Abc123", "gpt-4o"),
        ("llama3.1:8b", "llama-3.1-8b"),
        ("ollama/llama3.1:8b-instruct-q4_K_M", "llama-3.1-8b"),
        ("openrouter/openai/o3-mini-high", "o3-mini"),
        ("gpt-5%20(high)", "gpt-5"),
        ("claude-sonnet-4-5%5B1m%5D", "claude-sonnet-4-5"),
    ] {
        assert_eq!(server.get(&format!("/api/v1/models/{name}"), None).json()["model"], model, "{name}");
    }
    for name in [
        &*format!("bedrock/{bedrock}:application-inference-profile/abc123"),
        "llama3.1:latest",
        "ollama/llama3.1",
        "openai.gpt-oss-safeguard-7b",
        "azure/gpt-4o-realtime-preview",
    ] {
        server.get(&format!("/api/v1/models/{name}"), None).problem(404);
    }
}

fn now() -> String {
    jiff::Timestamp::now().to_string()
}

#[test]
fn a_name_that_may_have_moved_is_counted_and_it_is_said() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    // It was checked on the first day of each of its rows only.
    let track = |model: &str| {
        let last_month = json!({"timestamp": format!("{}-05T12:00:00Z", month())});
        server.track(&keys.live, &with(call(model), last_month))
    };
    let moving = track("magistral-medium-latest");
    let named = track(moving["model"].as_str().unwrap());
    assert_eq!([&moving["confidence"], &named["confidence"]], ["proxy", "estimated"]);
    assert_eq!((&named["notes"], &named["co2_grams"]), (&Value::Null, &moving["co2_grams"]));
    assert!(moving["notes"][0].as_str().unwrap().contains("was last checked on 202"), "{moving}");
}

#[test]
fn an_unknown_model_is_kept_and_has_no_number() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let answer = server.track(&keys.live, &call("gpt-4omni"));
    for member in
        ["co2_grams", "co2_grams_low", "co2_grams_high", "energy_wh", "water_ml", "method", "factor_id"]
    {
        assert_eq!(answer[member], Value::Null, "{member}");
    }
    assert_eq!(answer["confidence"], "unknown");
    assert_eq!(answer["model"], "gpt-4omni");
    assert_eq!(answer["suggestions"], json!(["gpt-4o-mini", "gpt-4o", "gpt-4"]));
    // Kept under the name that was sent, for a later factor set to know.
    assert_eq!(
        ledger.count(
            "select count(*) from event join deployment using (deployment_key) where model = 'gpt-4omni'"
        ),
        1
    );
}

#[test]
fn counts_at_the_limit_are_exact() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let answer = server.track(
        &keys.live,
        &with(call("claude-3-opus"), json!({"prompt_tokens": 1_000_000_000, "completion_tokens": 1})),
    );
    assert_eq!(answer["co2_grams"].to_string(), "450000.00045");
}

#[test]
fn the_sum_of_the_events_is_the_sum_by_day() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    for (n, model) in ["gpt-4o", "gpt-4o", "mistral-large-2", "nobody-knows"].into_iter().enumerate() {
        for (region, hours_ago) in [("eu-west-3", 0), ("FRA", 24), ("FRA", 49), ("FRA", 24 * 300)] {
            let time = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(hours_ago);
            let details = json!({
                "region": region, "timestamp": time.to_string(), "tenant_id": format!("t-{}", n % 2),
                "cache_read_input_tokens": 50 + n, "cache_creation_input_tokens": 7, "reasoning_output_tokens": 11 * n,
            });
            server.track(&keys.live, &with(call(model), details));
        }
    }
    server.track(&keys.test, &call("gpt-4o"));
    // Closed in good order, the file holds every sum.
    server.stop();
    let columns = "account_key, is_test, tenant_key, day, deployment_key, requests, input_tokens, \
                   cache_read_input_tokens, cache_creation_input_tokens, output_tokens, reasoning_output_tokens";
    let of_events = "select account_key, is_test, tenant_key, coalesce(occurred_at_ms, received_at_ms) / 86400000, deployment_key, count(*), \
                     sum(input_tokens), sum(cache_read_input_tokens), sum(cache_creation_input_tokens), \
                     sum(output_tokens), sum(reasoning_output_tokens) from event group by 1, 2, 3, 4, 5";
    let of_days = format!("select {columns} from daily_usage");
    assert_eq!(ledger.count(&format!("select count(*) from ({of_days}) as days")), 17);
    for (left, right) in [(of_events, of_days.as_str()), (of_days.as_str(), of_events)] {
        // Parentheses around each side: `except` binds both alike.
        let differing = format!(
            "select count(*) from (select * from ({left}) as l except select * from ({right}) as r) as differing"
        );
        assert_eq!(ledger.count(&differing), 0, "{differing}");
    }
}

#[test]
fn the_registry_is_public() {
    let (_ledger, server) = Server::alone();
    let list = server.get("/api/v1/models", None).json();
    assert_eq!(list["factor_set"], "2026.12");
    assert_eq!(list["models"].as_array().unwrap().len(), 640);
    assert_eq!(
        server.get("/api/v1/models?factor_set=2025.1", None).json()["models"].as_array().unwrap().len(),
        8
    );

    let shown = server.get("/api/v1/models/GPT-4o-2024-08-06?factor_set=2025.1", None).json();
    assert_eq!(shown["model"], "gpt-4o");
    assert_eq!(shown["resolved_by"], "rule");
    assert_eq!(shown["factors"][0]["central"].to_string(), r#"{"per":"total_tokens","value":0.3}"#);
    let shown = server.get("/api/v1/models/eu.anthropic.claude-3-5-sonnet-20240620-v1:0", None).json();
    assert_eq!(
        (shown["model"].as_str(), shown["region_hint"].as_str()),
        (Some("claude-3-5-sonnet"), Some("geo:eu"))
    );
    let shown = server.get("/api/v1/models/openrouter%2Fopenai/gpt-4o", None).json();
    assert_eq!(shown["parameters"]["active_b"], json!([39.1, 132.0]));
    // Where the name led without a day, nobody knows for certain.
    let shown = server.get("/api/v1/models/mistral-large-latest", None).json();
    assert_eq!(shown["model"], "mistral-large-3");
    assert!(shown["caveats"][0].as_str().unwrap().contains("was last checked on 2026-11-29"), "{shown}");
    // Whoever gives an end of an interval is named.
    let shown = server.get("/api/v1/models/gpt-5", None).json();
    let [of_size, all] = [&shown["parameters"]["second_source"], &shown["sources"]];
    assert!(of_size["title"].is_string() && all.as_array().unwrap().contains(of_size), "{shown}");
    // A source that got lost on the way would be seen here: every model with a number has one.
    for model in list["models"].as_array().unwrap() {
        let numbers = !model["parameters"].is_null() || model["factors"] != json!([]);
        let sourced = model["sources"][0]["title"].as_str().is_some_and(|title| title.len() > 10);
        assert_eq!(sourced, numbers, "{model}");
    }

    let unknown = server.get("/api/v1/models/mistral-large", None).problem(404);
    assert_eq!(unknown["suggestions"][0], "mistral-large-1");
    let set = server.get("/api/v1/models?factor_set=1999.1", None).problem(422);
    assert_eq!(set["errors"][0]["pointer"], "factor_set");
    server.get(&format!("/api/v1/models/{}", "x".repeat(300)), None).problem(404);
}

#[test]
fn health_answers() {
    let (_ledger, server) = Server::alone();
    assert_eq!(server.get("/healthz", None).json()["status"], "ok");
}
