//! What is said of tenants, and forgetting one for good.

use crate::ledger::Ledger;
use crate::server::{Server, call, with};
use serde_json::{Value, json};
use std::io::Read;

const SECRET_ID: &str = "acme-gmbh-4711";

fn set(server: &Server, key: &str, tenant_id: &str, profile: &Value) -> Value {
    let reply = server.put(&format!("/api/v1/tenants/{tenant_id}"), Some(key), profile);
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

#[test]
fn a_tenant_is_known_from_its_first_event_and_can_be_named() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.get("/api/v1/tenants/client-xyz", Some(&keys.live)).problem(404);
    server.track(&keys.live, &call("gpt-4o"));
    let found = server.get("/api/v1/tenants/client-xyz", Some(&keys.live)).json();
    assert_eq!(found["tenant_id"], "client-xyz");
    assert_eq!(found["legal_name"], json!(null));
    let profile = json!({"name": "Xyz", "legal_name": "Xyz SAS", "language": "fr", "region": "FRA", "carbon_budget_grams": 1000,
        "standard": "esrs-2026"});
    let kept = set(&server, &keys.live, "client-xyz", &profile);
    for (field, value) in profile.as_object().unwrap() {
        assert_eq!(&kept[field], value);
    }
    // What is left out is taken away.
    assert_eq!(set(&server, &keys.live, "client-xyz", &json!({"name": "Xyz"}))["region"], json!(null));
    for (body, pointer) in [
        (json!({"name": ""}), "/name"),
        (json!({"legal_name": "x".repeat(201)}), "/legal_name"),
        (json!({"language": "xx"}), "/language"),
        (json!({"region": "Atlantis"}), "/region"),
        (json!({"carbon_budget_grams": 0}), "/carbon_budget_grams"),
        (json!({"standard": "esrs-2025"}), "/standard"),
        (json!({"email": "someone@example.com"}), "/email"),
    ] {
        let problem = server.put("/api/v1/tenants/client-xyz", Some(&keys.live), &body).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
    // Another book has other tenants.
    server.get("/api/v1/tenants/client-xyz", Some(&keys.test)).problem(404);
}

#[test]
fn tenants_are_listed_page_by_page() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    for tenant_id in ["b", "a/1", "c c"] {
        server.track(&keys.live, &with(call("gpt-4o"), json!({"tenant_id": tenant_id})));
    }
    let page = |query: &str| server.get(&format!("/api/v1/tenants{query}"), Some(&keys.live)).json();
    let ids = |page: &Value| -> Vec<String> {
        page["tenants"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["tenant_id"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = page("?limit=2");
    assert_eq!(ids(&first), ["a/1", "b"]);
    assert_eq!(ids(&page(&format!("?limit=2&cursor={}", first["next"].as_str().unwrap()))), ["c c"]);
    assert_eq!(page("")["next"], json!(null));
    assert_eq!(server.get("/api/v1/tenants/a%2F1", Some(&keys.live)).json()["tenant_id"], "a/1");
    server.get("/api/v1/tenants?limit=0", Some(&keys.live)).problem(422);
}

#[test]
fn a_default_region_is_that_of_events_that_say_none() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let event = |id: &str| with(call("llama-3.1-70b"), json!({"event_id": id}));
    let before = server.track(&keys.live, &event("before"));
    assert_ne!(before["grid"]["placed_by"], "region");
    set(&server, &keys.live, "client-xyz", &json!({"region": "FRA"}));
    let after = server.track(&keys.live, &event("after"));
    assert_eq!(after["grid"]["zone"], "FRA");
    let said = with(event("said"), json!({"region": "POL"}));
    assert_eq!(server.track(&keys.live, &said)["grid"]["zone"], "POL");
    // What was sent before is the same when it is sent again.
    assert_eq!(server.track(&keys.live, &event("before"))["duplicate"], true);
    set(&server, &keys.live, "client-xyz", &json!({"region": "DEU"}));
    assert_eq!(server.track(&keys.live, &event("after"))["duplicate"], true);
    let batch = server.post("/api/v1/track/batch", Some(&keys.live), &json!([event("batch")])).json();
    assert_eq!(batch["accepted"], 1);
    let by_region = server.get("/api/v1/usage?group_by=region", Some(&keys.live)).json();
    let regions: Vec<&Value> =
        by_region["rows"].as_array().unwrap().iter().map(|row| &row["region"]).collect();
    assert_eq!(regions, [&json!("DEU"), &json!("FRA"), &json!("POL"), &json!(null)]);
}

#[test]
fn a_report_carries_the_legal_name_and_speaks_the_clients_language() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    set(
        &server,
        &keys.live,
        "client-xyz",
        &json!({"name": "Xyz", "legal_name": "Xyz S.A.S.", "language": "fr", "lei": "529900T8BM49AURSDO55"}),
    );
    let month = jiff::Timestamp::now().to_string()[..7].to_owned();
    let issue = |body: Value| server.post("/api/v1/reports", Some(&keys.live), &body).json();
    let statement = |report: &Value| {
        server.get(report["links"]["statement"].as_str().unwrap(), Some(&keys.live)).json()["heading"].clone()
    };
    let heading = statement(&issue(json!({"tenant_id": "client-xyz", "month": month})));
    assert_eq!(heading["language"], "fr");
    assert_eq!(
        heading["client"],
        json!({"name": "Xyz S.A.S.", "tenant_id": "client-xyz", "lei": "529900T8BM49AURSDO55"})
    );
    let heading = statement(&issue(json!({"tenant_id": "client-xyz", "month": month, "language": "en"})));
    assert_eq!(heading["language"], "en");
}

#[test]
fn everything_about_a_tenant_in_one_zip() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let event = |id: &str| with(call("gpt-4o"), json!({"event_id": id, "tags": {"feature": "chat"}}));
    server.track(&keys.live, &event("e-1"));
    server.track(&keys.live, &event("e-2"));
    server.post("/api/v1/events/e-2/reversal", Some(&keys.live), &json!({}));
    server.track(&keys.live, &with(call("gpt-4o"), json!({"tenant_id": "other", "event_id": "not-theirs"})));
    set(&server, &keys.live, "client-xyz", &json!({"legal_name": "Xyz SAS"}));
    let month = jiff::Timestamp::now().to_string()[..7].to_owned();
    let report = server
        .post("/api/v1/reports", Some(&keys.live), &json!({"tenant_id": "client-xyz", "month": month}))
        .json();
    server.post(
        "/api/v1/tenants/client-xyz/dashboard-links",
        Some(&keys.live),
        &json!({"expires_in_days": 1}),
    );

    let reply = server.get("/api/v1/tenants/client-xyz/export.zip", Some(&keys.live));
    assert_eq!(reply.header("content-type"), Some("application/zip"));
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(&reply.body)).unwrap();
    let mut member = |name: &str| {
        let mut bytes = Vec::new();
        zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    let events = String::from_utf8(member("events.ndjson")).unwrap();
    let events: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 3);
    assert_eq!(events[0]["event_id"], "e-1");
    assert_eq!(events[0]["tags"], json!({"feature": "chat"}));
    assert_eq!((&events[2]["requests"], &events[2]["reverses"]), (&json!(-1), &events[1]["number"]));
    let tenant: Value = serde_json::from_slice(&member("tenant.json")).unwrap();
    assert_eq!(tenant["tenant"]["legal_name"], "Xyz SAS");
    assert_eq!(tenant["dashboard_links"].as_array().unwrap().len(), 1);
    let file = tenant["reports"][0]["file"].as_str().unwrap();
    assert_eq!(member(file), server.get(report["links"]["pdf"].as_str().unwrap(), Some(&keys.live)).body);
    server.get("/api/v1/tenants/nobody/export.zip", Some(&keys.live)).problem(404);
}

