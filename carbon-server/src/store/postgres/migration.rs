//! Bringing a database to the schema of this version: forwards only, and one server at a time.

use crate::store::{error::StoreError, postgres::partition, sql::PostgresConnection};

/// The schema of a new database.
const SCHEMA: &str = include_str!("schema.sql");

/// `MIGRATIONS[n]` leads from version `n + 1` to the next: what it does, and the oldest version whose servers may go on.
///
/// Servers of version 1 go on with version 2: a tenant with a legal entity identifier they cannot erase, and say so.
const MIGRATIONS: &[(&str, i64)] = &[(include_str!("upgrades/1.sql"), 1)];

/// "LCTL", LLM Carbon Tracker Ledger: who holds this lock changes the schema.
const LOCK: i64 = 0x4C43_544C;

/// Version of [`SCHEMA`].
fn schema_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX) + 1
}

/// What a database says of its schema.
struct Found {
    version: i64,
    /// The oldest version whose servers may use it.
    usable_from: i64,
}

/// Creates or upgrades the schema, in one transaction. `true` where the database was empty.
pub(in crate::store) fn migrate(server: &PostgresConnection) -> Result<bool, StoreError> {
    let is_new = prepare(server)?;
    if is_moving(server)? { Err(StoreError::Moving) } else { Ok(is_new) }
}

/// Whether a ledger is still being moved into it.
pub(super) fn is_moving(server: &PostgresConnection) -> Result<bool, StoreError> {
    Ok(partition::exists(server, "moving")?)
}

/// As [`migrate`], for a ledger that is to be moved into it.
pub(super) fn prepare(server: &PostgresConnection) -> Result<bool, StoreError> {
    server.in_transaction(|| step(server))
}

fn step(server: &PostgresConnection) -> Result<bool, StoreError> {
    server.execute_native("select pg_advisory_xact_lock(?1)", &[&LOCK])?;
    let Some(found) = found(server)? else {
        let tables = "select count(*) from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p')";
        let tables: i64 = server.query_native(tables, &[])?[0].get(0);
        if tables > 0 {
            return Err(StoreError::NotALedger);
        }
        create(server)?;
        return Ok(true);
    };
    if usable(&found)? {
        return Ok(false);
    }
    for version in found.version..schema_version() {
        let place = usize::try_from(version - 1).unwrap_or(0);
        let (sql, usable_from) = MIGRATIONS[place];
        server.execute_batch(sql)?;
        server.execute_native(
            "update schema_version set version = ?1, usable_from = ?2",
            &[&(version + 1), &usable_from],
        )?;
    }
    Ok(false)
}

/// Whether a server of this version may use it as it is; `false` where it has to be upgraded first.
fn usable(found: &Found) -> Result<bool, StoreError> {
    if found.usable_from > schema_version() {
        let [found, known] = shown(found);
        return Err(StoreError::NewerSchema { found, known });
    }
    Ok(found.version >= schema_version())
}

/// The version that was found, and the one that is known, as they are told.
fn shown(found: &Found) -> [usize; 2] {
    [found.version, schema_version()].map(|version| usize::try_from(version).unwrap_or(0))
}

fn found(server: &PostgresConnection) -> Result<Option<Found>, StoreError> {
    if !partition::exists(server, "schema_version")? {
        return Ok(None);
    }
    let found = server.query_native("select version, usable_from from schema_version", &[])?;
    let row = found.first().ok_or(StoreError::NotALedger)?;
    Ok(Some(Found { version: row.get(0), usable_from: row.get(1) }))
}

/// Whether a database has the schema of this version: what only reads upgrades nothing.
pub(in crate::store) fn is_current(server: &PostgresConnection) -> Result<(), StoreError> {
    let found = found(server)?.ok_or(StoreError::NoLedger)?;
    if is_moving(server)? {
        return Err(StoreError::Moving);
    }
    if usable(&found)? {
        return Ok(());
    }
    let [found, known] = shown(&found);
    Err(StoreError::OlderSchema { found, known })
}

fn create(server: &PostgresConnection) -> Result<(), StoreError> {
    let mut link_secret = [0; 32];
    getrandom::fill(&mut link_secret).map_err(crate::store::sql::Error::unreadable)?;
    server.execute_batch(SCHEMA)?;
    server.execute_batch(
        "create table schema_version (version bigint not null, usable_from bigint not null);
         insert into fold (fold_key, last_event_key, seal_key, names_version) values (1, 0, 0, 0);",
    )?;
    let version = schema_version();
    server
        .execute_native("insert into schema_version (version, usable_from) values (?1, ?1)", &[&version])?;
    server.execute_native(
        "insert into ledger (ledger_key, link_secret) values (1, ?1)",
        &[&link_secret.as_slice()],
    )?;
    Ok(())
}
