//! Nobody sees, changes or counts what is not theirs.

use crate::server::{Server, call, with};
use serde_json::json;

fn this_month() -> String {
    jiff::Timestamp::now().to_string()[..7].to_owned()
}

#[test]
fn another_accounts_tenants_and_reports_do_not_exist() {
    let (_ledger, server) = Server::alone();
    let [owner, stranger] = ["owner@example.com", "stranger@example.com"].map(|email| server.sign_up(email));
    server.track(&owner.live, &call("gpt-4o"));
    let wanted = json!({"tenant_id": "client-xyz", "month": this_month()});
    let report = server.post("/api/v1/reports", Some(&owner.live), &wanted).json();
    let pdf = report["links"]["pdf"].as_str().unwrap();

    // The very words of an id that nobody has.
    let mut none = server.get("/api/v1/reports/nobodys/report.pdf", Some(&stranger.live)).problem(404);
    let mut foreign = server.get(pdf, Some(&stranger.live)).problem(404);
    for problem in [&mut none, &mut foreign] {
        problem["request_id"] = json!(null);
    }
    assert_eq!(foreign, none);
    server.post("/api/v1/reports", Some(&stranger.live), &wanted).problem(404);
    server.get(pdf, None).problem(401);
    assert_eq!(server.get(pdf, Some(&owner.live)).status, 200);
}

#[test]
fn accounts_use_the_same_names_without_meeting() {
    let (ledger, server) = Server::alone();
    let [a, b] = ["a@example.com", "b@example.com"].map(|email| server.sign_up(email));
    let event = with(call("gpt-4o"), json!({"event_id": "e-1"}));
    assert_eq!(server.track(&a.live, &event)["duplicate"], false);
    assert_eq!(server.track(&b.live, &with(event, json!({"prompt_tokens": 1})))["duplicate"], false);
    assert_eq!(ledger.count("select count(*) from tenant where tenant_id = 'client-xyz'"), 2);
}

#[test]
fn test_events_stay_apart_from_live_ones() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let event = with(call("gpt-4o"), json!({"event_id": "e-1"}));
    assert_eq!(server.track(&keys.test, &event)["duplicate"], false);
    assert_eq!(server.track(&keys.live, &event)["duplicate"], false);
    assert_eq!(
        server.track(&keys.test, &with(call("gpt-4o"), json!({"tenant_id": "only-tested"})))["co2_grams"],
        json!(0.3)
    );
    assert_eq!(ledger.count("select count(*) from event where is_test = 1"), 2);
    assert_eq!(ledger.count("select count(*) from event where is_test = 0"), 1);

    let wanted = json!({"tenant_id": "client-xyz", "month": this_month()});
    let problem = server.post("/api/v1/reports", Some(&keys.test), &wanted).problem(403);
    assert!(problem["detail"].as_str().unwrap().contains("live key"));
    let report = server.post("/api/v1/reports", Some(&keys.live), &wanted).json();
    server.get(report["links"]["pdf"].as_str().unwrap(), Some(&keys.test)).problem(403);
    // A tenant that only a test key has named does not exist for the live one.
    let only_tested = json!({"tenant_id": "only-tested", "month": this_month()});
    server.post("/api/v1/reports", Some(&keys.live), &only_tested).problem(404);
}

#[test]
fn a_refused_event_leaves_nothing_behind() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let event = with(call("gpt-4o"), json!({"event_id": "e-1"}));
    server.track(&keys.live, &event);
    let ghost = with(event, json!({"tenant_id": "ghost", "model": "ghost-model"}));
    server.post("/api/v1/track", Some(&keys.live), &ghost).problem(409);
    assert_eq!(ledger.count("select count(*) from tenant"), 1);
    assert_eq!(ledger.count("select count(*) from deployment"), 1);
    server
        .post("/api/v1/reports", Some(&keys.live), &json!({"tenant_id": "ghost", "month": this_month()}))
        .problem(404);
}

#[test]
fn a_key_that_is_revoked_in_the_ledger_stops_working() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    ledger.open().execute("update api_key set revoked_at_ms = 1 where kind = 'live'", []).unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while server.post("/api/v1/track", Some(&keys.live), &call("gpt-4o")).status == 200 {
        assert!(std::time::Instant::now() < deadline, "the revoked key still works");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    server.post("/api/v1/track", Some(&keys.live), &call("gpt-4o")).problem(401);
    server.track(&keys.test, &call("gpt-4o"));
}

#[test]
fn keys_and_passwords_are_nowhere_in_the_clear() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    let folder = ledger.path().parent().unwrap().to_owned();
    let mut log = server.stop().2.into_bytes();
    for file in std::fs::read_dir(folder).unwrap() {
        log.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let found = |secret: &str| log.windows(secret.len()).any(|window| window == secret.as_bytes());
    for secret in [&keys.live[..], &keys.live[13..], &keys.test[13..], "correct horse"] {
        assert!(!found(secret), "{secret}");
    }
    assert!(found(&keys.live[..13]), "the prefix is kept, to tell keys apart");
    assert!(found("$argon2id$"));
}
