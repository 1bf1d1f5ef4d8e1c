//! Another password, and the sessions of an account.

use crate::{
    ledger::Ledger,
    server::{Reply, Server, binary, call},
    visitor::{Visitor, send},
};
use serde_json::{Value, json};
use std::{
    io::Write,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

const NEW: &str = "another horse";

/// Somebody who is logged in, as a program.
struct Session<'s> {
    server: &'s Server,
    cookie: String,
}

impl<'s> Session<'s> {
    fn begin(server: &'s Server, email: &str, password: &str) -> Self {
        let reply = log_in(server, email, password);
        assert_eq!(reply.status, 200, "{}", reply.text());
        Session { server, cookie: cookie_of(&reply) }
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Reply {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.server.request(method, path, &[("cookie", &self.cookie)], &body)
    }

    fn works(&self) -> bool {
        self.ask("GET", "/api/v1/session", &Value::Null).status == 200
    }

    fn changes(&self, current: &str, new: &str) -> Reply {
        self.ask("PUT", "/api/v1/password", &json!({"current_password": current, "new_password": new}))
    }

    fn sessions(&self) -> Vec<Value> {
        let listed = self.ask("GET", "/api/v1/sessions", &Value::Null).json();
        listed["sessions"].as_array().unwrap().clone()
    }

    /// The id of its own.
    fn id(&self) -> String {
        let own = self.sessions().into_iter().find(|session| session["is_current"] == true).unwrap();
        own["session_id"].as_str().unwrap().to_owned()
    }
}

fn cookie_of(reply: &Reply) -> String {
    reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

fn log_in(server: &Server, email: &str, password: &str) -> Reply {
    server.post("/api/v1/session", None, &json!({"email": email, "password": password}))
}

#[test]
fn a_new_password_ends_every_session_but_the_one_that_set_it() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.sign_up("b@example.com");
    let [here, there] = [(); 2].map(|()| Session::begin(&server, "a@example.com", "correct horse"));
    let other = Session::begin(&server, "b@example.com", "correct horse");

    // Nothing changes where something is wrong.
    for (current, new, pointer, words) in [
        ("wrong horse", NEW, "/current_password", "is not the password of this account"),
        ("correct horse", "short", "/new_password", "must have at least 8 characters"),
        ("x", "short", "/new_password", "must have at least 8 characters"),
        (&"x".repeat(257), NEW, "/current_password", "must have at most 256 bytes"),
    ] {
        let problem = here.changes(current, new).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer);
        assert!(problem["errors"][0]["detail"].as_str().unwrap().contains(words), "{problem}");
    }
    let empty = here.ask("PUT", "/api/v1/password", &json!({})).problem(422);
    assert_eq!(empty["errors"].as_array().unwrap().len(), 2);
    let body = json!({"current_password": "correct horse", "new_password": NEW});
    server.put("/api/v1/password", Some(&keys.live), &body).problem(401);
    let foreign = [("cookie", here.cookie.as_str()), ("origin", "https://evil.example")];
    server.request("PUT", "/api/v1/password", &foreign, &body.to_string()).problem(403);
    assert!(here.works() && there.works());
    assert_eq!(log_in(&server, "a@example.com", "correct horse").status, 200);

    let changed = here.changes("correct horse", NEW);
    assert_eq!(changed.status, 204, "{}", changed.text());
    let renewed = Session { server: &server, cookie: cookie_of(&changed) };
    assert!(renewed.works() && !here.works() && !there.works(), "the token that set it is over too");
    assert_eq!(renewed.sessions().len(), 1);
    assert!(other.works(), "another account's sessions go on");
    log_in(&server, "a@example.com", "correct horse").problem(401);
    assert_eq!(log_in(&server, "a@example.com", NEW).status, 200);
    // Keys are no part of it.
    server.track(&keys.live, &call("gpt-4o"));
}

#[test]
fn tries_of_the_current_password_are_counted_as_log_ins() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--log-ins-per-minute-max", "3"]);
    server.sign_up("a@example.com");
    let session = Session::begin(&server, "a@example.com", "correct horse");
    for _ in 0..2 {
        session.changes("wrong horse", NEW).problem(422);
    }
    // Even the right one waits now, here and there.
    session.changes("correct horse", NEW).problem(429);
    log_in(&server, "a@example.com", "correct horse").problem(429);
    assert!(session.works());
}

