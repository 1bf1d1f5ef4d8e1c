//! A run: where the ids of a range of events are, in the order of their hashes, written once.
//!
//! A small filter says at once, and almost always, that a hash is not in it; what it lets through is looked up on the one
//! page where the hash must be.

use crate::store::sql::one_row;
use rusqlite::Connection;
use std::{cell::OnceCell, ops::Range};
use xorf::{BinaryFuse8, BinaryFuse8Ref, DmaSerializable, Filter, FilterRef};

/// Entries of a page, about: they fill a page of the file without spilling into a second one.
const PAGE_ENTRIES: usize = 256;
const ENTRY_BYTES: usize = 12;

/// A run, but for its pages.
pub(super) struct Run {
    pub(super) run_key: i64,
    pub(super) first_event_key: i64,
    pub(super) last_event_key: i64,
    pub(super) first_page_key: i64,
    pub(super) pages: i64,
    /// Read when it is first asked for: of a ledger that gives its ids itself it never is, and it is a byte an event.
    filter: OnceCell<Vec<u8>>,
}

impl Run {
    /// All that are in the file, in the order of their events.
    pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<Run>> {
        let mut statement = connection.prepare(RUNS)?;
        let runs = statement.query_map([], |row| {
            Ok(Run {
                run_key: row.get(0)?,
                first_event_key: row.get(1)?,
                last_event_key: row.get(2)?,
                first_page_key: row.get(3)?,
                pages: row.get(4)?,
                filter: OnceCell::new(),
            })
        })?;
        runs.collect()
    }

    /// Adds the keys of the events with a hash.
    pub(super) fn find(
        &self,
        connection: &Connection,
        hash: u64,
        found: &mut Vec<i64>,
    ) -> rusqlite::Result<()> {
        if !self.may_hold(connection, hash)? {
            return Ok(());
        }
        let page_key = self.first_page_key + page_of(hash, self.pages);
        let mut statement = connection.prepare_cached(PAGE)?;
        let mut rows = statement.query([page_key])?;
        if let Some(row) = rows.next()? {
            let (entries, _) = row.get_ref(0)?.as_blob()?.as_chunks::<ENTRY_BYTES>();
            let from = entries.partition_point(|entry| entry_hash(entry) < hash);
            let of_hash = entries[from..].iter().take_while(|entry| entry_hash(entry) == hash);
            found.extend(of_hash.map(|entry| self.first_event_key + entry_offset(entry)));
        }
        Ok(())
    }

    /// How many events it covers.
    pub(super) fn events(&self) -> i64 {
        self.last_event_key - self.first_event_key + 1
    }

    /// Adds its entries, in their order.
    pub(super) fn read(
        &self,
        connection: &Connection,
        entries: &mut Vec<(u64, i64)>,
    ) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(PAGES)?;
        let mut pages = statement.query([self.first_page_key, self.pages])?;
        while let Some(page) = pages.next()? {
            let (of_page, _) = page.get_ref(0)?.as_blob()?.as_chunks::<ENTRY_BYTES>();
            let with_key = |entry| (entry_hash(entry), self.first_event_key + entry_offset(entry));
            entries.extend(of_page.iter().map(with_key));
        }
        Ok(())
    }

    /// The pages that are its own.
    pub(super) fn page_keys(&self) -> Range<i64> {
        self.first_page_key..self.first_page_key + self.pages
    }

    /// Takes it out of the file, but for its pages.
    pub(super) fn remove(&self, connection: &Connection) -> rusqlite::Result<()> {
        Ok(one_row(connection.prepare_cached(DROP_RUN)?.execute([self.run_key])?)?)
    }

    fn filter(&self, connection: &Connection) -> rusqlite::Result<BinaryFuse8Ref<'_>> {
        let bytes = match self.filter.get() {
            Some(bytes) => bytes,
            None => {
                let read = connection.prepare_cached(FILTER)?.query_row([self.run_key], |row| row.get(0))?;
                self.filter.get_or_init(|| read)
            }
        };
        let (descriptor, fingerprints) = bytes.split_at(BinaryFuse8::DESCRIPTOR_LEN);
        Ok(BinaryFuse8Ref::from_dma(descriptor, fingerprints))
    }

    /// Whether its filter is in memory.
    pub(super) fn has_filter(&self) -> bool {
        self.filter.get().is_some()
    }

    /// Whether it may hold a hash.
    pub(super) fn may_hold(&self, connection: &Connection, hash: u64) -> rusqlite::Result<bool> {
        Ok(self.filter(connection)?.contains(&hash))
    }

    /// Notes which of some hashes it may hold.
    pub(super) fn sift(
        &self,
        connection: &Connection,
        hashes: &[u64],
        found: &mut [bool],
    ) -> rusqlite::Result<()> {
        let filter = self.filter(connection)?;
        for (hash, found) in hashes.iter().zip(found) {
            *found |= filter.contains(hash);
        }
        Ok(())
    }
}

const RUNS: &str =
    "select run_key, first_event_key, last_event_key, first_page_key, pages from id_run order by run_key";
