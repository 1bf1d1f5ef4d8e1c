//! OTLP over gRPC: message by message, and from the SDK's own exporters.

use crate::{
    http2::Client,
    ledger::Ledger,
    server::{Server, call},
    traces::run,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::io::Write;

const TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const METRICS: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
const LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

/// What came of a call.
struct Outcome {
    code: String,
    said: String,
    message: Option<Vec<u8>>,
}

/// Calls a method with these headers besides those of every call; `body` is sent as it is.
fn export(server: &Server, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Outcome {
    let reply = Client::connect(server).send(
        "POST",
        path,
        &[&[("content-type", "application/grpc"), ("te", "trailers")], headers].concat(),
        body,
    );
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/grpc")));
    let (trailers, message) = match reply.trailer("grpc-status") {
        // An answer has its status behind the message, a refusal in its headers alone.
        Some(code) => (code, Some(reply.body.clone())),
        None => (reply.header("grpc-status").expect("a status"), None),
    };
    let said = reply.header("grpc-message").unwrap_or_default().to_owned();
    let message = message.map(|body| {
        assert_eq!(body[0], 0, "nothing is compressed");
        assert_eq!(u32::from_be_bytes(body[1..5].try_into().unwrap()) as usize, body.len() - 5);
        body[5..].to_vec()
    });
    Outcome { code: trailers.to_owned(), said, message }
}

fn framed(flag: u8, message: &[u8]) -> Vec<u8> {
    let bytes = u32::try_from(message.len()).unwrap();
    [&[flag], &bytes.to_be_bytes()[..], message].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

/// A field of a message in protocol buffers: bytes of fewer than 16 KiB.
fn field(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len() % 128).unwrap();
    let more = u8::try_from(bytes.len() / 128).unwrap();
    let length = if more == 0 { vec![length] } else { vec![length | 128, more] };
    [&[tag << 3 | 2], &length[..], bytes].concat()
}

/// An export of one call: 600 + 400 tokens, or no counts at all.
fn spans(span_id: u8, has_counts: bool) -> Vec<u8> {
    let text = |key: &str, text: &str| {
        field(9, &[field(1, key.as_bytes()), field(2, &field(1, text.as_bytes()))].concat())
    };
    let mut span = [
        field(1, &[span_id; 16]),
        field(2, &[span_id; 8]),
        [&[7 << 3 | 1], &1_791_158_400_000_000_000_u64.to_le_bytes()[..]].concat(),
        text("gen_ai.operation.name", "chat"),
        text("gen_ai.request.model", "gpt-4o"),
        text("gen_ai.input.messages", "a prompt"),
    ]
    .concat();
    if has_counts {
        span.extend(text("gen_ai.usage.input_tokens", "600"));
        span.extend(text("gen_ai.usage.output_tokens", "400"));
    }
    field(1, &field(2, &field(2, &span)))
}

#[test]
fn an_export_by_grpc_is_an_export() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let key = format!("Bearer {}", keys.live);
    let export = |headers: &[(&str, &str)], body: Vec<u8>| {
        export(&server, TRACES, &[&[("authorization", key.as_str())], headers].concat(), body)
    };
    for (headers, body) in [
        (&[][..], framed(0, &spans(1, true))),
        (&[("grpc-encoding", "gzip")], framed(1, &gzip(&spans(2, true)))),
        (&[("grpc-encoding", "identity"), ("grpc-timeout", "10S")], framed(0, &spans(3, true))),
        // A stream that has agreed on a compression may have messages without.
        (&[("grpc-encoding", "gzip")], framed(0, &spans(4, true))),
        // Sent again.
        (&[], framed(0, &spans(1, true))),
        (&[], framed(0, b"")),
    ] {
        let Outcome { code, message, .. } = export(headers, body);
        assert_eq!((code.as_str(), message), ("0", Some(Vec::new())), "{headers:?}");
    }
    // In one with what cannot be counted, that is told: partialSuccess, the spans rejected, the reason.
    let body = [spans(5, true), spans(6, false)].concat();
    let Outcome { code, message, .. } = export(&[], framed(0, &body));
    let partial = [&[1 << 3, 1][..], &field(2, "1 × the event has no token counts".as_bytes())].concat();
    assert_eq!((code.as_str(), message), ("0", Some(field(1, &partial))));
    assert_eq!(ledger.count("select count(*) from event"), 5);
    // By HTTP, the same span is the same event.
    let headers = [("content-type", "application/x-protobuf")];
    assert_eq!(server.post_bytes("/v1/traces", Some(&keys.live), &headers, &spans(1, true)).status, 200);
    assert_eq!(ledger.count("select count(*) from event"), 5);
    let metrics = server.get("/metrics", None).text();
    let route = format!("carbon_http_requests_total{{method=\"POST\",route=\"{TRACES}\",status=\"200\"}} 7");
    assert!(metrics.contains(&route), "{metrics}");
}

#[test]
fn what_is_no_export_has_the_code_that_fits() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let live = format!("Bearer {}", keys.live);
    let read = server.post("/api/v1/keys", Some(&keys.live), &json!({"kind": "read", "label": "x"})).json();
    let read = format!("Bearer {}", read["api_key"].as_str().unwrap());
    let key = [("authorization", live.as_str())];
    let zipped = [key[0], ("grpc-encoding", "gzip")];
    let good = spans(1, true);
    let bomb = gzip(&vec![0; 33 << 20]);
    for (headers, body, code, said) in [
        (&[][..], framed(0, &good), "16", "with a valid API key"),
        (&[("authorization", "Bearer isv_live_x")], framed(0, &good), "16", "with a valid API key"),
        (&[("authorization", read.as_str())], framed(0, &good), "7", "This key only reads."),
        (&key, Vec::new(), "3", "holds no gRPC message"),
        (&key, vec![0; 4], "3", "holds no gRPC message"),
        (&key, framed(2, &good), "3", "flag that gRPC does not have"),
        (&key, framed(0, &good)[..20].to_vec(), "3", "ends before its gRPC message does"),
        (&key, framed(0, &good).repeat(2), "3", "more than one gRPC message"),
        (&key, framed(0, &[]).repeat(2), "3", "more than one gRPC message"),
        (&key, framed(0, b"a prompt"), "3", "not an OTLP export"),
        (&key, framed(1, &good), "3", "grpc-encoding must name the compression"),
        (&zipped, framed(1, b"a prompt"), "3", "cannot be decompressed"),
        (&[key[0], ("grpc-encoding", "snappy")], framed(1, &good), "12", "gzip"),
        (&zipped, framed(1, &bomb), "8", "at most 33554432 bytes"),
        (&key, vec![0; 33 << 20], "8", "at most 33554432 bytes"),
    ] {
        let outcome = export(&server, TRACES, headers, body);
        assert_eq!(outcome.code, code, "{said}: {}", outcome.said);
        assert!(
            outcome.said.contains(said) && !outcome.said.contains("a prompt"),
            "{said}: {}",
            outcome.said
        );
        assert!(outcome.message.is_none());
    }
    assert_eq!(ledger.count("select count(*) from event"), 0);
    let metrics = server.get("/metrics", None).text();
    let route = format!("carbon_http_requests_total{{method=\"POST\",route=\"{TRACES}\",status=\"401\"}} 2");
    assert!(metrics.contains(&route), "{metrics}");
}

