//! Every row of the error table, and the words of each refusal.

use crate::ledger::Ledger;
use crate::server::{Keys, Server, call, with};
use serde_json::{Value, json};
use std::process::Command;

fn server_and_keys() -> (Ledger, Server, Keys) {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    (ledger, server, keys)
}

#[test]
fn without_a_valid_key_401_in_the_same_words() {
    let (_ledger, server, keys) = server_and_keys();
    let (_elsewhere, other_server) = Server::alone();
    let unknown_here = other_server.sign_up("a@example.com").live;
    let mut details = Vec::new();
    for authorization in [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some("Bearer nonsense".to_owned()),
        Some(keys.live.clone()),
        Some(format!("Basic {}", keys.live)),
        Some(format!("Bearer {}x", keys.live)),
        Some(format!("Bearer {unknown_here}")),
    ] {
        let headers: Vec<_> = authorization.iter().map(|value| ("authorization", value.clone())).collect();
        let reply = server.send("/api/v1/track", &headers, &call("gpt-4o").to_string());
        let mut problem = reply.problem(401);
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
        problem["request_id"] = Value::Null;
        details.push(problem);
    }
    assert!(details.windows(2).all(|pair| pair[0] == pair[1]), "{details:?}");
}

#[test]
fn the_scheme_may_be_in_any_letter_case() {
    let (_ledger, server, keys) = server_and_keys();
    let headers = [("authorization", format!("bearer {}", keys.live))];
    assert_eq!(server.send("/api/v1/track", &headers, &call("gpt-4o").to_string()).status, 200);
}

