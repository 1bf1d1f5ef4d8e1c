//! An event with the names that its numbers stand for, and one by its id.

use crate::{
    base::digest::Sha,
    store::{
        book::{
            event::{EVENT_OF_KEY, KeptEvent},
            journal::EventRow,
            names::SentDeployment,
            reversal::{REVERSAL_OF, id_in},
            sums::date,
        },
        error::StoreError,
        key::Side,
        ledger::Store,
        month::{Sealed, covering_seal, events::NameCache},
        sql::{self, Connection, OptionalExtension, params},
    },
};
use carbon_report::{Month, counts::Counts, pack::PackedEvent};
use std::collections::{HashMap, hash_map::Entry};

/// An event with all that is said of it elsewhere in the ledger.
#[derive(Clone, Debug)]
pub(crate) struct FoundEvent {
    pub(crate) event: PackedEvent,
    /// `None` where the tenant was erased.
    pub(crate) tenant_id: Option<String>,
    pub(crate) is_test: bool,
    /// Whether it arrived after its month was closed.
    pub(crate) is_late: bool,
    /// The factor set that its month was closed under.
    pub(crate) closed_under: Option<String>,
    /// The id of the event that it cancels.
    pub(crate) reverses: Option<String>,
    /// The id of the event that cancels it.
    pub(crate) reversed_by: Option<String>,
    pub(crate) position: EventPosition,
}

/// Where an event stands in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventPosition {
    /// The book's number.
    pub(crate) book: i64,
    /// Its number there, in the order of arrival.
    pub(crate) number: i64,
}

/// One event, and the seal over it.
#[derive(Debug)]
pub(crate) struct SealedEvent {
    pub(crate) found: FoundEvent,
    /// Number and digest of the first seal that covers it.
    pub(crate) seal: (i64, Sha),
}

impl FoundEvent {
    /// What its value follows from; of a reversal that of the event which it cancels. `None` where its row says no counts.
    pub(crate) fn kept(&self) -> Option<KeptEvent> {
        let mut counts = self.event.counts()?;
        if self.is_reversal() {
            let mut cancelled = Counts::default();
            cancelled -= counts;
            counts = cancelled;
        }
        let PackedEvent { model, provider, region, by_hour, .. } = &self.event;
        Some(KeptEvent {
            deployment: SentDeployment {
                model: model.clone(),
                provider: provider.clone(),
                region: region.clone(),
            },
            at_ms: self.event.at_ms(),
            usage: counts.usage()?,
            by_hour: *by_hour,
        })
    }

    /// Whether it cancels another.
    pub(crate) fn is_reversal(&self) -> bool {
        self.event.reverses.is_some()
    }
}

const TENANT_ID: &str = "select tenant_id from tenant where account_key = ?1 and tenant_key = ?2";
const CLOSED_UNDER: &str = "select factor_set from closed_month where account_key = ?1 and month = ?2";
const ID_OF_KEY: &str = "select event_id from event where account_key = ?1 and event_key = ?2";

/// Where ids have a table: on a server.
const KEY_OF_ID: &str =
    "select event_key from event_id where account_key = ?1 and is_test = ?2 and event_id = ?3";

impl Store {
    /// The event with that id; `None` where this side of the account has none, or it was pruned.
    pub(crate) async fn event(
        &self,
        side: Side,
        event_id: String,
    ) -> Result<Option<SealedEvent>, StoreError> {
        let book = self.books.of(side.account);
        let known = match self.file {
            Some(_) => match book.find(side, event_id.clone()).await? {
                Some(event_key) => Some(event_key),
                None => return Ok(None),
            },
            None => None,
        };
        book.read(move |connection| one(connection, side, known, &event_id)).await
    }
}

fn one(
    connection: &Connection,
    side: Side,
    known: Option<i64>,
    event_id: &str,
) -> sql::Result<Option<SealedEvent>> {
    let event_key = match known {
        Some(event_key) => event_key,
        // A server refuses to look for a null character, and no id holds one.
        None if event_id.contains('\0') => return Ok(None),
        None => {
            let values = params![side.account.0, side.is_test, event_id];
            let found = connection.prepare_cached(KEY_OF_ID)?.query_row(values, |row| row.get(0));
            match found.optional()? {
                Some(event_key) => event_key,
                None => return Ok(None),
            }
        }
    };
    let mut statement = connection.prepare_cached(&EVENT_OF_KEY)?;
    let mut rows = statement.query([side.account.0, event_key])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (event, crc32) = EventRow::read(&row)?;
    let reversed_by = id_in(connection, REVERSAL_OF, [side.account.0, event_key])?;
    let found = EventReader::of(connection, side)?.found(&event, crc32, reversed_by)?;
    Ok(Some(SealedEvent { found, seal: covering_seal(connection, Sealed::Event(event_key))? }))
}

/// Reads events of one side, and remembers names that it has looked up.
pub(super) struct EventReader<'c> {
    connection: &'c Connection,
    side: Side,
    names: NameCache,
    tenants: HashMap<i64, Option<String>>,
    closed: HashMap<Month, Option<String>>,
}

impl<'c> EventReader<'c> {
    pub(super) fn of(connection: &'c Connection, side: Side) -> sql::Result<Self> {
        let names = NameCache::of(connection, side.account)?;
        Ok(EventReader { connection, side, names, tenants: HashMap::new(), closed: HashMap::new() })
    }

    /// Whether it arrived after its month was closed.
    pub(super) fn is_late(&self, event: &EventRow<'_>) -> bool {
        self.names.rules.is_adjustment(event, month_of(event))
    }

    /// An event that was read, and the id of the one that cancels it.
    pub(super) fn found(
        &mut self,
        event: &EventRow<'_>,
        crc32: i64,
        reversed_by: Option<String>,
    ) -> sql::Result<FoundEvent> {
        let EventReader { connection, side: Side { account, is_test }, .. } = *self;
        let tenant_id = match self.tenants.entry(event.tenant_key) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(place) => {
                let mut statement = connection.prepare_cached(TENANT_ID)?;
                let tenant_id = statement.query_row([account.0, event.tenant_key], |row| row.get(0))?;
                place.insert(tenant_id).clone()
            }
        };
        let closed_under = match self.closed.entry(month_of(event)) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(place) if is_test => place.insert(None).clone(),
            Entry::Vacant(place) => {
                let values = params![account.0, place.key().to_string()];
                let set = connection.prepare_cached(CLOSED_UNDER)?.query_row(values, |row| row.get(0));
                place.insert(set.optional()?).clone()
            }
        };
        let reverses = match event.reverses {
            Some(event_key) => id_in(connection, ID_OF_KEY, [account.0, event_key])?,
            None => None,
        };
        Ok(FoundEvent {
            tenant_id,
            is_test,
            is_late: self.is_late(event),
            closed_under,
            reverses,
            reversed_by,
            position: EventPosition { book: connection.book().number(), number: event.event_key },
            event: self.names.packed(connection, account, event, crc32)?,
        })
    }
}

fn month_of(event: &EventRow<'_>) -> Month {
    Month::of(date(event.day()))
}
