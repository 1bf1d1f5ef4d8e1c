//! Ids of events as the ledger keeps them, and where each one is.
//!
//! Senders' ids are random, so an index in their order would make every insert touch a page of its own: past a few
//! hundred thousand events that is several times slower than adding rows at the end.
//! So events stand in the order of arrival, and where their ids are is told by hashes: of the newest events in
//! memory, of the others in runs, each sorted, written once, and guarded by a small filter that says at once that
//! an id is not in it. A hash only says where to look; the row says whether it is the id.

use super::{AccountKey, names::Side};
use rusqlite::{
    Connection, ToSql,
    types::{FromSqlError, FromSqlResult, ToSqlOutput, Value, ValueRef},
};
use siphasher::sip::SipHasher13;
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};
use xorf::{BinaryFuse8, BinaryFuse8Ref, DmaSerializable, Filter, FilterRef};

/// An event id, a UUID in its usual writing as its 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StoredId<'a> {
    Uuid(uuid::Uuid),
    Text(&'a str),
}

impl<'a> From<&'a str> for StoredId<'a> {
    fn from(text: &'a str) -> Self {
        let mut usual = [0; uuid::fmt::Hyphenated::LENGTH];
        match uuid::Uuid::try_parse(text) {
            Ok(uuid) if uuid.hyphenated().encode_lower(&mut usual) == text => StoredId::Uuid(uuid),
            _ => StoredId::Text(text),
        }
    }
}

impl<'a> StoredId<'a> {
    /// The id in a column.
    pub(super) fn of(value: ValueRef<'a>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Blob(bytes) => uuid::Uuid::from_slice(bytes)
                .map(StoredId::Uuid)
                .map_err(|error| FromSqlError::Other(Box::new(error))),
            text => text.as_str().map(StoredId::Text),
        }
    }

    /// Writes it as it was sent.
    pub(super) fn write_text(&self, out: &mut Vec<u8>) {
        let mut usual = [0; uuid::fmt::Hyphenated::LENGTH];
        out.extend_from_slice(match self {
            StoredId::Uuid(uuid) => uuid.hyphenated().encode_lower(&mut usual).as_bytes(),
            StoredId::Text(text) => text.as_bytes(),
        });
    }
}

impl ToSql for StoredId<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            StoredId::Uuid(uuid) => ToSqlOutput::Owned(Value::Blob(uuid.as_bytes().to_vec())),
            StoredId::Text(text) => ToSqlOutput::from(*text),
        })
    }
}

/// Events that the writer knows by heart before they become a run.
const WINDOW_MAX: usize = 65_536;
/// Runs of at most twice the window that become one.
const SMALL_RUNS_MAX: usize = 16;
/// Entries of a page, about: they fill a page of the file without spilling into a second one.
const PAGE_ENTRIES: usize = 256;
const ENTRY_BYTES: usize = 12;

/// Where the id of every event is.
pub(super) struct EventIds {
    hash_key: [u8; 16],
    /// The events behind the last run: hash to key.
    window: HashMap<u64, i64, BuildHasherDefault<IsHash>>,
    /// Those of the window whose hash another one has.
    twins: Vec<(u64, i64)>,
    first_of_window: i64,
    window_max: usize,
    runs: Vec<Run>,
}

struct Run {
    run_key: i64,
    first_event_key: i64,
    last_event_key: i64,
    first_page_key: i64,
    pages: i64,
    filter: Vec<u8>,
}

impl Run {
    fn events(&self) -> i64 {
        self.last_event_key - self.first_event_key + 1
    }

    /// Adds its entries, in their order.
    fn read(&self, connection: &Connection, entries: &mut Vec<(u64, i64)>) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(PAGES)?;
        let mut pages = statement.query([self.first_page_key, self.pages])?;
        while let Some(page) = pages.next()? {
            let (of_page, _) = page.get_ref(0)?.as_blob()?.as_chunks::<ENTRY_BYTES>();
            let with_key = |entry| (entry_hash(entry), self.first_event_key + entry_offset(entry));
            entries.extend(of_page.iter().map(with_key));
        }
        Ok(())
    }

    fn may_hold(&self, hash: u64) -> bool {
        let (descriptor, fingerprints) = self.filter.split_at(BinaryFuse8::DESCRIPTOR_LEN);
        BinaryFuse8Ref::from_dma(descriptor, fingerprints).contains(&hash)
    }
}

