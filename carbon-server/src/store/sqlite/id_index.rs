//! Where the event of an id is.
//!
//! Senders' ids are random, so an index in their order would make every insert touch a page of its own: past a few
//! hundred thousand events that is several times slower than adding rows at the end.
//! So events stand in the order of arrival, and their ids are found by hashes: of the newest events in memory,
//! of the others in runs ([`Run`]). A hash only says where to look; the row says whether it is the id.

use crate::{
    base::digest::IsHash,
    store::{
        book::event_id::StoredId,
        key::{AccountKey, Side},
        sql::Row,
        sqlite::{
            id_pages::{PAGES_A_COMMIT, PageKeys},
            id_run::{Prepared, Run},
        },
    },
};
use rusqlite::Connection;
use siphasher::sip::SipHasher13;
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher as _},
    ops::Range,
    thread::JoinHandle,
};

/// Events that the writer knows by heart before they become a run.
const WINDOW_MAX: usize = 65_536;
/// Runs of at most twice the window that become one.
const SMALL_RUNS_MAX: usize = 16;

/// Where the id of every event is.
pub(in crate::store) struct EventIdIndex {
    hash_key: [u8; 16],
    /// The events behind the last run: hash to key.
    window: HashMap<u64, i64, BuildHasherDefault<IsHash>>,
    /// Those of the window whose hash another one has.
    twins: Vec<(u64, i64)>,
    first_of_window: i64,
    window_max: usize,
    pub(super) runs: Vec<Run>,
    pages: PageKeys,
    merging: Option<Merging>,
}

const HASH_KEY: &str = "select id_hash_key from ledger";
const WINDOW: &str =
    "select event_key, account_key, is_test, event_id from event where event_key >= ?1 order by event_key";

