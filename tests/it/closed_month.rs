//! What may still change for a month that is closed, and what not: its statement never does.

use crate::{
    grids::{hours, send},
    ledger::Ledger,
    market::{allocate, allocation, done, enter, id, instrument, residual_mix, sha256, used},
    report_evidence::{close, form, report},
    server::{Keys, Reply, Server, with},
    time::{first, month, on},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A change: its method, the path as the API's description has it, the path that is called, the body, and the answer.
struct Change {
    method: &'static str,
    template: &'static str,
    path: String,
    body: Value,
    status: u16,
}

fn changes() -> Vec<Change> {
    let year = first().year();
    let change =
        |method, template, path: String, body, status| Change { method, template, path, body, status };
    let allocations = "/api/v1/instruments/{instrument_id}/allocations/{tenant_id}/{month}";
    let instruments = "/api/v1/instruments/{instrument_id}";
    let mixes = "/api/v1/residual-mixes/{zone}/{year}";
    let target = "/api/v1/tenants/{tenant_id}/targets/{target_name}";
    let series = "/api/v1/grid-series";
    let close = "/api/v1/months/{month}/close";
    let retry = "/api/v1/report-schedule/runs/{month}/retry";
    let skip = "/api/v1/report-schedule/runs/{month}/skip";
    let supplier = json!({"file_sha256": sha256("export"), "licence": "own data",
        "rows": [{"provider": "aws", "service": "AmazonBedrock", "region": "eu-west-3", "month": month(), "kg_location": 1.5}]});
    let mwh = |mwh: f64| json!({"mwh": mwh});
    let at = |number, tenant: &str| allocation(number, tenant, &month());
    vec![
        // Attached to the month itself: it stays as it was when the month was closed.
        change("PUT", allocations, at(1, "client-xyz"), mwh(0.01), 200),
        change("PUT", allocations, at(1, "client-xyz"), mwh(0.02), 409),
        change("PUT", allocations, at(2, "client-xyz"), mwh(0.01), 409),
        change("PUT", allocations, at(1, "other"), mwh(0.01), 409),
        change("DELETE", allocations, at(1, "client-xyz"), Value::Null, 409),
        change("DELETE", allocations, at(2, "client-xyz"), Value::Null, 404),
        change("POST", close, format!("/api/v1/months/{}/close", month()), json!({}), 200),
        // About the making of its reports, which reads it: here there is no schedule.
        change("POST", retry, format!("/api/v1/report-schedule/runs/{}/retry", month()), json!({}), 404),
        change("POST", skip, format!("/api/v1/report-schedule/runs/{}/skip", month()), json!({}), 404),
        // Attached to more than the month, or to none: it changes open months.
        change("PUT", instruments, format!("/api/v1/instruments/{}", id(3)), instrument(3, json!({})), 200),
        change("DELETE", instruments, format!("/api/v1/instruments/{}", id(1)), Value::Null, 204),
        change("PUT", mixes, format!("/api/v1/residual-mixes/FRA/{year}"), residual_mix(json!(60)), 200),
        change("DELETE", mixes, format!("/api/v1/residual-mixes/FRA/{year}"), Value::Null, 204),
        change(
            "PUT",
            target,
            "/api/v1/tenants/client-xyz/targets/year".into(),
            json!({"grams": 5, "per": "year"}),
            200,
        ),
        change("DELETE", target, "/api/v1/tenants/client-xyz/targets/month".into(), Value::Null, 204),
        change("PUT", "/api/v1/hours", "/api/v1/hours".into(), json!({"by_hour": true}), 200),
        change("PUT", series, series.into(), json!(hours("FRA", |_| Some(400.0))), 200),
        change(
            "DELETE",
            "/api/v1/grid-series/{zone}",
            format!("{series}/DEU?resolution=hour"),
            Value::Null,
            204,
        ),
        // A part of no statement.
        change("POST", "/api/v1/supplier-reports", "/api/v1/supplier-reports".into(), supplier, 200),
        // Counted as an adjustment.
        change("POST", "/api/v1/track", "/api/v1/track".into(), on(5, "late", json!({"region": "FRA"})), 200),
        change(
            "POST",
            "/api/v1/events/{event_id}/reversal",
            "/api/v1/events/llama-3.1-70b-2/reversal".into(),
            json!({}),
            200,
        ),
    ]
}

fn made(server: &Server, keys: &Keys, change: &Change) -> Reply {
    let key = Some(keys.live.as_str());
    match (change.method, &change.body) {
        (_, Value::String(csv)) => send(server, &keys.live, "", csv),
        ("PUT", body) => server.put(&change.path, key, body),
        ("POST", body) => server.post(&change.path, key, body),
        _ => server.delete(&change.path, key),
    }
}

#[test]
fn what_may_change_for_a_closed_month_and_what_not() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let key = keys.live.as_str();
    used(&server, &keys);
    server.track(key, &on(3, "other", json!({"tenant_id": "other"})));
    for zone in ["FRA", "DEU"] {
        assert_eq!(
            send(&server, key, "", &hours(zone, |hour| Some(40.0 + f64::from(hour % 24)))).status,
            200
        );
    }
    for number in [1, 2] {
        enter(&server, &keys, number, json!({}));
    }
    let ready =
        |path: &str, body: &Value| assert_eq!(server.put(path, Some(key), body).status, 200, "{path}");
    ready(&allocation(1, "client-xyz", &month()), &json!({"mwh": 0.01}));
    ready(&format!("/api/v1/residual-mixes/FRA/{}", first().year()), &residual_mix(json!(50.5)));
    ready("/api/v1/tenants/client-xyz/targets/month", &json!({"grams": 5, "per": "month"}));
    close(&server, key);
    let state = || {
        let path = format!("/api/v1/months/{}?tenant_id=client-xyz", month());
        let state = server.get(&path, Some(key)).json();
        with(state, json!({"adjustments": null}))
    };
    let issued = |language: &str| report(&server, key, json!({"language": language}));
    let (pinned, pdf) = (state(), form(&server, key, &issued("en"), "pdf"));

    for change in changes() {
        let reply = made(&server, &keys, &change);
        let Change { method, path, status, .. } = &change;
        assert_eq!(reply.status, *status, "{method} {path}: {}", reply.text());
        if *status == 409 {
            let detail = reply.problem(409)["detail"].as_str().unwrap().to_owned();
            assert!(detail.starts_with(&format!("`month` {} is closed", month())), "{detail}");
        }
        assert_eq!(state(), pinned, "{method} {path}");
        assert!(form(&server, key, &issued("en"), "pdf") == pdf, "{method} {path}");
    }
    // A report that is only drawn now states the same.
    let [before, after] = ["en", "de"].map(|language| -> Value {
        serde_json::from_slice(&form(&server, key, &issued(language), "statement")).unwrap()
    });
    for part in ["total", "market", "by_model", "by_day", "by_region", "grids", "evidence"] {
        assert_eq!(after[part], before[part], "{part}");
    }
    // Whatever else an operation may do to a month is in the table.
    let openapi: Value = server.get("/openapi.json", None).json();
    let mut of_month = BTreeSet::new();
    for (path, operations) in openapi["paths"].as_object().unwrap() {
        let methods = operations.as_object().unwrap().keys().map(|method| method.to_uppercase());
        let changing = methods.filter(|method| ["PUT", "POST", "DELETE"].contains(&method.as_str()));
        of_month.extend(changing.filter(|_| path.contains("{month}")).map(|method| (method, path.clone())));
    }
    let listed = changes().into_iter().map(|change| (change.method.to_owned(), change.template.to_owned()));
    let listed: BTreeSet<_> = listed.collect();
    assert!(of_month.len() >= 3 && of_month.is_subset(&listed), "{of_month:?}");
    server.stop();
    ledger.check();
}

