//! What was acknowledged is on disk, once, whatever happens to the process.

use crate::ledger::Ledger;
use crate::server::{Server, call, with};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{net::TcpStream, sync::Notify};

#[test]
fn a_restart_keeps_everything() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let event = with(call("mistral-large-2"), json!({"event_id": "e-1"}));
    server.track(&keys.live, &event);
    let month = jiff::Timestamp::now().to_string()[..7].to_owned();
    let wanted = json!({"tenant_id": "client-xyz", "month": month});
    let report = server.post("/api/v1/reports", Some(&keys.live), &wanted).json();
    let pdf = report["links"]["pdf"].as_str().unwrap();
    let bytes = server.get(pdf, Some(&keys.live)).body;
    let (status, printed, _) = server.stop();
    assert!(status.success());
    assert!(printed.contains("(new and empty)"));

    let server = ledger.serve();
    assert_eq!(server.track(&keys.live, &event)["duplicate"], true);
    assert_eq!(server.post("/api/v1/reports", Some(&keys.live), &wanted).json(), report);
    assert_eq!(server.get(pdf, Some(&keys.live)).body, bytes);
    let (_, printed, _) = server.stop();
    assert!(!printed.contains("Sign up"), "a ledger in use needs no first steps: {printed}");
}

#[test]
fn sigterm_finishes_what_was_accepted() {
    use std::io::{Read, Write};
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let body = with(call("gpt-4o"), json!({"event_id": "slow"})).to_string();
    let (first, rest) = body.split_at(10);
    let mut slow = std::net::TcpStream::connect(server.address()).unwrap();
    let idle = std::net::TcpStream::connect(server.address()).unwrap();
    let length = body.len();
    write!(
        slow,
        "POST /api/v1/track HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: {length}\r\n\r\n{first}",
        keys.live
    )
    .unwrap();
    // Let the server take the head, then tell it to stop in the middle of the body.
    std::thread::sleep(Duration::from_millis(500));
    server.terminate();
    std::thread::sleep(Duration::from_millis(500));
    slow.write_all(rest.as_bytes()).unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    drop(idle);

    let (status, _, log) = server.wait();
    assert!(status.success(), "{log}");
    assert_eq!(ledger.count("select count(*) from event where event_id = 'slow'"), 1);
    assert!(!ledger.path().with_extension("db-wal").exists(), "a file in good order needs no recovery");
}

#[test]
fn a_client_that_does_not_read_holds_nobody_up() {
    use std::io::Write;
    let ledger = Ledger::new();
    let server = ledger.serve_with(&["--write-timeout-s", "1", "--shutdown-timeout-s", "30"]);
    let mut deaf = std::net::TcpStream::connect(server.address()).unwrap();
    deaf.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    // Questions without end, until the answers fill every buffer on the way.
    let question = "GET /api/v1/models HTTP/1.1\r\nhost: x\r\n\r\n".repeat(64);
    while deaf.write_all(question.as_bytes()).is_ok() {}
    let (status, _, log) = server.stop();
    assert!(status.success(), "{log}");
    assert!(!log.contains("were cut"), "it waited for the deaf one until its patience ended: {log}");
    drop(deaf);
}

#[test]
fn what_is_not_a_ledger_is_not_made_one() {
    let ledger = Ledger::new();
    ledger.execute("create table recipes (name text)");
    let database = ledger.url();
    let output = std::process::Command::new(crate::server::binary())
        .args(["--listen", "127.0.0.1:0", "--database", &database])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("it is a database, but not a ledger of this program"), "{said}");
    assert_eq!(ledger.objects(), 1);
}

#[test]
fn a_second_server_on_the_file_does_not_start() {
    let ledger = Ledger::in_file();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    let database = ledger.url();
    let start = || {
        std::process::Command::new(crate::server::binary())
            .args(["--listen", "127.0.0.1:0", "--database", &database])
            .output()
            .unwrap()
    };
    let second = start();
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(said.contains("another server has it open"), "{said}");
    server.track(&keys.live, &call("gpt-4o"));
    // Killed, not closed: the file is free all the same.
    server.kill();
    let server = ledger.serve();
    server.track(&keys.live, &call("gpt-4o"));
    assert_eq!(ledger.count("select count(*) from event"), 2);
}

const CALLS: usize = 2_000;
/// So many answers, and the process is killed: early, so that most calls are cut on a slow machine too.
const ENOUGH: usize = CALLS / 8;

