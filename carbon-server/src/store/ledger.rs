//! The open ledger.

use crate::{
    base::digest::hex,
    store::{
        Event,
        archive::{ArchivePlace, Archives},
        book::{
            self, LedgerState,
            event::{Appended, Batch, BatchAppended},
            reversal::{Reversal, Reversed},
            sighting,
            writer::{self, Writer},
            writer_thread::WriterOpening,
        },
        books::{Book, Books},
        database::{Database, PostgresServer},
        error::StoreError,
        limits,
        reader::Readers,
        regions::{self, DefaultRegions, FollowedRegions},
        source::{self, LedgerLocation},
        sql::{Connection, NONE},
        sqlite::{
            LedgerFile,
            watch::{self, FileWatch},
        },
    },
};
use carbon_report::Month;
use futures_util::future::try_join_all;
use prometheus_client::metrics::histogram::Histogram;
use sha2::{Digest, Sha256};
use std::{
    sync::{Arc, RwLock},
    time::Duration,
};

/// How a ledger is opened.
#[derive(Clone, Debug)]
pub(crate) struct StoreOptions {
    /// Pages of the WAL after which it is folded into the file; 0 leaves that to somebody else.
    pub(crate) checkpoint_pages: u32,
    /// Writes that may wait; past that the ledger is busy.
    pub(crate) writes_waiting_max: usize,
    /// Different tags that a tenant may have.
    pub(crate) tags_per_tenant_max: usize,
    /// How many books it is made with; one that is there must have as many. `None`: as many as is usual, or as it has.
    pub(crate) books: Option<u32>,
    /// Where archives are read, if not where they were written.
    pub(crate) archive: Option<ArchivePlace>,
}

/// The open ledger.
pub(crate) struct Store {
    pub(in crate::store) books: Arc<Books>,
    pub(in crate::store) archives: Archives,
    /// Known by heart: asked for with every event that names no region.
    pub(in crate::store) default_regions: Arc<RwLock<DefaultRegions>>,
    /// Learns of what happens to the ledger elsewhere: of regions that other servers set, or of a file that is lost.
    following: tokio::task::JoinHandle<()>,
    /// What dashboard links are signed with.
    pub(in crate::store) link_secret: [u8; 32],
    /// Where the ledger is a file.
    pub(in crate::store) file: Option<LedgerFile>,
    watch: Option<Arc<FileWatch>>,
    group_sizes: Histogram,
}

impl Store {
    /// Opens the ledger, makes it where it is missing, upgrades it where it is old. Needs a tokio runtime.
    /// The second value is `true` where it was empty.
    pub(crate) async fn open(
        database: &Database,
        options: &StoreOptions,
    ) -> Result<(Store, bool), StoreError> {
        let StoreOptions { checkpoint_pages, writes_waiting_max, tags_per_tenant_max, books, .. } = *options;
        let (source, file, is_made) = match database {
            Database::Sqlite { path } => {
                let (file, is_made) = LedgerFile::take(path, checkpoint_pages)?;
                (LedgerLocation::Sqlite { path: path.clone(), checkpoint_pages }, Some(file), is_made)
            }
            Database::Postgres(PostgresServer(server)) => {
                (LedgerLocation::Postgres(server.clone()), None, false)
            }
        };
        let opened = source.clone();
        // A client of PostgreSQL waits on its own thread.
        let opened = tokio::task::spawn_blocking(move || Opening::of(&opened, tags_per_tenant_max, books));
        let opened = opened.await.expect("opening does not panic and is not cancelled")?;
        let Opening { books, is_new, link_secret, default_regions, watch } = opened;
        let group_sizes = writer::group_sizes();
        let opener = BookOpener {
            readers: Readers::new(source, watch.clone()),
            writes_waiting_max,
            tags_max: tags_per_tenant_max,
            watch: watch.clone(),
            group_sizes: group_sizes.clone(),
        };
        let shared = books.iter().take_while(|(location, _)| location.is_shared()).count();
        let books = books.into_iter().map(|(location, open)| opener.open(location, open));
        let books = Arc::new(Books::new(books.collect::<Result<_, StoreError>>()?, shared));
        let default_regions = Arc::new(RwLock::new(default_regions));
        let following = match &watch {
            Some(watch) => tokio::spawn(follow_file(watch.clone())),
            None => tokio::spawn(follow_servers(opener, books.clone(), default_regions.clone())),
        };
        let archives = Archives::new(options.archive.clone());
        let store =
            Store { books, archives, default_regions, following, link_secret, file, watch, group_sizes };
        Ok((store, is_made || is_new))
    }