const HASH_KEY: &str = "select id_hash_key from ledger";
const RUNS: &str = "select run_key, first_event_key, last_event_key, first_page_key, pages, filter from id_run order by run_key";
const WINDOW: &str =
    "select event_key, account_key, is_test, event_id from event where event_key >= ?1 order by event_key";
const PAGE: &str = "select entries from id_page where page_key = ?1";
const PAGES: &str =
    "select entries from id_page where page_key >= ?1 and page_key < ?1 + ?2 order by page_key";
const ADD_PAGE: &str = "insert into id_page (page_key, entries) values (?1, ?2)";
const NEXT_PAGE: &str = "select coalesce(max(page_key), 0) + 1 from id_page";
const ADD_RUN: &str = "
    insert into id_run (run_key, first_event_key, last_event_key, first_page_key, pages, filter)
    values (?1, ?2, ?3, ?4, ?5, ?6)";
const DROP_PAGES: &str = "delete from id_page where page_key >= ?1 and page_key < ?1 + ?2";
const DROP_RUN: &str = "delete from id_run where run_key = ?1";

impl EventIds {
    /// What the file holds.
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let hash_key = connection.query_row(HASH_KEY, [], |row| row.get(0))?;
        let mut statement = connection.prepare(RUNS)?;
        let runs = statement.query_map([], |row| {
            Ok(Run {
                run_key: row.get(0)?,
                first_event_key: row.get(1)?,
                last_event_key: row.get(2)?,
                first_page_key: row.get(3)?,
                pages: row.get(4)?,
                filter: row.get(5)?,
            })
        })?;
        let runs: Vec<Run> = runs.collect::<Result<_, _>>()?;
        let first_of_window = runs.last().map_or(1, |run| run.last_event_key + 1);
        let mut ids = EventIds {
            hash_key,
            window: HashMap::default(),
            twins: Vec::new(),
            first_of_window,
            window_max: WINDOW_MAX,
            runs,
        };
        let mut statement = connection.prepare(WINDOW)?;
        let mut rows = statement.query([first_of_window])?;
        while let Some(row) = rows.next()? {
            let side = Side { account: AccountKey(row.get(1)?), is_test: row.get(2)? };
            let hash = ids.hash(side, StoredId::of(row.get_ref(3)?)?);
            ids.note(hash, row.get(0)?);
        }
        Ok(ids)
    }

    /// What stands for an id of an account.
    pub(super) fn hash(&self, side: Side, event_id: StoredId<'_>) -> u64 {
        let mut hasher = SipHasher13::new_with_key(&self.hash_key);
        hasher.write(&side.account.0.to_le_bytes());
        hasher.write(&[side.is_test.into()]);
        match event_id {
            StoredId::Uuid(uuid) => hasher.write(uuid.as_bytes()),
            StoredId::Text(text) => hasher.write(text.as_bytes()),
        }
        hasher.finish()
    }

    /// Remembers a new event; keys come in order.
    pub(super) fn note(&mut self, hash: u64, event_key: i64) {
        if let Some(other) = self.window.insert(hash, event_key) {
            self.twins.push((hash, other));
        }
    }

    /// Keys of the events whose id may be the one that hashes to `hash`: almost always none, or the one.
    pub(super) fn candidates(&self, connection: &Connection, hash: u64) -> rusqlite::Result<Vec<i64>> {
        let mut found: Vec<i64> = self.window.get(&hash).copied().into_iter().collect();
        found.extend(self.twins.iter().filter(|twin| twin.0 == hash).map(|twin| twin.1));
        for run in self.runs.iter().filter(|run| run.may_hold(hash)) {
            let page_key = run.first_page_key + page_of(hash, run.pages);
            let mut statement = connection.prepare_cached(PAGE)?;
            let mut rows = statement.query([page_key])?;
            let Some(row) = rows.next()? else { continue };
            let (entries, _) = row.get_ref(0)?.as_blob()?.as_chunks::<ENTRY_BYTES>();
            let from = entries.partition_point(|entry| entry_hash(entry) < hash);
            let of_hash = entries[from..].iter().take_while(|entry| entry_hash(entry) == hash);
            found.extend(of_hash.map(|entry| run.first_event_key + entry_offset(entry)));
        }
        Ok(found)
    }

    /// Writes the window down as a run where it is full, and small runs as one where there are many.
    /// Within the transaction that added the last of these events.
    pub(super) fn settle(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.window.len() + self.twins.len() < self.window_max {
            return Ok(());
        }
        let entries = self.window.drain().chain(self.twins.drain(..)).collect();
        let run = write_run(connection, self.first_of_window, entries)?;
        self.first_of_window = run.last_event_key + 1;
        self.runs.push(run);
        let small_max = 2 * i64::try_from(self.window_max).unwrap_or(i64::MAX);
        let is_small = |run: &&Run| run.events() <= small_max;
        let small = self.runs.iter().rev().take_while(is_small).count();
        if small >= SMALL_RUNS_MAX {
            let merged = self.runs.split_off(self.runs.len() - small);
            self.runs.push(merge(connection, &merged)?);
        }
        Ok(())
    }
}

