//! What a change would do, and targets: on a client's real month, and on nobody else's.

use crate::{
    server::{Keys, Server, call, with},
    visitor::Visitor,
};
use jiff::{ToSpan, civil::Date};
use serde_json::{Value, json};

fn months() -> [Date; 2] {
    let today: Date = jiff::Timestamp::now().to_string()[..10].parse().unwrap();
    let this = today.first_of_month();
    [this - 1.months(), this]
}

fn name(month: Date) -> String {
    month.to_string()[..7].to_owned()
}

/// A client whose last month has calls of two models, and of one that nobody knows.
fn filled() -> (crate::ledger::Ledger, Server, Keys) {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let [last, _] = months();
    for (model, region, tags) in [
        ("llama-3.1-70b", Some("USA"), json!({"feature": "chat"})),
        ("llama-3.1-8b", Some("USA"), json!({"feature": "search"})),
        ("gpt-4o", None, json!({"suffix": "none"})),
        ("nobody-knows", None, json!({})),
    ] {
        let event = json!({"timestamp": format!("{last}T12:00:00Z"), "region": region, "tags": tags,
            "prompt_tokens": 6_000, "completion_tokens": 4_000});
        server.track(&keys.live, &with(call(model), event));
    }
    let other = json!({"tenant_id": "other", "timestamp": format!("{last}T12:00:00Z"), "region": "POL"});
    server.track(&keys.live, &with(call("llama-3.1-70b"), other));
    (ledger, server, keys)
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value}"))
}

#[test]
fn a_change_is_compared_with_the_month_as_it_was() {
    let (_ledger, server, keys) = filled();
    let month = name(months()[0]);
    let ask = |body: &Value| server.post("/api/v1/whatif", Some(&keys.live), body);
    let asked = |changes: Value| {
        let reply = ask(&json!({"month": month, "tenant_id": "client-xyz", "changes": changes}));
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    };
    let region = json!({"match": {"model": "llama-3.1-70b"}, "region": "FRA"});
    let shorter = json!({"match": {"tag": "feature=search"}, "output_tokens": "-20 %"});
    let answer = asked(json!([region, shorter]));
    let together = &answer["together"];
    assert_eq!(answer["changes"].as_array().unwrap().len(), 2);
    assert_eq!(together["verdict"], "lower");
    assert_eq!(
        (&together["matched"]["requests"], &together["matched"]["share_of_requests"]),
        (&json!(2), &json!(0.5))
    );
    // The figures are those of the usage, and differ by the difference.
    let usage = server.get(
        &format!("/api/v1/usage?tenant_id=client-xyz&from={month}-01&to={month}-28&group_by=month"),
        Some(&keys.live),
    );
    assert_eq!(answer["baseline"]["co2_grams"], usage.json()["total"]["co2_grams"]);
    assert!(number(&answer["baseline"]["coverage"]) < 1.0 && together["before"]["coverage"] == 1);
    let difference = number(&together["after"]["co2_grams"]["central"])
        - number(&together["before"]["co2_grams"]["central"]);
    assert!((number(&together["difference_co2_grams"]["central"]) / difference - 1.0).abs() < 1e-9);
    // The same model is the same.
    let same = asked(json!([{"match": {"model": "llama-3.1-70b"}, "model": "llama-3.1-70b"}]));
    assert_eq!(same["together"]["ratio"], json!({"low": 1, "central": 1, "high": 1}));
    assert_eq!(same["together"]["verdict"], "not_distinguishable");
    // Fewer tokens are less, however uncertain the model; a published factor knows no region.
    let fewer = asked(json!([{"output_tokens": "-1 %"}]));
    assert_eq!(fewer["together"]["verdict"], "lower");
    assert_eq!(fewer["together"]["unvalued_before"][0]["model"], "nobody-knows");
    let nowhere = asked(json!([{"match": {"model": "gpt-4o"}, "region": "FRA"}]));
    assert_eq!(nowhere["together"]["matched"]["unmoved_tokens"], 10_000);
    // What matches nothing says so.
    let nothing = asked(json!([{"match": {"tag": "feature=nothing"}, "cache_share": 0.5}]));
    assert_eq!(nothing["together"]["matched"]["requests"], 0);
    assert!(nothing["together"]["notes"][0].as_str().unwrap().contains("nothing is changed"));
    // All clients, and a period.
    let all = ask(
        &json!({"period": {"from": month, "to": name(months()[1])}, "changes": [{"input_tokens": "-10 %"}]}),
    );
    assert_eq!(all.json()["baseline"]["requests"], 5);
}

