//! A page of events: a walk down the order of arrival that ends after so many events, whatever it has found by then.

use crate::store::{
    book::{
        event_id::StoredId,
        journal::{EVENT_COLUMNS, EventRow, MS_PER_DAY},
        sums::{date, epoch_day},
    },
    error::StoreError,
    events::{
        found::{EventReader, FoundEvent},
        positions::{Positions, days_with_events, newest_day, positions},
    },
    key::Side,
    ledger::Store,
    month::pruned::pruned_months,
    sql::{self, Connection, ToValue, params},
    usage::asked_tenant,
};
use carbon_report::Month;
use jiff::{ToSpan, civil::Date};
use std::collections::{HashMap, HashSet, VecDeque};

/// Which events are asked for.
#[derive(Clone, Debug)]
pub(crate) struct EventQuery {
    pub(crate) side: Side,
    /// Days on which they count; `None`: the newest that hold something.
    pub(crate) days: Option<[Date; 2]>,
    pub(crate) tenant_id: Option<String>,
    /// Name and value.
    pub(crate) tag: Option<[String; 2]>,
    pub(crate) is_late: Option<bool>,
    pub(crate) is_reversed: Option<bool>,
    /// Where an earlier page ended.
    pub(crate) further: Option<LookFurther>,
    pub(crate) rows_max: usize,
    /// Events that are looked at for them, at most.
    pub(crate) looked_at_max: i64,
}

/// Where to go on: the days, and ranges of numbers of events that are still to be looked at, in that order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LookFurther {
    pub(crate) days: [Date; 2],
    /// At most two.
    pub(crate) ranges: Vec<Positions>,
}

impl LookFurther {
    /// As numbers.
    pub(crate) fn to_numbers(&self) -> [i64; 6] {
        let mut numbers = [0; 6];
        let all = self.days.map(epoch_day).into_iter().chain(self.ranges.iter().flatten().copied());
        numbers.iter_mut().zip(all).for_each(|(number, value)| *number = value);
        numbers
    }

    /// What these numbers were made of.
    pub(crate) fn of_numbers([from, to, ranges @ ..]: [i64; 6]) -> Self {
        // No event has the number 0.
        let ranges = ranges.as_chunks().0.iter().copied().filter(|[first, _]| *first > 0).collect();
        LookFurther { days: [from, to].map(date), ranges }
    }
}

/// What became of a query.
#[derive(Debug)]
pub(crate) enum EventsListed {
    Page(EventPage),
    /// The account has no such tenant.
    NoSuchTenant,
}

/// A page.
#[derive(Debug)]
pub(crate) struct EventPage {
    /// The days that were looked at; `None` where there are no events at all.
    pub(crate) days: Option<[Date; 2]>,
    pub(crate) rows: Vec<FoundEvent>,
    /// Events that were looked at for it, at most.
    pub(crate) looked_at: i64,
    /// Months among the days whose events were pruned.
    pub(crate) pruned: Vec<Month>,
    /// `None` where everything was looked at.
    pub(crate) further: Option<LookFurther>,
}

/// Days of the newest ones, where none are asked for.
const NEWEST_DAYS: i64 = 7;

const TAG_KEYS: &str =
    "select tag_key, tenant_key from tag where account_key = ?1 and name = ?2 and value = ?3";

const WINDOW: &str = "
    select min(walked.event_key), count(*)
      from (select event_key from event
             where account_key = ?1 and event_key between ?2 and ?3 and day between ?4 and ?5
             order by event_key desc limit ?6) as walked";

const REVERSALS_ON_FILE: &str = "
    select reverses, event_id from event where account_key = ?1 and reverses >= ?2 and reverses <= ?3";
const REVERSALS_ON_SERVER: &str = "
    select reverses, event_id from event
     where account_key = ?1 and reverses >= ?2 and reverses <= ?3 and day between ?4 and ?5";

impl Store {
    /// A page of the events that are asked for and that `keep` keeps, the newest first.
    pub(crate) async fn events(
        &self,
        query: EventQuery,
        keep: impl FnMut(&FoundEvent) -> bool + Send + 'static,
    ) -> Result<EventsListed, StoreError> {
        let account = query.side.account;
        let read = move |connection: &Connection| list(connection, &query, keep);
        self.books.of(account).read_folded(read).await
    }
}

