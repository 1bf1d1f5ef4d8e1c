//! What an operator sees and sets: metrics, readiness, logs, TLS, CORS, limits.

use crate::ledger::Ledger;
use crate::server::{ROOT, Server, call, with};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

/// The value of a metric's line, by its beginning.
fn metric(text: &str, line: &str) -> Option<f64> {
    text.lines().find_map(|found| found.strip_prefix(line)?.trim().parse().ok())
}

#[test]
fn metrics_count_requests_events_and_grams_and_name_nobody() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let tracked = with(call("gpt-4o"), json!({"event_id": "e-1"}));
    for _ in 0..3 {
        server.track(&keys.live, &tracked);
    }
    let batch: Vec<Value> =
        (0..99).map(|n| with(call("gpt-4o"), json!({"event_id": format!("b-{n}")}))).collect();
    assert_eq!(server.post("/api/v1/track/batch", Some(&keys.live), &json!(batch)).status, 200);
    server.track(&keys.live, &call("nobody-knows-it"));
    server.track(&keys.test, &call("gpt-4o"));
    server.get("/api/v1/tenants/client-xyz", None).problem(401);

    let reply = server.get("/metrics", None);
    assert!(reply.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    let text = reply.text();
    for (line, value) in [
        (r#"carbon_http_requests_total{method="POST",route="/api/v1/track",status="200"}"#, 5.0),
        (r#"carbon_http_requests_total{method="GET",route="/api/v1/tenants/{tenant_id}",status="401"}"#, 1.0),
        (r#"carbon_http_request_duration_seconds_count{route="/api/v1/track"}"#, 5.0),
        (r#"carbon_events_total{book="live"}"#, 101.0),
        (r#"carbon_events_total{book="test"}"#, 1.0),
        (r#"carbon_tokens_total{book="live",valued="true"}"#, 100_000.0),
        (r#"carbon_tokens_total{book="live",valued="false"}"#, 1_000.0),
        ("carbon_ledger_writes_waiting", 0.0),
    ] {
        assert_eq!(metric(&text, line), Some(value), "{line}\n{text}");
    }
    assert!(metric(&text, "carbon_ledger_group_size_count").unwrap() >= 5.0);
    assert!(text.ends_with("# EOF\n"));
    // Series have canonical model ids, never names that a sender invented.
    for name in ["client-xyz", "nobody-knows-it", "a@example.com"] {
        assert!(!text.contains(name), "{name}");
    }
}

/// However they are sent, a hundred calls of 0.4 g add exactly 40 g to a counter, also by model.
#[test]
fn a_hundred_events_of_0_4_grams_make_40() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let key = Some(keys.live.as_str());
    let call = json!({"tenant_id": "t", "model": "claude-3-haiku", "prompt_tokens": 3_000, "completion_tokens": 1_000});
    for _ in 0..25 {
        assert_eq!(server.track(&keys.live, &call)["co2_grams"], json!(0.4));
    }
    let batch: Vec<&Value> = (0..25).map(|_| &call).collect();
    assert_eq!(server.post("/api/v1/track/batch", key, &json!(batch)).json()["co2_grams"], json!(10));
    let logged = |n: usize| {
        json!({"id": format!("l-{n}"), "model": "claude-3-haiku", "prompt_tokens": 3_000, "completion_tokens": 1_000,
                                     "startTime": jiff::Timestamp::now().to_string()})
    };
    let log: Vec<Value> = (0..25).map(logged).collect();
    assert_eq!(server.post("/api/v1/litellm", key, &json!(log)).json()["accepted"], 25);
    let now_ns = jiff::Timestamp::now().as_nanosecond().to_string();
    let span = |n: usize| {
        let attribute = |key: &str, value: Value| json!({"key": key, "value": value});
        let attributes = [
            attribute("gen_ai.request.model", json!({"stringValue": "claude-3-haiku"})),
            attribute("gen_ai.usage.input_tokens", json!({"intValue": 3_000})),
            attribute("gen_ai.usage.output_tokens", json!({"intValue": 1_000})),
        ];
        json!({"traceId": format!("{:032x}", 1), "spanId": format!("{:016x}", n + 1), "startTimeUnixNano": now_ns,
               "attributes": attributes})
    };
    let spans: Vec<Value> = (0..25).map(span).collect();
    let export = json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]});
    assert_eq!(server.post("/v1/traces", key, &export).json(), json!({}));
    let text = server.get("/metrics", None).text();
    for (line, value) in [
        (r#"carbon_events_total{book="live"}"#, 100.0),
        (r#"carbon_co2e_grams_total{book="live",bound="central"}"#, 40.0),
        (r#"carbon_model_co2e_grams_total{book="live",model="claude-3-haiku",confidence="estimated"}"#, 40.0),
        (
            r#"carbon_model_tokens_total{book="live",model="claude-3-haiku",confidence="estimated"}"#,
            400_000.0,
        ),
    ] {
        assert_eq!(metric(&text, line), Some(value), "{line}\n{text}");
    }
    let usage = server.get("/api/v1/usage", key).json();
    assert_eq!(usage["total"]["co2_grams"]["central"], json!(40));
}

/// The server has every metric that the dashboard queries, with those labels.
#[test]
fn the_dashboard_of_grafana_asks_for_what_there_is() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    let text = server.get("/metrics", None).text();
    let series: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let path = Path::new(crate::server::ROOT).join("docs/grafana/llm-carbon-tracker.json");
    let dashboard: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let queries = panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let mut asked = 0;
    for query in queries.map(|target| target["expr"].as_str().unwrap()) {
        for part in query.split("carbon_").skip(1) {
            let name = part.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap();
            let labels =
                part[name.len()..].strip_prefix('{').and_then(|rest| rest.split('}').next()).unwrap_or("");
            let labels = labels
                .split(',')
                .filter_map(|label| label.split('=').next())
                .map(|label| label.trim_end_matches('~'));
            let labels: Vec<&str> = labels.filter(|label| !label.is_empty()).collect();
            let found = series.iter().any(|line| {
                line.strip_prefix("carbon_").and_then(|rest| rest.strip_prefix(name)).is_some_and(|rest| {
                    rest.starts_with(['{', ' '])
                        && labels.iter().all(|label| rest.contains(&format!("{label}=\"")))
                })
            });
            assert!(found, "carbon_{name} with {labels:?}\n{text}");
            asked += 1;
        }
    }
    assert!(panels.len() > 10 && asked > 15, "{asked}");
}

#[test]
fn metrics_can_ask_for_a_token() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--metrics-token", "scrape me"]);
    for shown in [None, Some("scrape mE")] {
        let problem = server.get("/metrics", shown).problem(401);
        assert!(problem["detail"].as_str().unwrap().contains("the token that the operator has set"));
    }
    assert_eq!(server.get("/metrics", Some("scrape me")).status, 200);
}

#[test]
fn the_files_of_a_ledger_are_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let ledger = Ledger::in_file();
    let server = ledger.serve();
    server.track(&server.sign_up("a@example.com").live, &call("gpt-4o"));
    let copy = ledger.path().with_file_name("copy.db");
    assert!(ledger.run(&["backup", copy.to_str().unwrap()]).status.success());
    let mut seen = Vec::new();
    for file in std::fs::read_dir(ledger.path().parent().unwrap()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}: {mode:o}", file.file_name());
        seen.push(file.file_name());
    }
    for name in ["carbon.db", "carbon.db-wal", "copy.db"] {
        assert!(seen.iter().any(|seen| seen == name), "{seen:?}");
    }
}

#[test]
fn ready_says_whether_the_ledger_writes_and_reads() {
    let (_ledger, server) = Server::alone();
    assert_eq!(server.get("/readyz", None).json()["status"], "ready");
    assert_eq!(server.get("/healthz", None).json()["status"], "ok");
}

#[test]
fn logs_are_json_lines_without_secrets_or_names() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--log-format", "json", "--log", "info,carbon_server::access=debug"]);
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    let found = server.get("/api/v1/tenants/client-xyz?limit=secret", Some(&keys.live));
    let request_id = found.header("x-request-id").unwrap().to_owned();
    let log = server.stop().2;
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = lines.iter().find(|line| line["request_id"] == request_id.as_str()).unwrap();
    assert_eq!(line["route"], "/api/v1/tenants/{tenant_id}");
    assert_eq!((&line["method"], &line["status"]), (&json!("GET"), &json!(200)));
    assert!(line["ms"].is_f64() && line["timestamp"].is_string() && line["level"] == "DEBUG", "{line}");
    for secret in [&keys.live[9..], "client-xyz", "gpt-4o", "secret", "a@example.com", "correct horse"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

/// A self-signed certificate for 127.0.0.1.
pub(crate) fn certificate(folder: &Path, name: &str) {
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-subj", &format!("/CN={name}"), "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[test]
fn tls_with_a_certificate_that_is_renewed_while_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    certificate(folder.path(), "first");
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--tls-cert", &path("cert.pem"), "--tls-key", &path("key.pem")]);
    let curl = |ca: &str, path: &str, more: &[&str]| {
        let url = format!("{}{path}", server.url);
        Command::new("curl")
            .args(["--silent", "--show-error", "--max-time", "10", "--cacert", ca])
            .args(more)
            .arg(url)
            .output()
            .unwrap()
    };
    assert!(server.url.starts_with("https://127.0.0.1:"));
    // Who can speak both speaks HTTP/2.
    for (version, expect) in [("--http2", "2"), ("--http1.1", "1.1")] {
        let arguments = [version, "--write-out", "%{http_version}"];
        let health = String::from_utf8(curl(&path("cert.pem"), "/healthz", &arguments).stdout).unwrap();
        assert!(health.starts_with(r#"{"status":"ok""#) && health.ends_with(expect), "{version}: {health}");
    }
    let sign_up =
        json!({"email": "a@example.com", "password": "correct horse", "organisation": "A"}).to_string();
    assert!(curl(&path("cert.pem"), "/api/v1/accounts", &["--data", &sign_up]).status.success());
    let log_in = json!({"email": "a@example.com", "password": "correct horse"}).to_string();
    let reply = curl(&path("cert.pem"), "/api/v1/session", &["--include", "--data", &log_in]);
    assert!(String::from_utf8_lossy(&reply.stdout).contains("; Secure"), "{reply:?}");

    // So do the exporters of OpenTelemetry.
    let key = curl(&path("cert.pem"), "/api/v1/accounts", &["--data", &sign_up.replace("a@", "b@")]).stdout;
    let key = serde_json::from_slice::<Value>(&key).unwrap()["api_keys"]["live"].as_str().unwrap().to_owned();
    let exported = Command::new(Path::new(ROOT).join("target/python-otlp/bin/python"))
        .args(["otlp_signals.py", "grpc"])
        .current_dir(Path::new(ROOT).join("tests/programs"))
        .envs([("CARBON_URL", server.url.as_str()), ("CARBON_API_KEY", &key)])
        .env("OTEL_EXPORTER_OTLP_CERTIFICATE", path("cert.pem"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&exported.stdout).into_owned();
    assert!(said.matches("SUCCESS").count() == 3 && said.contains(r#""logged": []"#), "{exported:?}");

    // Requests without TLS get no response.
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut said = Vec::new();
    stream.read_to_end(&mut said).ok();
    assert!(!said.starts_with(b"HTTP/"));

    std::fs::copy(path("cert.pem"), path("old.pem")).unwrap();
    certificate(folder.path(), "second");
    let hang_up = || Command::new("kill").args(["-HUP", &server.pid().to_string()]).status().unwrap();
    hang_up();
    let deadline = Instant::now() + Duration::from_secs(20);
    while !curl(&path("cert.pem"), "/healthz", &[]).status.success() {
        assert!(Instant::now() < deadline, "the new certificate is not shown");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(!curl(&path("old.pem"), "/healthz", &[]).status.success());
    // If the new one cannot be used, the old one stays in use.
    std::fs::copy(path("cert.pem"), path("good.pem")).unwrap();
    std::fs::write(path("cert.pem"), "nonsense").unwrap();
    hang_up();
    std::thread::sleep(Duration::from_millis(300));
    assert!(curl(&path("good.pem"), "/healthz", &[]).status.success());
    let (status, _, log) = server.stop();
    assert!(status.success());
    assert!(log.contains("the old certificate is kept"), "{log}");
}

#[test]
fn a_reload_without_a_certificate_is_noted_and_ends_nothing() {
    let (_ledger, server) = Server::alone();
    let hang_up = Command::new("kill").args(["-HUP", &server.pid().to_string()]).status();
    assert!(hang_up.unwrap().success());
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(server.get("/healthz", None).status, 200);
    let (status, _, log) = server.stop();
    assert!(status.success() && log.contains("there is no certificate to read again"), "{log}");
}

#[test]
fn a_certificate_that_cannot_be_used_stops_the_start() {
    let ledger = Ledger::new();
    let started = ledger.run(&[
        "--listen",
        "127.0.0.1:0",
        "--tls-cert",
        "/nowhere/c.pem",
        "--tls-key",
        "/nowhere/k.pem",
    ]);
    assert_eq!(started.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&started.stderr).contains("cannot serve TLS: /nowhere/c.pem"));
}

#[test]
fn pages_of_other_origins_may_call_only_where_they_are_listed() {
    let (_ledger, server) = Server::alone();
    let preflight = |server: &Server, origin: &str| {
        let headers = [("origin", origin), ("access-control-request-method", "POST")];
        server.request("OPTIONS", "/api/v1/track", &headers, "")
    };
    let refused = preflight(&server, "https://app.example.com");
    assert_eq!(refused.status, 405);
    assert_eq!(refused.header("access-control-allow-origin"), None);

    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--cors-origin", "https://app.example.com,https://b.example.com"]);
    let keys = server.sign_up("a@example.com");
    let allowed = preflight(&server, "https://app.example.com");
    assert_eq!(allowed.status, 204);
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://app.example.com"));
    assert!(allowed.header("access-control-allow-headers").unwrap().contains("authorization"));
    assert_eq!(allowed.header("access-control-allow-credentials"), None, "keys, not cookies");
    assert!(allowed.header("x-request-id").is_some());
    let counted = r#"carbon_http_requests_total{method="OPTIONS",route="none",status="204"}"#;
    assert_eq!(metric(&server.get("/metrics", None).text(), counted), Some(1.0));
    assert_eq!(preflight(&server, "https://evil.example").header("access-control-allow-origin"), None);
    let bearer = format!("Bearer {}", keys.live);
    for (origin, expect) in
        [("https://b.example.com", Some("https://b.example.com")), ("https://evil.example", None)]
    {
        let headers = [("origin", origin), ("authorization", bearer.as_str())];
        let reply = server.request("POST", "/api/v1/track", &headers, &call("gpt-4o").to_string());
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, expect));
    }
}

#[test]
fn every_response_says_how_much_a_key_has_left() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--key-requests-per-s-max", "5"]);
    let keys = server.sign_up("a@example.com");
    let mut left = Vec::new();
    let refused = loop {
        let reply = server.post("/api/v1/track", Some(&keys.live), &call("gpt-4o"));
        assert_eq!(reply.header("ratelimit-limit"), Some("5"));
        assert!(left.len() < 1_000, "the limit is never reached");
        if reply.status != 200 {
            break reply;
        }
        left.push(reply.header("ratelimit-remaining").unwrap().parse::<u32>().unwrap());
    };
    assert!(left[0] < 5 && left.last() == Some(&0), "{left:?}");
    refused.problem(429);
    assert_eq!(refused.header("ratelimit-remaining"), Some("0"));
    assert!(refused.header("ratelimit-reset").is_some() && refused.header("retry-after").is_some());
    // Another key has its own.
    server.track(&keys.test, &call("gpt-4o"));
    assert_eq!(server.get("/healthz", None).header("ratelimit-limit"), None);
}

#[test]
fn only_so_many_connections_are_served_and_slow_ones_are_cut() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--connections-max", "2", "--body-timeout-s", "1"]);
    // Two clients that send half a request.
    let half = || {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(b"POST /api/v1/estimate HTTP/1.1\r\nhost: x\r\n").unwrap();
        stream
    };
    let [first, second] = [half(), half()];
    let (answered, answer) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| answered.send(server.get("/healthz", None).status).unwrap());
        assert!(answer.recv_timeout(Duration::from_millis(300)).is_err(), "a third one was served");
        drop(first);
        assert_eq!(answer.recv_timeout(Duration::from_secs(30)), Ok(200));
    });
    drop(second);
    // A body that is never complete.
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(b"POST /api/v1/estimate HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{").unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).ok();
    assert!(said.starts_with("HTTP/1.1 408"), "{said}");
    // A body that is too large is rejected by its header.
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(b"POST /api/v1/estimate HTTP/1.1\r\nhost: x\r\ncontent-length: 65537\r\n\r\n").unwrap();
    let mut said = [0; 12];
    stream.read_exact(&mut said).unwrap();
    assert_eq!(&said, b"HTTP/1.1 413");
}
