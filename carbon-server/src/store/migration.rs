//! Bringing a database file to the schema of this version: forwards only.

use super::StoreError;
use rusqlite::{Connection, TransactionBehavior};

/// The schema of a new file, and what every older file is brought to.
const SCHEMA: &str = include_str!("schema.sql");

/// Marks the file as ours: "LCTL", LLM Carbon Tracker Ledger.
const APPLICATION_ID: i64 = 0x4C43_544C;

/// `MIGRATIONS[n]` leads from schema version n + 1 to n + 2.
const MIGRATIONS: &[&str] = &[
    // Batches with an idempotency key.
    "create table batch (
        account_key    integer not null references account,
        is_test        integer not null check (is_test in (0, 1)),
        batch_id       text    not null check (length(cast(batch_id as blob)) between 1 and 128),
        content_sha256 blob    not null check (length(content_sha256) = 32),
        received_at_ms integer not null,
        primary key (account_key, is_test, batch_id)
    ) strict, without rowid",
];

/// Version of [`SCHEMA`].
pub(crate) fn schema_version() -> usize {
    MIGRATIONS.len() + 1
}

/// Creates or upgrades the schema, in one transaction. `true` where the file was empty.
pub(crate) fn migrate(connection: &mut Connection) -> Result<bool, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: usize = transaction.query_row("pragma user_version", [], |row| row.get(0))?;
    let application: i64 = transaction.query_row("pragma application_id", [], |row| row.get(0))?;
    let objects: u64 = transaction.query_row("select count(*) from sqlite_schema", [], |row| row.get(0))?;
    match found {
        0 if objects == 0 => transaction.execute_batch(SCHEMA)?,
        _ if application != APPLICATION_ID => return Err(StoreError::NotALedger),
        version if version > schema_version() => {
            return Err(StoreError::NewerSchema { found, known: schema_version() });
        }
        version => MIGRATIONS[version - 1..].iter().try_for_each(|sql| transaction.execute_batch(sql))?,
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", schema_version())?;
    transaction.commit()?;
    Ok(found == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Schemas as they were released, frozen: version 1 first.
    const RELEASED: &[&str] = &[include_str!("released/1.sql"), include_str!("released/2.sql")];

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
            old.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
            assert!(!migrate(&mut old).unwrap());
            assert_eq!(objects(&old), objects(&fresh), "from version {}", index + 1);
        }
    }

    #[test]
    fn a_file_of_a_newer_version_is_left_alone() {
        let mut newer = Connection::open_in_memory().unwrap();
        newer.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        newer.pragma_update(None, "user_version", schema_version() + 1).unwrap();
        let error = migrate(&mut newer).unwrap_err().to_string();
        assert_eq!(error, "the database has schema version 3, this program knows 2: start a newer program");
        assert!(objects(&newer).is_empty());
    }

    #[test]
    fn another_programs_database_is_left_alone() {
        for version in [0, 1] {
            let mut foreign = Connection::open_in_memory().unwrap();
            foreign.execute_batch("create table recipes (name text)").unwrap();
            foreign.pragma_update(None, "user_version", version).unwrap();
            assert!(matches!(migrate(&mut foreign), Err(StoreError::NotALedger)));
            assert_eq!(objects(&foreign).len(), 1);
        }
    }

    #[test]
    fn events_and_reports_cannot_be_changed() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "recursive_triggers", true).unwrap();
        migrate(&mut connection).unwrap();
        connection
            .execute_batch(
                "insert into account values (1, 'a', 'a@example.com', 'A', 'x', 0);
                 insert into tenant values (1, 1, 't', 0);
                 insert into deployment values (1, 1, 'm', '', '');
                 insert into event values (1, 1, 0, 'e', 1, 1, 0, 0, 1, 0, 0, 1, 0, null);
                 insert into report values ('r', 1, 1, '2026-10', 'en', 1, 'provisional',
                                            hex(zeroblob(32)), hex(zeroblob(32)), x'00', 0);",
            )
            .unwrap();
        for (sql, refusal) in [
            ("update event set output_tokens = 2", "events are immutable"),
            ("delete from event", "events are immutable"),
            (
                "replace into event values (1, 1, 0, 'e', 1, 1, 0, 0, 9, 0, 0, 9, 0, null)",
                "events are immutable",
            ),
            ("update deployment set model = 'n'", "what events say is immutable"),
            ("update report set pdf = x'01'", "issued reports are immutable"),
            ("delete from report", "issued reports are immutable"),
        ] {
            assert_eq!(connection.execute(sql, []).unwrap_err().to_string(), refusal, "{sql}");
        }
    }

    #[test]
    fn an_event_cannot_name_another_accounts_tenant() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "foreign_keys", true).unwrap();
        migrate(&mut connection).unwrap();
        connection
            .execute_batch(
                "insert into account values (1, 'a', 'a@example.com', 'A', 'x', 0), (2, 'b', 'b@example.com', 'B', 'x', 0);
                 insert into tenant values (1, 1, 't', 0);
                 insert into deployment values (2, 2, 'm', '', '');",
            )
            .unwrap();
        let foreign = "insert into event values (1, 2, 0, 'e', 1, 2, 0, 0, 1, 0, 0, 1, 0, null)";
        assert_eq!(connection.execute(foreign, []).unwrap_err().to_string(), "FOREIGN KEY constraint failed");
    }
}
