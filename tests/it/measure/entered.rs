//! When a measured factor is entered, fitted again, withdrawn and taken back.

use super::{HOURS_OF_DAYS, MODEL, PATH, days, event, hour, measured, post, track, window, windows, within};
use crate::{
    ledger::Ledger,
    report_evidence::{form, kept as kept_file, text, verify},
    server::{Keys, Server, call, with},
    time,
};
use jiff::Timestamp;
use serde_json::{Value, json};

fn serve(ledger: &Ledger) -> (Server, Keys) {
    let server = ledger.serve_with(&["--housekeeping-s", "1"]);
    let keys = server.sign_up("a@example.com");
    (server, keys)
}

fn method(server: &Server, keys: &Keys, model: &str) -> Value {
    server.track(&keys.live, &call(model))["method"].clone()
}

/// With so many times the energy.
fn times(factor: f64, window: &Value) -> Value {
    let joules = factor * window["node_joules"].as_f64().unwrap();
    with(window.clone(), json!({"node_joules": joules}))
}

fn of_hours(days_ago: i64, hours: std::ops::Range<i64>, of: impl Fn(i64, i64) -> Value) -> Vec<Value> {
    hours.map(|place| of(days_ago, place)).collect()
}

#[test]
fn a_factor_comes_with_its_calls_goes_with_others_and_comes_back() {
    let ledger = Ledger::new();
    let (server, keys) = serve(&ledger);
    post(&server, &keys, &json!(windows(10, HOURS_OF_DAYS)));
    // Looked at, with nothing to compare.
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(method(&server, &keys, MODEL), Value::Null);
    track(&server, &keys, &of_hours(10, 0..HOURS_OF_DAYS, event));
    within("the calls are there", || method(&server, &keys, MODEL) == "measured");
    assert_eq!(measured(&server, &keys)["status"], "valid");

    let extra = with(event(10, 0), json!({"event_id": "extra", "input_tokens": 40_000_000}));
    track(&server, &keys, &[extra]);
    assert_eq!(measured(&server, &keys)["status"], "not_reconciled");
    within("it is withdrawn", || method(&server, &keys, MODEL) == Value::Null);
    let usage = server.get("/api/v1/usage?group_by=model", Some(&keys.live)).json();
    assert!(!usage.to_string().contains("measured/"), "{usage}");
    let problem = server.get(&format!("/api/v1/models/{MODEL}"), Some(&keys.live)).problem(404);
    assert!(problem["detail"].as_str().unwrap().contains("no emission factor"), "{problem}");

    assert_eq!(server.post("/api/v1/events/extra/reversal", Some(&keys.live), &json!({})).status, 200);
    within("it comes back", || method(&server, &keys, MODEL) == "measured");
    assert_eq!(ledger.count("select count(*) from own_entry where kind = 'measured' and entry is null"), 1);
    server.stop();
    ledger.check();
}

#[test]
fn windows_of_earlier_days_are_fitted_again_and_the_model_shows_its_factor() {
    let ledger = Ledger::new();
    let (server, keys) = serve(&ledger);
    track(&server, &keys, &of_hours(10, 0..48 + HOURS_OF_DAYS, event));
    post(&server, &keys, &json!(of_hours(10, 48..48 + HOURS_OF_DAYS, window)));
    let energy = || server.track(&keys.live, &call(MODEL))["energy_wh"].as_f64();
    within("it is fitted", || energy().is_some());
    let before = energy().unwrap();
    let shown = |name: &str| server.get(&format!("/api/v1/models/{name}"), Some(&keys.live)).json();
    let model = shown(MODEL);
    assert_eq!((&model["model"], &model["resolved_by"]), (&json!(MODEL), &json!("own")));
    assert!(model["sources"][0]["title"].as_str().unwrap().starts_with("Own meters: "), "{model}");

    let hungrier = |window: Value| {
        let [joules, output] = ["node_joules", "output_tokens"].map(|field| window[field].as_f64().unwrap());
        with(window, json!({"node_joules": joules + 10.0 * output}))
    };
    let earlier: Vec<Value> = of_hours(10, 0..48, window).into_iter().map(hungrier).collect();
    assert_eq!(post(&server, &keys, &json!(earlier))["accepted"], 48);
    let fitted = measured(&server, &keys)["factor"]["factor_id"].clone();
    assert!(fitted.is_string() && model["factors"][0]["factor_id"] != fitted, "{fitted}");
    within("it is fitted again", || shown(MODEL)["factors"][0]["factor_id"] == fitted);
    assert!((energy().unwrap() - before).abs() > 1e-6);
    let model = shown(MODEL);
    let factors = model["factors"].as_array().unwrap();
    let kinds: Vec<&Value> = factors.iter().map(|factor| &factor["central"]["per"]).collect();
    assert_eq!(kinds, ["output_tokens", "fresh_input_tokens", "cache_read_input_tokens"]);
    assert!(factors.iter().all(|factor| factor["method"] == "measured" && factor["region"].is_string()));
    // For that very name: without a key, and for others, nothing is known of it.
    server.get(&format!("/api/v1/models/{MODEL}"), None).problem(404);

    // Of an alias as well, whose model has values of its own.
    let alias = json!({"model": "gpt-4o"});
    assert_eq!(server.put(&format!("/api/v1/models/aliases/{MODEL}"), Some(&keys.live), &alias).status, 200);
    let model = shown(MODEL);
    assert_eq!((&model["model"], &model["factors"][0]["method"]), (&json!("gpt-4o"), &json!("measured")));
    let asked = json!({"model": MODEL, "input_tokens": 600, "output_tokens": 400, "methods": "all"});
    let opinions = server.post("/api/v1/estimate", Some(&keys.live), &asked).json();
    assert_eq!(opinions["methods"][0]["method"], "measured", "{opinions}");
}

