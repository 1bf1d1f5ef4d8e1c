//! Connections to the database that end at any moment: what the answers say of an event without an id is true.

use super::postgres::server_under_test;
use crate::{
    ledger::Ledger,
    power::told::{Told, of_tenant, path_of, told},
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
            let events = body.as_array().map_or(1, |rows| rows.len() as u64);
            let reply = server.post(path_of(&body), Some(&keys.live), &body);
            sent.push((tenant, events, told(&reply, body)));
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
    let refused = sent.iter().filter(|(_, _, told)| !matches!(told, Told::Stored)).count();
    assert!(refused >= REFUSED, "{refused} of {} were refused", sent.len());
    let in_ledger = |tenant: &str| {
        let of_tenant = "select count(*) from event join tenant using (tenant_key) where tenant_id = ";
        ledger.count(&format!("{of_tenant}'{tenant}'"))
    };
    for (tenant, events, told) in &sent {
        let found = in_ledger(tenant);
        match told {
            Told::Stored => assert_eq!(found, *events, "{tenant} was acknowledged"),
            Told::NotStored => assert_eq!(found, 0, "{tenant} was not stored, it was said"),
            Told::MayBeStored(again) => {
                assert!(found == 0 || found == *events, "{found} of {tenant}");
                assert_eq!(server.post(path_of(again), Some(&keys.live), again).status, 200);
                assert_eq!(in_ledger(tenant), *events, "{tenant} was repeated as it was said");
            }
        }
    }
    ledger.check();
}
