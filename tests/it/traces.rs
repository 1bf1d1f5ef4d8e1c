//! OpenTelemetry spans, from the real SDK and from instrumented clients.

use crate::ledger::Ledger;
use crate::server::{ROOT, Server};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::{collections::HashMap, io::Write, path::Path, process::Command};

/// In every prompt and every answer of the programs.
pub(crate) const MARKER: &str = "zebra crossing at noon";

/// Runs a Python program of tests/programs; the lines it prints.
pub(crate) fn run(python: &str, program: &[&str], server: &Server, key: &str, tenant: &str) -> Vec<Value> {
    let output = Command::new(Path::new(ROOT).join(format!("target/{python}/bin/python")))
        .args(program)
        .current_dir(Path::new(ROOT).join("tests/programs"))
        .envs([
            ("CARBON_URL", server.url.as_str()),
            ("CARBON_API_KEY", key),
            ("MARKER", MARKER),
            ("TENANT", tenant),
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{program:?}: {}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Counts of an event, in the words of the programs.
pub(crate) const COUNTS: [&str; 5] = [
    "input_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
];

/// Every event of a ledger by its id: tenant, model and counts.
pub(crate) fn events(ledger: &Ledger) -> HashMap<String, (String, String, [u64; 5])> {
    let sql = format!(
        "select event_id, tenant_id, model, {} from event join tenant using (account_key, tenant_key)
           join deployment using (account_key, deployment_key)",
        COUNTS.join(", ")
    );
    let event = |row: Vec<String>| {
        let counts = std::array::from_fn(|place| row[3 + place].parse().unwrap());
        (row[0].clone(), (row[1].clone(), row[2].clone(), counts))
    };
    ledger.rows(&sql).into_iter().map(event).collect()
}

/// Holds what was printed against what is in the ledger.
#[track_caller]
pub(crate) fn check(lines: &[Value], ledger: &Ledger, default_tenant: &str) {
    let events = events(ledger);
    for line in lines {
        let found = events.get(line["event_id"].as_str().unwrap());
        if line["counted"] == json!(false) {
            assert!(found.is_none(), "{line} is counted");
            continue;
        }
        let (tenant, model, counts) = found.unwrap_or_else(|| panic!("{line} is not counted"));
        let expect = line["response_model"].as_str().or(line["request_model"].as_str()).unwrap();
        assert_eq!(model, expect, "{line}");
        assert_eq!(tenant, line["tenant_id"].as_str().unwrap_or(default_tenant), "{line}");
        assert_eq!(*counts, COUNTS.map(|count| line[count].as_u64().unwrap()), "{line}");
    }
    let counted = lines.iter().filter(|line| line["counted"] == json!(true)).count();
    assert_eq!(events.len(), counted, "nothing else is in the ledger");
}

/// Nothing of a prompt lies in the ledger, its WAL or the log.
#[track_caller]
fn keeps_no_prompt(ledger: &Ledger, server: Server, route: &str) {
    let has = |bytes: &[u8]| bytes.windows(MARKER.len()).any(|window| window == MARKER.as_bytes());
    let wal = ledger.path().with_extension("db-wal");
    assert!(!ledger.is_file() || wal.exists(), "a WAL to look at");
    assert!(!has(&ledger.bytes()), "while it runs");
    let (status, _, log) = server.stop();
    assert!(status.success() && log.contains(route), "{log}");
    assert!(!has(log.as_bytes()) && !has(&ledger.bytes()));
}

#[test]
fn spans_of_every_convention_are_counted_and_no_prompt_is_kept() {
    for protocol in ["http", "grpc"] {
        let ledger = Ledger::new();
        let server = ledger.serve_with(&["--log", "trace"]);
        let keys = server.sign_up("a@example.com");
        let lines = run("python-otlp", &["otlp_sdk.py", protocol], &server, &keys.live, "");
        assert_eq!(lines.len(), 22, "eleven spans, plain and gzipped");
        check(&lines, &ledger, "default");
        keeps_no_prompt(
            &ledger,
            server,
            if protocol == "grpc" { "TraceService/Export" } else { "/v1/traces" },
        );
        ledger.check();
    }
}

#[test]
fn instrumented_openai_clients_are_counted_without_a_line_of_ours() {
    for instrumentation in ["openllmetry", "otel"] {
        let ledger = Ledger::new();
        let server = ledger.serve_with(&["--log", "trace"]);
        let keys = server.sign_up("a@example.com");
        let lines = run("python-otlp", &["otlp_openai.py", instrumentation], &server, &keys.live, "acme");
        assert_eq!(lines.iter().filter(|line| line["counted"] == json!(true)).count(), 2);
        check(&lines, &ledger, "acme");
        let metrics = server.get("/metrics", None).text();
        // A stream that was not asked for its usage has none.
        assert!(metrics.contains("carbon_events_refused_total{book=\"live\"} 1\n"), "{metrics}");
        keeps_no_prompt(&ledger, server, "/v1/traces");
    }
}

/// A span of the JSON form.
fn span(span_id: &str, attributes: &Value) -> Value {
    let attributes: Vec<Value> = attributes
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| {
            let value = match value {
                Value::Number(number) => json!({"intValue": number.to_string()}),
                text => json!({"stringValue": text}),
            };
            json!({"key": key, "value": value})
        })
        .collect();
    json!({"traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": span_id, "name": "chat", "kind": 3,
           "startTimeUnixNano": "1791158400000000000", "attributes": attributes})
}

fn export(resource: &Value, spans: &[Value]) -> Value {
    let resource = span("0", resource)["attributes"].clone();
    json!({"resourceSpans": [{"resource": {"attributes": resource}, "scopeSpans": [{"scope": {"name": "x"}, "spans": spans}]}]})
}

fn chat(changes: Value) -> Value {
    let call = json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o",
                      "gen_ai.usage.input_tokens": 600, "gen_ai.usage.output_tokens": 400});
    crate::server::with(call, changes)
}

