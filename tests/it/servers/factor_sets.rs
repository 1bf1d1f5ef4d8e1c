//! Factor sets on several servers, and on their way out of a file.

use super::{postgres::server_under_test, start, within};
use crate::{
    factor_sets::{add, add_this_morning, next, shipped, this_morning},
    ledger::Ledger,
    report_evidence::text,
    server::{Server, binary, call, with},
    time::{month, on},
};
use serde_json::{Value, json};
use std::process::Command;

fn knows(server: &Server) -> bool {
    server.get("/api/v1/models/acme-chat-2", None).status == 200
}

/// Added once, by two commands at a time, and used by all servers and by those that start later.
#[test]
fn a_set_that_is_added_is_in_use_on_every_server() {
    let ledger = Ledger::on_server(server_under_test());
    let servers = start(&ledger, 2);
    let keys = servers[0].sign_up("a@example.com");
    for (n, server) in servers.iter().enumerate() {
        let event = with(call("acme-chat-2"), json!({"event_id": format!("e-{n}")}));
        assert!(server.track(&keys.live, &event)["co2_grams"].is_null());
    }
    let added: Vec<Value> = std::thread::scope(|threads| {
        let adding: Vec<_> = (0..2).map(|_| threads.spawn(|| add_this_morning(&ledger))).collect();
        adding.into_iter().map(|adding| adding.join().unwrap()).collect()
    });
    assert_eq!(added[0]["added_at"], added[1]["added_at"]);
    assert_eq!(ledger.count("select count(*) from factor_set"), 1);
    within(10, "every server knows it", || servers.iter().all(knows));
    let later = ledger.serve();
    for server in servers.iter().chain([&later]) {
        let usage = server.get("/api/v1/usage", Some(&keys.live)).json();
        assert_eq!((&usage["total"]["requests"], &usage["factor_sets"]), (&json!(2), &json!([next()])));
        assert!(usage["total"]["co2_grams"]["central"].as_f64().unwrap() > 0.0, "{usage}");
    }
    ledger.check();
}

#[test]
fn a_moved_ledger_has_its_sets() {
    let file = Ledger::in_file();
    let server = file.serve();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &on(5, "a", json!({"model": "acme-chat-2"})));
    let added = add_this_morning(&file);
    within(10, "the server knows it", || knows(&server));
    let close = format!("/api/v1/months/{}/close", month());
    let closed = server.post_bytes(&close, Some(&keys.live), &[], b"").json();
    assert_eq!(closed["factor_set"], next());
    let wanted = json!({"tenant_id": "client-xyz", "month": month()});
    let report = server.post("/api/v1/reports", Some(&keys.live), &wanted).json();
    let pack = report["links"]["evidence"].as_str().unwrap();
    let before = server.get(pack, Some(&keys.live)).body;
    server.stop();
    let moved = Ledger::on_server(server_under_test());
    let migrate = ["migrate", "--from", &file.url(), "--to", &moved.url()];
    let mut command = Command::new(binary());
    command.args(migrate);
    let output = moved.told(command).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert!(moved.check().contains("Factor sets    1 added"));
    let server = moved.serve_with(&["--checkpoint-key", &file.checkpoint_key()]);
    assert!(server.get(pack, Some(&keys.live)).body == before, "another pack");
    let again = add_this_morning(&moved);
    assert_eq!((&again["is_new"], &again["added_at"]), (&json!(false), &added["added_at"]));
    // Another one goes behind it.
    let tables = this_morning();
    std::fs::remove_file(tables.path().join("version.txt")).unwrap();
    let version = format!("{}.2", shipped());
    add(&moved, tables.path(), &["--on", shipped(), "--version", &version]);
    within(10, "the server knows the next one", || {
        server.get("/api/v1/models", None).json()["factor_set"] == version.as_str()
    });
}
