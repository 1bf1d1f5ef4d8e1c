//! All of it, or nothing.

use crate::store::{error::StoreError, sql::Connection};

/// Runs `work` in a transaction: all of it is kept, or nothing.
pub(in crate::store) fn in_transaction<T>(
    connection: &Connection,
    work: impl FnOnce() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let file = match connection {
        Connection::Sqlite(file) => file,
        Connection::Postgres(server) => return server.in_transaction(work),
    };
    // Prepared once: this happens thousands of times a second.
    let run = |sql| file.prepare_cached(sql)?.execute([]);
    run("begin immediate")?;
    let done = work().and_then(|value| {
        run("commit")?;
        Ok(value)
    });
    if done.is_err() && !file.is_autocommit() {
        run("rollback")?;
    }
    done
}