#[test]
fn json_is_taken_as_protobuf_is_and_what_cannot_be_counted_is_said() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let post = |body: &Value| server.post("/v1/traces", Some(&keys.live), body);
    let spans = [
        span("EEE19B7EC3C1B174", &chat(json!({"tenant.id": "of-span"}))),
        span("eee19b7ec3c1b175", &chat(json!({}))),
        span("eee19b7ec3c1b176", &chat(json!({"traceloop.association.properties.tenant.id": "associated"}))),
        // What cannot be counted.
        span("eee19b7ec3c1b177", &json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"})),
        span("eee19b7ec3c1b178", &json!({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 1})),
        span("eee19b7ec3c1b179", &chat(json!({"gen_ai.usage.input_tokens": -1}))),
        span("00", &chat(json!({}))),
        span("eee19b7ec3c1b17a", &chat(json!({"carbon.region": "atlantis"}))),
        // What is no call.
        span("eee19b7ec3c1b17b", &json!({"http.request.method": "GET"})),
        span("eee19b7ec3c1b17c", &chat(json!({"gen_ai.operation.name": "invoke_agent"}))),
    ];
    let body = export(&json!({"tenant.id": "of-resource"}), &spans);
    let answer = post(&body).json();
    assert_eq!(answer["partialSuccess"]["rejectedSpans"], "5", "{answer}");
    let said = answer["partialSuccess"]["errorMessage"].as_str().unwrap();
    for reason in [
        "1 × the event has no token counts",
        "1 × the event names no model",
        "1 × the event has a token count that is not an integer from 0 to 1000000000",
        "1 × the event has no trace id and span id",
        "1 × /region is invalid: no grid is known for region \"atlantis\"",
    ] {
        assert!(said.contains(reason), "{reason}: {said}");
    }
    // The same spans again, as an exporter sends them that had no answer: each once.
    assert_eq!(post(&body).json(), answer);
    let by_tenant = server.get("/api/v1/usage?group_by=tenant&from=2026-10-01", Some(&keys.live)).json();
    let rows: Vec<_> =
        by_tenant["rows"].as_array().unwrap().iter().map(|row| (&row["tenant"], &row["requests"])).collect();
    assert_eq!(
        rows,
        ["associated", "of-resource", "of-span"]
            .map(|tenant| (json!(tenant), json!(1)))
            .iter()
            .map(|(a, b)| (a, b))
            .collect::<Vec<_>>()
    );
    let id = "5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174";
    assert_eq!(ledger.count(&format!("select count(*) from event where event_id = '{id}'")), 1);
    assert_eq!(ledger.count("select min(occurred_at_ms) from event"), 1_791_158_400_000);
    // Nothing to say where all were taken.
    assert_eq!(post(&export(&json!({}), &[])).json(), json!({}));
    assert_eq!(post(&json!({})).json(), json!({}));
}

