//! What the writer knows by heart of the book, and one transaction that adds to it.

use crate::base::digest::Sha;
use crate::store::{
    book::{
        journal::{EVENT_COLUMNS, EventRow},
        link::{Link, Linked},
        names::Interner,
        sealed::{Marks, Seal},
        sighting::SeenCalls,
        sum_rules::SumRules,
        sums::Sums,
    },
    error::StoreError,
    month::pruned::pruned_months,
    postgres::Arriving,
    sql::{self, Connection, NONE, OptionalExtension, transaction::in_transaction},
    sqlite::{EventIdIndex, EventInsert},
};

pub(in crate::store) mod counts;
pub(in crate::store) mod event;
pub(in crate::store) mod event_id;
pub(in crate::store) mod journal;
pub(in crate::store) mod link;
pub(in crate::store) mod names;
pub(in crate::store) mod reversal;
pub(in crate::store) mod row_digest;
pub(in crate::store) mod sealed;
pub(in crate::store) mod sighting;
pub(in crate::store) mod sum_rules;
pub(in crate::store) mod sums;
mod write_queue;
pub(in crate::store) mod writer;
mod writer_command;
pub(in crate::store) mod writer_thread;

use carbon_report::Month;
use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

/// The end of the book, and what is looked up for every event. Read from the file; after a transaction that failed,
/// read again.
pub(in crate::store) struct LedgerState {
    pub(in crate::store) names: Interner,
    pub(in crate::store) events: EventLookup,
    pub(in crate::store) rules: SumRules,
    /// What the events that are not folded into the file's sums make, and since when there are any.
    pub(in crate::store) sums: Sums,
    unfolded_since: Option<Instant>,
    seal: Seal,
    /// A file's count of the commits of other processes, which add accounts and factor sets.
    data_version: i64,
    /// They take no more events.
    pub(in crate::store) pruned: Vec<Month>,
    /// Which names the book knows: counted up where another server may know them otherwise.
    names_version: i64,
    pub(in crate::store) tags_max: usize,
    /// Whether a file looks up what rows refer to, as a connection to it does from the start.
    checks_references: bool,
}

/// How events are found and added.
pub(in crate::store) enum EventLookup {
    /// Each where it is asked for: the file is in this process.
    Sqlite(EventIdIndex),
    /// All of a group together: each question is a way there and back.
    Postgres(Arriving),
}

/// The last event of a file, be it there or in an archive.
pub(in crate::store) const LAST_EVENT: &str = "
    select max(coalesce((select max(event_key) from event), 0),
               coalesce((select max(last_event_key) from archive join pruned_month using (month)), 0))";

pub(in crate::store) const FOLD: &str = "select last_event_key from fold";
const FOLDED: &str = "update fold set last_event_key = ?1";
/// Of several servers one commits at a time, behind what the others have committed.
pub(in crate::store) const TAKE_TURN: &str =
    "select seal_key, names_version from fold where fold_key = 1 for update";
const OTHER_NAMES: &str = "update fold set names_version = names_version + 1 where fold_key = 1";
const FAILED: &str = "update fold set failed_commits = failed_commits + 1";
const SEAL_OF_KEY: &str = "select sha256 from seal where seal_key = ?1";
const SEALED: &str = "update fold set last_event_key = ?1, seal_key = ?2 where fold_key = 1";
static EVENTS_BEHIND: LazyLock<String> =
    LazyLock::new(|| format!("select {EVENT_COLUMNS} from event where event_key > ?1 order by event_key"));

/// Sums that wait to be folded in.
const UNFOLDED_MAX: usize = 100_000;
const FOLD_EVERY: Duration = Duration::from_secs(1);

const DATA_VERSION: &str = "pragma data_version";

impl LedgerState {
    /// What the ledger says, in a transaction of whoever is to write.
    pub(in crate::store) fn load(connection: &Connection, tags_max: usize) -> Result<Self, StoreError> {
        let seal = Seal::last(connection)?;
        let last_event = match connection {
            Connection::Sqlite(_) => LAST_EVENT,
            // It moves with each seal, and events stand in many tables.
            Connection::Postgres(_) => FOLD,
        };
        let marks = Marks::found(connection, connection.query_row(last_event, NONE, |row| row.get(0))?)?;
        if marks != seal.marks {
            return Err(StoreError::Damaged);
        }
        let rules = SumRules::of(connection)?;
        let (events, sums) = match connection {
            Connection::Sqlite(file) => {
                (EventLookup::Sqlite(EventIdIndex::load(file)?), unfolded(connection, &rules)?)
            }
            Connection::Postgres(_) => (EventLookup::Postgres(Arriving::default()), Sums::default()),
        };
        Ok(LedgerState {
            names: Interner::default(),
            events,
            sums,
            unfolded_since: None,
            rules,
            seal,
            data_version: data_version(connection)?,
            pruned: pruned_months(connection)?,
            names_version: 0,
            tags_max,
            checks_references: true,
        })
    }

