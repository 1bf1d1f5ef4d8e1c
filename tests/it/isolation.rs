//! Nobody sees, changes or counts what is not theirs.

use crate::{
    server::{Reply, Server, call, with},
    time,
};
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

/// For every call of the description that takes an id: another account's key gets the very words of an id that nobody has.
#[test]
fn no_call_tells_a_stranger_whether_an_id_exists() {
    let (ledger, server) = Server::alone();
    let [owner, stranger] = ["owner@example.com", "stranger@example.com"].map(|email| server.sign_up(email));
    let live = Some(owner.live.as_str());
    let event = time::on(5, "e-1", json!({}));
    server.track(&owner.live, &event);
    let text = |reply: Reply, field: &str| reply.json()[field].as_str().unwrap().to_owned();
    let month = time::month();
    let report = server.post("/api/v1/reports", live, &json!({"tenant_id": "client-xyz", "month": month}));
    let batch = server.post("/api/v1/reports", live, &json!({"tenant_id": "*", "month": month}));
    assert_eq!(server.post(&format!("/api/v1/months/{month}/close"), live, &json!({})).status, 200);
    let restatement = json!({"month": month, "factor_set": "2025.1", "reason": "r"});
    let times = ["00", "01"].map(|hour| format!("{}T{hour}:00:00Z", time::first()));
    let window = json!({"model": "prod-llama", "from": times[0], "to": times[1], "meter": "m", "scope": "node",
                        "node_joules": 1, "input_tokens": 1, "output_tokens": 1});
    assert_eq!(server.post("/api/v1/measurements", live, &window).json()["accepted"], 1);
    let link = json!({"expires_in_days": 1});
    let instrument_id = "01a20abd-28b2-761c-af30-000000000001";
    let instrument = crate::market::instrument(1, json!({}));
    let entered = server.put(&format!("/api/v1/instruments/{instrument_id}"), live, &instrument);
    assert_eq!(entered.status, 200, "{}", entered.text());
    let target = json!({"grams": 1, "per": "month"});
    assert_eq!(server.put("/api/v1/tenants/client-xyz/targets/few", live, &target).status, 200);
    let ids = [
        ("tenant_id", "client-xyz".to_owned()),
        ("target_name", "few".to_owned()),
        ("event_id", "e-1".to_owned()),
        ("served_name", "prod-llama".to_owned()),
        ("instrument_id", instrument_id.to_owned()),
        ("report_id", text(report, "report_id")),
        ("batch_id", text(batch, "batch_id")),
        ("restatement_id", text(server.post("/api/v1/restatements", live, &restatement), "restatement_id")),
        ("key_id", server.get("/api/v1/keys", live).json()["keys"][0]["key_id"].as_str().unwrap().to_owned()),
        ("link_id", text(server.post("/api/v1/tenants/client-xyz/dashboard-links", live, &link), "id")),
    ];
    let document = server.get("/openapi.json", None).json();
    let before = ledger.count("select count(*) from event");
    let mut asked = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        /// Naming a tenant of one's own takes nothing from anybody, and neither does an id of one's own.
        const OF_ONES_OWN: [&str; 2] = ["/api/v1/tenants/{tenant_id}", "/api/v1/instruments/{instrument_id}"];
        let takes_an_id = ids.iter().any(|(name, _)| path.contains(&format!("{{{name}}}")));
        let operations = operations.as_object().unwrap().iter();
        for (method, _) in operations
            .filter(|(method, _)| takes_an_id && (!OF_ONES_OWN.contains(&path.as_str()) || *method != "put"))
        {
            let with_ids = |nobodys: bool| {
                ids.iter().fold(path.replace("{month}", &month), |path, (name, id)| {
                    path.replace(&format!("{{{name}}}"), if nobodys { "nobodys" } else { id })
                })
            };
            let body = match path.as_str() {
                path if path.ends_with("dashboard-links") => link.to_string(),
                path if path.ends_with("/contacts") => json!({"contacts": []}).to_string(),
                path if path.contains("/allocations/") => json!({"mwh": 1}).to_string(),
                path if path.ends_with("{target_name}") => target.to_string(),
                _ => String::new(),
            };
            let ask = |path: &str, key: &str| {
                let bearer = format!("Bearer {key}");
                let reply =
                    server.request(&method.to_uppercase(), path, &[("authorization", &bearer)], &body);
                let mut problem = reply.problem(404);
                problem["request_id"] = json!(null);
                problem
            };
            assert_eq!(
                ask(&with_ids(false), &stranger.live),
                ask(&with_ids(true), &stranger.live),
                "{method} {path}"
            );
            assert_eq!(
                server.request(&method.to_uppercase(), &with_ids(false), &[], &body).status,
                401,
                "{method} {path} without a key"
            );
            asked += 1;
        }
    }
    assert!(asked >= 15, "{asked}");
    // Queries and bodies take ids too.
    for query in [
        "/api/v1/usage?tenant_id=client-xyz".to_owned(),
        format!("/api/v1/months/{month}?tenant_id=client-xyz"),
    ] {
        server.get(&query, Some(&stranger.live)).problem(404);
    }
    let wanted = json!({"tenant_id": "client-xyz", "month": month});
    server.post("/api/v1/reports", Some(&stranger.live), &wanted).problem(404);
    let change = json!({"tenant_id": "client-xyz", "month": month, "changes": [{"output_tokens": "-1 %"}]});
    server.post("/api/v1/whatif", Some(&stranger.live), &change).problem(404);
    for list in ["/api/v1/tenants", "/api/v1/usage", "/api/v1/measurements"] {
        let listed = server.get(list, Some(&stranger.live)).text();
        assert!(!listed.contains("client-xyz") && !listed.contains("prod-llama"), "{list}");
    }
    assert_eq!(ledger.count("select count(*) from event"), before);
    assert_eq!(server.get("/api/v1/tenants/client-xyz", live).status, 200);
    // The owner's test key has a book of its own.
    server.get("/api/v1/tenants/client-xyz", Some(&owner.test)).problem(404);
    server.post("/api/v1/events/e-1/reversal", Some(&owner.test), &json!({})).problem(404);
    server.delete("/api/v1/tenants/client-xyz", Some(&owner.test)).problem(404);
}

