//! The runs of ids, compared with the events.

use crate::store::{book::event_id::StoredId, key::Side, sqlite::id_index::EventIdIndex};
use rusqlite::Connection;
use std::collections::HashSet;

/// Every run, compared with the events that it is made of.
pub(in crate::store) struct RunAudit {
    ids: EventIdIndex,
    /// Hashes and keys of the events of the run at hand.
    seen: Vec<(u64, i64)>,
    /// Those of them that were pruned: a run that was written later does not have them.
    pruned: HashSet<i64>,
    run: usize,
}

impl EventIdIndex {
    /// To see every event pass by.
    pub(in crate::store) fn audit(self) -> RunAudit {
        RunAudit { ids: self, seen: Vec::new(), pruned: HashSet::new(), run: 0 }
    }
}

impl RunAudit {
    /// The next event, and whether it was pruned; the inner error says which run does not fit.
    pub(in crate::store) fn see(
        &mut self,
        connection: &Connection,
        event_key: i64,
        side: Side,
        event_id: StoredId<'_>,
        is_pruned: bool,
    ) -> rusqlite::Result<Result<(), String>> {
        let Some(run) = self.ids.runs.get(self.run) else { return Ok(Ok(())) };
        self.seen.push((self.ids.hash(side, event_id), event_key));
        if is_pruned {
            self.pruned.insert(event_key);
        }
        if event_key < run.last_event_key {
            return Ok(Ok(()));
        }
        self.run += 1;
        self.seen.sort_unstable();
        let mut entries = Vec::new();
        run.read(connection, &mut entries)?;
        if !self.pruned.is_empty() {
            let in_run: HashSet<i64> = entries.iter().map(|(_, event_key)| *event_key).collect();
            let missing = |event_key: &i64| self.pruned.contains(event_key) && !in_run.contains(event_key);
            self.seen.retain(|(_, event_key)| !missing(event_key));
        }
        let mut all_there = entries == self.seen;
        for (hash, _) in &self.seen {
            all_there &= run.may_hold(connection, *hash)?;
        }
        self.seen.clear();
        self.pruned.clear();
        Ok(if all_there { Ok(()) } else { Err(format!("run {} of event ids", run.run_key)) })
    }
}
