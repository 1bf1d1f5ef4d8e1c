//! The events in their order, each compared with its CRC-32, and the seals over them.

use crate::{
    base::digest::{Sha, hex},
    store::{
        book::{
            FOLD,
            journal::{EVENT_COLUMNS, EventRow, crc32, month_in},
            link::Link,
            sealed::{Marks, SEAL_COLUMNS, Seal, kept_events_in, seal_in},
            sum_rules::SumRules,
            sums::{Sums, month_of},
        },
        check::{
            LedgerCheck, NotSound, anchors::AnchorCheck, archived::ArchivedEvents, fault, ids::IdCheck,
            owners::Owners, pruned::PrunedEvents,
        },
        key::AccountKey,
        sql::{Connection, NONE},
    },
};
use carbon_report::{Month, merkle::MerkleTree};
use std::{collections::BTreeMap, sync::LazyLock};

/// Trees over the events that closed months count, by tenant.
pub(super) type MonthTrees = BTreeMap<(AccountKey, Month), BTreeMap<i64, MerkleTree>>;

/// Trees over the events that restatements count, by their number and by tenant.
pub(super) type RestatedTrees = BTreeMap<i64, BTreeMap<i64, MerkleTree>>;

/// The restatements of a month, and the last event that each counts.
type Restatements = BTreeMap<(AccountKey, Month), Vec<(i64, i64)>>;

/// What was gathered on the way.
pub(super) struct Walked {
    pub(super) checked: LedgerCheck,
    pub(super) sums: Sums,
    pub(super) trees: MonthTrees,
    pub(super) restated: RestatedTrees,
}

static SEALS: LazyLock<String> =
    LazyLock::new(|| format!("select {} from seal order by seal_key", *SEAL_COLUMNS));

/// Walks a book.
pub(super) fn walk(
    book: &Connection,
    anchored: &mut AnchorCheck<'_>,
    rules: &SumRules,
    pruned: &mut PrunedEvents,
    mut archived: ArchivedEvents,
) -> Result<Walked, NotSound> {
    let mut walk = Walk {
        book,
        rules,
        folded: book.query_row(FOLD, NONE, |row| row.get(0))?,
        ids: IdCheck::of(book)?,
        owners: Owners::of(book)?,
        sums: Sums::default(),
        trees: BTreeMap::new(),
        restatements: restatements(book)?,
        restated: BTreeMap::new(),
        reversals: 0,
        archived: 0,
        line: Vec::new(),
    };
    let (mut marks, mut head) = (Marks::default(), Sha::default());
    let (mut seals, mut pruned_seals) = (0, 0);
    let select = format!("select {EVENT_COLUMNS} from event order by event_key");
    let mut statement = book.prepare_scan(&select)?;
    let mut events = statement.query(NONE)?;
    let mut ahead = events.next()?;
    let mut statement = book.prepare_scan(&SEALS)?;
    let mut rows = statement.query(NONE)?;
    while let Some(row) = rows.next()? {
        let seal = seal_in(&row).map_err(|error| fault(format_args!("a seal cannot be read: {error}")))?;
        let Seal { number, sha256, version, marks: until } = seal;
        seals += 1;
        if number != seals {
            return Err(fault(format_args!("seal {seals} is missing")));
        }
        let first = marks.event + 1;
        let mut link = Link::of(&head, version);
        let mut is_whole = true;
        while marks.event < until.event {
            let of_row: i64 = ahead.map_or(Ok(until.event + 1), |row| row.get(0))?;
            let next = archived.next_pruned()?.map_or(of_row, |of_archive| of_row.min(of_archive));
            if next > marks.event + 1 && pruned.take(next.min(until.event + 1) - marks.event - 1) {
                is_whole = false;
                marks.event = next.min(until.event + 1) - 1;
                continue;
            }
            let event_key = marks.event + 1;
            let unreadable = |error| fault(format_args!("event {event_key} cannot be read: {error}"));
            match (ahead, archived.at(event_key)?) {
                (Some(row), of_archive) if of_row == event_key => {
                    let (event, stated_crc32) = EventRow::read(&row).map_err(unreadable)?;
                    if let Some(of_archive) = of_archive {
                        of_archive.fits(&event, stated_crc32)?;
                    }
                    walk.add(&event, stated_crc32, false, pruned, &mut link)?;
                    ahead = events.next()?;
                }
                (_, Some(of_archive)) if of_archive.is_pruned => {
                    walk.add(&of_archive.event, of_archive.crc32, true, pruned, &mut link)?;
                }
                _ => return Err(pruned.is_missing(event_key)),
            }
            marks.event = event_key;
        }
        let before = Marks { event: until.event, ..marks };
        let linked = link.finish(book, &before, &until)?;
        head = sha256;
        if !is_whole {
            // What it was made of is there no more: it is taken as it stands, and the next rests on it.
            pruned_seals += 1;
        } else if linked.sha256 != sha256
            || linked.kept_events(&before, &until) != kept_events_in(&row)?.as_deref()
        {
            return Err(fault(format_args!(
                "seal {number} does not fit events {first} to {}, or what was added with them",
                until.event
            )));
        }
        marks = until;
        anchored.see(&seal);
    }
    pruned.all_taken()?;
    archived.all_read(marks.event)?;
    if let Some(row) = ahead {
        return Err(fault(format_args!("event {} is after the last seal", row.get::<i64>(0)?)));
    }
    if Marks::found(book, marks.event)? != marks {
        return Err(fault("there are rows after the last seal, besides events"));
    }
    folded_fits(book, seals, marks.event)?;
    walk.ids.all_seen(book, marks.event - pruned.events() - pruned.seen() - archived.pruned_events())?;
    let checked = LedgerCheck {
        events: marks.event,
        reversals: walk.reversals,
        seals,
        archived_events: walk.archived,
        pruned_events: pruned.events(),
        pruned_seals,
        factor_sets: 0,
        noted: 0,
        closed_months: 0,
        time_stamps: Vec::new(),
        chain_sha256: Some(hex(&head)),
        books: Vec::new(),
    };
    Ok(Walked { checked, sums: walk.sums, trees: walk.trees, restated: walk.restated })
}