#[test]
fn a_closed_month_is_valued_by_what_it_pins_and_late_events_are_left_out() {
    let (_ledger, server, keys) = filled();
    let [last, _] = months();
    let month = name(last);
    let close = json!({"factor_set": "2026.11"});
    assert_eq!(server.post(&format!("/api/v1/months/{month}/close"), Some(&keys.live), &close).status, 200);
    let late = json!({"timestamp": format!("{last}T12:00:00Z")});
    server.track(&keys.live, &with(call("gpt-4o"), late));
    let body = json!({"month": month, "tenant_id": "client-xyz", "changes": [{"output_tokens": "-10 %"}]});
    let answer = server.post("/api/v1/whatif", Some(&keys.live), &body).json();
    assert_eq!(answer["months"], json!([{"month": month, "is_closed": true, "factor_set": "2026.11"}]));
    assert_eq!(answer["baseline"]["requests"], 4);
    let closed = server.get(&format!("/api/v1/months/{month}?tenant_id=client-xyz"), Some(&keys.live)).json();
    let stated = &closed["tenant"]["figures"]["total"];
    assert_eq!(answer["baseline"]["co2_grams"], stated["co2_grams"], "{closed}");
}

#[test]
fn a_restated_month_is_compared_by_what_its_restatement_rests_on() {
    let (_ledger, server, keys) = filled();
    let [last, _] = months();
    let month = name(last);
    let key = Some(keys.live.as_str());
    let post = |path: &str, body: Value| {
        let answer = server.post(path, key, &body);
        assert!(answer.status < 300, "{}", answer.text());
        answer.json()
    };
    let late = |model: &str, region: Option<&str>| {
        let event = json!({"timestamp": format!("{last}T13:00:00Z"), "region": region,
            "tags": {"feature": "chat"}, "prompt_tokens": 500, "completion_tokens": 700});
        server.track(&keys.live, &with(call(model), event));
    };
    post(&format!("/api/v1/months/{month}/close"), json!({"factor_set": "2026.11"}));
    // Each restatement counts what came before it, and its set is that of the figures; what comes later is in neither.
    for set in ["2026.12", "2026.11"] {
        late("llama-3.1-70b", Some("USA"));
        late("gpt-4o", None);
        let body = json!({"month": month, "factor_set": set, "reason": "A newer set."});
        let restatement = post("/api/v1/restatements", body);
        let tenants = restatement["tenants"].as_array().unwrap();
        let stated = &tenants.iter().find(|tenant| tenant["tenant_id"] == "client-xyz").unwrap()["new"];
        for after in 0..2 {
            for tag in [None, Some("feature=chat")] {
                let same = json!({"match": {"model": "llama-3.1-70b", "tag": tag}, "model": "llama-3.1-70b"});
                let body = json!({"month": month, "tenant_id": "client-xyz", "changes": [same]});
                let answer = post("/api/v1/whatif", body);
                assert_eq!(answer["together"]["ratio"], json!({"low": 1, "central": 1, "high": 1}));
                assert_eq!(answer["months"], json!([{"month": month, "is_closed": true, "factor_set": set}]));
                for field in ["requests", "input_tokens", "output_tokens", "co2_grams"] {
                    let stated = &stated[field];
                    assert_eq!(&answer["baseline"][field], stated, "{after} {field} {tag:?} {restatement}");
                }
            }
            late("llama-3.1-8b", Some("USA"));
        }
        let found = server.get(&format!("/api/v1/reconciliations?month={month}"), key).json();
        assert_eq!(found["factor_set"], set);
    }
}

