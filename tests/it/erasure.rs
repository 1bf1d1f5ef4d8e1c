//! What erasing one client leaves for the others: their reports are made and downloaded as before.

use crate::server::{Server, call, with};
use serde_json::{Value, json};
use std::{
    io::{Cursor, Read},
    time::{Duration, Instant},
};

fn track(server: &Server, key: &str, tenants: &[&str]) {
    for tenant_id in tenants {
        server.track(key, &with(call("gpt-4o"), json!({"tenant_id": tenant_id})));
    }
}

fn erase(server: &Server, key: &str, tenant_id: &str) {
    assert_eq!(server.delete(&format!("/api/v1/tenants/{tenant_id}"), Some(key)).status, 204);
}

/// Starts the reports of all clients for this month.
fn start(server: &Server, key: &str) -> Value {
    let month = jiff::Timestamp::now().to_string()[..7].to_owned();
    let started = server.post("/api/v1/reports", Some(key), &json!({"tenant_id": "*", "month": month}));
    assert_eq!(started.status, 202, "{}", started.text());
    started.json()
}

/// The batch, once it is done.
fn done(server: &Server, key: &str, started: &Value) -> Value {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let batch = server.get(started["links"]["progress"].as_str().unwrap(), Some(key)).json();
        if batch["status"] == "done" {
            return batch;
        }
        assert!(Instant::now() < deadline, "{batch}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The list in the batch's zip.
fn list(server: &Server, key: &str, batch: &Value) -> String {
    let zip = server.get(batch["links"]["zip"].as_str().unwrap(), Some(key));
    assert_eq!(zip.status, 200, "{}", zip.text());
    let mut list = String::new();
    let mut zip = zip::ZipArchive::new(Cursor::new(zip.body)).unwrap();
    zip.by_name("reports.csv").unwrap().read_to_string(&mut list).unwrap();
    assert_eq!(zip.len(), list.lines().count(), "a file for each line, and the list");
    list
}

#[test]
fn the_other_clients_reports_are_made_after_one_was_erased() {
    let (_ledger, server) = Server::alone();
    let key = server.sign_up("a@example.com").live;
    track(&server, &key, &["gone", "stays"]);
    erase(&server, &key, "gone");
    let batch = done(&server, &key, &start(&server, &key));
    assert_eq!((&batch["total"], &batch["done"], &batch["failed"]), (&json!(1), &json!(1), &json!([])));
    assert!(list(&server, &key, &batch).contains("\nstays,"));
}

#[test]
fn a_batch_outlives_the_erasing_of_one_of_its_clients() {
    let (_ledger, server) = Server::alone();
    let key = server.sign_up("a@example.com").live;
    track(&server, &key, &["gone", "stays"]);
    let batch = done(&server, &key, &start(&server, &key));
    assert_eq!(list(&server, &key, &batch).lines().count(), 3);
    erase(&server, &key, "gone");
    let left = list(&server, &key, &batch);
    assert_eq!((left.lines().count(), left.contains("gone")), (2, false), "{left}");
}

#[test]
fn a_client_that_is_erased_meanwhile_leaves_the_batch_and_no_name() {
    let (_ledger, server) = Server::alone();
    let key = server.sign_up("a@example.com").live;
    let stay: Vec<String> = (0..6).map(|n| format!("client-{n}")).collect();
    track(&server, &key, &stay.iter().map(String::as_str).collect::<Vec<_>>());
    track(&server, &key, &["a-private-person", "z-private-person"]);
    // The first is being made or made already, the last waits.
    let started = start(&server, &key);
    assert_eq!(started["total"], 8);
    erase(&server, &key, "a-private-person");
    erase(&server, &key, "z-private-person");
    let batch = done(&server, &key, &started);
    assert_eq!((&batch["total"], &batch["done"], &batch["failed"]), (&json!(6), &json!(6), &json!([])));
    assert!(!list(&server, &key, &batch).contains("private"));
    let (_, _, log) = server.stop();
    assert!(!log.contains("private"), "{log}");
}
