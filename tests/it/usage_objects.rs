//! Usage objects of providers, taken unchanged: one file each in tests/vectors/usage.

use crate::server::{ROOT, Server, with};
use serde_json::{Value, json};
use std::path::Path;

/// A call that says its counts as its provider did.
fn call(tenant_id: &str, usage: &Value) -> Value {
    json!({"tenant_id": tenant_id, "model": "gpt-4o", "usage": usage})
}

#[test]
fn every_providers_usage_object_becomes_the_same_counts() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let mut passed_over = 0;
    let (mut read, mut refused) = (0, 0);
    for entry in std::fs::read_dir(Path::new(ROOT).join("tests/vectors/usage")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let golden: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let model = golden["model"].as_str().unwrap_or("gpt-4o");
        let event = with(call(&name, &golden["usage"]), json!({"model": model}));
        let estimate = json!({"model": model, "usage": golden["usage"]});
        if golden["refused"] == json!(true) {
            for (path, key, body) in
                [("/api/v1/track", Some(keys.live.as_str()), &event), ("/api/v1/estimate", None, &estimate)]
            {
                let problem = server.post(path, key, body).problem(422);
                let pointer = problem["errors"][0]["pointer"].as_str().unwrap();
                assert!(pointer.starts_with("/usage"), "{name}: {problem}");
            }
            refused += 1;
            continue;
        }
        let answer = server.track(&keys.live, &event);
        let notes = |answer: &Value| answer["notes"].as_array().map_or(0, Vec::len);
        assert_eq!(
            json!(notes(&answer)),
            with(json!({"notes": 0}), golden.clone())["notes"],
            "{name}: {answer}"
        );
        let usage = server.get(&format!("/api/v1/usage?tenant_id={name}"), Some(&keys.live)).json();
        for (count, expect) in golden["expect"].as_object().unwrap() {
            assert_eq!(&usage["total"][count], expect, "{name}: {count}");
        }
        for absent_if_0 in ["context_unknown_tokens", "media"] {
            assert_eq!(usage["total"].get(absent_if_0), golden["expect"].get(absent_if_0), "{name}");
        }
        // An estimate and a batch read it alike.
        let estimate = server.post("/api/v1/estimate", None, &estimate).json();
        assert_eq!(notes(&estimate), notes(&answer), "{name}: {estimate}");
        // What is measured or published stands first, where there is anything.
        if let Some(first) = estimate["methods"].as_array().and_then(|methods| methods.first()) {
            assert_eq!(first["co2_grams"]["central"], answer["co2_grams"], "{name}");
        }
        let batch = server.post("/api/v1/track/batch", Some(&keys.test), &json!([event])).json();
        assert_eq!((&batch["accepted"], &batch["co2_grams"]), (&json!(1), &answer["co2_grams"]), "{name}");
        assert_eq!(notes(&batch), notes(&answer), "{name}: {batch}");
        // In the event and in the batch; an estimate counts nothing.
        passed_over += 2 * golden["passed_over"].as_u64().unwrap();
        read += 1;
    }
    assert!(read >= 50 && refused >= 4, "{read} and {refused}");
    let metrics = server.get("/metrics", None).text();
    let counted = format!("carbon_usage_fields_passed_over_total {passed_over}\n");
    assert!(passed_over > 0 && metrics.contains(&counted), "{metrics}");
}

#[test]
fn what_is_said_twice_or_in_text_is_refused_and_not_kept() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let usage = json!({"prompt_tokens": 5, "completion_tokens": 6});
    let prompts = json!({"prompt_tokens": 7, "input_tokens": 8});
    for (event, pointer) in [
        (with(call("one", &usage), json!({"prompt_tokens": 5})), "/usage"),
        (call("one", &with(usage.clone(), json!({"note": "the marker of a prompt"}))), "/usage/note"),
        (
            call("one", &json!({"messages": [{"content": "the marker of a prompt"}]})),
            "/usage/messages/content",
        ),
        (call("one", &with(usage.clone(), prompts)), "/usage/input_tokens"),
        (call("one", &json!([5, 6])), "/usage"),
    ] {
        let problem = server.post("/api/v1/track", Some(&keys.live), &event).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        assert!(!problem.to_string().contains("marker"), "{problem}");
    }
    assert_eq!(ledger.count("select count(*) from event"), 0);
    server.track(&keys.live, &call("one", &usage));
    let (_, _, log) = server.stop();
    let kept = String::from_utf8_lossy(&ledger.bytes()).into_owned();
    assert!(!log.contains("marker") && !kept.contains("marker"));
}
