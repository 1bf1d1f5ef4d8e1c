//! Events that were pruned with their months and are in no archive: how many may be missing.

use crate::store::{
    archive::newest,
    check::{NotSound, fault},
    month::pruned::pruned_events,
    pruning::kept,
    sql::Connection,
};
use carbon_report::Month;
use std::collections::BTreeMap;

/// Months whose events are not there, or not all any more.
pub(super) struct PrunedEvents {
    /// How many each had, and how many were seen.
    months: BTreeMap<Month, (i64, i64)>,
    /// All that they had.
    all: i64,
    missing: i64,
}

impl PrunedEvents {
    pub(super) fn of(book: &Connection) -> Result<Self, NotSound> {
        let events = pruned_events(book)?;
        // Whoever removes a month cannot say that it was let go, where it was not closed or is not told as it is.
        let mut nowhere = BTreeMap::new();
        for (month, events) in events {
            if let Some(why) = kept(book, month)? {
                return Err(fault(format_args!("the events of {month} were pruned: {why}")));
            }
            match newest(book, month)? {
                Some(archive) if archive.events != events => {
                    let in_archive = archive.events;
                    return Err(fault(format_args!(
                        "{events} events of {month} were pruned, and its archive has {in_archive}"
                    )));
                }
                // None is missing: they are read there.
                Some(_) => {}
                // A file prunes nothing that is in no archive.
                None if matches!(book, Connection::Sqlite(_)) => {
                    return Err(fault(format_args!(
                        "{events} events of {month} were pruned, and no archive has them"
                    )));
                }
                None => drop(nowhere.insert(month, events)),
            }
        }
        let events = nowhere;
        let all = events.values().sum();
        let months = events.into_iter().map(|(month, events)| (month, (events, 0))).collect();
        Ok(PrunedEvents { months, all, missing: 0 })
    }

    /// Takes so many for missing; `false` where fewer were pruned.
    pub(super) fn take(&mut self, events: i64) -> bool {
        let may = self.missing + events <= self.all;
        self.missing += if may { events } else { 0 };
        may
    }

    /// The fault of an event that is missing, past those that may be.
    pub(super) fn is_missing(&self, event_key: i64) -> NotSound {
        match self.all {
            0 => fault(format_args!("event {event_key} is missing")),
            all => fault(format_args!(
                "event {event_key} or one before it is missing, besides the {all} that were pruned with their months"
            )),
        }
    }

    /// An event of a month.
    pub(super) fn see(&mut self, month: Month) {
        if let Some((_, seen)) = self.months.get_mut(&month) {
            *seen += 1;
        }
    }

    /// Whether a month's events are not there.
    pub(super) fn is_pruned(&self, month: Month) -> bool {
        self.months.get(&month).is_some_and(|(had, seen)| seen < had)
    }

    /// How many events of such months were seen all the same.
    pub(super) fn seen(&self) -> i64 {
        self.months.values().map(|(_, seen)| seen).sum()
    }

    /// Whether any are.
    pub(super) fn any(&self) -> bool {
        self.missing > 0
    }

    /// How many are missing.
    pub(super) fn events(&self) -> i64 {
        self.missing
    }

    /// As many are missing as were pruned: no other is.
    pub(super) fn all_taken(&self) -> Result<(), NotSound> {
        let pruned: i64 = self.months.values().map(|(had, seen)| had - seen).sum();
        if self.missing == pruned {
            return Ok(());
        }
        Err(fault(format_args!(
            "{} events are missing, {pruned} were pruned with their months",
            self.missing
        )))
    }
}
