//! Books: each a chain with its own turn, side by side on one PostgreSQL.

use super::{postgres::server_under_test, start, within};
use crate::{
    ledger::Ledger,
    server::{Keys, Server, binary, call, with},
    time,
};
use serde_json::json;
use std::{
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

/// A ledger with so many books, and a server of it.
pub(super) fn with_books(books: &str) -> (Ledger, Server) {
    let ledger = Ledger::with_books(server_under_test(), books);
    let server = ledger.serve();
    (ledger, server)
}

/// An account in each of the books, in their order: as many sign-ups as that takes.
pub(super) fn an_account_in_each(ledger: &Ledger, server: &Server, books: usize) -> Vec<Keys> {
    let mut found: Vec<Option<Keys>> = (0..books).map(|_| None).collect();
    for n in 0.. {
        let email = format!("account-{n}@example.com");
        let keys = server.sign_up(&email);
        let book =
            ledger.count(&format!("select account_key / 1099511627776 from account where email = '{email}'"));
        found[usize::try_from(book).unwrap()].get_or_insert(keys);
        if found.iter().all(Option::is_some) {
            break;
        }
    }
    found.into_iter().flatten().collect()
}

#[test]
fn a_ledger_has_the_books_that_it_was_made_with() {
    let (ledger, server) = with_books("3");
    let listed = || ledger.rows("select book_number, schema_name from book order by 1");
    assert_eq!(listed(), [["1", "book_1"], ["2", "book_2"], ["3", "book_3"]]);
    let keys = an_account_in_each(&ledger, &server, 3);
    for (n, keys) in keys.iter().enumerate() {
        for event in 0..=n {
            server.track(&keys.live, &with(call("gpt-4o"), json!({"event_id": format!("e-{event}")})));
        }
        // The same id again, and what it adds up to.
        assert_eq!(
            server.track(&keys.live, &with(call("gpt-4o"), json!({"event_id": "e-0"})))["duplicate"],
            true
        );
        assert_eq!(server.get("/api/v1/usage", Some(&keys.live)).json()["total"]["requests"], n + 1);
        // Each in its own, and its numbers say so.
        let book = n + 1;
        assert_eq!(ledger.count(&format!("select count(*) from book_{book}.event")), book as u64);
        let first = ledger.count(&format!("select min(tenant_key) from book_{book}.tenant"));
        assert_eq!(first, n as u64 * (1 << 40) + 1);
    }
    let said = String::from_utf8(ledger.run(&["check", "--json"]).stdout).unwrap();
    let checked: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(checked["events"], 6, "{said}");
    assert_eq!(checked["books"].as_array().unwrap().len(), 3, "{said}");
    assert!(checked["chain_sha256"].is_null(), "{said}");
    assert!(ledger.check().contains("in 3 books\n  book 1"), "{}", ledger.check());
    drop(server);
    // As many as it has, or no word of it.
    drop(ledger.serve_with(&["--books", "3"]));
    let other = ledger.run(&["--books", "4", "--listen", "127.0.0.1:0"]);
    let said = String::from_utf8_lossy(&other.stderr);
    assert!(said.contains("it has 3 books, not 4"), "{said}");
    let file = Ledger::in_file();
    let output = Command::new(binary()).args(["--books", "2", "--database", &file.url()]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("a file is one book"), "{output:?}");
}

/// Whoever holds up one book holds up its accounts alone.
#[test]
fn a_book_that_is_held_up_holds_up_no_other() {
    let (ledger, server) = with_books("2");
    let keys = an_account_in_each(&ledger, &server, 2);
    let turn = ledger.hold("begin; select 1 from book_1.fold for update");
    let begun = Instant::now();
    std::thread::scope(|threads| {
        let waiting = threads.spawn(|| server.track(&keys[0].live, &call("gpt-4o")));
        for _ in 0..20 {
            server.track(&keys[1].live, &call("gpt-4o"));
        }
        assert_eq!(server.get("/api/v1/usage", Some(&keys[1].live)).json()["total"]["requests"], 20);
        // A load balancer leaves the server to the others, and its operator sees which book it is.
        let ready = server.get("/readyz", None);
        assert_eq!((ready.status, &ready.json()["books_down"]), (200, &json!([1])));
        assert!(!waiting.is_finished(), "{:?}", begun.elapsed());
        drop(turn);
        waiting.join().unwrap();
    });
    ledger.check();
}

/// An account that was created with a book of its own is alone in it, on servers that ran before, too.
#[test]
fn an_account_gets_a_book_of_its_own_while_servers_run() {
    let (ledger, first) = with_books("2");
    let second = ledger.serve();
    let create = |email: &str| {
        ledger.run(&[
            "account",
            "create",
            "--own-book",
            "--json",
            "--organisation",
            "Giant",
            "--email",
            email,
        ])
    };
    let shared = first.sign_up("shared@example.com");
    // Nobody comes to be, and its book is the next one's.
    assert!(!create("shared@example.com").status.success());
    let created: Vec<Keys> = ["a@example.com", "b@example.com"]
        .map(|email| {
            let output = create(email);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let keys: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            let [live, test] = ["live", "test"].map(|kind| keys[kind].as_str().unwrap().to_owned());
            Keys { live, test }
        })
        .into();
    assert_eq!(
        ledger.rows("select book_number, is_shared from book order by 1"),
        [["1", "t"], ["2", "t"], ["3", "f"], ["4", "f"]]
    );
    for (n, keys) in created.iter().enumerate() {
        for server in [&first, &second] {
            // Until it has opened the book, it says that it is not there yet.
            let mut statuses = Vec::new();
            within(20, "a server that has opened the book", || {
                let event = with(call("gpt-4o"), json!({"event_id": format!("e-{n}")}));
                statuses.push(server.post("/api/v1/track", Some(&keys.live), &event).status);
                statuses.last() == Some(&200)
            });
            assert!(statuses[..statuses.len() - 1].iter().all(|status| *status == 503), "{statuses:?}");
        }
        first.track(&keys.live, &time::on(5, "before", json!({})));
        let path = format!("/api/v1/months/{}/close", time::month());
        assert_eq!(second.post(&path, Some(&keys.live), &json!({})).json()["events"], 1);
        let book = n + 3;
        assert_eq!(ledger.count(&format!("select count(*) from book_{book}.event")), 2);
        assert_eq!(ledger.count(&format!("select count(distinct account_key) from book_{book}.event")), 1);
    }
    // It takes no turns with others.
    let turn = ledger.hold("begin; select 1 from book_3.fold for update");
    for keys in [&shared, &created[1]] {
        first.track(&keys.live, &call("gpt-4o"));
    }
    drop(turn);
    // Nobody else comes into them.
    for n in 0..16 {
        first.sign_up(&format!("account-{n}@example.com"));
    }
    let others = "select count(*) from account where account_key >= 2 * 1099511627776::bigint";
    assert_eq!(ledger.count(others), 2);
    drop((first, second));
    assert!(ledger.check().contains("in 4 books"), "{}", ledger.check());
    // How many are shared is as it was.
    let server = ledger.serve_with(&["--books", "2"]);
    assert_eq!(server.get("/api/v1/usage", Some(&created[0].live)).json()["total"]["requests"], 1);
    let file = Ledger::in_file();
    let arguments = ["account", "create", "--own-book", "--organisation", "O", "--email", "a@example.com"];
    let output = file.run(&arguments);
    assert!(String::from_utf8_lossy(&output.stderr).contains("leave out --own-book"), "{output:?}");
}

/// Three servers write to different books: none waits for a lock of another.
#[test]
fn no_group_waits_for_a_lock_outside_its_book() {
    let (ledger, first) = with_books("3");
    let keys = an_account_in_each(&ledger, &first, 3);
    let mut servers = start(&ledger, 2);
    servers.push(first);
    // Months are there before.
    for keys in &keys {
        servers[0].track(&keys.live, &call("gpt-4o"));
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        for (server, keys) in servers.iter().zip(&keys) {
            for _ in 0..4 {
                threads.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        server.track(&keys.live, &call("gpt-4o"));
                    }
                });
            }
        }
        let waiting = "select count(*) from pg_locks where not granted
                         and database = (select oid from pg_database where datname = current_database())";
        let events = || {
            (1..=3)
                .map(|book| ledger.count(&format!("select count(*) from book_{book}.event")))
                .collect::<Vec<_>>()
        };
        let before = events();
        let (mut waits, begun) = (0, Instant::now());
        for _ in 0..100 {
            waits += ledger.count(waiting);
            std::thread::sleep(Duration::from_millis(20));
        }
        let grown = events();
        done.store(true, Ordering::Relaxed);
        assert_eq!(waits, 0, "after {:?}", begun.elapsed());
        // There was something to wait for.
        assert!(grown.iter().zip(&before).all(|(now, before)| now >= &(before + 5)), "{before:?} {grown:?}");
    });
    drop(servers);
    ledger.check();
}

