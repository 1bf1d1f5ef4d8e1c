//! Walking the whole book: whether every row is as it was written, and every sum what the rows make.
//!
//! It reads one snapshot, while a server may write, and compares what was written separately: each event
//! and its CRC-32, the chain of seals, the sums, the closed months' trees, where event ids are.

mod anchors;
mod archived;
mod ids;
mod pruned;
mod rows;
mod sums;
mod time_stamps;
mod windows;

pub(crate) use crate::store::check::{
    anchors::{Anchors, NotedSeal},
    time_stamps::AttestedSeal,
};
use crate::{
    base::digest::{Sha, hex},
    store::{
        account::own::{OwnChange, own_changes_behind},
        archive::Archives,
        book::{
            FOLD,
            journal::{EVENT_COLUMNS, EventRow, crc32},
            sealed::{Link, Marks, SEAL_COLUMNS, Seal, seal_in},
            sum_rules::SumRules,
            sums::{Sums, date},
        },
        check::{
            anchors::{AnchorCheck, checkpoints_fit},
            archived::ArchivedEvents,
            ids::IdCheck,
            pruned::PrunedEvents,
            rows::rows_fit,
            sums::sums_fit,
            time_stamps::time_stamps_fit,
            windows::windows_fit,
        },
        database::Database,
        error::StoreError,
        factor_set::{AddedFactorSet, factor_sets_behind},
        key::{AccountKey, BookNumber, TenantKey},
        month::{activity_of_tenants, root_of_roots},
        source::{self, LedgerLocation},
        sql::{self, Connection, NONE},
    },
};
use carbon_report::{Activity, Month, merkle::MerkleTree};
use serde::Serialize;
use std::{collections::BTreeMap, fmt, sync::LazyLock};
use thiserror::Error;

/// A ledger that was found sound.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct LedgerCheck {
    /// Rows, reversals included.
    pub(crate) events: i64,
    /// Rows that cancel another.
    pub(crate) reversals: i64,
    /// Links of the chain.
    pub(crate) seals: i64,
    /// Rows of `events` that were pruned with their months, and were read in archives.
    pub(crate) archived_events: i64,
    /// Rows of `events` that were pruned with their months, and are in no archive.
    pub(crate) pruned_events: i64,
    /// Links that rest on such rows: they are taken as they stand.
    pub(crate) pruned_seals: i64,
    /// Factor sets that the operator has added.
    pub(crate) factor_sets: usize,
    /// Seals and checkpoints that were noted outside, and found in the chain.
    pub(crate) noted: usize,
    /// What an authority attests of them.
    pub(crate) time_stamps: Vec<AttestedSeal>,
    /// Months that were closed, of all accounts.
    pub(crate) closed_months: usize,
    /// Digest of the last link, in hex, zeros where there is none: noted down outside, it proves later that nothing before
    /// it was changed. `None` where there are several chains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) chain_sha256: Option<String>,
    /// The chain of each book that has one, where several have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) books: Vec<BookChain>,
}

/// The chain of a book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct BookChain {
    pub(crate) book: i64,
    /// Its links.
    pub(crate) seals: i64,
    /// Digest of the last, in hex.
    pub(crate) chain_sha256: String,
}

impl LedgerCheck {
    /// What was found in all books together.
    fn of_books(found: Vec<(BookNumber, Self)>, factor_sets: usize, noted: usize) -> Self {
        let mut all = LedgerCheck { factor_sets, noted, ..LedgerCheck::default() };
        let mut chain = hex(&Sha::default());
        for (book, found) in found {
            all.events += found.events;
            all.reversals += found.reversals;
            all.seals += found.seals;
            all.archived_events += found.archived_events;
            all.pruned_events += found.pruned_events;
            all.pruned_seals += found.pruned_seals;
            all.closed_months += found.closed_months;
            all.time_stamps.extend(found.time_stamps);
            if let Some(chain_sha256) = found.chain_sha256.filter(|_| found.seals > 0) {
                chain.clone_from(&chain_sha256);
                all.books.push(BookChain { book: book.number(), seals: found.seals, chain_sha256 });
            }
        }
        if all.books.len() < 2 {
            all.books.clear();
            all.chain_sha256 = Some(chain);
        }
        all
    }
}

/// What a closed month pins for a tenant, beside the activity that it rests on.
#[derive(Debug)]
pub(crate) struct ClosedFigures {
    pub(crate) account: AccountKey,
    pub(crate) factor_set: String,
    pub(crate) figures: String,
    pub(crate) activity: Vec<Activity>,
}

