//! One account's flood, or its slowness, does not keep another waiting.

use crate::{
    flood::{Connection, during_flood, keyed, request},
    ledger::Ledger,
    server::{Keys, Server, call, with},
};
use serde_json::{Value, json};
use std::{fmt::Write as _, io::Write as _, time::Duration};

/// Connections of who floods.
const CONNECTIONS: usize = 40;
/// Answers to the flood while the other waits for one: those that had a turn, their successors in the turns that the other does
/// not get, and some for a machine that is busy. In one line for all there would be as many as connections.
const AT_MOST: usize = CONNECTIONS / 2;

/// A server with two accounts that have some clients, and their keys.
fn two_accounts() -> (Ledger, Server, [Keys; 2]) {
    let ledger = Ledger::new();
    // What is asked for by session counts by address, which is another test's.
    let server = ledger.serve_with(&["--address-requests-per-s-max", "1000000"]);
    let accounts = ["flood@example.com", "other@example.com"].map(|email| server.sign_up(email));
    for keys in &accounts {
        let rows: Vec<Value> = (0..60)
            .map(|n| {
                let changes =
                    json!({"tenant_id": format!("client-{}", n % 10), "model": format!("m-{}", n % 30)});
                with(
                    call("gpt-4o"),
                    if n % 2 == 0 { json!({"tenant_id": changes["tenant_id"]}) } else { changes },
                )
            })
            .collect();
        assert_eq!(server.post("/api/v1/track/batch", Some(&keys.live), &Value::Array(rows)).status, 200);
    }
    (ledger, server, accounts)
}

#[test]
fn reports_and_queries_of_one_account_leave_turns_to_the_others() {
    let (_ledger, server, [flood, other]) = two_accounts();
    let month = jiff::Timestamp::now().to_string()[..7].to_owned();
    // Another number of invoiced tokens is another revision, which is drawn.
    let report = |key: &str, n: usize| {
        let wanted = json!({
            "tenant_id": format!("client-{}", n % 10), "month": month, "invoiced_tokens": 1_000_000 + n,
        });
        keyed("POST", "/api/v1/reports", key, &wanted.to_string())
    };
    let flooded =
        during_flood(&server, CONNECTIONS, |n| report(&flood.live, n), 7, |n| report(&other.live, n), 201);
    assert!(
        flooded.during_one <= AT_MOST,
        "{} reports came first, of {}",
        flooded.during_one,
        flooded.answers
    );

    let usage = |key: &str| keyed("GET", "/api/v1/usage?group_by=model", key, "");
    let flooded = during_flood(&server, CONNECTIONS, |_| usage(&flood.live), 15, |_| usage(&other.live), 200);
    assert!(flooded.during_one <= AT_MOST, "{} queries came first", flooded.during_one);
}

#[test]
fn pages_and_exports_of_one_account_leave_turns_to_the_others() {
    let (_ledger, server, [flood, other]) = two_accounts();
    let cookie_of = |email: &str| {
        let credentials = json!({"email": email, "password": "correct horse"});
        let reply = server.post("/api/v1/session", None, &credentials);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    };
    let [its, others] = ["flood@example.com", "other@example.com"].map(cookie_of);
    let page = |cookie: &str| request("GET", "/app", &[("cookie", cookie)], "");
    let flooded = during_flood(&server, CONNECTIONS, |_| page(&its), 15, |_| page(&others), 200);
    assert!(flooded.during_one <= AT_MOST, "{} pages came first", flooded.during_one);

    let export = |key: &str| keyed("GET", "/api/v1/tenants/client-1/export.zip", key, "");
    let usage = |key: &str| keyed("GET", "/api/v1/usage?group_by=model", key, "");
    for expect in [export(&other.live), usage(&other.live)] {
        let flooded = during_flood(&server, CONNECTIONS, |_| export(&flood.live), 7, |_| expect.clone(), 200);
        assert!(flooded.during_one <= AT_MOST, "{} exports came first", flooded.during_one);
    }
}

#[test]
fn batches_of_one_account_leave_turns_to_the_others() {
    let (_ledger, server, [flood, other]) = two_accounts();
    let batch = |key: &str, rows: usize| {
        let rows: Vec<Value> = (0..rows).map(|_| call("gpt-4o")).collect();
        keyed("POST", "/api/v1/track/batch", key, &Value::Array(rows).to_string())
    };
    // More than is read without a place.
    let (large, small) = (batch(&flood.live, 1_500), batch(&other.live, 3));
    for mine in [small, batch(&other.live, 1_500)] {
        let flooded = during_flood(&server, CONNECTIONS, |_| large.clone(), 7, |_| mine.clone(), 200);
        assert!(flooded.during_one <= AT_MOST, "{} batches came first", flooded.during_one);
    }
}

#[test]
fn slow_bodies_hold_nothing_that_others_need_and_are_cut() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--body-timeout-s", "3600"]);
    let [slow, slower, other] =
        ["a@example.com", "b@example.com", "c@example.com"].map(|email| server.sign_up(email).live);
    let mut rows = String::from("[");
    while rows.len() < 100_000 {
        write!(rows, "{},", call("gpt-4o")).unwrap();
    }
    let head = |key: &str, length: usize| {
        format!(
            "POST /api/v1/track/batch HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-length: {length}\r\n\r\n"
        )
    };
    let stuck = |key: &str, sent: &str| {
        let mut connection = Connection::to(&server);
        connection.0.write_all(head(key, 1_000_000).as_bytes()).unwrap();
        connection.0.write_all(sent.as_bytes()).unwrap();
        connection
    };
    // Some that have hardly begun, and some that had to take a place.
    let begun: Vec<_> = (0..20).map(|_| stuck(&slow, "[")).collect();
    let mut placed: Vec<_> =
        [&slow, &slower].into_iter().flat_map(|key| (0..4).map(|_| stuck(key, &rows))).collect();
    std::thread::sleep(Duration::from_millis(500));
    let whole = |body: &str| [head(&other, body.len()).as_bytes(), body.as_bytes()].concat();
    let row = call("gpt-4o");
    for body in [json!([row]).to_string(), format!("{rows}{row}]")] {
        assert_eq!(Connection::to(&server).status(&whole(&body)), 200, "{} bytes", body.len());
    }
    let is_open = |connection: &Connection| {
        connection.0.set_nonblocking(true).unwrap();
        let read = connection.0.peek(&mut [0]);
        connection.0.set_nonblocking(false).unwrap();
        read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    };
    assert!(begun.iter().all(is_open), "who holds nothing may take its time");
    // Those that held places are cut long before the hour, one after the other: whoever waits gets a place.
    for connection in &mut placed {
        assert_eq!(connection.read_status().unwrap(), 408);
    }
}