/// A book is reached at the place that the directory gives.
#[test]
fn a_book_is_reached_at_its_node() {
    let (ledger, server) = with_books("2");
    let keys = an_account_in_each(&ledger, &server, 2);
    drop(server);
    let url = server_under_test();
    let node = url.split_once('@').unwrap().1.split_once('/').unwrap().0;
    ledger.execute(&format!("update book set node = '{node}' where book_number = 2"));
    let server = ledger.serve();
    for keys in &keys {
        server.track(&keys.live, &call("gpt-4o"));
    }
    drop(server);
    // Nobody listens there, and a server starts only where every book answers.
    ledger.execute("update book set node = '127.0.0.1:1' where book_number = 2");
    let refused = ledger.run(&["--listen", "127.0.0.1:0"]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("refused"), "{said}");
    ledger.execute("update book set node = null");
    assert_eq!([1, 2].map(|book| ledger.count(&format!("select count(*) from book_{book}.event"))), [1, 1]);
    ledger.check();
}

/// Statements that look for many rows read no table from end to end, whatever the planner was told of it: here that all are empty.
#[test]
fn a_book_whose_tables_were_analysed_while_they_were_empty_reads_what_it_asks_for() {
    if crate::citus::is_tested() {
        // Rows are counted where they are.
        return;
    }
    let (ledger, server) = with_books("1");
    let keys = server.sign_up("a@example.com");
    let months = "select count(*) from pg_inherits where inhparent = 'event'::regclass";
    within(20, "the tables of two months", || ledger.count(months) == 2);
    ledger.execute("analyze");
    let rows: Vec<_> = (0..4_000)
        .map(|n| {
            let tags = json!({"n": format!("{}", n % 200)});
            with(
                call("gpt-4o"),
                json!({"event_id": format!("e-{n}"), "tenant_id": format!("t-{}", n % 300), "tags": tags}),
            )
        })
        .collect();
    for rows in rows.chunks(1_000) {
        let reply = server.post("/api/v1/track/batch", Some(&keys.live), &json!(rows));
        assert_eq!(reply.json()["accepted"], 1_000);
    }
    let of_events = "from pg_stat_user_tables where relname ~ '^(event|daily)_'";
    let inserted = format!("select sum(n_tup_ins) {of_events} and relname ~ '^event_[0-9]'");
    within(30, "the database counts the events", || ledger.count(&inserted) == 4_000);
    let read = ledger.count(&format!("select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) {of_events}"));
    assert!(read < 100_000, "{read} rows were read for 4,000 events");
    ledger.check();
}

