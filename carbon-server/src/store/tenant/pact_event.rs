//! Events that PACT clients send. Requests among them are answered through the outbox.

use crate::store::{
    account::outbox::{MessageKind, NewMessage, add_message, pending_of_receiver},
    error::StoreError,
    key::{AccountKey, TenantKey},
    ledger::Store,
    sql::{Connection, OptionalExtension, params},
    tenant::pact_client::{AnswersTo, Recipient},
};

/// An event that a client sent.
#[derive(Clone, Debug)]
pub(crate) struct NewPactEvent {
    pub(crate) source: String,
    pub(crate) event_id: String,
    /// A word of the schema.
    pub(crate) kind: &'static str,
    /// Of a request: its criteria, as JSON, and the id of the event that will answer it.
    pub(crate) asked: Option<(String, String)>,
    pub(crate) now_ms: i64,
}

/// A request that is to be answered: its client, and where the answer goes.
#[derive(Clone, Debug)]
pub(crate) struct PactRequest {
    pub(crate) recipient: Recipient,
    pub(crate) event_id: String,
    pub(crate) answers: AnswersTo,
}

/// Most requests of one client that wait to be answered.
const WAITING_MAX: u64 = 100;

const IS_KNOWN: &str = "
    select 1 from pact_event where account_key = ?1 and pact_client_key = ?2 and source = ?3 and event_id = ?4";

const ADD: &str = "
    insert into pact_event (pact_event_key, account_key, pact_client_key, source, event_id, kind, received_at_ms,
                            outbox_message_key)
    select coalesce(max(pact_event_key), ?8) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7 from pact_event";

const REQUEST: &str = "
    select pact_client_key, tenant_key, tenant_id, event_id,
           answers_url, answers_token_url, answers_client_id, answers_client_secret
      from pact_event
      join pact_client using (account_key, pact_client_key)
      join tenant using (account_key, tenant_key)
     where account_key = ?1 and outbox_message_key = ?2
       and revoked_at_ms is null and erased_at_ms is null and answers_url is not null";

impl Store {
    /// Stores an event, once, and adds the answer to a request to the outbox. `false` where too many requests of this client
    /// wait already.
    pub(crate) async fn add_pact_event(
        &self,
        recipient: &Recipient,
        new: NewPactEvent,
    ) -> Result<bool, StoreError> {
        let Recipient { account, pact_client_key, tenant_key, .. } = *recipient;
        let write = move |connection: &Connection| {
            let NewPactEvent { source, event_id, kind, asked, now_ms } = &new;
            let pending =
                || pending_of_receiver(connection, account, MessageKind::PactAnswer, pact_client_key);
            if asked.is_some() && pending()? >= WAITING_MAX {
                return Ok(false);
            }
            let known = params![account.0, pact_client_key, source, event_id];
            if connection.prepare_cached(IS_KNOWN)?.exists(known)? {
                return Ok(true);
            }
            let add_answer = |(criteria, answer_id): &(String, String)| {
                let message = NewMessage {
                    account,
                    kind: MessageKind::PactAnswer,
                    message_id: answer_id,
                    receiver_key: Some(pact_client_key),
                    tenant: Some(tenant_key),
                    payload: criteria,
                    now_ms: *now_ms,
                };
                add_message(connection, &message)
            };
            let message_key = asked.as_ref().map(add_answer).transpose()?;
            connection.prepare_cached(ADD)?.change_one(params![
                account.0,
                pact_client_key,
                source,
                event_id,
                kind,
                now_ms,
                message_key,
                connection.book().base(),
            ])?;
            Ok(true)
        };
        self.books.of(account).write(write).await
    }

    /// The request that a message answers; `None` where its client was revoked or its tenant erased.
    pub(crate) async fn pact_request(
        &self,
        account: AccountKey,
        message_key: i64,
    ) -> Result<Option<PactRequest>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(REQUEST)?;
            let request = statement.query_row([account.0, message_key], |row| {
                Ok(PactRequest {
                    recipient: Recipient {
                        pact_client_key: row.get(0)?,
                        account,
                        tenant_key: TenantKey(row.get(1)?),
                        tenant_id: row.get(2)?,
                        is_answered: true,
                    },
                    event_id: row.get(3)?,
                    answers: AnswersTo {
                        url: row.get(4)?,
                        token_url: row.get(5)?,
                        client_id: row.get(6)?,
                        client_secret: row.get(7)?,
                    },
                })
            });
            request.optional()
        };
        self.books.of(account).read(read).await
    }
}
