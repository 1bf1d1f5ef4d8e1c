//! What differs where PostgreSQL has the extension Citus: a book is a schema of its own on one of several nodes, and what books share
//! is on each.

use crate::store::{
    postgres::books::quoted,
    sql::{self, PostgresConnection},
};

/// Whether a database has it, in SQL.
pub(super) const HAS_CITUS: &str = "exists (select from pg_extension where extname = 'citus')";

/// Whether a database has it.
pub(super) fn has_citus(server: &PostgresConnection) -> sql::Result<bool> {
    let found = server.query_native(&format!("select {HAS_CITUS}"), &[])?;
    Ok(found.first().is_some_and(|row| row.get(0)))
}

/// The tables of a schema, each behind those that it refers to: they were made in this order.
const TABLES: &str = "
    select relname::text from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r' order by oid";

/// Has the tables of what books share on every node. Elsewhere nothing happens.
pub(super) fn share_directory(server: &PostgresConnection) -> sql::Result<()> {
    if !has_citus(server)? {
        return Ok(());
    }
    allow_triggers(server)?;
    for row in server.query_native(TABLES, &[])? {
        let share = "select create_reference_table(?1::text::regclass)";
        server.query_native(share, &[&quoted(row.get(0))])?;
    }
    Ok(())
}

/// From here to the end of the transaction, a schema that is made is a book, which may be on any node. Elsewhere nothing
/// happens.
pub(super) fn begin_books(server: &PostgresConnection) -> sql::Result<()> {
    if !has_citus(server)? {
        return Ok(());
    }
    allow_triggers(server)?;
    server.execute_batch("set local citus.enable_schema_based_sharding = on")
}

/// Triggers that look at other rows may give other results on another node; ours look at the row at hand and refuse.
fn allow_triggers(server: &PostgresConnection) -> sql::Result<()> {
    server.execute_batch("set local citus.enable_unsafe_triggers = on")
}
