//! The nodes of Citus that a ledger of a test is on, where the tests' PostgreSQL is its coordinator (`CARBON_TEST_CITUS=1`).

use crate::ledger::{on_server, run_on_server};

/// Whether the tests run there.
pub(crate) fn is_tested() -> bool {
    std::env::var("CARBON_TEST_CITUS").is_ok_and(|set| set == "1")
}

/// The other nodes that the database at this URL lists: the same URL, at each of them.
pub(crate) fn nodes(coordinator: &str) -> Vec<String> {
    if !is_tested() {
        return Vec::new();
    }
    let list = "select nodename, nodeport from pg_dist_node where groupid > 0 order by groupid";
    let rows = on_server(coordinator, |client| client.query(list, &[])).unwrap();
    let (user, database) = (coordinator.split_once('@').unwrap().0, coordinator.rsplit_once('/').unwrap().1);
    let url =
        |row: &postgres::Row| format!("{user}@{}:{}/{database}", row.get::<_, &str>(0), row.get::<_, i32>(1));
    rows.iter().map(url).collect()
}

/// Makes databases of the same name on all nodes one cluster; `server` is the coordinator's URL with another database.
pub(crate) fn join(server: &str, coordinator: &str, nodes: &[String]) {
    if nodes.is_empty() {
        return;
    }
    // One at a time: nodes share what is in no database, as roles.
    let mut turn = postgres::Client::connect(server, postgres::NoTls).unwrap();
    turn.execute("select pg_advisory_lock(1)", &[]).unwrap();
    for url in nodes.iter().map(String::as_str).chain([coordinator]) {
        run_on_server(url, "create extension citus");
    }
    let (host, port) = place(coordinator);
    run_on_server(coordinator, &format!("select citus_set_coordinator_host('{host}', {port})"));
    for node in nodes {
        let (host, port) = place(node);
        run_on_server(coordinator, &format!("select citus_add_node('{host}', {port})"));
    }
}

/// Host and port.
pub(crate) fn place(url: &str) -> (&str, &str) {
    url.split_once('@').unwrap().1.split_once('/').unwrap().0.split_once(':').unwrap()
}