#[test]
fn a_client_that_cannot_be_served_learns_what_works() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let key = format!("Bearer {}", keys.live);
    for path in
        ["/opentelemetry.proto.collector.trace.v1.TraceService/Import", "/grpc.health.v1.Health/Check", "/"]
    {
        let outcome = export(&server, path, &[("authorization", &key)], framed(0, b""));
        assert_eq!(outcome.code, "12", "{path}");
        assert!(outcome.said.contains("http/protobuf"), "{path}: {}", outcome.said);
    }
    // A proxy that passes it on by HTTP/1.1, where no trailers arrive: the status is in the headers.
    for path in [TRACES, METRICS, "/grpc.health.v1.Health/Check"] {
        let headers = [("content-type", "application/grpc"), ("te", "trailers")];
        let reply = server.post_bytes(path, Some(&keys.live), &headers, &framed(0, b""));
        assert_eq!((reply.status, reply.header("grpc-status")), (200, Some("12")), "{path}");
        assert!(reply.header("grpc-message").unwrap().contains("http/protobuf"), "{path}");
    }
    // What is no gRPC is told in its own format.
    for kind in ["application/json", "application/grpc-web+proto", "application/grpc+json"] {
        let reply = server.post_bytes(TRACES, Some(&keys.live), &[("content-type", kind)], b"{}");
        assert!(reply.problem(501)["detail"].as_str().unwrap().contains("http/protobuf"), "{kind}");
    }
    assert_eq!(server.get(TRACES, Some(&keys.live)).problem(405)["detail"], "Use POST here.");
}

