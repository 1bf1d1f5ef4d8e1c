//! PostgreSQL's side of the door: one connection, its prepared statements, and cursors for what is long.
//!
//! Each question is a way there and back. So what needs no answer is put in a queue, and goes along with the next question or
//! with the commit: a group of writes takes three ways, however much is in it.

use crate::store::{
    key::BookNumber,
    limits::{self, Until},
    sql::{
        error::{Error, Result},
        value::Value,
        wire::Encoded,
    },
};
use futures_util::future::{join, poll_fn, try_join_all};
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    vec::IntoIter,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    runtime::{Builder, Runtime},
};
use tokio_postgres::{
    AsyncMessage, Client, Config, Connection, Row, Socket,
    binary_copy::BinaryCopyInWriter,
    error::Severity,
    tls::{MakeTlsConnect, TlsStream},
    types::{ToSql, Type},
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
    /// When whoever waits for it stops waiting.
    until: Cell<Until>,
    /// Whether somebody has stopped: what it was asked may still be done.
    is_given_up: Cell<bool>,
    warning: Warning,
    /// Opens one that makes tables, of the same book: where those are made may be elsewhere.
    maintains: Option<Maintains>,
}

/// Opens a connection, for whoever waits no longer than so.
type Maintains = Box<dyn Fn(Until) -> Result<PostgresConnection> + Send>;

/// What the server has warned of last.
type Warning = Arc<Mutex<Option<String>>>;

/// A statement that goes along with the next. Its parameters are as they are sent, so that nothing but the server can
/// refuse it: a commit must not go out where what it commits did not.
struct Queued {
    statement: tokio_postgres::Statement,
    values: Vec<Encoded>,
}

/// Statements that are sent together: as many as are surely sent in their order.
const QUEUED_MAX: usize = 16;

/// Rows that a cursor brings at a time.
const FETCHED: u32 = 5_000;

impl PostgresConnection {
    /// Connects, and sets what `settings` say.
    pub(in crate::store) fn open<T>(config: &Config, tls: T, settings: &str, until: Until) -> Result<Self>
    where
        T: MakeTlsConnect<Socket> + 'static,
        T::Stream: Send,
    {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::unreadable)?;
        let warning = Warning::default();
        let client = until.or_in(limits::ANSWER_OF_HOST_MAX).wait(&runtime, async {
            let (client, connection) = config.connect(tls).await?;
            // How it ends is told by whatever is asked next.
            tokio::spawn(run(connection, warning.clone()));
            client.batch_execute(settings).await?;
            Ok::<_, tokio_postgres::Error>(client)
        });
        Ok(PostgresConnection {
            client: client??,
            runtime: Some(runtime),
            known: RefCell::default(),
            book: Cell::default(),
            queue: RefCell::default(),
            cursors: Cell::default(),
            until: Cell::new(until),
            is_given_up: Cell::default(),
            warning,
            maintains: None,
        })
    }

    /// Says how to open one of the same book that makes tables.
    pub(in crate::store) fn maintained_by(
        &mut self,
        open: impl Fn(Until) -> Result<PostgresConnection> + Send + 'static,
    ) {
        self.maintains = Some(Box::new(open));
    }

    /// Has another connection make something, outside the transaction of this one, which waits for it.
    pub(in crate::store) fn maintain<T>(
        &self,
        work: impl FnOnce(&PostgresConnection) -> Result<T>,
    ) -> Result<T> {
        let open = self.maintains.as_ref().ok_or_else(|| Error::unreadable("it only reads"))?;
        work(&open(self.until.get())?)
    }

    /// Whoever asks it waits no longer than so; the connection is of no use after that.
    pub(in crate::store) fn answer(&self, until: Until) {
        self.until.set(until);
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
        let hear = Until::NEVER.wait(self.runtime(), async {
            tokio::time::sleep(std::time::Duration::ZERO).await;
        });
        hear.is_err() || self.is_given_up.get() || self.client.is_closed()
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
        let encoded = values.iter().zip(statement.params()).map(|(value, kind)| Encoded::of(*value, kind));
        let values = encoded.collect::<Result<_>>()?;
        self.queue.borrow_mut().push(Queued { statement, values });
        if self.queue.borrow().len() < QUEUED_MAX { Ok(()) } else { self.run_queued() }
    }

    /// Runs what is in the queue.
    pub(in crate::store) fn run_queued(&self) -> Result<()> {
        self.ask(async { Ok(()) })
    }

    /// Runs `work` in a transaction: all of it is kept, or nothing. Begin goes along with what it asks first, and what it
    /// queues with the commit.
    pub(in crate::store) fn in_transaction<T, E: From<Error>>(
        &self,
        work: impl FnOnce() -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.queue("begin isolation level read committed", &[])?;
        let done = work().and_then(|value| {
            self.commit()?;
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

    /// Commits. What comes of it is in doubt after a while, as where the server waits for a standby; and where it stopped waiting
    /// for one and says no more than that in a warning.
    fn commit(&self) -> Result<()> {
        let until = self.until.get();
        // Before it is sent there is no doubt.
        until.is_to_come()?;
        self.until.set(until.commits());
        drop(self.warned());
        let committed = self.execute_native("commit", &[]);
        self.until.set(until);
        match (committed, self.warned()) {
            (Ok(_), None) => Ok(()),
            (Ok(_), Some(warning)) => Err(Error::Commit(Box::new(Error::unreadable(warning)))),
            (Err(error), _) => Err(error.of_commit()),
        }
    }

    /// What the server has warned of since this was asked last.
    fn warned(&self) -> Option<String> {
        self.warning.lock().unwrap_or_else(PoisonError::into_inner).take()
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
        write(&mut |values| Ok(self.wait(writer.as_mut().write_raw(values))??))?;
        self.wait(writer.as_mut().finish())??;
        Ok(())
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("it is there until the end")
    }

    fn wait<T>(&self, future: impl Future<Output = T>) -> Result<T> {
        let waited = self.until.get().wait(self.runtime(), future);
        self.is_given_up.set(self.is_given_up.get() || waited.is_err());
        Ok(waited?)
    }

    /// Waits for an answer, and sends along what is in the queue: in its order, and before.
    fn ask<T>(
        &self,
        question: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        let queue = std::mem::take(&mut *self.queue.borrow_mut());
        if queue.is_empty() {
            return Ok(self.wait(question)??);
        }
        let values: Vec<Vec<&(dyn ToSql + Sync)>> =
            queue.iter().map(|queued| queued.values.iter().map(|value| value as _).collect()).collect();
        let queued = queue.iter().zip(&values);
        let before =
            try_join_all(queued.map(|(queued, values)| self.client.execute(&queued.statement, values)));
        let (before, answer) = self.wait(join(before, question))?;
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

/// Runs a connection until its end, and notes what the server warns of.
async fn run<T>(mut connection: Connection<Socket, T>, warning: Warning)
where
    T: TlsStream + AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        if let AsyncMessage::Notice(notice) = message
            && notice.parsed_severity() == Some(Severity::Warning)
        {
            *warning.lock().unwrap_or_else(PoisonError::into_inner) = Some(notice.message().to_owned());
        }
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
