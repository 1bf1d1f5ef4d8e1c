//! Archives: the events of a closed month as one file outside the ledger, its digest in the chain. Once it is there, the rows may
//! be pruned: whatever needs the events reads the file.

mod bucket;
mod columns;
pub(in crate::store) mod error;
pub(in crate::store) mod file;
mod place;

pub use crate::store::archive::place::{ArchivePlace, NotAPlace};
use crate::{
    base::digest::{Sha, hex},
    store::{
        archive::{
            error::{ArchiveError, ArchiveFault},
            file::{EventReader, digest},
        },
        book::{journal::EventRow, sums::month_in},
        month::pruned::pruned_months,
        sql::{self, Connection, NONE, OptionalExtension, Row},
    },
};
use carbon_report::Month;

/// Where archives are read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Archives {
    /// All of them; `None`: each where it was written.
    elsewhere: Option<ArchivePlace>,
}

/// What the ledger says of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct StoredArchive {
    pub(in crate::store) month: Month,
    /// Rows, of all accounts of the book.
    pub(in crate::store) events: i64,
    pub(in crate::store) first_event_key: i64,
    pub(in crate::store) last_event_key: i64,
    pub(in crate::store) bytes: i64,
    pub(in crate::store) sha256: Sha,
    /// Where it was written.
    pub(in crate::store) place: String,
    /// Its name there.
    pub(in crate::store) name: String,
}

const COLUMNS: &str = "month, events, first_event_key, last_event_key, bytes, sha256, place, name";

/// Where the events of a month are.
pub(in crate::store) enum EventsOf {
    /// In the table.
    Rows,
    /// In an archive, all of them.
    Archive(Box<ArchiveReader>),
    /// Nowhere.
    Nowhere,
}

impl Archives {
    pub(crate) fn new(elsewhere: Option<ArchivePlace>) -> Self {
        Archives { elsewhere }
    }

    /// Where the events of a month are read.
    pub(in crate::store) fn events_of(&self, book: &Connection, month: Month) -> sql::Result<EventsOf> {
        if !pruned_months(book)?.contains(&month) {
            return Ok(EventsOf::Rows);
        }
        match newest(book, month)? {
            Some(stored) => Ok(EventsOf::Archive(Box::new(self.open(&stored)?))),
            None => Ok(EventsOf::Nowhere),
        }
    }

    /// Opens an archive that is the file that was written, to the last byte.
    pub(in crate::store) fn open(&self, stored: &StoredArchive) -> Result<ArchiveReader, ArchiveError> {
        let StoredArchive { month, events, sha256, place, name, .. } = stored;
        let written_at = place.parse::<ArchivePlace>();
        let at = self.elsewhere.as_ref().or(written_at.as_ref().ok());
        let named = at.map_or_else(|| place.clone(), |at| at.at(name));
        let open = || -> Result<EventReader, ArchiveFault> {
            let at = at.ok_or_else(|| ArchiveFault::Settings(format!("{place:?} {NotAPlace}")))?;
            let mut file = at.open(name)?;
            let found = digest(&mut file)?;
            if found != *sha256 {
                return Err(ArchiveFault::OtherBytes { found: hex(&found), expected: hex(sha256) });
            }
            EventReader::new(file)
        };
        match open() {
            Ok(reader) => Ok(ArchiveReader { month: *month, at: named, events: *events, reader }),
            Err(fault) => Err(ArchiveError { month: *month, at: named, fault }),
        }
    }
}

/// The archive of a month that counts.
pub(in crate::store) fn newest(book: &Connection, month: Month) -> sql::Result<Option<StoredArchive>> {
    let select = format!("select {COLUMNS} from archive where month = ?1 order by archive_key desc limit 1");
    book.prepare_cached(&select)?.query_row([month.to_string()], stored).optional()
}

/// The archives that count, in the order of their first events.
pub(in crate::store) fn newest_of_all(book: &Connection) -> sql::Result<Vec<StoredArchive>> {
    let select = format!(
        "select {COLUMNS} from archive
          where archive_key in (select max(archive_key) from archive group by month)
          order by first_event_key"
    );
    let mut statement = book.prepare_cached(&select)?;
    statement.query_map(NONE, stored)?.collect()
}

fn stored(row: &Row<'_>) -> sql::Result<StoredArchive> {
    Ok(StoredArchive {
        month: month_in(row, 0)?,
        events: row.get(1)?,
        first_event_key: row.get(2)?,
        last_event_key: row.get(3)?,
        bytes: row.get(4)?,
        sha256: row.get(5)?,
        place: row.get(6)?,
        name: row.get(7)?,
    })
}

/// An archive that is read, one event after the other.
pub(in crate::store) struct ArchiveReader {
    month: Month,
    at: String,
    events: i64,
    reader: EventReader,
}

impl ArchiveReader {
    pub(in crate::store) fn month(&self) -> Month {
        self.month
    }

    /// The number of the next event; `None` behind the last.
    pub(in crate::store) fn peek(&mut self) -> Result<Option<i64>, ArchiveError> {
        let found = self.reader.peek(self.events);
        found.map_err(|fault| ArchiveError { month: self.month, at: self.at.clone(), fault })
    }

    /// The event that was looked at, and the CRC-32 that stands with it.
    pub(in crate::store) fn take(&mut self) -> Result<(EventRow<'_>, i64), ArchiveError> {
        let ArchiveReader { month, at, reader, .. } = self;
        reader.take().map_err(|fault| ArchiveError { month: *month, at: at.clone(), fault })
    }
}