impl EventIdIndex {
    /// What the file holds.
    pub(in crate::store) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let hash_key = connection.query_row(HASH_KEY, [], |row| row.get(0))?;
        let runs = Run::all(connection)?;
        let first_of_window = runs.last().map_or(1, |run| run.last_event_key + 1);
        let mut ids = EventIdIndex {
            hash_key,
            window: HashMap::default(),
            twins: Vec::new(),
            first_of_window,
            window_max: WINDOW_MAX,
            pages: PageKeys::found(connection, &runs)?,
            runs,
            merging: None,
        };
        let mut statement = connection.prepare(WINDOW)?;
        let mut rows = statement.query([first_of_window])?;
        while let Some(row) = rows.next()? {
            let side = Side { account: AccountKey(row.get(1)?), is_test: row.get(2)? };
            let hash = ids.hash(side, StoredId::of(Row::Sqlite(row).get_ref(3)?)?);
            ids.note(hash, row.get(0)?);
        }
        Ok(ids)
    }

    /// What stands for an id of an account.
    pub(in crate::store) fn hash(&self, side: Side, event_id: StoredId<'_>) -> u64 {
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
    pub(in crate::store) fn note(&mut self, hash: u64, event_key: i64) {
        if let Some(other) = self.window.insert(hash, event_key) {
            self.twins.push((hash, other));
        }
    }

    /// Keys of the events whose id may be the one that hashes to `hash`: almost always none, or the one.
    /// `in_runs` is what [`Self::in_runs`] said of the hash, where it was asked.
    pub(in crate::store) fn candidates(
        &self,
        connection: &Connection,
        hash: u64,
        in_runs: Option<bool>,
    ) -> rusqlite::Result<Vec<i64>> {
        let mut found: Vec<i64> = self.window.get(&hash).copied().into_iter().collect();
        found.extend(self.twins.iter().filter(|twin| twin.0 == hash).map(|twin| twin.1));
        if in_runs != Some(false) {
            for run in &self.runs {
                run.find(connection, hash, &mut found)?;
            }
        }
        Ok(found)
    }

    /// Whether any run may hold each of some hashes, until [`Self::settle`].
    /// Run by run: each filter is a megabyte, and is asked of all while it is near the processor.
    pub(in crate::store) fn in_runs(
        &self,
        connection: &Connection,
        hashes: &[u64],
    ) -> rusqlite::Result<Vec<bool>> {
        let mut found = vec![false; hashes.len()];
        for run in &self.runs {
            run.sift(connection, hashes, &mut found)?;
        }
        Ok(found)
    }

    /// Writes the window down as a run where it is full, and small runs as one where there are many.
    /// Within the transaction that added the last of these events.
    pub(in crate::store) fn settle(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.window.len() + self.twins.len() < self.window_max {
            // One or the other, so that no commit waits for both.
            return if self.merging.is_some() {
                self.merge_on(connection)
            } else {
                self.pages.tidy(connection)
            };
        }
        let entries = self.window.drain().chain(self.twins.drain(..)).collect();
        let prepared = Prepared::of(self.first_of_window, entries);
        let first_page_key = self.pages.take(prepared.pages());
        prepared.write_pages(connection, first_page_key, 0, usize::MAX)?;
        let run = prepared.add(connection, first_page_key, self.is_asked())?;
        self.first_of_window = run.last_event_key + 1;
        self.runs.push(run);
        let small_max = 2 * i64::try_from(self.window_max).unwrap_or(i64::MAX);
        let is_small = |run: &&Run| run.events() <= small_max;
        let small = self.runs.iter().rev().take_while(is_small).count();
        if small >= SMALL_RUNS_MAX && self.merging.is_none() {
            let first = self.runs.len() - small;
            let first_event_key = self.runs[first].first_event_key;
            let mut entries = Vec::new();
            for run in &self.runs[first..] {
                run.read(connection, &mut entries)?;
            }
            // Sorting a million entries takes a while, in which nobody should have to wait.
            let sorting = std::thread::spawn(move || Prepared::of(first_event_key, entries));
            self.merging = Some(Merging { runs: first..first + small, stage: Stage::Sorting(sorting) });
        }
        Ok(())
    }

    /// Whether ids came that others gave: then each is asked of every run.
    fn is_asked(&self) -> bool {
        self.runs.iter().any(Run::has_filter)
    }

    /// The next step of a merge, where it is due.
    fn merge_on(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let Some(Merging { runs, stage }) = self.merging.take() else { return Ok(()) };
        let stage = match stage {
            Stage::Sorting(sorting) if sorting.is_finished() => {
                let prepared = sorting.join().expect("sorting does not panic");
                let first_page_key = self.pages.take(prepared.pages());
                Stage::Writing { prepared, first_page_key, written: 0 }
            }
            Stage::Sorting(_) => stage,
            Stage::Writing { prepared, first_page_key, written } => {
                if i64::try_from(written).is_ok_and(|written| written >= prepared.pages()) {
                    return self.install(connection, runs, prepared, first_page_key);
                }
                prepared.write_pages(connection, first_page_key, written, PAGES_A_COMMIT)?;
                Stage::Writing { prepared, first_page_key, written: written + PAGES_A_COMMIT }
            }
        };
        self.merging = Some(Merging { runs, stage });
        Ok(())
    }

    /// Puts the run that was made of several in their place; their pages go later.
    fn install(
        &mut self,
        connection: &Connection,
        runs: Range<usize>,
        prepared: Prepared,
        first_page_key: i64,
    ) -> rusqlite::Result<()> {
        let is_asked = self.is_asked();
        for old in self.runs.drain(runs.clone()) {
            old.remove(connection)?;
            self.pages.leave(old.page_keys());
        }
        self.runs.insert(runs.start, prepared.add(connection, first_page_key, is_asked)?);
        Ok(())
    }
}

/// Runs that become one: a run of a million events is thousands of pages, for which no commit should have to wait.
struct Merging {
    /// Their places.
    runs: Range<usize>,
    stage: Stage,
}