#[test]
fn sessions_are_listed_and_ended_by_their_account() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--housekeeping-s", "1", "--log-ins-per-minute-max", "100"]);
    let keys = server.sign_up("a@example.com");
    server.sign_up("b@example.com");
    let [first, second, third] = [(); 3].map(|()| Session::begin(&server, "a@example.com", "correct horse"));
    let stranger = Session::begin(&server, "b@example.com", "correct horse");

    let listed = first.sessions();
    assert_eq!(listed.len(), 3, "of its own account alone");
    assert_eq!(listed.iter().filter(|session| session["is_current"] == true).count(), 1);
    for session in &listed {
        assert_eq!(session["begun_from"], "127.0.0.1");
        let token = first.cookie.split_once('=').unwrap().1;
        assert!(
            !session.to_string().contains(token)
                && session["expires_at"].as_str() > session["created_at"].as_str()
        );
    }
    let deadline = Instant::now() + Duration::from_secs(30);
    while first.sessions().iter().any(|session| session["last_used_at"].is_null()) {
        assert!(Instant::now() < deadline, "their use is not noted");
        assert!(second.works() && third.works());
        std::thread::sleep(Duration::from_millis(100));
    }

    // What is another account's is nobody's.
    let ids = [second.id(), "nobodys".to_owned()].map(|id| format!("/api/v1/sessions/{id}"));
    let [mut foreign, mut none] = ids.map(|path| stranger.ask("DELETE", &path, &Value::Null).problem(404));
    for problem in [&mut foreign, &mut none] {
        problem["request_id"] = json!(null);
    }
    assert_eq!(foreign, none);
    assert_eq!(stranger.ask("DELETE", "/api/v1/sessions", &Value::Null).status, 204);
    assert!(first.works() && second.works() && third.works() && stranger.works());
    // Nor may a key, or a page of another site.
    let path = format!("/api/v1/sessions/{}", second.id());
    for path in ["/api/v1/sessions", &path] {
        server.delete(path, Some(&keys.live)).problem(401);
        let foreign = [("cookie", first.cookie.as_str()), ("origin", "https://evil.example")];
        server.request("DELETE", path, &foreign, "").problem(403);
    }
    assert!(second.works());

    assert_eq!(first.ask("DELETE", &path, &Value::Null).status, 204);
    assert!(!second.works() && first.works() && third.works());
    first.ask("DELETE", &path, &Value::Null).problem(404);
    assert_eq!(first.ask("DELETE", "/api/v1/sessions", &Value::Null).status, 204);
    assert!(first.works() && !third.works());
    assert_eq!(first.sessions().len(), 1);
}

#[test]
fn a_log_in_begins_a_session_of_its_own() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--log-ins-per-minute-max", "1000"]);
    server.sign_up("a@example.com");
    let again = |cookie: &str| {
        let body = json!({"email": "a@example.com", "password": "correct horse"}).to_string();
        let reply = server.request("POST", "/api/v1/session", &[("cookie", cookie)], &body);
        Session { server: &server, cookie: cookie_of(&reply) }
    };
    // A token that somebody else has chosen is nobody's, before and after.
    let planted = Session { server: &server, cookie: "carbon_session=chosen".to_owned() };
    let first = again(&planted.cookie);
    assert!(first.works() && !planted.works() && first.cookie != planted.cookie);
    // The browser's old session does not outlive the new one.
    let second = again(&first.cookie);
    assert!(second.works() && !first.works());
    // However often somebody logs in, the list stays short: the oldest go.
    for _ in 0..100 {
        again("");
    }
    assert!(!second.works());
    assert_eq!(ledger.count("select count(*) from session"), 100);
}

/// `carbon-server account set-password`, with `typed` on its standard input.
fn set_password(database: &str, arguments: &[&str], typed: &str) -> Output {
    let mut command = Command::new(binary());
    command.args(["account", "set-password", "--database", database]).args(arguments);
    let mut running =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // One that needs nothing may have ended before.
    let _closed = running.stdin.take().unwrap().write_all(typed.as_bytes());
    running.wait_with_output().unwrap()
}

