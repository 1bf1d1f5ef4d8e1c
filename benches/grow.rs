//! A ledger as it grows: random event ids in batches over loopback, into a server process of its own.
//!
//! Prints the rate of each million events, the ratio of the last to the first, bytes per event, and what queries, a report,
//! a start and an idle server cost on the ledger that this makes. `GROW_EVENTS` sets how many (3,000,000).

#![expect(clippy::print_stdout, reason = "a bench reports its figures")]

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

const BATCH: u64 = 5_000;
const CONNECTIONS: usize = 4;
const STEP: u64 = 1_000_000;

fn main() {
    // `cargo test` runs benches once, to see that they start; this one is all measuring.
    if std::env::args().all(|argument| argument != "--bench") {
        return;
    }
    let events = std::env::var("GROW_EVENTS").ok().map_or(3 * STEP, |text| text.parse().expect("a number"));
    let mut build = Command::new(env!("CARGO"));
    build
        .args(["build", "--quiet", "--profile", "dist", "-p", "carbon-server"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    assert!(build.status().expect("cargo").success());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("carbon.db");
    let server = Server::start(&file);
    let account =
        json!({"email": "grow@example.com", "password": "correct horse", "organisation": "Grow Ltd"});
    let account = server.post("/api/v1/accounts", None, &account.to_string());
    let key = account["api_keys"]["live"].as_str().expect("a key").to_owned();
    let mut rates = Vec::new();
    for step in 0..events / STEP {
        let elapsed = send(&server, &key, STEP);
        let rate = u128::from(STEP) * 1_000_000 / elapsed.as_micros().max(1);
        rates.push(rate);
        println!("{:>4} million: {rate:>7} events/s", step + 1);
    }
    let mean = |rates: &[u128]| rates.iter().sum::<u128>() / rates.len() as u128;
    let part = (rates.len() / 5).max(1);
    let (first, last) = (mean(&rates[..part]), mean(&rates[rates.len() - part..]));
    println!("last fifth over first fifth: {} %", last * 100 / first);

    let month = &jiff::Timestamp::now().to_string()[..7];
    let usage = |group_by: &str| {
        format!("/api/v1/usage?from={month}-01&to={month}-28&tenant_id=client-0&group_by={group_by}")
    };
    for group_by in ["day", "model", "tag:feature"] {
        let took = median(|| drop(server.get(&usage(group_by), &key)));
        let rows = server.get(&usage(group_by), &key);
        println!("usage of {} events by {group_by}: {took:?}", rows["total"]["requests"]);
    }
    for language in ["en", "fr", "de"] {
        let start = Instant::now();
        let wanted = json!({"tenant_id": "client-0", "month": month, "language": language});
        server.post("/api/v1/reports", Some(&key), &wanted.to_string());
        println!("report in {language}: {:?}", start.elapsed());
    }
    println!("memory after all that: {} MiB", server.memory_mib());
    server.stop();
    let bytes = std::fs::metadata(&file).expect("the ledger").len();
    println!("ledger: {} MiB, {} bytes an event", bytes >> 20, bytes / events);
    let start = Instant::now();
    let server = Server::start(&file);
    let first = server.post("/api/v1/track", Some(&key), &event(1));
    println!("start to first answer: {:?} ({})", start.elapsed(), first["model"]);
    println!("idle memory: {} MiB", server.memory_mib());
    let size = std::fs::metadata(binary()).expect("the binary").len();
    println!("binary: {} kB", size / 1_000);
    server.stop();
    let start = Instant::now();
    let check =
        Command::new(binary()).args(["check", "--database"]).arg(url(&file)).output().expect("a check");
    println!(
        "check: {:?}, {}",
        start.elapsed(),
        String::from_utf8_lossy(&check.stdout).lines().next().unwrap_or("failed")
    );
}

/// Sends `count` events over a few connections.
fn send(server: &Server, key: &str, count: u64) -> Duration {
    let batches = AtomicU64::new(count / BATCH);
    let start = Instant::now();
    std::thread::scope(|threads| {
        for _ in 0..CONNECTIONS {
            threads.spawn(|| {
                let agent = ureq::Agent::new_with_defaults();
                while batches
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                    .is_ok()
                {
                    let body: String =
                        (0..BATCH).map(|_| event(NEXT.fetch_add(1, Ordering::Relaxed)) + "\n").collect();
                    let mut reply = agent
                        .post(format!("{}/api/v1/track/batch", server.url))
                        .header("authorization", format!("Bearer {key}"))
                        .header("content-type", "application/x-ndjson")
                        .send(body)
                        .expect("an answer");
                    let answer: Value = reply.body_mut().read_json().expect("JSON");
                    assert_eq!(answer["accepted"], BATCH);
                }
            });
        }
    });
    start.elapsed()
}

static OURS: LazyLock<bool> = LazyLock::new(|| std::env::var("GROW_IDS").is_ok_and(|ids| ids == "ours"));
static NEXT: AtomicU64 = AtomicU64::new(10);

/// An event whose id is a random UUID, as SplitMix64 makes random bits of a count.
fn event(n: u64) -> String {
    let mix = |n: u64| {
        let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        n ^ (n >> 31)
    };
    let (high, low) =
        (mix(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)), mix(n.wrapping_add(0x1234_5678_9abc_def1)));
    let id = format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    );
    let model = ["gpt-4o", "gpt-4o-mini", "mistral-large-2", "gpt-5", "llama-3.1-70b"][(high % 5) as usize];
    let feature = ["summarise", "translate", "chat"][(low % 3) as usize];
    let id = if *OURS { String::new() } else { format!(r#""event_id":"{id}","#) };
    format!(
        r#"{{{id}"tenant_id":"client-{}","model":"{model}","prompt_tokens":{},"completion_tokens":{},"region":"FRA","tags":{{"feature":"{feature}"}}}}"#,
        n % 3,
        high % 4_000,
        low % 1_000
    )
}

fn median(mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..21)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// The release build of the server.
fn binary() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/dist/carbon-server")
}

fn url(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}

struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(file: &Path) -> Self {
        let start = Instant::now();
        let mut process = Command::new(binary())
            .args(["--listen", "127.0.0.1:0", "--database", &url(file)])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server");
        let mut greeting = String::new();
        BufReader::new(process.stdout.as_mut().expect("its output"))
            .read_line(&mut greeting)
            .expect("a greeting");
        println!("start to greeting: {:?}", start.elapsed());
        let url = greeting.trim().rsplit(' ').next().expect("a word").to_owned();
        Server { process, url }
    }

    fn post(&self, path: &str, key: Option<&str>, body: &str) -> Value {
        let mut request = ureq::post(format!("{}{path}", self.url));
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        request.send(body).expect("an answer").body_mut().read_json().expect("JSON")
    }

    fn get(&self, path: &str, key: &str) -> Value {
        let request =
            ureq::get(format!("{}{path}", self.url)).header("authorization", format!("Bearer {key}"));
        request.call().expect("an answer").body_mut().read_json().expect("JSON")
    }

    fn memory_mib(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("a process");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its memory");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a number") >> 10
    }

    fn stop(mut self) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
        assert!(self.process.wait().expect("its end").success());
    }
}
