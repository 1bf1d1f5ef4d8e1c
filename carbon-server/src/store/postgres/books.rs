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
    /// Where the server is that has it, as `host:port`; `None`: where the ledger is.
    pub(in crate::store) node: Option<String>,
}

impl BookPlace {
    /// A book of the directory in that schema.
    pub(super) fn of(directory: &str, number: BookNumber) -> Self {
        // The usual schema of a database goes without saying.
        let schema = match directory {
            "public" => format!("book_{number}"),
            other => format!("{other}_book_{number}"),
        };
        BookPlace { number, schema, directory: directory.to_owned(), node: None }
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
    let directory = current_schema(server)?;
    let select = "select book_number, schema_name, node from book order by book_number";
    let rows = server.query_native(select, &[])?;
    let places = rows.iter().enumerate().map(|(place, row)| {
        let number = BookNumber::new(row.get(0)).filter(|number| number.place() == place);
        let number = number.ok_or(StoreError::Damaged)?;
        Ok(BookPlace { number, schema: row.get(1), directory: directory.clone(), node: row.get(2) })
    });
    places.collect()
}

/// The schema that names without one are looked for in first.
pub(super) fn current_schema(server: &PostgresConnection) -> sql::Result<String> {
    let current = server.query_native("select coalesce(current_schema()::text, 'public')", &[])?;
    Ok(current.first().map(|row| row.get(0)).unwrap_or_default())
}
