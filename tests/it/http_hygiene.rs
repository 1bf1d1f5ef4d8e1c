//! What every response says to browsers, and which hosts are believed.

use crate::{
    ledger::Ledger,
    server::{Reply, Server, call},
    time,
    visitor::Visitor,
};
use serde_json::json;
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";

/// What every response says, whatever it is.
#[track_caller]
fn is_guarded(what: &str, reply: &Reply, is_encrypted: bool) {
    let is_page = reply.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    let policy = reply.header("content-security-policy").unwrap_or_else(|| panic!("{what} has no policy"));
    if is_page {
        for part in ["default-src 'none'", "script-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{what}: {policy}");
        }
        assert!(policy.contains("form-action 'self'") || policy.contains("form-action 'none'"), "{what}");
        assert!(!policy.contains("script-src 'self' 'unsafe"), "{what}: {policy}");
    } else {
        assert_eq!(policy, NO_PAGE, "{what}");
    }
    let referrer = reply.header("referrer-policy");
    assert!(matches!(referrer, Some("no-referrer")) || is_page && referrer == Some("same-origin"), "{what}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(reply.header(name), Some(value), "{what}: {name}");
    }
    let transport = is_encrypted.then_some("max-age=31536000");
    assert_eq!(reply.header("strict-transport-security"), transport, "{what}");
}

/// One answer of each kind: pages, files of pages, documents, downloads, redirections, refusals.
fn every_kind_of_answer(server: &Server, origin: &str) -> Vec<(String, Reply)> {
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &time::on(3, "e-1", json!({"tenant_id": "one"})));
    server.track(&keys.live, &call("gpt-4o"));
    let report = json!({"tenant_id": "one", "month": time::month()});
    let report = server.post("/api/v1/reports", Some(&keys.live), &report).json();
    let link = json!({"expires_in_days": 1});
    let link = server.post("/api/v1/tenants/one/dashboard-links", Some(&keys.live), &link).json();
    let (_, token) = link["url"].as_str().unwrap().rsplit_once('/').unwrap();
    let log_in = json!({"email": "a@example.com", "password": "correct horse"});
    let session = server.post("/api/v1/session", None, &log_in);
    let cookie = session.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let mut replies = vec![("log-in".to_owned(), session)];
    let mut ask = |method: &str, path: &str, headers: &[(&str, &str)], body: &str| {
        replies.push((format!("{method} {path}"), server.request(method, path, headers, body)));
    };
    let page = [("accept", "text/html"), ("cookie", cookie.as_str())];
    let dashboard = format!("/d/{token}");
    for path in [
        "/",
        "/methodology",
        "/registry",
        "/registry/gpt-4o",
        "/registry/regions",
        "/docs",
        "/signup",
        "/login",
        "/app",
        "/app/tenants",
        "/app/tenants/one",
        "/app/tenants/one/dashboard",
        "/app/models",
        "/app/reports",
        "/app/keys",
        "/app/billing",
        "/app/account",
        "/nothing",
        "/app/nothing",
        &dashboard,
    ] {
        ask("GET", path, &page, "");
        ask("HEAD", path, &page, "");
    }
    let bearer = format!("Bearer {}", keys.live);
    let key = [("authorization", bearer.as_str())];
    for (_, path) in report["links"].as_object().unwrap() {
        ask("GET", path.as_str().unwrap(), &key, "");
    }
    for path in [
        "/assets/site.css",
        "/assets/rapidoc.js",
        "/assets/icon.svg",
        "/openapi.json",
        "/healthz",
        "/readyz",
        "/metrics",
        "/api/v1/models",
        "/api/v1/usage",
        "/api/v1/carbon.txt",
        "/api/v1/tenants/one/export.zip",
        "/taxonomy/lct.xsd",
        "/.well-known/openid-configuration",
        "/3/footprints",
        "/api/v1/track",
    ] {
        ask("GET", path, &key, "");
        ask("GET", path, &[], "");
    }
    ask("GET", "/app", &[("accept", "text/html")], "");
    ask("POST", "/login", &[("origin", origin)], "email=a@example.com&password=wrong");
    ask("POST", "/api/v1/track", &key, "{}");
    ask("POST", "/v1/traces", &[("content-type", "application/x-protobuf"), key[0]], "x");
    ask("POST", "/3/auth/token", &[], "");
    ask("DELETE", "/api/v1/session", &[("cookie", &cookie)], "");
    let preflight = [("origin", "https://trusted.example"), ("access-control-request-method", "GET")];
    ask("OPTIONS", "/api/v1/models", &preflight, "");
    ask("GET", "/api/v1/models", &preflight[..1], "");
    replies
}

#[test]
fn every_response_says_what_browsers_may_do_with_it() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--cors-origin", "https://trusted.example"]);
    let replies = every_kind_of_answer(&server, &server.url);
    let kinds: std::collections::BTreeSet<_> =
        replies.iter().filter_map(|(_, reply)| reply.header("content-type")).collect();
    assert!(replies.len() > 80 && kinds.len() > 12, "{kinds:?}");
    for (what, reply) in &replies {
        is_guarded(what, reply, false);
    }
}

