//! Durable events a second on both stores in one run, by one to three servers; then PostgreSQL up to ten million rows.
//!
//! Servers are processes of the release build, the load is this process, and all of them share the machine with PostgreSQL:
//! read the ratios. `CARBON_BENCH_POSTGRES` names a server on which a database may be made, `CARBON_BENCH_ROWS` how many rows
//! it grows to.

#![expect(clippy::print_stdout, reason = "a bench reports its figures")]

mod load;

use load::{connect, hammer, track_request};
use postgres::{Client, NoTls};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

const CONNECTIONS: usize = 64;
const EVENTS: u64 = 1_000;
const SENDERS: usize = 4;
const MEASURED_FOR: Duration = Duration::from_secs(6);
const ROUNDS: usize = 3;

fn main() {
    // Tests of all targets run benches too; this one takes minutes and a release build.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let server = std::env::var("CARBON_BENCH_POSTGRES").expect("CARBON_BENCH_POSTGRES names a server");
    let rows: u64 =
        std::env::var("CARBON_BENCH_ROWS").map_or(10_000_000, |rows| rows.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("a folder for the ledger");
    let database = Database::new(server);
    let file = format!("sqlite:{}", folder.path().join("carbon.db").display());
    let stores = [
        ("SQLite", file, 1),
        ("PostgreSQL", database.url(), 1),
        ("PostgreSQL", database.url(), 2),
        ("PostgreSQL", database.url(), 3),
    ];
    let mut rates = vec![[Vec::new(), Vec::new()]; stores.len()];
    for round in 0..ROUNDS {
        for ((name, url, count), rates) in stores.iter().zip(&mut rates) {
            let servers: Vec<Server> = (0..*count).map(|_| Server::start(url)).collect();
            let key = key(&servers[0], &format!("{round}-{count}@example.com"));
            let (single, batch) = (single(&servers, &key), batches(&servers, &key));
            println!(
                "round {round}: {name}, {count} servers: {single:.0} single, {batch:.0} in batches a second"
            );
            rates[0].push(single);
            rates[1].push(batch);
        }
    }
    let [base_single, base_batch] = rates[0].clone().map(median);
    println!("\n{:<24} {:>14} {:>18}", "median of rounds", "single, /s", "in batches, /s");
    for ((name, _, count), [single, batch]) in stores.iter().zip(rates) {
        let (single, batch) = (median(single), median(batch));
        println!(
            "{:<24} {single:>7.0} ({:>3.0} %) {batch:>10.0} ({:>3.0} %)",
            format!("{name}, {count} servers"),
            single * 100.0 / base_single,
            batch * 100.0 / base_batch
        );
    }
    grow(&database, rows);
}

/// Bytes that the server has written into its log, ever.
const WAL: &str = "select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint";

/// Fills the database, and measures again when it is full.
fn grow(database: &Database, rows: u64) {
    let servers = [Server::start(&database.url())];
    let key = key(&servers[0], "grow@example.com");
    let mut step = database.number("select last_event_key from fold");
    let before = (step, database.number(WAL));
    println!();
    while step < rows {
        let until = rows.min(step + rows / 10);
        let start = Instant::now();
        let sent = send(&servers, &key, (until - step).div_ceil(EVENTS), Duration::MAX);
        step += sent;
        println!("{step:>10} rows: {:.0} in batches a second", rate(sent, start.elapsed()));
    }
    let wal = (database.number(WAL) - before.1) / (step - before.0).max(1);
    println!("{:>20}: {wal} bytes an event, in batches", "WAL");
    println!("{:>10} rows: {:.0} single a second", step, single(&servers, &key));
    let count = database.number("select count(*) from event");
    println!();
    for (what, sql) in [
        (
            "events",
            "select sum(pg_total_relation_size(inhrelid))::bigint from pg_inherits where inhparent = 'event'::regclass",
        ),
        ("event ids", "select pg_total_relation_size('event_id')"),
        ("seals", "select pg_total_relation_size('seal')"),
        ("all of the database", "select pg_database_size(current_database())"),
    ] {
        let bytes = database.number(sql);
        println!("{what:>20}: {} MB, {} bytes an event", bytes / 1_000_000, bytes / count.max(1));
    }
    let start = Instant::now();
    let usage = ureq::get(format!("http://{}/api/v1/usage?group_by=tenant", servers[0].address))
        .header("authorization", format!("Bearer {key}"));
    assert!(usage.call().expect("an answer").status().is_success());
    println!("usage of the month by tenant: {:.1?}", start.elapsed());
    let start = Instant::now();
    let checked = Command::new(binary()).args(["check", "--database", &database.url()]).status();
    assert!(checked.expect("check runs").success());
    println!("check of {count} events: {:.1?}", start.elapsed());
}

/// Events a second, one a request.
fn single(servers: &[Server], key: &str) -> f64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let request = track_request(key);
        let mut streams = Vec::new();
        for server in servers {
            streams.extend(connect(server.address, &request, CONNECTIONS / servers.len()).await);
        }
        let (mut sent, start) = (0, Instant::now());
        while start.elapsed() < MEASURED_FOR {
            sent += 2_000;
            hammer(&mut streams, &request, 2_000).await;
        }
        rate(sent, start.elapsed())
    })
}