enum Stage {
    /// On a thread of its own.
    Sorting(JoinHandle<Prepared>),
    /// Some pages with each commit, and in the end the run that they are of.
    Writing { prepared: Prepared, first_page_key: i64, written: usize },
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

    /// Takes all the steps that commits would.
    fn finish(ids: &mut EventIdIndex, connection: &Connection) {
        while ids.merging.is_some() {
            ids.merge_on(connection).unwrap();
        }
        while !ids.pages.are_tidy() {
            ids.pages.tidy(connection).unwrap();
        }
    }

    /// After a start, the ids of pruned events are in no window and in no run that is written later.
    #[test]
    fn runs_have_gaps_where_events_were_pruned() {
        let ledger = crate::store::sql::Connection::in_memory();
        crate::store::sqlite::migration::create(&ledger).unwrap();
        let connection = ledger.file();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        let mut ids = EventIdIndex::load(connection).unwrap();
        let add = |ids: &mut EventIdIndex, n: i64| {
            connection
                .execute(
                    "insert into event values (?1, 1, 0, ?2, 1, 1, 0, null, 1, 0, 0, 1, 0, null, null, null, null, 0)",
                    (n, StoredId::from(named(n).as_str())),
                )
                .unwrap();
            ids.note(ids.hash(SIDE, StoredId::from(named(n).as_str())), n);
        };
        ids.window_max = 64;
        for n in 1..=100 {
            add(&mut ids, n);
            ids.settle(connection).unwrap();
        }
        connection.execute_batch("drop trigger event_is_never_deleted").unwrap();
        // Of a run, of its end, of the window, and of its end.
        let pruned: Vec<i64> = (10..20).chain(60..80).chain(95..=100).collect();
        for n in &pruned {
            connection.execute("delete from event where event_key = ?1", [n]).unwrap();
        }
        let mut ids = EventIdIndex::load(connection).unwrap();
        ids.window_max = 64;
        for n in 101..=250 {
            add(&mut ids, n);
            ids.settle(connection).unwrap();
        }
        let ids = EventIdIndex::load(connection).unwrap();
        let ends: Vec<[i64; 2]> =
            ids.runs.iter().map(|run| [run.first_event_key, run.last_event_key]).collect();
        assert_eq!(ends.len(), 3, "{ends:?}");
        for n in (1..=250).filter(|n| !pruned.contains(n)) {
            let hash = ids.hash(SIDE, StoredId::from(named(n).as_str()));
            assert!(ids.candidates(connection, hash, None).unwrap().contains(&n), "{n}: {ends:?}");
        }
        let check = |is_pruned: &dyn Fn(i64) -> bool, skip: i64| {
            let mut audit = EventIdIndex::load(connection).unwrap().audit();
            let mut events = (1..=250).filter(|n| *n != skip);
            events.try_for_each(|n| {
                let id = named(n);
                audit.see(connection, n, SIDE, StoredId::from(id.as_str()), is_pruned(n)).unwrap()
            })
        };
        assert_eq!(check(&|n| pruned.contains(&n), 0), Ok(()));
        assert!(check(&|_| false, 0).is_err(), "an id that is missing, of an event that was not pruned");
        assert!(check(&|n| pruned.contains(&n), 30).is_err(), "an id too many");
    }