/// One tree stands over all books: what it signed is found again, and a chain that was cut in any book is named.
#[test]
fn one_checkpoint_is_over_all_books() {
    let ledger = Ledger::with_books(server_under_test(), "3");
    let [file, key] =
        ["checkpoints", "key"].map(|name| ledger.path().with_extension(name).display().to_string());
    let flags = ["--housekeeping-s", "1", "--checkpoints", &file, "--checkpoint-key", &key];
    let server = ledger.serve_with(&flags);
    let keys = an_account_in_each(&ledger, &server, 3);
    for (n, keys) in keys.iter().enumerate() {
        server.track(&keys.live, &time::on(5, &format!("e-{n}"), json!({})));
        let path = format!("/api/v1/months/{}/close", time::month());
        assert_eq!(server.post(&path, Some(&keys.live), &json!({})).status, 200);
    }
    let sizes = || {
        let notes = std::fs::read_to_string(&file).unwrap_or_default();
        notes.lines().filter_map(|line| line.parse::<u64>().ok()).collect::<Vec<_>>()
    };
    let seals =
        || (1..=3).map(|book| ledger.count(&format!("select count(*) from book_{book}.seal"))).sum::<u64>();
    within(20, "a checkpoint over all of them", || sizes().last() == Some(&seals()));
    let public = server.get("/checkpoint/key", None).text().trim().to_owned();
    drop(server);
    let checked = |ledger: &Ledger| ledger.run(&["check", "--checkpoints", &file, "--key", &public]);
    let output = checked(&ledger);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // The last seals of a book are taken out of what they are over.
    for book in 1..=3 {
        let copy = ledger.copy();
        copy.tamper(&format!("delete from seal_log where seal_log_key = (select max(seal_log_key) from seal_log where book_number = {book})"));
        let output = checked(&copy);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(1) && said.contains("checkpoint"), "{book}: {said}");
    }
}
