//! PostgreSQL's side of the door: one connection, its prepared statements, and cursors for what is long.
//!
//! Each question is a way there and back. So what needs no answer is put in a queue, and goes along with the next question or
//! with the commit: a group of writes takes three ways, however much is in it.

use crate::store::{
    key::BookNumber,
    sql::{
        error::{Error, Result},
        value::{Value, ValueRef},
    },
};
use futures_util::future::{join, try_join_all};
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    error::Error as StdError,
    future::Future,
    vec::IntoIter,
};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{
    Client, Config, Row,
    binary_copy::BinaryCopyInWriter,
    tls::MakeTlsConnect,
    types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};

/// A connection that one thread uses at a time. It waits on that thread, which must not be one of a runtime.
pub(in crate::store) struct PostgresConnection {
    client: Client,
    /// What the connection runs on while somebody waits for it. There until the end.
    runtime: Option<Runtime>,
    /// Of each book, by their SQL: the same words are of other tables in each.
    known: RefCell<HashMap<Option<BookNumber>, HashMap<String, tokio_postgres::Statement>>>,
    /// The book that names without a schema are looked for in; `None`: only in what books share.
    book: Cell<Option<BookNumber>>,
    queue: RefCell<Vec<Queued>>,
    cursors: Cell<u64>,
}

/// A statement that goes along with the next. Its parameters are as they are sent, so that nothing but the server can
/// refuse it: a commit must not go out where what it commits did not.
struct Queued {
    statement: tokio_postgres::Statement,
    values: Vec<Encoded>,
}

/// A parameter as it is sent; `None` is null.
#[derive(Debug)]
struct Encoded(Option<BytesMut>);

/// Statements that are sent together: as many as are surely sent in their order.
const QUEUED_MAX: usize = 16;

/// Rows that a cursor brings at a time.
const FETCHED: u32 = 5_000;

