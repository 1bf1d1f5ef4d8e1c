//! Why an event has its figure, who may see it, and the console's pages of events.

use crate::{
    server::{Server, call, with},
    visitor::Visitor,
};
use serde_json::{Value, json};

/// What explains an event is what it was answered with, and its parts add up to it to the last digit.
#[test]
fn an_explanation_adds_up_to_what_track_answered() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let stages = |explained: &Value| -> Vec<String> {
        let parts = explained["parts"].as_array().unwrap();
        parts.iter().map(|part| part["stage"].as_str().unwrap().to_owned()).collect()
    };
    let decimal = |number: &Value| number.to_string().parse::<carbon_core::Decimal>().unwrap();
    for (place, changes) in [
        json!({"model": "mistral-large-2"}),
        json!({"model": "gpt-4o", "cache_read_input_tokens": 100}),
        json!({"model": "llama-3.1-70b-instruct", "region": "FRA"}),
        json!({"model": "nobody-knows"}),
    ]
    .into_iter()
    .enumerate()
    {
        let event_id = format!("e/{place}");
        let event =
            with(with(call("gpt-4o"), json!({"event_id": event_id, "tags": {"feature": "chat"}})), changes);
        let answer = server.track(&keys.live, &event);
        let path = format!("/api/v1/events/e%2F{place}");
        let explained = server.get(&path, Some(&keys.live)).json();
        assert_eq!(explained["event_id"], event_id);
        assert_eq!(explained["co2_grams"]["central"], answer["co2_grams"]);
        assert_eq!(explained["co2_grams"]["low"], answer["co2_grams_low"]);
        assert_eq!(explained["co2_grams"]["high"], answer["co2_grams_high"]);
        for field in ["confidence", "method", "factor_id", "factor_set"] {
            assert_eq!(explained[field], answer[field], "{field}");
        }
        assert_eq!(explained["position"]["number"].as_u64().unwrap(), place as u64 * 2 + 1);
        assert_eq!(explained["seal"]["sha256"].as_str().unwrap().len(), 64);
        let sum = |explained: &Value| -> carbon_core::Decimal {
            explained["parts"].as_array().unwrap().iter().map(|part| decimal(&part["co2_grams"])).sum()
        };
        if explained["co2_grams"].is_null() {
            assert!(explained["parts"].as_array().unwrap().is_empty());
            assert_eq!(explained["estimate"]["confidence"], "unknown");
        } else {
            let central = decimal(&explained["co2_grams"]["central"]);
            let difference = (sum(&explained) - central).abs();
            // Numbers of this test's reader have 17 digits.
            assert!(
                difference <= central * "0.000000000000001".parse::<carbon_core::Decimal>().unwrap(),
                "{explained}"
            );
        }
        // The reversal is the same with a minus, and each names the other.
        let reversal = server.post(&format!("{path}/reversal"), Some(&keys.live), &json!({})).json();
        let reversal_id = reversal["reversal_id"].as_str().unwrap();
        let reversal = server.get(&format!("/api/v1/events/{reversal_id}"), Some(&keys.live)).json();
        assert_eq!(reversal["reverses"], event_id);
        assert_eq!(server.get(&path, Some(&keys.live)).json()["reversed_by"], reversal_id);
        assert_eq!(sum(&reversal), -sum(&explained));
        assert_eq!(stages(&reversal), stages(&explained));
        if !explained["co2_grams"].is_null() {
            let [low, high] = [&reversal["co2_grams"]["low"], &explained["co2_grams"]["high"]].map(decimal);
            assert_eq!(low, -high);
        }
    }
    let published = server.get("/api/v1/events/e%2F0", Some(&keys.live)).json();
    let part = json!({"stage": "factor", "of": "total_tokens", "count": 1_000, "per": 1_000,
                      "co2_grams_rate": 2.85, "co2_grams": 2.85});
    assert_eq!(published["parts"], json!([part]));
    assert!(published["estimate"]["methods"][0]["source"]["title"].is_string());
    let modelled = server.get("/api/v1/events/e%2F2", Some(&keys.live)).json();
    assert!(stages(&modelled).contains(&"electricity".to_owned()));
    assert!(stages(&modelled).contains(&"hardware".to_owned()));
    assert!(modelled["parts"][0]["energy_wh"].is_number());
}

