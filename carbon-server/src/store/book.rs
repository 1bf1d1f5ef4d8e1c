//! What the writer knows by heart of the book, and one transaction that adds to it.

use super::{
    AccountKey, StoreError,
    event::INSERT_EVENT,
    id_index::EventIds,
    journal::{EVENT_COLUMNS, EventRow, Link, Marks, Sha},
    names::Names,
    sums::{Closed, Sums, month_in},
};
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};
use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

/// The end of the book, and what is looked up for every event. Read from the file; after a transaction that failed,
/// read anew.
pub(super) struct Book {
    pub(super) names: Names,
    pub(super) ids: EventIds,
    pub(super) closed: Closed,
    /// What the events that are not folded into the file's sums make, and since when there are any.
    pub(super) sums: Sums,
    unfolded_since: Option<Instant>,
    marks: Marks,
    head: Sha,
    pub(super) tags_max: usize,
}

const LAST_SEAL: &str = "
    select last_event_key, last_tenant_key, last_deployment_key, last_tag_key, last_closed_month_key,
           last_restatement_key, last_report_key, sha256
      from seal order by seal_key desc limit 1";

const LAST_EVENT: &str = "select coalesce(max(event_key), 0) from event";

pub(super) const FOLD: &str = "select last_event_key from fold";
const FOLDED: &str = "update fold set last_event_key = ?1";
static EVENTS_BEHIND: LazyLock<String> =
    LazyLock::new(|| format!("select {EVENT_COLUMNS} from event where event_key > ?1 order by event_key"));

/// Sums that wait to be folded in.
const UNFOLDED_MAX: usize = 100_000;
const FOLD_EVERY: Duration = Duration::from_secs(1);

const CLOSED: &str =
    "select account_key, month, last_event_key from closed_month where closed_month_key > ?1";

const ADD_SEAL: &str = "
    insert into seal (last_event_key, last_tenant_key, last_deployment_key, last_tag_key, last_closed_month_key,
                      last_restatement_key, last_report_key, sha256)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

impl Book {
    pub(super) fn load(connection: &Connection, tags_max: usize) -> Result<Self, StoreError> {
        let (sealed, head) = last_seal(connection)?;
        let marks = Marks::found(connection, connection.query_row(LAST_EVENT, [], |row| row.get(0))?)?;
        if marks != sealed {
            return Err(StoreError::Damaged);
        }
        let mut closed = Closed::new();
        read_closed(connection, 0, &mut closed)?;
        Ok(Book {
            names: Names::default(),
            ids: EventIds::load(connection)?,
            sums: unfolded(connection, &closed)?,
            unfolded_since: None,
            closed,
            marks,
            head,
            tags_max,
        })
    }

    /// Writes the sums into the file.
    fn fold(&mut self, connection: &Connection, last_event_key: i64) -> rusqlite::Result<()> {
        if self.sums != Sums::default() {
            self.sums.flush(connection)?;
            connection.prepare_cached(FOLDED)?.execute([last_event_key])?;
        }
        self.unfolded_since = None;
        Ok(())
    }
}

/// Sums of the events that the file's sums do not hold yet.
pub(super) fn unfolded(connection: &Connection, closed: &Closed) -> rusqlite::Result<Sums> {
    let mut sums = Sums::default();
    let folded: i64 = connection.query_row(FOLD, [], |row| row.get(0))?;
    let mut statement = connection.prepare(&EVENTS_BEHIND)?;
    let mut rows = statement.query([folded])?;
    while let Some(row) = rows.next()? {
        sums.add(&EventRow::read(row)?.0, closed);
    }
    Ok(sums)
}

/// What the last seal covers, and its digest.
pub(super) fn last_seal(connection: &Connection) -> rusqlite::Result<(Marks, Sha)> {
    let seal = connection.query_row(LAST_SEAL, [], |row| {
        let mut others = [0; 6];
        for (column, mark) in others.iter_mut().enumerate() {
            *mark = row.get(column + 1)?;
        }
        Ok((Marks { event: row.get(0)?, others }, row.get(7)?))
    });
    Ok(seal.optional()?.unwrap_or_default())
}

/// Adds the months that were closed behind `closed_month_key`.
pub(super) fn read_closed(
    connection: &Connection,
    closed_month_key: i64,
    closed: &mut Closed,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(CLOSED)?;
    let mut rows = statement.query([closed_month_key])?;
    while let Some(row) = rows.next()? {
        let month = month_in(row, 1)?;
        closed.insert((AccountKey(row.get(0)?), month), row.get(2)?);
    }
    Ok(())
}

/// What one transaction adds to the book.
pub(super) struct Group<'b> {
    pub(super) connection: &'b Connection,
    pub(super) book: &'b mut Book,
    pub(super) last_event_key: i64,
    pub(super) link: Link,
    pub(super) insert: CachedStatement<'b>,
    /// The line of the event at hand.
    pub(super) line: Vec<u8>,
    /// Whether rows were added besides events.
    pub(super) others: bool,
}

impl<'b> Group<'b> {
    pub(super) fn new(connection: &'b Connection, book: &'b mut Book) -> rusqlite::Result<Self> {
        let (link, last_event_key) = (Link::after(&book.head), book.marks.event);
        Ok(Group {
            connection,
            book,
            last_event_key,
            link,
            insert: connection.prepare_cached(&INSERT_EVENT)?,
            line: Vec::new(),
            others: false,
        })
    }

    /// Writes the sums into the file now.
    pub(super) fn fold(&mut self) -> rusqlite::Result<()> {
        self.book.fold(self.connection, self.last_event_key)
    }

    /// Runs a rare write so that its failure undoes it alone, and not the group it is in.
    pub(super) fn write_apart<T>(
        &mut self,
        write: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        // It may read what the events before it add up to.
        self.book.fold(self.connection, self.last_event_key)?;
        self.connection.execute_batch("savepoint one_write")?;
        match write(self.connection) {
            Ok(value) => {
                self.connection.execute_batch("release one_write")?;
                self.others = true;
                let closed_month_key = self.book.marks.others[Marks::CLOSED_MONTH];
                read_closed(self.connection, closed_month_key, &mut self.book.closed)?;
                Ok(Some(value))
            }
            Err(error) => {
                tracing::error!(%error, "a write was undone");
                self.connection.execute_batch("rollback to one_write; release one_write")?;
                Ok(None)
            }
        }
    }

    /// Writes the seal, and the sums where it is time. The book stands for the file once the transaction is committed.
    pub(super) fn finish(self) -> rusqlite::Result<()> {
        let since = self.book.unfolded_since.get_or_insert_with(Instant::now);
        if since.elapsed() > FOLD_EVERY || self.book.sums.usage.len() > UNFOLDED_MAX {
            self.book.fold(self.connection, self.last_event_key)?;
        }
        self.book.ids.settle(self.connection)?;
        self.book.names.stay_small();
        let marks = if self.others {
            Marks::found(self.connection, self.last_event_key)?
        } else {
            Marks { event: self.last_event_key, ..self.book.marks }
        };
        if marks == self.book.marks {
            return Ok(());
        }
        self.book.head = self.link.finish(self.connection, &self.book.marks, &marks)?;
        let [tenant, deployment, tag, closed_month, restatement, report] = marks.others;
        self.connection.prepare_cached(ADD_SEAL)?.execute(params![
            marks.event,
            tenant,
            deployment,
            tag,
            closed_month,
            restatement,
            report,
            self.book.head
        ])?;
        self.book.marks = marks;
        Ok(())
    }
}