/// Both protocols, both signals, each body and each key.
#[test]
fn metrics_and_logs_are_taken_and_nothing_is_kept() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--log", "trace", "--telemetry-bytes-max", "100000"]);
    let keys = server.sign_up("a@example.com");
    let marker = "zebra crossing at noon".repeat(100);
    for path in ["/v1/metrics", "/v1/logs"] {
        for (kind, answer) in [("application/x-protobuf", ""), ("application/json", "{}")] {
            // It is not even decompressed.
            let headers = [("content-type", kind), ("content-encoding", "gzip")];
            for body in [marker.as_bytes(), b"", &[0xff; 100_000]] {
                let reply = server.post_bytes(path, Some(&keys.live), &headers, body);
                assert_eq!((reply.status, reply.header("content-type")), (200, Some(kind)), "{path}");
                assert_eq!(reply.text(), answer, "{path}");
            }
            assert_eq!(server.post_bytes(path, Some(&keys.live), &headers, &[0; 100_001]).status, 413);
            let nobody = server.post_bytes(path, None, &headers, marker.as_bytes());
            assert_eq!(nobody.status, 401, "{path}");
            // Refused as traces are: google.rpc.Status where protobuf came in.
            let format = if answer.is_empty() { kind } else { "application/problem+json" };
            assert_eq!(nobody.header("content-type"), Some(format), "{path}");
        }
    }
    let key = format!("Bearer {}", keys.test);
    for path in [METRICS, LOGS] {
        let outcome = export(&server, path, &[("authorization", &key)], framed(0, marker.as_bytes()));
        assert_eq!((outcome.code.as_str(), outcome.message), ("0", Some(Vec::new())), "{path}");
        assert_eq!(export(&server, path, &[], framed(0, marker.as_bytes())).code, "16", "{path}");
        assert_eq!(export(&server, path, &[("authorization", &key)], vec![0; 100_001]).code, "8", "{path}");
    }
    assert_eq!(ledger.count("select count(*) from event"), 0);
    let has = |bytes: &[u8]| bytes.windows(5).any(|window| window == b"zebra");
    assert!(!has(&ledger.bytes()));
    let (status, _, log) = server.stop();
    assert!(status.success() && log.contains("/v1/metrics"));
    assert!(!has(log.as_bytes()) && !log.contains(&keys.live[9..]) && !log.contains(&keys.test[9..]));
}

/// All signals to one endpoint, as SDKs send them by default.
#[test]
fn exporters_of_every_signal_report_no_error() {
    for protocol in ["grpc", "http"] {
        let ledger = Ledger::new();
        let server = ledger.serve();
        let keys = server.sign_up("a@example.com");
        let sent = |key: &str| run("python-otlp", &["otlp_signals.py", protocol], &server, key, "").remove(0);
        let all = |result: &str| json!({"trace_exporter": result, "metric_exporter": result, "_log_exporter": result});
        let line = sent(&keys.live);
        assert_eq!(line, json!({"results": all("SUCCESS"), "logged": []}), "{protocol}");
        assert_eq!(ledger.count("select count(*) from event"), 1);
        let line = sent("isv_live_x");
        assert_eq!(line["results"], all("FAILURE"), "{protocol}");
        if protocol == "grpc" {
            assert!(line["logged"].to_string().contains("StatusCode.UNAUTHENTICATED"), "{line}");
        }
        assert_eq!(ledger.count("select count(*) from event"), 1);
    }
}