/// Behind a proxy with TLS: once an hour of plain text is one too many.
#[test]
fn what_is_reached_over_tls_stays_there() {
    let ledger = Ledger::new();
    let public = "https://carbon.example.com";
    let server = ledger.serve_with(&["--public-url", public, "--cors-origin", "https://trusted.example"]);
    for (what, reply) in &every_kind_of_answer(&server, public) {
        is_guarded(what, reply, true);
        let Some(cookie) = reply.header("set-cookie") else { continue };
        let attributes = "; HttpOnly; SameSite=Lax; Secure";
        assert!(cookie.starts_with("__Host-carbon_session=") && cookie.ends_with(attributes), "{cookie}");
        assert!(cookie.contains("; Path=/; ") && !cookie.contains("Domain"), "{cookie}");
    }
    // A cookie that a neighbour could have planted is not looked at.
    let log_in = json!({"email": "a@example.com", "password": "correct horse"});
    let session = server.post("/api/v1/session", None, &log_in);
    let cookie = session.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let show = |cookie: &str| server.request("GET", "/api/v1/session", &[("cookie", cookie)], "").status;
    assert_eq!(show(&cookie), 200);
    assert_eq!(show(cookie.strip_prefix("__Host-").unwrap()), 401);
    assert_eq!(show(&format!("carbon_session=x; {cookie}")), 200);
}

/// The answer to a request as it stands.
fn answer(server: &Server, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_host_that_is_none_is_refused_and_in_no_link() {
    let (_ledger, server) = Server::alone();
    let key = server.sign_up("a@example.com").live;
    server.track(&key, &call("gpt-4o"));
    let long = format!("{}example", "a.".repeat(125));
    let odd = [
        "evil.example/x",
        "evil.example?",
        "evil.example#",
        "u@evil.example",
        "a b",
        "evil.example\t.x",
        "é.example",
        "evil.example:0",
        "evil.example:65536",
        "evil.example:+1",
        "evil.example:",
        "evil.example:x",
        "[::1",
        "a,b",
        "\"",
        "a\\b",
        "",
        long.as_str(),
    ];
    let lines: Vec<String> = odd.iter().map(|host| format!("host: {host}\r\n")).collect();
    let none_or_two =
        [String::new(), "host: a\r\nhost: a\r\n".to_owned(), "host: a\r\nhost: evil.example\r\n".to_owned()];
    for host in lines.iter().chain(&none_or_two) {
        for (method, path, body) in [
            ("GET", "/", ""),
            ("GET", "/healthz", ""),
            ("GET", "/nothing", ""),
            ("GET", "/api/v1/carbon.txt", ""),
            ("GET", "/.well-known/openid-configuration", ""),
            ("POST", "/api/v1/tenants/client-xyz/dashboard-links", "{\"expires_in_days\": 1}"),
            ("OPTIONS", "/", ""),
        ] {
            let length = body.len();
            let request = format!(
                "{method} {path} HTTP/1.1\r\n{host}authorization: Bearer {key}\r\nconnection: close\r\n\
                 content-length: {length}\r\n\r\n{body}"
            );
            let answer = answer(&server, request.as_bytes());
            assert!(answer.starts_with("HTTP/1.1 400 "), "{host:?} {method} {path}: {answer}");
            assert!(answer.contains("urn:llm-carbon-tracker:problem:invalid-host"), "{answer}");
            assert!(!answer.contains("evil"), "{answer}");
        }
    }
    // One host in the target, another in the header: neither is believed.
    for (target, status) in [
        ("http://x/healthz", "200"),
        ("http://X/healthz", "200"),
        ("http://evil.example/healthz", "400"),
        ("http://u@x/healthz", "400"),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let answer = answer(&server, request.as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{target}: {answer}");
    }
    // HTTP/1.0 knows no hosts: it gets what needs none.
    assert!(answer(&server, b"GET /healthz HTTP/1.0\r\n\r\n").starts_with("HTTP/1.0 200 "));
    assert!(answer(&server, b"GET / HTTP/1.0\r\n\r\n").starts_with("HTTP/1.0 400 "));
    assert!(answer(&server, b"GET / HTTP/1.0\r\nhost: x\r\n\r\n").starts_with("HTTP/1.0 200 "));
}

#[test]
fn links_have_the_public_address_whatever_host_was_asked() {
    let ledger = Ledger::new();
    let public = "https://carbon.example.com/tracker";
    let server = ledger.serve_with(&["--public-url", public]);
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    let bearer = format!("Bearer {}", keys.live);
    let ask = |method: &str, path: &str, body: &str| {
        let headers = [("authorization", bearer.as_str()), ("host", "evil.example"), ("accept", "*/*")];
        let text = server.request(method, path, &headers, body).text();
        assert!(!text.contains("evil.example"), "{path}: {text}");
        text
    };
    let link = ask("POST", "/api/v1/tenants/client-xyz/dashboard-links", "{\"expires_in_days\": 1}");
    assert!(link.contains(&format!("\"{public}/d/")), "{link}");
    assert!(ask("POST", "/api/v1/tenants/client-xyz/pact-clients", "").contains(public));
    for path in [
        "/",
        "/methodology?model=gpt-4o&input_tokens=1&output_tokens=1",
        "/.well-known/openid-configuration",
        "/api/v1/carbon.txt",
    ] {
        assert!(ask("GET", path, "").contains(public), "{path}");
    }
    // Paths of our own, not addresses.
    for path in ["/openapi.json", "/docs", "/signup", "/login"] {
        ask("GET", path, "");
    }
    let visitor = server.request("GET", "/app", &[("accept", "text/html"), ("host", "evil.example")], "");
    assert_eq!(visitor.header("location"), Some("/login?next=%2Fapp"));
}

/// Logged in by name: the visitor's own pages carry no host but their own.
#[test]
fn the_console_links_to_the_host_that_was_asked() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    let visitor = Visitor::logs_in(&server, "a@example.com");
    let made = visitor.sends("/app/tenants/client-xyz/links", "expires_in_days=30");
    assert_eq!(made.status, 303);
    let page = visitor.opens("/app/tenants/client-xyz").text();
    assert!(page.contains(&format!("{}/d/", server.url)), "{page}");
}
