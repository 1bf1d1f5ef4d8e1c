//! An account's own names and models: dated, for open months, and nobody else's.

use crate::{
    report_evidence::{forged, form, kept, report, text, verify},
    server::{Keys, Server, call, with},
    time::{first, month, on},
};
use serde_json::{Value, json};

fn put(server: &Server, key: &str, path: &str, body: &Value) -> Value {
    let reply = server.put(&format!("/api/v1/models/{path}"), Some(key), body);
    assert_eq!(reply.status, 200, "{path} {body}: {}", reply.text());
    reply.json()
}

fn grams(server: &Server, key: &str, model: &str) -> Option<f64> {
    server.track(key, &call(model))["co2_grams"].as_f64()
}

fn usage(server: &Server, key: &str) -> Value {
    let days = format!("from={}&to={}", first(), first().last_of_month());
    server.get(&format!("/api/v1/usage?{days}"), Some(key)).json()["total"].clone()
}

fn close(server: &Server, key: &str) -> Value {
    server.post(&format!("/api/v1/months/{}/close", month()), Some(key), &json!({})).json()
}

#[test]
fn a_name_of_ones_own_counts_at_once_and_for_what_was_sent_before() {
    let (ledger, server) = Server::alone();
    let [keys, stranger] = ["a@example.com", "b@example.com"].map(|email| server.sign_up(email));
    let unknown = server.track(&keys.live, &on(5, "e-1", json!({"model": "Prod-Chat-2"})));
    assert_eq!((&unknown["co2_grams"], &unknown["confidence"]), (&Value::Null, &json!("unknown")));
    assert_eq!(usage(&server, &keys.live)["coverage"], 0);

    // What it would do, and nothing kept.
    let wish = json!({"model": "gpt-4o", "note": "Azure deployment"});
    let dry = put(&server, &keys.live, "aliases/prod-chat-2?dry_run=true", &wish);
    let preview = dry["preview"].as_array().unwrap();
    let before = preview.iter().find(|preview| preview["month"] == month()).unwrap();
    assert_eq!((&before["old"]["coverage"], &before["new"]["coverage"]), (&json!(0), &json!(1)));
    assert_eq!(grams(&server, &keys.live, "prod-chat-2"), None);

    let kept = put(&server, &keys.live, "aliases/Prod-Chat-2", &wish);
    assert_eq!((&kept["name"], &kept["model"]), (&json!("prod-chat-2"), &json!("gpt-4o")));
    assert!(kept["factor_set"].as_str().unwrap().ends_with("+1"), "{kept}");
    let known = server.track(&keys.live, &call("PROD-chat-2"));
    assert_eq!((&known["model"], &known["factor_set"]), (&json!("gpt-4o"), &kept["factor_set"]));
    assert_eq!(known["co2_grams"], server.track(&keys.live, &call("gpt-4o"))["co2_grams"]);
    assert!(grams(&server, &keys.live, "azure/prod-chat-2").is_some(), "behind a gateway's prefix too");
    assert_eq!(usage(&server, &keys.live)["coverage"], 1);
    let estimate = |key: Option<&str>| {
        let call = json!({"model": "prod-chat-2", "input_tokens": 600, "output_tokens": 400});
        server.post("/api/v1/estimate", key, &call).json()
    };
    assert_eq!(estimate(Some(&keys.live))["resolved_by"], "own");
    assert_eq!(estimate(None)["confidence"], "unknown");

    // Nobody else's.
    assert_eq!(grams(&server, &stranger.live, "prod-chat-2"), None);
    let listed = |keys: &Keys, path: &str| server.get(&format!("/api/v1/models/{path}"), Some(&keys.live));
    assert_eq!(listed(&stranger, "aliases").json()["entries"], json!([]));
    listed(&stranger, "aliases/prod-chat-2").problem(404);
    let list = listed(&keys, "aliases").json();
    let [entry] = &list["entries"].as_array().unwrap()[..] else { panic!("{list}") };
    assert_eq!([&entry["name"], &entry["model"]], [&json!("prod-chat-2"), &json!("gpt-4o")]);
    let delete = |keys: &Keys| server.delete("/api/v1/models/aliases/prod-chat-2", Some(&keys.live));
    delete(&stranger).problem(404);
    assert_eq!(grams(&server, &keys.live, "prod-chat-2"), Some(0.3));
    assert_eq!(delete(&keys).status, 204);
    delete(&keys).problem(404);
    assert_eq!(usage(&server, &keys.live)["coverage"], 0);
    server.stop();
    ledger.check();
}

