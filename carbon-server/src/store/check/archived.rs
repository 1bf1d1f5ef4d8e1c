//! Events in archives, read along with the rows: in their place where the rows were pruned, else compared with them.

use crate::store::{
    archive::{ArchiveReader, Archives, StoredArchive, newest_of_all},
    book::{journal::EventRow, sums::date},
    check::{NotSound, fault},
    month::pruned::pruned_months,
    sql::{self, Connection},
};
use carbon_report::Month;

/// The archives of a book.
pub(super) struct ArchivedEvents {
    archives: Archives,
    /// Those that were not opened yet, that with the lowest number last; and whether its month was pruned.
    waiting: Vec<(StoredArchive, bool)>,
    open: Vec<OpenArchive>,
    /// Events of months that were pruned.
    pruned_events: i64,
}

struct OpenArchive {
    reader: ArchiveReader,
    is_pruned: bool,
    /// The number of its next event.
    next: i64,
}

/// An event of an archive.
pub(super) struct ArchivedEvent<'a> {
    pub(super) event: EventRow<'a>,
    pub(super) crc32: i64,
    /// Whether its row may be missing.
    pub(super) is_pruned: bool,
}

impl ArchivedEvents {
    pub(super) fn of(book: &Connection, archives: &Archives) -> Result<Self, NotSound> {
        let pruned = pruned_months(book)?;
        let mut waiting: Vec<(StoredArchive, bool)> = newest_of_all(book)?
            .into_iter()
            .map(|stored| {
                let is_pruned = pruned.contains(&stored.month);
                (stored, is_pruned)
            })
            .collect();
        waiting.reverse();
        let of_pruned = waiting.iter().filter(|(_, is_pruned)| *is_pruned);
        let pruned_events = of_pruned.map(|(stored, _)| stored.events).sum();
        Ok(ArchivedEvents { archives: archives.clone(), waiting, open: Vec::new(), pruned_events })
    }

    /// How many events of pruned months archives have.
    pub(super) fn pruned_events(&self) -> i64 {
        self.pruned_events
    }

    /// The number of the next event whose row may be missing.
    pub(super) fn next_pruned(&mut self) -> Result<Option<i64>, NotSound> {
        self.look_ahead()?;
        let open = self.open.iter().filter(|open| open.is_pruned).map(|open| open.next);
        let waiting = self.waiting.iter().filter(|(_, is_pruned)| *is_pruned);
        Ok(open.chain(waiting.map(|(stored, _)| stored.first_event_key)).min())
    }

    /// The event of that number, where an archive has it. Numbers are asked for in their order.
    pub(super) fn at(&mut self, event_key: i64) -> Result<Option<ArchivedEvent<'_>>, NotSound> {
        while let Some((stored, is_pruned)) =
            self.waiting.pop_if(|(stored, _)| stored.first_event_key <= event_key)
        {
            let mut reader = self.archives.open(&stored).map_err(sql::Error::from)?;
            match reader.peek().map_err(sql::Error::from)? {
                Some(next) if next == stored.first_event_key => {
                    self.open.push(OpenArchive { reader, is_pruned, next });
                }
                _ => return Err(fault(format_args!("archive of {}: its first event", stored.month))),
            }
        }
        self.look_ahead()?;
        let Some(open) = self.open.iter_mut().find(|open| open.next == event_key) else { return Ok(None) };
        let month = open.reader.month();
        let (event, crc32) = open.reader.take().map_err(sql::Error::from)?;
        if Month::of(date(event.day())) != month {
            return Err(fault(format_args!("event {event_key} is not of {month}, and is in its archive")));
        }
        Ok(Some(ArchivedEvent { event, crc32, is_pruned: open.is_pruned }))
    }

    /// Notes what is next in each that is open: what was handed out before is borrowed no more.
    fn look_ahead(&mut self) -> Result<(), NotSound> {
        let mut place = 0;
        while let Some(open) = self.open.get_mut(place) {
            match open.reader.peek().map_err(sql::Error::from)? {
                Some(next) => {
                    open.next = next;
                    place += 1;
                }
                None => drop(self.open.swap_remove(place)),
            }
        }
        Ok(())
    }

    /// No archive has an event that was not asked for.
    pub(super) fn all_read(&mut self, last_event_key: i64) -> Result<(), NotSound> {
        let _none = self.at(last_event_key + 1)?;
        let waiting = self.waiting.last().map(|(stored, _)| stored.first_event_key);
        match self.open.first().map(|open| open.next).or(waiting) {
            Some(event_key) => {
                Err(fault(format_args!("event {event_key} is in an archive, and no seal covers it")))
            }
            None => Ok(()),
        }
    }
}

impl ArchivedEvent<'_> {
    /// Whether it is the row.
    pub(super) fn fits(&self, row: &EventRow<'_>, crc32: i64) -> Result<(), NotSound> {
        if self.event == *row && self.crc32 == crc32 {
            return Ok(());
        }
        Err(fault(format_args!("event {} is not as it was archived", row.event_key)))
    }
}
