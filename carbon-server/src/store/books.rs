//! The books of an open ledger: each with its writer and its readers.

use crate::store::{
    book::{
        event::{Appended, Batch, BatchAppended, Event},
        reversal::{Reversal, Reversed},
        writer::Writer,
    },
    error::StoreError,
    key::{AccountKey, BookNumber},
    reader::Readers,
    source::LedgerLocation,
    sql::{self, Connection},
};
use std::{ops::Deref, sync::OnceLock};

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

/// A book that somebody names by a number, which this server may not have opened yet.
#[derive(Clone, Copy)]
pub(in crate::store) struct NamedBook<'b> {
    book: Option<&'b Book>,
    /// The account that asks, where it is one: its writes have their turns.
    account: Option<AccountKey>,
}

impl<'b> NamedBook<'b> {
    fn opened(&self) -> Result<&'b Book, StoreError> {
        self.book.ok_or(StoreError::NotOpen)
    }

    /// As [`Book::read`].
    pub(in crate::store) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> sql::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.opened()?.read(read).await
    }

    /// As [`Book::read_folded`].
    pub(in crate::store) async fn read_folded<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> sql::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.opened()?.read_folded(read).await
    }

    /// As [`Writer::fold`].
    pub(in crate::store) async fn fold(&self) -> Result<(), StoreError> {
        self.opened()?.fold().await
    }

    /// Runs `write` when it is the account's turn. When this returns `Ok`, what it wrote is on disk.
    pub(in crate::store) async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Connection) -> sql::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.opened()?.write_of(self.account, write).await
    }

    /// As [`Self::write`], for what changes names of tenants or tags: they are looked up again.
    pub(in crate::store) async fn write_names<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Connection) -> sql::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.opened()?.write_names_of(self.account, write).await
    }

    /// As [`Writer::append`].
    pub(in crate::store) async fn append(
        &self,
        event: Box<Event>,
    ) -> Result<(Box<Event>, Appended), StoreError> {
        self.opened()?.append(event).await
    }

    /// As [`Writer::append_batch`].
    pub(in crate::store) async fn append_batch(&self, batch: Batch) -> Result<BatchAppended, StoreError> {
        self.opened()?.append_batch(batch).await
    }

    /// As [`Writer::reverse`].
    pub(in crate::store) async fn reverse(&self, reversal: Reversal) -> Result<Reversed, StoreError> {
        self.opened()?.reverse(reversal).await
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

/// All of them, in the order of their numbers. More may be opened, and none goes.
pub(in crate::store) struct Books {
    /// By their places. Behind the first that is not open, none is.
    open: Box<[OnceLock<Book>]>,
    /// Over how many of them, the first ones, sign-ups are spread; each of the others was made for one account.
    shared: usize,
}

impl Books {
    /// At least one.
    pub(in crate::store) fn new(books: Vec<Book>, shared: usize) -> Self {
        assert!(!books.is_empty() && shared <= books.len(), "a ledger has a book");
        let places = (0..BookNumber::MAX).map(|_| OnceLock::new());
        let found = Books { open: places.collect(), shared };
        books.into_iter().for_each(|book| found.add(book));
        found
    }

    /// Adds the next.
    pub(in crate::store) fn add(&self, book: Book) {
        if let Some(place) = self.open.get(self.iter().count()) {
            drop(place.set(book));
        }
    }

    /// That of an account.
    pub(in crate::store) fn of(&self, account: AccountKey) -> NamedBook<'_> {
        NamedBook { account: Some(account), ..self.of_number(account.book()) }
    }

    /// That of an account to be.
    pub(in crate::store) fn of_new(&self, account_id: &str) -> NamedBook<'_> {
        self.of_number(BookNumber::of_new(account_id, self.shared))
    }

    /// That which gave a number, as of a link.
    pub(in crate::store) fn of_key(&self, key: i64) -> NamedBook<'_> {
        self.of_number(BookNumber::of(key))
    }

    /// The one with that number.
    pub(in crate::store) fn of_number(&self, number: BookNumber) -> NamedBook<'_> {
        NamedBook { book: self.open.get(number.place()).and_then(OnceLock::get), account: None }
    }

    /// The one that seals what all share: prices and factor sets.
    pub(in crate::store) fn first(&self) -> &Book {
        self.iter().next().expect("a ledger has a book")
    }

    /// Each that is open.
    pub(in crate::store) fn iter(&self) -> impl Iterator<Item = &Book> {
        self.open.iter().map_while(OnceLock::get)
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
        for book in self.open.into_iter().filter_map(OnceLock::into_inner) {
            closed &= book.close().await;
        }
        closed
    }
}
