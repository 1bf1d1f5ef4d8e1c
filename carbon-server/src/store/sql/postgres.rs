//! PostgreSQL's side of the door: one connection, its prepared statements, and cursors for what is long.

use super::{
    error::{Error, Result},
    value::{Value, ValueRef},
};
use ::postgres::{
    Client, Row,
    binary_copy::BinaryCopyInWriter,
    types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    vec::IntoIter,
};

/// A connection that one thread uses at a time.
pub(in crate::store) struct PostgresConnection {
    client: RefCell<Client>,
    known: RefCell<HashMap<String, ::postgres::Statement>>,
    cursors: Cell<u64>,
}

/// Rows that a cursor brings at a time.
const FETCHED: u32 = 5_000;

impl PostgresConnection {
    pub(in crate::store) fn new(client: Client) -> Self {
        PostgresConnection {
            client: RefCell::new(client),
            known: RefCell::default(),
            cursors: Cell::default(),
        }
    }

    /// Whether it is of no use any more.
    pub(in crate::store) fn is_broken(&self) -> bool {
        self.client.borrow().is_closed()
    }

    pub(super) fn prepare(&self, sql: &str) -> Result<Statement<'_>> {
        Ok(Statement { connection: self, of: Of::Known(self.know(sql)?) })
    }

    pub(super) fn prepare_scan(&self, sql: &str) -> Statement<'_> {
        Statement { connection: self, of: Of::Scan(numbered(sql)) }
    }

    pub(in crate::store) fn execute_batch(&self, sql: &str) -> Result<()> {
        Ok(self.client.borrow_mut().batch_execute(sql)?)
    }

    /// Runs a statement with parameters of PostgreSQL's own types, such as arrays; how many rows it changed.
    pub(in crate::store) fn execute_native(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<u64> {
        let statement = self.know(sql)?;
        Ok(self.client.borrow_mut().execute(&statement, values)?)
    }

    /// The rows of such a statement.
    pub(in crate::store) fn query_native(
        &self,
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>> {
        let statement = self.know(sql)?;
        Ok(self.client.borrow_mut().query(&statement, values)?)
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
        let mut client = self.client.borrow_mut();
        let writer = client.copy_in(&format!("copy {table} from stdin (format binary)"))?;
        let mut writer = BinaryCopyInWriter::new(writer, &types);
        write(&mut |values| Ok(writer.write_raw(values)?))?;
        writer.finish()?;
        Ok(())
    }

    /// Prepares a statement, once.
    fn know(&self, sql: &str) -> Result<::postgres::Statement> {
        if let Some(known) = self.known.borrow().get(sql) {
            return Ok(known.clone());
        }
        let statement = self.client.borrow_mut().prepare(&numbered(sql))?;
        self.known.borrow_mut().insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// Parameters as PostgreSQL numbers them. No statement has a question mark elsewhere.
fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}

/// A statement of one connection.
pub(in crate::store) struct Statement<'c> {
    connection: &'c PostgresConnection,
    of: Of,
}

enum Of {
    Known(::postgres::Statement),
    /// Run through a cursor: its SQL.
    Scan(String),
}

impl Statement<'_> {
    pub(super) fn query(&mut self, values: &[Value<'_>]) -> Result<Rows<'_>> {
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let connection = self.connection;
        let mut client = connection.client.borrow_mut();
        match &self.of {
            Of::Known(statement) => Ok(Rows {
                connection,
                fetch: None,
                ahead: client.query(statement, &values)?.into_iter(),
                at_hand: None,
            }),
            Of::Scan(sql) => {
                connection.cursors.set(connection.cursors.get() + 1);
                let name = format!("scan_{}", connection.cursors.get());
                client.execute(&format!("declare {name} no scroll cursor for {sql}"), &values)?;
                let fetch = Some(format!("fetch forward {FETCHED} from {name}"));
                Ok(Rows { connection, fetch, ahead: Vec::new().into_iter(), at_hand: None })
            }
        }
    }

    pub(super) fn execute(&mut self, values: &[Value<'_>]) -> Result<usize> {
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let changed = match &self.of {
            Of::Known(statement) => self.connection.client.borrow_mut().execute(statement, &values)?,
            Of::Scan(sql) => self.connection.client.borrow_mut().execute(sql.as_str(), &values)?,
        };
        usize::try_from(changed).map_err(Error::unreadable)
    }
}

/// Rows that are there, or that a cursor still brings.
pub(in crate::store) struct Rows<'s> {
    connection: &'s PostgresConnection,
    /// Brings more; `None` where there are no more.
    fetch: Option<String>,
    ahead: IntoIter<Row>,
    at_hand: Option<Row>,
}

impl Rows<'_> {
    pub(super) fn next(&mut self) -> Result<Option<&Row>> {
        self.at_hand = self.ahead.next();
        if self.at_hand.is_none()
            && let Some(fetch) = self.fetch.take()
        {
            self.ahead = self.connection.client.borrow_mut().query(&fetch, &[])?.into_iter();
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
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (self, kind) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Integer(number), &Type::INT4) => i32::try_from(*number)?.to_sql(kind, out),
            (Value::Integer(number), &Type::BOOL) => (*number != 0).to_sql(kind, out),
            (Value::Integer(number), _) => number.to_sql(kind, out),
            (Value::Bool(holds), &Type::BOOL) => holds.to_sql(kind, out),
            (Value::Bool(holds), _) => i64::from(*holds).to_sql(kind, out),
            (Value::Text(text), _) => text.to_sql(kind, out),
            (Value::Blob(bytes), _) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT4, Type::INT8, Type::BOOL, Type::TEXT, Type::VARCHAR, Type::BYTEA].contains(kind)
    }

    to_sql_checked!();
}

/// The value in a column of a row.
pub(super) fn value_in(row: &Row, column: usize) -> Result<ValueRef<'_>> {
    Ok(row.try_get::<_, Option<Found<'_>>>(column)?.map_or(ValueRef::Null, |found| found.0))
}

struct Found<'r>(ValueRef<'r>);

impl<'r> FromSql<'r> for Found<'r> {
    fn from_sql(
        kind: &Type,
        raw: &'r [u8],
    ) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Found(match *kind {
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