#[test]
fn bad_input_422_names_the_field() {
    let (ledger, server, keys) = server_and_keys();
    let refused = |body: &str| {
        let headers = [("authorization", format!("Bearer {}", keys.live))];
        let problem = server.send("/api/v1/track", &headers, body).problem(422);
        let errors = problem["errors"].as_array().unwrap().clone();
        let text = |error: &Value, member: &str| error[member].as_str().unwrap().to_owned();
        errors.iter().map(|error| (text(error, "pointer"), text(error, "detail"))).collect::<Vec<_>>()
    };
    let changed = |changes: Value| with(call("gpt-4o"), changes).to_string();
    let without = |field: &str| {
        let mut body = call("gpt-4o");
        body.as_object_mut().unwrap().remove(field);
        body.to_string()
    };
    let hours_from_now =
        |hours| (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(hours)).to_string();
    let nine_tags: Value =
        (0..9).map(|n| (format!("tag{n}"), json!("x"))).collect::<serde_json::Map<_, _>>().into();

    for (body, pointer, words) in [
        // Not JSON, or not an object.
        ("nope".to_owned(), "", "is not JSON"),
        (String::new(), "", "is not JSON"),
        ("{} {}".to_owned(), "", "is not one JSON document"),
        (r#"["client-xyz","gpt-4o"]"#.to_owned(), "", "must be a JSON object"),
        ("null".to_owned(), "", "must be a JSON object"),
        ("[1,".to_owned(), "", "is not JSON"),
        // Unknown fields: no prompt gets in.
        (
            changed(json!({"messages": [{"role": "user", "content": "hi"}]})),
            "/messages",
            "unknown field `messages`",
        ),
        (changed(json!({"prompt": "hi"})), "/prompt", "unknown field `prompt`"),
        (changed(json!({"content": "hi"})), "/content", "unknown field `content`"),
        (r#"{"tenant_id":"a","tenant_id":"b"}"#.to_owned(), "/tenant_id", "duplicate field"),
        // Wrong types.
        (changed(json!({"tenant_id": 7})), "/tenant_id", "expected a string"),
        (
            changed(json!({"prompt_tokens": "600"})),
            "/prompt_tokens",
            "expected an integer from 0 to 1000000000",
        ),
        (
            changed(json!({"prompt_tokens": 1.5})),
            "/prompt_tokens",
            "expected an integer from 0 to 1000000000",
        ),
        (changed(json!({"tags": {"feature": 1}})), "/tags/feature", "expected a string"),
        (changed(json!({"tags": ["a"]})), "/tags", "expected an object of strings"),
        (changed(json!({})).replacen('{', r#"{"tags":{"a":"1","a":"2"},"#, 1), "/tags/a", "duplicate field"),
        // Counts.
        (
            changed(json!({"completion_tokens": -1})),
            "/completion_tokens",
            "expected an integer from 0 to 1000000000",
        ),
        (
            changed(json!({"prompt_tokens": 1_000_000_001})),
            "/prompt_tokens",
            "expected an integer from 0 to 1000000000",
        ),
        (
            changed(json!({"cache_read_input_tokens": 601})),
            "/cache_read_input_tokens",
            "exceed input_tokens (600)",
        ),
        (
            changed(json!({"cache_read_input_tokens": 600, "cache_creation_input_tokens": 1})),
            "/cache_read_input_tokens",
            "cached input tokens (601) exceed input_tokens (600)",
        ),
        (
            changed(json!({"reasoning_output_tokens": 401})),
            "/reasoning_output_tokens",
            "exceed output_tokens (400)",
        ),
        (changed(json!({"input_tokens": 600})), "/prompt_tokens", "means the same as input_tokens"),
        (changed(json!({"output_tokens": 400})), "/completion_tokens", "means the same as output_tokens"),
        // Missing.
        (without("tenant_id"), "/tenant_id", "is required"),
        (without("model"), "/model", "is required"),
        (without("prompt_tokens"), "/prompt_tokens", "is required"),
        (without("completion_tokens"), "/completion_tokens", "is required"),
        // Texts.
        (changed(json!({"tenant_id": ""})), "/tenant_id", "1 to 128 bytes"),
        (changed(json!({"tenant_id": "x".repeat(129)})), "/tenant_id", "1 to 128 bytes"),
        (changed(json!({"tenant_id": "a\nb"})), "/tenant_id", "without control characters"),
        (changed(json!({"model": "m".repeat(257)})), "/model", "1 to 256 bytes"),
        (changed(json!({"event_id": ""})), "/event_id", "1 to 128 bytes"),
        (changed(json!({"region": "a b"})), "/region", "cloud region"),
        (changed(json!({"tags": nine_tags})), "/tags", "at most 8"),
        (changed(json!({"tags": {"feature": ""}})), "/tags/feature", "1 to 128 bytes"),
        // Times.
        (changed(json!({"timestamp": "yesterday"})), "/timestamp", "RFC 3339"),
        (changed(json!({"timestamp": "2026-10-05T14:30:00"})), "/timestamp", "RFC 3339"),
        (changed(json!({"timestamp": "20261005T143000Z"})), "/timestamp", "RFC 3339"),
        (changed(json!({"timestamp": "2026-10-05T14:30Z"})), "/timestamp", "RFC 3339"),
        (changed(json!({"timestamp": "2026-10-05T14:30:00+02:00[Europe/Paris]"})), "/timestamp", "RFC 3339"),
        (changed(json!({"timestamp": hours_from_now(1)})), "/timestamp", "5 minutes ahead"),
        (changed(json!({"timestamp": hours_from_now(-24 * 401)})), "/timestamp", "400 days ago"),
    ] {
        let errors = refused(&body);
        let [(found, detail)] = errors.as_slice() else { panic!("{body}: {errors:?}") };
        assert_eq!(found, pointer, "{body}");
        assert!(detail.contains(words), "{body}: {detail}");
    }
    assert_eq!(ledger.count("select count(*) from event"), 0);
}

#[test]
fn all_faults_are_named_at_once() {
    let (_ledger, server, keys) = server_and_keys();
    let problem = server.post("/api/v1/track", Some(&keys.live), &json!({})).problem(422);
    let pointers: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/prompt_tokens", "/completion_tokens", "/tenant_id", "/model"]);
}

#[test]
fn sign_up_refuses_what_could_not_work() {
    let (_ledger, server) = Server::alone();
    let good = json!({"email": "a@example.com", "password": "correct horse", "organisation": "A"});
    for (changes, pointer) in [
        (json!({"email": "nobody"}), "/email"),
        (json!({"email": "a@"}), "/email"),
        (json!({"email": "a b@example.com"}), "/email"),
        (json!({"email": null}), "/email"),
        (json!({"password": "short"}), "/password"),
        (json!({"password": "x".repeat(257)}), "/password"),
        (json!({"organisation": ""}), "/organisation"),
        (json!({"is_admin": true}), "/is_admin"),
    ] {
        let problem =
            server.post("/api/v1/accounts", None, &with(good.clone(), changes.clone())).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{changes}");
    }
    assert_eq!(server.post("/api/v1/accounts", None, &good).status, 201);
    // The address is taken, in any letter case.
    server.post("/api/v1/accounts", None, &with(good, json!({"email": "A@Example.com"}))).problem(409);
}

#[test]
fn nothing_here_404_wrong_method_405() {
    let (_ledger, server, keys) = server_and_keys();
    for path in ["/nothing", "/api/v1", "/api/v1/nothing", "/api/v1/reports/no-such-report/report.pdf"] {
        server.get(path, Some(&keys.live)).problem(404);
    }
    let reply = server.get("/api/v1/track", Some(&keys.live));
    reply.problem(405);
    assert_eq!(reply.header("allow"), Some("POST"));
}

#[test]
fn too_large_413_whether_announced_or_not() {
    let (ledger, server, keys) = server_and_keys();
    let headers = vec![("authorization", format!("Bearer {}", keys.live))];
    let body = with(call("gpt-4o"), json!({"event_id": "x".repeat(64 * 1024)})).to_string();
    server.send("/api/v1/track", &headers, &body).problem(413);

    // In chunks, without a Content-Length; curl reads the answer while it still sends.
    let mut curl = Command::new("curl");
    curl.args(["-s", "-H", "transfer-encoding: chunked", "-H", "expect:", "--data-binary", "@-"]);
    curl.args(["-H", &format!("authorization: Bearer {}", keys.live), "-w", " %{http_code}"]);
    curl.arg(format!("{}/api/v1/track", server.url));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &body).unwrap();
    let output = curl.stdin(file.reopen().unwrap()).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.ends_with(" 413"), "{printed}");
    assert_eq!(ledger.count("select count(*) from event"), 0);
}

#[test]
fn a_body_of_megabytes_is_refused_to_clients_that_send_it_all_first() {
    let (_ledger, server, keys) = server_and_keys();
    let body = with(call("gpt-4o"), json!({"event_id": "x".repeat(5 << 20)})).to_string();
    let headers = vec![("authorization", format!("Bearer {}", keys.live))];
    server.send("/api/v1/track", &headers, &body).problem(413);
    // Nor does a stranger get a broken pipe in place of the reason.
    server.send("/api/v1/track", &[], &body).problem(401);
}

/// No id holds one, so none is found; and nobody else's writes suffer.
#[test]
fn a_null_character_is_in_no_name() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let key = Some(keys.live.as_str());
    for path in [
        "/api/v1/tenants/a%00b",
        "/api/v1/tenants/a%00b/export.zip",
        "/api/v1/reports/a%00b/report.pdf",
        "/api/v1/restatements/a%00b",
        "/api/v1/models/a%00b",
        "/d/a%00b",
        "/api/v1/usage?tenant_id=a%00b",
    ] {
        assert_eq!(server.get(path, key).status, 404, "{path}");
    }
    assert_eq!(server.get("/api/v1/tenants?cursor=a%00b", key).status, 200);
    std::thread::scope(|threads| {
        let reversing = threads.spawn(|| {
            for _ in 0..50 {
                server.post("/api/v1/events/a%00b/reversal", key, &json!({})).problem(404);
            }
        });
        for _ in 0..50 {
            server.track(&keys.live, &call("gpt-4o"));
        }
        reversing.join().unwrap();
    });
    assert_eq!(ledger.count("select count(*) from event"), 50);
}

#[test]
fn sign_ups_have_a_quota() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--sign-ups-per-minute-max", "2"]);
    let sign_up = |n: u32| {
        let body =
            json!({"email": format!("{n}@example.com"), "password": "correct horse", "organisation": "A"});
        server.post("/api/v1/accounts", None, &body)
    };
    assert_eq!([sign_up(1).status, sign_up(2).status], [201, 201]);
    let refused = sign_up(3);
    refused.problem(429);
    assert!(refused.header("retry-after").is_some());
}

