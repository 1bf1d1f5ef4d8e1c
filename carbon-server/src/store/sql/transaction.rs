//! All of it, or nothing.

use crate::store::{
    error::StoreError,
    sql::{Connection, Error},
};

/// Runs `work` in a transaction: all of it is kept, or nothing. Which of them is not known where the commit itself fails
/// ([`Error::Commit`]).
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
        run("commit").map_err(|error| Error::from(error).of_commit())?;
        Ok(value)
    });
    if done.is_err() && !file.is_autocommit() {
        // Why it failed is what matters.
        drop(run("rollback"));
    }
    done
}