#[test]
fn an_export_holds_what_was_restated_opened_and_told() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--housekeeping-s", "1", "--webhook-private"]);
    let keys = server.sign_up("a@example.com");
    // Nobody listens there: the alert waits to be sent.
    server.put("/api/v1/webhook", Some(&keys.live), &json!({"url": "http://127.0.0.1:9/"}));
    for tenant_id in ["client-xyz", "other"] {
        let named = |event: Value| with(event, json!({"tenant_id": tenant_id}));
        for event in [crate::time::on(3, &format!("{tenant_id}-1"), json!({})), call("gpt-4o")] {
            server.track(&keys.live, &named(with(event, json!({"completion_tokens": 9_999}))));
        }
        set(&server, &keys.live, tenant_id, &json!({"carbon_budget_grams": 1}));
        let path = format!("/api/v1/tenants/{tenant_id}/dashboard-links");
        let link = server.post(&path, Some(&keys.live), &json!({"expires_in_days": 1})).json();
        server.get(link["url"].as_str().unwrap().strip_prefix(&server.url).unwrap(), None);
    }
    let last = crate::time::month();
    server.post(&format!("/api/v1/months/{last}/close"), Some(&keys.live), &json!({}));
    let wanted = json!({"month": last, "factor_set": "2025.1", "reason": "to see"});
    let restated = server.post("/api/v1/restatements", Some(&keys.live), &wanted).json();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while ledger.count("select count(*) from outbox_message where attempts > 0") < 2 {
        assert!(std::time::Instant::now() < deadline, "nobody is told");
    }

    let reply = server.get("/api/v1/tenants/client-xyz/export.zip", Some(&keys.live));
    let mut text = String::new();
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(&reply.body)).unwrap();
    zip.by_name("tenant.json").unwrap().read_to_string(&mut text).unwrap();
    assert!(!text.contains("other"), "{text}");
    let tenant: Value = serde_json::from_str(&text).unwrap();
    let only = |list: &str| {
        let rows = tenant[list].as_array().unwrap();
        assert_eq!(rows.len(), 1, "{list}: {text}");
        rows[0].clone()
    };
    let restatement = only("restatements");
    assert_eq!(restatement["restatement_id"], restated["restatement_id"]);
    assert_eq!((&restatement["month"], &restatement["reason"]), (&json!(last), &json!("to see")));
    assert_eq!(restatement["old"]["total"], restated["tenants"][0]["old"]);
    assert_eq!(restatement["new"]["total"], restated["tenants"][0]["new"]);
    assert_eq!(only("closed_months")["figures"], restatement["old"]);
    let opened = only("opened_dashboards");
    assert_eq!(opened["link_id"], only("dashboard_links")["id"]);
    assert_eq!(opened["month"], jiff::Timestamp::now().to_string()[..7]);
    let alert = only("alerts");
    assert_eq!((&alert["kind"], &alert["percent"]), (&json!("carbon_budget"), &json!(100)));
    assert_eq!(alert["to_be_sent"]["data"]["tenant_id"], "client-xyz");
    assert_eq!(alert["delivered_at"], json!(null));
}

