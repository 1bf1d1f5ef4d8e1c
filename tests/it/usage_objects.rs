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
    let mut providers = 0;
    for entry in std::fs::read_dir(Path::new(ROOT).join("tests/vectors/usage")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let golden: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let event = call(&name, &golden["usage"]);
        let answer = server.track(&keys.live, &event);
        let usage = server.get(&format!("/api/v1/usage?tenant_id={name}"), Some(&keys.live)).json();
        for (count, expect) in golden["expect"].as_object().unwrap() {
            assert_eq!(&usage["total"][count], expect, "{name}: {count}");
        }
        // An estimate and a batch read it alike.
        let estimate = json!({"model": "gpt-4o", "usage": golden["usage"]});
        let estimate = server.post("/api/v1/estimate", None, &estimate).json();
        assert_eq!(estimate["methods"][0]["co2_grams"]["central"], answer["co2_grams"], "{name}");
        let batch = server.post("/api/v1/track/batch", Some(&keys.test), &json!([event])).json();
        assert_eq!((&batch["accepted"], &batch["co2_grams"]), (&json!(1), &answer["co2_grams"]), "{name}");
        // In the event and in the batch; an estimate counts nothing.
        passed_over += 2 * golden["passed_over"].as_u64().unwrap();
        providers += 1;
    }
    assert!(providers >= 14, "{providers}");
    let metrics = server.get("/metrics", None).text();
    let counted = format!("carbon_usage_fields_passed_over_total {passed_over}\n");
    assert!(passed_over > 0 && metrics.contains(&counted), "{metrics}");
}

#[test]
fn what_is_said_twice_or_in_text_is_refused_and_not_kept() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let usage = json!({"prompt_tokens": 5, "completion_tokens": 6});
    let cached = json!({"prompt_tokens_details": {"cached_tokens": 9}});
    for (event, pointer) in [
        (with(call("one", &usage), json!({"prompt_tokens": 5})), "/usage"),
        (call("one", &with(usage.clone(), json!({"note": "the marker of a prompt"}))), "/usage/note"),
        (
            call("one", &json!({"messages": [{"content": "the marker of a prompt"}]})),
            "/usage/messages/content",
        ),
        (call("one", &with(usage.clone(), cached)), "/usage"),
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
