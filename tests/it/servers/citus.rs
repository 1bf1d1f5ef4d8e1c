//! Books on several nodes of Citus. Without it (`CARBON_TEST_CITUS`) there is nothing to test here.

use super::{
    books::{an_account_in_each, with_books},
    within,
};
use crate::{
    citus,
    ledger::Ledger,
    server::{call, with},
    time,
};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};

/// Each book's schema, and where it is: as the set-up in docs/scaling.md asks for it.
const PLACES: &str = "
    select schema_name, min(nodename || ':' || nodeport)
      from citus_shards join citus_schemas using (colocation_id) group by schema_name order by schema_name";

fn places(ledger: &Ledger) -> Vec<[String; 2]> {
    ledger.rows(PLACES).into_iter().map(|row| row.try_into().unwrap()).collect()
}

/// Has servers that start from now on go straight to the nodes.
fn go_straight(ledger: &Ledger) {
    for [schema, node] in places(ledger) {
        ledger.execute(&format!("update book set node = '{node}' where schema_name = '{schema}'"));
    }
}

/// Numbers grow by one with each commit, whichever way it came: no node has numbers of its own.
#[test]
fn numbers_grow_in_the_order_of_commits_whichever_way_they_come() {
    if !citus::is_tested() {
        return;
    }
    let (ledger, through) = with_books("2");
    let keys = an_account_in_each(&ledger, &through, 2);
    let places = places(&ledger);
    assert_ne!(places[0][1], places[1][1], "each on a node of its own");
    go_straight(&ledger);
    let straight = ledger.serve();
    for (n, keys) in keys.iter().enumerate() {
        for (k, server) in [&through, &straight, &straight, &through, &straight].into_iter().enumerate() {
            let sent = json!({"tenant_id": format!("t-{k}"), "tags": {"k": format!("{k}")}});
            server.track(&keys.live, &with(call("gpt-4o"), sent));
        }
        // A month that has no table yet, which only the coordinator makes.
        straight.track(&keys.live, &time::on(5, "early", json!({})));
        straight.put("/api/v1/tenants/t-0", Some(&keys.live), &json!({"name": "T"}));
        let base = n as u64 * (1 << 40);
        let book = n + 1;
        for (table, column) in [("tenant", "tenant_key"), ("tag", "tag_key")] {
            let keys = ledger.rows(&format!("select {column} from book_{book}.{table} order by {column}"));
            let keys: Vec<u64> = keys.concat().iter().map(|key| key.parse().unwrap()).collect();
            let expect: Vec<u64> = (base + 1..).take(keys.len()).collect();
            assert!(keys == expect && keys.len() >= 5, "{table}: {keys:?}");
        }
        for server in [&through, &straight] {
            let usage = server.get(&format!("/api/v1/usage?from={}", time::first()), Some(&keys.live)).json();
            assert_eq!(usage["total"]["requests"], 6, "{usage}");
        }
    }
    ledger.check();
}

/// A book changes its node while it takes events: none is lost, and none is there twice.
#[test]
fn a_book_moves_to_another_node_while_it_takes_events() {
    if !citus::is_tested() {
        return;
    }
    let (ledger, server) = with_books("2");
    let keys = an_account_in_each(&ledger, &server, 2);
    drop(server);
    go_straight(&ledger);
    let server = ledger.serve();
    let [before, other] = [0, 1].map(|place: usize| places(&ledger)[place][1].clone());
    let done = AtomicBool::new(false);
    let sent = std::thread::scope(|threads| {
        let sending = threads.spawn(|| {
            let mut sent = 0;
            while !done.load(Ordering::Relaxed) {
                let event = with(call("gpt-4o"), json!({"event_id": format!("e-{sent}")}));
                // What was refused is sent again.
                within(60, "it is taken", || {
                    server.post("/api/v1/track", Some(&keys[0].live), &event).status == 200
                });
                sent += 1;
            }
            sent
        });
        let (host, port) = other.split_once(':').unwrap();
        ledger.execute(&format!("select citus_schema_move('book_1', '{host}', {port})"));
        std::thread::sleep(std::time::Duration::from_secs(1));
        done.store(true, Ordering::Relaxed);
        sending.join().unwrap()
    });
    assert_ne!(places(&ledger)[0][1], before);
    assert_eq!(ledger.count("select count(*) from book_1.event"), sent);
    drop(server);
    go_straight(&ledger);
    let server = ledger.serve();
    server.track(&keys[0].live, &call("gpt-4o"));
    drop(server);
    ledger.check();
}
