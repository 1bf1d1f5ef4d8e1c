//! Several servers on one PostgreSQL: one truth, whoever is asked and whoever is killed.

mod books;
mod chaos;
mod citus;
mod doubt;
mod factor_sets;
mod moving;
mod postgres;
mod pruning;
mod schema;
mod standby;
mod turns;

pub(crate) use self::postgres::server_under_test;
use crate::{
    alerts::receiver,
    ledger::Ledger,
    server::{Server, call, with},
};
use serde_json::json;
use std::time::{Duration, Instant};

/// Servers of one ledger.
fn start(ledger: &Ledger, count: usize) -> Vec<Server> {
    (0..count).map(|_| ledger.serve()).collect()
}

/// Waits until `is_so`, and no longer than so many seconds.
#[track_caller]
pub(crate) fn within(seconds: u64, what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: not within {seconds} s");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn what_one_server_takes_every_other_knows() {
    let ledger = Ledger::on_server(server_under_test());
    let servers = start(&ledger, 3);
    let keys = servers[0].sign_up("a@example.com");
    for n in 0..12 {
        let event =
            with(call("gpt-4o"), json!({"event_id": format!("e-{n}"), "tags": {"n": format!("{}", n % 5)}}));
        assert_eq!(servers[n % 3].track(&keys.live, &event)["duplicate"], false);
        // Sent again, and elsewhere.
        assert_eq!(servers[(n + 1) % 3].track(&keys.live, &event)["duplicate"], true);
        let other = with(event, json!({"prompt_tokens": 601}));
        servers[(n + 2) % 3].post("/api/v1/track", Some(&keys.live), &other).problem(409);
    }
    let cancelled = servers[1].post("/api/v1/events/e-0/reversal", Some(&keys.live), &json!({})).json();
    let again = servers[2].post("/api/v1/events/e-0/reversal", Some(&keys.live), &json!({})).json();
    assert_eq!(cancelled["reversal_event_id"], again["reversal_event_id"], "{again}");
    for server in &servers {
        let usage = server.get("/api/v1/usage?group_by=tag:n", Some(&keys.live)).json();
        assert_eq!(usage["total"]["requests"], 11, "{usage}");
    }
    // A month that one closes is closed for all: what comes then is an adjustment.
    let last_month = (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(31 * 24)).to_string();
    let month = &last_month[..7];
    let early = |n: u32| with(call("gpt-4o"), json!({"event_id": format!("m-{n}"), "timestamp": last_month}));
    servers[0].track(&keys.live, &early(1));
    let closed = servers[1].post(&format!("/api/v1/months/{month}/close"), Some(&keys.live), &json!({}));
    assert_eq!(closed.status, 200, "{}", closed.text());
    servers[2].track(&keys.live, &early(2));
    let state = servers[0].get(&format!("/api/v1/months/{month}"), Some(&keys.live)).json();
    assert_eq!((&state["events"], &state["adjustments"]["events"]), (&json!(1), &json!(1)));
    ledger.check();
}

/// What an account says of its names through one server, every other knows within a second; it survives them all.
#[test]
fn own_names_are_known_to_every_server() {
    let ledger = Ledger::on_server(server_under_test());
    let servers = start(&ledger, 2);
    let keys = servers[0].sign_up("a@example.com");
    let is_known = |server: &Server| !server.track(&keys.live, &call("prod-chat"))["co2_grams"].is_null();
    assert!(!is_known(&servers[1]));
    let said = json!({"model": "gpt-4o"});
    let reply = servers[0].put("/api/v1/models/aliases/prod-chat", Some(&keys.live), &said);
    assert_eq!(reply.status, 200, "{}", reply.text());
    within(5, "the other server knows the name", || is_known(&servers[1]));
    // Both change it at the same time: each change is kept, one after the other.
    std::thread::scope(|scope| {
        for (place, server) in servers.iter().enumerate() {
            let keys = &keys;
            scope.spawn(move || {
                for n in 0..8 {
                    let path = format!("/api/v1/models/aliases/prod-{place}-{n}");
                    let reply = server.put(&path, Some(&keys.live), &json!({"model": "gpt-4o"}));
                    assert_eq!(reply.status, 200, "{}", reply.text());
                }
            });
        }
    });
    within(5, "both know all", || {
        servers.iter().all(|server| {
            let list = server.get("/api/v1/models/aliases", Some(&keys.live)).json();
            list["revision"] == 17 && list["entries"].as_array().unwrap().len() == 17
        })
    });
    drop(servers);
    assert!(is_known(&ledger.serve()));
    ledger.check();
}

