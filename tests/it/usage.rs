//! Usage, cut as asked.

use crate::{
    report_evidence::close,
    server::{Server, call, with},
    time::{first, on},
};
use serde_json::{Value, json};

#[test]
fn a_brevity_suffix_shows_by_tag() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    // The same feature before and after the answers were asked to be short.
    for (suffix, completion_tokens) in [("off", 800), ("on", 520)] {
        for _ in 0..10 {
            let tags = json!({"feature": "summarise", "suffix": suffix});
            let changes = json!({"tags": tags, "prompt_tokens": 200, "completion_tokens": completion_tokens});
            server.track(&keys.live, &with(call("mistral-large-2"), changes));
        }
    }
    server.track(&keys.live, &with(call("gpt-4o"), json!({"tenant_id": "other", "tags": {"suffix": "on"}})));
    server.track(&keys.live, &call("nobody-knows"));
    let usage = |query: &str| server.get(&format!("/api/v1/usage?{query}"), Some(&keys.live)).json();
    let by_suffix = usage("group_by=tag:suffix&tenant_id=client-xyz");
    let rows = by_suffix["rows"].as_array().unwrap();
    let row = |row: &Value| {
        (
            row["tag:suffix"].clone(),
            row["output_tokens"].as_u64().unwrap(),
            row["co2_grams"]["central"].clone(),
        )
    };
    // 1,000 and 720 tokens a call, at 2.85 g per thousand; what has no such tag stands last.
    assert_eq!(row(&rows[0]), (json!("off"), 8_000, json!(28.5)));
    assert_eq!(row(&rows[1]), (json!("on"), 5_200, json!(20.52)));
    assert_eq!(row(&rows[2]), (Value::Null, 400, Value::Null));
    assert_eq!(rows.len(), 3);
    assert_eq!(by_suffix["total"]["requests"], 21);
    assert_eq!(usage("group_by=tag:suffix")["rows"][1]["requests"], 11);
    assert_eq!(usage("group_by=tag:nothing")["rows"].as_array().unwrap().len(), 1);
    let by_model = usage("group_by=model&tenant_id=client-xyz");
    assert_eq!(
        (&by_model["rows"][0]["model"], &by_model["rows"][0]["coverage"]),
        (&json!("mistral-large-2"), &json!(1))
    );
    assert_eq!(
        (&by_model["rows"][1]["model"], &by_model["rows"][1]["coverage"]),
        (&json!("nobody-knows"), &json!(0))
    );
    assert_eq!(by_model["factor_sets"], json!(["2026.12"]));
    assert_eq!(usage("group_by=tenant")["rows"][1]["tenant"], "other");
    // Nothing on days without events, and nothing is zero, not unknown.
    let nothing = usage("from=2025-01-01&to=2025-01-31");
    assert_eq!((&nothing["rows"], &nothing["total"]["co2_grams"]["high"]), (&json!([]), &json!(0)));
}

#[test]
fn many_rows_come_in_pages() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let tenants: Vec<Value> =
        (0..25).map(|n| with(call("gpt-4o"), json!({"tenant_id": format!("client & {n:02}")}))).collect();
    server.post("/api/v1/track/batch", Some(&keys.live), &json!(tenants)).json();
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/usage?group_by=tenant&limit=10{cursor}");
        let page = server.get(&path, Some(&keys.live)).json();
        assert_eq!(page["total"]["requests"], 25, "of all pages");
        found.extend(page["rows"].as_array().unwrap().iter().map(|row| row["tenant"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={}", next.replace('&', "%26").replace(' ', "%20"));
    }
    let expect: Vec<Value> = (0..25).map(|n| json!(format!("client & {n:02}"))).collect();
    assert_eq!(found, expect);
}

#[test]
fn pages_of_any_length_have_the_rows_and_the_total_of_one() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    // Text and images of one model on one day, with a tag and without; and names that sort by their bytes.
    for (n, name) in
        ["Zoe", "client-1", "client-10", "client-2", "é", "client-3", "gone", "cancelled"].iter().enumerate()
    {
        let media = if n % 3 == 1 { json!({"images": 1}) } else { json!({}) };
        let tags = if n % 2 == 0 { json!({}) } else { json!({"feature": format!("f-{}", n % 5)}) };
        for day in [5, 6] {
            let id = format!("e-{n}-{day}");
            let mut event = with(on(day, &id, media.clone()), json!({"tenant_id": name, "tags": tags}));
            if n == 1 {
                for tokens in ["prompt_tokens", "completion_tokens"] {
                    event.as_object_mut().unwrap().remove(tokens);
                }
            }
            server.track(&keys.live, &event);
        }
    }
    let cancel = |id: &str| {
        let reply = server.post(&format!("/api/v1/events/{id}/reversal"), Some(&keys.live), &json!({}));
        assert_eq!(reply.status, 200, "{}", reply.text());
    };
    cancel("e-7-5");
    cancel("e-7-6");
    assert_eq!(server.delete("/api/v1/tenants/gone", Some(&keys.live)).status, 204);
    close(&server, &keys.live);
    server.track(&keys.live, &on(7, "late", json!({"tenant_id": "late"})));
    cancel("e-3-5");
    let get = |query: &str| {
        let days = format!("from={}&to={}", first(), first().last_of_month());
        server.get(&format!("/api/v1/usage?{days}&{query}"), Some(&keys.live)).json()
    };
    let by_day = get("group_by=day");
    for (group, tenant, named) in [
        ("tenant", "", json!(["Zoe", "client-1", "client-10", "client-2", "client-3", "late", "é", null])),
        ("tag:feature", "", json!(["f-0", "f-1", "f-3", null])),
        ("tenant", "&tenant_id=client-2", json!(["client-2"])),
        ("tag:feature", "&tenant_id=client-2", json!(["f-3"])),
    ] {
        let whole = get(&format!("group_by={group}{tenant}"));
        let rows = whole["rows"].as_array().unwrap();
        assert_eq!(json!(rows.iter().map(|row| row[group].clone()).collect::<Vec<_>>()), named);
        let requests = rows.iter().map(|row| row["requests"].as_u64().unwrap()).sum::<u64>();
        assert_eq!((&whole["total"]["requests"], &whole["next"]), (&json!(requests), &Value::Null));
        if tenant.is_empty() {
            assert_eq!(whole["total"]["co2_grams"], by_day["total"]["co2_grams"]);
            assert_eq!(whole["adjustments"], by_day["adjustments"]);
            // Where calls with images are told apart from others, it is known of fewer calls that they have no value.
            assert_ne!(whole["total"]["coverage"], by_day["total"]["coverage"]);
        }
        for limit in 1..=4 {
            let (mut found, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = get(&format!("group_by={group}{tenant}&limit={limit}{cursor}"));
                for name in ["total", "adjustments", "factor_sets"] {
                    assert_eq!(page[name], whole[name], "{name} by {group}, {limit} at a time");
                }
                found.extend(page["rows"].as_array().unwrap().iter().cloned());
                let Some(next) = page["next"].as_str() else { break };
                cursor = format!("&cursor={}", next.replace('é', "%C3%A9"));
            }
            assert_eq!(&found, rows, "by {group}, {limit} at a time");
        }
    }
    server.stop();
    ledger.check();
}

