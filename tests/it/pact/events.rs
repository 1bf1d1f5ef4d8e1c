//! Events: what is asked for is answered at the recipient's own API.

use super::{Host, event, refused};
use crate::time::{first, month, on};
use jiff::ToSpan;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

/// A recipient's own API: gives tokens, and passes on what comes to `/3/events`, the first of which it does not take.
fn recipient() -> (String, Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/pact", listener.local_addr().unwrap());
    let (sender, received) = channel();
    std::thread::spawn(move || {
        let mut refusals = 1;
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                stream.read_line(&mut head).unwrap();
            }
            let header = |name: &str| {
                head.lines().find_map(|line| {
                    line.split_once(": ").filter(|(found, _)| found.eq_ignore_ascii_case(name))
                })
            };
            let mut body = vec![0; header("content-length").unwrap().1.parse().unwrap()];
            stream.read_exact(&mut body).unwrap();
            let authorization = header("authorization").map_or("", |(_, value)| value);
            let (status, reply) = match head.split(' ').nth(1).unwrap() {
                // tracker:s3:cret, escaped as in a form and in base64.
                "/pact/auth/token" if authorization == "Basic dHJhY2tlcjpzMyUzQWNyZXQ=" => {
                    (200, r#"{"access_token": "t-1", "token_type": "Bearer"}"#)
                }
                "/pact/3/events" if authorization == "Bearer t-1" && refusals > 0 => {
                    refusals -= 1;
                    (503, "")
                }
                "/pact/3/events" if authorization == "Bearer t-1" => {
                    assert_eq!(header("content-type").unwrap().1, "application/cloudevents+json");
                    sender.send(serde_json::from_slice(&body).unwrap()).ok();
                    (200, "")
                }
                _ => (401, ""),
            };
            let length = reply.len();
            let reply = format!(
                "HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{reply}"
            );
            stream.get_mut().write_all(reply.as_bytes()).unwrap();
        }
    });
    (url, received)
}

/// A host that knows where to answer, the token of such a recipient, and what it is answered.
fn answered() -> (Host, String, Receiver<Value>) {
    let host = Host::start(&["--webhook-private", "--housekeeping-s", "1"]);
    let (url, answers) = recipient();
    let answers_to = json!({"url": url, "client_id": "tracker", "client_secret": "s3:cret"});
    let made = host.server.post(
        "/api/v1/tenants/client-xyz/pact-clients",
        Some(&host.live),
        &json!({"answers_to": answers_to}),
    );
    assert_eq!(made.status, 201, "{}", made.text());
    let text = |name: &str| made.json()[name].as_str().unwrap().to_owned();
    let token = host.token_of(&text("client_id"), &text("client_secret"));
    (host, token, answers)
}

/// An answer; one that was refused comes again after five seconds.
fn next(answers: &Receiver<Value>) -> Value {
    answers.recv_timeout(Duration::from_secs(60)).expect("an answer")
}

#[test]
fn case_12_send_asynchronous_pcf_request_and_case_13_received_request_fulfilled_response() {
    let (host, token, answers) = answered();
    let product_ids = host.found("")[0]["productIds"].clone();
    let asked = json!({"productId": product_ids, "comment": "Please send PCF data for this year."});
    let request = event("RequestCreatedEvent", "run/13", &asked);
    let reply = host.send_event(&token, &request);
    assert_eq!((reply.status, reply.text().as_str()), (200, ""));
    let answer = next(&answers);
    // The client may have all that is kept of it, but for secrets.
    let export = host.server.get("/api/v1/tenants/client-xyz/export.zip", Some(&host.live)).body;
    let mut export = zip::ZipArchive::new(std::io::Cursor::new(export)).unwrap();
    let export: Value = serde_json::from_reader(export.by_name("tenant.json").unwrap()).unwrap();
    assert_eq!(export["pact_clients"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&export["pact_events"][0]["id"], &export["pact_events"][0]["kind"]),
        (&json!("run/13"), &json!("request_created"))
    );
    assert!(!export.to_string().contains("s3:cret"));
    assert_eq!(answer["type"], "org.wbcsd.pact.ProductFootprint.RequestFulfilledEvent.3");
    assert_eq!(answer["data"]["requestEventId"], "run/13");
    assert_eq!(answer["data"]["pfs"], json!([host.found("")[0]]));
    assert!(answer["id"].as_str().is_some_and(|id| id.len() == 36), "{answer}");
    // Once, however often it is sent.
    assert_eq!(host.send_event(&token, &request).status, 200);
    assert!(answers.recv_timeout(Duration::from_secs(3)).is_err(), "it was answered already");
}

#[test]
fn case_14_a_send_asynchronous_request_to_be_rejected_and_14_b_handle_rejected_pcf_request() {
    let (host, token, answers) = answered();
    let asked = json!({"productId": ["urn:pact:null"], "comment": "Please send PCF data for this year."});
    assert_eq!(host.send_event(&token, &event("RequestCreatedEvent", "run/14.B", &asked)).status, 200);
    let answer = next(&answers);
    assert_eq!(answer["type"], "org.wbcsd.pact.ProductFootprint.RequestRejectedEvent.3");
    assert_eq!(
        (&answer["data"]["requestEventId"], &answer["data"]["error"]["code"]),
        (&json!("run/14.B"), &json!("NotFound"))
    );
    assert!(!answer["data"]["error"]["message"].as_str().unwrap().is_empty());
}

