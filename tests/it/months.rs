//! Corrections: reversals, late events, closed months and what is told of them anew.

use crate::{
    server::{Server, call, with},
    time::{first, month, on},
};
use serde_json::{Value, json};

fn close(server: &Server, key: &str, body: &str) -> crate::server::Reply {
    server.post_bytes(&format!("/api/v1/months/{}/close", month()), Some(key), &[], body.as_bytes())
}

#[test]
fn a_closed_month_changes_no_more() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &on(5, "e-1", json!({})));
    server.track(&keys.live, &on(6, "e-2", json!({"model": "mistral-large-2"})));
    server.track(&keys.live, &on(6, "e-3", json!({"tenant_id": "other"})));
    let wanted = json!({"tenant_id": "client-xyz", "month": month()});
    let before = server.post("/api/v1/reports", Some(&keys.live), &wanted).json();
    assert_eq!(before["status"], "provisional");

    let closed = close(&server, &keys.live, "").json();
    assert_eq!((&closed["status"], &closed["events"]), (&json!("closed"), &json!(3)));
    assert_eq!(closed["factor_set"], "2026.12");
    assert_eq!(close(&server, &keys.live, r#"{"factor_set": "2026.12"}"#).json(), closed, "once");
    let problem = close(&server, &keys.live, r#"{"factor_set": "2025.1"}"#).problem(409);
    assert!(problem["detail"].as_str().unwrap().contains("closed under 2026.12"), "{problem}");

    let report = server.post("/api/v1/reports", Some(&keys.live), &wanted).json();
    assert_eq!((&report["status"], &report["revision"]), (&json!("final"), &json!(2)));
    let pdf = |server: &Server| server.get(report["links"]["pdf"].as_str().unwrap(), Some(&keys.live)).body;
    let (bytes, state) = (pdf(&server), |server: &Server| {
        server.get(&format!("/api/v1/months/{}?tenant_id=client-xyz", month()), Some(&keys.live)).json()
    });
    let pinned = state(&server)["tenant"].clone();
    assert_eq!(pinned["figures"]["total"]["co2_grams"]["central"], json!(3.15));

    // A late event and a late reversal are taken, and are adjustments.
    server.track(&keys.live, &on(7, "late", json!({})));
    let reversal = server.post("/api/v1/events/e-2/reversal", Some(&keys.live), &json!({})).json();
    assert_eq!((&reversal["co2_grams"], &reversal["requests"]), (&json!(-2.85), &json!(-1)));
    let server = {
        server.stop();
        ledger.serve()
    };
    let now = state(&server);
    assert_eq!(now["adjustments"], json!({"events": 2, "reversals": 1}));
    assert_eq!((&now["tenant"], &now["merkle_root"]), (&pinned, &closed["merkle_root"]));
    assert_eq!(server.post("/api/v1/reports", Some(&keys.live), &wanted).json(), report);
    assert_eq!(pdf(&server), bytes);
    let german = with(wanted, json!({"language": "de"}));
    assert_eq!(server.post("/api/v1/reports", Some(&keys.live), &german).json()["status"], "final");

    // Usage tells all that is known, and how much of it came late.
    let last = first().last_of_month();
    let usage = format!("/api/v1/usage?from={}&to={last}&tenant_id=client-xyz&group_by=month", first());
    let usage = server.get(&usage, Some(&keys.live)).json();
    assert_eq!(usage["total"]["co2_grams"]["central"], json!(0.6));
    assert_eq!(
        (&usage["adjustments"]["requests"], &usage["adjustments"]["co2_grams"]),
        (&json!(0), &json!(-2.55))
    );
    server.stop();
    ledger.check();
}

#[test]
fn what_may_not_be_closed_is_refused() {
    let (_ledger, server) = Server::alone();
    let [keys, stranger] = ["a@example.com", "b@example.com"].map(|email| server.sign_up(email));
    let post = |month: &str, key: &str, body: &str| {
        server.post_bytes(&format!("/api/v1/months/{month}/close"), Some(key), &[], body.as_bytes())
    };
    let this_month = &jiff::Timestamp::now().to_string()[..7];
    assert!(
        post(this_month, &keys.live, "").problem(409)["detail"].as_str().unwrap().contains("has not ended")
    );
    for (month, body, pointer) in [
        ("2999-01", "", "month"),
        ("2017-12", "", "month"),
        ("2026-13", "", "month"),
        ("2026-09", r#"{"factor_set": "1999.1"}"#, "/factor_set"),
        ("2026-09", r#"{"prompt": "x"}"#, "/prompt"),
        ("2026-09", "[]", ""),
    ] {
        assert_eq!(
            post(month, &keys.live, body).problem(422)["errors"][0]["pointer"],
            pointer,
            "{month} {body}"
        );
    }
    assert_eq!(post(&month(), &keys.test, "").status, 403);
    assert_eq!(server.post_bytes("/api/v1/months/2026-09/close", None, &[], b"").status, 401);
    // An account's months are its own, and a month without events can be closed.
    assert_eq!(post(&month(), &keys.live, "").json()["events"], 0);
    let theirs = server.get(&format!("/api/v1/months/{}", month()), Some(&stranger.live)).json();
    assert_eq!(theirs["status"], "open");
    // What a test key sends is closed by nobody, so it is never late.
    server.track(&keys.test, &on(5, "t-1", json!({})));
    let days = format!("from={}&to={}", first(), first().last_of_month());
    let tested = server.get(&format!("/api/v1/usage?{days}"), Some(&keys.test)).json();
    assert_eq!((&tested["total"]["requests"], &tested["adjustments"]), (&json!(1), &Value::Null));
}

#[test]
fn a_restatement_says_old_new_difference_and_why() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    // The set of 2025 does not know gpt-5.
    server.track(&keys.live, &on(5, "e-1", json!({"model": "gpt-5", "region": "FRA"})));
    server.track(&keys.live, &on(5, "e-2", json!({})));
    let restate = |body: &Value| server.post("/api/v1/restatements", Some(&keys.live), body);
    let wish = json!({"month": month(), "factor_set": "2026.12", "reason": "a set that knows gpt-5"});
    assert!(restate(&wish).problem(409)["detail"].as_str().unwrap().contains("is open"));
    close(&server, &keys.live, r#"{"factor_set": "2025.1"}"#).json();
    let reply = restate(&wish);
    assert_eq!(reply.status, 201);
    let first = reply.json();
    assert_eq!((&first["old_factor_set"], &first["new_factor_set"]), (&json!("2025.1"), &json!("2026.12")));
    assert_eq!(first["reason"], "a set that knows gpt-5");
    let [gpt_4o, gpt_5] = first["tenants"][0]["models"].as_array().unwrap().as_slice() else {
        panic!("{first}")
    };
    assert_eq!((&gpt_4o["model"], &gpt_4o["difference"]["co2_grams"]), (&json!("gpt-4o"), &json!(0)));
    assert_eq!((&gpt_5["old"]["co2_grams"], &gpt_5["old"]["coverage"]), (&Value::Null, &json!(0)));
    assert!(gpt_5["new"]["co2_grams"]["central"].as_f64().unwrap() > 0.0);
    assert_eq!(first["tenants"][0]["old"]["co2_grams"]["central"], json!(0.3));
    assert_eq!(restate(&wish).json(), first, "the same wish is answered as before");

    // The next one starts where this one ended.
    server.track(&keys.live, &on(9, "late", json!({"tenant_id": "newcomer"})));
    let wish = json!({"month": month(), "reason": "a late event"});
    let second = restate(&wish).json();
    assert_eq!(second["old_factor_set"], "2026.12");
    let tenants = second["tenants"].as_array().unwrap();
    assert_eq!(tenants[0]["difference"]["requests"], 0);
    assert_eq!(
        (&tenants[1]["tenant_id"], &tenants[1]["difference"]["co2_grams"]),
        (&json!("newcomer"), &json!(0.3))
    );
    let path = format!("/api/v1/restatements/{}", second["restatement_id"].as_str().unwrap());
    assert_eq!(server.get(&path, Some(&keys.live)).json(), second);
    let stranger = server.sign_up("b@example.com");
    server.get(&path, Some(&stranger.live)).problem(404);
    for (body, pointer) in [
        (json!({"month": month()}), "/reason"),
        (json!({"month": "2026-1", "reason": "x"}), "/month"),
        (json!({"month": month(), "reason": "x", "factor_set": "1999.1"}), "/factor_set"),
        (json!({"month": month(), "reason": "x".repeat(501)}), "/reason"),
    ] {
        assert_eq!(restate(&body).problem(422)["errors"][0]["pointer"], pointer);
    }
    server.stop();
    ledger.check();
}

/// Models that were unknown when they were used have a value once a factor set knows them: nothing is sent again.
#[test]
fn coverage_rises_with_the_factor_set_and_nothing_is_sent_again() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    for (n, model) in ["gpt-4o", "gpt-5", "claude-sonnet-4-5", "nobody-knows-it"].into_iter().enumerate() {
        server.track(&keys.live, &on(5, &format!("e-{n}"), json!({"model": model, "region": "FRA"})));
    }
    close(&server, &keys.live, r#"{"factor_set": "2025.1"}"#).json();
    let report = || {
        let wish = json!({"tenant_id": "client-xyz", "month": month(), "language": "en"});
        let report = server.post("/api/v1/reports", Some(&keys.live), &wish).json();
        server.get(report["links"]["statement"].as_str().unwrap(), Some(&keys.live)).json()
    };
    let before = report();
    assert_eq!(
        before["coverage"]["ratio"],
        json!("0.25"),
        "the set of 2025 knows gpt-4o alone: {}",
        before["coverage"]
    );
    let wish = json!({"month": month(), "factor_set": "2026.12", "reason": "a set that knows more models"});
    let restated = server.post("/api/v1/restatements", Some(&keys.live), &wish).json();
    let of_client = &restated["tenants"][0];
    assert_eq!((&of_client["old"]["coverage"], &of_client["new"]["coverage"]), (&json!(0.25), &json!(0.75)));
    let after = report();
    assert_eq!(after["coverage"]["ratio"], json!("0.75"));
    let grams = |statement: &Value| {
        statement["total"]["co2_grams"]["central"].as_str().unwrap().parse::<f64>().unwrap()
    };
    assert!(grams(&after) > grams(&before));
    assert_eq!(ledger.count("select count(*) from event"), 4);
    server.stop();
    ledger.check();
}

#[test]
fn an_event_is_cancelled_once() {
    let (_ledger, server) = Server::alone();
    let [keys, stranger] = ["a@example.com", "b@example.com"].map(|email| server.sign_up(email));
    let event = on(5, "with/slash", json!({"tags": {"feature": "chat"}, "cache_read_input_tokens": 100}));
    server.track(&keys.live, &event);
    let nameless = server.track(&keys.live, &call("gpt-4o"))["event_id"].as_str().unwrap().to_owned();
    let reverse =
        |id: &str, key: &str| server.post(&format!("/api/v1/events/{id}/reversal"), Some(key), &json!({}));
    for key in [&keys.test, &stranger.live] {
        reverse("with%2Fslash", key).problem(404);
    }
    reverse("nobodys", &keys.live).problem(404);
    let first = reverse("with%2Fslash", &keys.live).json();
    assert_eq!((&first["event_id"], &first["duplicate"]), (&json!("with/slash"), &json!(false)));
    let again = reverse("with%2Fslash", &keys.live).json();
    assert_eq!((&again["duplicate"], &again["reversal_id"]), (&json!(true), &first["reversal_id"]));
    assert_eq!(reverse(&nameless, &keys.live).status, 200, "ids of ours are found as well");
    let problem = reverse(first["reversal_id"].as_str().unwrap(), &keys.live).problem(409);
    assert!(problem["detail"].as_str().unwrap().contains("cannot be reversed"), "{problem}");
    let with_body =
        server.post("/api/v1/events/with%2Fslash/reversal", Some(&keys.live), &json!({"reason": "x"}));
    assert_eq!(with_body.problem(422)["errors"][0]["pointer"], "/reason");
    // Sent again it is the event that was there; its id is not free.
    assert_eq!(server.track(&keys.live, &event)["duplicate"], true);
    let id = first["reversal_id"].clone();
    server.post("/api/v1/track", Some(&keys.live), &with(event, json!({"event_id": id}))).problem(409);
    let days = format!("from={}&to={}&group_by=tag:feature", first_day_of_all(), "2999-12-31");
    assert_eq!(server.get(&format!("/api/v1/usage?{days}"), Some(&keys.live)).status, 422, "too many days");
    let days = format!("from={}&group_by=tag:feature", first_day_of_all());
    let usage = server.get(&format!("/api/v1/usage?{days}"), Some(&keys.live)).json();
    assert_eq!((&usage["total"]["requests"], &usage["rows"]), (&json!(0), &json!([])));
}

fn first_day_of_all() -> String {
    first().to_string()
}
