//! Bringing a database file to the schema of this version: forwards only.

use super::StoreError;
use rusqlite::{Connection, TransactionBehavior};

/// The schema of a new file, and what every older file is brought to.
const SCHEMA: &str = include_str!("schema.sql");

/// `MIGRATIONS[n]` leads from schema version n + 1 to n + 2.
const MIGRATIONS: &[&str] = &[];

/// Version of [`SCHEMA`].
pub(crate) fn schema_version() -> usize {
    MIGRATIONS.len() + 1
}

/// Creates or upgrades the schema, in one transaction. `true` where the file was empty.
pub(crate) fn migrate(connection: &mut Connection) -> Result<bool, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: usize = transaction.query_row("pragma user_version", [], |row| row.get(0))?;
    match found {
        0 => transaction.execute_batch(SCHEMA)?,
        version if version > schema_version() => {
            return Err(StoreError::NewerSchema { found, known: schema_version() });
        }
        version => MIGRATIONS[version - 1..].iter().try_for_each(|sql| transaction.execute_batch(sql))?,
    }
    transaction.execute_batch(&format!("pragma user_version = {}", schema_version()))?;
    transaction.commit()?;
    Ok(found == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Schemas as they were released, frozen: version 1 first.
    const RELEASED: &[&str] = &[include_str!("released/1.sql")];

    /// Every object with its definition, blind to layout and comments.
    fn objects(connection: &Connection) -> Vec<String> {
        let mut statement = connection
            .prepare("select type, name, coalesce(sql, '') from sqlite_schema order by type, name")
            .unwrap();
        let rows = statement.query_map([], |row| {
            let (kind, name, sql): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let sql: Vec<&str> = sql
                .lines()
                .map(|line| line.split("--").next().unwrap_or(""))
                .flat_map(str::split_whitespace)
                .collect();
            Ok(format!("{kind} {name}: {}", sql.join(" ")))
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn a_migrated_database_equals_a_fresh_one() {
        assert_eq!(RELEASED.len(), schema_version(), "freeze each released schema in store/released/");
        let mut fresh = Connection::open_in_memory().unwrap();
        assert!(migrate(&mut fresh).unwrap());
        for (index, released) in RELEASED.iter().enumerate() {
            let mut old = Connection::open_in_memory().unwrap();
            old.execute_batch(released).unwrap();
            old.pragma_update(None, "user_version", index + 1).unwrap();
            assert!(!migrate(&mut old).unwrap());
            assert_eq!(objects(&old), objects(&fresh), "from version {}", index + 1);
        }
    }

    #[test]
    fn a_file_of_a_newer_version_is_left_alone() {
        let mut newer = Connection::open_in_memory().unwrap();
        newer.pragma_update(None, "user_version", schema_version() + 1).unwrap();
        let error = migrate(&mut newer).unwrap_err().to_string();
        assert_eq!(error, "the database has schema version 2, this program knows 1: start a newer program");
        assert!(objects(&newer).is_empty());
    }

    #[test]
    fn events_and_reports_cannot_be_changed() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        connection
            .execute_batch(
                "insert into account values (1, 'a', 'a@example.com', 'A', 'x', 0);
                 insert into tenant values (1, 1, 't', 0);
                 insert into deployment values (1, 1, 'm', '', '');
                 insert into event values (1, 1, 0, 'e', 1, 1, 0, 0, 1, 0, 0, 1, 0, null);",
            )
            .unwrap();
        for sql in ["update event set output_tokens = 2", "delete from event"] {
            assert_eq!(connection.execute(sql, []).unwrap_err().to_string(), "events are immutable");
        }
    }
}