#[test]
fn case_15_receive_notification_of_pcf_update() {
    let host = Host::shared();
    let event = event("PublishedEvent", "e-15", &json!({"pfIds": ["3a6c14a7-4deb-498a-b5ea-16ce2535b576"]}));
    for _ in 0..2 {
        let reply = host.send_event(&host.token(), &event);
        assert_eq!((reply.status, reply.text().as_str()), (200, ""), "the same again is the same");
    }
}

#[test]
fn case_40_failed_to_receive_notification_of_pcf_update_malformed_request() {
    let host = Host::shared();
    let malformed = event("PublishedEvent", "e-40", &json!({"pfIds": ["urn:gtin:4712345060507"]}));
    let reply = host.send_event(&host.token(), &malformed);
    refused(&reply, 400, "BadRequest");
    assert!(reply.json()["message"].as_str().unwrap().contains("/data/pfIds"), "{}", reply.text());
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("authorization", format!("Bearer {}", host.token())),
    ];
    refused(&host.server.send("/3/events", &headers, &malformed.to_string()), 400, "BadRequest");
}

#[test]
fn who_cannot_be_answered_is_told_so_at_once() {
    let host = Host::shared();
    let reply = host.send_event(&host.token(), &event("RequestCreatedEvent", "e-1", &json!({})));
    refused(&reply, 400, "BadRequest");
    let clients = "/api/v1/tenants/client-xyz/pact-clients";
    // To where nobody outside may send us.
    let inside = json!({"answers_to": {"url": "http://10.0.0.1", "client_id": "a", "client_secret": "b"}});
    let refusal = host.server.post(clients, Some(&host.live), &inside).problem(422);
    assert_eq!(refusal["errors"][0]["pointer"], "/answers_to/url");
    for url in ["https://localhost./", "https://127.1/", "https://0x7f.1/", "https://example.com/p?x=1"] {
        let asked = json!({"answers_to": {"url": url, "client_id": "a", "client_secret": "b"}});
        let refusal = host.server.post(clients, Some(&host.live), &asked).problem(422);
        assert_eq!(refusal["errors"][0]["pointer"], "/answers_to/url", "{url}");
    }
    let refusal = host.server.post(clients, Some(&host.live), &json!({"answers_to": {}})).problem(422);
    assert_eq!(refusal["errors"].as_array().unwrap().len(), 3);
}

/// What is asked for by name, of a month that is closed and has no report yet, is made.
#[test]
fn a_closed_month_that_is_asked_for_gets_its_report() {
    let (host, token, answers) = answered();
    let older = first() - 2.months();
    let event_of = |name: &str| on(5, name, json!({"timestamp": format!("{older}T12:00:00Z")}));
    host.server.track(&host.live, &event_of("c"));
    let older = older.to_string()[..7].to_owned();
    let product_id = format!("urn:pact:isv.example:supplier-id:llm-inference-client-xyz-{older}");
    let ask = |id: &str| event("RequestCreatedEvent", id, &json!({"productId": [product_id]}));
    // While it is open there is nothing to tell.
    assert_eq!(host.send_event(&token, &ask("open")).status, 200);
    assert_eq!(next(&answers)["type"], "org.wbcsd.pact.ProductFootprint.RequestRejectedEvent.3");
    let close = format!("/api/v1/months/{older}/close");
    assert_eq!(host.server.post(&close, Some(&host.live), &json!({})).status, 200);
    assert_eq!(host.send_event(&token, &ask("closed")).status, 200);
    let answer = next(&answers);
    assert_eq!(answer["data"]["pfs"][0]["productIds"], json!([product_id]), "{answer}");
    assert_eq!(host.found("").len(), 3);
    assert!(month() > older);
}

/// A client whose system is slow or greedy holds up neither the others nor the ledger.
#[test]
fn one_client_has_so_many_requests_waiting() {
    let (host, token, answers) = answered();
    let ask = |n: usize| {
        event("RequestCreatedEvent", &format!("many/{n}"), &json!({"productId": ["urn:pact:null"]}))
    };
    // The recipient refuses the first, which then waits for five seconds: the others wait their turn.
    let statuses: Vec<u16> = (0..130).map(|n| host.send_event(&token, &ask(n)).status).collect();
    assert!(statuses.iter().all(|status| matches!(status, 200 | 429)), "{statuses:?}");
    let taken = statuses.iter().filter(|status| **status == 200).count();
    for _ in 0..taken {
        next(&answers);
    }
    // That the last was taken is noted once the recipient has said so.
    let deadline = Instant::now() + Duration::from_secs(30);
    while host.ledger.count("select count(*) from outbox_message where payload is not null") > 0 {
        assert!(Instant::now() < deadline, "something waits for ever");
        std::thread::sleep(Duration::from_millis(20));
    }
}