/// Why a book was not found sound.
#[derive(Debug, Error)]
pub(crate) enum NotSound {
    /// It could not be read.
    #[error(transparent)]
    Unread(#[from] StoreError),
    /// The first thing that does not fit.
    #[error("{0}")]
    Fault(String),
}

impl From<rusqlite::Error> for NotSound {
    fn from(error: rusqlite::Error) -> Self {
        NotSound::Unread(error.into())
    }
}

impl From<sql::Error> for NotSound {
    fn from(error: sql::Error) -> Self {
        NotSound::Unread(error.into())
    }
}

fn fault(what: impl fmt::Display) -> NotSound {
    NotSound::Fault(what.to_string())
}

/// What the book holds of factors beside those that ship with the program.
#[derive(Debug)]
pub(crate) struct BookFactors {
    pub(crate) sets: Vec<AddedFactorSet>,
    pub(crate) own: Vec<(AccountKey, OwnChange)>,
}

/// Walks the book. `compare` says whether its factor sets are as they were added, and what it makes of them whether a closed
/// month's figures are those of its activity.
pub(crate) fn check<C: FnMut(&ClosedFigures) -> Result<(), String>>(
    database: &Database,
    anchors: &Anchors,
    archives: &Archives,
    compare: impl FnOnce(BookFactors) -> Result<C, String>,
) -> Result<LedgerCheck, NotSound> {
    let location = LedgerLocation::of_command(database);
    let connection = location.open_current()?;
    source::check_schema(&location, &connection)?;
    drop(connection);
    let books = location.books()?.iter().map(LedgerLocation::open_reader).collect::<Result<Vec<_>, _>>()?;
    // One state of each, from its first question on: that of the first book, whose sets all use, is the newest.
    books.iter().try_for_each(Connection::begin_snapshot)?;
    let mut own = Vec::new();
    for book in books.iter().rev() {
        own.extend(own_changes_behind(book, 0)?.1);
    }
    let first = books.first().ok_or(StoreError::Damaged)?;
    let (_, sets) = factor_sets_behind(first, 0)?;
    let factor_sets = sets.len();
    let mut same_figures = compare(BookFactors { sets, own }).map_err(fault)?;
    let named = |book: &Connection, error| of_book(error, book.book(), books.len());
    let (mut anchored, mut walked) = (AnchorCheck::of(anchors), Vec::new());
    for book in &books {
        walked.push(BookWalk::of(book, &mut anchored, archives).map_err(|error| named(book, error))?);
    }
    anchored.all_seen(walked.iter().map(|walk| walk.walked.checked.seals).max().unwrap_or(0))?;
    checkpoints_fit(&books, &anchors.checkpoints)?;
    let mut found = Vec::new();
    for (book, walk) in books.iter().zip(walked) {
        let fits = walk.fits(book, anchors, &mut same_figures).map_err(|error| named(book, error))?;
        found.push((book.book(), fits));
    }
    let noted = anchors.seals.len() + anchors.checkpoints.len();
    Ok(LedgerCheck::of_books(found, factor_sets, noted))
}

/// A fault that says in which book it is, where there are several.
fn of_book(error: NotSound, book: BookNumber, books: usize) -> NotSound {
    match error {
        NotSound::Fault(what) if books > 1 => NotSound::Fault(format!("book {book}: {what}")),
        other => other,
    }
}

/// A book whose events and seals were walked.
struct BookWalk {
    rules: SumRules,
    pruned: PrunedEvents,
    walked: Walked,
}

impl BookWalk {
    fn of(book: &Connection, anchored: &mut AnchorCheck<'_>, archives: &Archives) -> Result<Self, NotSound> {
        if let Connection::Sqlite(_) = book {
            let integrity: String = book.query_row("pragma integrity_check(1)", NONE, |row| row.get(0))?;
            if integrity != "ok" {
                return Err(fault(format_args!("the file: {integrity}")));
            }
        }
        let secrets: i64 = book.query_row("select count(*) from ledger", NONE, |row| row.get(0))?;
        if secrets != 1 {
            return Err(fault("ledger: the row with its secrets is missing"));
        }
        let rules = SumRules::of(book)?;
        let mut pruned = PrunedEvents::of(book)?;
        let archived = ArchivedEvents::of(book, archives)?;
        let walked = walk(book, anchored, &rules, &mut pruned, archived)?;
        Ok(BookWalk { rules, pruned, walked })
    }