#[test]
fn what_cannot_be_asked_is_refused_by_name() {
    let (_ledger, server, keys) = filled();
    let month = name(months()[0]);
    let refused = |changes: Value, pointer: &str| {
        let body = with(json!({"month": month, "changes": []}), changes);
        let problem = server.post("/api/v1/whatif", Some(&keys.live), &body).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    };
    let changes = |changes: Value| json!({"changes": changes});
    refused(changes(json!([])), "/changes");
    refused(changes(json!([{}])), "/changes/0");
    refused(changes(json!([{"model": "gpt-4o", "region": "FRA"}])), "/changes/0");
    refused(changes(json!([{"model": "no-such-model"}])), "/changes/0/model");
    refused(changes(json!([{"region": "Mars"}])), "/changes/0/region");
    refused(
        changes(json!([{"match": {"model": "no-such-model"}, "region": "FRA"}])),
        "/changes/0/match/model",
    );
    refused(changes(json!([{"match": {"tag": "chat"}, "region": "FRA"}])), "/changes/0/match/tag");
    refused(changes(json!([{"output_tokens": "20"}])), "/changes/0/output_tokens");
    // A region of another cloud than the calls', for a published factor too.
    let event = json!({"timestamp": format!("{}T12:00:00Z", months()[0]), "provider": "azure"});
    server.track(&keys.live, &with(call("gpt-4o"), event));
    let other_cloud = json!([{"match": {"provider": "azure"}, "region": "eu-west-3"}]);
    refused(changes(other_cloud), "/changes/0/region");
    let of_other_cloud =
        json!([{"match": {"provider": "azure", "region": "eu-west-3"}, "output_tokens": "-20 %"}]);
    refused(changes(of_other_cloud), "/changes/0/match/region");
    refused(changes(json!([{"cache_share": 2}])), "/changes/0/cache_share");
    refused(
        changes(json!([{"region": "FRA"}, {"match": {"model": "gpt-4o"}, "region": "DEU"}])),
        "/changes/1/region",
    );
    let region = json!([{"region": "FRA"}]);
    refused(json!({"changes": region, "month": "2999-01"}), "/month");
    refused(json!({"changes": region, "tokens_factor": 1.1}), "/tokens_factor");
    refused(json!({"changes": region, "period": {"from": month, "to": month}}), "/period");
    let body = json!({"month": month, "tenant_id": "nobody", "changes": region});
    server.post("/api/v1/whatif", Some(&keys.live), &body).problem(404);
    // Another account has no such month.
    let stranger = server.sign_up("b@example.com");
    let body = json!({"month": month, "tenant_id": "client-xyz", "changes": region});
    server.post("/api/v1/whatif", Some(&stranger.live), &body).problem(404);
    // Nothing is stored, so a read key may ask.
    let read = server.post("/api/v1/keys", Some(&keys.live), &json!({"kind": "read", "label": "r"})).json();
    let reply = server.post("/api/v1/whatif", read["api_key"].as_str(), &body);
    assert!(reply.status == 200 || read["api_key"].is_null(), "{}", reply.text());
}