#[test]
fn names_are_compared_without_letter_case_up_to_their_last_byte() {
    let ledger = Ledger::new();
    let (server, keys) = serve(&ledger);
    let name = format!("Prod-É{}", "x".repeat(249));
    assert_eq!(name.len(), 256);
    let lower = name.to_lowercase();
    let named =
        |value: Value, place: i64| with(value, json!({"model": if place % 2 == 0 { &name } else { &lower }}));
    let all =
        |of: fn(i64, i64) -> Value| of_hours(10, 0..96, |days_ago, place| named(of(days_ago, place), place));
    assert_eq!(post(&server, &keys, &json!(all(window)))["accepted"], 96);
    track(&server, &keys, &all(event));
    let list = server.get("/api/v1/measurements", Some(&keys.live)).json();
    let expect = json!([{"model": lower, "windows": 96, "from": hour(10, 0), "to": hour(10, 96)}]);
    assert_eq!(list["measurements"], expect);
    for name in [&name, &lower] {
        let path = format!("/api/v1/measurements/{}", name.replace('É', "%C3%89").replace('é', "%C3%A9"));
        let found = server.get(&path, Some(&keys.live)).json();
        assert_eq!((&found["status"], &found["model"]), (&json!("valid"), &json!(lower)), "{found}");
        within("it is entered", || method(&server, &keys, name) == "measured");
    }
    // What is said of names may be as long as names are, and a beginning has its * besides.
    let long = "y".repeat(256);
    let alias = |name: &str| {
        server.put(&format!("/api/v1/models/aliases/{name}"), Some(&keys.live), &json!({"model": "gpt-4o"}))
    };
    assert_eq!([alias(&long).status, alias(&format!("{long}*")).status], [200, 200]);
    let problem = alias(&format!("{long}y")).problem(422);
    assert!(problem["detail"].as_str().unwrap().contains("1 to 256 bytes"), "{problem}");
    server.stop();
    ledger.check();
}

