//! Where a ledger is, and connections to it.

use crate::store::{
    book::{self, LedgerState},
    database::{Database, PostgresServer},
    error::StoreError,
    key::BookNumber,
    limits::Until,
    postgres,
    sql::{self, Connection, transaction::in_transaction},
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

    /// Where each of its books is, in their order.
    pub(super) fn books(&self) -> Result<Vec<Self>, StoreError> {
        let LedgerLocation::Postgres(server) = self else { return Ok(vec![self.clone()]) };
        let places = postgres::books::books(&server.connect_to_read()?)?;
        Ok(places.into_iter().map(|place| LedgerLocation::Postgres(server.of_book(place))).collect())
    }

    /// Where the books are that were made behind so many. On a connection that is in a book.
    pub(super) fn books_behind(&self, book: &Connection, known: usize) -> sql::Result<Vec<Self>> {
        let (LedgerLocation::Postgres(address), Connection::Postgres(server)) = (self, book) else {
            return Ok(Vec::new());
        };
        let directory = address.book().map(|place| place.directory.as_str()).unwrap_or_default();
        let places = postgres::books::books_behind(server, directory, known)?;
        Ok(places.into_iter().map(|place| LedgerLocation::Postgres(address.of_book(place))).collect())
    }

    /// Whether sign-ups are spread over its book.
    pub(super) fn is_shared(&self) -> bool {
        match self {
            LedgerLocation::Postgres(server) => server.book().is_none_or(|place| place.is_shared),
            LedgerLocation::Sqlite { .. } => true,
        }
    }

    /// The server that has its book, where that is not the ledger's own.
    pub(super) fn node(&self) -> Option<&str> {
        match self {
            LedgerLocation::Postgres(server) => server.book()?.node.as_deref(),
            LedgerLocation::Sqlite { .. } => None,
        }
    }

    /// Makes a connection that may have been of another book speak of this one.
    pub(super) fn enter(&self, connection: &Connection) -> sql::Result<()> {
        if let (LedgerLocation::Postgres(address), Connection::Postgres(server)) = (self, connection)
            && let Some(place) = address.book().filter(|place| Some(place.number) != server.book())
        {
            server.enter(place.number, &place.schemas())?;
        }
        Ok(())
    }

    /// A connection that writes, of whoever is not waited for.
    pub(super) fn open_writer(&self) -> Result<Connection, StoreError> {
        self.open_writer_until(Until::COMMITTED)
    }

    /// A connection that writes, and what it is asked, within that time.
    pub(super) fn open_writer_until(&self, until: Until) -> Result<Connection, StoreError> {
        Ok(match self {
            LedgerLocation::Sqlite { path, checkpoint_pages } => {
                Connection::Sqlite(sqlite::open_writer(path, *checkpoint_pages)?)
            }
            LedgerLocation::Postgres(server) => {
                Connection::Postgres(Box::new(server.connect_to_write(until)?))
            }
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

/// Upgrades the schema, and makes it where a server has none, with so many books; `true` if so. A file has one from the start,
/// and is one book. On a connection that is in no book.
pub(super) fn migrate(connection: &Connection, books: Option<u32>) -> Result<bool, StoreError> {
    match (connection, books) {
        (Connection::Sqlite(_), Some(0 | 2..)) => Err(StoreError::OneBook),
        (Connection::Sqlite(_), _) => sqlite::migration::upgrade(connection).map(|()| false),
        (Connection::Postgres(server), _) => postgres::migration::migrate(server, books),
    }
}

/// Writes to a book of a ledger in a transaction, while a server has it open or without one; makes and upgrades it where nobody
/// else has it. `which` picks the book: told over how many sign-ups are spread, on a connection that finds what they share.
pub(super) fn write_beside<T>(
    database: &Database,
    books: Option<u32>,
    which: impl FnOnce(&Connection, usize) -> Result<BookNumber, StoreError>,
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
        _ => drop(migrate(&connection, books)?),
    }
    if let (LedgerLocation::Postgres(_), Connection::Postgres(server)) = (&location, &connection) {
        let shared = postgres::books::shared(&postgres::books::books(server)?);
        let number = which(&connection, shared)?;
        let books = postgres::books::books(server)?;
        let place = books.get(number.place()).ok_or(StoreError::Damaged)?;
        server.enter(place.number, &place.schemas())?;
    }
    let written = in_transaction(&connection, || book::sealed(&connection, || write(&connection)))?;
    drop(connection);
    // Last of all, as in `Store::close`.
    drop(lock);
    Ok(written)
}

/// Moves a ledger that no server has open out of its file onto a server, as the first of so many books. `progress` is told how many of how many events are
/// there. What was moved before is not moved again.
pub(crate) fn move_ledger(
    from: &Database,
    to: &Database,
    books: Option<u32>,
    progress: impl FnMut(i64, i64),
) -> Result<(), StoreError> {
    let (Database::Sqlite { path }, Database::Postgres(PostgresServer(server))) = (from, to) else {
        return Err(StoreError::NotMoved);
    };
    std::fs::metadata(path).map_err(StoreError::CannotOpen)?;
    let (lock, _) = LedgerFile::take(path, sqlite::CHECKPOINT_PAGES)?;
    let file = LedgerLocation::of_command(from).open_writer()?;
    migrate(&file, None)?;
    add_to_sums(&file)?;
    postgres::move_ledger(&file, &server.connect_alone()?, books, progress)?;
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
    let file = LedgerLocation::of_command(file).open_current()?;
    let server = LedgerLocation::of_command(server).books()?.swap_remove(0).open_reader()?;
    file.snapshot(|file| server.snapshot(|server| postgres::first_difference(file, server)))??
}

/// The books of a ledger that has this version's schema. The sums of a file that no server has open are brought up to date.
pub(super) fn books_at_rest(database: &Database) -> Result<Vec<LedgerLocation>, StoreError> {
    let location = LedgerLocation::of_command(database);
    drop(location.open_current()?);
    if let Database::Sqlite { path } = database {
        match LedgerFile::take(path, sqlite::CHECKPOINT_PAGES) {
            Ok((lock, _)) => {
                add_to_sums(&location.open_writer()?)?;
                drop(lock);
            }
            Err(StoreError::InUse) => {}
            Err(error) => return Err(error),
        }
    }
    location.books()
}

/// Brings all sums of a file that nobody else writes to up to date.
fn add_to_sums(file: &Connection) -> Result<(), StoreError> {
    let mut state = file.snapshot(|file| LedgerState::load(file, usize::MAX))??;
    book::fold(file, &mut state)
}

/// Makes the tables of months' events in a book. In a file months have none.
pub(super) fn make_months_ahead(book: &LedgerLocation, months: &[Month]) -> Result<(), StoreError> {
    match book {
        LedgerLocation::Sqlite { .. } => Ok(()),
        LedgerLocation::Postgres(server) => {
            postgres::make_months_ahead(&server.connect_to_maintain(Until::NEVER)?, months)
        }
    }
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
            postgres::migration::check_schema(&server.connect_to_maintain(Until::NEVER)?)
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
