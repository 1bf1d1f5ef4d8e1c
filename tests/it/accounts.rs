//! Signing up, logging in, and the keys of an account.

use crate::ledger::Ledger;
use crate::server::{Reply, Server, call};
use serde_json::{Value, json};
use std::{
    io::Write,
    process::{Command, Stdio},
};

/// The session in a response, as a browser sends it back.
fn cookie_of(reply: &Reply) -> String {
    reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

fn log_in(server: &Server, email: &str, password: &str) -> Reply {
    server.post("/api/v1/session", None, &json!({"email": email, "password": password}))
}

#[test]
fn logged_in_by_cookie_and_out_again() {
    let (ledger, server) = Server::alone();
    server.sign_up("a@example.com");
    let reply = log_in(&server, "A@example.com", "correct horse");
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.json()["organisation"], "a@example.com Ltd");
    let attributes = reply.header("set-cookie").unwrap();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=604800"] {
        assert!(attributes.contains(attribute), "{attributes}");
    }
    assert!(!attributes.contains("Secure"), "in the clear a browser would not send it back: {attributes}");

    let cookie = cookie_of(&reply);
    let with_cookie = |method: &str, path: &str| server.request(method, path, &[("cookie", &cookie)], "");
    assert_eq!(with_cookie("GET", "/api/v1/session").json()["email"], "a@example.com");
    // Whoever is logged in manages the keys; events need a key.
    assert_eq!(with_cookie("GET", "/api/v1/keys").json()["keys"].as_array().unwrap().len(), 2);
    with_cookie("GET", "/api/v1/usage").problem(401);
    // The token is nowhere in the file.
    let token = cookie.split_once('=').unwrap().1.as_bytes().to_owned();
    assert!(!ledger.bytes().windows(token.len()).any(|window| window == token));

    let out = with_cookie("DELETE", "/api/v1/session");
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    let problem = with_cookie("GET", "/api/v1/session").problem(401);
    assert_eq!(problem["title"], "Not logged in");
    assert!(problem["detail"].as_str().unwrap().contains("POST /api/v1/session"), "{problem}");
}

#[test]
fn a_page_of_another_site_cannot_use_the_session() {
    let (_ledger, server) = Server::alone();
    server.sign_up("a@example.com");
    let cookie = cookie_of(&log_in(&server, "a@example.com", "correct horse"));
    let create = |origin: &str| {
        let headers = [("cookie", cookie.as_str()), ("origin", origin)];
        server.request("POST", "/api/v1/keys", &headers, r#"{"kind": "test"}"#).status
    };
    assert_eq!(create("https://evil.example"), 403);
    assert_eq!(create("null"), 403);
    assert_eq!(create(&server.url), 201);
    // Nor can it log its visitors in, as somebody of its choice.
    let log_in = |origin: &str| {
        let headers = [("origin", origin), ("content-type", "text/plain")];
        let body = json!({"email": "a@example.com", "password": "correct horse"}).to_string();
        server.request("POST", "/api/v1/session", &headers, &body)
    };
    for origin in ["https://evil.example", "null"] {
        let refused = log_in(origin);
        refused.problem(403);
        assert_eq!(refused.header("set-cookie"), None);
    }
    assert_eq!(log_in(&server.url).status, 200);
}

#[test]
fn behind_tls_the_cookie_is_secure() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--public-url", "https://carbon.example.com/"]);
    server.sign_up("a@example.com");
    let reply = log_in(&server, "a@example.com", "correct horse");
    let cookie = reply.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-") && cookie.ends_with("; Secure"), "{cookie}");
}

#[test]
fn a_password_logs_in_with_whatever_characters_it_was_set() {
    let (_ledger, server) = Server::alone();
    for (n, password) in ["tab\tand\nline", "\0\0\0\0\0\0\0\0", "        "].into_iter().enumerate() {
        let email = format!("{n}@example.com");
        let body = json!({"email": email, "password": password, "organisation": "A"});
        assert_eq!(server.post("/api/v1/accounts", None, &body).status, 201, "{password:?}");
        assert_eq!(log_in(&server, &email, password).status, 200, "{password:?}");
    }
    for (body, words) in [
        (json!({"email": "0@example.com"}), "is required"),
        (json!({"email": "0@example.com", "password": "x".repeat(257)}), "at most 256 bytes"),
    ] {
        let problem = server.post("/api/v1/session", None, &body).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "/password");
        assert!(problem["errors"][0]["detail"].as_str().unwrap().contains(words), "{problem}");
    }
}

