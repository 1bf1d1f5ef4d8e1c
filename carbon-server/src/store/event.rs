//! Events: adding them once, and the daily sums they make.

use super::{
    AccountKey, Store, StoreError,
    names::{Deployment, Names},
};
use crate::heavy::Turn;
use carbon_core::Usage;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};
use std::collections::HashMap;

/// One LLM call, checked, as it goes into the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) account: AccountKey,
    pub(crate) is_test: bool,
    pub(crate) event_id: String,
    pub(crate) tenant_id: String,
    pub(crate) deployment: Deployment,
    /// The sender's time, or `None`: it happened when it was received.
    pub(crate) occurred_at_ms: Option<i64>,
    pub(crate) received_at_ms: i64,
    pub(crate) usage: Usage,
    /// JSON object of strings, keys sorted.
    pub(crate) tags: Option<String>,
}

/// Events that are added together, in one transaction.
#[derive(Debug)]
pub(crate) struct Batch {
    /// The sender's name for the whole.
    pub(crate) key: Option<BatchKey>,
    pub(crate) events: Vec<Event>,
    /// Given back once they are written, so that few batches are in memory at a time.
    #[expect(dead_code, reason = "held, and given back when the batch is dropped")]
    pub(crate) turn: Option<Turn>,
}

/// A batch's own idempotency key, and what it stands for.
#[derive(Debug)]
pub(crate) struct BatchKey {
    pub(crate) account: AccountKey,
    pub(crate) is_test: bool,
    pub(crate) batch_id: String,
    pub(crate) sha256: [u8; 32],
    pub(crate) received_at_ms: i64,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BatchAppended {
    /// What became of each of its events.
    Kept(Vec<Appended>),
    /// Its key belongs to a batch with other content; nothing was added.
    Conflict,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Appended {
    /// It was added.
    New,
    /// It had been added before, with the same content.
    Duplicate,
    /// Its id belongs to an event with other content; nothing was added.
    Conflict,
}

impl Store {
    /// Adds an event, once. When this returns, it is on disk.
    pub(crate) async fn append(&self, event: Event) -> Result<Appended, StoreError> {
        self.writer.append(event).await
    }

    /// Adds the events of a batch, each once. When this returns, they are on disk.
    pub(crate) async fn append_batch(&self, batch: Batch) -> Result<BatchAppended, StoreError> {
        self.writer.append_batch(batch).await
    }
}

const INSERT_EVENT: &str = "
    insert into event (account_key, is_test, event_id, tenant_key, deployment_key, occurred_at_ms, received_at_ms,
                       input_tokens, cache_read_input_tokens, cache_creation_input_tokens,
                       output_tokens, reasoning_output_tokens, tags)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
    on conflict (account_key, is_test, event_id) do nothing";

/// The earlier event of that id, if it says the same. A time that was not given matches a time that was not given.
const SAME_EVENT: &str = "
    select 1 from event
     where account_key = ?1 and is_test = ?2 and event_id = ?3
       and tenant_key = ?4 and deployment_key = ?5
       and occurred_at_ms = coalesce(?6, received_at_ms)
       and input_tokens = ?7 and cache_read_input_tokens = ?8 and cache_creation_input_tokens = ?9
       and output_tokens = ?10 and reasoning_output_tokens = ?11 and tags is ?12";

const EVENT_OF_ID: &str = "select 1 from event where account_key = ?1 and is_test = ?2 and event_id = ?3";

const ADD_DAILY_USAGE: &str = "
    insert into daily_usage (account_key, is_test, tenant_key, day, deployment_key, requests,
                             input_tokens, cache_read_input_tokens, cache_creation_input_tokens,
                             output_tokens, reasoning_output_tokens)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
    on conflict (account_key, is_test, tenant_key, day, deployment_key) do update set
        requests                    = requests                    + excluded.requests,
        input_tokens                = input_tokens                + excluded.input_tokens,
        cache_read_input_tokens     = cache_read_input_tokens     + excluded.cache_read_input_tokens,
        cache_creation_input_tokens = cache_creation_input_tokens + excluded.cache_creation_input_tokens,
        output_tokens               = output_tokens               + excluded.output_tokens,
        reasoning_output_tokens     = reasoning_output_tokens     + excluded.reasoning_output_tokens";

const ADD_BATCH: &str = "
    insert into batch (account_key, is_test, batch_id, content_sha256, received_at_ms)
    values (?1, ?2, ?3, ?4, ?5)
    on conflict (account_key, is_test, batch_id) do nothing";

const SAME_BATCH: &str =
    "select 1 from batch where account_key = ?1 and is_test = ?2 and batch_id = ?3 and content_sha256 = ?4";

/// The events of one transaction. Sums are added up in memory and written once, in [`Group::finish`].
pub(crate) struct Group<'c> {
    connection: &'c Connection,
    names: &'c mut Names,
    insert: CachedStatement<'c>,
    sums: HashMap<SumKey, Usage>,
}

#[derive(PartialEq, Eq, Hash)]
struct SumKey {
    account: AccountKey,
    is_test: bool,
    tenant_key: i64,
    day: i64,
    deployment_key: i64,
}

impl<'c> Group<'c> {
    pub(crate) fn new(connection: &'c Connection, names: &'c mut Names) -> rusqlite::Result<Self> {
        let insert = connection.prepare_cached(INSERT_EVENT)?;
        Ok(Group { connection, names, insert, sums: HashMap::new() })
    }

