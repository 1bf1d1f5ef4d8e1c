//! Who shows no key costs next to nothing, and can neither fill the memory nor shut others out.

use crate::{
    flood::{Connection, event_thread_ns, keyed, request, resident_kib},
    ledger::Ledger,
    server::{Server, binary, call},
};
use serde_json::json;
use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    time::{Duration, Instant},
};

/// Work of the thread that takes events for each of such requests, in nanoseconds, and for each of as many health checks at the
/// same pace: a thread that has waited for long finds its caches cold, whatever it is asked. The least of some rounds, as a
/// machine that is busy with other things makes it look like more.
fn work_of(server: &Server, request: impl Fn(u32) -> Vec<u8>, expect: u16) -> [u64; 2] {
    const ROUNDS: u32 = 6;
    let mut connection = Connection::to(server);
    // What is built once is built now.
    assert_eq!(connection.status(&request(0)), expect, "{}", String::from_utf8_lossy(&request(0)));
    let rounds = (0..ROUNDS).map(|round| {
        let began = Instant::now();
        let asked = work_of_some(server, |n| {
            connection.status(&request(round * TIMES + n + 1));
        });
        let pace = began.elapsed() / TIMES;
        let cheap = work_of_some(server, |_| {
            let due = Instant::now() + pace;
            connection.status(&self::request("GET", "/healthz", &[], ""));
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        });
        [asked, cheap]
    });
    rounds.reduce(|least, round| [least[0].min(round[0]), least[1].min(round[1])]).unwrap()
}

/// Requests in a round.
const TIMES: u32 = 15;

/// Work for each of so many.
fn work_of_some(server: &Server, ask: impl FnMut(u32)) -> u64 {
    let before = event_thread_ns(server);
    (0..TIMES).for_each(ask);
    (event_thread_ns(server) - before) / u64::from(TIMES)
}

#[test]
fn what_strangers_ask_for_is_not_computed_on_the_thread_that_takes_events() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--address-requests-per-s-max", "1000000"]);
    let get = |path: &'static str| move |_: u32| request("GET", path, &[], "");
    let estimate = |n: u32| {
        // As long as a name may be, of the letters of many others.
        let model = format!("{}{n}", &"gpt-claude-mistral-".repeat(13)[..240]);
        request(
            "POST",
            "/api/v1/estimate",
            &[],
            &json!({"model": model, "prompt_tokens": 1, "completion_tokens": 1}).to_string(),
        )
    };
    let mut works = vec![("an unknown name", work_of(&server, estimate, 200))];
    for path in [
        "/api/v1/models/gpt-claude-mistral-gpt-claude-mistral",
        "/registry?q=gpt-claude",
        "/registry/gpt-4o",
        "/methodology?model=gpt-claude&input_tokens=1&output_tokens=1",
        "/metrics",
        "/nowhere",
    ] {
        let status = if path.contains("nowhere") || path.contains("models/gpt") { 404 } else { 200 };
        works.push((path, work_of(&server, get(path), status)));
    }
    // Half a megabyte is half a megabyte to send: asked again by its tag.
    for path in ["/openapi.json", "/api/v1/models", "/registry", "/methodology", "/docs", "/"] {
        // Some pages name the host that they were asked from.
        let first = server.request("GET", path, &[("host", "x")], "");
        let etag = first.header("etag").unwrap().to_owned();
        let again = |_: u32| request("GET", path, &[("if-none-match", &etag)], "");
        works.push((path, work_of(&server, again, 304)));
    }
    let wrong = "isv_live_000000000000000000000000000000000000";
    works.push(("a wrong key", work_of(&server, |_| keyed("GET", "/api/v1/tenants", wrong, ""), 401)));
    for (what, [work, cheap]) in works {
        assert!(work <= 3 * cheap, "{what}: {work} ns, and {cheap} ns for a health check");
    }
}