#[test]
fn a_wrong_password_and_an_unknown_address_are_the_same_and_tries_are_few() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--log-ins-per-minute-max", "3"]);
    server.sign_up("a@example.com");
    let mut wrong = log_in(&server, "a@example.com", "wrong horse").problem(401);
    let mut unknown = log_in(&server, "b@example.com", "correct horse").problem(401);
    for problem in [&mut wrong, &mut unknown] {
        problem["request_id"] = json!(null);
    }
    assert_eq!(wrong, unknown);
    log_in(&server, "a@example.com", "wrong horse").problem(401);
    // Even the right one waits now.
    let reply = log_in(&server, "a@example.com", "correct horse");
    reply.problem(429);
    assert!(reply.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
}

#[test]
fn behind_a_proxy_that_is_trusted_each_client_has_its_own_tries() {
    let try_from = |server: &Server, n: u32, address: &str| {
        let body = json!({"email": format!("{n}@example.com"), "password": "wrong horse"}).to_string();
        server.request("POST", "/api/v1/session", &[("x-forwarded-for", address)], &body).status
    };
    let ledger = Ledger::new();
    let tries = ["--log-ins-per-minute-max", "2"];
    let server = ledger.serve_with(&[&tries[..], &["--trusted-proxy", "127.0.0.1"]].concat());
    let one: Vec<u16> = (0..3).map(|n| try_from(&server, n, "203.0.113.9, 198.51.100.7")).collect();
    assert_eq!(one, [401, 401, 429]);
    // What the client itself wrote makes no other client of it.
    assert_eq!(try_from(&server, 4, "203.0.113.10, 198.51.100.7"), 429);
    assert_eq!(try_from(&server, 5, "198.51.100.8"), 401);
    drop(server);
    // From anyone else the header says nothing.
    let server = ledger.serve_with(&tries);
    let all: Vec<u16> = (0..3).map(|n| try_from(&server, n, &format!("198.51.100.{n}"))).collect();
    assert_eq!(all, [401, 401, 429]);
}

#[test]
fn keys_are_made_listed_used_and_revoked() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--housekeeping-s", "1", "--keys-per-account-max", "4"]);
    let keys = server.sign_up("a@example.com");
    let create = |body: Value| server.post("/api/v1/keys", Some(&keys.live), &body);
    let made = create(json!({"kind": "live", "label": "production"}));
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    let key = made["api_key"].as_str().unwrap();
    assert!(key.starts_with("isv_live_") && key.len() == 47, "{key}");
    server.track(key, &call("gpt-4o"));
    let read = create(json!({"kind": "read"})).json();
    assert!(read["api_key"].as_str().unwrap().starts_with("isv_read_"));
    assert!(
        create(json!({"kind": "live"})).problem(409)["detail"].as_str().unwrap().contains("4 active keys")
    );
    for (body, pointer) in [
        (json!({}), "/kind"),
        (json!({"kind": "root"}), "/kind"),
        (json!({"kind": "live", "label": "x".repeat(101)}), "/label"),
        (json!({"kind": "live", "scope": "all"}), "/scope"),
    ] {
        assert_eq!(create(body).problem(422)["errors"][0]["pointer"], pointer);
    }

    let rows = || server.get("/api/v1/keys", Some(&keys.live)).json()["keys"].as_array().unwrap().clone();
    let of_label = |label: &str| rows().into_iter().find(|row| row["label"] == label).unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while of_label("production")["last_used_at"].is_null() {
        assert!(std::time::Instant::now() < deadline, "its use is not noted");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let row = of_label("production");
    assert_eq!(row["prefix"], key[..13]);
    assert!(!rows().iter().any(|row| row.to_string().contains(&key[13..])), "only the prefix is shown");

    let path = format!("/api/v1/keys/{}", made["key_id"].as_str().unwrap());
    assert_eq!(server.delete(&path, Some(&keys.live)).status, 204);
    server.post("/api/v1/track", Some(key), &call("gpt-4o")).problem(401);
    assert_eq!(server.delete(&path, Some(&keys.live)).status, 204, "again is the same");
    assert!(!of_label("production")["revoked_at"].is_null());
    // There is room for another one now.
    assert_eq!(create(json!({"kind": "live"})).status, 201);
}