    /// Waits for its turn among those that write, and learns what the others have added since.
    fn catch_up(&mut self, connection: &Connection) -> sql::Result<()> {
        if let Connection::Sqlite(_) = connection {
            let data_version = data_version(connection)?;
            if self.data_version != data_version {
                self.seal = Seal::last(connection)?;
                self.pruned = pruned_months(connection)?;
                self.data_version = data_version;
            }
            return Ok(());
        }
        let (seal_key, names_version): (i64, i64) =
            connection.query_row(TAKE_TURN, NONE, |row| Ok((row.get(0)?, row.get(1)?)))?;
        if self.names_version != names_version {
            self.names = Interner::default();
            self.pruned = pruned_months(connection)?;
            self.names_version = names_version;
        }
        if self.seal.number != seal_key {
            let before = self.seal.marks;
            self.seal = Seal::last(connection)?;
            self.rules.read_behind(connection, &before)?;
            self.names.forget_tags();
        }
        Ok(())
    }

    /// Writes the sums into the file.
    fn fold(&mut self, connection: &Connection, last_event_key: i64) -> sql::Result<()> {
        if let (EventLookup::Postgres(arriving), Connection::Postgres(server)) =
            (&mut self.events, connection)
        {
            arriving.write(server)?;
            self.sums.flush_to(server)?;
            return Ok(());
        }
        if self.sums != Sums::default() {
            self.sums.flush(connection)?;
            connection.change_one(FOLDED, [last_event_key])?;
        }
        self.unfolded_since = None;
        Ok(())
    }
}

/// Has other servers forget what they know of names, regions and months.
pub(in crate::store) fn tell_other_servers(connection: &Connection) -> sql::Result<()> {
    match connection {
        Connection::Sqlite(_) => Ok(()),
        Connection::Postgres(_) => connection.change_one(OTHER_NAMES, NONE),
    }
}

/// Sums of the events that the file's sums do not hold yet.
pub(in crate::store) fn unfolded(connection: &Connection, rules: &SumRules) -> sql::Result<Sums> {
    let mut sums = Sums::default();
    let folded: i64 = connection.query_row(FOLD, NONE, |row| row.get(0))?;
    let mut statement = connection.prepare_scan(&EVENTS_BEHIND)?;
    let mut rows = statement.query([folded])?;
    while let Some(row) = rows.next()? {
        sums.add(&EventRow::read(&row)?.0, rules);
    }
    Ok(sums)
}

/// How often others have changed a file; on a server the row of `fold` says it.
fn data_version(connection: &Connection) -> sql::Result<i64> {
    match connection {
        Connection::Sqlite(_) => connection.query_row(DATA_VERSION, NONE, |row| row.get(0)),
        Connection::Postgres(_) => Ok(0),
    }
}

/// What one transaction adds to the book.
pub(in crate::store) struct Transaction<'b> {
    pub(in crate::store) connection: &'b Connection,
    pub(in crate::store) state: &'b mut LedgerState,
    pub(in crate::store) last_event_key: i64,
    pub(in crate::store) link: Link,
    /// Adds an event to a file; on a server they are added together.
    pub(in crate::store) insert: Option<EventInsert<'b>>,
    /// The line of the event at hand.
    pub(in crate::store) line: Vec<u8>,
    /// Whether rows were added besides events.
    pub(in crate::store) others: bool,
    /// Sightings that were looked up, or made, in this transaction.
    sightings: SeenCalls,
}

impl<'b> Transaction<'b> {
    pub(in crate::store) fn new(connection: &'b Connection, state: &'b mut LedgerState) -> sql::Result<Self> {
        state.catch_up(connection)?;
        let insert = match connection {
            Connection::Sqlite(file) => Some(EventInsert::of(file)?),
            Connection::Postgres(_) => None,
        };
        let (link, last_event_key) = (Link::after(&state.seal.sha256)?, state.seal.marks.event);
        Ok(Transaction {
            connection,
            state,
            last_event_key,
            link,
            insert,
            line: Vec::new(),
            others: false,
            sightings: SeenCalls::default(),
        })
    }

    /// Writes the events that wait to be added together.
    pub(in crate::store) fn write_events(&mut self) -> sql::Result<()> {
        match (&mut self.state.events, self.connection) {
            (EventLookup::Postgres(arriving), Connection::Postgres(server)) => arriving.write(server),
            _ => Ok(()),
        }
    }

    /// Writes the sums into the file now.
    pub(in crate::store) fn fold(&mut self) -> sql::Result<()> {
        self.state.fold(self.connection, self.last_event_key)
    }

