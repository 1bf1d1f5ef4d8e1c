//! What a file consists of: tables, indexes and triggers, compared with those that this program makes.

use crate::store::{
    error::StoreError,
    schema::{SchemaObjects, other_schema},
};
use rusqlite::Connection;

// The statistics of `analyze` decide how a query runs, and nothing about what it finds.
const OBJECTS: &str =
    "select type || ' ' || name, coalesce(sql, '') from sqlite_schema where name not like 'sqlite_stat%'";

/// Every object with its definition, blind to layout, comments, and the quotes that renaming a table brings.
pub(super) fn objects(file: &Connection) -> rusqlite::Result<SchemaObjects> {
    let mut statement = file.prepare(OBJECTS)?;
    let rows = statement.query_map([], |row| {
        let (name, sql): (String, String) = (row.get(0)?, row.get(1)?);
        // None of ours has a text that goes on on the next line, or a hyphen in one.
        let code = sql.lines().map(|line| line.split("--").next().unwrap_or(""));
        let words: Vec<&str> = code.flat_map(str::split_whitespace).collect();
        Ok((name, words.join(" ").replace('"', "")))
    })?;
    rows.collect()
}

/// An error where a file consists of anything else than what `sql` makes: a foreign trigger may swallow or change what is
/// written, and where one of ours is gone, rows may be changed.
pub(super) fn check_objects(file: &Connection, sql: &str) -> Result<(), StoreError> {
    let made = Connection::open_in_memory()?;
    made.execute_batch(sql)?;
    other_schema(&objects(file)?, &objects(&made)?)
}
