//! Writing archives: the file first, then the row that names it.

use crate::{
    base::digest::hex,
    store::{
        archive::{
            ArchivePlace, Archives, StoredArchive,
            error::{ArchiveError, ArchiveFault},
            file::EventWriter,
            newest,
        },
        book::journal::{EventRow, crc32},
        database::Database,
        error::StoreError,
        month::{events::month_events, pruned::pruned_months},
        pruning::{events_of, kept, months_of},
        source::{self, write_beside},
        sql::{self, Connection, params},
    },
};
use carbon_report::Month;
use std::collections::BTreeMap;

/// A month that could be archived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Archivable {
    pub(crate) month: Month,
    /// Rows, of all accounts.
    pub(crate) events: i64,
    /// How many of them are in an archive.
    pub(crate) archived: i64,
    /// Why it cannot be archived, where it cannot.
    pub(crate) kept: Option<String>,
}

const ADD: &str = "
    insert into archive (archive_key, month, events, first_event_key, last_event_key, bytes, sha256, place, name,
                         archived_at_ms)
    select coalesce(max(archive_key), ?10) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 from archive";

/// The months before `before` that have their events, oldest first.
pub(crate) fn months_to_archive(database: &Database, before: Month) -> Result<Vec<Archivable>, StoreError> {
    let mut months: BTreeMap<Month, Archivable> = BTreeMap::new();
    for location in source::books_at_rest(database)? {
        let book = location.open_reader()?;
        let found = book.snapshot(|book| -> Result<Vec<Archivable>, StoreError> {
            let found = months_of(book)?.into_iter().filter(|month| *month < before);
            found.map(|month| archivable(book, month)).collect()
        })??;
        for Archivable { month, events, archived, kept } in found {
            let none = Archivable { month, events: 0, archived: 0, kept: None };
            let all = months.entry(month).or_insert(none);
            all.events += events;
            all.archived += archived;
            all.kept = all.kept.take().or(kept);
        }
    }
    Ok(months.into_values().filter(|month| month.events > 0).collect())
}

fn archivable(book: &Connection, month: Month) -> Result<Archivable, StoreError> {
    // What is being pruned is archived, or never will be.
    let events = if pruned_months(book)?.contains(&month) { 0 } else { events_of(book, month)? };
    let archived = newest(book, month)?.map_or(0, |stored| stored.events.min(events));
    Ok(Archivable { month, events, archived, kept: kept(book, month)? })
}

/// Archives a month, each book that has events of it by itself, unless that is done; how many bytes were written.
pub(crate) fn archive(
    database: &Database,
    month: Month,
    place: &ArchivePlace,
    now_ms: i64,
) -> Result<i64, StoreError> {
    let place = place.made().map_err(|fault| unusable(month, place.to_string(), fault))?;
    let mut bytes = 0;
    for location in source::books_at_rest(database)? {
        let book = location.open_reader()?;
        let Some(stored) = book.snapshot(|book| write(book, month, &place))?? else { continue };
        // What cannot be read back is no archive.
        drop(Archives::default().open(&stored).map_err(sql::Error::from)?);
        add(database, &book, &stored, now_ms)?;
        bytes += stored.bytes;
    }
    Ok(bytes)
}

fn unusable(month: Month, at: String, fault: ArchiveFault) -> StoreError {
    sql::Error::from(ArchiveError { month, at, fault }).into()
}

/// Writes the file; `None` where there is nothing to write.
fn write(book: &Connection, month: Month, place: &ArchivePlace) -> Result<Option<StoredArchive>, StoreError> {
    let Archivable { events, archived, kept, .. } = archivable(book, month)?;
    if events == archived {
        return Ok(None);
    }
    if let Some(why) = kept {
        return Err(StoreError::NotPrunable { month, why });
    }
    let stem = format!("{month}-book-{}", book.book());
    let put = place.put(&stem, |file| {
        let mut writer = EventWriter::new(file)?;
        let add = |event: &EventRow<'_>, crc32| {
            let added = sound(event, crc32).and_then(|event| writer.add(event, crc32));
            added.map_err(sql::Error::unreadable)
        };
        month_events(book, month, add).map_err(|error| ArchiveFault::Ledger(error.into()))?;
        let written = writer.finish()?;
        // Its digest is in its name, so no archive takes the place of another.
        Ok(written.map(|written| (format!("{stem}-{}.parquet", &hex(&written.sha256)[..16]), written)))
    });
    let put = put.map_err(|fault| unusable(month, place.at(&stem), fault))?;
    Ok(put.map(|(name, written)| StoredArchive {
        month,
        events: written.events,
        first_event_key: written.keys[0],
        last_event_key: written.keys[1],
        bytes: written.bytes,
        sha256: written.sha256,
        place: place.to_string(),
        name,
    }))
}

/// An event that is as it was written: what is damaged is not taken for evidence.
fn sound<'e, 'r>(event: &'e EventRow<'r>, stated: i64) -> Result<&'e EventRow<'r>, ArchiveFault> {
    let mut line = Vec::new();
    event.write_line(&mut line);
    if crc32(&line) == stated {
        return Ok(event);
    }
    Err(ArchiveFault::Contents(format!(
        "event {} is not as it was written: run `carbon-server check`",
        event.event_key
    )))
}

/// Notes the file in the ledger, unless events have come in between.
fn add(database: &Database, book: &Connection, new: &StoredArchive, now_ms: i64) -> Result<(), StoreError> {
    let number = book.book();
    write_beside(
        database,
        None,
        |_, _| Ok(number),
        |book| {
            let month = new.month;
            if let Some(why) = kept(book, month)? {
                return Err(StoreError::NotPrunable { month, why });
            }
            if events_of(book, month)? != new.events {
                let why = "events came while they were archived".to_owned();
                return Err(StoreError::NotPrunable { month, why });
            }
            let values = params![
                month.to_string(),
                new.events,
                new.first_event_key,
                new.last_event_key,
                new.bytes,
                new.sha256,
                new.place,
                new.name,
                now_ms,
                book.book().base(),
            ];
            Ok(book.change_one(ADD, values)?)
        },
    )
}
