//! LiteLLM's own logger, pointed at the server and nothing else.

use crate::{
    ledger::Ledger,
    server::Server,
    traces::{MARKER, events, run},
};
use serde_json::{Value, json};

#[test]
fn litellms_own_logger_is_counted_and_no_prompt_is_kept() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--log", "trace"]);
    let keys = server.sign_up("a@example.com");
    let calls = run("python-litellm", &["litellm_callback.py"], &server, &keys.live, "");
    let names: Vec<&str> = calls.iter().map(|call| call["call"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["completion", "stream", "team", "failure", "anthropic", "embedding", "cache miss", "cache hit"]
    );
    let events = events(&ledger);
    let mut counted = 0;
    for call in &calls {
        let found = events.get(call["id"].as_str().unwrap());
        // A call that failed has used nothing, and one that LiteLLM's own cache answers called no model.
        if call["status"] == "failure" || call["cache_hit"] == json!(true) {
            assert_eq!(found, None, "{call}");
            continue;
        }
        counted += 1;
        let (tenant, model, counts) = found.unwrap_or_else(|| panic!("{call} is not counted"));
        assert_eq!((json!(tenant), json!(model)), (call["tenant"].clone(), call["model"].clone()), "{call}");
        let names =
            ["prompt_tokens", "cached_tokens", "cache_write_tokens", "completion_tokens", "reasoning_tokens"];
        assert_eq!(*counts, names.map(|name| call[name].as_u64().unwrap()), "{call}");
    }
    assert_eq!((counted, ledger.count("select count(*) from event")), (6, 6));
    let kept = String::from_utf8_lossy(&ledger.bytes()).into_owned();
    let (status, _, log) = server.stop();
    assert!(status.success() && log.contains("/api/v1/litellm"), "{log}");
    assert!(!kept.contains(MARKER) && !log.contains(MARKER));
    assert!(!String::from_utf8_lossy(&ledger.bytes()).contains(MARKER));
    ledger.check();
}

#[test]
fn one_call_or_many_in_lines_or_an_array() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let log = |id: &str, changes: Value| {
        let call = json!({"id": id, "status": "success", "model": "gpt-4o", "custom_llm_provider": "openai",
                          "prompt_tokens": 600, "completion_tokens": 400, "startTime": 1_791_158_400.25,
                          "messages": [{"role": "user", "content": "a prompt"}], "metadata": {}});
        crate::server::with(call, changes)
    };
    let post = |body: &str| {
        server.send("/api/v1/litellm", &[("authorization", format!("Bearer {}", keys.live))], body)
    };
    let one = post(&log("one", json!({"end_user": "acme"})).to_string()).json();
    assert_eq!(one, json!({"accepted": 1, "duplicates": 0, "co2_grams": 0.3, "rejected": []}));
    let lines = [
        log("two", json!({"metadata": {"user_api_key_team_id": "team"}})).to_string(),
        log("one", json!({"end_user": "acme"})).to_string(),
        "a prompt that is no JSON".to_owned(),
        log("three", json!({"prompt_tokens": 0, "completion_tokens": 0})).to_string(),
        log("four", json!({"prompt_tokens": "a prompt"})).to_string(),
        // A stream that broke off has used something; a call that failed at once has a guess.
        log("five", json!({"status": "failure", "prompt_tokens": 13, "completion_tokens": 0})).to_string(),
        log("six", json!({"status": "failure", "end_user": "", "team_id": "team"})).to_string(),
    ];
    let reply = post(&lines.join("\n"));
    let many = reply.json();
    assert_eq!((&many["accepted"], &many["duplicates"]), (&json!(2), &json!(1)), "{many}");
    assert!(!reply.text().contains("a prompt"), "{many}");
    let rejected: Vec<_> = many["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (&row["index"], row["detail"].as_str().unwrap()))
        .collect();
    assert_eq!(
        rejected,
        [
            (&json!(2), "the event is not a LiteLLM log"),
            (&json!(3), "the event has no token counts"),
            (&json!(4), "the event is not a LiteLLM log"),
        ]
    );
    assert_eq!(post(&format!("[{}, {}]", lines[0], lines[6])).json()["duplicates"], 2);
    // Python's own idea of a number: the calls beside it are not lost.
    let nan = lines[0].replacen('{', "{\"response_cost\": NaN, ", 1);
    assert_eq!(post(&format!("[{nan}]")).json()["duplicates"], 1);
    assert_eq!(ledger.count("select min(occurred_at_ms) from event"), 1_791_158_400_250);
    let by_tenant = server.get("/api/v1/usage?group_by=tenant&from=2026-10-01", Some(&keys.live)).json();
    let tenants: Vec<_> =
        by_tenant["rows"].as_array().unwrap().iter().map(|row| (&row["tenant"], &row["requests"])).collect();
    assert_eq!(tenants, [(&json!("acme"), &json!(1)), (&json!("team"), &json!(2))]);
    // A broken line is one row, wherever it stands.
    let broken = post(&format!("{{\"id\": broken\n{}\n{}", lines[0], lines[6])).json();
    assert_eq!((&broken["duplicates"], &broken["rejected"][0]["index"]), (&json!(2), &json!(0)), "{broken}");
    // Text in the place of an object says nothing.
    let plain = log("one", json!({"end_user": "acme", "metadata": "plain"}));
    assert_eq!(post(&plain.to_string()).json()["duplicates"], 1);
    let failed = log("ten", json!({"status": "failure", "completion_tokens": null}));
    assert_eq!(post(&failed.to_string()).json()["rejected"], json!([]));
    // Over several lines it is one all the same, and odd fields beside what is read spoil nothing.
    let odd = log(
        "seven",
        json!({"model_parameters": null, "request_id": "seven", "end_user": "\"acme\"",
        "metadata": {"usage_object": {"cache_read_input_tokens": 0, "prompt_tokens_details": {"cached_tokens": 512}}}}),
    );
    let one = post(&serde_json::to_string_pretty(&odd).unwrap()).json();
    assert_eq!((&one["accepted"], &one["rejected"]), (&json!(1), &json!([])), "{one}");
    assert_eq!(ledger.count("select max(cache_read_input_tokens) from event"), 512);
    assert_eq!(ledger.count("select count(*) from tenant where tenant_id = '\"acme\"'"), 1);
    // What is not said is not 0.
    let missing = [
        log("eight", json!({"completion_tokens": null})),
        log("nine", json!({"metadata": {"usage_object": {"cache_read_input_tokens": 5_000_000_000_u64}}})),
    ];
    let answer = post(&json!(missing).to_string()).json();
    assert_eq!(
        (&answer["accepted"], answer["rejected"].as_array().unwrap().len()),
        (&json!(0), 2),
        "{answer}"
    );
    for body in ["[", "", "\"a prompt\""] {
        assert_eq!(post(body).problem(422)["errors"][0]["pointer"], "", "{body}");
    }
}
