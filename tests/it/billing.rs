//! The bill: from the same rows that carbon is counted from.

use crate::{
    ledger::Ledger,
    server::{Keys, Server, call, with},
    time,
};
use serde_json::{Value, json};

fn this_month() -> String {
    jiff::Timestamp::now().to_string()[..7].to_owned()
}

fn bill(server: &Server, keys: &Keys) -> Value {
    let reply = server.get(&format!("/api/v1/billing/{}", this_month()), Some(&keys.live));
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

/// Ten free events, so that a test gets past them.
fn serve(ledger: &Ledger) -> Server {
    ledger.serve_with(&["--free-events", "10"])
}

#[test]
fn every_line_says_what_it_counts_and_what_it_costs() {
    let ledger = Ledger::new();
    let server = serve(&ledger);
    let keys = server.sign_up("a@example.com");
    for n in 0..14 {
        // Of whatever month they tell: they are billed in the month they came in.
        let event = if n % 2 == 0 { call("gpt-4o") } else { time::on(3, &format!("e-{n}"), json!({})) };
        server.track(&keys.live, &event);
        server.track(&keys.test, &call("gpt-4o"));
    }
    server.post("/api/v1/events/e-13/reversal", Some(&keys.live), &json!({}));
    for (month, language) in [(time::month(), "en"), (time::month(), "fr"), (this_month(), "en")] {
        let wanted = json!({"tenant_id": "client-xyz", "month": month, "language": language});
        assert_eq!(server.post("/api/v1/reports", Some(&keys.live), &wanted).status, 201);
    }
    // A new revision, and a download: no further charge.
    server.track(&keys.live, &call("gpt-4o-mini"));
    let wanted = json!({"tenant_id": "client-xyz", "month": this_month()});
    let report = server.post("/api/v1/reports", Some(&keys.live), &wanted).json();
    assert_eq!(report["revision"], 2);
    server.get(report["links"]["pdf"].as_str().unwrap(), Some(&keys.live));
    let link = server.post(
        "/api/v1/tenants/client-xyz/dashboard-links",
        Some(&keys.live),
        &json!({"expires_in_days": 30}),
    );
    let url = link.json()["url"].as_str().unwrap().strip_prefix(&server.url).unwrap().to_owned();
    for _ in 0..3 {
        assert_eq!(server.get(&url, None).status, 200);
    }

    let bill = bill(&server, &keys);
    assert_eq!((&bill["status"], &bill["currency"]), (&json!("running"), &json!("EUR")));
    let lines = bill["lines"].as_array().unwrap();
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            let text = |field: &str| line[field].to_string().trim_matches('"').to_owned();
            [
                text("item"),
                text("month"),
                text("quantity"),
                text("free_quantity"),
                text("unit_price"),
                text("amount"),
            ]
        })
        .collect();
    let (last, now) = (time::month(), this_month());
    let mut expect = vec![
        ["events", "null", "5", "10", "0.001", "0.005"],
        ["reversed_events", "null", "-1", "0", "0.001", "-0.001"],
        ["report", &last, "1", "0", "0.5", "0.5"],
        ["report", &now, "1", "0", "0.5", "0.5"],
        ["dashboard", "null", "1", "0", "9", "9"],
    ];
    expect.sort();
    let mut sorted = told.clone();
    sorted.sort();
    assert_eq!(sorted, expect);
    assert_eq!(bill["total"].to_string(), "10.004");
    assert_eq!(bill["free_events"], json!({"total": 10, "used": 10, "left": 0}));
    // The range leads to the rows that were counted.
    let range = |field: &str| lines[0]["events"][field].as_u64().unwrap();
    let counted = format!(
        "select count(*) from event where is_test = false and reverses is null and event_key between {} and {}",
        range("first"),
        range("last")
    );
    assert_eq!(ledger.count(&counted), 15);

    let csv = server.get(&format!("/api/v1/billing/{}/lines.csv", this_month()), Some(&keys.live));
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    let text = csv.text();
    assert_eq!(text.lines().count(), 1 + lines.len());
    assert!(text.contains(&format!("{now},events,,,,,,5,10,0.001,0.005,EUR,")), "{text}");
    server.stop();
    ledger.check();
}

#[test]
fn a_new_price_holds_from_the_next_month_on() {
    let ledger = Ledger::new();
    let server = serve(&ledger);
    let keys = server.sign_up("a@example.com");
    for _ in 0..12 {
        server.track(&keys.live, &call("gpt-4o"));
    }
    let before = bill(&server, &keys);
    assert_eq!(before["total"].to_string(), "0.002");
    server.stop();
    let arguments = ["--free-events", "0", "--price-per-event", "1", "--currency", "CHF"];
    let server = ledger.serve_with(&arguments);
    assert_eq!(bill(&server, &keys), before);
    server.stop();
    // As if those had been set long ago.
    ledger.execute("update price_list set noted_at_ms = price_list_key");
    let server = ledger.serve_with(&arguments);
    let bill = bill(&server, &keys);
    assert_eq!((&bill["total"], &bill["currency"]), (&json!(12), &json!("CHF")));
}

#[test]
fn a_month_that_nobody_can_be_billed_for_is_refused() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    for month in ["2017-12", "2999-01", "october", "2026-13"] {
        server.get(&format!("/api/v1/billing/{month}"), Some(&keys.live)).problem(422);
    }
    let empty = server.get("/api/v1/billing/2026-01", Some(&keys.live)).json();
    assert_eq!(
        (&empty["status"], &empty["total"], &empty["lines"]),
        (&json!("complete"), &json!(0), &json!([]))
    );
}

#[test]
fn an_erased_tenants_lines_stay_without_its_name() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &with(call("gpt-4o"), json!({"tenant_id": "=cmd|calc"})));
    let wanted = json!({"tenant_id": "=cmd|calc", "month": this_month()});
    assert_eq!(server.post("/api/v1/reports", Some(&keys.live), &wanted).status, 201);
    let lines = format!("/api/v1/billing/{}/lines.csv", this_month());
    // No spreadsheet takes an id for a formula.
    assert!(server.get(&lines, Some(&keys.live)).text().contains(",'=cmd|calc,"));
    assert_eq!(server.delete("/api/v1/tenants/%3Dcmd%7Ccalc", Some(&keys.live)).status, 204);
    let bill = bill(&server, &keys);
    let report = bill["lines"].as_array().unwrap().iter().find(|line| line["item"] == "report").unwrap();
    assert_eq!((&report["tenant_id"], &report["amount"]), (&json!(null), &json!(0.5)));
}