    #[test]
    fn every_event_is_found_and_no_other() {
        const EVENTS: i64 = 64 * 40 + 17;
        let ledger = crate::store::sql::Connection::in_memory();
        crate::store::sqlite::migration::create(&ledger).unwrap();
        let connection = ledger.file();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        let mut ids = EventIdIndex::load(connection).unwrap();
        ids.window_max = 64;
        let twin = ids.hash(SIDE, StoredId::from("twin"));
        let hash_of = |ids: &EventIdIndex, n: i64| {
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
                    "insert into event values (?1, 1, 0, ?2, 1, 1, 0, null, 1, 0, 0, 1, 0, null, null, null, null, 0)",
                )
                .unwrap()
                .execute((n, StoredId::from(named(n).as_str())))
                .unwrap();
            ids.note(hash_of(&ids, n), n);
            ids.settle(connection).unwrap();
            finish(&mut ids, connection);
        }
        let again = EventIdIndex::load(connection).unwrap();
        assert_eq!(again.window.len(), 17, "what is in no run is known by heart");
        for ids in [&ids, &again] {
            // Small runs become one, so there are few.
            assert_eq!(
                ids.runs.iter().map(Run::events).collect::<Vec<_>>(),
                [1_024, 1_024, 64, 64, 64, 64, 64, 64, 64, 64]
            );
            for n in 1..=EVENTS {
                let found = ids.candidates(connection, hash_of(ids, n), None).unwrap();
                assert!(found.contains(&n), "{n}: {found:?}");
            }
            let settled = EVENTS - 17;
            let hashes: Vec<u64> = (1..=settled).map(|n| hash_of(ids, n)).collect();
            assert!(ids.in_runs(connection, &hashes).unwrap().into_iter().all(|found| found));
            let strange: Vec<u64> = (EVENTS + 1..EVENTS + 1_000).map(|n| hash_of(ids, n)).collect();
            let found = ids.in_runs(connection, &strange).unwrap();
            let taken = found.into_iter().filter(|found| *found).count();
            assert!(taken < 100, "{taken} of 999 strange hashes are let through");
            let mut twins = ids.candidates(connection, twin, None).unwrap();
            twins.sort_unstable();
            assert_eq!(twins, [100, 101, 2_000]);
            for n in EVENTS + 1..EVENTS + 1_000 {
                assert_eq!(ids.candidates(connection, hash_of(ids, n), None).unwrap(), [0i64; 0], "{n}");
            }
        }
        let pages: i64 = connection.query_row("select count(*) from id_page", [], |row| row.get(0)).unwrap();
        assert_eq!(pages, ids.runs.iter().map(|run| run.pages).sum::<i64>(), "no page is left over");
    }

    /// At whatever step of a merge a process ends: every id is found, and no page is left over in the end.
    #[test]
    fn a_merge_may_end_at_any_step() {
        for steps in [0, 1, 2, 4, 5, 6, 7, 12] {
            let ledger = crate::store::sql::Connection::in_memory();
            crate::store::sqlite::migration::create(&ledger).unwrap();
            let connection = ledger.file();
            connection.pragma_update(None, "foreign_keys", false).unwrap();
            let mut ids = EventIdIndex::load(connection).unwrap();
            // Two hundred and fifty-six pages: several commits.
            ids.window_max = 4_096;
            let events = 4_096 * 16;
            let hash_of = |ids: &EventIdIndex, n: i64| ids.hash(SIDE, StoredId::from(named(n).as_str()));
            for n in 1..=events {
                ids.note(hash_of(&ids, n), n);
                ids.settle(connection).unwrap();
            }
            assert!(ids.merging.is_some());
            for _ in 0..steps {
                // Sorting takes as long as it takes.
                while matches!(&ids.merging, Some(Merging { stage: Stage::Sorting(sorting), .. }) if !sorting.is_finished())
                {
                    std::thread::yield_now();
                }
                ids.settle(connection).unwrap();
            }
            let mut again = EventIdIndex::load(connection).unwrap();
            for ids in [&ids, &again] {
                for n in (1..=events).step_by(101) {
                    assert_eq!(
                        ids.candidates(connection, hash_of(ids, n), None).unwrap(),
                        [n],
                        "after {steps}"
                    );
                }
            }
            finish(&mut again, connection);
            let pages: i64 =
                connection.query_row("select count(*) from id_page", [], |row| row.get(0)).unwrap();
            assert_eq!(pages, again.runs.iter().map(|run| run.pages).sum::<i64>(), "after {steps}");
        }
    }
}