pub(super) fn list(
    connection: &Connection,
    query: &EventQuery,
    keep: impl FnMut(&FoundEvent) -> bool,
) -> sql::Result<EventsListed> {
    let side = query.side;
    let Some(tenant_key) = asked_tenant(connection, side, query.tenant_id.as_deref())? else {
        return Ok(EventsListed::NoSuchTenant);
    };
    let LookFurther { days, ranges } = match &query.further {
        Some(further) => further.clone(),
        None => match begin(connection, query, tenant_key)? {
            Some(begin) => begin,
            None => {
                let days = None;
                let (rows, pruned) = (Vec::new(), Vec::new());
                return Ok(EventsListed::Page(EventPage { days, rows, looked_at: 0, pruned, further: None }));
            }
        },
    };
    let months = days.map(Month::of);
    let mut pruned = pruned_months(connection)?;
    pruned.retain(|month| (months[0]..=months[1]).contains(month));
    // Days are few: they lie in one month, or in two.
    let ranges = if months.iter().all(|month| pruned.contains(month)) { Vec::new() } else { ranges };
    let mut walk = Walk {
        connection,
        query,
        tenant_key,
        tag_keys: tag_keys(connection, query, tenant_key)?,
        days,
        reader: EventReader::of(connection, side)?,
        rows: Vec::new(),
        looked_at: 0,
        keep,
    };
    let ranges = walk.down(ranges)?;
    let further = (!ranges.is_empty()).then_some(LookFurther { days, ranges });
    let Walk { rows, looked_at, .. } = walk;
    Ok(EventsListed::Page(EventPage { days: Some(days), rows, looked_at, pruned, further }))
}

/// Where the first page begins; `None` where there is nothing at all.
fn begin(
    connection: &Connection,
    query: &EventQuery,
    tenant_key: Option<i64>,
) -> sql::Result<Option<LookFurther>> {
    let side = query.side;
    let days = match query.days {
        Some(days) => days,
        None => match newest_day(connection, side, tenant_key)? {
            Some(newest) => [newest.saturating_sub((NEWEST_DAYS - 1).days()), newest],
            None => return Ok(None),
        },
    };
    let ranges = match days_with_events(connection, side, tenant_key, days)? {
        Some(held) => positions(connection, side, held, query.looked_at_max)?,
        None => Vec::new(),
    };
    Ok(Some(LookFurther { days, ranges }))
}

/// The keys of the tag that is asked for.
fn tag_keys(
    connection: &Connection,
    query: &EventQuery,
    tenant_key: Option<i64>,
) -> sql::Result<Option<HashSet<i64>>> {
    let Some([name, value]) = &query.tag else { return Ok(None) };
    let mut statement = connection.prepare_cached(TAG_KEYS)?;
    let values = params![query.side.account.0, name, value];
    let keys = statement.query_map(values, |row| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?)))?;
    let keys: Vec<(i64, i64)> = keys.collect::<sql::Result<_>>()?;
    let keys = keys.into_iter().filter(|(_, of)| tenant_key.is_none_or(|tenant_key| tenant_key == *of));
    Ok(Some(keys.map(|(tag_key, _)| tag_key).collect()))
}

/// A walk down the order of arrival.
struct Walk<'c, K> {
    connection: &'c Connection,
    query: &'c EventQuery,
    tenant_key: Option<i64>,
    tag_keys: Option<HashSet<i64>>,
    days: [Date; 2],
    reader: EventReader<'c>,
    rows: Vec<FoundEvent>,
    looked_at: i64,
    keep: K,
}

