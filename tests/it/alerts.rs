//! Webhooks: told once, signed, repeated until they are taken.

use crate::ledger::Ledger;
use crate::server::{ROOT, Server, call, with};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::Path,
    process::Command,
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

/// A request as the receiver got it.
pub(crate) struct Received {
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        &self.headers.iter().find(|(found, _)| found == name).unwrap().1
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A receiver that answers with these statuses in turn, then 204 for ever.
pub(crate) fn receiver(statuses: &'static [u16]) -> (String, Receiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (sender, received) = channel();
    std::thread::spawn(move || {
        let mut statuses = statuses.iter();
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            // A sender that was killed has not sent all of it: it comes again.
            let Some(request) = read(&mut stream) else { continue };
            let status = statuses.next().copied().unwrap_or(204);
            let reply = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            // One that was killed meanwhile does not know that it was taken.
            drop(stream.get_mut().write_all(reply.as_bytes()));
            if sender.send(request).is_err() {
                return;
            }
        }
    });
    (url, received)
}

/// A request; `None` where the connection ends before it does.
fn read(stream: &mut impl BufRead) -> Option<Received> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let headers: Vec<(String, String)> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let request = Received { headers, body: String::new() };
    let mut body = vec![0; request.header("content-length").parse().unwrap()];
    stream.read_exact(&mut body).ok()?;
    Some(Received { body: String::from_utf8(body).unwrap(), ..request })
}

fn serve(ledger: &Ledger) -> Server {
    ledger.serve_with(&["--free-events", "10", "--housekeeping-s", "1", "--webhook-private"])
}

const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn thresholds_are_told_once_signed_and_again_until_taken() {
    let ledger = Ledger::new();
    let server = serve(&ledger);
    let keys = server.sign_up("a@example.com");
    // The first attempt is refused.
    let (url, received) = receiver(&[500]);
    let made = server.put("/api/v1/webhook", Some(&keys.live), &json!({"url": url})).json();
    let secret = made["secret"].as_str().unwrap();
    assert!(server.get("/api/v1/webhook", Some(&keys.live)).json().get("secret").is_none(), "shown once");
    for _ in 0..8 {
        server.track(&keys.live, &call("gpt-4o"));
        server.track(&keys.test, &call("gpt-4o"));
    }
    let first = received.recv_timeout(PATIENCE).unwrap();
    let again = received.recv_timeout(PATIENCE).unwrap();
    assert_eq!(first.body, again.body);
    assert_eq!(first.header("webhook-id"), again.header("webhook-id"));
    let told = again.json();
    assert_eq!(told["type"], "usage.free_events");
    assert_eq!((&told["data"]["percent"], &told["data"]["events"]), (&json!(80), &json!(8)));

    // As the standard's own library sees it.
    let script = "import json, sys\n\
                  from standardwebhooks import Webhook\n\
                  secret, headers, body = json.loads(sys.argv[1])\n\
                  Webhook(secret).verify(body, headers)\n\
                  try: Webhook(secret).verify(body + ' ', headers)\n\
                  except Exception: print('verified')\n";
    let headers: Value = again
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let python = Path::new(ROOT).join("target/python/bin/python");
    let output = Command::new(python)
        .args(["-c", script, &json!([secret, headers, again.body]).to_string()])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "verified", "{output:?}");

    for _ in 0..5 {
        server.track(&keys.live, &call("gpt-4o"));
    }
    assert_eq!(received.recv_timeout(PATIENCE).unwrap().json()["data"]["percent"], 100);
    assert!(received.recv_timeout(Duration::from_secs(3)).is_err(), "each is told once");
    assert_eq!(
        ledger.count(
            "select count(*) from outbox_message where delivered_at_ms is not null and payload is null"
        ),
        2
    );
}