/// Clients read it in their reports.
#[test]
fn an_entry_says_who_made_it_and_shows_no_part_of_a_key() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    // The same again would be no change, and keep whom it was entered by.
    let entered_by = |key: &str, model: &str| {
        put(&server, key, "aliases/prod-chat-2", &json!({"model": model}))["entered_by"].clone()
    };
    let unlabelled = entered_by(&keys.live, "gpt-4o");
    let day = unlabelled.as_str().unwrap().strip_prefix("key of ").unwrap();
    assert!(day.parse::<jiff::civil::Date>().is_ok(), "{unlabelled}");
    let labelled = json!({"kind": "live", "label": "deploys"});
    let labelled = server.post("/api/v1/keys", Some(&keys.live), &labelled).json();
    assert_eq!(entered_by(labelled["api_key"].as_str().unwrap(), "gpt-4o-mini"), "key deploys");
}

#[test]
fn the_longest_beginning_wins_and_a_whole_name_before_all() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    for (name, model) in [
        ("prod-*", "gpt-4o"),
        ("prod-chat-*", "gpt-4o-mini"),
        ("prod-chat-7", "mistral-large-2"),
        ("gpt-4-turbo", "gpt-3.5-turbo"),
        ("azure/*", "claude-2"),
    ] {
        put(&server, &keys.live, &format!("aliases/{name}"), &json!({"model": model}));
    }
    for (sent, model) in [
        ("prod-search", "gpt-4o"),
        ("prod-chat-1", "gpt-4o-mini"),
        ("prod-chat-7", "mistral-large-2"),
        // A deployment may bear the name of another model.
        ("gpt-4-turbo", "gpt-3.5-turbo"),
        ("gpt-3.5-turbo", "gpt-3.5-turbo"),
        // What wraps a name is no part of it, where the name as a whole is an entry.
        ("azure/prod-chat-7", "mistral-large-2"),
        ("azure/prod-chat-1", "claude-2"),
    ] {
        assert_eq!(server.track(&keys.live, &call(sent))["model"], model, "{sent}");
    }
}

#[test]
fn an_entry_ends_where_the_next_of_its_name_begins() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let day = |day: i8| first().with().day(day).build().unwrap();
    put(&server, &keys.live, "aliases/chat", &json!({"model": "gpt-4o"}));
    let second = json!({"model": "gpt-4o-mini", "valid_from": day(10), "valid_to": day(19)});
    put(&server, &keys.live, "aliases/chat", &second);
    let third = json!({"total_b": 70, "source": "our own", "valid_from": day(15)});
    put(&server, &keys.live, "own/chat", &third);
    for (at, expect) in [(9, "gpt-4o"), (10, "gpt-4o-mini"), (14, "gpt-4o-mini"), (15, "chat"), (28, "chat")]
    {
        let event = on(at, &format!("e-{at}"), json!({"model": "chat"}));
        assert_eq!(server.track(&keys.live, &event)["model"], expect, "{at}");
    }
}

