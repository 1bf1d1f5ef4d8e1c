//! Durable `/track` over loopback beside a bare hyper hello, in one run: read the ratio, not the rates.
//!
//! Both servers run on a current-thread runtime of their own in this process, the load generator on another;
//! the ledger is a real file and every event is synced to disk before its answer.

#![expect(clippy::print_stdout, reason = "a bench reports its figures")]

mod hello;
mod load;
mod tracker;

use criterion::{Criterion, Throughput};
use hello::start_hello;
use load::{connect, exchange, hammer, track_request};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tracker::{runtime, sign_up, start_tracker};

const CONNECTIONS: [usize; 2] = [64, 256];

fn main() {
    let folder = tempfile::tempdir().expect("a folder for the ledger");
    let hello = start_hello();
    let tracker = start_tracker(folder.path());
    let key = sign_up(tracker);
    let requests = [
        ("hello", hello, "GET / HTTP/1.1\r\nhost: x\r\n\r\n".to_owned()),
        ("track", tracker, track_request(&key)),
    ];

    let load = runtime();
    let mut criterion =
        Criterion::default().sample_size(20).measurement_time(Duration::from_secs(8)).configure_from_args();
    let mut lines = Vec::new();
    for connections in CONNECTIONS {
        let mut rates = Vec::new();
        for (name, address, request) in &requests {
            let mut latencies = Vec::new();
            let mut spent = Duration::ZERO;
            let mut streams = load.block_on(connect(*address, request, connections));
            let mut group = criterion.benchmark_group(format!("{connections} connections"));
            group.throughput(Throughput::Elements(1));
            group.bench_function(*name, |bencher| {
                bencher.iter_custom(|count| {
                    let (elapsed, times) = load.block_on(hammer(&mut streams, request, count));
                    spent += elapsed;
                    latencies.extend(times);
                    elapsed
                });
            });
            group.finish();
            if latencies.is_empty() {
                continue; // filtered out on the command line
            }
            latencies.sort_unstable();
            let percentile = |hundredths: usize| latencies[(latencies.len() - 1) * hundredths / 100];
            let per_second = latencies.len() as u128 * 1_000_000 / spent.as_micros().max(1);
            lines.push(format!(
                "{name:>6} at {connections:>3} connections: {per_second:>7} requests/s, p50 {:?}, p99 {:?}, worst {:?}",
                percentile(50),
                percentile(99),
                percentile(100),
            ));
            rates.push(per_second);
        }
        if let [hello, track] = rates[..] {
            lines.push(format!(" ratio at {connections:>3} connections: {} % of hello", track * 100 / hello));
        }
    }
    criterion.final_summary();
    if std::env::args().all(|argument| argument != "hello") {
        let mut streams = load.block_on(connect(tracker, &requests[1].2, PACED_CONNECTIONS));
        let mut times = load.block_on(paced(&mut streams, &requests[1].2));
        times.sort_unstable();
        lines.push(format!(
            " track at {PACED_PER_S} requests/s: p50 {:?}, p99 {:?}, worst {:?}",
            times[times.len() / 2],
            times[(times.len() - 1) * 99 / 100],
            times[times.len() - 1]
        ));
    }
    for line in lines {
        println!("{line}");
    }
}

const PACED_PER_S: u32 = 1_000;
const PACED_CONNECTIONS: usize = 16;

/// A steady stream of requests for five seconds; the time of each.
async fn paced(streams: &mut Vec<TcpStream>, request: &str) -> Vec<Duration> {
    let start = Instant::now();
    let mut tasks = Vec::new();
    for (first, mut stream) in (0u32..).zip(streams.drain(..)) {
        let request = request.to_owned();
        tasks.push(tokio::spawn(async move {
            let (mut buffer, mut times) = (Vec::new(), Vec::new());
            for n in (first..5 * PACED_PER_S).step_by(PACED_CONNECTIONS) {
                let due = start + Duration::from_secs(1) / PACED_PER_S * n;
                tokio::time::sleep_until(due.into()).await;
                // The timer ticks in milliseconds: what it is late is not the server's.
                let sent = Instant::now();
                exchange(&mut stream, request.as_bytes(), &mut buffer).await;
                times.push(sent.elapsed());
            }
            times
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.expect("no panic"));
    }
    all
}