#[test]
fn the_operator_sets_a_password_while_the_server_runs() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    server.sign_up("b@example.com");
    let session = Session::begin(&server, "a@example.com", "correct horse");
    let other = Session::begin(&server, "b@example.com", "correct horse");

    let set =
        set_password(&ledger.url(), &["--email", "A@example.com", "--password-stdin"], "another horse\n");
    let printed = String::from_utf8(set.stdout).unwrap();
    assert!(set.status.success(), "{}", String::from_utf8_lossy(&set.stderr));
    assert!(printed.contains("sessions have ended") && !printed.contains(NEW), "{printed}");
    assert!(!session.works() && other.works());
    log_in(&server, "a@example.com", "correct horse").problem(401);
    assert_eq!(log_in(&server, "a@example.com", NEW).status, 200);
    server.track(&keys.live, &call("gpt-4o"));

    // One that is generated, for people and for programs.
    let printed = set_password(&ledger.url(), &["--email", "a@example.com"], "").stdout;
    let printed = String::from_utf8(printed).unwrap();
    let generated = printed.lines().find_map(|line| line.strip_prefix("password  ")).unwrap();
    assert_eq!(log_in(&server, "a@example.com", generated).status, 200);
    let printed = set_password(&ledger.url(), &["--email", "a@example.com", "--json"], "").stdout;
    let printed: Value = serde_json::from_slice(&printed).unwrap();
    assert_eq!(printed["email"], "a@example.com");
    assert_eq!(log_in(&server, "a@example.com", printed["password"].as_str().unwrap()).status, 200);

    for (arguments, typed, words) in [
        (
            &["--email", "nobody@example.com"][..],
            "",
            "no account has the e-mail address \"nobody@example.com\"",
        ),
        (
            &["--email", "a@example.com", "--password-stdin"],
            "short\n",
            "the password of --password-stdin must have at least 8 characters",
        ),
    ] {
        let refused = set_password(&ledger.url(), arguments, typed);
        assert_eq!(refused.status.code(), Some(1));
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains(words), "{said}");
    }
    // A name that was mistyped is not a new ledger.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nothing.db");
    let url = format!("sqlite:{}", path.display());
    assert_eq!(set_password(&url, &["--email", "a@example.com"], "").status.code(), Some(1));
    assert!(!path.exists());
    server.stop();
    ledger.check();
}

#[test]
fn the_account_page_does_what_its_buttons_say() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--log-ins-per-minute-max", "100"]);
    server.sign_up("a@example.com");
    server.sign_up("b@example.com");
    let [here, there, elsewhere] = [(); 3].map(|()| Visitor::logs_in(&server, "a@example.com"));
    let stranger = Visitor::logs_in(&server, "b@example.com");
    assert!(server.get("/login", None).text().contains("Ask whoever runs this server"));
    let page = here.opens("/app/account").text();
    assert!(
        page.contains("Logged in as a@example.com.") && page.contains("<code>127.0.0.1</code>"),
        "{page}"
    );
    assert_eq!(page.matches("aria-label=\"End the session").count(), 2);

    // Without the token of its forms, or from elsewhere, nothing happens.
    let (_, rest) = page.split_once("action=\"/app/account/sessions/").unwrap();
    let end = format!("/app/account/sessions/{}", rest.split('"').next().unwrap());
    for path in ["/app/account/password", "/app/account/sessions/end", end.as_str()] {
        let form =
            format!("current_password=correct+horse&new_password=another+horse&csrf={}", stranger.csrf());
        assert_eq!(send(&server, path, &[("cookie", &here.cookie)], &form).status, 403, "{path}");
        let form = form.replace(&stranger.csrf(), &here.csrf());
        let foreign = [("cookie", here.cookie.as_str()), ("origin", "https://evil.example")];
        server.request("POST", path, &foreign, &form).problem(403);
        let reply = send(&server, path, &[], &form);
        assert_eq!(reply.header("location"), Some("/login?next=%2Fapp"), "{path}");
    }
    assert_eq!(stranger.sends(&end, "").status, 404);
    let is_in = |visitor: &Visitor| visitor.opens("/app/account").status == 200;
    assert!(is_in(&here) && is_in(&there) && is_in(&elsewhere));

    // One, then every other.
    assert_eq!(here.sends(&end, "").header("location"), Some("/app/account"));
    assert_eq!([&there, &elsewhere].into_iter().filter(|visitor| is_in(visitor)).count(), 1);
    let ended = here.sends("/app/account/sessions/end", "");
    assert_eq!(ended.header("location"), Some("/app/account?done=sessions"));
    assert!(here.opens("/app/account?done=sessions").text().contains("Every other session has ended."));
    assert!(is_in(&here) && !is_in(&there) && !is_in(&elsewhere));

    // The password; what was typed is not shown again.
    let refused =
        here.sends("/app/account/password", "current_password=wrong+horse&new_password=another+horse");
    let page = refused.text();
    assert!(refused.status == 422 && page.contains("Is not the password of this account."), "{page}");
    assert!(!page.contains("wrong horse") && !page.contains(NEW));
    let changed =
        here.sends("/app/account/password", "current_password=correct+horse&new_password=another+horse");
    assert_eq!((changed.status, changed.header("location")), (303, Some("/app/account?done=password")));
    assert!(!is_in(&here));
    let cookie = cookie_of(&changed);
    let page = server.request("GET", "/app/account?done=password", &[("cookie", &cookie)], "");
    assert!(page.status == 200 && page.text().contains("The password is changed."), "{}", page.text());
    assert_eq!(log_in(&server, "a@example.com", NEW).status, 200);
}