const RESTATEMENTS: &str = "select account_key, month, restatement_key, last_event_key from restatement";

fn restatements(book: &Connection) -> Result<Restatements, NotSound> {
    let mut restatements = Restatements::new();
    let mut statement = book.prepare_scan(RESTATEMENTS)?;
    let mut rows = statement.query(NONE)?;
    while let Some(row) = rows.next()? {
        let of_month = (AccountKey(row.get(0)?), month_in(&row, 1)?);
        restatements.entry(of_month).or_default().push((row.get(2)?, row.get(3)?));
    }
    Ok(restatements)
}

/// The mark of what the sums hold speaks of events that are there. Servers that share a database keep it at the last seal.
fn folded_fits(book: &Connection, seals: i64, events: i64) -> Result<(), NotSound> {
    let fits = match book {
        Connection::Sqlite(_) => book.query_row(FOLD, NONE, |row| row.get::<i64>(0))? <= events,
        Connection::Postgres(_) => {
            let marks = book.query_row(FOLD_OF_SERVERS, NONE, |row| Ok((row.get(0)?, row.get(1)?)))?;
            marks == (events, seals)
        }
    };
    if fits { Ok(()) } else { Err(fault("fold: the mark of what the sums hold is not at the last seal")) }
}

const FOLD_OF_SERVERS: &str = "select last_event_key, seal_key from fold";

/// What is gathered of the events on the way.
struct Walk<'a> {
    book: &'a Connection,
    rules: &'a SumRules,
    /// The last event that is in the sums.
    folded: i64,
    ids: IdCheck,
    owners: Owners,
    sums: Sums,
    trees: MonthTrees,
    restatements: Restatements,
    restated: RestatedTrees,
    reversals: i64,
    /// Events that were read in archives alone.
    archived: i64,
    /// The event's line; kept for its memory.
    line: Vec<u8>,
}

impl Walk<'_> {
    /// Checks the event that is next, and adds it to its seal.
    fn add(
        &mut self,
        event: &EventRow<'_>,
        stated_crc32: i64,
        is_archived: bool,
        pruned: &mut PrunedEvents,
        link: &mut Link,
    ) -> Result<(), NotSound> {
        self.line.clear();
        event.write_line(&mut self.line);
        if crc32(&self.line) != stated_crc32 {
            return Err(fault(format_args!("event {} is not as it was written", event.event_key)));
        }
        link.add(event.account_key, &self.line);
        if event.event_key <= self.folded {
            self.sums.add(event, self.rules);
        }
        let month = month_of(event.day());
        pruned.see(month);
        let of_month = (AccountKey(event.account_key), month);
        if let Some(last) = self.rules.closed.get(&of_month).filter(|_| !event.is_test) {
            if event.event_key <= *last {
                self.trees.entry(of_month).or_default().entry(event.tenant_key).or_default().push(&self.line);
            }
            for (restatement, last) in self.restatements.get(&of_month).into_iter().flatten() {
                if event.event_key <= *last {
                    let trees = self.restated.entry(*restatement).or_default();
                    trees.entry(event.tenant_key).or_default().push(&self.line);
                }
            }
        }
        self.owners.fit(event)?;
        self.reversals += i64::from(event.reverses.is_some());
        self.archived += i64::from(is_archived);
        self.ids.see(self.book, event, is_archived)
    }
}
