//! HTTP/2: what an ordinary client gets, and what one gets that keeps a connection for nothing.

use crate::{
    ledger::Ledger,
    server::{Server, call},
};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Request, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::json;
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

/// A well-behaved client on one connection, by prior knowledge.
pub(crate) struct Client {
    runtime: Runtime,
    sender: http2::SendRequest<Full<Bytes>>,
    authority: String,
}

/// A response, read whole.
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: HeaderMap,
    trailers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn trailer(&self, name: &str) -> Option<&str> {
        self.trailers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Client {
    pub(crate) fn connect(server: &Server) -> Client {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let authority = server.address().to_owned();
        let sender = runtime.block_on(async {
            let stream = tokio::net::TcpStream::connect(&authority).await.unwrap();
            let (sender, connection) =
                http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
            tokio::spawn(connection);
            sender
        });
        Client { runtime, sender, authority }
    }

    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.authority));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body))).unwrap();
        self.runtime.block_on(async {
            let response = self.sender.send_request(request).await.unwrap();
            let (head, body) = response.into_parts();
            let body = body.collect().await.unwrap();
            let trailers = body.trailers().cloned().unwrap_or_default();
            let status = head.status.as_u16();
            Reply { status, headers: head.headers, trailers, body: body.to_bytes().to_vec() }
        })
    }
}

#[test]
fn every_path_is_served_and_pages_are_too() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let mut client = Client::connect(&server);
    let authorised = format!("Bearer {}", keys.live);
    let event = call("mistral-large-2").to_string().into_bytes();
    let reply = client.send("POST", "/api/v1/track", &[("authorization", &authorised)], event);
    assert_eq!((reply.status, reply.header("ratelimit-limit")), (200, Some("100000")));
    assert_eq!(client.send("GET", "/healthz", &[], Vec::new()).status, 200);
    assert_eq!(client.send("GET", "/no/such", &[], Vec::new()).status, 404);
    // A form of a page is taken from that page: the host is in `:authority`.
    let origin = format!("http://{}", server.address());
    let log_in = json!({"email": "a@example.com", "password": "correct horse"}).to_string();
    for (origin, status) in [(origin.as_str(), 200), ("http://other.example", 403)] {
        let headers = [("origin", origin)];
        let reply = client.send("POST", "/api/v1/session", &headers, log_in.clone().into_bytes());
        assert_eq!(reply.status, status, "{origin}");
        if status != 200 {
            continue;
        }
        let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        // Browsers send each cookie in a line of its own.
        let headers = [("cookie", "theme=dark"), ("cookie", cookie.as_str()), ("cookie", "x=y")];
        assert_eq!(client.send("GET", "/api/v1/session", &headers, Vec::new()).status, 200);
        assert_eq!(client.send("GET", "/app", &headers, Vec::new()).status, 200);
    }
    // What is large comes whole: more than a window of it.
    let whole = server.get("/openapi.json", None).body;
    assert!(whole.len() > 70_000);
    assert_eq!(client.send("GET", "/openapi.json", &[], Vec::new()).body, whole);
}

#[test]
fn what_is_refused_by_its_head_is_answered_and_leaves_the_connection() {
    let (_ledger, server) = Server::alone();
    let key = format!("Bearer {}", server.sign_up("a@example.com").live);
    let mut client = Client::connect(&server);
    for _ in 0..5 {
        let reply = client.send("POST", "/api/v1/track", &[], vec![0; 4 << 20]);
        assert_eq!(reply.status, 401);
        let reply = client.send("POST", "/api/v1/track", &[("authorization", &key)], vec![0; 4 << 20]);
        assert_eq!(reply.status, 413);
    }
    let event = call("gpt-4o").to_string().into_bytes();
    assert_eq!(client.send("POST", "/api/v1/track", &[("authorization", &key)], event).status, 200);
}

