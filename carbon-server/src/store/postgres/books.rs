//! The books of a ledger on a server: a schema each, which the directory lists.

use crate::store::{
    error::StoreError,
    key::BookNumber,
    sql::{self, PostgresConnection},
};

/// How many books a ledger is made with, where nothing else is said.
pub(super) const BOOKS: u32 = 16;

/// Where a book is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct BookPlace {
    pub(in crate::store) number: BookNumber,
    /// The schema of its tables.
    pub(in crate::store) schema: String,
    /// The schema of the directory.
    pub(in crate::store) directory: String,
    /// Whether sign-ups are spread over it: otherwise it was made for one account.
    pub(in crate::store) is_shared: bool,
    /// Where the server is that has it, as `host:port`; `None`: where the ledger is.
    pub(in crate::store) node: Option<String>,
}

impl BookPlace {
    /// A book of the directory in that schema.
    pub(super) fn of(directory: &str, number: BookNumber, is_shared: bool) -> Self {
        // The usual schema of a database goes without saying.
        let schema = match directory {
            "public" => format!("book_{number}"),
            other => format!("{other}_book_{number}"),
        };
        BookPlace { number, schema, directory: directory.to_owned(), is_shared, node: None }
    }

    /// Its schema, and that of the directory behind it: where a connection finds the tables that it names.
    pub(in crate::store) fn schemas(&self) -> String {
        format!("{}, {}", quoted(&self.schema), quoted(&self.directory))
    }
}

/// A name as SQL takes it, whatever it is.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The books that a directory lists, in their order. On a connection that is in no book.
pub(in crate::store) fn books(server: &PostgresConnection) -> Result<Vec<BookPlace>, StoreError> {
    Ok(books_behind(server, &current_schema(server)?, 0)?)
}

/// Those behind so many. The directory is where the connection finds what books share.
pub(in crate::store) fn books_behind(
    server: &PostgresConnection,
    directory: &str,
    known: usize,
) -> sql::Result<Vec<BookPlace>> {
    let select = "select book_number, schema_name, is_shared, node from book where book_number > ?1 order by book_number";
    let behind = i64::try_from(known).unwrap_or(i64::MAX);
    let rows = server.query_native(select, &[&behind])?;
    let places = (known..).zip(&rows).map(|(place, row)| {
        let number = BookNumber::new(row.get(0)).filter(|number| number.place() == place);
        let number =
            number.ok_or_else(|| sql::Error::unreadable("its books are not numbered without gaps"))?;
        let (schema, directory) = (row.get(1), directory.to_owned());
        Ok(BookPlace { number, schema, directory, is_shared: row.get(2), node: row.get(3) })
    });
    places.collect()
}

/// Over how many of them sign-ups are spread.
pub(in crate::store) fn shared(books: &[BookPlace]) -> usize {
    books.iter().take_while(|place| place.is_shared).count()
}

/// The schema that names without one are looked for in first.
pub(super) fn current_schema(server: &PostgresConnection) -> sql::Result<String> {
    let current = server.query_native("select coalesce(current_schema()::text, 'public')", &[])?;
    Ok(current.first().map(|row| row.get(0)).unwrap_or_default())
}