    pub(crate) fn append(&mut self, event: &Event) -> rusqlite::Result<Appended> {
        let Event { account, tenant_id, deployment, .. } = event;
        let (tenant_key, deployment_key) =
            match self.names.known(self.connection, *account, tenant_id, deployment)? {
                Some(known) => known,
                None => {
                    // A new name and an old id: other content. Nothing is added, the names neither.
                    if self.has_event_of_that_id(event)? {
                        return Ok(Appended::Conflict);
                    }
                    self.names.add(self.connection, *account, tenant_id, deployment, event.received_at_ms)?;
                    let known = self.names.known(self.connection, *account, tenant_id, deployment)?;
                    known.ok_or(rusqlite::Error::QueryReturnedNoRows)?
                }
            };
        let occurred_at_ms = event.occurred_at_ms.unwrap_or(event.received_at_ms);
        let [_, input, cache_read, cache_creation, output, reasoning] = integers(&event.usage);
        let added = self.insert.execute(params![
            event.account.0,
            event.is_test,
            event.event_id,
            tenant_key,
            deployment_key,
            occurred_at_ms,
            event.received_at_ms,
            input,
            cache_read,
            cache_creation,
            output,
            reasoning,
            event.tags,
        ])?;
        if added == 0 {
            let same = self
                .connection
                .prepare_cached(SAME_EVENT)?
                .query_row(
                    params![
                        event.account.0,
                        event.is_test,
                        event.event_id,
                        tenant_key,
                        deployment_key,
                        event.occurred_at_ms,
                        input,
                        cache_read,
                        cache_creation,
                        output,
                        reasoning,
                        event.tags,
                    ],
                    |_| Ok(()),
                )
                .optional()?;
            return Ok(if same.is_some() { Appended::Duplicate } else { Appended::Conflict });
        }
        let key = SumKey {
            account: event.account,
            is_test: event.is_test,
            tenant_key,
            day: occurred_at_ms.div_euclid(MS_PER_DAY),
            deployment_key,
        };
        *self.sums.entry(key).or_default() += &event.usage;
        Ok(Appended::New)
    }

    pub(crate) fn append_batch(&mut self, batch: &Batch) -> rusqlite::Result<BatchAppended> {
        if let Some(BatchKey { account, is_test, batch_id, sha256, received_at_ms }) = &batch.key {
            let values = params![account.0, is_test, batch_id, sha256, received_at_ms];
            let added = self.connection.prepare_cached(ADD_BATCH)?.execute(values)?;
            let values = params![account.0, is_test, batch_id, sha256];
            if added == 0 && !self.connection.prepare_cached(SAME_BATCH)?.exists(values)? {
                return Ok(BatchAppended::Conflict);
            }
        }
        let outcomes = batch.events.iter().map(|event| self.append(event)).collect::<Result<_, _>>()?;
        Ok(BatchAppended::Kept(outcomes))
    }

    fn has_event_of_that_id(&self, event: &Event) -> rusqlite::Result<bool> {
        let values = params![event.account.0, event.is_test, event.event_id];
        self.connection.prepare_cached(EVENT_OF_ID)?.exists(values)
    }

    /// Writes the sums of all that was added.
    pub(crate) fn finish(self) -> rusqlite::Result<()> {
        let mut add = self.connection.prepare_cached(ADD_DAILY_USAGE)?;
        for (key, usage) in &self.sums {
            let [requests, input, cache_read, cache_creation, output, reasoning] = integers(usage);
            add.execute(params![
                key.account.0,
                key.is_test,
                key.tenant_key,
                key.day,
                key.deployment_key,
                requests,
                input,
                cache_read,
                cache_creation,
                output,
                reasoning,
            ])?;
        }
        Ok(())
    }
}

const MS_PER_DAY: i64 = 24 * 60 * 60 * 1_000;

/// Counts as SQLite holds them, in the order of the columns.
fn integers(usage: &Usage) -> [i64; 6] {
    let admitted = "the wire admits far smaller counts, and a group few events";
    usage.counts().map(|count| i64::try_from(count).expect(admitted))
}