#[test]
fn an_erased_tenant_leaves_its_sums_and_nothing_that_names_it() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let event = |id: &str, day: &str| {
        let timestamp = format!("{day}T00:00:00Z");
        let tags = json!({"customer": "Frau Mustermann"});
        with(
            call("gpt-4o"),
            json!({"tenant_id": SECRET_ID, "event_id": id, "timestamp": timestamp, "tags": tags}),
        )
    };
    let last = crate::time::month();
    // Neighbours, before and after, so that its row shares pages that are split with many others.
    let neighbours = |from: u32, to: u32| {
        let row = |n: u32| {
            with(call("gpt-4o"), json!({"tenant_id": format!("acme-gmbh-{:04}", n * 7919 % 10_000)}))
        };
        let rows: Vec<Value> = (from..to).map(row).collect();
        assert_eq!(
            server.post("/api/v1/track/batch", Some(&keys.live), &json!(rows)).json()["accepted"],
            to - from
        );
    };
    neighbours(0, 400);
    server.track(&keys.live, &event("e-1", &format!("{last}-05")));
    server.track(&keys.live, &event("e-2", &jiff::Timestamp::now().to_string()[..10]));
    neighbours(400, 900);
    set(
        &server,
        &keys.live,
        SECRET_ID,
        &json!({"name": "Acme", "legal_name": "Acme Gesellschaft 4711", "region": "DEU"}),
    );
    let wanted = json!({"tenant_id": SECRET_ID, "month": last});
    let report = server.post("/api/v1/reports", Some(&keys.live), &wanted).json();
    assert_eq!(
        server.post(&format!("/api/v1/months/{last}/close"), Some(&keys.live), &json!({})).status,
        200
    );
    let total = || server.get("/api/v1/usage", Some(&keys.live)).json()["total"].clone();
    let (before, sound) = (total(), ledger.check());
    let path = format!("/api/v1/tenants/{SECRET_ID}");
    let link = server
        .post(&format!("{path}/dashboard-links"), Some(&keys.live), &json!({"expires_in_days": 9}))
        .json();

    assert_eq!(server.delete(&path, Some(&keys.live)).status, 204);
    server.get(&path, Some(&keys.live)).problem(404);
    server.delete(&path, Some(&keys.live)).problem(404);
    server.get(report["links"]["pdf"].as_str().unwrap(), Some(&keys.live)).problem(404);
    server.post("/api/v1/reports", Some(&keys.live), &wanted).problem(404);
    server.get(link["url"].as_str().unwrap().strip_prefix(&server.url).unwrap(), None).problem(404);
    assert_eq!(total(), before, "the sums are as they were");
    let rows = server.get("/api/v1/usage?group_by=tenant", Some(&keys.live)).json()["rows"].clone();
    assert_eq!(rows.as_array().unwrap().last().unwrap()["tenant"], json!(null));
    // The restatement of a closed month still counts it.
    let restated = json!({"month": last, "factor_set": "2025.1", "reason": "to see"});
    let restated = server.post("/api/v1/restatements", Some(&keys.live), &restated).json();
    assert_eq!(restated["tenants"][0]["tenant_id"], json!(null));
    // An event of it can still be cancelled; the same id is another tenant from now on.
    let cancelled = server.post("/api/v1/events/e-2/reversal", Some(&keys.live), &json!({})).json();
    assert_eq!(cancelled["tenant_id"], json!(null));

    assert_eq!(ledger.check().lines().count(), sound.lines().count());
    let gone = |bytes: &[u8]| {
        for secret in [SECRET_ID, "Acme Gesellschaft", "Frau Mustermann"] {
            let found = bytes.windows(secret.len()).filter(|window| *window == secret.as_bytes()).count();
            assert_eq!(found, 0, "{secret} is still there");
        }
    };
    gone(&ledger.bytes());
    let again = with(call("gpt-4o"), json!({"tenant_id": "acme-gmbh-new", "event_id": "e-3"}));
    server.track(&keys.live, &again);
    server.stop();
    gone(&ledger.bytes());
    ledger.check();
}
