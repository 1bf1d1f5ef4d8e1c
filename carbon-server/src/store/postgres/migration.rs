//! Bringing a database to the schema of this program: forwards only, and one server at a time.

use crate::store::{
    error::StoreError,
    key::BookNumber,
    limits::SCHEMA_MAX,
    postgres::{
        books::{BOOKS, BookPlace, books, current_schema, quoted, shared},
        catalog::check_catalog,
        citus::{begin_books, share_directory},
        partition,
        script::run_each,
    },
    schema::{Schema, SchemaVersion},
    sql::PostgresConnection,
};

/// The schema of a book. No step leads to version 1.
const SCHEMA: Schema<'_> = Schema { sql: include_str!("schema.sql"), steps: &[] };

/// What books share, of the same version.
const DIRECTORY: &str = include_str!("directory.sql");

/// "LCTL", LLM Carbon Tracker Ledger: who holds this lock changes the schema.
const LOCK: i64 = 0x4C43_544C;

/// Creates or upgrades the schema, in one transaction; a ledger is made with so many books. `true` where the database was empty.
/// On a connection that is in no book, as all of these.
pub(in crate::store) fn migrate(server: &PostgresConnection, books: Option<u32>) -> Result<bool, StoreError> {
    let is_new = prepare(server, books)?;
    if is_moving(server)? {
        return Err(StoreError::Moving);
    }
    // A newer schema is known to newer servers.
    if !is_new && found(server)?.is_some_and(|found| found.version == SCHEMA.version()) {
        check_catalogs(server)?;
    }
    Ok(is_new)
}

/// Whether a database consists of what this program makes.
pub(in crate::store) fn check_schema(server: &PostgresConnection) -> Result<(), StoreError> {
    let found = found(server)?.ok_or(StoreError::NoLedger)?;
    if found != (SchemaVersion { version: SCHEMA.version(), usable_from: SCHEMA.usable_from() }) {
        return Err(StoreError::NewerSchema { found: found.version, known: SCHEMA.version() });
    }
    check_catalogs(server)
}

fn check_catalogs(server: &PostgresConnection) -> Result<(), StoreError> {
    check_catalog(server, DIRECTORY, SCHEMA.sql, &books(server)?)
}

/// Whether a ledger is still being moved into it.
pub(super) fn is_moving(server: &PostgresConnection) -> Result<bool, StoreError> {
    Ok(partition::exists(server, "moving")?)
}

/// As [`migrate`], for a ledger that is to be moved into it.
pub(super) fn prepare(server: &PostgresConnection, wanted: Option<u32>) -> Result<bool, StoreError> {
    let is_new = server.in_transaction(|| create_or_upgrade(server, wanted))?;
    let found = shared(&books(server)?);
    match wanted {
        Some(wanted) if usize::try_from(wanted) != Ok(found) => Err(StoreError::OtherBooks { wanted, found }),
        _ => Ok(is_new),
    }
}

fn create_or_upgrade(server: &PostgresConnection, wanted: Option<u32>) -> Result<bool, StoreError> {
    // Others may take longer to make a schema than a turn lasts.
    let wait = format!("set local lock_timeout = {}", SCHEMA_MAX.as_millis());
    server.execute_batch(&wait)?;
    server.execute_native("select pg_advisory_xact_lock(?1)", &[&LOCK])?;
    let Some(found) = found(server)? else {
        let tables = "select count(*) from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p')";
        let tables: i64 = server.query_native(tables, &[])?[0].get(0);
        if tables > 0 {
            return Err(StoreError::NotALedger);
        }
        create(server, wanted.unwrap_or(BOOKS))?;
        return Ok(true);
    };
    let steps = SCHEMA.steps_from(found)?;
    if steps.is_empty() {
        return Ok(false);
    }
    for place in books(server)? {
        server.execute_batch(&format!("set local search_path = {}", place.schemas()))?;
        steps.iter().try_for_each(|step| run_each(server, step.sql))?;
        server.execute_batch(&format!("set local search_path = {}", quoted(&place.directory)))?;
    }
    let [version, usable_from] = marks();
    server.execute_native(
        "update schema_version set version = ?1, usable_from = ?2",
        &[&version, &usable_from],
    )?;
    Ok(false)
}

