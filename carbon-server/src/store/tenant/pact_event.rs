//! What clients tell and ask by PACT, and how far answering has got.

use crate::store::{
    account::alert::{Attempted, TAKEN_FOR_MS},
    error::StoreError,
    key::{AccountKey, TenantKey},
    ledger::Store,
    sql::{Connection, OptionalExtension, params},
    tenant::pact_client::{AnswersTo, Recipient},
};

/// Something that a client told or asked.
#[derive(Clone, Debug)]
pub(crate) struct NewPactEvent {
    pub(crate) source: String,
    pub(crate) event_id: String,
    /// A word of the schema.
    pub(crate) kind: &'static str,
    /// What is asked for, as JSON, and the id of the event that will answer.
    pub(crate) asked: Option<(String, String)>,
    pub(crate) now_ms: i64,
}

/// A request that is to be answered now.
#[derive(Clone, Debug)]
pub(crate) struct DueAnswer {
    pub(crate) recipient: Recipient,
    pub(crate) event_id: String,
    /// What is asked for, as JSON.
    pub(crate) asked: String,
    pub(crate) answer_id: String,
    /// Made so far.
    pub(crate) attempts: usize,
    pub(crate) answers: AnswersTo,
}

/// Requests of one client that may wait to be answered.
const WAITING_MAX: i64 = 100;

const WAITING_OF_CLIENT: &str =
    "select count(*) from pact_event where account_key = ?1 and pact_client_key = ?2 and data is not null";

const ADD: &str = "
    insert into pact_event (account_key, pact_client_key, source, event_id, kind, data, received_at_ms, answer_id, attempts,
                            next_attempt_at_ms)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9)
    on conflict (account_key, pact_client_key, source, event_id) do nothing";

// Clients of an account take turns.
const WAITING: &str = "
    select account_key, pact_event_key
      from (select account_key, pact_event_key,
                   row_number() over (partition by account_key, pact_client_key order by next_attempt_at_ms, pact_event_key) as place
              from pact_event
             where next_attempt_at_ms <= ?1 and data is not null) as waiting
     where place <= ?2
     order by account_key, place";

const DUE: &str = "
    select pact_client_key, tenant_key, tenant_id, event_id, data, answer_id, attempts,
           answers_url, answers_token_url, answers_client_id, answers_client_secret
      from pact_event
      join pact_client using (account_key, pact_client_key)
      join tenant using (account_key, tenant_key)
     where account_key = ?1 and pact_event_key = ?2 and next_attempt_at_ms <= ?3 and data is not null
       and revoked_at_ms is null and erased_at_ms is null and answers_url is not null";

const TAKE: &str =
    "update pact_event set next_attempt_at_ms = ?3 where account_key = ?1 and pact_event_key = ?2";

const ATTEMPTED: &str = "
    update pact_event
       set attempts = attempts + 1, answered_at_ms = ?3, next_attempt_at_ms = ?4,
           data = case when cast(?4 as bigint) is null then null else data end
     where account_key = ?1 and pact_event_key = ?2 and data is not null";

impl Store {
    /// Keeps what a client told or asked; what it told before is there already. `false` where too much of it waits.
    pub(crate) async fn add_pact_event(
        &self,
        recipient: &Recipient,
        new: NewPactEvent,
    ) -> Result<bool, StoreError> {
        let (account, pact_client_key) = (recipient.account, recipient.pact_client_key);
        let write = move |connection: &Connection| {
            let (data, answer_id) = new.asked.as_ref().map(|(data, answer_id)| (data, answer_id)).unzip();
            let next_attempt_at_ms = data.map(|_| new.now_ms);
            if data.is_some() {
                let mut waiting = connection.prepare_cached(WAITING_OF_CLIENT)?;
                let waiting: i64 = waiting.query_row([account.0, pact_client_key], |row| row.get(0))?;
                if waiting >= WAITING_MAX {
                    return Ok(false);
                }
            }
            connection.prepare_cached(ADD)?.execute(params![
                account.0,
                pact_client_key,
                new.source,
                new.event_id,
                new.kind,
                data,
                new.now_ms,
                answer_id,
                next_attempt_at_ms
            ])?;
            Ok(true)
        };
        self.writer.write(write).await
    }

    /// Numbers of the requests that are to be answered now, by account, at most so many of each client and the longest waiting
    /// first: for whoever answers those of all accounts.
    pub(crate) async fn waiting_answers(
        &self,
        now_ms: i64,
        of_each_max: usize,
    ) -> Result<Vec<(AccountKey, i64)>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(WAITING)?;
            let rows = statement
                .query_map(params![now_ms, of_each_max], |row| Ok((AccountKey(row.get(0)?), row.get(1)?)))?;
            rows.collect()
        };
        self.readers.read(read).await
    }

    /// Takes a request that waits, so that no other server answers it too; `None` where it waits no more.
    pub(crate) async fn take_answer(
        &self,
        account: AccountKey,
        pact_event_key: i64,
        now_ms: i64,
    ) -> Result<Option<DueAnswer>, StoreError> {
        let write = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(DUE)?;
            let due = statement.query_row([account.0, pact_event_key, now_ms], |row| {
                Ok(DueAnswer {
                    recipient: Recipient {
                        pact_client_key: row.get(0)?,
                        account,
                        tenant_key: TenantKey(row.get(1)?),
                        tenant_id: row.get(2)?,
                        is_answered: true,
                    },
                    event_id: row.get(3)?,
                    asked: row.get(4)?,
                    answer_id: row.get(5)?,
                    attempts: row.get(6)?,
                    answers: AnswersTo {
                        url: row.get(7)?,
                        token_url: row.get(8)?,
                        client_id: row.get(9)?,
                        client_secret: row.get(10)?,
                    },
                })
            });
            let due = due.optional()?;
            if due.is_some() {
                let values = [account.0, pact_event_key, now_ms + TAKEN_FOR_MS];
                connection.prepare_cached(TAKE)?.execute(values)?;
            }
            Ok(due)
        };
        self.writer.write(write).await
    }

    /// Notes what became of an attempt to answer.
    pub(crate) async fn note_answer(
        &self,
        account: AccountKey,
        pact_event_key: i64,
        attempted: Attempted,
    ) -> Result<(), StoreError> {
        let write = move |connection: &Connection| {
            let (answered, next) = attempted.times();
            connection.prepare_cached(ATTEMPTED)?.execute(params![
                account.0,
                pact_event_key,
                answered,
                next
            ])?;
            Ok(())
        };
        self.writer.write(write).await
    }
}