#[test]
fn each_kind_of_key_does_what_it_is_for() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    let read = server.post("/api/v1/keys", Some(&keys.live), &json!({"kind": "read"})).json();
    let read = read["api_key"].as_str().unwrap();
    for path in ["/api/v1/usage", "/api/v1/tenants", "/api/v1/tenants/client-xyz", "/api/v1/branding"] {
        assert_eq!(server.get(path, Some(read)).status, 200, "{path}");
    }
    assert_eq!(
        server.get("/api/v1/usage", Some(read)).json()["total"]["requests"],
        1,
        "it reads the live side"
    );
    let month = jiff::Timestamp::now().to_string()[..7].to_owned();
    for (method, path, body) in [
        ("POST", "/api/v1/track", call("gpt-4o")),
        ("POST", "/api/v1/track/batch", json!([call("gpt-4o")])),
        ("POST", "/api/v1/events/e-1/reversal", json!({})),
        ("POST", "/api/v1/reports", json!({"tenant_id": "client-xyz", "month": month})),
        ("POST", "/api/v1/months/2026-01/close", json!({})),
        ("POST", "/api/v1/restatements", json!({})),
        ("PUT", "/api/v1/branding", json!({})),
        ("PUT", "/api/v1/tenants/client-xyz", json!({})),
        ("DELETE", "/api/v1/tenants/client-xyz", json!({})),
        ("POST", "/api/v1/tenants/client-xyz/dashboard-links", json!({"expires_in_days": 1})),
        ("PUT", "/api/v1/webhook", json!({"url": "https://example.com"})),
        ("GET", "/api/v1/keys", json!({})),
        ("POST", "/api/v1/keys", json!({"kind": "live"})),
    ] {
        let reply =
            server.request(method, path, &[("authorization", &format!("Bearer {read}"))], &body.to_string());
        reply.problem(403);
    }
    let problem = server.get("/api/v1/keys", Some(&keys.test)).problem(403);
    assert!(problem["detail"].as_str().unwrap().contains("live key"));
    server.get(&format!("/api/v1/billing/{month}"), Some(&keys.test)).problem(403);
    assert_eq!(server.get("/api/v1/usage", Some(&keys.live)).json()["total"]["requests"], 1);
}

#[test]
fn a_closed_sign_up_leaves_accounts_to_the_operator() {
    let ledger = Ledger::new();
    let made = ledger.run(&[
        "account",
        "create",
        "--email",
        "first@example.com",
        "--organisation",
        "First",
        "--json",
    ]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let first: Value = serde_json::from_slice(&made.stdout).unwrap();
    let server = ledger.serve_with(&["--signup", "closed"]);
    let wanted = json!({"email": "x@example.com", "password": "correct horse", "organisation": "X"});
    let problem = server.post("/api/v1/accounts", None, &wanted).problem(403);
    assert!(problem["detail"].as_str().unwrap().contains("operator"));
    assert_eq!(problem["title"], "Not allowed");
    server.track(first["live"].as_str().unwrap(), &call("gpt-4o"));
    assert_eq!(log_in(&server, "first@example.com", first["password"].as_str().unwrap()).status, 200);

    // Beside the running server, with a password of one's own.
    let database = ledger.url();
    let mut create = Command::new(crate::server::binary());
    create.args(["account", "create", "--email", "second@example.com", "--organisation", "Second"]);
    create.args(["--password-stdin", "--database", &database]);
    let mut create = create.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    create.stdin.take().unwrap().write_all(b"another horse\n").unwrap();
    let printed = String::from_utf8(create.wait_with_output().unwrap().stdout).unwrap();
    let key = printed.lines().find_map(|line| line.strip_prefix("live key  ")).unwrap();
    assert!(!printed.contains("password"), "{printed}");
    server.track(key, &call("gpt-4o"));
    assert_eq!(log_in(&server, "second@example.com", "another horse").status, 200);

    // A new ledger says how, with commands that work.
    let empty = Ledger::in_file();
    let (_, greeting, _) = empty.serve_with(&["--signup", "closed"]).stop();
    assert!(
        greeting.contains(&format!("account create --database sqlite:{}", empty.path().display())),
        "{greeting}"
    );
    assert!(greeting.contains("/api/v1/track") && !greeting.contains("/api/v1/accounts"), "{greeting}");

    for (arguments, words) in [
        (["--email", "second@example.com"], "already exists"),
        (["--email", "nobody"], "--email must be an email address"),
        // From an empty standard input.
        (
            ["--email=third@example.com", "--password-stdin"],
            "password of --password-stdin must have at least 8",
        ),
    ] {
        let again = ledger.run(&[&["account", "create", "--organisation", "O"][..], &arguments[..]].concat());
        assert_eq!(again.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&again.stderr).contains(words));
    }
    server.stop();
    ledger.check();
}
