//! Cancelling an event: a row of its own, with negative counts.

use crate::store::{
    book::{
        Transaction,
        event::{EVENT_OF_KEY, KeptEvent},
        event_id::StoredId,
        journal::EventRow,
        names::SentDeployment,
        sums::month_of,
    },
    key::Side,
    sql::{self, Connection, OptionalExtension},
};

/// A wish to cancel an event.
#[derive(Debug)]
pub(crate) struct Reversal {
    pub(crate) side: Side,
    /// The event to be cancelled.
    pub(crate) event_id: String,
    /// A new id, for the row that cancels it.
    pub(crate) reversal_id: String,
    pub(crate) received_at_ms: i64,
}

/// What became of that wish.
#[derive(Clone, Debug)]
pub(crate) enum Reversed {
    /// The event is cancelled, by this call or by an earlier one.
    Done(Box<Cancelled>),
    /// It is itself the reversal of another.
    IsAReversal,
    /// The account has no such event.
    NoSuchEvent,
}

/// An event that counts no more.
#[derive(Clone, Debug)]
pub(crate) struct Cancelled {
    pub(crate) reversal_id: String,
    /// Whether an earlier call had cancelled it.
    pub(crate) duplicate: bool,
    /// `None` of a tenant that was erased.
    pub(crate) tenant_id: Option<String>,
    pub(crate) event: KeptEvent,
}

/// The id of the row that cancels an event.
pub(in crate::store) const REVERSAL_OF: &str =
    "select event_id from event where account_key = ?1 and reverses = ?2";

const NAMES_OF: &str = "
    select tenant.tenant_id, deployment.model, deployment.provider, deployment.region
      from tenant join deployment using (account_key)
     where account_key = ?1 and tenant_key = ?2 and deployment_key = ?3";

/// The id of an event that a statement finds.
pub(in crate::store) fn id_in(
    connection: &Connection,
    sql: &str,
    values: [i64; 2],
) -> sql::Result<Option<String>> {
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row(values, |row| Ok(StoredId::of(row.get_ref(0)?)?.to_text())).optional()
}

impl Transaction<'_> {
    /// Cancels an event of the account, unless it was cancelled before.
    pub(in crate::store) fn reverse(&mut self, reversal: &Reversal) -> sql::Result<Reversed> {
        let (side, account) = (reversal.side, reversal.side.account);
        // It may be one that this group has added.
        self.write_events()?;
        let hash = self.hash(side, StoredId::from(reversal.event_id.as_str()));
        let Some(event_key) = self.find(side, &reversal.event_id, hash, None)? else {
            return Ok(Reversed::NoSuchEvent);
        };
        let values = [account.0, event_key];
        let earlier = id_in(self.connection, REVERSAL_OF, values)?;
        let mut statement = self.connection.prepare_cached(&EVENT_OF_KEY)?;
        let mut rows = statement.query(values)?;
        let row = rows.next()?.ok_or(sql::Error::NoRow)?;
        let (event, _) = EventRow::read(&row)?;
        // Its month takes no more rows.
        if self.state.pruned.contains(&month_of(event.day())) {
            return Ok(Reversed::NoSuchEvent);
        }
        if event.reverses.is_some() {
            return Ok(Reversed::IsAReversal);
        }
        if earlier.is_none() {
            let event_id = StoredId::from(reversal.reversal_id.as_str());
            let hash = self.hash(side, event_id);
            let row = EventRow {
                event_key: self.last_event_key + 1,
                event_id,
                received_at_ms: reversal.received_at_ms,
                // It counts where the event counts: on its day.
                occurred_at_ms: Some(event.at_ms()),
                tokens: event.tokens.map(|count| -count),
                media: event.media.map(|count| -count),
                reverses: Some(event_key),
                ..event.clone()
            };
            self.add(&row, hash)?;
        }
        let names = [account.0, event.tenant_key, event.deployment_key];
        let (tenant_id, deployment) = self.connection.prepare_cached(NAMES_OF)?.query_row(names, |row| {
            Ok((
                row.get(0)?,
                SentDeployment { model: row.get(1)?, provider: row.get(2)?, region: row.get(3)? },
            ))
        })?;
        Ok(Reversed::Done(Box::new(Cancelled {
            duplicate: earlier.is_some(),
            reversal_id: earlier.unwrap_or_else(|| reversal.reversal_id.clone()),
            tenant_id,
            event: KeptEvent {
                deployment,
                at_ms: event.at_ms(),
                usage: event
                    .counts()
                    .usage()
                    .ok_or_else(|| sql::Error::unreadable("its counts are below zero"))?,
                by_hour: self.state.rules.is_by_hour(&event),
            },
        })))
    }
}
