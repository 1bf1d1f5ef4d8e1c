//! Accounts of one book: the events of one fill neither its groups nor its queue.

use super::{server_under_test, within};
use crate::{
    flood::{Connection, keyed},
    ledger::Ledger,
    server::call,
};
use std::{io::Write as _, time::Duration};

/// While the ledger takes nothing, one account's events fill half the queue, and the others' wait in what is left.
#[test]
fn events_of_one_account_leave_places_in_the_queue_to_the_others() {
    let ledger = Ledger::with_books(server_under_test(), "1");
    let server = ledger.serve_with(&["--writes-waiting-max", "32"]);
    let [flood, other] = ["a@example.com", "b@example.com"].map(|email| server.sign_up(email).live);
    // The month is there before.
    server.track(&flood, &call("gpt-4o"));
    let turn = ledger.hold("begin; select 1 from book_1.fold for update");
    std::thread::scope(|threads| {
        let flooding: Vec<_> = (0..64)
            .map(|_| threads.spawn(|| server.post("/api/v1/track", Some(&flood), &call("gpt-4o"))))
            .collect();
        let refused = || flooding.iter().filter(|call| call.is_finished()).count();
        // Some that were taken before the ledger was found to be held, and half the queue.
        within(10, "a full line", || refused() >= 64 - 2 * 16);
        let waiting: Vec<_> = (0..8)
            .map(|_| threads.spawn(|| server.post("/api/v1/track", Some(&other), &call("gpt-4o")).status))
            .collect();
        std::thread::sleep(Duration::from_millis(300));
        assert!(waiting.iter().all(|call| !call.is_finished()), "the others' events have places");
        drop(turn);
        assert!(waiting.into_iter().all(|call| call.join().unwrap() == 200));
        let replies: Vec<_> = flooding.into_iter().map(|call| call.join().unwrap()).collect();
        for reply in replies.iter().filter(|reply| reply.status != 200) {
            reply.problem(503);
            assert_eq!(reply.header("retry-after"), Some("1"));
        }
        let stored = replies.iter().filter(|reply| reply.status == 200).count();
        assert!((16..=32).contains(&stored), "{stored} of 64 had a place");
    });
    ledger.check();
}

/// Many events of one account wait before one of another: it is stored behind the turns that the first has had, not behind all.
#[test]
fn an_event_waits_for_a_turn_of_another_account_and_not_for_all_its_events() {
    const WAITING: usize = 800;
    const TURN: u64 = 256;
    let ledger = Ledger::with_books(server_under_test(), "1");
    let server = ledger.serve();
    let [flood, other] = ["a@example.com", "b@example.com"].map(|email| server.sign_up(email).live);
    server.track(&flood, &call("gpt-4o"));
    let turn = ledger.hold("begin; select 1 from book_1.fold for update");
    let waiting = || {
        let text = server.get("/metrics", None).text();
        let line = text.lines().find_map(|line| line.strip_prefix("carbon_ledger_writes_waiting "));
        line.unwrap().parse::<u64>().unwrap()
    };
    let send = |key: &str| {
        let mut connection = Connection::to(&server);
        connection.0.write_all(&keyed("POST", "/api/v1/track", key, &call("gpt-4o").to_string())).unwrap();
        connection
    };
    let mut sent: Vec<_> = (0..WAITING).map(|_| send(&flood)).collect();
    // Some were taken before the ledger was found to be held.
    within(10, "many that wait", || waiting() >= WAITING as u64 - TURN);
    sent.push(send(&other));
    std::thread::sleep(Duration::from_millis(300));
    drop(turn);
    assert!(sent.iter_mut().all(|connection| connection.read_status().unwrap() == 200));
    let place = ledger.count(
        "select count(*) from event where event_key <= (select max(event_key) from event where account_key = \
         (select account_key from account where email = 'b@example.com'))",
    );
    assert!(place <= 2 * TURN + 2, "it is number {place} of {}", WAITING + 2);
    ledger.check();
}