#[test]
fn what_cannot_be_asked_is_named() {
    let (_ledger, server) = Server::alone();
    let [keys, stranger] = ["a@example.com", "b@example.com"].map(|email| server.sign_up(email));
    server.track(&keys.live, &call("gpt-4o"));
    for (query, pointer) in [
        ("from=yesterday", "from"),
        ("from=2026-1-1", "from"),
        ("to=20261001", "to"),
        ("from=2026-02-01&to=2026-01-01", "from"),
        ("from=1990-01-01&to=2026-01-01", "from"),
        ("group_by=week", "group_by"),
        ("group_by=tag:", "group_by"),
        ("limit=0", "limit"),
        ("limit=10001", "limit"),
        ("tenant=x", "tenant"),
        ("from=2026-01-01&from=2026-01-02", "from"),
    ] {
        let problem = server.get(&format!("/api/v1/usage?{query}"), Some(&keys.live)).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{query}: {problem}");
    }
    server.get("/api/v1/usage?tenant_id=nobody", Some(&keys.live)).problem(404);
    server.get("/api/v1/usage?tenant_id=client-xyz", Some(&stranger.live)).problem(404);
    server.get("/api/v1/usage?tenant_id=client-xyz", Some(&keys.test)).problem(404);
    server.get("/api/v1/usage", None).problem(401);
    assert_eq!(server.get("/api/v1/usage", Some(&stranger.live)).json()["total"]["requests"], 0);
}

#[test]
fn a_tenant_has_so_many_tags_and_no_more() {
    let ledger = crate::ledger::Ledger::new();
    let server = ledger.serve_with(&["--tags-per-tenant-max", "3"]);
    let keys = server.sign_up("a@example.com");
    let tagged = |tags: Value| with(call("gpt-4o"), json!({"tags": tags}));
    server.track(&keys.live, &tagged(json!({"feature": "chat", "team": "a"})));
    server.track(&keys.live, &tagged(json!({"feature": "search"})));
    let problem =
        server.post("/api/v1/track", Some(&keys.live), &tagged(json!({"request": "17"}))).problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/tags");
    assert!(problem["detail"].as_str().unwrap().contains("more than 3 different tags"), "{problem}");
    // Those that are known still count, and another tenant has its own.
    server.track(&keys.live, &tagged(json!({"feature": "search", "team": "a"})));
    server.track(&keys.live, &with(tagged(json!({"request": "17"})), json!({"tenant_id": "other"})));
    let rows = json!([tagged(json!({"feature": "chat"})), tagged(json!({"feature": "new"})), call("gpt-4o")]);
    let answer = server.post("/api/v1/track/batch", Some(&keys.live), &rows).json();
    assert_eq!((&answer["accepted"], &answer["rejected"][0]["index"]), (&json!(2), &json!(1)));
    assert!(answer["rejected"][0]["detail"].as_str().unwrap().starts_with("/tags would give"), "{answer}");
    let usage =
        server.get("/api/v1/usage?group_by=tag:feature&tenant_id=client-xyz", Some(&keys.live)).json();
    assert_eq!(usage["total"]["requests"], 5);
    server.stop();
    ledger.check();
}