/// A client that writes the frames that it likes.
struct Frames(TcpStream);

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GO_AWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Headers, each as a literal.
fn literals(headers: &[(&str, &str)]) -> Vec<u8> {
    let text = |text: &str| {
        let length = u8::try_from(text.len()).unwrap();
        assert!(length < 127);
        [&[length], text.as_bytes()].concat()
    };
    headers.iter().flat_map(|(name, value)| [vec![0], text(name), text(value)].concat()).collect()
}

fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let pseudo = [(":method", method), (":scheme", "http"), (":authority", "x"), (":path", path)];
    literals(&[&pseudo, headers].concat())
}

impl Frames {
    fn connect(server: &Server) -> Frames {
        let stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_nodelay(true).unwrap();
        Frames(stream)
    }

    /// With its preface, and `settings` of our own.
    fn begun(server: &Server, settings: &[u8]) -> Frames {
        let mut client = Frames::connect(server);
        client.write(&[PREFACE, &frame(SETTINGS, 0, 0, settings)].concat());
        client
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    /// The next frame: kind, flags, stream, payload. `None` once the connection is closed.
    fn read(&mut self) -> Option<(u8, u8, u32, Vec<u8>)> {
        let mut head = [0; 9];
        match self.0.read_exact(&mut head) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("it stays open"),
            Err(_) => return None,
        }
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        self.0.read_exact(&mut payload).ok()?;
        let stream = u32::from_be_bytes(head[5..9].try_into().unwrap());
        Some((head[3], head[4], stream, payload))
    }

    /// Reads on to the first frame of this kind on this stream.
    fn until(&mut self, kind: u8, stream: u32) -> (u8, Vec<u8>) {
        loop {
            let (found, flags, of, payload) = self.read().expect("a frame");
            if (found, of) == (kind, stream) {
                return (flags, payload);
            }
        }
    }

    /// Reads on to the end; the kinds of the frames.
    fn rest(&mut self) -> Vec<u8> {
        std::iter::from_fn(|| self.read()).map(|(kind, ..)| kind).collect()
    }
}