#[test]
fn a_described_model_has_the_value_of_its_size_and_its_place() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let body = |changes: Value| {
        let mut body = json!({"total_b": 70.6, "region": "FRA", "source": "Fine-tune of Llama 3.1 70B"});
        changes.as_object().unwrap().iter().for_each(|(key, value)| body[key] = value.clone());
        body
    };
    put(&server, &keys.live, "own/acme-70b", &body(json!({})));
    let answer = server.track(&keys.live, &call("acme-70b"));
    assert_eq!((&answer["method"], &answer["confidence"]), (&json!("bottom_up"), &json!("estimated")));
    assert_eq!((&answer["model"], &answer["grid"]["zone"]), (&json!("acme-70b"), &json!("FRA")));
    let energy = |answer: &Value| answer["energy_wh"].as_f64().unwrap();
    // What the call states comes first; a better building needs less; a smaller model too.
    let elsewhere = server.track(&keys.live, &with(call("acme-70b"), json!({"region": "POL"})));
    assert_eq!(elsewhere["grid"]["zone"], "POL");
    put(&server, &keys.live, "own/acme-70b", &body(json!({"pue": 1.0, "onsite_water_l_per_kwh": 0})));
    let tight = server.track(&keys.live, &call("acme-70b"));
    assert!(energy(&tight) < energy(&answer), "{tight} {answer}");
    put(&server, &keys.live, "own/acme-70b", &body(json!({"pue": 1.0, "active_b": 7})));
    assert!(energy(&server.track(&keys.live, &call("acme-70b"))) < energy(&tight));
    // A name may stand for it.
    put(&server, &keys.live, "aliases/prod", &json!({"model": "acme-70b"}));
    assert_eq!(server.track(&keys.live, &call("prod"))["model"], "acme-70b");
    // The operator's counters do not name it.
    let metrics = server.get("/metrics", None).text();
    assert!(metrics.contains(r#"model="own""#) && !metrics.contains("acme"), "{metrics}");
}

#[test]
fn a_closed_month_stays_and_a_restatement_shows_the_step() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    for (id, model) in [("e-1", "prod-chat"), ("e-2", "acme-70b"), ("e-3", "gpt-4o")] {
        server.track(&keys.live, &on(5, id, json!({"model": model, "region": "FRA"})));
    }
    put(&server, &keys.live, "aliases/prod-chat", &json!({"model": "gpt-4o", "note": "Azure"}));
    put(&server, &keys.live, "own/acme-70b", &json!({"total_b": 70, "source": "our model card"}));
    let closed = close(&server, &keys.live);
    let set = closed["factor_set"].as_str().unwrap().to_owned();
    assert!(set.ends_with("+2"), "{closed}");
    let before = usage(&server, &keys.live);
    assert_eq!(before["coverage"], 1);
    let first_pack = pack(&server, &keys);

    // Whatever is said now: the month stays as it was closed.
    put(&server, &keys.live, "aliases/prod-chat", &json!({"model": "gpt-4o-mini"}));
    server.delete("/api/v1/models/own/acme-70b", Some(&keys.live));
    assert_eq!(usage(&server, &keys.live), before);
    assert_eq!(close(&server, &keys.live), closed, "closing it again changes nothing");

    let wish = json!({"month": month(), "reason": "prod-chat was the small model"});
    let restated = server.post("/api/v1/restatements", Some(&keys.live), &wish).json();
    let (old, new) = (&restated["old_factor_set"], restated["new_factor_set"].as_str().unwrap());
    assert_eq!(old, &json!(set));
    assert!(new.ends_with("+4"), "{restated}");
    let models = restated["tenants"][0]["models"].as_array().unwrap();
    let change = |name: &str| models.iter().find(|model| model["model"] == name).unwrap().clone();
    assert_eq!(change("acme-70b")["new"]["co2_grams"], Value::Null, "it is unknown again");
    assert!(change("prod-chat")["difference"]["co2_grams"].as_f64().unwrap() < 0.0);
    assert_eq!(change("gpt-4o")["difference"]["co2_grams"], 0);
    let second_pack = pack(&server, &keys);

    // Both packs are computed again, offline; the second knows the entries that it corrects.
    for pack in [&first_pack, &second_pack] {
        let verified = verify(kept(pack).path(), &[]);
        assert!(verified.status.success(), "{}", text(&verified));
    }
    let tampered = forged(&first_pack, "factors.json", "prod-chat,gpt-4o,", "prod-chat,gpt-4o-mini,");
    let refused = verify(kept(&tampered).path(), &[]);
    assert!(!refused.status.success() && text(&refused).contains("factors.json"), "{}", text(&refused));
    server.stop();
    ledger.check();
}

/// The evidence pack of the month's report, whose statement names the entries.
/// Numbers are answered as the text that was entered, which can be sent again; and a model that names stand for stays.
#[test]
fn a_described_model_is_sent_as_it_is_answered_and_stays_while_names_stand_for_it() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let said = json!({"total_b": 70.60, "pue": "1.20", "region": "FRA", "source": "our card"});
    let first = put(&server, &keys.live, "own/acme-70b", &said);
    let sent: serde_json::Map<String, Value> = ["total_b", "pue", "region", "source"]
        .into_iter()
        .map(|field| (field.to_owned(), first[field].clone()))
        .collect();
    let again = put(&server, &keys.live, "own/acme-70b", &Value::Object(sent.clone()));
    assert_eq!(sent.keys().map(|field| &again[field]).collect::<Vec<_>>(), sent.values().collect::<Vec<_>>());

    put(&server, &keys.live, "aliases/prod-chat", &json!({"model": "acme-70b"}));
    let remove = |path: &str| server.delete(&format!("/api/v1/models/{path}"), Some(&keys.live));
    let detail = remove("own/acme-70b").problem(409)["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("prod-chat"), "{detail}");
    // Another version of it remains: the name still leads somewhere.
    put(
        &server,
        &keys.live,
        "own/acme-70b",
        &json!({"total_b": 71, "source": "our card", "valid_from": "2026-10-01"}),
    );
    assert_eq!(remove("own/acme-70b?valid_from=2026-10-01").status, 204);
    assert_eq!(remove("aliases/prod-chat").status, 204);
    assert_eq!(remove("own/acme-70b").status, 204);
}

