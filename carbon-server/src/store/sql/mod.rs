//! Statements and rows, the same for both engines: SQLite in this process, PostgreSQL beside it.
//!
//! Statements are written once, in what both understand, with numbered parameters (`?1`). Where an engine needs words of
//! its own (the schema, adding many events at once), they stand in `store/sqlite` and `store/postgres`.

mod error;
mod postgres;
pub(in crate::store) mod transaction;
mod value;
mod wire;

use crate::store::{key::BookNumber, limits::Until};

pub(crate) use crate::store::sql::error::{Error, Result};
pub(super) use crate::store::sql::{
    error::OptionalExtension,
    postgres::{PostgresConnection, changes},
    value::{FromValue, NONE, Params, ToValue, Value, ValueRef, params},
};

const BEGIN_SNAPSHOT: &str = "begin isolation level repeatable read read only";

/// A connection to a ledger.
pub(super) enum Connection {
    Sqlite(rusqlite::Connection),
    Postgres(Box<PostgresConnection>),
}

/// A statement that the engine knows.
pub(super) enum Statement<'c> {
    Sqlite(rusqlite::CachedStatement<'c>),
    Postgres(postgres::PostgresStatement<'c>),
}

/// Rows that come one after the other.
pub(super) enum Rows<'s> {
    Sqlite(rusqlite::Rows<'s>),
    Postgres(postgres::PostgresRows<'s>),
}

/// A row at hand.
#[derive(Clone, Copy)]
pub(super) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl Connection {
    /// Makes a statement known to the engine, once.
    pub(super) fn prepare_cached(&self, sql: &str) -> Result<Statement<'_>> {
        Ok(match self {
            Connection::Sqlite(connection) => Statement::Sqlite(connection.prepare_cached(sql)?),
            Connection::Postgres(connection) => Statement::Postgres(connection.prepare(sql)?),
        })
    }

    /// As [`Self::prepare_cached`], for what may come to more rows than memory should hold. In a transaction.
    pub(super) fn prepare_scan(&self, sql: &str) -> Result<Statement<'_>> {
        Ok(match self {
            Connection::Sqlite(connection) => Statement::Sqlite(connection.prepare_cached(sql)?),
            Connection::Postgres(connection) => Statement::Postgres(connection.prepare_scan(sql)),
        })
    }

    /// What `read` makes of the first row.
    pub(super) fn query_row<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.prepare_cached(sql)?.query_row(values, read)
    }

    /// Runs a statement that answers with no rows; how many it changed.
    pub(super) fn execute(&self, sql: &str, values: impl Params) -> Result<usize> {
        self.prepare_cached(sql)?.execute(values)
    }

    /// Runs a statement that changes exactly one row: an error where it did not, as where a foreign trigger swallowed it.
    pub(super) fn change_one(&self, sql: &str, values: impl Params) -> Result<()> {
        self.prepare_cached(sql)?.change_one(values)
    }

    /// The same, at the latest with the next statement, or with the commit: on a server the statement itself refuses.
    pub(super) fn change_one_later(&self, sql: &str, values: impl Params) -> Result<()> {
        match self {
            Connection::Sqlite(_) => self.change_one(sql, values),
            Connection::Postgres(_) => self.execute_later(&postgres::changes(sql, "1"), values),
        }
    }

    /// Runs a statement at the latest with the next one, or with the commit.
    pub(super) fn execute_later(&self, sql: &str, values: impl Params) -> Result<()> {
        match self {
            Connection::Sqlite(_) => self.execute(sql, values).map(drop),
            Connection::Postgres(server) => {
                let values = values.values()?;
                let values: Vec<_> = values.iter().map(|value| value as _).collect();
                server.queue(sql, &values)
            }
        }
    }

    /// Runs statements one after the other.
    pub(super) fn execute_batch(&self, sql: &str) -> Result<()> {
        match self {
            Connection::Sqlite(connection) => Ok(connection.execute_batch(sql)?),
            Connection::Postgres(connection) => connection.execute_batch(sql),
        }
    }

    /// Whoever asks a server waits no longer than so. A file answers in this process.
    pub(super) fn answer(&self, until: Until) {
        if let Connection::Postgres(server) = self {
            server.answer(until);
        }
    }

    /// Runs what was to run later: what is said against it is said now.
    pub(super) fn run_queued(&self) -> Result<()> {
        match self {
            Connection::Sqlite(_) => Ok(()),
            Connection::Postgres(server) => server.run_queued(),
        }
    }

    /// The book that it speaks of.
    pub(super) fn book(&self) -> BookNumber {
        match self {
            Connection::Sqlite(_) => BookNumber::FIRST,
            Connection::Postgres(server) => server.book().unwrap_or(BookNumber::FIRST),
        }
    }

    /// Runs `work` so that what it frees in a file is overwritten, not only let go.
    pub(super) fn overwriting_what_is_freed<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let Connection::Sqlite(file) = self else { return work() };
        file.pragma_update(None, "secure_delete", "on")?;
        let done = work();
        file.pragma_update(None, "secure_delete", "fast")?;
        done
    }

    /// From the first question on, until it is dropped, it shows one consistent state of the ledger.
    pub(super) fn begin_snapshot(&self) -> Result<()> {
        self.execute_batch(match self {
            Connection::Sqlite(_) => "begin",
            Connection::Postgres(_) => BEGIN_SNAPSHOT,
        })
    }

    /// Runs `read` on one consistent state of the ledger.
    pub(super) fn snapshot<T>(&self, read: impl FnOnce(&Connection) -> T) -> Result<T> {
        self.begin_snapshot()?;
        let answer = read(self);
        self.execute_batch("commit")?;
        Ok(answer)
    }
}