#[test]
fn a_preface_in_pieces_is_a_preface() {
    let (_ledger, server) = Server::alone();
    let mut client = Frames::connect(&server);
    let ask = frame(HEADERS, END_STREAM | END_HEADERS, 1, &request("GET", "/healthz", &[]));
    for byte in [PREFACE, &frame(SETTINGS, 0, 0, &[]), &ask].concat() {
        client.write(&[byte]);
        std::thread::sleep(Duration::from_millis(2));
    }
    client.until(HEADERS, 1);
    assert!(client.until(DATA, 1).1.starts_with(br#"{"status":"ok""#));
    // What begins alike and is something else is answered as HTTP/1.1.
    let mut client = Frames::connect(&server);
    for piece in ["P", "R", "OPFIND / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"] {
        client.write(piece.as_bytes());
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut answer = String::new();
    client.0.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
    // An upgrade is not asked for twice: HTTP/1.1 goes on.
    let mut client = Frames::connect(&server);
    client.write(
        b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\n\
          http2-settings: AAMAAABkAAQAAP__\r\n\r\nGET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    );
    let mut answer = String::new();
    client.0.read_to_string(&mut answer).unwrap();
    assert_eq!(answer.matches("HTTP/1.1 200").count(), 2, "{answer}");
}

/// Each of these ends the connection, and nobody else's.
#[test]
fn attacks_end_their_own_connection() {
    let (_ledger, server) = Server::alone();
    let open = |stream: u32| frame(HEADERS, END_HEADERS, stream, &request("POST", "/api/v1/estimate", &[]));
    let give_up = |stream: u32| frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes());
    let streams = || (0..20_000).map(|number| 2 * number + 1);
    // Requests that are given up before they are looked at.
    let mut client = Frames::begun(&server, &[]);
    let attack: Vec<Vec<u8>> = streams().map(|stream| [open(stream), give_up(stream)].concat()).collect();
    // It is told to go while it writes.
    client.0.write_all(&attack.concat()).ok();
    client.rest();
    // The same, once their body is waited for.
    let mut client = Frames::begun(&server, &[]);
    let given_up = streams().take_while(|stream| {
        let is_open = client.0.write_all(&open(*stream)).is_ok();
        std::thread::sleep(Duration::from_micros(500));
        is_open && client.0.write_all(&give_up(*stream)).is_ok()
    });
    assert!(given_up.count() < 10_000);
    client.rest();
    // Headers without an end.
    let mut client = Frames::begun(&server, &[]);
    client.write(&frame(HEADERS, END_STREAM, 1, &request("GET", "/healthz", &[])));
    let more = frame(CONTINUATION, 0, 1, &literals(&[("x-a", &"a".repeat(120))]).repeat(100));
    while client.0.write_all(&more).is_ok() {}
    // Frames that do not belong.
    for nonsense in [
        frame(DATA, 0, 1, b"x"),
        frame(CONTINUATION, 0, 1, b""),
        frame(PING, 0, 0, b"short"),
        vec![0xff; 100],
    ] {
        let mut client = Frames::begun(&server, &[]);
        client.write(&nonsense);
        assert!(client.rest().contains(&GO_AWAY), "{nonsense:?}");
    }
    assert_eq!(Client::connect(&server).send("GET", "/healthz", &[], Vec::new()).status, 200);
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let most_kib: u64 = most.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(most_kib < 200 * 1024, "{most}");
}

/// The host is in `:authority`, in `host`, or the same in both.
#[test]
fn hosts_of_http_2_are_checked_too() {
    let (_ledger, server) = Server::alone();
    let mut client = Frames::begun(&server, &[]);
    let asked = [(":method", "GET"), (":scheme", "http"), (":path", "/")];
    for (stream, (hosts, status)) in (1..).step_by(2).zip([
        (&[(":authority", "x")][..], 200),
        (&[("host", "x")], 200),
        (&[(":authority", "x"), ("host", "X")], 200),
        (&[(":authority", "x"), ("host", "evil.example")], 400),
        (&[(":authority", "u@x")], 400),
        (&[(":authority", "x:0")], 400),
        (&[("host", "x/y")], 400),
        (&[("host", "x"), ("host", "x")], 400),
        (&[], 400),
    ]) {
        client.write(&frame(HEADERS, END_STREAM | END_HEADERS, stream, &literals(&[&asked, hosts].concat())));
        let (_, head) = client.until(HEADERS, stream);
        // Both statuses are in the table that every connection has (RFC 7541, appendix A).
        assert_eq!(head[0], if status == 200 { 0x88 } else { 0x8c }, "{hosts:?}");
    }
}

/// Headers past the limit are refused; the connection goes on.
#[test]
fn large_headers_are_refused() {
    let (_ledger, server) = Server::alone();
    let mut client = Client::connect(&server);
    let large = "x".repeat(10_000);
    let headers = [("x-a", large.as_str()), ("x-b", &large)];
    assert_eq!(client.send("GET", "/healthz", &headers[..1], Vec::new()).status, 200);
    assert_eq!(client.send("GET", "/healthz", &headers, Vec::new()).status, 431);
    assert_eq!(client.send("GET", "/healthz", &[], Vec::new()).status, 200);
}

/// The guards against slow clients: headers, body, and an answer that is not read.
#[test]
fn who_keeps_a_connection_for_nothing_loses_it() {
    let ledger = Ledger::new();
    let limits = ["--header-timeout-s", "1", "--body-timeout-s", "1", "--write-timeout-s", "1"];
    let server = ledger.serve_with(&[&limits[..], &["--connections-max", "2"]].concat());
    let key = format!("Bearer {}", server.sign_up("a@example.com").live);
    let within = |what: &str, began: Instant| assert!(began.elapsed() < Duration::from_secs(6), "{what}");
    // Nothing at all, a preface that stops, a connection that asks for nothing: each holds one of two places.
    for bytes in [&b""[..], b"P", b"PR", b"PRI", b"PRI * HTTP/2.0\r\n\r\nSM"] {
        let (mut first, mut second, began) =
            (Frames::connect(&server), Frames::connect(&server), Instant::now());
        for client in [&mut first, &mut second] {
            client.write(bytes);
        }
        assert_eq!(server.get("/healthz", None).status, 200);
        within(&format!("{bytes:?}"), began);
        drop((first, second));
    }
    let began = Instant::now();
    let mut client = Frames::begun(&server, &[]);
    assert!(client.rest().contains(&GO_AWAY));
    within("idle", began);
    // The same while it answers no ping and writes headers that do not end.
    let began = Instant::now();
    let mut client = Frames::begun(&server, &[]);
    client.write(&frame(HEADERS, END_STREAM, 1, &request("GET", "/healthz", &[])));
    client.rest();
    within("headers", began);
    // A body that never ends.
    let mut client = Frames::begun(&server, &[]);
    let headers = [("authorization", key.as_str()), ("content-type", "application/grpc")];
    let path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    client.write(&frame(HEADERS, END_HEADERS, 1, &request("POST", path, &headers)));
    let began = Instant::now();
    client.write(&frame(DATA, 0, 1, b"\0\0\0\0\x09a"));
    let (flags, _) = client.until(HEADERS, 1);
    assert_eq!(flags & END_STREAM, END_STREAM, "a status alone");
    within("body", began);
    drop(client);
    // An answer that is not read: no window for it.
    let began = Instant::now();
    let mut client = Frames::begun(&server, &[0, 4, 0, 0, 0, 0]);
    client.write(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &request("GET", "/openapi.json", &[])));
    let mut client_of_pings = client.0.try_clone().unwrap();
    std::thread::spawn(move || {
        // It shows that it is alive all the while.
        while client_of_pings.write_all(&frame(PING, 0, 0, &[0; 8])).is_ok() {
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    client.rest();
    within("answer", began);
    assert_eq!(server.get("/healthz", None).status, 200);
}

#[test]
fn a_stop_ends_idle_connections_and_finishes_requests() {
    let (ledger, server) = Server::alone();
    let key = format!("Bearer {}", server.sign_up("a@example.com").live);
    let mut idle = Frames::begun(&server, &[]);
    idle.until(SETTINGS, 0);
    let _silent = Frames::connect(&server);
    let mut busy = Frames::begun(&server, &[]);
    let headers = [("authorization", key.as_str())];
    busy.write(&frame(HEADERS, END_HEADERS, 1, &request("POST", "/api/v1/track", &headers)));
    let event = call("gpt-4o").to_string().into_bytes();
    let (first, second) = event.split_at(20);
    busy.write(&frame(DATA, 0, 1, first));
    std::thread::sleep(Duration::from_millis(300));
    server.terminate();
    busy.until(GO_AWAY, 0);
    busy.write(&frame(DATA, END_STREAM, 1, second));
    busy.until(HEADERS, 1);
    assert!(busy.until(DATA, 1).1.starts_with(br#"{"co2_grams""#));
    let began = Instant::now();
    drop((busy, idle));
    let (status, _, log) = server.wait();
    assert!(status.success() && !log.contains("were cut"), "{log}");
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(ledger.count("select count(*) from event"), 1);
}

/// What does not finish in time is cut, and the ledger closed in good order all the same.
#[test]
fn a_request_that_does_not_finish_is_cut_when_the_server_stops() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--shutdown-timeout-s", "1"]);
    let key = format!("Bearer {}", server.sign_up("a@example.com").live);
    let mut client = Frames::begun(&server, &[]);
    let headers = [("authorization", key.as_str())];
    client.write(&frame(HEADERS, END_HEADERS, 1, &request("POST", "/api/v1/track", &headers)));
    std::thread::sleep(Duration::from_millis(300));
    let (status, _, log) = server.stop();
    assert!(status.success() && log.contains("were cut"), "{log}");
}