/// What a database of [`SCHEMA`] says about it.
fn marks() -> [i64; 2] {
    [SCHEMA.version(), SCHEMA.usable_from()].map(|version| i64::try_from(version).unwrap_or(i64::MAX))
}

fn found(server: &PostgresConnection) -> Result<Option<SchemaVersion>, StoreError> {
    if !partition::exists(server, "schema_version")? {
        return Ok(None);
    }
    let found = server.query_native("select version, usable_from from schema_version", &[])?;
    let row = found.first().ok_or(StoreError::NotALedger)?;
    let [version, usable_from] = [0, 1].map(|column| usize::try_from(row.get::<_, i64>(column)).unwrap_or(0));
    Ok(Some(SchemaVersion { version, usable_from }))
}

/// Whether a database has the schema of this version: what only reads upgrades nothing.
pub(in crate::store) fn is_current(server: &PostgresConnection) -> Result<(), StoreError> {
    let found = found(server)?.ok_or(StoreError::NoLedger)?;
    if is_moving(server)? {
        return Err(StoreError::Moving);
    }
    SCHEMA.check_current(found)
}

fn create(server: &PostgresConnection, books: u32) -> Result<(), StoreError> {
    let mut link_secret = [0; 32];
    getrandom::fill(&mut link_secret).map_err(crate::store::sql::Error::unreadable)?;
    run_each(server, DIRECTORY)?;
    let [version, usable_from] = marks();
    server.execute_native(
        "insert into schema_version (version, usable_from) values (?1, ?2)",
        &[&version, &usable_from],
    )?;
    server.execute_native(
        "insert into ledger (ledger_key, link_secret) values (1, ?1)",
        &[&link_secret.as_slice()],
    )?;
    let directory = current_schema(server)?;
    share_directory(server)?;
    begin_books(server)?;
    for number in 1..=books {
        let number = BookNumber::new(number.into()).ok_or(StoreError::Damaged)?;
        make_book(server, &BookPlace::of(&directory, number, true))?;
    }
    Ok(())
}

/// Who holds this lock gives an account its own book.
const OWN_BOOK: i64 = LOCK + 1;

/// A book that no account is in, of those that were made for one.
const FREE_BOOK: &str = "
    select book_number from book
     where not is_shared
       and not exists (select 1 from account where (account_key >> 40) + 1 = book_number)
     order by book_number limit 1";

/// The book for an account that is to have its own, and for nobody else while the connection lasts: one that was made for
/// an account that did not come to be, or a new one.
pub(in crate::store) fn own_book(server: &PostgresConnection) -> Result<BookNumber, StoreError> {
    server.execute_native("select pg_advisory_lock(?1)", &[&OWN_BOOK])?;
    if let Some(free) = server.query_native(FREE_BOOK, &[])?.first() {
        return BookNumber::new(free.get(0)).ok_or(StoreError::Damaged);
    }
    let next = i64::try_from(books(server)?.len() + 1).unwrap_or(i64::MAX);
    let number = BookNumber::new(next).ok_or(StoreError::NoMoreBooks)?;
    let directory = current_schema(server)?;
    server.in_transaction(|| {
        begin_books(server)?;
        make_book(server, &BookPlace::of(&directory, number, false))
    })?;
    Ok(number)
}

/// Makes a book in a schema of its own, and lists it.
fn make_book(server: &PostgresConnection, place: &BookPlace) -> Result<(), StoreError> {
    let BookPlace { number, schema, directory, is_shared, .. } = place;
    server.execute_batch(&format!("create schema {}", quoted(schema)))?;
    server.execute_batch(&format!("set local search_path = {}", place.schemas()))?;
    run_each(server, SCHEMA.sql)?;
    server.execute_batch(
        "insert into fold (fold_key, last_event_key, seal_key, names_version) values (1, 0, 0, 0)",
    )?;
    server.execute_batch(&format!("set local search_path = {}", quoted(directory)))?;
    server.execute_native(
        "insert into book (book_number, schema_name, is_shared) values (?1, ?2, ?3)",
        &[&number.number(), schema, is_shared],
    )?;
    Ok(())
}