impl PostgresConnection {
    /// Connects, and sets what `settings` say.
    pub(in crate::store) fn open<T>(config: &Config, tls: T, settings: &str) -> Result<Self>
    where
        T: MakeTlsConnect<tokio_postgres::Socket> + 'static,
        T::Stream: Send,
    {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::unreadable)?;
        let client = runtime.block_on(async {
            let (client, connection) = config.connect(tls).await?;
            // How it ends is told by whatever is asked next.
            tokio::spawn(connection);
            client.batch_execute(settings).await?;
            Ok::<_, tokio_postgres::Error>(client)
        })?;
        let (known, queue, cursors) = (RefCell::default(), RefCell::default(), Cell::default());
        let book = Cell::default();
        Ok(PostgresConnection { client, runtime: Some(runtime), known, book, queue, cursors })
    }

    /// The book that it speaks of; `None`: only of what books share.
    pub(in crate::store) fn book(&self) -> Option<BookNumber> {
        self.book.get()
    }

    /// Makes it speak of a book, whose tables are in the first of these schemas: from the next question on.
    pub(in crate::store) fn enter(&self, book: BookNumber, schemas: &str) -> Result<()> {
        self.queue("select set_config('search_path', ?1, false)", &[&schemas])?;
        self.book.set(Some(book));
        Ok(())
    }

    /// Whether it is of no use any more.
    pub(in crate::store) fn is_broken(&self) -> bool {
        // Hears what came meanwhile, such as its end.
        self.wait(async { tokio::time::sleep(std::time::Duration::ZERO).await });
        self.client.is_closed()
    }

    pub(super) fn prepare(&self, sql: &str) -> Result<PostgresStatement<'_>> {
        Ok(PostgresStatement { connection: self, of: StatementKind::Known(self.know(sql)?) })
    }

    pub(super) fn prepare_scan(&self, sql: &str) -> PostgresStatement<'_> {
        PostgresStatement { connection: self, of: StatementKind::Scan(numbered(sql)) }
    }

    pub(in crate::store) fn execute_batch(&self, sql: &str) -> Result<()> {
        self.ask(self.client.batch_execute(sql))
    }

    /// Runs a statement before the next that is asked for; what the server says against it is said then.
    pub(in crate::store) fn queue(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<()> {
        let statement = self.know(sql)?;
        let encoded = values.iter().zip(statement.params()).map(|(value, kind)| {
            let mut bytes = BytesMut::new();
            Ok(match value.to_sql_checked(kind, &mut bytes).map_err(Error::Unreadable)? {
                IsNull::Yes => Encoded(None),
                IsNull::No => Encoded(Some(bytes)),
            })
        });
        let values = encoded.collect::<Result<_>>()?;
        self.queue.borrow_mut().push(Queued { statement, values });
        if self.queue.borrow().len() < QUEUED_MAX { Ok(()) } else { self.ask(async { Ok(()) }) }
    }

    /// Runs `work` in a transaction: all of it is kept, or nothing. Begin goes along with what it asks first, and what it
    /// queues with the commit.
    pub(in crate::store) fn in_transaction<T, E: From<Error>>(
        &self,
        work: impl FnOnce() -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.queue("begin isolation level read committed", &[])?;
        let done = work().and_then(|value| {
            self.execute_native("commit", &[]).map_err(Error::of_commit)?;
            Ok(value)
        });
        if done.is_err() {
            self.queue.borrow_mut().clear();
            if !self.is_broken() {
                // Why it failed is what matters.
                drop(self.execute_native("rollback", &[]));
            }
        }
        done
    }

    /// Runs a statement with parameters of PostgreSQL's own types; how many rows it changed.
    pub(in crate::store) fn execute_native(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<u64> {
        let statement = self.know(sql)?;
        self.ask(self.client.execute(&statement, values))
    }

    /// The rows of such a statement.
    pub(in crate::store) fn query_native(
        &self,
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>> {
        let statement = self.know(sql)?;
        self.ask(self.client.query(&statement, values))
    }

    /// Adds rows to `table`, a name and columns, as `write` hands them over; all together, in binary.
    pub(in crate::store) fn copy_in(
        &self,
        table: &str,
        write: impl FnOnce(&mut dyn FnMut(&[Value<'_>]) -> Result<()>) -> Result<()>,
    ) -> Result<()> {
        let columns = table.split_once('(').map_or("*", |(_, columns)| columns.trim_end_matches(')'));
        let name = table.split_once(' ').map_or(table, |(name, _)| name);
        let types = self.know(&format!("select {columns} from {name}"))?;
        let types: Vec<Type> = types.columns().iter().map(|column| column.type_().clone()).collect();
        let copy = format!("copy {table} from stdin (format binary)");
        let sink = self.ask(self.client.copy_in(copy.as_str()))?;
        let mut writer = Box::pin(BinaryCopyInWriter::new(sink, &types));
        write(&mut |values| Ok(self.wait(writer.as_mut().write_raw(values))?))?;
        self.wait(writer.as_mut().finish())?;
        Ok(())
    }

    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.as_ref().expect("it is there until the end").block_on(future)
    }

    /// Waits for an answer, and sends along what is in the queue: in its order, and before.
    fn ask<T>(
        &self,
        question: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        let queue = std::mem::take(&mut *self.queue.borrow_mut());
        if queue.is_empty() {
            return Ok(self.wait(question)?);
        }
        let values: Vec<Vec<&(dyn ToSql + Sync)>> =
            queue.iter().map(|queued| queued.values.iter().map(|value| value as _).collect()).collect();
        let queued = queue.iter().zip(&values);
        let before =
            try_join_all(queued.map(|(queued, values)| self.client.execute(&queued.statement, values)));
        let (before, answer) = self.wait(join(before, question));
        // What failed first is why the others did.
        before?;
        Ok(answer?)
    }

    /// Prepares a statement, once.
    fn know(&self, sql: &str) -> Result<tokio_postgres::Statement> {
        let book = self.book();
        if let Some(known) = self.known.borrow().get(&book).and_then(|known| known.get(sql)) {
            return Ok(known.clone());
        }
        let sent = numbered(sql);
        let statement = self.ask(self.client.prepare(&sent))?;
        self.known.borrow_mut().entry(book).or_default().insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

impl Drop for PostgresConnection {
    fn drop(&mut self) {
        // Waits for nobody, so that it may be dropped anywhere.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A statement that refuses to change another number of rows than `expected`, an expression: it may be on its way together
/// with the commit, so that nobody could look at the number before.
pub(in crate::store) fn changes(sql: &str, expected: &str) -> String {
    format!(
        "with changed as ({sql} returning 1)
         select case when count(*) = {expected} then 1
                     else (count(*) || ' rows were changed where it should be ' || {expected})::integer end
           from changed"
    )
}

/// Parameters as PostgreSQL numbers them. No statement has a question mark elsewhere.
fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}

/// A statement of one connection.
pub(in crate::store) struct PostgresStatement<'c> {
    connection: &'c PostgresConnection,
    of: StatementKind,
}

enum StatementKind {
    Known(tokio_postgres::Statement),
    /// Run through a cursor: its SQL.
    Scan(String),
}

impl PostgresStatement<'_> {
    pub(super) fn query(&mut self, values: &[Value<'_>]) -> Result<PostgresRows<'_>> {
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let connection = self.connection;
        match &self.of {
            StatementKind::Known(statement) => {
                let rows = connection.ask(connection.client.query(statement, &values))?;
                Ok(PostgresRows { connection, fetch: None, ahead: rows.into_iter(), at_hand: None })
            }
            StatementKind::Scan(sql) => {
                connection.cursors.set(connection.cursors.get() + 1);
                let name = format!("scan_{}", connection.cursors.get());
                let declare = format!("declare {name} no scroll cursor for {sql}");
                connection.ask(connection.client.execute(&declare, &values))?;
                let fetch = Some(format!("fetch forward {FETCHED} from {name}"));
                Ok(PostgresRows { connection, fetch, ahead: Vec::new().into_iter(), at_hand: None })
            }
        }
    }

    pub(super) fn execute(&mut self, values: &[Value<'_>]) -> Result<usize> {
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let client = &self.connection.client;
        let changed = match &self.of {
            StatementKind::Known(statement) => self.connection.ask(client.execute(statement, &values))?,
            StatementKind::Scan(sql) => self.connection.ask(client.execute(sql.as_str(), &values))?,
        };
        usize::try_from(changed).map_err(Error::unreadable)
    }
}

/// Rows that are there, or that a cursor still brings.
pub(in crate::store) struct PostgresRows<'s> {
    connection: &'s PostgresConnection,
    /// Brings more; `None` where there are no more.
    fetch: Option<String>,
    ahead: IntoIter<Row>,
    at_hand: Option<Row>,
}

impl PostgresRows<'_> {
    pub(super) fn next(&mut self) -> Result<Option<&Row>> {
        self.at_hand = self.ahead.next();
        if self.at_hand.is_none()
            && let Some(fetch) = self.fetch.take()
        {
            let connection = self.connection;
            self.ahead = connection.ask(connection.client.query(&fetch, &[]))?.into_iter();
            self.at_hand = self.ahead.next();
            // A cursor that brought nothing is at its end; it goes with its transaction.
            self.fetch = self.at_hand.is_some().then_some(fetch);
        }
        Ok(self.at_hand.as_ref())
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match (self, kind) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Integer(number), &Type::INT4) => i32::try_from(*number)?.to_sql(kind, out),
            (Value::Integer(number), &Type::BOOL) => (*number != 0).to_sql(kind, out),
            (Value::Integer(number), _) => number.to_sql(kind, out),
            (Value::Bool(holds), &Type::BOOL) => holds.to_sql(kind, out),
            (Value::Bool(holds), _) => i64::from(*holds).to_sql(kind, out),
            // A null character is in no text that was ever taken, and the server refuses even to look for one.
            (Value::Text(text), _) if text.contains('\0') => text.replace('\0', "\u{FFFD}").to_sql(kind, out),
            (Value::Text(text), _) => text.to_sql(kind, out),
            (Value::Blob(bytes), _) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT4, Type::INT8, Type::BOOL, Type::TEXT, Type::VARCHAR, Type::BYTEA].contains(kind)
    }

    to_sql_checked!();
}

impl ToSql for Encoded {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn StdError + Sync + Send>> {
        Ok(match &self.0 {
            None => IsNull::Yes,
            Some(bytes) => {
                out.extend_from_slice(bytes);
                IsNull::No
            }
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The value in a column of a row.
pub(super) fn value_in(row: &Row, column: usize) -> Result<ValueRef<'_>> {
    Ok(row.try_get::<_, Option<OwnedByRow<'_>>>(column)?.map_or(ValueRef::Null, |found| found.0))
}

struct OwnedByRow<'r>(ValueRef<'r>);

impl<'r> FromSql<'r> for OwnedByRow<'r> {
    fn from_sql(kind: &Type, raw: &'r [u8]) -> std::result::Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(OwnedByRow(match *kind {
            Type::INT4 => ValueRef::Integer(i32::from_sql(kind, raw)?.into()),
            Type::INT8 => ValueRef::Integer(i64::from_sql(kind, raw)?),
            Type::BOOL => ValueRef::Integer(bool::from_sql(kind, raw)?.into()),
            Type::BYTEA => ValueRef::Blob(raw),
            _ => ValueRef::Text(<&str>::from_sql(kind, raw)?),
        }))
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT4, Type::INT8, Type::BOOL, Type::TEXT, Type::VARCHAR, Type::BYTEA].contains(kind)
    }
}
