//! The same event twice is one event.

use crate::server::{Server, call, with};
use serde_json::json;

#[test]
fn same_id_same_content_is_a_duplicate_other_content_a_conflict() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let event = with(call("gpt-4o"), json!({"event_id": "e-1", "tags": {"b": "2", "a": "1"}}));
    let first = server.track(&keys.live, &event);
    assert_eq!(first["duplicate"], false);
    for _ in 0..2 {
        let mut again = server.track(&keys.live, &event);
        assert_eq!(again["duplicate"], true);
        again["duplicate"] = json!(false);
        assert_eq!(again, first, "the answer is the first one's");
    }
    for changes in [
        json!({"prompt_tokens": 601}),
        json!({"model": "gpt-4o-mini"}),
        json!({"tenant_id": "another"}),
        json!({"region": "FRA"}),
        json!({"provider": "azure"}),
        json!({"tags": {"a": "1"}}),
        json!({"reasoning_output_tokens": 1}),
        json!({"timestamp": jiff::Timestamp::now().to_string()}),
    ] {
        let problem =
            server.post("/api/v1/track", Some(&keys.live), &with(event.clone(), changes)).problem(409);
        assert!(problem["detail"].as_str().unwrap().contains(r#""e-1""#), "{problem}");
    }
    assert_eq!(ledger.count("select count(*) from event"), 1);
    // Closed in good order, the file holds every sum.
    server.stop();
    assert_eq!(ledger.count("select sum(requests) from daily_usage"), 1);
}

#[test]
fn a_given_time_is_part_of_the_content() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let yesterday = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24);
    let event = with(call("gpt-4o"), json!({"event_id": "e-1", "timestamp": yesterday.to_string()}));
    server.track(&keys.live, &event);
    // The same instant in other words.
    let in_berlin = format!("{}", yesterday.display_with_offset(jiff::tz::offset(2)));
    assert!(in_berlin.ends_with("+02:00"), "{in_berlin}");
    let same = with(event.clone(), json!({"timestamp": in_berlin}));
    assert_eq!(server.track(&keys.live, &same)["duplicate"], true);
    let mut untimed = event;
    untimed.as_object_mut().unwrap().remove("timestamp");
    server.post("/api/v1/track", Some(&keys.live), &untimed).problem(409);
}

#[test]
fn the_header_is_as_good_as_the_field() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let send = |event_id: Option<&str>, header: &str| {
        let headers =
            [("authorization", format!("Bearer {}", keys.live)), ("idempotency-key", header.to_owned())];
        let body =
            event_id.map_or_else(|| call("gpt-4o"), |id| with(call("gpt-4o"), json!({"event_id": id})));
        server.send("/api/v1/track", &headers, &body.to_string())
    };
    let first = send(None, "k-1").json();
    assert_eq!((&first["event_id"], &first["duplicate"]), (&json!("k-1"), &json!(false)));
    assert_eq!(send(None, "k-1").json()["duplicate"], true);
    assert_eq!(send(Some("k-1"), "k-1").json()["duplicate"], true);
    assert_eq!(send(Some("other"), "k-1").problem(422)["errors"][0]["pointer"], "/event_id");
    assert_eq!(send(None, &"k".repeat(129)).problem(422)["errors"][0]["pointer"], "Idempotency-Key");
    let twice = [
        ("authorization", format!("Bearer {}", keys.live)),
        ("idempotency-key", "k-2".to_owned()),
        ("idempotency-key", "k-3".to_owned()),
    ];
    let problem = server.send("/api/v1/track", &twice, &call("gpt-4o").to_string()).problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "Idempotency-Key");
}

#[test]
fn without_an_id_every_call_counts() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let [first, second] = [(); 2].map(|()| server.track(&keys.live, &call("gpt-4o")));
    assert_ne!(first["event_id"], second["event_id"]);
    assert_eq!(ledger.count("select count(*) from event"), 2);
}

#[test]
fn many_at_once_with_one_id_make_one_event() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let event = with(call("gpt-4o"), json!({"event_id": "e-1"}));
    let new = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(|| server.track(&keys.live, &event))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).filter(|a| a["duplicate"] == false).count()
    });
    assert_eq!(new, 1);
    // Closed in good order, the file holds every sum.
    server.stop();
    assert_eq!(ledger.count("select sum(requests) from daily_usage"), 1);
}