/// Nothing but these is ever said in a header.
#[test]
fn responses_carry_listed_headers_only() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    let listed = [
        "allow",
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-length",
        "content-security-policy",
        "content-type",
        "cross-origin-opener-policy",
        "cross-origin-resource-policy",
        "date",
        "etag",
        "location",
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "referrer-policy",
        "retry-after",
        "set-cookie",
        "transfer-encoding",
        "vary",
        "www-authenticate",
        "x-content-type-options",
        "x-request-id",
    ];
    let log_in = json!({"email": "a@example.com", "password": "correct horse"});
    let link = json!({"expires_in_days": 1});
    let link = server.post("/api/v1/tenants/client-xyz/dashboard-links", Some(&keys.live), &link).json();
    let dashboard = link["url"].as_str().unwrap().strip_prefix(&server.url).unwrap();
    let month = &jiff::Timestamp::now().to_string()[..7];
    let report = json!({"tenant_id": "client-xyz", "month": month});
    let report = server.post("/api/v1/reports", Some(&keys.live), &report).json();
    let file = |name: &str| server.get(report["links"][name].as_str().unwrap(), Some(&keys.live));
    for reply in [
        server.get("/", None),
        server.get("/methodology", None),
        server.get("/assets/site.css?v=x", None),
        server.get("/assets/rapidoc.js", None),
        server.get(dashboard, None),
        server.request("GET", "/app", &[("accept", "text/html")], ""),
        server.request("GET", "/nowhere", &[("accept", "text/html")], ""),
        server.request("POST", "/login", &[], "email=a@example.com&password=correct+horse"),
        file("pdf"),
        file("statement"),
        file("lines"),
        file("evidence"),
        server.get("/healthz", None),
        server.get("/docs", None),
        server.get("/openapi.json", None),
        server.get("/metrics", None),
        server.get("/nowhere", None),
        server.get("/api/v1/usage", None),
        server.get("/api/v1/usage", Some(&keys.live)),
        server.get("/api/v1/track", Some(&keys.live)),
        server.get("/api/v1/tenants/client-xyz/export.zip", Some(&keys.live)),
        server.post("/api/v1/session", None, &log_in),
        server.post("/api/v1/track", Some(&keys.live), &json!({})),
    ] {
        for name in reply.header_names() {
            assert!(listed.contains(&name), "{name} in a {}", reply.status);
        }
        assert!(reply.header("x-request-id").is_some());
    }
}

#[test]
fn accounts_use_the_same_names_without_meeting() {
    let (_ledger, server) = Server::alone();
    let [a, b] = ["a@example.com", "b@example.com"].map(|email| server.sign_up(email));
    let event = with(call("gpt-4o"), json!({"event_id": "e-1"}));
    assert_eq!(server.track(&a.live, &event)["duplicate"], false);
    assert_eq!(server.track(&b.live, &with(event, json!({"prompt_tokens": 1})))["duplicate"], false);
    for keys in [&a, &b] {
        let listed = server.get("/api/v1/tenants", Some(&keys.live)).json();
        assert_eq!(listed["tenants"].as_array().unwrap().len(), 1, "{listed}");
    }
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
    assert_eq!(ledger.count("select count(*) from event where is_test = true"), 2);
    assert_eq!(ledger.count("select count(*) from event where is_test = false"), 1);

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
    ledger.execute("update api_key set revoked_at_ms = 1 where kind = 'live'");
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
    let mut log = server.stop().2.into_bytes();
    log.extend(ledger.bytes());
    let found = |secret: &str| log.windows(secret.len()).any(|window| window == secret.as_bytes());
    for secret in [&keys.live[..], &keys.live[13..], &keys.test[13..], "correct horse"] {
        assert!(!found(secret), "{secret}");
    }
    assert!(found(&keys.live[..13]), "the prefix is kept, to tell keys apart");
    assert!(found("$argon2id$"));
}