#[test]
fn a_clients_carbon_budget_is_watched() {
    let ledger = Ledger::new();
    let server = serve(&ledger);
    let keys = server.sign_up("a@example.com");
    let (url, received) = receiver(&[]);
    server.put("/api/v1/webhook", Some(&keys.live), &json!({"url": url}));
    server.put("/api/v1/tenants/client-xyz", Some(&keys.live), &json!({"carbon_budget_grams": 3}));
    let call_of_2_85_g =
        with(call("mistral-large-2"), json!({"prompt_tokens": 1_000, "completion_tokens": 0}));
    server.track(&keys.live, &call_of_2_85_g);
    let told = received.recv_timeout(PATIENCE).unwrap().json();
    assert_eq!(told["type"], "usage.carbon_budget");
    let month = &jiff::Timestamp::now().to_string()[..7];
    let mut data = told["data"].clone();
    data["account_id"].take();
    assert_eq!(
        data,
        json!({"account_id": null, "month": month, "percent": 80, "tenant_id": "client-xyz",
               "co2_grams": 2.85, "carbon_budget_grams": 3})
    );
    server.track(&keys.live, &call_of_2_85_g);
    assert_eq!(received.recv_timeout(PATIENCE).unwrap().json()["data"]["percent"], 100);
    assert!(received.recv_timeout(Duration::from_secs(3)).is_err());
    assert_eq!(server.delete("/api/v1/webhook", Some(&keys.live)).status, 204);
    server.get("/api/v1/webhook", Some(&keys.live)).problem(404);
}

#[test]
fn a_budget_that_is_changed_is_watched_anew() {
    let ledger = Ledger::new();
    let server = serve(&ledger);
    let keys = server.sign_up("a@example.com");
    let (url, received) = receiver(&[]);
    server.put("/api/v1/webhook", Some(&keys.live), &json!({"url": url}));
    let budget = |grams: u64| {
        let profile = json!({"carbon_budget_grams": grams});
        assert_eq!(server.put("/api/v1/tenants/client-xyz", Some(&keys.live), &profile).status, 200);
    };
    let told = || {
        let told = received.recv_timeout(PATIENCE).unwrap().json();
        (told["data"]["percent"].clone(), told["data"]["carbon_budget_grams"].clone())
    };
    // 12 grams.
    let event = json!({"prompt_tokens": 0, "completion_tokens": 40_000});
    budget(10);
    server.track(&keys.live, &with(call("gpt-4o"), event.clone()));
    assert_eq!(told(), (json!(100), json!(10)));
    budget(14);
    assert_eq!(told(), (json!(80), json!(14)));
    // Said again, it is the same budget.
    budget(14);
    server.track(&keys.live, &with(call("gpt-4o"), event));
    assert_eq!(told(), (json!(100), json!(14)));
    assert!(received.recv_timeout(Duration::from_secs(3)).is_err(), "each is told once");
}

#[test]
fn nobody_makes_the_server_call_what_only_it_can_reach() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    for url in [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://localhost:8080/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "https://example.com:99999/",
        "nonsense",
    ] {
        let problem = server.put("/api/v1/webhook", Some(&keys.live), &json!({"url": url})).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "/url", "{url}");
    }
    assert_eq!(
        server.put("/api/v1/webhook", Some(&keys.live), &json!({"url": "https://example.com/"})).status,
        200
    );
}

#[test]
fn a_receiver_that_is_slow_holds_up_its_own_alerts_alone() {
    let ledger = Ledger::new();
    let server = serve(&ledger);
    let [slow, other] = ["slow@example.com", "other@example.com"].map(|email| server.sign_up(email));
    // It takes connections and never answers: each attempt lasts as long as the server's patience.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    server.put("/api/v1/webhook", Some(&slow.live), &json!({"url": url}));
    for n in 0..40 {
        let tenant_id = format!("t-{n}");
        let path = format!("/api/v1/tenants/{tenant_id}");
        server.put(&path, Some(&slow.live), &json!({"carbon_budget_grams": 1}));
        server.track(
            &slow.live,
            &with(call("gpt-4o"), json!({"tenant_id": tenant_id, "completion_tokens": 40_000})),
        );
    }
    let first = listener.accept().unwrap();
    let (url, received) = receiver(&[]);
    server.put("/api/v1/webhook", Some(&other.live), &json!({"url": url}));
    for _ in 0..10 {
        server.track(&other.live, &call("gpt-4o"));
    }
    assert_eq!(received.recv_timeout(PATIENCE).unwrap().json()["type"], "usage.free_events");
    let deadline = Instant::now() + PATIENCE;
    let is_used = || {
        let keys = server.get("/api/v1/keys", Some(&other.live)).json();
        keys["keys"].as_array().unwrap().iter().any(|key| !key["last_used_at"].is_null())
    };
    while !is_used() {
        assert!(Instant::now() < deadline, "the key's last use was not noted");
    }
    // What is being sent is finished before the end.
    drop((first, listener));
    assert!(server.stop().0.success());
}