#[test]
fn a_public_document_is_sent_once() {
    let (_ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    for path in ["/openapi.json", "/api/v1/models", "/api/v1/models/gpt-4o", "/registry", "/methodology"] {
        let first = server.get(path, None);
        let etag = first.header("etag").unwrap();
        assert_eq!((first.status, first.header("cache-control")), (200, Some("no-cache")), "{path}");
        for (known, status) in [
            (etag.to_owned(), 304),
            (format!("\"other\", W/{etag}"), 304),
            ("*".to_owned(), 304),
            ("\"other\"".to_owned(), 200),
        ] {
            let reply = server.request("GET", path, &[("if-none-match", &known)], "");
            assert_eq!((reply.status, reply.body.is_empty()), (status, status == 304), "{path} {known}");
            assert_eq!(reply.header("etag"), Some(etag), "{path}");
            // A browser puts these in place of those that came with the page.
            let policy = "content-security-policy";
            assert_eq!(reply.header(policy), first.header(policy), "{path}");
            assert_eq!(reply.header("referrer-policy"), first.header("referrer-policy"), "{path}");
        }
    }
    // An account's own models are its own document.
    let listed = |key: Option<&str>| server.get("/api/v1/models", key).header("etag").unwrap().to_owned();
    assert_eq!(listed(None), listed(Some(&keys.live)));
    let own = json!({"total_b": 70.6, "source": "Model card"});
    assert_eq!(server.put("/api/v1/models/own/ours", Some(&keys.live), &own).status, 200);
    assert_eq!(server.get("/api/v1/models", Some(&keys.live)).status, 200);
    // What is somebody's own is not kept anywhere.
    let tenants = server.get("/api/v1/tenants", Some(&keys.live));
    assert_eq!((tenants.header("etag"), tenants.header("cache-control")), (None, Some("no-store")));
}

#[test]
fn who_shows_no_key_has_a_rate_by_address() {
    let ledger = Ledger::new();
    let limits = ["--address-requests-per-s-max", "3", "--trusted-proxy", "127.0.0.1"];
    let server = ledger.serve_with(&limits);
    let key = server.sign_up("a@example.com").live;
    let from = |address: &str, path: &str, key: Option<&str>| {
        let bearer = key.map(|key| format!("Bearer {key}"));
        let mut headers = vec![("x-forwarded-for", address)];
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        server.request("GET", path, &headers, "")
    };
    // A key that was never shown here is looked up first, which counts.
    assert_eq!(from("192.0.2.98", "/api/v1/tenants", Some(&key)).status, 200);
    // Until one is refused: what is allowed comes back meanwhile.
    let flood = |address: &str, path: &str, key: Option<&str>| {
        let refused = (0..200).map(|_| from(address, path, key)).find(|reply| reply.status == 429);
        let refused = refused.unwrap_or_else(|| panic!("{path} has no limit"));
        assert_eq!(refused.header("retry-after"), Some("1"));
    };
    let wrong = "isv_live_000000000000000000000000000000000000";
    for (address, path, shown) in [
        ("192.0.2.1", "/registry/gpt-4o", None),
        ("192.0.2.2", "/nowhere", None),
        ("192.0.2.3", "/api/v1/tenants", Some(wrong)),
        ("192.0.2.4", "/api/v1/tenants", None),
        ("192.0.2.5", "/api/v1/models", Some("Bearer of nothing")),
        ("192.0.2.6", "/3/footprints", Some(wrong)),
        ("192.0.2.7", "/app", None),
    ] {
        flood(address, path, shown);
        // A health check, and who shows a key that is known here, are answered all the same.
        for _ in 0..10 {
            assert_eq!(from(address, "/healthz", None).status, 200);
            assert_eq!(from(address, "/readyz", None).status, 200);
            assert_eq!(from(address, "/api/v1/tenants", Some(&key)).status, 200);
        }
    }
    assert_eq!(from("192.0.2.99", "/registry/gpt-4o", None).status, 200, "each address has its own");
    // A network of IPv6 is one customer.
    let hosts = (0..200).map(|host| from(&format!("2001:db8::{host:x}"), "/nowhere", None).status);
    assert!(hosts.into_iter().any(|status| status == 429));
    assert_eq!(from("2001:db8:0:1::1", "/nowhere", None).status, 404);
}

#[test]
fn one_address_closes_neither_the_sign_up_nor_an_account() {
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--trusted-proxy", "127.0.0.1"]);
    let post = |address: &str, path: &str, email: &str, password: &str| {
        let body = if path.ends_with("accounts") {
            json!({"email": email, "password": password, "organisation": "A"})
        } else {
            json!({"email": email, "password": password})
        };
        server.request("POST", path, &[("x-forwarded-for", address)], &body.to_string()).status
    };
    assert_eq!(post("192.0.2.1", "/api/v1/accounts", "a@example.com", "correct horse"), 201);
    let mut n = 0..;
    let mut sign_up =
        || post("192.0.2.66", "/api/v1/accounts", &format!("{}@x.com", n.next().unwrap()), "12345678");
    assert!((0..200).any(|_| sign_up() == 429));
    let guess = || post("192.0.2.66", "/api/v1/session", "a@example.com", "wrong horse");
    assert!((0..50).any(|_| guess() == 429));
    assert_eq!(post("192.0.2.1", "/api/v1/session", "a@example.com", "correct horse"), 200);
    assert_eq!(post("192.0.2.1", "/api/v1/accounts", "b@example.com", "correct horse"), 201);
}

#[test]
fn passwords_are_hashed_in_turn_and_in_memory_that_does_not_grow() {
    /// What Argon2 fills for one password, and how many are hashed at a time.
    const ARGON2_KIB: u64 = 19 * 1024;
    const AT_A_TIME: u64 = 2;
    let ledger = Ledger::new();
    let any = ["--log-ins-per-minute-max", "1000000", "--trusted-proxy", "127.0.0.1"];
    let server = &ledger.serve_with(&any);
    server.sign_up("a@example.com");
    let log_in = |address: &str, n: usize| -> Vec<u8> {
        let body = json!({"email": format!("{n}@example.com"), "password": "wrong horse"}).to_string();
        request("POST", "/api/v1/session", &[("x-forwarded-for", address)], &body)
    };
    let log_ins = |count: usize| {
        std::thread::scope(|threads| {
            for thread in 0..12 {
                threads.spawn(move || {
                    let mut connection = Connection::to(server);
                    for n in 0..count / 12 {
                        let address = format!("192.0.2.{thread}");
                        assert_eq!(connection.status(&log_in(&address, thread * 1_000 + n)), 401);
                    }
                });
            }
        });
    };
    log_ins(12);
    let before = resident_kib(server);
    log_ins(504);
    let grown = resident_kib(server).saturating_sub(before);
    // Nothing of Argon2's size; in memory of the allocator's, each thread would keep some of its own.
    assert!(grown <= ARGON2_KIB * AT_A_TIME, "{grown} KiB more after 504 log-ins than after 12");
}

#[test]
fn passwords_of_one_address_do_not_keep_others_waiting() {
    let ledger = Ledger::new();
    let any = ["--log-ins-per-minute-max", "1000000", "--trusted-proxy", "127.0.0.1"];
    let server = ledger.serve_with(&any);
    server.sign_up("a@example.com");
    let log_in = |address: &str, email: &str, password: &str| {
        let body = json!({"email": email, "password": password}).to_string();
        request("POST", "/api/v1/session", &[("x-forwarded-for", address)], &body)
    };
    let flooded = crate::flood::during_flood(
        &server,
        16,
        |n| log_in("192.0.2.66", &format!("{n}@example.com"), "wrong horse"),
        9,
        |_| log_in("192.0.2.1", "a@example.com", "correct horse"),
        200,
    );
    // In one line for all, as many as connections.
    assert!(flooded.during_one <= 8, "{} log-ins came first, of {}", flooded.during_one, flooded.answers);
}

#[test]
fn heads_that_are_never_finished_are_few_and_small() {
    let ledger = Ledger::new();
    // A quarter of them may stand open without a request.
    let server = ledger.serve_with(&["--connections-max", "400"]);
    let mut connection = Connection::to(&server);
    assert_eq!(connection.status(&request("GET", "/healthz", &[], "")), 200);
    let before = resident_kib(&server);
    let mut piece = b"GET /healthz HTTP/1.1\r\nhost: x\r\nx: ".to_vec();
    piece.resize(15_000, b'a');
    let unfinished: Vec<TcpStream> = (0..300)
        .map(|_| {
            let mut stream = TcpStream::connect(server.address()).unwrap();
            // It may have been cut already.
            stream.write_all(&piece).ok();
            stream
        })
        .collect();
    let is_open = |stream: &&TcpStream| {
        stream.set_nonblocking(true).unwrap();
        let read = stream.peek(&mut [0]);
        read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    while unfinished.iter().filter(is_open).count() > 100 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    let open = unfinished.iter().filter(is_open).count();
    assert!((1..=100).contains(&open), "{open} stand open");
    let grown = resident_kib(&server).saturating_sub(before);
    assert!(grown < 100 * 64, "{grown} KiB for {open} connections");
    // Who was there, and who comes and asks, is served.
    assert_eq!(connection.status(&request("GET", "/healthz", &[], "")), 200);
    assert_eq!(server.get("/healthz", None).status, 200);
    // A head that is larger is not read to its end.
    let large = "a".repeat(20_000);
    assert_eq!(Connection::to(&server).status(&request("GET", "/healthz", &[("x", &large)], "")), 431);
}

#[test]
fn without_a_descriptor_left_who_connects_is_told() {
    let ledger = Ledger::new();
    let mut limited = Command::new("prlimit");
    limited.arg("--nofile=64").arg(binary());
    let server = ledger.start(limited);
    let key = server.sign_up("a@example.com").live;
    let held: Vec<TcpStream> = (0..80).map(|_| TcpStream::connect(server.address()).unwrap()).collect();
    let ask = || {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut answer = String::new();
        stream.write_all(&request("GET", "/healthz", &[("connection", "close")], "")).unwrap();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let answer = ask();
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
    assert!(answer.ends_with("please retry.\"}"), "{answer}");
    // It waits, and does not spin.
    let (began, before) = (Instant::now(), event_thread_ns(&server));
    std::thread::sleep(Duration::from_millis(500));
    let worked = event_thread_ns(&server) - before;
    assert!(u128::from(worked) < began.elapsed().as_nanos() / 4, "{worked} ns of work in half a second");
    drop(held);
    // Some of those that have gone are still to be taken and let go.
    let deadline = Instant::now() + Duration::from_secs(30);
    while server.post("/api/v1/track", Some(&key), &call("gpt-4o")).status != 200 {
        assert!(Instant::now() < deadline, "it does not recover");
    }
}
