//! A database that takes no commit, for want of its synchronous standby: every write is answered, and every answer is true.

use super::{postgres::Postgres, start, within};
use crate::{
    ledger::Ledger,
    power::told::{Sent, Told, of_tenant, words_hold},
    server::{Server, call},
};
use serde_json::json;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

const SENDERS: usize = 6;
/// Longer than the longest answer takes, and begun again.
const WITHOUT_A_STANDBY: Duration = Duration::from_secs(40);
/// What is promised of every answer.
const ANSWER_MAX: Duration = Duration::from_secs(35);

const WAITS_FOR_A_STANDBY: &str =
    "select count(*) from pg_stat_activity where wait_event = 'SyncRep' and datname = current_database()";

/// The operator, or a failover, stops waiting: the server then tells of success.
const STOPS_WAITING: &str = "select count(pg_cancel_backend(pid)) from pg_stat_activity
     where wait_event = 'SyncRep' and datname = current_database()";

fn set_standby(ledger: &Ledger, name: &str) {
    ledger.execute(&format!("alter system set synchronous_standby_names = '{name}'"));
    ledger.execute("select pg_reload_conf()");
}

/// Whether a commit waits for a standby by now.
fn commits_wait(ledger: &Ledger) -> bool {
    std::thread::scope(|threads| {
        let commit = threads.spawn(|| ledger.execute("select pg_logical_emit_message(true, 'test', 'test')"));
        while !commit.is_finished() {
            if ledger.count(STOPS_WAITING) > 0 {
                return true;
            }
        }
        false
    })
}

#[test]
fn without_its_standby_every_write_is_answered_and_no_event_is_lost_or_doubled() {
    let postgres = Postgres::start(&[], |_| {});
    // One book, so that all wait for the same turn.
    let ledger = Ledger::with_books(postgres.url(), "1");
    let servers = start(&ledger, 2);
    let keys = servers[0].sign_up("a@example.com");
    for server in &servers {
        server.track(&keys.live, &call("gpt-4o"));
    }
    set_standby(&ledger, "nobody");
    within(30, "commits wait", || commits_wait(&ledger));

    let (stop, begin) = (AtomicBool::new(false), Instant::now());
    let send = |sender: usize, server: &Server| {
        let mut sent = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let tenant = format!("{sender}-{}", sent.len());
            let body = match sender % 3 {
                0 => json!([of_tenant(&tenant), of_tenant(&tenant)]),
                _ => of_tenant(&tenant),
            };
            let start = Instant::now();
            sent.push((Sent::send(server, &keys.live, tenant, body), start.elapsed()));
            std::thread::sleep(Duration::from_millis(100));
        }
        sent
    };
    let sent: Vec<_> = std::thread::scope(|threads| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let (send, server) = (&send, &servers[sender % 2]);
                threads.spawn(move || send(sender, server))
            })
            .collect();
        within(20, "a commit of a server waits", || ledger.count(WAITS_FOR_A_STANDBY) > 0);
        for server in &servers {
            let start = Instant::now();
            server.get("/readyz", None).problem(503);
            assert!(start.elapsed() < Duration::from_secs(12), "{:?}", start.elapsed());
            assert_eq!(server.get("/healthz", None).status, 200);
            // What can be read is what was there.
            let usage = server.get("/api/v1/usage", Some(&keys.live)).json();
            assert_eq!(usage["total"]["requests"], 2, "{usage}");
        }
        while begin.elapsed() < WITHOUT_A_STANDBY {
            std::thread::sleep(Duration::from_millis(500));
        }
        // What nobody waits for any more is there, and nobody was told so.
        assert!(ledger.count(STOPS_WAITING) > 0);
        stop.store(true, Ordering::Relaxed);
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
    });
    let longest = sent.iter().map(|(_, took)| *took).max().unwrap();
    let sent: Vec<Sent> = sent.into_iter().map(|(sent, _)| sent).collect();
    let count = |is_so: fn(&Told) -> bool| sent.iter().filter(|sent| is_so(&sent.told)).count();
    let [stored, in_doubt] =
        [count(|told| matches!(told, Told::Stored)), count(|told| matches!(told, Told::MayBeStored(_)))];
    eprintln!("{} sent, {stored} acknowledged, {in_doubt} in doubt, longest answer {longest:?}", sent.len());
    assert!(longest < ANSWER_MAX, "{longest:?}");
    assert!(stored == 0 && in_doubt > 0, "{stored} of {} acknowledged, {in_doubt} in doubt", sent.len());

    set_standby(&ledger, "");
    within(40, "both go on", || servers.iter().all(|server| server.get("/readyz", None).status == 200));
    words_hold(&ledger, &servers[1], &keys.live, &sent);
    ledger.check();
}

