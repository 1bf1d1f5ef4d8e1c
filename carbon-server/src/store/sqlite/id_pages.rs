//! Which pages of ids are taken, and which are of no run any more.

use crate::store::sqlite::id_run::Run;
use rusqlite::Connection;
use std::ops::Range;

/// Pages that a commit carries along, of those that can wait.
pub(super) const PAGES_A_COMMIT: usize = 64;

/// The keys of pages.
pub(super) struct PageKeys {
    /// Behind all that were taken.
    next: i64,
    /// Those of no run: of runs that became one, or of one that was never finished.
    left_over: Vec<Range<i64>>,
}

const WITHIN: &str =
    "select min(page_key), max(page_key) from id_page where page_key >= ?1 and page_key < ?2";
const DROP: &str = "delete from id_page where page_key >= ?1 and page_key < ?2";

impl PageKeys {
    /// What the file holds, of which some may be left over.
    pub(super) fn found(connection: &Connection, runs: &[Run]) -> rusqlite::Result<Self> {
        let mut taken: Vec<Range<i64>> = runs.iter().map(Run::page_keys).collect();
        taken.sort_by_key(|keys| keys.start);
        taken.push(i64::MAX..i64::MAX);
        let mut pages = PageKeys { next: 1, left_over: Vec::new() };
        let mut within = connection.prepare(WITHIN)?;
        for keys in taken {
            let ends = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            let ends: (Option<i64>, Option<i64>) = within.query_row([pages.next, keys.start], ends)?;
            if let (Some(first), Some(last)) = ends {
                pages.leave(first..last + 1);
                pages.next = last + 1;
            }
            if keys.start < i64::MAX {
                pages.next = keys.end;
            }
        }
        Ok(pages)
    }

    /// The first of so many that are taken now.
    pub(super) fn take(&mut self, pages: i64) -> i64 {
        let first = self.next;
        self.next += pages;
        first
    }

    /// Pages that are of no run from now on.
    pub(super) fn leave(&mut self, keys: Range<i64>) {
        self.left_over.push(keys);
    }

    /// Whether none is left over.
    #[cfg(test)]
    pub(super) fn are_tidy(&self) -> bool {
        self.left_over.is_empty()
    }

    /// Takes some of them out of the file.
    pub(super) fn tidy(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let Some(keys) = self.left_over.pop() else { return Ok(()) };
        let end = keys.end.min(keys.start + i64::try_from(PAGES_A_COMMIT).unwrap_or(i64::MAX));
        connection.prepare_cached(DROP)?.execute([keys.start, end])?;
        if end < keys.end {
            self.left_over.push(end..keys.end);
        }
        Ok(())
    }
}