    /// Whether all else fits what was walked.
    fn fits(
        self,
        book: &Connection,
        anchors: &Anchors,
        same_figures: &mut impl FnMut(&ClosedFigures) -> Result<(), String>,
    ) -> Result<LedgerCheck, NotSound> {
        let BookWalk { rules, pruned, walked: Walked { checked, sums, trees } } = self;
        rows_fit(book)?;
        let time_stamps = time_stamps_fit(book, anchors.authorities.as_ref())?;
        windows_fit(book)?;
        sums_fit(book, sums, &pruned)?;
        months_fit(book, trees, &pruned, same_figures)?;
        Ok(LedgerCheck { closed_months: rules.closed.len(), time_stamps, ..checked })
    }
}

struct Walked {
    checked: LedgerCheck,
    sums: Sums,
    trees: BTreeMap<(AccountKey, Month), BTreeMap<i64, MerkleTree>>,
}

static SEALS: LazyLock<String> =
    LazyLock::new(|| format!("select {} from seal order by seal_key", *SEAL_COLUMNS));

/// The events in their order, each compared with its CRC-32, and the seals over them.
fn walk(
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
        sums: Sums::default(),
        trees: BTreeMap::new(),
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
        let seal = seal_in(&row)?;
        let Seal { number, sha256, marks: until } = seal;
        seals += 1;
        if number != seals {
            return Err(fault(format_args!("seal {seals} is missing")));
        }
        let first = marks.event + 1;
        let mut link = Link::after(&head);
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
        head = link.finish(book, &Marks { event: until.event, ..marks }, &until)?;
        if !is_whole {
            // What it was made of is there no more: it is taken as it stands, and the next rests on it.
            pruned_seals += 1;
            head = sha256;
        }
        if head != sha256 {
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
    Ok(Walked { checked, sums: walk.sums, trees: walk.trees })
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
    sums: Sums,
    trees: BTreeMap<(AccountKey, Month), BTreeMap<i64, MerkleTree>>,
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
        link.add(&self.line);
        if event.event_key <= self.folded {
            self.sums.add(event, self.rules);
        }
        let month = Month::of(date(event.day()));
        pruned.see(month);
        let of_month = (AccountKey(event.account_key), month);
        if self.rules.closed.get(&of_month).is_some_and(|last| event.event_key <= *last) && !event.is_test {
            self.trees.entry(of_month).or_default().entry(event.tenant_key).or_default().push(&self.line);
        }
        self.reversals += i64::from(event.reverses.is_some());
        self.archived += i64::from(is_archived);
        self.ids.see(self.book, event, is_archived)
    }
}

const CLOSED_MONTHS: &str = "
    select closed_month_key, account_key, month, factor_set, events, merkle_root from closed_month
     order by closed_month_key";

const CLOSED_TENANTS: &str = "select tenant_key, events, merkle_root, figures from closed_tenant where closed_month_key = ?1 order by tenant_key";

/// The closed months, compared with the events that they count.
fn months_fit(
    book: &Connection,
    mut trees: BTreeMap<(AccountKey, Month), BTreeMap<i64, MerkleTree>>,
    pruned: &PrunedEvents,
    same_figures: &mut impl FnMut(&ClosedFigures) -> Result<(), String>,
) -> Result<(), NotSound> {
    let mut statement = book.prepare_scan(CLOSED_MONTHS)?;
    let mut months = statement.query(NONE)?;
    while let Some(row) = months.next()? {
        let (account, month): (_, String) = (AccountKey(row.get(1)?), row.get(2)?);
        let month: Month = month.parse().map_err(|_| fault(format_args!("closed_month {month:?}")))?;
        let (factor_set, events, merkle_root): (String, u64, Sha) = (row.get(3)?, row.get(4)?, row.get(5)?);
        let mut trees = trees.remove(&(account, month)).unwrap_or_default();
        let is_pruned = pruned.is_pruned(month);
        let (mut roots, mut counted): (Vec<Sha>, u64) =
            (trees.values().map(MerkleTree::root).collect(), trees.values().map(MerkleTree::leaves).sum());
        if is_pruned {
            // The roots are what is left.
            let mut statement = book.prepare_cached(CLOSED_TENANTS)?;
            let kept = statement.query_map([row.get::<i64>(0)?], |row| Ok((row.get(1)?, row.get(2)?)))?;
            let kept: Vec<(u64, Sha)> = kept.collect::<sql::Result<_>>()?;
            counted = kept.iter().map(|(events, _)| events).sum();
            roots = kept.into_iter().map(|(_, root)| root).collect();
        }
        if counted != events || root_of_roots(roots.iter()) != merkle_root {
            return Err(fault(format_args!("closed month {month} of account {}: its events", account.0)));
        }
        let mut activity = activity_of_tenants(book, account, month, false)?;
        let mut statement = book.prepare_cached(CLOSED_TENANTS)?;
        let mut tenants = statement.query([row.get::<i64>(0)?])?;
        while let Some(row) = tenants.next()? {
            let tenant_key: i64 = row.get(0)?;
            let tree = trees.remove(&tenant_key).unwrap_or_default();
            let of_tenant = format!("closed month {month} of account {}, tenant {tenant_key}", account.0);
            if !is_pruned && (tree.leaves(), tree.root()) != (row.get(1)?, row.get(2)?) {
                return Err(fault(format_args!("{of_tenant}: its events")));
            }
            let closed = ClosedFigures {
                account,
                factor_set: factor_set.clone(),
                figures: row.get(3)?,
                activity: activity.remove(&TenantKey(tenant_key)).unwrap_or_default(),
            };
            same_figures(&closed).map_err(|why| fault(format_args!("{of_tenant}: {why}")))?;
        }
        if let Some(tenant_key) = trees.keys().next() {
            return Err(fault(format_args!("closed month {month}: tenant {tenant_key} is missing")));
        }
    }
    Ok(())
}