#[test]
fn what_an_erased_client_had_is_free_in_open_months_and_stays_in_closed_ones() {
    let ledger = Ledger::new();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    used(&server, &keys);
    // Open at first; then the same with the month closed before the client is erased.
    for (number, is_closed) in [(1, false), (2, true)] {
        server.track(&keys.live, &on(3, &format!("e-{number}"), json!({})));
        enter(&server, &keys, number, json!({"mwh": 2}));
        done(allocate(&server, &keys, number, json!(1.5)));
        let export = server.get("/api/v1/tenants/client-xyz/export.zip", Some(&keys.live)).body;
        let mut export = zip::ZipArchive::new(std::io::Cursor::new(export)).unwrap();
        let exported: Value = serde_json::from_reader(export.by_name("tenant.json").unwrap()).unwrap();
        let part = &exported["allocations"][0];
        assert_eq!((&part["instrument_id"], &part["month"]), (&json!(id(number)), &json!(month())));
        assert_eq!((&part["wh"], &part["withdrawn_at"]), (&json!(1_500_000), &Value::Null));
        server.track(&keys.live, &on(3, &format!("other-{number}"), json!({"tenant_id": "other"})));
        if is_closed {
            close(&server, &keys.live);
        }
        assert_eq!(server.delete("/api/v1/tenants/client-xyz", Some(&keys.live)).status, 204);
        let shown = server.get(&format!("/api/v1/instruments/{}", id(number)), Some(&keys.live)).json();
        let other = server.put(&allocation(number, "other", &month()), Some(&keys.live), &json!({"mwh": 2}));
        if is_closed {
            assert_eq!(shown["allocations"], json!([{"tenant_id": null, "month": month(), "mwh": 1.5}]));
            other.problem(409);
        } else {
            assert_eq!((&shown["allocations"], &shown["allocated_mwh"]), (&json!([]), &json!(0)));
            assert_eq!(done(other).json()["allocated_mwh"], 2);
        }
    }
    server.stop();
    ledger.check();
}