/// Many calls in flight, the process killed among them, and the calls sent again afterwards.
#[test]
fn kill_9_among_2000_concurrent_tracks_loses_nothing_and_doubles_nothing() {
    let ledger = Ledger::new();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();

    let acknowledged = runtime.block_on(async {
        let (count, enough) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let calls: Vec<_> = (0..CALLS)
            .map(|n| {
                let (address, key) = (server.address().to_owned(), keys.live.clone());
                let (count, enough) = (count.clone(), enough.clone());
                tokio::spawn(async move {
                    let acknowledged = track(&address, &key, n).await.is_some();
                    if acknowledged && count.fetch_add(1, Ordering::Relaxed) + 1 == ENOUGH {
                        enough.notify_one();
                    }
                    acknowledged
                })
            })
            .collect();
        enough.notified().await;
        tokio::task::spawn_blocking(move || server.kill()).await.unwrap();
        let mut acknowledged = Vec::new();
        for (n, call) in calls.into_iter().enumerate() {
            if call.await.unwrap() {
                acknowledged.push(n);
            }
        }
        acknowledged
    });
    assert!(
        (ENOUGH..CALLS).contains(&acknowledged.len()),
        "{} acknowledged: nothing was cut",
        acknowledged.len()
    );

    let server = ledger.serve();
    let kept = ledger.count("select count(*) from event");
    assert!(
        kept >= acknowledged.len() as u64,
        "{kept} of {} acknowledged events are there",
        acknowledged.len()
    );
    assert_eq!(ledger.count("select sum(requests) from daily_usage"), kept);
    for &n in &acknowledged {
        assert_eq!(
            server.track(&keys.live, &event(n))["duplicate"],
            true,
            "event {n} was acknowledged and is gone"
        );
    }
    // The client cannot know what became of the others, and sends them again.
    for n in 0..CALLS {
        server.track(&keys.live, &event(n));
    }
    assert_eq!(ledger.count("select count(*) from event"), CALLS as u64);
    assert_eq!(ledger.count("select count(distinct event_id) from event"), CALLS as u64);
    // Closed in good order, the file holds every sum.
    server.stop();
    assert_eq!(ledger.count("select sum(requests) from daily_usage"), CALLS as u64);
    assert_eq!(ledger.count("select sum(output_tokens) from daily_usage"), 400 * CALLS as u64);
}

fn event(n: usize) -> Value {
    with(call("gpt-4o"), json!({"event_id": format!("e-{n}"), "tenant_id": format!("client-{}", n % 7)}))
}

/// One call on a connection of its own; `None` where no 200 came back.
async fn track(address: &str, key: &str, n: usize) -> Option<()> {
    let request = hyper::Request::post("/api/v1/track");
    let answer = answered(address, key, request, event(n).to_string()).await?;
    (answer["duplicate"] == false).then_some(())
}

async fn answered(
    address: &str,
    key: &str,
    request: hyper::http::request::Builder,
    body: String,
) -> Option<Value> {
    let stream = TcpStream::connect(address).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    tokio::spawn(connection);
    let request = request
        .header("host", address)
        .header("authorization", format!("Bearer {key}"))
        .body(Full::new(Bytes::from(body)))
        .ok()?;
    let response = sender.send_request(request).await.ok()?;
    let status = response.status();
    let body = response.into_body().collect().await.ok()?.to_bytes();
    serde_json::from_slice(&body).ok().filter(|_| status == 200)
}

const BATCHES: usize = 60;
const EVENTS_OF_A_BATCH: usize = 200;

#[test]
fn kill_9_among_batches_keeps_each_whole_or_not_at_all() {
    let ledger = Ledger::new();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let acknowledged = runtime.block_on(async {
        let enough = Arc::new(Notify::new());
        let batches: Vec<_> = (0..BATCHES)
            .map(|n| {
                let (address, key) = (server.address().to_owned(), keys.live.clone());
                let enough = enough.clone();
                tokio::spawn(async move {
                    let kept = send_batch(&address, &key, n).await;
                    enough.notify_one();
                    kept
                })
            })
            .collect();
        // The first answer, and the process is killed.
        enough.notified().await;
        tokio::task::spawn_blocking(move || server.kill()).await.unwrap();
        let mut acknowledged = Vec::new();
        for (n, batch) in batches.into_iter().enumerate() {
            if batch.await.unwrap().is_some() {
                acknowledged.push(n);
            }
        }
        acknowledged
    });
    assert!(
        (1..BATCHES).contains(&acknowledged.len()),
        "{} acknowledged: nothing was cut",
        acknowledged.len()
    );

    let server = ledger.serve();
    for n in 0..BATCHES {
        let kept = ledger.count(&format!("select count(*) from event where event_id like 'b-{n}:%'"));
        let whole = EVENTS_OF_A_BATCH as u64;
        assert!(kept == whole || kept == 0 && !acknowledged.contains(&n), "{kept} of batch {n}");
    }
    // The client cannot know what became of the others, and sends them all again.
    runtime.block_on(async {
        for n in 0..BATCHES {
            assert!(send_batch(server.address(), &keys.live, n).await.is_some(), "batch {n}");
        }
    });
    let all = (BATCHES * EVENTS_OF_A_BATCH) as u64;
    assert_eq!(ledger.count("select count(*) from event"), all);
    // Closed in good order, the file holds every sum.
    server.stop();
    assert_eq!(ledger.count("select sum(requests) from daily_usage"), all);
}

/// `None` where no 200 came back for all of it.
async fn send_batch(address: &str, key: &str, n: usize) -> Option<()> {
    let events = vec![call("gpt-4o"); EVENTS_OF_A_BATCH];
    let request = hyper::Request::post("/api/v1/track/batch").header("idempotency-key", format!("b-{n}"));
    let answer = answered(address, key, request, json!(events).to_string()).await?;
    let kept = answer["accepted"].as_u64()? + answer["duplicates"].as_u64()?;
    (kept == EVENTS_OF_A_BATCH as u64).then_some(())
}
