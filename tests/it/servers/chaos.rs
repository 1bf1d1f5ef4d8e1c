//! Load with retries that hit different servers, while servers and the database are killed.

use super::{postgres::Postgres, within};
use crate::{
    ledger::Ledger,
    ports::free_address,
    server::{Server, call, with},
};
use serde_json::{Value, json};
use std::{
    process::Command,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

const SERVERS: usize = 3;
const SENDERS: usize = 6;
const ROUNDS: usize = 8;
/// Events of a batch; every third request is one.
const IN_A_BATCH: usize = 20;

/// What senders do, and where.
struct Load<'l> {
    addresses: &'l [String],
    key: &'l str,
    stop: AtomicBool,
    acknowledged: AtomicU64,
    /// Sent a second time after they had been acknowledged.
    again: AtomicU64,
    refused: AtomicU64,
}

impl Load<'_> {
    /// Sends until it is told to stop; each request again and again, to any server, until it is acknowledged.
    fn send(&self, sender: usize) {
        let mut random = random_numbers(sender);
        for n in 0.. {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let id = |k: usize| format!("e-{sender}-{n}-{k}");
            let event = |k: usize| {
                with(call("gpt-4o"), json!({"event_id": id(k), "tenant_id": format!("t-{}", k % 7)}))
            };
            let (path, body, events) = if n % 3 == 0 {
                let events: Vec<Value> = (0..IN_A_BATCH).map(event).collect();
                ("/api/v1/track/batch", json!(events), IN_A_BATCH)
            } else {
                ("/api/v1/track", event(0), 1)
            };
            self.until_acknowledged(path, &body, &mut random);
            self.acknowledged.fetch_add(events as u64, Ordering::Relaxed);
            if random().is_multiple_of(4) {
                let answer = self.until_acknowledged(path, &body, &mut random);
                let known = answer["duplicate"] == json!(true) || answer["duplicates"] == json!(events);
                assert!(known, "acknowledged, and new when it came again: {answer}");
                self.again.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn until_acknowledged(&self, path: &str, body: &Value, random: &mut impl FnMut() -> u64) -> Value {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(40)))
            .build()
            .new_agent();
        let deadline = Instant::now() + Duration::from_secs(90);
        loop {
            let place = usize::try_from(random() % self.addresses.len() as u64).unwrap();
            let request = agent.post(format!("http://{}{path}", self.addresses[place]));
            let request = request.header("authorization", format!("Bearer {}", self.key));
            if let Ok(mut reply) = request.send(body.to_string().as_bytes()) {
                let status = reply.status().as_u16();
                if let Ok(answer) = reply.body_mut().read_json::<Value>()
                    && status == 200
                {
                    return answer;
                }
                assert!(matches!(status, 200 | 429 | 503), "{status}");
            }
            self.refused.fetch_add(1, Ordering::Relaxed);
            assert!(Instant::now() < deadline, "nobody takes it");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Numbers that are the same in every run.
fn random_numbers(seed: usize) -> impl FnMut() -> u64 {
    let mut state = seed as u64 * 7_919 + 17;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    }
}

#[test]
fn killed_servers_and_a_killed_database_lose_nothing_and_count_nothing_twice() {
    let mut postgres = Postgres::start(&[], |_| {});
    let ledger = Ledger::on_server(postgres.url());
    let addresses: Vec<String> = (0..SERVERS).map(|_| free_address()).collect();
    let serve = |address: &String| ledger.serve_at(address, &["--key-requests-per-s-max", "100000"]);
    let servers: Vec<Server> = addresses.iter().map(serve).collect();
    let keys = servers[0].sign_up("a@example.com");
    let mut running: Vec<Option<Server>> = servers.into_iter().map(Some).collect();
    let load = Load {
        addresses: &addresses,
        key: &keys.live,
        stop: AtomicBool::new(false),
        acknowledged: AtomicU64::new(0),
        again: AtomicU64::new(0),
        refused: AtomicU64::new(0),
    };
    std::thread::scope(|threads| {
        for sender in 0..SENDERS {
            let load = &load;
            threads.spawn(move || load.send(sender));
        }
        for round in 0..ROUNDS {
            std::thread::sleep(Duration::from_millis(700));
            if round % 4 == 3 {
                postgres.kill();
                std::thread::sleep(Duration::from_millis(300));
                postgres.run();
                continue;
            }
            let place = round % SERVERS;
            running[place].take().unwrap().kill();
            std::thread::sleep(Duration::from_millis(200));
            running[place] = Some(serve(&addresses[place]));
        }
        let before = load.acknowledged.load(Ordering::Relaxed);
        within(30, "senders go on after the last blow", || {
            load.acknowledged.load(Ordering::Relaxed) > before + 200
        });
        load.stop.store(true, Ordering::Relaxed);
    });
    let acknowledged = load.acknowledged.load(Ordering::Relaxed);
    eprintln!(
        "{acknowledged} events acknowledged, {} requests sent again, {} not answered or refused",
        load.again.load(Ordering::Relaxed),
        load.refused.load(Ordering::Relaxed)
    );
    assert_eq!(ledger.count("select count(*) from event"), acknowledged);
    assert_eq!(ledger.count("select count(distinct event_id) from event"), acknowledged);
    assert_eq!(ledger.count("select sum(requests) from daily_usage"), acknowledged);
    let checked = ledger.check();
    assert!(checked.contains(&format!("Events         {acknowledged},")), "{checked}");
    drop(running);
}

/// Lets a process go on that was told to stand still, and tells its callers to stop.
struct GoesOn<'s>(u32, &'s AtomicBool);

impl Drop for GoesOn<'_> {
    fn drop(&mut self) {
        self.1.store(true, Ordering::Relaxed);
        drop(Command::new("kill").args(["-CONT", &self.0.to_string()]).status());
    }
}

#[test]
fn a_server_that_stands_still_in_its_turn_loses_it() {
    let postgres = Postgres::start(&[], |_| {});
    let ledger = Ledger::on_server(postgres.url());
    let [still, other] = [ledger.serve(), ledger.serve()];
    let keys = still.sign_up("a@example.com");
    let signal = |name: &str| {
        let pid = still.pid().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    };
    let in_a_turn = "select count(*) from pg_stat_activity
        where state = 'idle in transaction' and datname = current_database() and backend_xid is not null";
    let stop = AtomicBool::new(false);
    std::thread::scope(|threads| {
        // Whatever comes: who stands still for ever is waited for for ever.
        let _goes_on = GoesOn(still.pid(), &stop);
        threads.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                still.post("/api/v1/track", Some(&keys.live), &call("gpt-4o"));
            }
        });
        // Stopped until it is found in the middle of a commit.
        within(60, "it stands still in its turn", || {
            signal("-STOP");
            std::thread::sleep(Duration::from_millis(20));
            let holds = ledger.count(in_a_turn) > 0;
            if !holds {
                signal("-CONT");
            }
            holds
        });
        let start = Instant::now();
        within(40, "the other goes on", || {
            other.post("/api/v1/track", Some(&keys.live), &call("gpt-4o")).status == 200
        });
        assert!(start.elapsed() > Duration::from_secs(2), "the turn was not held");
    });
    within(30, "it comes back by itself", || {
        still.post("/api/v1/track", Some(&keys.live), &call("gpt-4o")).status == 200
    });
    ledger.check();
}
