//! What goes wrong around a ledger: kills, full and read-only disks, broken files, clocks that jump, a lock that is held.

use crate::clock::Clock;
use crate::ledger::Ledger;
use crate::server::{Keys, Server, binary, call, with};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    path::Path,
    process::Command,
    sync::Mutex,
    time::{Duration, Instant},
};

fn named(id: &str) -> Value {
    with(call("gpt-4o"), json!({"event_id": id, "tenant_id": format!("client-{}", id.len() % 3)}))
}

/// Sends events with ids of `name` over several connections until the server is gone; ids that were acknowledged.
fn load(
    server: &Server,
    key: &str,
    name: &str,
    acknowledged: &Mutex<BTreeSet<String>>,
    until: impl FnOnce(),
) {
    std::thread::scope(|threads| {
        for connection in 0..6 {
            threads.spawn(move || {
                let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
                for n in 0.. {
                    let id = format!("{name}-{connection}-{n}");
                    let request = agent.post(format!("{}/api/v1/track", server.url));
                    let request = request.header("authorization", format!("Bearer {key}"));
                    let answered = request.send(named(&id).to_string().as_bytes());
                    match answered.and_then(|mut reply| reply.body_mut().read_json::<Value>()) {
                        Ok(answer) if answer["event_id"] == id.as_str() => {
                            acknowledged.lock().unwrap().insert(id);
                        }
                        Ok(other) => panic!("{other}"),
                        Err(_) => return,
                    }
                }
            });
        }
        until();
    });
}

/// Every acknowledged event once, and none that was not sent.
fn holds(ledger: &Ledger, acknowledged: &BTreeSet<String>) {
    let found: Vec<String> =
        ledger.rows("select event_id from event").into_iter().map(|row| row[0].clone()).collect();
    let distinct: BTreeSet<&String> = found.iter().collect();
    assert_eq!(distinct.len(), found.len(), "an event is there twice");
    for id in acknowledged {
        assert!(distinct.contains(id), "{id} was acknowledged and is gone");
    }
    // What was sent and not acknowledged may be there: at most one of each connection.
    for id in found.iter().filter(|id| !acknowledged.contains(*id)) {
        let (of_connection, n) = id.rsplit_once('-').unwrap();
        let before = n.parse::<u32>().unwrap().checked_sub(1);
        let sent = before.is_none_or(|n| acknowledged.contains(&format!("{of_connection}-{n}")));
        assert!(sent, "{id} was never sent");
    }
    ledger.check();
}

#[test]
fn kill_9_fifty_times_under_load() {
    let ledger = Ledger::new();
    let mut keys: Option<Keys> = None;
    let acknowledged = Mutex::new(BTreeSet::new());
    for round in 0..50u64 {
        let server = ledger.serve();
        let keys = keys.get_or_insert_with(|| server.sign_up("a@example.com"));
        let before = acknowledged.lock().unwrap().len();
        let pid = server.pid();
        load(&server, &keys.live, &format!("r{round}"), &acknowledged, || {
            let deadline = Instant::now() + Duration::from_secs(20);
            while acknowledged.lock().unwrap().len() == before && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(1));
            }
            // Now here, now there between two commits.
            std::thread::sleep(Duration::from_micros(round * 7_919 % 20_000));
            assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
        });
        drop(server);
    }
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() >= 50, "{}", acknowledged.len());
    ledger.serve().stop();
    holds(&ledger, &acknowledged);
}

#[test]
fn sigterm_under_load_loses_nothing() {
    let (ledger, server) = Server::alone();
    let keys = server.sign_up("a@example.com");
    let acknowledged = Mutex::new(BTreeSet::new());
    load(&server, &keys.live, "t", &acknowledged, || {
        while acknowledged.lock().unwrap().len() < 100 {
            std::thread::sleep(Duration::from_millis(1));
        }
        server.terminate();
    });
    let (status, _, log) = server.wait();
    assert!(status.success(), "{log}");
    holds(&ledger, &acknowledged.into_inner().unwrap());
}

/// The server with a mount namespace of its own, after `prepare`, in which `$1` is the ledger's folder.
fn apart(ledger: &Ledger, prepare: &str) -> Command {
    let mut command = Command::new("unshare");
    let script = format!(r#"set -e; {prepare}; shift; exec "$@""#);
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script, "sh"]);
    command.arg(ledger.path().parent().unwrap()).arg(binary());
    command
}

#[test]
fn a_full_disk_refuses_keeps_no_half_and_recovers() {
    let ledger = Ledger::in_file();
    let server = ledger.start(apart(
        &ledger,
        r#"mount -t tmpfs -o size=3m tmpfs "$1"; head -c 1500000 /dev/zero > "$1/ballast""#,
    ));
    let keys = server.sign_up("a@example.com");
    let mut acknowledged = BTreeSet::new();
    let mut fill = |rounds: usize| {
        let mut refused = 0;
        for _ in 0..rounds {
            let id = format!("full-0-{}", acknowledged.len());
            let reply = server.post("/api/v1/track", Some(&keys.live), &named(&id));
            if reply.status == 200 {
                acknowledged.insert(id);
            } else {
                reply.problem(503);
                assert_eq!(reply.header("retry-after"), Some("1"));
                refused += 1;
                if refused == 10 {
                    break;
                }
            }
        }
        refused
    };
    assert_eq!(fill(20_000), 10, "the disk was never full");
    let beside = |program: &Path, arguments: &[&str]| {
        let pid = server.pid().to_string();
        let mut command = Command::new("nsenter");
        command.args(["--target", &pid, "--user", "--mount", "--preserve-credentials"]);
        command.arg(program).args(arguments).output().unwrap()
    };
    let folder = ledger.path().parent().unwrap().to_owned();
    assert!(beside(Path::new("rm"), &[folder.join("ballast").to_str().unwrap()]).status.success());
    assert_eq!(fill(50), 0, "there is room again");
    // The file system goes with the server, so the book is looked at from beside it.
    let checked = beside(binary(), &["check", "--database", &ledger.url()]);
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    assert!(said.contains(&format!("Events         {},", acknowledged.len())), "{said}");
    for id in &acknowledged {
        assert_eq!(server.track(&keys.live, &named(id))["duplicate"], true, "{id}");
    }
}

