//! What a ledger's file can take at most: one table with the event's columns and one unique index; no sums, no checks.

use rusqlite::Connection;

/// Takes the event's id and a number of its tenant.
pub(crate) const INSERT: &str = "insert into event values (null, 1, ?1, ?2, 1, 1, 1, 600, 400)";

/// An empty one; every commit is synced.
pub(crate) fn raw_ledger(path: &std::path::Path) -> Connection {
    let connection = Connection::open(path).expect("a file");
    connection
        .execute_batch(
            "pragma journal_mode = wal; pragma synchronous = full;
             create table event (
                 event_key integer primary key, account_key integer not null, event_id text not null,
                 tenant_key integer not null, deployment_key integer not null,
                 occurred_at_ms integer not null, received_at_ms integer not null,
                 input_tokens integer not null, output_tokens integer not null,
                 unique (account_key, event_id)
             ) strict",
        )
        .expect("a table");
    connection
}