/// Every run, held against the events that it is made of.
pub(super) struct RunAudit {
    ids: EventIds,
    /// Hashes and keys of the events of the run at hand.
    seen: Vec<(u64, i64)>,
    run: usize,
}

impl EventIds {
    pub(super) fn audit(self) -> RunAudit {
        RunAudit { ids: self, seen: Vec::new(), run: 0 }
    }
}

impl RunAudit {
    /// The next event; the inner error says which run does not fit.
    pub(super) fn see(
        &mut self,
        connection: &Connection,
        event_key: i64,
        side: Side,
        event_id: StoredId<'_>,
    ) -> rusqlite::Result<Result<(), String>> {
        let Some(run) = self.ids.runs.get(self.run) else { return Ok(Ok(())) };
        self.seen.push((self.ids.hash(side, event_id), event_key));
        if event_key < run.last_event_key {
            return Ok(Ok(()));
        }
        self.run += 1;
        self.seen.sort_unstable();
        let mut entries = Vec::new();
        run.read(connection, &mut entries)?;
        let all_there = entries == self.seen && self.seen.iter().all(|(hash, _)| run.may_hold(*hash));
        self.seen.clear();
        Ok(if all_there { Ok(()) } else { Err(format!("run {} of event ids", run.run_key)) })
    }
}

/// Writes entries, of events from `first_event_key` on without a gap, as a run.
fn write_run(
    connection: &Connection,
    first_event_key: i64,
    mut entries: Vec<(u64, i64)>,
) -> rusqlite::Result<Run> {
    entries.sort_unstable();
    let events = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    let pages = i64::try_from(entries.len().div_ceil(PAGE_ENTRIES)).unwrap_or(i64::MAX);
    let first_page_key: i64 = connection.query_row(NEXT_PAGE, [], |row| row.get(0))?;
    let mut add = connection.prepare_cached(ADD_PAGE)?;
    let mut rest = entries.as_slice();
    let mut blob = Vec::new();
    for page in 0..pages {
        let count = rest.partition_point(|(hash, _)| page_of(*hash, pages) <= page);
        let (of_page, behind) = rest.split_at(count);
        blob.clear();
        for (hash, event_key) in of_page {
            let offset = u32::try_from(event_key - first_event_key).expect("a run holds far fewer events");
            blob.extend_from_slice(&hash.to_be_bytes());
            blob.extend_from_slice(&offset.to_be_bytes());
        }
        add.execute((first_page_key + page, &blob))?;
        rest = behind;
    }
    let mut hashes: Vec<u64> = entries.into_iter().map(|(hash, _)| hash).collect();
    hashes.dedup();
    let run_key = first_event_key;
    let run = Run {
        run_key,
        first_event_key,
        last_event_key: first_event_key + events - 1,
        first_page_key,
        pages,
        filter: filter(&hashes),
    };
    connection.prepare_cached(ADD_RUN)?.execute((
        run.run_key,
        run.first_event_key,
        run.last_event_key,
        run.first_page_key,
        run.pages,
        &run.filter,
    ))?;
    Ok(run)
}