    /// Goes through the writer and a reader of each book: an error where one of them does not answer.
    pub(crate) async fn probe(&self) -> Result<(), StoreError> {
        if let Some(watch) = &self.watch {
            look(watch).await?;
        }
        let probes = try_join_all(self.books.iter().map(|book| async {
            book.probe().await?;
            book.read(|connection| connection.query_row("select 1", NONE, |_| Ok(()))).await
        }));
        // Whoever asks wants to know now.
        let probed = tokio::time::timeout(limits::PROBE_MAX, probes).await;
        probed.unwrap_or(Err(StoreError::NotCommitted)).map(drop)
    }

    /// Writes that wait for their turn.
    pub(crate) fn writes_waiting(&self) -> usize {
        self.books.iter().map(|book| book.waiting()).sum()
    }

    /// Counts the writes in each commit.
    pub(crate) fn group_sizes(&self) -> Histogram {
        self.group_sizes.clone()
    }

    /// Tells this ledger from every other, and is no secret.
    pub(crate) fn name(&self) -> String {
        hex(&Sha256::digest(self.link_secret))
    }

    /// Whether writes are still taken at all.
    pub(crate) fn is_writing(&self) -> bool {
        self.books.iter().all(|book| book.is_writing())
    }

    /// Adds an event, once. When this returns, it is on disk.
    pub(crate) async fn append(&self, event: Box<Event>) -> Result<(Box<Event>, Appended), StoreError> {
        self.books.of(event.side.account).append(event).await
    }

    /// Adds the events of a batch, each once. When this returns, they are on disk.
    pub(crate) async fn append_batch(&self, batch: Batch) -> Result<BatchAppended, StoreError> {
        self.books.of(batch.account).append_batch(batch).await
    }

    /// Cancels an event, once. When this returns, that is on disk.
    pub(crate) async fn reverse(&self, reversal: Reversal) -> Result<Reversed, StoreError> {
        self.books.of(reversal.side.account).reverse(reversal).await
    }

    /// Forgets which calls spans have shown long ago.
    pub(crate) async fn forget_sightings(&self, now_ms: i64) -> Result<(), StoreError> {
        for book in self.books.iter() {
            let until = book.read(move |connection| sighting::forgettable(connection, now_ms)).await?;
            if let Some(until) = until {
                book.write(move |connection| sighting::forget(connection, until)).await?;
            }
        }
        Ok(())
    }

    /// Makes the tables of months in every book, before the first event of them comes.
    pub(crate) async fn make_months_ahead(&self, months: [Month; 2]) -> Result<(), StoreError> {
        for book in self.books.iter() {
            let location = book.location().clone();
            let made = tokio::task::spawn_blocking(move || source::make_months_ahead(&location, &months));
            made.await.expect("making a table does not panic and is not cancelled")?;
        }
        Ok(())
    }

    /// Commits what was accepted, then closes the ledger; `false` where the writer had failed.
    pub(crate) async fn close(self) -> bool {
        self.following.abort();
        drop(self.following.await);
        if let Some(watch) = &self.watch {
            watch.release();
        }
        // Whoever followed has ended.
        let books = Arc::into_inner(self.books);
        let closed = match books {
            Some(books) => books.close().await,
            None => false,
        };
        // Last of all: closing any handle to the file drops the locks that SQLite holds on it.
        drop(self.file);
        closed
    }
}

/// Opens books, each with its writer and its readers.
struct BookOpener {
    readers: Readers,
    writes_waiting_max: usize,
    tags_max: usize,
    watch: Option<Arc<FileWatch>>,
    group_sizes: Histogram,
}

