//! The context of calls: what each token has before it, counted call by call, once, and never guessed.

use crate::{
    import::{export, file, import, ledger},
    server::{Keys, Server, with},
    time::{first, month, on},
};
use serde_json::{Value, json};

/// The account's totals of the month, as the API states them.
fn totals(server: &Server, keys: &Keys) -> Value {
    let days = format!("from={}&to={}", first(), first().last_of_month());
    server.get(&format!("/api/v1/usage?{days}"), Some(&keys.live)).json()["total"].clone()
}

/// Context of the output, of the input, and the tokens of which nobody knows it.
fn context(figures: &Value) -> [u128; 3] {
    let text = |name: &str| figures[name].as_str().map_or(0, |text| text.parse().unwrap());
    let unknown = figures["context_unknown_tokens"].as_u64().unwrap_or(0).into();
    [text("context_output"), text("context_input"), unknown]
}

#[test]
fn what_a_record_says_of_its_calls_decides_how_much_context_it_has() {
    const UNKNOWN: &str = "context not counted: the record stands for an unknown number of calls";
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let counts = |calls: Value| json!({"prompt_tokens": 6_000, "completion_tokens": 400, "calls": calls});
    let usage = |usage: Value| json!({"prompt_tokens": null, "completion_tokens": null, "usage": usage});
    let chat = |more: Value| usage(with(json!({"prompt_tokens": 6_000, "completion_tokens": 400}), more));
    let claude = |more: Value| {
        usage(with(
            json!({"input_tokens": 1_000, "output_tokens": 400,
                                                 "cache_read_input_tokens": 5_000}),
            more,
        ))
    };
    let one = [400 * (2 * 6_000 + 400), 6_000 * 6_000, 0];
    let cached = [400 * (2 * 6_000 + 400), 1_000 * (2 * 5_000 + 1_000), 0];
    let mut expect = [0; 3];
    for (place, (changes, [output, input, unknown], note)) in [
        (counts(Value::Null), one, ""),
        (counts(json!(1)), one, ""),
        // So many calls of the mean.
        (counts(json!(4)), one.map(|count| count / 4), ""),
        (counts(json!(0)), [0, 0, 6_400], UNKNOWN),
        (
            json!({"prompt_tokens": 1_999_990, "completion_tokens": 11}),
            [0, 0, 2_000_001],
            "context not counted: one call does not have 2000001 tokens",
        ),
        (
            json!({"prompt_tokens": 9_000_000, "completion_tokens": 0, "calls": 4}),
            [0, 0, 9_000_000],
            "context not counted: 4 calls do not have 9000000 tokens",
        ),
        (json!({"prompt_tokens": 8_000_000, "completion_tokens": 0, "calls": 4}), [0, 16_000_000_000_000, 0], ""),
        (chat(json!({})), one, ""),
        // Agents' totals.
        (chat(json!({"requests": 4})), one.map(|count| count / 4), ""),
        (chat(json!({"successful_requests": 2})), one.map(|count| count / 2), ""),
        (chat(json!({"requests": 0})), [0, 0, 6_400], UNKNOWN),
        // Runs that a provider does not count.
        (claude(json!({})), cached, ""),
        (claude(json!({"server_tool_use": {"web_search_requests": 0}})), cached, ""),
        (claude(json!({"server_tool_use": {"web_search_requests": 2}})), [0, 0, 6_400], UNKNOWN),
        (
            usage(json!({"promptTokenCount": 900, "candidatesTokenCount": 100, "toolUsePromptTokenCount": 50,
                         "totalTokenCount": 1_050})),
            [0, 0, 1_050],
            UNKNOWN,
        ),
        (
            usage(json!({"input_tokens": 4_000, "output_tokens": 300, "iterations": [
                {"input_tokens": 2_000, "output_tokens": 100}, {"input_tokens": 4_000, "output_tokens": 300}]})),
            one.map(|count| count / 2),
            "",
        ),
        // Whoever knows better says so.
        (
            with(claude(json!({"server_tool_use": {"web_search_requests": 2}})), json!({"calls": 4})),
            cached.map(|count| count / 4),
            "",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let mut event = on(5, &format!("e-{place}"), changes.clone());
        event.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let tracked = server.track(&keys.live, &event);
        let notes = tracked["notes"].as_array().cloned().unwrap_or_default();
        let said = notes.iter().filter(|said| said.as_str().unwrap().starts_with("context not counted"));
        let said: Vec<&str> = said.map(|said| said.as_str().unwrap()).collect();
        assert!(said.len() == usize::from(!note.is_empty()), "{event}: {tracked}");
        assert!(said.iter().all(|said| said.starts_with(note)), "{event}: {tracked}");
        expect = [expect[0] + output, expect[1] + input, expect[2] + unknown];
        let found = totals(&server, &keys);
        assert_eq!(context(&found), expect, "{event}: {found}");
        assert_eq!(found["requests"], place + 1, "an event is one request, whatever it stands for");
        assert_eq!(server.track(&keys.live, &event)["duplicate"], true, "{event}");
    }
    // The same counts of another number of calls are another event.
    let other = on(5, "e-2", counts(json!(5)));
    assert_eq!(server.post("/api/v1/track", Some(&keys.live), &other).status, 409);
    for (calls, why) in [
        (json!(-1), "/calls"),
        (json!(1.5), "/calls"),
        (json!("4"), "/calls"),
        (json!(1_000_000_001), "/calls"),
    ] {
        let event = on(5, "e", counts(calls));
        let problem = server.post("/api/v1/track", Some(&keys.live), &event).problem(422);
        assert!(problem["detail"].as_str().unwrap().contains(why), "{problem}");
    }
    // What was added is taken away, to the last unit.
    let events = totals(&server, &keys)["requests"].as_u64().unwrap();
    for place in 0..events {
        let reversal =
            server.post(&format!("/api/v1/events/e-{place}/reversal"), Some(&keys.live), &json!({}));
        assert_eq!(reversal.status, 200, "{}", reversal.text());
    }
    let found = totals(&server, &keys);
    assert_eq!((&found["requests"], context(&found)), (&json!(0), [0; 3]), "{found}");
    assert!(found.get("context_output").is_none(), "{found}");
    server.stop();
    ledger.check();
}

#[test]
fn a_buckets_requests_are_its_calls_and_what_has_none_says_so() {
    let ledger = ledger();
    let bucket = json!({"start_time": 1_791_158_400, "end_time": 1_791_244_800, "results": [
        {"object": "organization.usage.completions.result", "input_tokens": 5_000_000, "output_tokens": 300_000,
         "input_cached_tokens": 1_000_000, "num_model_requests": 1_000, "project_id": "p", "model": "gpt-4o"},
        {"object": "organization.usage.completions.result", "input_tokens": 5_000, "output_tokens": 300,
         "num_model_requests": 1, "project_id": "q", "model": "gpt-4o"},
    ]});
    let path = file(&ledger, "usage.json", json!({"data": [bucket]}).to_string());
    let outcome = import(&ledger, &path, &["--format", "openai-usage"]);
    assert_eq!((&outcome["accepted"], &outcome["without_context"]), (&json!(2), &json!(0)));
    let rows = "select coalesce(calls, 1) from event order by event_key";
    assert_eq!(ledger.rows(rows), [["1000"], ["1"]]);
    let sums = "select context_output_high, context_output_low, context_input_low from daily_usage order by tenant_key";
    // 1,000 calls of 5,000 and 300 tokens, 1,000 of the input cached.
    let (output, input) = (1_000_u64 * 300 * 10_300, 1_000_u64 * 4_000 * 6_000);
    let row = |output: u64, input: u64| {
        [output >> 32, output % (1 << 32), input % (1 << 32)].map(|n| n.to_string())
    };
    assert_eq!(ledger.rows(sums), [row(output, input), row(300 * 10_300, 5_000 * 5_000)]);

    let path = export(&ledger, "anthropic_usage.json");
    let outcome = import(&ledger, &path, &["--format", "anthropic-usage", "--tenant", "nobody"]);
    assert_eq!((&outcome["accepted"], &outcome["without_context"]), (&json!(5), &json!(5)));
    assert_eq!(ledger.count("select count(*) from event where calls = 0"), 5);
    let again =
        ledger.run(&["import", path.to_str().unwrap(), "--format", "anthropic-usage", "--tenant", "nobody"]);
    let said = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(
        said.contains("5 were counted without context: they stand for an unknown number of calls"),
        "{said}"
    );

    let table = "tenant_id,model,timestamp,input_tokens,output_tokens,calls\n\
                 t,gpt-4o,2026-10-05 10:00:00,6000,400,3\nt,gpt-4o,2026-10-05 10:00:00,6000,400,\n";
    let path = file(&ledger, "calls.csv", table);
    let outcome = import(&ledger, &path, &["--format", "csv"]);
    assert_eq!((&outcome["accepted"], &outcome["without_context"]), (&json!(2), &json!(0)));
    assert_eq!(ledger.count("select count(*) from event where calls = 3"), 1);
    ledger.check();
}

/// A sender may send the largest records there are: a sum of theirs is beyond 64 bits, and exact.
#[test]
fn the_largest_records_overflow_nothing() {
    const EVENTS: u128 = 10_000;
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let event = |calls: u64| {
        on(
            5,
            "",
            json!({"event_id": null, "prompt_tokens": 1_000_000_000, "completion_tokens": 1_000_000_000, "calls": calls}),
        )
    };
    let send = |events: Vec<Value>| {
        let events: Vec<Value> = events
            .into_iter()
            .map(|mut event| {
                event.as_object_mut().unwrap().retain(|_, value| !value.is_null());
                event
            })
            .collect();
        let reply = server.post("/api/v1/track/batch", Some(&keys.live), &Value::from(events));
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    };
    let kept = send(vec![event(1_000); EVENTS as usize]);
    assert_eq!(kept["accepted"], json!(u64::try_from(EVENTS).unwrap()), "{kept}");
    let most = EVENTS * 1_000_000_000 * 3_000_000_000 / 1_000;
    assert!(most > u64::MAX.into());
    assert_eq!(context(&totals(&server, &keys)), [most, EVENTS * 1_000_000_000_000_000, 0]);
    // One that is not believed changes neither.
    let refused = send(vec![event(999), with(event(1_000), json!({"event_id": "last"}))]);
    assert_eq!(refused["accepted"], 2);
    let found = totals(&server, &keys);
    let more = most + most / EVENTS;
    assert_eq!(context(&found), [more, (EVENTS + 1) * 1_000_000_000_000_000, 2_000_000_000], "{found}");
    let closed = server.post(&format!("/api/v1/months/{}/close", month()), Some(&keys.live), &json!({}));
    assert_eq!(closed.status, 200, "{}", closed.text());
    // After the closing it is an adjustment, below zero.
    let reversal = server.post("/api/v1/events/last/reversal", Some(&keys.live), &json!({}));
    assert_eq!(reversal.status, 200, "{}", reversal.text());
    assert_eq!(context(&totals(&server, &keys)), [most, EVENTS * 1_000_000_000_000_000, 2_000_000_000]);
    let wish = json!({"month": month(), "reason": "one was taken back"});
    let restated = server.post("/api/v1/restatements", Some(&keys.live), &wish);
    assert_eq!(restated.status, 201, "{}", restated.text());
    let tenant = &restated.json()["tenants"][0];
    assert_eq!((context(&tenant["old"])[0], context(&tenant["new"])[0]), (more, most), "{tenant}");
    assert_eq!(tenant["difference"]["context_output"], format!("-{}", more - most));
    server.stop();
    ledger.check();
}

/// The step between the two sets is told in either direction, for a short chat and a long turn, and a month that is closed
/// keeps what it was closed with.
#[test]
fn a_closed_month_is_restated_from_one_method_to_the_other_and_back() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let turn = json!({"model": "llama-3.1-70b", "prompt_tokens": 60_000, "completion_tokens": 800,
                      "cache_read_input_tokens": 57_000, "region": "FRA"});
    server.track(&keys.live, &on(3, "turn", turn));
    server.track(&keys.live, &on(4, "chat", json!({"model": "llama-3.1-70b", "region": "FRA"})));
    let post = |path: &str, body: &Value| {
        let reply = server.post(path, Some(&keys.live), body);
        assert!(reply.status < 300, "{}", reply.text());
        reply.json()
    };
    post(&format!("/api/v1/months/{}/close", month()), &json!({"factor_set": "2026.11"}));
    let grams = |figures: &Value| figures["co2_grams"]["central"].as_f64().unwrap();
    let closed = grams(&totals(&server, &keys));
    // By hand, see the steps in the changelog: a chat falls to 0.43, a turn rises to 1.63 times.
    assert!((closed - (0.102_73 + 0.020_94)).abs() < 1e-4, "{closed}");
    let restate = |set: &str| {
        let wish = json!({"month": month(), "factor_set": set, "reason": "another method"});
        let restated = post("/api/v1/restatements", &wish);
        let tenant = &restated["tenants"][0];
        assert_eq!(tenant["difference"]["context_output"].as_str().unwrap_or("0"), "0", "the same calls");
        [grams(&tenant["old"]), grams(&tenant["new"])]
    };
    let [before, after] = restate("2026.12");
    assert!((before - closed).abs() < 1e-12 && after > 1.3 * before, "{before} to {after}");
    let [newer, back] = restate("2026.11");
    assert!((newer - after).abs() < 1e-12 && (back - closed).abs() < 1e-12, "{newer} to {back}");
    server.stop();
    ledger.check();
}