/// Where a key may stand: by exporters in three places, elsewhere in one.
#[test]
fn exporters_show_their_key_as_they_can() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let basic = |password: &str| format!("Basic {}", BASE64_STANDARD.encode(format!("pk-lf-any:{password}")));
    let ways = [
        ("authorization", format!("Bearer {}", keys.live)),
        ("authorization", basic(&keys.live)),
        ("x-api-key", keys.live.clone()),
    ];
    for (number, (name, value)) in (0_u8..).zip(&ways) {
        let http = [("content-type", "application/x-protobuf"), (*name, value.as_str())];
        for (place, path) in (0_u8..).zip(["/v1/traces", "/api/public/otel/v1/traces", "/otel/v1/traces"]) {
            let body = spans(1 + number * 10 + place, true);
            assert_eq!(server.post_bytes(path, None, &http, &body).status, 200, "{path} by {name}");
        }
        assert_eq!(server.post_bytes("/v1/logs", None, &http, b"").status, 200, "{name}");
        let outcome = export(&server, TRACES, &[(*name, value.as_str())], framed(0, b""));
        assert_eq!(outcome.code, "0", "{name}");
        let status = server
            .post_bytes(
                "/api/v1/track",
                None,
                &[(*name, value.as_str())],
                call("gpt-4o").to_string().as_bytes(),
            )
            .status;
        assert_eq!(status, if number == 0 { 200 } else { 401 }, "{name}");
    }
    assert_eq!(ledger.count("select count(*) from event"), 10);
    for (name, value) in [
        ("authorization", basic("isv_live_x")),
        ("authorization", "Basic ?".to_owned()),
        ("x-api-key", "x".to_owned()),
    ] {
        let http = [("content-type", "application/json"), (name, value.as_str())];
        server.post_bytes("/v1/traces", None, &http, b"{}").problem(401);
    }
}

/// What Langfuse's SDK logged, and what its check of the keys said.
fn last(lines: &[Value]) -> &Value {
    lines.last().unwrap()
}

#[test]
fn langfuses_sdk_is_content_with_a_host_and_keys() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--log", "trace"]);
    let keys = server.sign_up("a@example.com");
    let lines = run("python-tracing", &["langfuse_sdk.py"], &server, &keys.live, "");
    assert_eq!(last(&lines), &json!({"logged": [], "auth_check": true}));
    let metrics = server.get("/metrics", None).text();
    let traces = "{method=\"POST\",route=\"/api/public/otel/v1/traces\",status=\"200\"} 1";
    assert!(metrics.contains(traces), "{metrics}");
    assert_eq!(server.get("/api/public/health", None).json()["status"], "ok");
    // An image of a prompt is announced, refused, and not sent.
    let lines = run("python-tracing", &["langfuse_sdk.py", "media"], &server, &keys.live, "");
    let logged = last(&lines)["logged"].to_string();
    assert!(logged.contains("Media are parts of prompts, which this server does not take."), "{logged}");
    // With a wrong key it says so.
    let lines = run("python-tracing", &["langfuse_sdk.py"], &server, "isv_live_x", "");
    assert!(last(&lines)["logged"].to_string().contains("401"), "{lines:?}");
    assert!(last(&lines)["auth_check"].to_string().contains("No valid API key"), "{lines:?}");
    let has = |bytes: &[u8]| bytes.windows(5).any(|window| window == b"zebra");
    assert!(!has(&ledger.bytes()));
    assert!(!has(server.stop().2.as_bytes()));
}

#[test]
fn langfuses_generations_are_counted() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let lines = run("python-tracing", &["langfuse_sdk.py"], &server, &keys.live, "");
    crate::traces::check(&lines[..2], &ledger, "default");
}

#[test]
fn langsmiths_runs_are_counted_with_a_host_and_a_key() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    run("python-tracing", &["langsmith_sdk.py"], &server, &keys.live, "");
    assert_eq!(
        ledger.count("select count(*) from event where input_tokens = 600 and output_tokens = 400"),
        1
    );
    let metrics = server.get("/metrics", None).text();
    assert!(metrics.contains("{method=\"POST\",route=\"/otel/v1/traces\",status=\"200\"} 1"), "{metrics}");
}