#[test]
fn the_tenant_is_named_as_the_account_says() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let settings = json!({"default_tenant_id": "default", "span_attributes": ["tenant.id"],
                          "litellm_fields": ["end_user", "team_id"], "ignored_scopes": []});
    assert_eq!(server.get("/api/v1/sources", Some(&keys.live)).json(), settings);
    let wish = json!({"default_tenant_id": null, "span_attributes": ["customer", "tenant.id"]});
    let set = server.put("/api/v1/sources", Some(&keys.live), &wish).json();
    assert_eq!(set, crate::server::with(settings, wish));
    assert_eq!(server.get("/api/v1/sources", Some(&keys.live)).json(), set);
    let spans = [
        span("eee19b7ec3c1b171", &chat(json!({"tenant.id": "second", "customer": "first"}))),
        span("eee19b7ec3c1b172", &chat(json!({}))),
    ];
    let answer = server.post("/v1/traces", Some(&keys.live), &export(&json!({}), &spans)).json();
    assert_eq!(answer["partialSuccess"]["errorMessage"], "1 × /tenant_id is required (x)");
    let tenants = server.get("/api/v1/tenants", Some(&keys.live)).json();
    assert_eq!(tenants["tenants"][0]["tenant_id"], "first");
    for (body, pointer) in [
        (json!({"default_tenant_id": ""}), "/default_tenant_id"),
        (json!({"span_attributes": [""]}), "/span_attributes"),
        (json!({"litellm_fields": ["a", "b", "c", "d", "e", "f", "g", "h", "i"]}), "/litellm_fields"),
        (json!({"prompt": "x"}), "/prompt"),
    ] {
        let problem = server.put("/api/v1/sources", Some(&keys.live), &body).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
    assert_eq!(server.put("/api/v1/sources", Some(&keys.test), &json!({})).status, 403);
    // A tenant that is erased is named here no more; one of the test side is another.
    server.put("/api/v1/sources", Some(&keys.live), &json!({"default_tenant_id": "first"})).json();
    server.track(
        &keys.test,
        &crate::server::with(crate::server::call("gpt-4o"), json!({"tenant_id": "first"})),
    );
    assert_eq!(server.delete("/api/v1/tenants/first", Some(&keys.test)).status, 204);
    assert_eq!(server.get("/api/v1/sources", Some(&keys.live)).json()["default_tenant_id"], "first");
    server.put("/api/v1/sources", Some(&keys.live), &json!({"default_tenant_id": "first"})).json();
    assert_eq!(server.delete("/api/v1/tenants/first", Some(&keys.live)).status, 204);
    let set = server.get("/api/v1/sources", Some(&keys.live)).json();
    assert_eq!(set["default_tenant_id"], "default");
}

#[test]
fn what_is_no_export_is_refused_without_a_word_of_it() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let key = Some(keys.live.as_str());
    let post = |kind: &str, encoding: &str, body: &[u8]| {
        server.post_bytes("/v1/traces", key, &[("content-type", kind), ("content-encoding", encoding)], body)
    };
    for body in ["", "[]", "\"a prompt\"", "{\"resourceSpans\": \"a prompt\"}", "{\"resourceSpans\": [5]}"] {
        let problem = post("application/json", "identity", body.as_bytes()).problem(422);
        assert!(!problem.to_string().contains("a prompt"), "{problem}");
    }
    // Where protobuf came in, protobuf goes out: google.rpc.Status, whose message is field 2.
    let refused = post("application/x-protobuf", "identity", b"a prompt");
    assert_eq!((refused.status, refused.header("content-type")), (422, Some("application/x-protobuf")));
    assert_eq!(refused.body[0], 2 << 3 | 2);
    assert_eq!(&refused.text()[2..], "The body is not an OTLP export of spans.");
    assert_eq!(post("application/x-protobuf", "br", b"").status, 415);
    let taken = post("application/x-protobuf", "identity", b"");
    assert_eq!(
        (taken.status, taken.header("content-type"), taken.body.len()),
        (200, Some("application/x-protobuf"), 0)
    );
    // A bomb is read no further than the limit.
    let mut bomb = GzEncoder::new(Vec::new(), Compression::fast());
    bomb.write_all(&vec![b' '; 33 << 20]).unwrap();
    assert_eq!(post("application/json", "gzip", &bomb.finish().unwrap()).problem(413)["status"], 413);
    let nobody = server.post_bytes("/v1/traces", None, &[("content-type", "application/x-protobuf")], b"");
    assert_eq!((nobody.status, nobody.header("content-type")), (401, Some("application/x-protobuf")));
    assert_eq!(ledger.count("select count(*) from event"), 0);
}