/// Its commit waits when somebody ends the wait: the server tells of success, and that is not passed on.
#[test]
fn a_commit_that_stopped_waiting_for_its_standby_is_not_acknowledged() {
    let postgres = Postgres::start(&[], |_| {});
    let ledger = Ledger::with_books(postgres.url(), "1");
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    server.track(&keys.live, &call("gpt-4o"));
    set_standby(&ledger, "nobody");
    within(30, "commits wait", || commits_wait(&ledger));
    let sent = std::thread::scope(|threads| {
        let send = |tenant: &str| Sent::send(&server, &keys.live, tenant.to_owned(), of_tenant(tenant));
        let first = threads.spawn(move || send("first"));
        within(20, "its commit waits", || ledger.count(STOPS_WAITING) > 0);
        // What it asks then, whether its event is there, waits too: as long as no standby has it, it is in doubt.
        let first = first.join().unwrap();
        assert!(matches!(first.told, Told::MayBeStored(_)), "{:?}", first.told);
        let second = threads.spawn(move || send("second"));
        within(20, "the next waits for its turn or its commit", || {
            ledger.count("select count(*) from pg_stat_activity where wait_event in ('SyncRep', 'transactionid', 'tuple')") > 0
        });
        set_standby(&ledger, "");
        [first, second.join().unwrap()]
    });
    assert!(matches!(sent[1].told, Told::Stored), "{:?}", sent[1].told);
    words_hold(&ledger, &server, &keys.live, &sent);
    ledger.check();
}

#[test]
fn a_killed_server_gives_its_turn_back_while_its_statement_runs() {
    let postgres = Postgres::start(&[], |_| {});
    let ledger = Ledger::with_books(postgres.url(), "1");
    let mut servers = start(&ledger, 2);
    let keys = servers[0].sign_up("a@example.com");
    for server in &servers {
        server.track(&keys.live, &call("gpt-4o"));
    }
    // The first who adds a seal takes two minutes.
    ledger.execute(
        "create sequence public.naps;
         create function public.nap() returns trigger language plpgsql as
         $$ begin if nextval('public.naps') = 1 then perform pg_sleep(120); end if; return new; end $$;
         create trigger nap before insert on book_1.seal for each row execute function public.nap();",
    );
    let sleeping = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'";
    let (sleeper, other) = (servers.remove(0), servers.remove(0));
    std::thread::scope(|threads| {
        let address = sleeper.address().to_owned();
        let key = keys.live.clone();
        threads.spawn(move || {
            let request = ureq::post(format!("http://{address}/api/v1/track"));
            // It is killed before it answers.
            drop(
                request
                    .header("authorization", format!("Bearer {key}"))
                    .send(call("gpt-4o").to_string().as_bytes()),
            );
        });
        within(20, "it sleeps in its turn", || ledger.count(sleeping) > 0);
        let start = Instant::now();
        sleeper.kill();
        other.track(&keys.live, &call("gpt-4o"));
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        assert_eq!(ledger.count(sleeping), 0);
    });
    ledger.execute("drop function public.nap() cascade; drop sequence public.naps;");
    ledger.check();
}
