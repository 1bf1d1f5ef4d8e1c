//! What a checkpoint is made of, and to whom it is sent.

use crate::{
    base::digest::Sha,
    store::{
        account::outbox::{MessageKind, NewMessage, add_message_once},
        error::StoreError,
        key::{AccountKey, BookNumber},
        ledger::Store,
        sql::{self, Connection, NONE, OptionalExtension, params},
    },
};
use std::{collections::BTreeMap, ops::Range};

/// How far months were closed and restated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Closings(Vec<[i64; 2]>);

impl Closings {
    /// The last closed month, and the last restatement, of a book.
    pub(in crate::store) fn keys(&self, book: BookNumber) -> [i64; 2] {
        self.0.get(book.place()).copied().unwrap_or_default()
    }
}

const LAST_SEAL: &str = "select coalesce(max(seal_key), 0) from seal";

const LOGGED: &str = "select coalesce(max(last_seal_key), 0) from seal_log where book_number = ?1";

const LOG: &str = "
    insert into seal_log (seal_log_key, book_number, last_seal_key)
    select coalesce(max(seal_log_key), ?3) + 1, ?1, ?2 from seal_log";

const NEXT_LOGGED: &str = "
    select seal_log_key, book_number, last_seal_key from seal_log where seal_log_key > ?1 order by seal_log_key limit 1";

const SEALS: &str = "
    select seal_key, sha256 from seal where seal_key > ?1 and seal_key <= ?2 order by seal_key limit ?3";

const CLOSINGS: &str = "
    select (select coalesce(max(closed_month_key), 0) from closed_month),
           (select coalesce(max(restatement_key), 0) from restatement)";

const RECEIVERS: &str = "
    select account_key, account_id from account join webhook using (account_key) order by account_key";

// Who has closed or restated a month since.
const RECEIVERS_SINCE: &str = "
    select account_key, account_id from account join webhook using (account_key)
     where account_key in (select account_key from closed_month where closed_month_key > ?1
                           union select account_key from restatement where restatement_key > ?2)
     order by account_key";

/// A seal as a leaf of the tree under checkpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LoggedSeal {
    pub(crate) book: i64,
    pub(crate) number: i64,
    pub(crate) sha256: Sha,
}

impl LoggedSeal {
    /// What is hashed as the leaf: the numbers of the book and of its seal, eight bytes each, and the digest.
    pub(crate) fn leaf(&self) -> [u8; 48] {
        let mut leaf = [0; 48];
        leaf[..8].copy_from_slice(&self.book.to_be_bytes());
        leaf[8..16].copy_from_slice(&self.number.to_be_bytes());
        leaf[16..].copy_from_slice(&self.sha256);
        leaf
    }
}

/// How far the log was read: its rows, and the seals of each book.
#[derive(Clone, Debug, Default)]
pub(crate) struct LoggedTo {
    log_key: i64,
    seals: BTreeMap<BookNumber, i64>,
}

/// A row of the log: what it adds of a book ends with this seal.
pub(in crate::store) struct LogRow {
    log_key: i64,
    pub(in crate::store) book: BookNumber,
    pub(in crate::store) last_seal_key: i64,
}

impl LoggedTo {
    /// The last seal of a book that was read.
    pub(in crate::store) fn seal_of(&self, book: BookNumber) -> i64 {
        self.seals.get(&book).copied().unwrap_or(0)
    }

    /// Behind these seals of a row.
    pub(in crate::store) fn add(&mut self, row: &LogRow, seals: &[LoggedSeal]) {
        let last = seals.last().map_or(row.last_seal_key, |seal| seal.number);
        self.seals.insert(row.book, last);
        if last >= row.last_seal_key {
            self.log_key = row.log_key;
        }
    }

    /// Whether a row was read to its end since.
    pub(crate) fn is_behind(&self, before: &Self) -> bool {
        self.log_key > before.log_key
    }

    /// The row that is read next.
    pub(in crate::store) fn next(&self, first_book: &Connection) -> sql::Result<Option<LogRow>> {
        next_logged(first_book, self.log_key)
    }
}

fn next_logged(connection: &Connection, after: i64) -> sql::Result<Option<LogRow>> {
    let mut statement = connection.prepare_cached(NEXT_LOGGED)?;
    let row = statement.query_row([after], |row| {
        let book =
            BookNumber::new(row.get(1)?).ok_or_else(|| sql::Error::unreadable("there is no such book"))?;
        Ok(LogRow { log_key: row.get(0)?, book, last_seal_key: row.get(2)? })
    });
    row.optional()
}