/// A test key sees test events, a live one live ones, and nobody those of others.
#[test]
fn events_are_seen_by_their_own_side_alone() {
    let (_ledger, server) = Server::alone();
    let [keys, stranger] = ["a@example.com", "b@example.com"].map(|email| server.sign_up(email));
    let empty = server.get("/api/v1/events", Some(&keys.live)).json();
    assert_eq!(
        empty,
        json!({"from": null, "to": null, "events": [], "looked_at": 0, "pruned_months": [], "next": null})
    );
    server.track(&keys.live, &with(call("gpt-4o"), json!({"event_id": "live"})));
    server.track(&keys.test, &with(call("gpt-4o"), json!({"event_id": "test"})));
    let read = server.post("/api/v1/keys", Some(&keys.live), &json!({"kind": "read", "label": "r"})).json();
    let read = read["api_key"].as_str().unwrap();
    for (key, own, other) in
        [(&*keys.live, "live", "test"), (read, "live", "test"), (&*keys.test, "test", "live")]
    {
        let page = server.get("/api/v1/events", Some(key)).json();
        assert_eq!(page["events"].as_array().unwrap().len(), 1, "{page}");
        assert_eq!(page["events"][0]["event_id"], own);
        assert_eq!(page["events"][0]["is_test"], own == "test");
        assert_eq!(server.get(&format!("/api/v1/events/{own}"), Some(key)).json()["event_id"], own);
        server.get(&format!("/api/v1/events/{other}"), Some(key)).problem(404);
        for nobodys in ["nobodys", "%00", "%C3%A9"] {
            server.get(&format!("/api/v1/events/{nobodys}"), Some(key)).problem(404);
        }
    }
    assert_eq!(server.get("/api/v1/events", Some(&stranger.live)).json()["events"], json!([]));
    server.get("/api/v1/events?tenant_id=client-xyz", Some(&stranger.live)).problem(404);
    // A token of a page is of its account and its filters.
    for n in 0..3 {
        server.track(&keys.live, &with(call("gpt-4o"), json!({"event_id": format!("e-{n}")})));
    }
    let page = server.get("/api/v1/events?limit=1", Some(&keys.live)).json();
    let next = page["next"].as_str().unwrap();
    for (key, query, status) in [
        (&keys.live, "limit=2", 200),
        (&keys.live, "limit=2&model=gpt-4o", 422),
        (&keys.test, "limit=2", 422),
        (&stranger.live, "limit=2", 422),
    ] {
        let reply = server.get(&format!("/api/v1/events?{query}&cursor={next}"), Some(key));
        assert_eq!(reply.status, status, "{query}: {}", reply.text());
    }
    for (query, pointer) in [
        ("from=yesterday", "from"),
        ("to=20261001", "to"),
        ("from=2026-02-02&to=2026-02-01", "from"),
        ("from=2026-01-01&to=2026-02-01", "from"),
        ("tag=chat", "tag"),
        ("tag=a%3D%00", "tag"),
        ("confidence=high", "confidence"),
        ("late=yes", "late"),
        ("reversed=1", "reversed"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("tenant_id=", "tenant_id"),
        ("model=%00", "model"),
        ("cursor=AAAB", "cursor"),
        ("day=2026-01-01", "day"),
    ] {
        let problem = server.get(&format!("/api/v1/events?{query}"), Some(&keys.live)).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{query}: {problem}");
    }
}

/// The pages say what the API says, without a script; a form that is not confirmed reverses nothing.
#[test]
fn the_console_lists_explains_and_reverses_events() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let visitor = Visitor::logs_in(&server, "a@example.com");
    assert!(visitor.opens("/app/events").text().contains("No live event has arrived yet"));
    server.track(&keys.live, &with(call("mistral-large-2"), json!({"event_id": "e/1"})));
    server.track(&keys.live, &with(call("nobody-knows"), json!({"event_id": "<b>2"})));
    server.track(&keys.test, &with(call("gpt-4o"), json!({"event_id": "test"})));
    let page = visitor.opens("/app/events").text();
    for words in
        ["2.85\u{a0}g", "/app/events/e%2F1", "/app/events/%3Cb%3E2", "1 of them has no value", "2,000 tokens"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("gpt-4o"), "{page}");
    let page = visitor.opens("/app/events?confidence=unknown&tenant_id=&from=").text();
    assert!(page.contains("nobody-knows") && !page.contains("mistral-large-2"), "{page}");
    for (query, fault) in [("from=yesterday", "from-fault"), ("tenant_id=nobody", "tenant_id-fault")] {
        let reply = visitor.opens(&format!("/app/events?{query}"));
        assert_eq!(reply.status, 422);
        assert!(reply.text().contains(fault), "{}", reply.text());
    }
    let page = visitor.opens("/app/events/e%2F1").text();
    for words in [
        "Why 2.85\u{a0}g",
        "1,000",
        "2.85 g per 1,000",
        "coefficient/mistral-large-2@",
        "/api/v1/events/e%2F1",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(visitor.opens("/app/events/%3Cb%3E2").text().contains("Why there is no figure"));
    for nobodys in ["test", "nobodys"] {
        assert_eq!(visitor.opens(&format!("/app/events/{nobodys}")).status, 404);
    }
    assert_eq!(visitor.sends("/app/events/e%2F1/reverse", "").status, 422);
    let requests = || server.get("/api/v1/usage", Some(&keys.live)).json()["total"]["requests"].clone();
    assert_eq!(requests(), 2);
    let reply = visitor.sends("/app/events/e%2F1/reverse", "confirm=yes");
    assert_eq!((reply.status, reply.header("location")), (303, Some("/app/events/e%2F1")));
    assert_eq!(requests(), 1);
    let page = visitor.opens("/app/events/e%2F1").text();
    assert!(page.contains("was reversed by") && !page.contains("Reverse it"), "{page}");
    let page = visitor.opens("/app/events?reversed=true").text();
    assert!(page.contains("/app/events/e%2F1") && !page.contains("%3Cb%3E2"), "{page}");
}