/// What is small on the wire stays small in memory: nothing of it is built that is not read.
#[test]
fn an_export_of_nothing_costs_nothing() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let gzip = |bytes: &[u8]| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    };
    // Field `tag` of a message, of these bytes.
    let field = |tag: u8, bytes: &[u8]| {
        let (mut message, mut length) = (vec![tag << 3 | 2], bytes.len());
        while length > 127 {
            message.push(u8::try_from(length % 128).unwrap() | 128);
            length /= 128;
        }
        message.push(u8::try_from(length).unwrap());
        message.extend_from_slice(bytes);
        message
    };
    let empty = |tag: u8, count: usize| field(tag, &[]).repeat(count);
    let many = 10_000_000;
    let json =
        |inner: &str| format!("{{\"resourceSpans\": [{{\"scopeSpans\": [{{\"spans\": [{inner}]}}]}}]}}");
    let objects = vec!["{}"; many].join(",");
    for (kind, body) in [
        ("application/x-protobuf", field(1, &field(2, &field(2, &empty(9, many))))),
        ("application/x-protobuf", field(1, &field(1, &empty(1, many)))),
        ("application/x-protobuf", field(1, &field(2, &empty(2, many)))),
        ("application/x-protobuf", empty(1, many)),
        ("application/json", json(&format!("{{\"attributes\": [{objects}]}}")).into_bytes()),
        ("application/json", json(&objects).into_bytes()),
    ] {
        let headers = [("content-type", kind), ("content-encoding", "gzip")];
        let reply = server.post_bytes("/v1/traces", Some(&keys.live), &headers, &gzip(&body));
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let most_kib: u64 = most.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(most_kib < 600 * 1024, "{most}");
    assert_eq!(ledger.count("select count(*) from event"), 0);
}

/// One odd attribute spoils no span but its own, and of that only what is needed.
#[test]
fn odd_attributes_spoil_nothing_else() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let with = |mut span: Value, attribute: Value| {
        span["attributes"].as_array_mut().unwrap().push(attribute);
        span
    };
    let good = |id: u64| span(&format!("{id:016x}"), &chat(json!({})));
    let mut without = good(9);
    without["attributes"] = Value::Null;
    let mut dashed = good(8);
    dashed["traceId"] = json!("5b8efff7-9803-8103-d269-b633813fc60c");
    let spans = [
        with(good(1), json!({"key": "load", "value": {"doubleValue": "NaN"}})),
        with(good(2), json!({"key": "n", "value": {"intValue": 4.0}})),
        with(good(3), json!({"key": "n", "value": {"intValue": null}})),
        with(good(4), json!({"key": 5})),
        with(good(5), json!({"key": "tenant.id", "value": {"boolValue": true}})),
        without,
        // A list is no tenant, so the next rule holds.
        with(good(6), json!({"key": "tenant.id", "value": {"arrayValue": {"values": []}}})),
        // These cannot be counted.
        with(span("0000000000000007", &chat(json!({"gen_ai.usage.output_tokens": ""}))), json!({"key": "x"})),
        dashed,
        span("000000000000000a", &chat(json!({"carbon.region": "my secret prompt"}))),
    ];
    let answer = server.post("/v1/traces", Some(&keys.live), &export(&json!({}), &spans)).json();
    assert_eq!(answer["partialSuccess"]["rejectedSpans"], "3", "{answer}");
    assert!(!answer.to_string().contains("secret"), "{answer}");
    let usage = server.get("/api/v1/usage?group_by=tenant&from=2026-10-01", Some(&keys.live)).json();
    let tenants: Vec<_> =
        usage["rows"].as_array().unwrap().iter().map(|row| (&row["tenant"], &row["requests"])).collect();
    assert_eq!(tenants, [(&json!("default"), &json!(5)), (&json!("true"), &json!(1))]);
    // What is no span at all is one that cannot be counted.
    let answer =
        server.post("/v1/traces", Some(&keys.live), &export(&json!({}), &[Value::Null, good(1)])).json();
    assert_eq!(answer["partialSuccess"]["errorMessage"], "1 × the event cannot be read (x)");
    // A call without an input is no call of nothing; an embedding has no output.
    let mut half = chat(json!({}));
    half.as_object_mut().unwrap().remove("gen_ai.usage.input_tokens");
    let mut embedding = chat(json!({"gen_ai.operation.name": "embeddings"}));
    embedding.as_object_mut().unwrap().remove("gen_ai.usage.output_tokens");
    let spans = [span("000000000000000b", &half), span("000000000000000c", &embedding)];
    let answer = server.post("/v1/traces", Some(&keys.live), &export(&json!({}), &spans)).json();
    assert_eq!(
        answer["partialSuccess"]["errorMessage"],
        "1 × the event has no input tokens, and no total that would show them (x)"
    );
    // However many reasons there are, few are told.
    let spans: Vec<Value> = (0..50)
        .map(|n| span(&format!("{:016x}", n + 100), &chat(json!({"carbon.region": format!("r-{n}")}))))
        .collect();
    let answer = server.post("/v1/traces", Some(&keys.live), &export(&json!({}), &spans)).json();
    let said = answer["partialSuccess"]["errorMessage"].as_str().unwrap();
    assert!(said.matches("; ").count() == 10 && said.ends_with("40 × other reasons"), "{said}");
}