#[test]
fn too_many_429_with_retry_after() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--key-requests-per-s-max", "2"]);
    let keys = server.sign_up("a@example.com");
    let replies: Vec<_> =
        (0..8).map(|_| server.post("/api/v1/track", Some(&keys.live), &call("gpt-4o"))).collect();
    let taken = replies.iter().filter(|reply| reply.status == 200).count();
    let refused: Vec<_> = replies.iter().filter(|reply| reply.status == 429).collect();
    assert!(taken >= 2 && !refused.is_empty() && taken + refused.len() == 8, "{taken} taken");
    for reply in refused {
        reply.problem(429);
        assert_eq!(reply.header("retry-after"), Some("1"));
    }
    // Per key: another key of the same account is not held back.
    assert_eq!(server.post("/api/v1/track", Some(&keys.test), &call("gpt-4o")).status, 200);
    assert_eq!(ledger.count("select count(*) from event where is_test = false"), taken as u64);
}

#[test]
fn store_full_503_and_nothing_acknowledged_that_is_not_kept() {
    let ledger = Ledger::in_file();
    // A file may grow to 1 MiB (in blocks of 512 bytes), as on a disk that fills up.
    let mut limited = Command::new("sh");
    limited.args(["-c", r#"trap "" XFSZ; ulimit -f 2048; exec "$0" "$@""#]).arg(crate::server::binary());
    let server = ledger.start(limited);
    let keys = server.sign_up("a@example.com");
    let mut acknowledged = Vec::new();
    let mut refused = 0;
    for n in 0..20_000 {
        let event = with(call("gpt-4o"), json!({"event_id": format!("e-{n}")}));
        let reply = server.post("/api/v1/track", Some(&keys.live), &event);
        if reply.status == 200 {
            acknowledged.push(format!("e-{n}"));
        } else {
            let problem = reply.problem(503);
            assert_eq!(reply.header("retry-after"), Some("1"));
            assert!(!problem.to_string().to_lowercase().contains("sqlite"), "the inside shows: {problem}");
            refused += 1;
            if refused == 20 {
                break;
            }
        }
    }
    assert_eq!(refused, 20, "the limit was never reached: {} acknowledged", acknowledged.len());
    assert!(acknowledged.len() > 10);
    server.kill();

    let server = ledger.serve();
    assert_eq!(ledger.count("select count(*) from event"), acknowledged.len() as u64);
    assert_eq!(ledger.count("select sum(requests) from daily_usage"), acknowledged.len() as u64);
    for event_id in acknowledged {
        let answer = server.track(&keys.live, &with(call("gpt-4o"), json!({"event_id": event_id})));
        assert_eq!(answer["duplicate"], true, "{event_id}");
    }
}

#[test]
fn a_client_that_stops_sending_is_cut() {
    use std::io::{Read, Write};
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--header-timeout-s", "1", "--body-timeout-s", "1"]);
    let keys = server.sign_up("a@example.com");
    let answer_to = |request: &str| {
        let mut stream = std::net::TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let head = format!(
        "POST /api/v1/track HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 100\r\n",
        keys.live
    );
    // In the middle of the body: told why. In the middle of the headers: nobody to tell yet.
    assert!(answer_to(&format!("{head}\r\n{{")).starts_with("HTTP/1.1 408"));
    let answer = answer_to(&head);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
}