/// Events a second, a thousand a request.
fn batches(servers: &[Server], key: &str) -> f64 {
    let start = Instant::now();
    let sent = send(servers, key, u64::MAX, MEASURED_FOR);
    rate(sent, start.elapsed())
}

/// Sends batches; how many events were taken.
fn send(servers: &[Server], key: &str, batches: u64, for_so_long: Duration) -> u64 {
    let (next, taken, start) = (AtomicU64::new(0), AtomicU64::new(0), Instant::now());
    std::thread::scope(|threads| {
        for sender in 0..SENDERS {
            let (next, taken) = (&next, &taken);
            let address = servers[sender % servers.len()].address;
            threads.spawn(move || {
                let agent = ureq::Agent::new_with_defaults();
                while start.elapsed() < for_so_long && next.fetch_add(1, Ordering::Relaxed) < batches {
                    let mut reply = agent
                        .post(format!("http://{address}/api/v1/track/batch"))
                        .header("authorization", format!("Bearer {key}"))
                        .header("content-type", "application/x-ndjson")
                        .send(body())
                        .expect("an answer");
                    let answer: Value = reply.body_mut().read_json().expect("JSON");
                    taken.fetch_add(answer["accepted"].as_u64().expect("a number"), Ordering::Relaxed);
                }
            });
        }
    });
    taken.into_inner()
}

/// Calls of 500 clients, with ids that are in no order, as UUIDs of version 4 are.
fn body() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let first = NEXT.fetch_add(EVENTS, Ordering::Relaxed);
    let run = std::process::id();
    (first..first + EVENTS)
        .map(|n| {
            let id = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let (tenant, model) = (n % 500, ["gpt-4o", "gpt-4o-mini", "mistral-large-2", "gpt-5"][(n % 4) as usize]);
            format!(
                r#"{{"event_id":"{id:016x}-{run}","tenant_id":"client-{tenant}","model":"{model}","prompt_tokens":600,"completion_tokens":400}}"#
            ) + "\n"
        })
        .collect()
}

fn rate(events: u64, spent: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a rate is rounded")]
    let events = events as f64;
    events / spent.as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

fn key(server: &Server, email: &str) -> String {
    let body = format!(r#"{{"email":"{email}","password":"correct horse","organisation":"Bench"}}"#);
    let mut reply =
        ureq::post(format!("http://{}/api/v1/accounts", server.address)).send(body).expect("sign-up works");
    let account: Value = reply.body_mut().read_json().expect("JSON");
    account["api_keys"]["live"].as_str().expect("a key").to_owned()
}

/// The release build.
fn binary() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/dist/carbon-server")
}

struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    fn start(database: &str) -> Self {
        let mut process = Command::new(binary())
            .args(["--listen", "127.0.0.1:0", "--database", database, "--log", "error"])
            .args(["--key-requests-per-s-max", "1000000", "--sign-ups-per-minute-max", "1000"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server, built by `cargo build --profile dist -p carbon-server`");
        let mut greeting = String::new();
        let mut stdout = BufReader::new(process.stdout.take().expect("its output"));
        stdout.read_line(&mut greeting).expect("a greeting");
        // What else it says is read, so that it never waits to be heard.
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        let address = greeting.trim().rsplit_once("//").expect("a URL").1.parse().expect("an address");
        Server { process, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(Command::new("kill").arg(self.process.id().to_string()).status());
        drop(self.process.wait());
    }
}

/// A database that is dropped at the end.
struct Database {
    server: String,
    name: String,
}

impl Database {
    fn new(server: String) -> Self {
        let name = format!("bench_{}", std::process::id());
        Client::connect(&server, NoTls)
            .and_then(|mut client| client.batch_execute(&format!("create database {name}")))
            .expect("a database");
        Database { server, name }
    }

    fn url(&self) -> String {
        format!("{}/{}", self.server.rsplit_once('/').expect("a URL").0, self.name)
    }

    fn number(&self, sql: &str) -> u64 {
        let row = Client::connect(&self.url(), NoTls).and_then(|mut client| client.query_one(sql, &[]));
        u64::try_from(row.expect("an answer").get::<_, i64>(0)).expect("a count")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let sql = format!("drop database {} with (force)", self.name);
        drop(Client::connect(&self.server, NoTls).and_then(|mut client| client.batch_execute(&sql)));
    }
}