#[test]
fn a_file_that_cannot_be_written_stops_the_start() {
    let ledger = Ledger::in_file();
    ledger.serve().stop();
    let before = std::fs::read(ledger.path()).unwrap();
    let mut command = apart(&ledger, r#"mount --bind "$1" "$1"; mount -o remount,ro,bind "$1""#);
    let database = ledger.url();
    let output = command.args(["--listen", "127.0.0.1:0", "--database", &database]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot open the ledger") && said.contains("Read-only file system"), "{said}");
    assert!(std::fs::read(ledger.path()).unwrap() == before, "the file was changed");
}

#[test]
fn a_broken_file_stops_the_start_and_is_left_as_it_is() {
    let sound = Ledger::in_file();
    let server = sound.serve();
    let keys = server.sign_up("a@example.com");
    for n in 0..200 {
        server.track(&keys.live, &named(&format!("e-{n}")));
    }
    server.stop();
    let bytes = std::fs::read(sound.path()).unwrap();
    let garbage: Vec<u8> = (0..8_192u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for (what, broken, named) in [
        ("no database", garbage, "file is not a database"),
        ("cut in half", bytes[..bytes.len() / 2].to_vec(), "malformed"),
        ("without its last seal", without_last_seal(&sound), "does not match the rows"),
    ] {
        let ledger = Ledger::in_file();
        std::fs::write(ledger.path(), &broken).unwrap();
        let output = ledger.run(&["--listen", "127.0.0.1:0"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{what}: {said}");
        assert!(said.contains("cannot open the ledger") && said.contains(named), "{what}: {said}");
        assert!(std::fs::read(ledger.path()).unwrap() == broken, "{what}: the file was changed");
    }
}

fn without_last_seal(ledger: &Ledger) -> Vec<u8> {
    let copy = ledger.copy();
    copy.open()
        .execute_batch(
            "drop trigger seal_is_never_deleted; delete from seal where seal_key = (select max(seal_key) from seal)",
        )
        .unwrap();
    std::fs::read(copy.path()).unwrap()
}

#[test]
fn a_clock_that_jumps_confuses_nothing() {
    let clock = Clock::new();
    let ledger = Ledger::new();
    let server = ledger.start(clock.server());
    let keys = server.sign_up("a@example.com");
    let mut ids = BTreeSet::new();
    let mut track = || {
        for _ in 0..5 {
            let answer = server.track(&keys.live, &call("gpt-4o"));
            assert!(ids.insert(answer["event_id"].as_str().unwrap().to_owned()), "an id was given twice");
        }
    };
    track();
    for ahead in [-40, 3, -400, 0] {
        clock.set_days(ahead);
        track();
    }
    let now: jiff::Timestamp = jiff::Timestamp::now();
    let month = (now - jiff::SignedDuration::from_hours(40 * 24)).to_string()[..7].to_owned();
    let closed =
        server.post_bytes(&format!("/api/v1/months/{month}/close"), Some(&keys.live), &[], b"").json();
    assert_eq!(closed["events"], 5, "{closed}");
    // Back into a month that is closed: taken, and an adjustment.
    clock.set_days(-40);
    track();
    clock.set_days(0);
    let state = server.get(&format!("/api/v1/months/{month}"), Some(&keys.live)).json();
    assert_eq!((&state["events"], &state["adjustments"]["events"]), (&json!(5), &json!(5)));
    let from = (now - jiff::SignedDuration::from_hours(450 * 24)).to_string()[..10].to_owned();
    let to = (now + jiff::SignedDuration::from_hours(10 * 24)).to_string()[..10].to_owned();
    let usage = server.get(&format!("/api/v1/usage?from={from}&to={to}"), Some(&keys.live)).json();
    assert_eq!(usage["total"]["requests"], 30);
    server.stop();
    ledger.check();
}

#[test]
fn a_held_lock_queues_up_to_a_bound() {
    let ledger = Ledger::in_file();
    let server = ledger.serve_with(&["--writes-waiting-max", "4"]);
    let keys = server.sign_up("a@example.com");
    let other = ledger.open();
    other.execute_batch("begin immediate").unwrap();
    // Longer than the server waits for a lock.
    let replies: Vec<_> = std::thread::scope(|threads| {
        let (server, key) = (&server, keys.live.as_str());
        let senders: Vec<_> = (0..24)
            .map(|n| {
                threads.spawn(move || {
                    let start = Instant::now();
                    let reply = server.post("/api/v1/track", Some(key), &named(&format!("held-0-{n}")));
                    (reply, start.elapsed())
                })
            })
            .collect();
        senders.into_iter().map(|sender| sender.join().unwrap()).collect()
    });
    for (reply, _) in &replies {
        reply.problem(503);
        assert_eq!(reply.header("retry-after"), Some("1"));
    }
    let at_once = replies.iter().filter(|(_, took)| *took < Duration::from_secs(2)).count();
    assert!((1..24).contains(&at_once), "{at_once} of 24 were refused at once");
    other.execute_batch("rollback").unwrap();
    assert_eq!(server.track(&keys.live, &named("held-0-0"))["duplicate"], false);
    assert_eq!(ledger.count("select count(*) from event"), 1);
    server.stop();
    ledger.check();
}
