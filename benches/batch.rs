//! Batches of 1,000 events over loopback beside raw inserts of the same rows, in one run: read the ratio, not the rates.
//!
//! The raw inserts are what the ledger's file can take: one table with the event's columns, keyed by account and event id,
//! prepared, 1,000 rows a transaction, synced; no HTTP, no JSON, no sums.

#![expect(clippy::print_stdout, reason = "a bench reports its figures")]

mod raw;
mod tracker;

use criterion::{Criterion, Throughput};
use raw::{INSERT, raw_ledger};
use rusqlite::{Connection, params};
use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};
use tracker::{sign_up, start_tracker};

const EVENTS: u64 = 1_000;
const CONNECTIONS: u64 = 8;
/// Names of events are never used twice.
static NEXT: AtomicU64 = AtomicU64::new(0);

fn main() {
    let folder = tempfile::tempdir().expect("a folder for the ledgers");
    let address = start_tracker(folder.path());
    let key = sign_up(address);
    let mut raw = raw_ledger(&folder.path().join("raw.db"));
    let mut criterion =
        Criterion::default().sample_size(10).measurement_time(Duration::from_secs(8)).configure_from_args();
    let mut rates = Vec::new();
    let mut group = criterion.benchmark_group("1,000 events");
    group.throughput(Throughput::Elements(EVENTS));
    let mut measure = |name: &str, work: &mut dyn FnMut(u64) -> Duration| {
        let (mut events, mut spent) = (0, Duration::ZERO);
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|batches| {
                let elapsed = work(batches);
                events += batches * EVENTS;
                spent += elapsed;
                elapsed
            });
        });
        if events > 0 {
            rates.push((name.to_owned(), u128::from(events) * 1_000_000 / spent.as_micros().max(1)));
        }
    };
    measure("raw rusqlite", &mut |batches| insert(&mut raw, batches));
    measure("POST /api/v1/track/batch", &mut |batches| send(address, &key, batches));
    group.finish();
    criterion.final_summary();
    for (name, rate) in &rates {
        println!("{name:>26}: {rate:>7} events/s");
    }
    if let [(_, raw), (_, batch)] = rates.as_slice() {
        println!("{:>26}: {} % of raw inserts", "ratio", batch * 100 / raw);
    }
}

fn insert(connection: &mut Connection, batches: u64) -> Duration {
    let start = Instant::now();
    for _ in 0..batches {
        let transaction = connection.transaction().expect("a transaction");
        {
            let mut insert = transaction.prepare_cached(INSERT).expect("a statement");
            for id in names() {
                insert.execute(params![format!("{id:012}"), id % 20]).expect("a row");
            }
        }
        transaction.commit().expect("a commit");
    }
    start.elapsed()
}

fn names() -> std::ops::Range<u64> {
    let first = NEXT.fetch_add(EVENTS, Ordering::Relaxed);
    first..first + EVENTS
}

/// The time that the server takes for so many batches; they are written out before it runs.
fn send(address: SocketAddr, key: &str, batches: u64) -> Duration {
    let bodies: Vec<Vec<String>> = (0..CONNECTIONS.min(batches))
        .map(|one| (0..batches).filter(|batch| batch % CONNECTIONS == one).map(|_| body()).collect())
        .collect();
    let agents: Vec<ureq::Agent> = bodies.iter().map(|_| ureq::Agent::new_with_defaults()).collect();
    let start = Instant::now();
    std::thread::scope(|threads| {
        for (agent, bodies) in agents.iter().zip(&bodies) {
            threads.spawn(move || {
                for body in bodies {
                    let mut reply = agent
                        .post(format!("http://{address}/api/v1/track/batch"))
                        .header("authorization", format!("Bearer {key}"))
                        .header("content-type", "application/x-ndjson")
                        .send(body)
                        .expect("an answer");
                    let answer: serde_json::Value = reply.body_mut().read_json().expect("JSON");
                    assert_eq!(answer["accepted"], EVENTS);
                }
            });
        }
    });
    start.elapsed()
}

fn body() -> String {
    names()
        .map(|id| {
            format!(
                r#"{{"event_id":"{id:012}","tenant_id":"client-{}","model":"mistral-large-2","prompt_tokens":600,"completion_tokens":400}}"#,
                id % 20
            ) + "\n"
        })
        .collect()
}