impl<K: FnMut(&FoundEvent) -> bool> Walk<'_, K> {
    /// Walks down each range, from its last number to its first; what is left of them when the page is full, or enough was
    /// looked at.
    fn down(&mut self, ranges: Vec<Positions>) -> sql::Result<Vec<Positions>> {
        let mut ranges = VecDeque::from(ranges);
        while let Some([first, last]) = ranges.pop_front() {
            let budget = self.query.looked_at_max - self.looked_at;
            if budget <= 0 {
                ranges.push_front([first, last]);
                break;
            }
            let (from, looked_at) = self.window([first, last], budget)?;
            self.looked_at += looked_at;
            let without_place = self.look([from, last])?;
            let left = without_place.unwrap_or(from - 1);
            if first <= left {
                ranges.push_front([first, left]);
            }
            if without_place.is_some() {
                break;
            }
        }
        Ok(ranges.into())
    }

    /// How far down a range may be looked at, and how many events that are at most.
    fn window(&self, [first, last]: Positions, events_max: i64) -> sql::Result<(i64, i64)> {
        match self.connection {
            // Numbers have no gaps but those of pruned months.
            Connection::Sqlite(_) => {
                let from = first.max(last - events_max + 1);
                Ok((from, last - from + 1))
            }
            Connection::Postgres(_) => {
                let [from_day, to_day] = self.partitions();
                let values = [self.query.side.account.0, first, last, from_day, to_day, events_max];
                let (lowest, found): (Option<i64>, i64) =
                    self.connection.query_row(WINDOW, values, |row| Ok((row.get(0)?, row.get(1)?)))?;
                let from = lowest.filter(|_| found == events_max).unwrap_or(first);
                Ok((from, found))
            }
        }
    }

    /// First and last day of the months among the days: the partitions of a server.
    fn partitions(&self) -> [i64; 2] {
        let [from, to] = self.days.map(Month::of);
        [from.first_day(), to.last_day()].map(epoch_day)
    }

    /// Adds what is asked for among these numbers, highest first; the number of the first event that has no place on the page.
    fn look(&mut self, [first, last]: Positions) -> sql::Result<Option<i64>> {
        let (connection, side) = (self.connection, self.query.side);
        let days = self.days.map(epoch_day);
        let (of_days, days) = match connection {
            Connection::Sqlite(_) => (
                "coalesce(occurred_at_ms, received_at_ms) between ?5 and ?6",
                [days[0] * MS_PER_DAY, (days[1] + 1) * MS_PER_DAY - 1],
            ),
            Connection::Postgres(_) => ("day between ?5 and ?6", days),
        };
        let of_tenant = if self.tenant_key.is_some() { "and tenant_key = ?7" } else { "" };
        let select = format!(
            "select {EVENT_COLUMNS} from event
              where account_key = ?1 and is_test = ?2 and event_key between ?3 and ?4 and {of_days} {of_tenant}
              order by event_key desc"
        );
        let mut values = params![side.account.0, side.is_test, first, last, days[0], days[1]].to_vec();
        values.extend(self.tenant_key.as_ref().map(|key| key as &dyn ToValue));
        let mut statement = connection.prepare_scan(&select)?;
        let mut rows = statement.query(values.as_slice())?;
        let mut reversals = None;
        while let Some(row) = rows.next()? {
            let (event, crc32) = EventRow::read(&row)?;
            if !self.is_of_tag(&event)
                || self.query.is_late.is_some_and(|is_late| self.reader.is_late(&event) != is_late)
            {
                continue;
            }
            let reversals = match &mut reversals {
                Some(known) => known,
                none => none.insert(self.reversals([first, last])?),
            };
            let reversed_by = reversals.get(&event.event_key).cloned();
            if self.query.is_reversed.is_some_and(|is_reversed| reversed_by.is_some() != is_reversed) {
                continue;
            }
            let found = self.reader.found(&event, crc32, reversed_by)?;
            if (self.keep)(&found) {
                if self.rows.len() == self.query.rows_max {
                    return Ok(Some(event.event_key));
                }
                self.rows.push(found);
            }
        }
        Ok(None)
    }

    fn is_of_tag(&self, event: &EventRow<'_>) -> bool {
        self.tag_keys.as_ref().is_none_or(|asked| event.tag_keys().any(|key| asked.contains(&key)))
    }

    /// The ids of reversals, by the numbers of the events that they cancel.
    fn reversals(&self, [first, last]: Positions) -> sql::Result<HashMap<i64, String>> {
        let (select, days) = match self.connection {
            Connection::Sqlite(_) => (REVERSALS_ON_FILE, None),
            Connection::Postgres(_) => (REVERSALS_ON_SERVER, Some(self.partitions())),
        };
        let mut values = vec![self.query.side.account.0, first, last];
        values.extend(days.into_iter().flatten());
        let values: Vec<&dyn ToValue> = values.iter().map(|value| value as _).collect();
        let mut statement = self.connection.prepare_cached(select)?;
        let found = statement.query_map(values.as_slice(), |row| {
            Ok((row.get(0)?, StoredId::of(row.get_ref(1)?)?.to_text()))
        })?;
        found.collect()
    }
}
