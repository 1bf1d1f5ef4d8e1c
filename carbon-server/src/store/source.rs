//! Where a ledger is, and connections to it.

use crate::store::{
    book::{self, LedgerState},
    database::{Database, PostgresServer},
    error::StoreError,
    postgres::{self, Prunable},
    sql::{Connection, transaction::in_transaction},
    sqlite::{self, LedgerFile},
};
use carbon_report::Month;
use std::path::PathBuf;

/// Where a ledger is.
#[derive(Clone, Debug)]
pub(super) enum LedgerLocation {
    Sqlite { path: PathBuf, checkpoint_pages: u32 },
    Postgres(postgres::PostgresAddress),
}

impl LedgerLocation {
    /// For commands that work while servers run, or without any.
    pub(super) fn of_command(database: &Database) -> Self {
        match database {
            Database::Sqlite { path } => {
                LedgerLocation::Sqlite { path: path.clone(), checkpoint_pages: sqlite::CHECKPOINT_PAGES }
            }
            Database::Postgres(PostgresServer(server)) => LedgerLocation::Postgres(server.clone()),
        }
    }

    /// A connection that writes.
    pub(super) fn open_writer(&self) -> Result<Connection, StoreError> {
        Ok(match self {
            LedgerLocation::Sqlite { path, checkpoint_pages } => {
                Connection::Sqlite(sqlite::open_writer(path, *checkpoint_pages)?)
            }
            LedgerLocation::Postgres(server) => Connection::Postgres(Box::new(server.connect_to_write()?)),
        })
    }

    /// A connection that only reads.
    pub(super) fn open_reader(&self) -> Result<Connection, StoreError> {
        Ok(match self {
            LedgerLocation::Sqlite { path, .. } => Connection::Sqlite(sqlite::open_reader(path)?),
            LedgerLocation::Postgres(server) => Connection::Postgres(Box::new(server.connect_to_read()?)),
        })
    }

    /// The same, of a ledger that has this version's schema.
    pub(super) fn open_current(&self) -> Result<Connection, StoreError> {
        let connection = self.open_reader()?;
        is_current(&connection)?;
        Ok(connection)
    }
}

/// Upgrades the schema, and makes it where a server has none; `true` if so. A file has one from the start.
pub(super) fn migrate(connection: &Connection) -> Result<bool, StoreError> {
    match connection {
        Connection::Sqlite(_) => sqlite::migration::upgrade(connection).map(|()| false),
        Connection::Postgres(server) => postgres::migration::migrate(server),
    }
}

/// Writes to a ledger in a transaction, while a server has it open or without one; makes and upgrades it where nobody else
/// has it.
pub(super) fn write_beside<T>(
    database: &Database,
    write: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let location = LedgerLocation::of_command(database);
    let lock = match database {
        Database::Sqlite { path } => match LedgerFile::take(path, sqlite::CHECKPOINT_PAGES) {
            Ok((lock, _)) => Some(lock),
            Err(StoreError::InUse) => None,
            Err(error) => return Err(error),
        },
        Database::Postgres(_) => None,
    };
    let connection = location.open_writer()?;
    // A file that a server has open is not changed under it.
    match (&location, &lock) {
        (LedgerLocation::Sqlite { .. }, None) => is_current(&connection)?,
        _ => drop(migrate(&connection)?),
    }
    let written = in_transaction(&connection, || book::sealed(&connection, || write(&connection)))?;
    drop(connection);
    // Last of all, as in `Store::close`.
    drop(lock);
    Ok(written)
}

/// Moves a ledger that no server has open out of its file onto a server. `progress` is told how many of how many events are
/// there. What was moved before is not moved again.
pub(crate) fn move_ledger(
    from: &Database,
    to: &Database,
    progress: impl FnMut(i64, i64),
) -> Result<(), StoreError> {
    let (Database::Sqlite { path }, Database::Postgres(PostgresServer(server))) = (from, to) else {
        return Err(StoreError::NotMoved);
    };
    std::fs::metadata(path).map_err(StoreError::CannotOpen)?;
    let (lock, _) = LedgerFile::take(path, sqlite::CHECKPOINT_PAGES)?;
    let file = LedgerLocation::of_command(from).open_writer()?;
    migrate(&file)?;
    // So that all its sums stand in the file.
    let mut state = file.snapshot(|file| LedgerState::load(file, usize::MAX))??;
    book::fold(&file, &mut state)?;
    postgres::move_ledger(&file, &server.connect_alone()?, progress)?;
    drop(file);
    drop(lock);
    Ok(())
}

/// The first table whose rows are not the same in a file and on a server, besides events and seals: these a check holds
/// against each other.
pub(crate) fn first_difference(
    file: &Database,
    server: &Database,
) -> Result<Option<&'static str>, StoreError> {
    let [file, server] = [file, server].map(|database| LedgerLocation::of_command(database).open_current());
    let (file, server) = (file?, server?);
    file.snapshot(|file| server.snapshot(|server| postgres::first_difference(file, server)))??
}

/// The months before `before` that still have their events.
pub(crate) fn months_with_events(database: &Database, before: Month) -> Result<Vec<Prunable>, StoreError> {
    postgres::months_before(&LedgerLocation::of_command(database).open_current()?, before)
}

/// Prunes the events of a closed month while servers write.
pub(crate) fn prune(database: &Database, month: Month, now_ms: i64) -> Result<(), StoreError> {
    let Database::Postgres(PostgresServer(server)) = database else { return Err(StoreError::NotPruned) };
    let ledger = Connection::Postgres(Box::new(server.connect_to_maintain()?));
    is_current(&ledger)?;
    postgres::prune(&ledger, month, now_ms)
}

/// Whether a ledger has this version's schema: what only reads upgrades nothing.
pub(super) fn is_current(connection: &Connection) -> Result<(), StoreError> {
    match connection {
        Connection::Sqlite(file) => sqlite::migration::is_current(file),
        Connection::Postgres(server) => postgres::migration::is_current(server),
    }
}

/// Whether the schema is what this program makes. On a server that takes a connection that may write, although nothing is
/// written.
pub(super) fn check_schema(location: &LedgerLocation, connection: &Connection) -> Result<(), StoreError> {
    match (connection, location) {
        (Connection::Sqlite(file), _) => sqlite::migration::check_schema(file),
        (_, LedgerLocation::Postgres(server)) => {
            postgres::migration::check_schema(&server.connect_to_maintain()?)
        }
        (Connection::Postgres(_), LedgerLocation::Sqlite { .. }) => unreachable!("a file is opened as one"),
    }
}

/// Whether a connection is of no use any more.
pub(super) fn is_broken(connection: &Connection) -> bool {
    match connection {
        Connection::Sqlite(_) => false,
        Connection::Postgres(server) => server.is_broken(),
    }
}