#[test]
fn targets_are_held_against_figures_until_they_are_removed() {
    let (ledger, server, keys) = filled();
    let [last, this] = months();
    let key = Some(keys.live.as_str());
    let path = "/api/v1/tenants/client-xyz/targets";
    let set = |name: &str, body: Value| server.put(&format!("{path}/{name}"), key, &body);
    let targets = [
        ("a mass", json!({"grams": 1_000_000, "per": "month"}), "cannot_tell_coverage"),
        ("c small", json!({"grams": 0.000001, "per": "month"}), "above"),
        ("intensity", json!({"grams": 1_000, "per": "thousand_tokens", "tag": "feature=chat"}), "below"),
        ("later", json!({"grams": 1, "per": "request", "from": name(this)}), ""),
        ("year", json!({"grams": 0.5, "per": "year", "from": "2020-01"}), "above"),
    ];
    for (name, body, _) in &targets {
        let escaped = name.replace(' ', "%20");
        let answer = set(&escaped, body.clone());
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!((&answer.json()["name"], &answer.json()["per"]), (&json!(name), &body["per"]));
    }
    let held = || server.get(&format!("{path}?month={}", name(last)), key).json();
    let readings: Vec<Value> =
        held()["targets"].as_array().unwrap().iter().map(|line| line["reading"].clone()).collect();
    assert_eq!(readings, ["cannot_tell_coverage", "above", "below", "above"], "{}", held());
    assert_eq!(held()["later"][0]["name"], "later");
    // A report shows them, in its data and on its pages, and its evidence makes the same again.
    let body = json!({"tenant_id": "client-xyz", "month": name(last)});
    server.post(&format!("/api/v1/months/{}/close", name(last)), key, &json!({}));
    let report = server.post("/api/v1/reports", key, &body).json();
    let statement = server.get(report["links"]["statement"].as_str().unwrap(), key).json();
    assert_eq!(statement["schema_version"], "1.7");
    let stated: Vec<&Value> =
        statement["targets"].as_array().unwrap().iter().map(|line| &line["reading"]).collect();
    assert_eq!(stated, readings.iter().collect::<Vec<_>>());
    let pack = server.get(report["links"]["evidence"].as_str().unwrap(), key).body;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("evidence.zip");
    std::fs::write(&file, pack).unwrap();
    let output = crate::report_evidence::verify(&file, &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    // Settings that are replaced leave targets as they are; the tenant's answer has them.
    server.put("/api/v1/tenants/client-xyz", key, &json!({"name": "Xyz"}));
    assert_eq!(server.get("/api/v1/tenants/client-xyz", key).json()["targets"].as_array().unwrap().len(), 5);
    assert_eq!(server.delete(&format!("{path}/year"), key).status, 204);
    server.delete(&format!("{path}/year"), key).problem(404);
    assert_eq!(held()["targets"].as_array().unwrap().len(), 3);
    for (body, pointer) in [
        (json!({"per": "month"}), "/grams"),
        (json!({"grams": 0, "per": "month"}), "/grams"),
        (json!({"grams": 1, "per": "week"}), "/per"),
        (json!({"grams": 1, "per": "month", "tag": "chat"}), "/tag"),
        (json!({"grams": 1, "per": "year", "tag": "feature=chat"}), "/tag"),
        (json!({"grams": 1, "per": "month", "from": "soon"}), "/from"),
    ] {
        assert_eq!(set("x", body).problem(422)["errors"][0]["pointer"], pointer);
    }
    server.put("/api/v1/tenants/nobody/targets/x", key, &json!({"grams": 1, "per": "month"})).problem(404);
    // Erased with the tenant, and the ledger is sound.
    assert_eq!(server.delete("/api/v1/tenants/client-xyz", key).status, 204);
    server.get(path, key).problem(404);
    server.stop();
    ledger.check();
    assert_eq!(ledger.count("select count(*) from tenant where targets is not null"), 0);
}

#[test]
fn pages_ask_and_show() {
    let (_ledger, server, keys) = filled();
    let month = name(months()[0]);
    let key = Some(keys.live.as_str());
    server.put("/api/v1/tenants/client-xyz/targets/few", key, &json!({"grams": 0.001, "per": "request"}));
    let link =
        server.post("/api/v1/tenants/client-xyz/dashboard-links", key, &json!({"expires_in_days": 3})).json();
    let path = link["url"].as_str().unwrap().strip_prefix(&server.url).unwrap().to_owned();
    for (language, title, reading) in
        [("en", "Targets", ">above<"), ("de", "Ziele", ">darüber<"), ("fr", "Objectifs", ">au-dessus<")]
    {
        let page = server.get(&format!("{path}?month={month}&language={language}"), None).text();
        assert!(page.contains(title) && page.contains(reading) && page.contains("few"), "{page}");
    }
    let visitor = Visitor::logs_in(&server, "a@example.com");
    let ask = |query: &str| {
        let page = visitor.opens(&format!("/app/tenants/client-xyz/whatif?month={month}{query}"));
        (page.status, page.text())
    };
    let (status, page) = ask("");
    assert!(status == 200 && page.contains("llama-3.1-70b") && !page.contains("outcome"), "{page}");
    let (_, page) = ask("&calls_to=llama-3.1-70b&kind=region&to=FRA");
    assert!(page.contains("It emits less") && page.contains("The same calls are made"), "{page}");
    let (_, page) = ask("&kind=model&to=gpt-5");
    assert!(page.contains("tokenizer"), "{page}");
    let (status, page) = ask("&kind=output_tokens&to=less");
    assert!(status == 422 && page.contains("id=\"to-fault\">Must be a percentage"), "{page}");
}