#[test]
fn entries_lead_to_models_and_not_to_each_other() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let alias = |name: &str, body: Value| {
        server.put(&format!("/api/v1/models/aliases/{name}"), Some(&keys.live), &body)
    };
    alias("first", json!({"model": "gpt-4o"})).json();
    alias("any", json!({"class": "mid"})).json();
    alias("pre-*", json!({"model": "gpt-4o"})).json();
    for target in ["first", "any", "pre-*"] {
        let problem = alias("second", json!({"model": target})).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "/model", "{problem}");
    }
    // The same again is no change; and one name is one kind of thing on a day.
    let revision = || server.get("/api/v1/models/aliases", Some(&keys.live)).json()["revision"].clone();
    let before = revision();
    alias("first", json!({"model": "gpt-4o"})).json();
    assert_eq!(revision(), before);
    let said = json!({"total_b": 7, "source": "card"});
    let detail = server.put("/api/v1/models/own/first", Some(&keys.live), &said).problem(409);
    assert!(detail["detail"].as_str().unwrap().contains("a name for another model"), "{detail}");
    let allow = server.post("/api/v1/models/aliases/x", Some(&keys.live), &json!({})).problem(405);
    assert_eq!(allow["detail"], "Use DELETE, GET, PUT here.");
}

/// A described model may have a name of the registry: each has its own line.
#[test]
fn a_described_model_is_not_the_listed_one_of_its_name() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    put(&server, &keys.live, "own/gpt-4o", &json!({"total_b": 1, "source": "card"}));
    for model in ["gpt-4o", "gpt-4o-2024-08-06"] {
        server.track(&keys.live, &call(model));
    }
    let usage = server.get("/api/v1/usage?group_by=model", Some(&keys.live)).json();
    let rows = usage["rows"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["model"].as_str().unwrap()).collect();
    assert_eq!(names, ["gpt-4o", "own/gpt-4o"]);
}

fn pack(server: &Server, keys: &Keys) -> Vec<u8> {
    let report = report(server, &keys.live, json!({}));
    let statement = form(server, &keys.live, &report, "statement");
    let statement: Value = serde_json::from_slice(&statement).unwrap();
    let own = statement["own_names"].as_array().unwrap();
    let chat = own.iter().find(|line| line["name"] == "prod-chat").unwrap();
    assert_eq!((&chat["kind"], &chat["requests"]), (&json!("alias"), &json!(1)));
    assert!(chat["entered_by"].as_str().unwrap().starts_with("key"), "{chat}");
    form(server, &keys.live, &report, "evidence")
}

#[test]
fn what_cannot_be_is_refused_by_field() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let refused = |path: &str, body: &Value| {
        let reply = server.put(&format!("/api/v1/models/{path}"), Some(&keys.live), body);
        reply.problem(422)["errors"][0]["pointer"].as_str().unwrap().to_owned()
    };
    let long = "x".repeat(300);
    for (path, body, pointer) in [
        ("aliases/a", json!({}), "/model"),
        ("aliases/a", json!({"model": "gpt-4o", "class": "mid"}), "/model"),
        ("aliases/a", json!({"model": "gpt-4x"}), "/model"),
        ("aliases/a", json!({"model": "a"}), "/model"),
        ("aliases/a", json!({"class": "huge"}), "/class"),
        ("aliases/a", json!({"model": "gpt-4o", "valid_from": "2026-2-1"}), "/valid_from"),
        (
            "aliases/a",
            json!({"model": "gpt-4o", "valid_from": "2026-02-02", "valid_to": "2026-02-01"}),
            "/valid_to",
        ),
        ("aliases/a", json!({"model": "gpt-4o", "until": "2026-02-01"}), "/until"),
        ("aliases/a*b", json!({"model": "gpt-4o"}), "name"),
        ("aliases/*", json!({"model": "gpt-4o"}), "name"),
        (&format!("aliases/{long}"), json!({"model": "gpt-4o"}), "name"),
        ("own/a*", json!({"total_b": 7, "source": "x"}), "name"),
        ("own/a", json!({"source": "x"}), "/total_b"),
        ("own/a", json!({"total_b": 0, "source": "x"}), "/total_b"),
        ("own/a", json!({"total_b": 7, "active_b": 8, "source": "x"}), "/active_b"),
        ("own/a", json!({"total_b": 7}), "/source"),
        ("own/a", json!({"total_b": 7, "source": "x", "pue": 0.9}), "/pue"),
        ("own/a", json!({"total_b": 7, "source": "x", "onsite_water_l_per_kwh": 1}), "/pue"),
        ("own/a", json!({"total_b": 7, "source": "x", "region": "atlantis"}), "/region"),
        ("own/a", json!({"total_b": 7, "source": "x", "precision": "fp7"}), "/precision"),
    ] {
        assert_eq!(refused(path, &body), pointer, "{path} {body}");
    }
    let by =
        |key: &str| server.put("/api/v1/models/aliases/a", Some(key), &json!({"model": "gpt-4o"})).status;
    let read = server.post("/api/v1/keys", Some(&keys.live), &json!({"kind": "read", "label": "r"})).json();
    assert_eq!([by(&keys.test), by(read["api_key"].as_str().unwrap())], [403, 403]);
    assert_eq!(server.get("/api/v1/models/aliases", Some(&keys.live)).json()["revision"], 0);
}
