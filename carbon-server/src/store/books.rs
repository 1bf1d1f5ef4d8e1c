//! The books of an open ledger: each with its writer and its readers.

use crate::store::{
    book::writer::Writer,
    error::StoreError,
    key::{AccountKey, BookNumber},
    reader::Readers,
    source::LedgerLocation,
    sql::{self, Connection},
};
use std::ops::Deref;

/// A book that is open.
pub(in crate::store) struct Book {
    writer: Writer,
    readers: Readers,
}

impl Book {
    pub(in crate::store) fn new(writer: Writer, readers: Readers) -> Self {
        Book { writer, readers }
    }

    /// Runs `read` on a thread that may block. It sees one consistent state of the book, and of what books share.
    pub(in crate::store) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> sql::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.read(read).await
    }

    /// As [`Self::read`], of a state that holds every event that was acknowledged before.
    pub(in crate::store) async fn read_folded<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> sql::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.fold().await?;
        self.readers.read(read).await
    }

    /// Runs `write` for the ledger itself. When this returns `Ok`, what it wrote is on disk.
    pub(in crate::store) async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Connection) -> sql::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.write_of(None, write).await
    }

    /// Where it is.
    pub(in crate::store) fn location(&self) -> &LedgerLocation {
        self.readers.location()
    }

    /// Its readers, for whoever follows what others write to it.
    pub(in crate::store) fn readers(&self) -> Readers {
        self.readers.clone()
    }

    /// Closes what reads, then what writes: `false` where the writer had failed.
    pub(in crate::store) async fn close(self) -> bool {
        // The last connection to close folds the WAL into a file, and it must be one that may write.
        self.readers.close().await;
        self.writer.close().await
    }
}

/// What is asked of a book's writer is asked of the book.
impl Deref for Book {
    type Target = Writer;

    fn deref(&self) -> &Writer {
        &self.writer
    }
}

/// The book of an account, to which that account writes.
#[derive(Clone, Copy)]
pub(in crate::store) struct AccountBook<'b> {
    book: &'b Book,
    account: AccountKey,
}

impl AccountBook<'_> {
    /// Runs `write` when it is the account's turn. When this returns `Ok`, what it wrote is on disk.
    pub(in crate::store) async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Connection) -> sql::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.book.write_of(Some(self.account), write).await
    }

    /// As [`Self::write`], for what changes names of tenants or tags: they are looked up again.
    pub(in crate::store) async fn write_names<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Connection) -> sql::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.book.write_names_of(Some(self.account), write).await
    }
}

impl Deref for AccountBook<'_> {
    type Target = Book;

    fn deref(&self) -> &Book {
        self.book
    }
}

/// How far what is numbered was read, in each book.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReadTo(Vec<i64>);

impl ReadTo {
    /// As far as either was read.
    pub(crate) fn and(&mut self, other: &Self) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        self.0.iter_mut().zip(&other.0).for_each(|(own, other)| *own = (*own).max(*other));
    }
}

/// All of them, in the order of their numbers.
pub(in crate::store) struct Books(Vec<Book>);

impl Books {
    /// At least one.
    pub(in crate::store) fn new(books: Vec<Book>) -> Self {
        assert!(!books.is_empty(), "a ledger has a book");
        Books(books)
    }

    /// That of an account.
    pub(in crate::store) fn of(&self, account: AccountKey) -> AccountBook<'_> {
        AccountBook { book: self.of_number(account.book()), account }
    }

    /// That of an account to be.
    pub(in crate::store) fn of_new(&self, account_id: &str) -> &Book {
        self.of_number(BookNumber::of_new(account_id, self.0.len()))
    }

    /// That which gave a number, as of a link.
    pub(in crate::store) fn of_key(&self, key: i64) -> &Book {
        self.of_number(BookNumber::of(key))
    }

    /// The one with that number.
    pub(in crate::store) fn of_number(&self, number: BookNumber) -> &Book {
        // What another ledger gave is in none of them: the first says so.
        self.0.get(number.place()).unwrap_or_else(|| self.first())
    }

    /// The one that seals what all share: prices and factor sets.
    pub(in crate::store) fn first(&self) -> &Book {
        &self.0[0]
    }

    /// Each of them.
    pub(in crate::store) fn iter(&self) -> impl Iterator<Item = &Book> {
        self.0.iter()
    }

    /// As [`Self::read_all`], of what holds every event that was acknowledged before.
    pub(in crate::store) async fn read_all_folded<T: Send + 'static>(
        &self,
        read: impl Fn(&Connection) -> sql::Result<Vec<T>> + Clone + Send + 'static,
    ) -> Result<Vec<T>, StoreError> {
        for book in self.iter() {
            book.fold().await?;
        }
        self.read_all(read).await
    }

    /// What is numbered behind what was read before, and how far that goes now.
    pub(in crate::store) async fn read_behind<T: Send + 'static>(
        &self,
        read_to: &ReadTo,
        read: impl Fn(&Connection, i64) -> sql::Result<(i64, Vec<T>)> + Copy + Send + 'static,
    ) -> Result<(ReadTo, Vec<T>), StoreError> {
        let (mut now, mut all) = (Vec::new(), Vec::new());
        for (place, book) in self.iter().enumerate() {
            let before = read_to.0.get(place).copied().unwrap_or(0);
            let (last, found) = book.read(move |connection| read(connection, before)).await?;
            now.push(last);
            all.extend(found);
        }
        Ok((ReadTo(now), all))
    }

    /// Reads each of them, one after the other, and puts together what is found.
    pub(in crate::store) async fn read_all<T: Send + 'static>(
        &self,
        read: impl Fn(&Connection) -> sql::Result<Vec<T>> + Clone + Send + 'static,
    ) -> Result<Vec<T>, StoreError> {
        let mut all = Vec::new();
        for book in self.iter() {
            all.extend(book.read(read.clone()).await?);
        }
        Ok(all)
    }

    /// Closes them: `false` where a writer had failed.
    pub(in crate::store) async fn close(self) -> bool {
        let mut closed = true;
        for book in self.0 {
            closed &= book.close().await;
        }
        closed
    }
}