const FILTER: &str = "select filter from id_run where run_key = ?1";
const PAGE: &str = "select entries from id_page where page_key = ?1";
const PAGES: &str =
    "select entries from id_page where page_key >= ?1 and page_key < ?1 + ?2 order by page_key";
const ADD_PAGE: &str = "insert into id_page (page_key, entries) values (?1, ?2)";
const ADD_RUN: &str = "
    insert into id_run (run_key, first_event_key, last_event_key, first_page_key, pages, filter)
    values (?1, ?2, ?3, ?4, ?5, ?6)";
const DROP_RUN: &str = "delete from id_run where run_key = ?1";

/// A run to be: all of it that needs no file.
pub(super) struct Prepared {
    first_event_key: i64,
    events: i64,
    pages: Vec<Vec<u8>>,
    filter: Vec<u8>,
}

impl Prepared {
    /// Of entries of events from `first_event_key` on; those of events that were pruned may be missing.
    pub(super) fn of(first_event_key: i64, mut entries: Vec<(u64, i64)>) -> Self {
        // Of several runs it is a few sorted stretches, which this sort makes use of.
        entries.sort();
        let count = i64::try_from(entries.len().div_ceil(PAGE_ENTRIES)).unwrap_or(i64::MAX);
        let mut rest = entries.as_slice();
        let pages = (0..count).map(|page| {
            let of_page = rest.partition_point(|(hash, _)| page_of(*hash, count) <= page);
            let (of_page, behind) = rest.split_at(of_page);
            rest = behind;
            let mut bytes = Vec::with_capacity(of_page.len() * ENTRY_BYTES);
            for (hash, event_key) in of_page {
                let offset =
                    u32::try_from(event_key - first_event_key).expect("a run holds far fewer events");
                bytes.extend_from_slice(&hash.to_be_bytes());
                bytes.extend_from_slice(&offset.to_be_bytes());
            }
            bytes
        });
        let pages = pages.collect();
        let last = entries.iter().map(|(_, event_key)| *event_key).max();
        let events = last.map_or(0, |last| last - first_event_key + 1);
        let mut hashes: Vec<u64> = entries.into_iter().map(|(hash, _)| hash).collect();
        hashes.dedup();
        Prepared { first_event_key, events, pages, filter: filter(&hashes) }
    }

    /// How many pages it takes.
    pub(super) fn pages(&self) -> i64 {
        i64::try_from(self.pages.len()).unwrap_or(i64::MAX)
    }

    /// Writes down so many of its pages, those before `from` being there; the place of its first page is `first_page_key`.
    pub(super) fn write_pages(
        &self,
        connection: &Connection,
        first_page_key: i64,
        from: usize,
        count: usize,
    ) -> rusqlite::Result<()> {
        let mut add = connection.prepare_cached(ADD_PAGE)?;
        for (page_key, page) in (first_page_key..).zip(&self.pages).skip(from).take(count) {
            one_row(add.execute((page_key, page))?)?;
        }
        Ok(())
    }

    /// Adds the run, once all of its pages are there. `asked` says whether its filter stays in memory.
    pub(super) fn add(
        self,
        connection: &Connection,
        first_page_key: i64,
        asked: bool,
    ) -> rusqlite::Result<Run> {
        let mut run = Run {
            run_key: self.first_event_key,
            first_event_key: self.first_event_key,
            last_event_key: self.first_event_key + self.events - 1,
            first_page_key,
            pages: self.pages(),
            filter: OnceCell::new(),
        };
        let added = connection.prepare_cached(ADD_RUN)?.execute((
            run.run_key,
            run.first_event_key,
            run.last_event_key,
            run.first_page_key,
            run.pages,
            &self.filter,
        ))?;
        one_row(added)?;
        if asked {
            run.filter = OnceCell::from(self.filter);
        }
        Ok(run)
    }
}

/// The filter of distinct hashes: a descriptor, then the fingerprints.
fn filter(hashes: &[u64]) -> Vec<u8> {
    let filter = BinaryFuse8::try_from(hashes).expect("distinct hashes always make a filter");
    let mut bytes = vec![0; BinaryFuse8::DESCRIPTOR_LEN];
    filter.dma_copy_descriptor_to(&mut bytes);
    bytes.extend_from_slice(filter.dma_fingerprints());
    bytes
}

/// Hashes are evenly spread, so the first bits say on which of so many pages one is.
fn page_of(hash: u64, pages: i64) -> i64 {
    let pages = u128::from(pages.unsigned_abs());
    i64::try_from((u128::from(hash) * pages) >> 64).expect("below the count of pages")
}

fn entry_hash(entry: &[u8; ENTRY_BYTES]) -> u64 {
    let (hash, _) = entry.split_first_chunk().expect("an entry has 12 bytes");
    u64::from_be_bytes(*hash)
}

fn entry_offset(entry: &[u8; ENTRY_BYTES]) -> i64 {
    let (_, offset) = entry.split_last_chunk().expect("an entry has 12 bytes");
    u32::from_be_bytes(*offset).into()
}