/// Several runs, one behind the other, as one.
fn merge(connection: &Connection, runs: &[Run]) -> rusqlite::Result<Run> {
    let mut entries = Vec::new();
    for run in runs {
        run.read(connection, &mut entries)?;
        connection.prepare_cached(DROP_PAGES)?.execute([run.first_page_key, run.pages])?;
        connection.prepare_cached(DROP_RUN)?.execute([run.run_key])?;
    }
    write_run(connection, runs[0].first_event_key, entries)
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

/// A hasher for what is a hash already.
#[derive(Default)]
pub(super) struct IsHash(u64);

impl Hasher for IsHash {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only hashes are hashed")
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: Side = Side { account: AccountKey(1), is_test: false };

    fn named(n: i64) -> String {
        if n % 2 == 0 {
            format!("text {n}")
        } else {
            uuid::Uuid::from_u128(n.unsigned_abs().into()).to_string()
        }
    }

    #[test]
    fn every_event_is_found_and_no_other() {
        const EVENTS: i64 = 64 * 40 + 17;
        let mut connection = Connection::open_in_memory().unwrap();
        crate::store::migration::migrate(&mut connection).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        let mut ids = EventIds::load(&connection).unwrap();
        ids.window_max = 64;
        let twin = ids.hash(SIDE, StoredId::from("twin"));
        let hash_of = |ids: &EventIds, n: i64| {
            // Two of one window and one of another share a hash, as chance will have it once in a lifetime.
            if [100, 101, 2_000].contains(&n) {
                twin
            } else {
                ids.hash(SIDE, StoredId::from(named(n).as_str()))
            }
        };
        for n in 1..=EVENTS {
            connection
                .prepare_cached(
                    "insert into event values (?1, 1, 0, ?2, 1, 1, 0, null, 1, 0, 0, 1, 0, null, null, 0)",
                )
                .unwrap()
                .execute((n, StoredId::from(named(n).as_str())))
                .unwrap();
            ids.note(hash_of(&ids, n), n);
            ids.settle(&connection).unwrap();
        }
        let again = EventIds::load(&connection).unwrap();
        assert_eq!(again.window.len(), 17, "what is in no run is known by heart");
        for ids in [&ids, &again] {
            // Small runs become one, so there are few.
            assert_eq!(
                ids.runs.iter().map(Run::events).collect::<Vec<_>>(),
                [1_024, 1_024, 64, 64, 64, 64, 64, 64, 64, 64]
            );
            for n in 1..=EVENTS {
                let found = ids.candidates(&connection, hash_of(ids, n)).unwrap();
                assert!(found.contains(&n), "{n}: {found:?}");
            }
            let mut twins = ids.candidates(&connection, twin).unwrap();
            twins.sort_unstable();
            assert_eq!(twins, [100, 101, 2_000]);
            for n in EVENTS + 1..EVENTS + 1_000 {
                assert_eq!(ids.candidates(&connection, hash_of(ids, n)).unwrap(), [0i64; 0], "{n}");
            }
        }
        let pages: i64 = connection.query_row("select count(*) from id_page", [], |row| row.get(0)).unwrap();
        assert_eq!(pages, ids.runs.iter().map(|run| run.pages).sum::<i64>(), "no page is left over");
    }

    #[test]
    fn ids_read_as_they_were_sent() {
        for id in ["e-1", "01a20abd-28b2-761c-af30-e523aaa1ccfe", "01A20ABD-28B2-761C-AF30-E523AAA1CCFE", "é"]
        {
            let mut text = Vec::new();
            StoredId::from(id).write_text(&mut text);
            assert_eq!(text, id.as_bytes());
        }
        assert!(matches!(StoredId::from("01a20abd-28b2-761c-af30-e523aaa1ccfe"), StoredId::Uuid(_)));
        assert!(matches!(StoredId::from("01a20abd28b2761caf30e523aaa1ccfe"), StoredId::Text(_)));
    }
}