impl BookOpener {
    /// `open` is what its writer begins with: otherwise it opens when it is written to first.
    fn open(
        &self,
        location: LedgerLocation,
        open: Option<(Connection, LedgerState)>,
    ) -> Result<Book, StoreError> {
        let readers = self.readers.of_book(location.clone());
        let opening = WriterOpening { source: location, open, tags_max: self.tags_max };
        let group_sizes = self.group_sizes.clone();
        let writer = Writer::start(opening, self.writes_waiting_max, self.watch.clone(), group_sizes)?;
        Ok(Book::new(writer, readers))
    }

    /// Opens the books that were made since.
    async fn open_new(&self, books: &Books) -> Result<(), StoreError> {
        let (location, known) = (books.first().location().clone(), books.iter().count());
        let made = books.first().read(move |first| location.books_behind(first, known)).await?;
        made.into_iter().try_for_each(|location| {
            books.add(self.open(location, None)?);
            Ok(())
        })
    }
}

/// Learns of what others do on a server.
async fn follow_servers(opener: BookOpener, books: Arc<Books>, regions: Arc<RwLock<DefaultRegions>>) {
    let mut followed = FollowedRegions::default();
    loop {
        tokio::time::sleep(FOLLOWED_EVERY).await;
        if let Err(error) = opener.open_new(&books).await {
            tracing::warn!(%error, "new books were not looked for, and are next time");
        }
        followed.follow(&books, &regions).await;
    }
}

/// How soon a region that another server has set, or a new book, is in use here.
const FOLLOWED_EVERY: Duration = Duration::from_secs(1);

/// Looks after a file until it is dropped.
async fn follow_file(file: Arc<FileWatch>) {
    let mut ticks = tokio::time::interval(watch::EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // What it finds is known to everybody who writes or reads, and in the log.
        drop(look(&file).await);
    }
}

async fn look(file: &Arc<FileWatch>) -> Result<(), StoreError> {
    let file = file.clone();
    let looked = tokio::task::spawn_blocking(move || file.look());
    looked.await.expect("looking does not panic and is not cancelled")
}

/// What opening a ledger finds.
struct Opening {
    /// Where each is, and what its writer begins with: the others open when they are written to first.
    books: Vec<(LedgerLocation, Option<(Connection, LedgerState)>)>,
    is_new: bool,
    link_secret: [u8; 32],
    default_regions: DefaultRegions,
    watch: Option<Arc<FileWatch>>,
}

impl Opening {
    fn of(source: &LedgerLocation, tags_max: usize, books: Option<u32>) -> Result<Self, StoreError> {
        let ledger = source.open_writer()?;
        let is_new = source::migrate(&ledger, books)?;
        let link_secret = ledger.query_row("select link_secret from ledger", NONE, |row| row.get(0))?;
        let mut default_regions = DefaultRegions::default();
        let load = |book: &Connection| book.snapshot(|book| LedgerState::load(book, tags_max))?;
        let (books, watch) = match source {
            LedgerLocation::Sqlite { path, .. } => {
                let mut state = load(&ledger)?;
                book::fold(&ledger, &mut state)?;
                regions::add_default_regions(&ledger, &mut default_regions)?;
                (vec![(source.clone(), Some((ledger, state)))], Some(Arc::new(FileWatch::start(path)?)))
            }
            LedgerLocation::Postgres(_) => {
                let mut books = Vec::new();
                for location in source.books()? {
                    location.enter(&ledger)?;
                    load(&ledger)?;
                    regions::add_default_regions(&ledger, &mut default_regions)?;
                    books.push((location, None));
                }
                // One that holds the place of a writer, so that nobody moves a ledger here.
                let (first, open) = books.first_mut().ok_or(StoreError::Damaged)?;
                let connection = first.open_writer()?;
                let state = load(&connection)?;
                *open = Some((connection, state));
                (books, None)
            }
        };
        Ok(Opening { books, is_new, link_secret, default_regions, watch })
    }
}