/// Seals of a book behind one, up to another.
pub(in crate::store) fn seals(
    connection: &Connection,
    from: i64,
    until: i64,
    limit: usize,
) -> sql::Result<Vec<LoggedSeal>> {
    let book = connection.book().number();
    let mut statement = connection.prepare_cached(SEALS)?;
    let seals = statement.query_map(params![from, until, limit], |row| {
        Ok(LoggedSeal { book, number: row.get(0)?, sha256: row.get(1)? })
    })?;
    seals.collect()
}

impl Store {
    /// Adds the seals that every book has got since to the log of checkpoints.
    pub(crate) async fn log_seals(&self) -> Result<(), StoreError> {
        let last =
            |book: &Connection| Ok(vec![(book.book(), book.query_row(LAST_SEAL, NONE, |row| row.get(0))?)]);
        let last: Vec<(BookNumber, i64)> = self.books.read_all(last).await?;
        let write = move |connection: &Connection| {
            for (book, last_seal_key) in &last {
                // Another server may have been first.
                let of_book = params![book.number()];
                let logged: i64 = connection.prepare_cached(LOGGED)?.query_row(of_book, |row| row.get(0))?;
                if logged < *last_seal_key {
                    let values = params![book.number(), last_seal_key, connection.book().base()];
                    connection.change_one(LOG, values)?;
                }
            }
            Ok(())
        };
        self.books.first().write(write).await
    }

    /// The next seals of the log, in its order, and how far that goes: none where all were read.
    pub(crate) async fn logged_seals(
        &self,
        mut read_to: LoggedTo,
        limit: usize,
    ) -> Result<(LoggedTo, Vec<LoggedSeal>), StoreError> {
        let after = read_to.log_key;
        let next = self.books.first().read(move |connection| next_logged(connection, after)).await?;
        let Some(next) = next else { return Ok((read_to, Vec::new())) };
        let from = read_to.seal_of(next.book);
        let until = next.last_seal_key;
        let read = move |connection: &Connection| seals(connection, from, until, limit);
        let seals = self.books.of_number(next.book).read(read).await?;
        read_to.add(&next, &seals);
        Ok((read_to, seals))
    }

    /// Seals of a book, by their numbers.
    pub(crate) async fn seals_of_book(
        &self,
        book: i64,
        numbers: Range<i64>,
    ) -> Result<Vec<LoggedSeal>, StoreError> {
        let book = BookNumber::new(book).ok_or(StoreError::Damaged)?;
        let read = move |connection: &Connection| {
            seals(connection, numbers.start - 1, numbers.end - 1, usize::MAX >> 1)
        };
        self.books.of_number(book).read(read).await
    }

    /// How far months were closed and restated.
    pub(crate) async fn closings(&self) -> Result<Closings, StoreError> {
        let read = |connection: &Connection| {
            connection.query_row(CLOSINGS, NONE, |row| Ok(vec![[row.get(0)?, row.get(1)?]]))
        };
        Ok(Closings(self.books.read_all(read).await?))
    }

    /// Accounts with a webhook, with their ids: all, or those that have closed or restated a month since.
    pub(crate) async fn checkpoint_receivers(
        &self,
        since: Option<Closings>,
    ) -> Result<Vec<(AccountKey, String)>, StoreError> {
        let read = move |connection: &Connection| {
            let select = if since.is_some() { RECEIVERS_SINCE } else { RECEIVERS };
            let values = since.as_ref().map(|since| since.keys(connection.book()));
            let mut statement = connection.prepare_cached(select)?;
            let read = |row: &crate::store::sql::Row<'_>| Ok((AccountKey(row.get(0)?), row.get(1)?));
            match values {
                Some(values) => statement.query_map(values, read)?.collect(),
                None => statement.query_map(NONE, read)?.collect(),
            }
        };
        self.books.read_all(read).await
    }

    /// Adds a checkpoint to the outbox, once for each `message_id`, whichever server is first.
    pub(crate) async fn send_checkpoint(
        &self,
        account: AccountKey,
        message_id: String,
        payload: String,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let write = move |connection: &Connection| {
            let message = NewMessage {
                account,
                kind: MessageKind::Checkpoint,
                message_id: &message_id,
                receiver_key: None,
                tenant: None,
                payload: &payload,
                now_ms,
            };
            add_message_once(connection, &message)
        };
        self.books.of(account).write(write).await
    }
}
