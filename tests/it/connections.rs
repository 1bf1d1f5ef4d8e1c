//! What goes over a connection, byte by byte: when an answer comes, and that it comes.

use crate::ledger::Ledger;
use crate::server::{Server, call};
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

/// A client that writes what it likes and reads what comes.
struct Client(TcpStream);

impl Client {
    fn connect(server: &Server) -> Client {
        let stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        Client(stream)
    }

    /// What is answered to these bytes.
    #[track_caller]
    fn ask(&mut self, bytes: &[u8]) -> String {
        self.0.write_all(bytes).unwrap();
        let mut answer = String::new();
        while !is_whole(&answer) {
            let mut piece = [0; 4_096];
            match self.0.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => answer.push_str(str::from_utf8(&piece[..read]).unwrap()),
                Err(error) => panic!("{error} after {answer:?}"),
            }
        }
        answer
    }
}

/// Whether an answer has come to its end, as its head announces it.
fn is_whole(answer: &str) -> bool {
    let Some((head, body)) = answer.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

#[test]
fn a_request_is_answered_while_the_next_is_still_being_sent() {
    let (_ledger, server) = Server::alone();
    let mut client = Client::connect(&server);
    let answer = client.ask(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET /heal");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let answer = client.ask(b"thz HTTP/1.1\r\nhost: x\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn a_head_that_cannot_be_read_is_told_so() {
    let ledger = Ledger::new();
    let server = ledger.serve();
    let many: String = (0..150).map(|n| format!("x-{n}: a\r\n")).collect();
    for (request, status) in [
        ("GET /a b HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(), "400"),
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), "400"),
        ("\u{16}\u{3}\u{1}\0\0".to_owned(), "400"),
        (format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{many}\r\n"), "431"),
    ] {
        let answer = Client::connect(&server).ask(request.as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{request:?}: {answer:?}");
    }
}

/// The head of a POST of events, and nothing of its body.
fn head_of(headers: &str) -> Vec<u8> {
    format!("POST /api/v1/track HTTP/1.1\r\nhost: x\r\n{headers}\r\n").into_bytes()
}

#[test]
fn what_is_refused_by_its_head_is_answered_before_the_body() {
    let (_ledger, server) = Server::alone();
    let key = server.sign_up("a@example.com").live;
    let authorised = format!("authorization: Bearer {key}\r\n");
    for (headers, status) in [
        (format!("{authorised}content-length: 1000000000\r\n"), "413"),
        ("content-length: 1000\r\n".to_owned(), "401"),
        // Nor is a client invited that asks before it sends.
        (format!("{authorised}expect: 100-continue\r\ncontent-length: 1000000000\r\n"), "413"),
        ("expect: 100-continue\r\ncontent-length: 1000\r\n".to_owned(), "401"),
    ] {
        let answer = Client::connect(&server).ask(&head_of(&headers));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{headers}: {answer}");
        assert_eq!(answer.contains("connection: close"), headers.contains("expect"), "{answer}");
    }
}

#[test]
fn what_may_come_is_invited_and_what_was_refused_leaves_the_connection() {
    let (_ledger, server) = Server::alone();
    let key = server.sign_up("a@example.com").live;
    let body = call("gpt-4o").to_string();
    let length = format!("content-length: {}\r\n", body.len());
    let mut client = Client::connect(&server);
    let answer = client.ask(&[head_of(&length), body.clone().into_bytes()].concat());
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let answer =
        client.ask(&head_of(&format!("authorization: Bearer {key}\r\nexpect: 100-continue\r\n{length}")));
    assert!(answer.starts_with("HTTP/1.1 100"), "{answer}");
    let answer = client.ask(body.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn one_accounts_slow_batches_leave_turns_to_the_others() {
    let (_ledger, server) = Server::alone();
    let [slow, other] = ["a@example.com", "b@example.com"].map(|email| server.sign_up(email).live);
    let batch = |key: &str, body: &str| {
        let length = body.len() + usize::from(body == "[");
        format!(
            "POST /api/v1/track/batch HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\
             content-length: {length}\r\n\r\n{body}"
        )
    };
    let stuck: Vec<Client> = (0..8)
        .map(|_| {
            let mut client = Client::connect(&server);
            client.0.write_all(batch(&slow, "[").as_bytes()).unwrap();
            client
        })
        .collect();
    // Long enough for all of them to have been read as far as they go.
    std::thread::sleep(Duration::from_millis(300));
    let body = serde_json::json!([call("gpt-4o")]).to_string();
    let answer = Client::connect(&server).ask(batch(&other, &body).as_bytes());
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    drop(stuck);
}