    /// Runs a rare write so that its failure undoes it alone, and not the group it is in.
    pub(in crate::store) fn write_apart<T>(
        &mut self,
        write: impl FnOnce(&Connection) -> sql::Result<T>,
    ) -> sql::Result<Option<T>> {
        // It may read what the events before it add up to.
        self.state.fold(self.connection, self.last_event_key)?;
        self.connection.execute_batch("savepoint one_write")?;
        match write(self.connection) {
            Ok(value) => {
                self.connection.execute_batch("release one_write")?;
                self.others = true;
                let LedgerState { rules, seal, .. } = &mut *self.state;
                rules.read_behind(self.connection, &seal.marks)?;
                Ok(Some(value))
            }
            Err(error) => {
                tracing::error!(%error, "a write was undone");
                self.connection.execute_batch("rollback to one_write; release one_write")?;
                Ok(None)
            }
        }
    }

    /// Writes the seal, and the sums where it is time; the seal, where there is something to seal. The book stands for the file
    /// once the transaction is committed.
    pub(in crate::store) fn finish(self) -> sql::Result<Option<Seal>> {
        let since = self.state.unfolded_since.get_or_insert_with(Instant::now);
        let is_shared = matches!(self.connection, Connection::Postgres(_));
        if is_shared || since.elapsed() > FOLD_EVERY || self.state.sums.usage.len() > UNFOLDED_MAX {
            self.state.fold(self.connection, self.last_event_key)?;
        }
        match (&mut self.state.events, self.connection) {
            (EventLookup::Sqlite(ids), Connection::Sqlite(file)) => ids.settle(file)?,
            (EventLookup::Postgres(arriving), _) => arriving.forget(),
            (EventLookup::Sqlite(_), Connection::Postgres(_)) => unreachable!("a book is of its ledger"),
        }
        self.state.names.stay_small();
        let marks = if self.others {
            Marks::found(self.connection, self.last_event_key)?
        } else {
            Marks { event: self.last_event_key, ..self.state.seal.marks }
        };
        if marks == self.state.seal.marks {
            return Ok(None);
        }
        self.state.seal = seal(self.connection, self.link, &self.state.seal, marks)?;
        Ok(Some(self.state.seal))
    }
}

/// Adds the seal behind `last`.
fn seal(connection: &Connection, link: Link, last: &Seal, marks: Marks) -> sql::Result<Seal> {
    let linked = link.finish(connection, &last.marks, &marks)?;
    let Linked { sha256, version, .. } = linked;
    let seal = Seal { number: last.number + 1, sha256, version, marks };
    seal.add(connection, linked.kept_events(&last.marks, &marks))?;
    match connection {
        Connection::Sqlite(_) => {}
        Connection::Postgres(_) => connection.change_one_later(SEALED, [marks.event, seal.number])?,
    }
    Ok(seal)
}

/// Runs `write`, and seals what it has added: in a transaction of somebody who writes while a server runs, or without one.
pub(in crate::store) fn sealed<T>(
    connection: &Connection,
    write: impl FnOnce() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    if let Connection::Postgres(_) = connection {
        connection.query_row(TAKE_TURN, NONE, |_| Ok(()))?;
    }
    let last = Seal::last(connection)?;
    let written = write()?;
    let marks = Marks::found(connection, last.marks.event)?;
    if marks != last.marks {
        seal(connection, Link::after(&last.sha256)?, &last, marks)?;
    }
    Ok(written)
}

/// Whether a transaction whose commit failed is there, on a connection of its own; `None` where that cannot be known. When this
/// returns, it stays so, whatever happens to the process.
pub(in crate::store) fn settle(
    connection: &Connection,
    seal: Option<Seal>,
) -> Result<Option<bool>, StoreError> {
    in_transaction(connection, || {
        match connection {
            // What the failed commit left in the log may be complete, and a restart would find it. A commit behind what SQLite
            // knows of is written over it.
            Connection::Sqlite(_) => connection.change_one(FAILED, NONE)?,
            // Until the other connection has come to its end, it keeps the turn.
            Connection::Postgres(_) => connection.query_row(TAKE_TURN, NONE, |_| Ok(()))?,
        }
        let Some(Seal { number, sha256, .. }) = seal else {
            return Ok(matches!(connection, Connection::Sqlite(_)).then_some(false));
        };
        let found: Option<Sha> = connection.query_row(SEAL_OF_KEY, [number], |row| row.get(0)).optional()?;
        Ok(Some(found == Some(sha256)))
    })
}

/// Writes all sums into the file.
pub(in crate::store) fn fold(connection: &Connection, state: &mut LedgerState) -> Result<(), StoreError> {
    in_transaction(connection, || Ok(Transaction::new(connection, state)?.fold()?))
}