#[test]
fn windows_that_are_taken_back_count_no_more_and_stay_for_what_rests_on_them() {
    let ledger = Ledger::in_one_book();
    let (server, keys) = serve(&ledger);
    let month = time::month();
    let days_ago = Timestamp::now().as_second().div_euclid(86_400) - days(time::first()) - 2;
    track(&server, &keys, &of_hours(days_ago, 0..HOURS_OF_DAYS, event));
    let mut sent = windows(days_ago, HOURS_OF_DAYS);
    sent[5] = times(1_000.0, &sent[5]);
    post(&server, &keys, &json!(sent));
    let energy = || server.track(&keys.live, &call(MODEL))["energy_wh"].as_f64();
    within("it is fitted", || energy().is_some());
    let wrong = energy().unwrap();
    let close = json!({});
    assert_eq!(server.post(&format!("/api/v1/months/{month}/close"), Some(&keys.live), &close).status, 200);
    let wanted = json!({"tenant_id": "client-xyz", "month": month});
    let report = server.post("/api/v1/reports", Some(&keys.live), &wanted).json();
    let pack = form(&server, &keys.live, &report, "evidence");

    let take_back = |query: &str, key: &str| server.delete(&format!("{PATH}{query}"), Some(key));
    let only = format!("?from={}&to={}", hour(days_ago, 5), hour(days_ago, 6));
    take_back(&only, &keys.test).problem(403);
    take_back("?from=yesterday", &keys.live).problem(422);
    assert_eq!(take_back(&only, &keys.live).json(), json!({"withdrawn": 1}));
    assert_eq!(take_back(&only, &keys.live).json(), json!({"withdrawn": 0}));
    assert_eq!(post(&server, &keys, &window(days_ago, 5))["accepted"], 1);
    within("it is fitted again", || energy().is_some_and(|energy| energy < wrong / 2.0));
    assert_eq!(measured(&server, &keys)["windows"]["count"], HOURS_OF_DAYS);
    assert_eq!(form(&server, &keys.live, &report, "evidence"), pack);

    // All of them: there is no factor, and what was closed is as it was.
    assert_eq!(take_back("", &keys.live).json(), json!({"withdrawn": HOURS_OF_DAYS}));
    take_back("", &keys.live).problem(404);
    server.get(PATH, Some(&keys.live)).problem(404);
    within("it is withdrawn", || energy().is_none());
    assert_eq!(form(&server, &keys.live, &report, "evidence"), pack);
    let verified = verify(kept_file(&pack).path(), &[]);
    assert!(verified.status.success(), "{}", text(&verified));
    // The same windows may come again, and others for the same time.
    let mut again = windows(days_ago, HOURS_OF_DAYS);
    again[7] = times(1.1, &again[7]);
    assert_eq!(post(&server, &keys, &json!(again))["accepted"], HOURS_OF_DAYS);
    within("it comes back", || energy().is_some());
    assert_eq!(server.get(report["links"]["evidence"].as_str().unwrap(), Some(&keys.live)).status, 200);
    server.stop();
    ledger.check();
    nothing_else_of_windows_can_be_changed(&ledger);
}

fn nothing_else_of_windows_can_be_changed(ledger: &Ledger) {
    for change in [
        "update energy_window set output_tokens = 1 where energy_window_key = 5",
        "update energy_window set withdrawn_at_ms = null where energy_window_key = 5",
        "delete from energy_window where energy_window_key = 5",
    ] {
        let refused = if ledger.is_file() {
            ledger.open().execute_batch(change).unwrap_err().to_string()
        } else {
            ledger.try_execute(change).unwrap_err()
        };
        assert!(refused.contains("windows are immutable"), "{change}: {refused}");
    }
    for (change, named) in [
        (
            "update energy_window set output_tokens = 1 where energy_window_key = 5",
            "window 5 is not as it was written",
        ),
        ("update energy_window set served_name = 'x' where energy_window_key = 5", "window 5 is not as"),
        ("update energy_window set sha256 = zeroblob(32) where energy_window_key = 5", "does not fit"),
        ("delete from energy_window where energy_window_key = 5", "does not fit"),
        (
            "delete from energy_window where energy_window_key = (select max(energy_window_key) from energy_window)",
            "does not fit",
        ),
        (
            "update energy_window set withdrawn_at_ms = 9999999999999 where energy_window_key = 6",
            "the windows of prod/llama are not those of own entry 2 of account 1",
        ),
    ] {
        let copy = ledger.copy();
        assert!(copy.tamper(change) > 0, "{change}");
        let output = copy.run(&["check"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(1) && said.contains(named), "{change}: {said}");
    }
}

#[test]
fn energy_of_another_order_is_called_implausible() {
    let ledger = Ledger::new();
    let (server, keys) = serve(&ledger);
    for (model, factor, says) in [
        ("llama-3.1-70b", 0.1, None),
        ("llama-3.1-70b", 1_000.0, Some("by our own method for a model of this size")),
        ("somebodys", 1.0, None),
        ("somebodys", 100_000.0, Some("which is more than 1000 Wh")),
    ] {
        let named = |window: &Value| times(factor, &with(window.clone(), json!({"model": model})));
        let all: Vec<Value> = windows(10, 48).iter().map(named).collect();
        assert_eq!(post(&server, &keys, &json!(all))["accepted"], 48);
        let path = format!("/api/v1/measurements/{model}");
        let found = server.get(&path, Some(&keys.live)).json();
        let missing = found["missing"].to_string();
        match says {
            Some(says) => {
                assert!(missing.contains("Implausible: check units") && missing.contains(says), "{found}");
            }
            None => assert!(!missing.contains("Implausible"), "{found}"),
        }
        assert_eq!(server.delete(&path, Some(&keys.live)).json(), json!({"withdrawn": 48}));
    }
}