#[cfg(test)]
impl Connection {
    /// A file that there is in memory alone.
    pub(super) fn in_memory() -> Self {
        Connection::Sqlite(rusqlite::Connection::open_in_memory().unwrap())
    }

    /// SQLite's own connection.
    pub(super) fn file(&self) -> &rusqlite::Connection {
        match self {
            Connection::Sqlite(file) => file,
            Connection::Postgres(_) => panic!("it is on a server"),
        }
    }
}

impl Statement<'_> {
    /// What `read` makes of the first row.
    pub(super) fn query_row<T>(
        &mut self,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut rows = self.query(values)?;
        let row = rows.next()?.ok_or(Error::NoRow)?;
        read(&row)
    }

    /// The rows.
    pub(super) fn query(&mut self, values: impl Params) -> Result<Rows<'_>> {
        let values = values.values()?;
        Ok(match self {
            Statement::Sqlite(statement) => {
                Rows::Sqlite(statement.query(rusqlite::params_from_iter(values))?)
            }
            Statement::Postgres(statement) => Rows::Postgres(statement.query(&values)?),
        })
    }

    /// What `read` makes of each row.
    pub(super) fn query_map<T, F: FnMut(&Row<'_>) -> Result<T>>(
        &mut self,
        values: impl Params,
        read: F,
    ) -> Result<MappedRows<'_, F>> {
        Ok(MappedRows { rows: self.query(values)?, read })
    }

    /// Whether there is a row.
    pub(super) fn exists(&mut self, values: impl Params) -> Result<bool> {
        Ok(self.query(values)?.next()?.is_some())
    }

    /// Runs it: an error unless it changes exactly one row.
    pub(super) fn change_one(&mut self, values: impl Params) -> Result<()> {
        one_row(self.execute(values)?)
    }

    /// Runs it; how many rows it changed.
    pub(super) fn execute(&mut self, values: impl Params) -> Result<usize> {
        let values = values.values()?;
        match self {
            Statement::Sqlite(statement) => Ok(statement.execute(rusqlite::params_from_iter(values))?),
            Statement::Postgres(statement) => statement.execute(&values),
        }
    }
}

/// An error unless it is one row that was changed.
pub(super) fn one_row(changed: usize) -> Result<()> {
    if changed == 1 { Ok(()) } else { Err(Error::NotOneRow(changed)) }
}

impl Rows<'_> {
    /// The next row.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>> {
        Ok(match self {
            Rows::Sqlite(rows) => rows.next()?.map(Row::Sqlite),
            Rows::Postgres(rows) => rows.next()?.map(Row::Postgres),
        })
    }
}

impl<'r> Row<'r> {
    /// The value in a column.
    pub(super) fn get<T: FromValue>(&self, column: usize) -> Result<T> {
        T::from_value(self.get_ref(column)?)
            .map_err(|error| Error::unreadable(format!("column {}: {error}", column + 1)))
    }

    /// The same, without a copy.
    pub(super) fn get_ref(&self, column: usize) -> Result<ValueRef<'r>> {
        use rusqlite::types::ValueRef as Found;
        match self {
            Row::Sqlite(row) => Ok(match row.get_ref(column)? {
                Found::Null => ValueRef::Null,
                Found::Integer(number) => ValueRef::Integer(number),
                Found::Text(text) => ValueRef::Text(std::str::from_utf8(text).map_err(Error::unreadable)?),
                Found::Blob(bytes) => ValueRef::Blob(bytes),
                Found::Real(_) => return Err(Error::unreadable("the ledger holds no fractions")),
            }),
            Row::Postgres(row) => wire::value_in(row, column),
        }
    }

    /// How many columns it has.
    pub(super) fn columns(&self) -> usize {
        match self {
            Row::Sqlite(row) => row.as_ref().column_count(),
            Row::Postgres(row) => row.len(),
        }
    }
}

/// What is made of each row.
pub(super) struct MappedRows<'s, F> {
    rows: Rows<'s>,
    read: F,
}

impl<T, F: FnMut(&Row<'_>) -> Result<T>> Iterator for MappedRows<'_, F> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        self.rows.next().and_then(|row| row.map(|row| (self.read)(&row)).transpose()).transpose()
    }
}
