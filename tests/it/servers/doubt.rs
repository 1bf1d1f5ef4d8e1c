//! Connections to the database that end at any moment: what the answers say of an event without an id is true.

use super::postgres::server_under_test;
use crate::{
    ledger::Ledger,
    power::told::{Sent, Told, of_tenant, words_hold},
    server::Server,
};
use serde_json::json;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

const SENDERS: usize = 6;
/// Refusals of either kind that are enough to judge by.
const REFUSED: usize = 40;

#[test]
fn connections_that_end_leave_no_word_untrue() {
    let ledger = Ledger::on_server(server_under_test());
    let server = ledger.serve_with(&["--key-requests-per-s-max", "100000"]);
    let keys = server.sign_up("a@example.com");
    let stop = AtomicBool::new(false);
    let send = |sender: usize, server: &Server| {
        let mut sent = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let tenant = format!("{sender}-{}", sent.len());
            let body = match sent.len() % 3 {
                0 => json!([of_tenant(&tenant), of_tenant(&tenant)]),
                _ => of_tenant(&tenant),
            };
            sent.push(Sent::send(server, &keys.live, tenant, body));
        }
        sent
    };
    let sent: Vec<_> = std::thread::scope(|threads| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let (send, server) = (&send, &server);
                threads.spawn(move || send(sender, server))
            })
            .collect();
        let deadline = Instant::now() + Duration::from_secs(4);
        while Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(23));
            ledger.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity
                  where datname = current_database() and application_name = 'carbon-server'",
            );
        }
        stop.store(true, Ordering::Relaxed);
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
    });
    let refused = sent.iter().filter(|sent| !matches!(sent.told, Told::Stored)).count();
    assert!(refused >= REFUSED, "{refused} of {} were refused", sent.len());
    words_hold(&ledger, &server, &keys.live, &sent);
    ledger.check();
}