/// Spans of one call that arrive at different servers, at the same time or one after the other.
#[test]
fn a_call_counts_once_whichever_server_its_spans_reach() {
    let ledger = Ledger::on_server(server_under_test());
    let servers = start(&ledger, 2);
    let keys = servers[0].sign_up("a@example.com");
    for vector in crate::same_call::vectors().into_iter().filter(|vector| !vector.needs_one_export()) {
        let spans = vector.one_by_one(&vector.name, 1);
        for (place, span) in spans.iter().enumerate().rev() {
            assert_eq!(servers[place % 2].post("/v1/traces", Some(&keys.live), span).status, 200);
        }
        vector.check(&servers[0], &keys.live, &vector.name, "one by one, at two servers");
        let tenant = format!("{}-together", vector.name);
        let whole = vector.export(&tenant, 2);
        std::thread::scope(|scope| {
            for server in &servers {
                scope.spawn(|| assert_eq!(server.post("/v1/traces", Some(&keys.live), &whole).status, 200));
            }
        });
        vector.check(&servers[1], &keys.live, &tenant, "at two servers at once");
    }
}

#[test]
fn a_key_that_is_revoked_on_one_server_is_refused_on_all_within_5_s() {
    let ledger = Ledger::on_server(server_under_test());
    let servers = start(&ledger, 3);
    let keys = servers[0].sign_up("a@example.com");
    let listed = servers[0].get("/api/v1/keys", Some(&keys.live)).json();
    let test = listed["keys"].as_array().unwrap().iter().find(|key| key["kind"] == "test").unwrap();
    let works =
        |server: &Server| server.post("/api/v1/track", Some(&keys.test), &call("gpt-4o")).status == 200;
    assert!(servers.iter().all(works));
    let path = format!("/api/v1/keys/{}", test["key_id"].as_str().unwrap());
    assert_eq!(servers[0].delete(&path, Some(&keys.live)).status, 204);
    let revoked = Instant::now();
    assert!(!works(&servers[0]), "where it was revoked it is refused at once");
    within(6, "the key is refused on all", || !servers.iter().any(works));
    assert!(revoked.elapsed() < Duration::from_secs(6), "{:?}", revoked.elapsed());
    assert!(servers.iter().all(|server| server.get("/api/v1/keys", Some(&keys.live)).status == 200));
}

#[test]
fn what_is_said_of_a_tenant_on_one_server_holds_on_all() {
    let ledger = Ledger::on_server(server_under_test());
    let servers = start(&ledger, 2);
    let keys = servers[0].sign_up("a@example.com");
    let regions =
        || ledger.rows("select region from event join deployment using (deployment_key) order by event_key");
    servers[1].track(&keys.live, &call("mistral-large-2"));
    let said = json!({"region": "FRA"});
    assert_eq!(servers[0].put("/api/v1/tenants/client-xyz", Some(&keys.live), &said).status, 200);
    within(5, "the region is in use on the other server", || {
        servers[1].track(&keys.live, &call("mistral-large-2"));
        regions().last().unwrap()[0] == "FRA"
    });
    // Erased here, the id is another tenant there.
    assert_eq!(servers[0].delete("/api/v1/tenants/client-xyz", Some(&keys.live)).status, 204);
    servers[1].track(&keys.live, &call("mistral-large-2"));
    assert_eq!(ledger.count("select count(*) from tenant"), 2);
    assert_eq!(
        ledger.count("select count(*) from event where tenant_key = (select max(tenant_key) from tenant)"),
        1
    );
    ledger.check();
}

#[test]
fn an_alert_is_sent_by_one_server() {
    let ledger = Ledger::on_server(server_under_test());
    let (url, received) = receiver(&[]);
    let arguments = ["--webhook-private", "--housekeeping-s", "1", "--free-events", "4"];
    let servers: Vec<Server> = (0..3).map(|_| ledger.serve_with(&arguments)).collect();
    let keys = servers[0].sign_up("a@example.com");
    assert_eq!(servers[0].put("/api/v1/webhook", Some(&keys.live), &json!({"url": url})).status, 200);
    for n in 0..4 {
        servers[n % 3].track(&keys.live, &call("gpt-4o"));
    }
    let first = received.recv_timeout(Duration::from_secs(30)).unwrap();
    assert!(first.body.contains("usage.free_events"), "{}", first.body);
    // Long enough for the others to look several times.
    assert!(received.recv_timeout(Duration::from_secs(5)).is_err(), "it was sent twice");
    assert_eq!(ledger.count("select count(*) from outbox_message where delivered_at_ms is not null"), 1);
}
