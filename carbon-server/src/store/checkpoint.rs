//! What a checkpoint is made of, and to whom it is sent.

use crate::{
    base::digest::Sha,
    store::{
        account::outbox::{MessageKind, NewMessage, add_message_once},
        error::StoreError,
        key::AccountKey,
        ledger::Store,
        sql::{Connection, NONE, params},
    },
};

/// How far months were closed and restated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closings {
    closed_month_key: i64,
    restatement_key: i64,
}

impl Closings {
    /// The last closed month, and the last restatement.
    pub(in crate::store) fn keys(self) -> [i64; 2] {
        [self.closed_month_key, self.restatement_key]
    }
}

const SEALS_BEHIND: &str = "select sha256 from seal where seal_key > ?1 order by seal_key limit ?2";

const CLOSINGS: &str = "
    select (select coalesce(max(closed_month_key), 0) from closed_month),
           (select coalesce(max(restatement_key), 0) from restatement)";

const RECEIVERS: &str = "
    select account_key, account_id from account join webhook using (account_key) order by account_key";

// Who has closed or restated a month since.
const RECEIVERS_SINCE: &str = "
    select account_key, account_id from account join webhook using (account_key)
     where account_key in (select account_key from closed_month where closed_month_key > ?1
                           union select account_key from restatement where restatement_key > ?2)
     order by account_key";

impl Store {
    /// Digests of the seals behind that number, in their order.
    pub(crate) async fn seals_behind(&self, number: i64, limit: usize) -> Result<Vec<Sha>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(SEALS_BEHIND)?;
            statement.query_map(params![number, limit], |row| row.get(0))?.collect()
        };
        self.readers.read(read).await
    }

    /// How far months were closed and restated.
    pub(crate) async fn closings(&self) -> Result<Closings, StoreError> {
        let read = |connection: &Connection| {
            connection.query_row(CLOSINGS, NONE, |row| {
                Ok(Closings { closed_month_key: row.get(0)?, restatement_key: row.get(1)? })
            })
        };
        self.readers.read(read).await
    }

    /// Accounts with a webhook, with their ids: all, or those that have closed or restated a month since.
    pub(crate) async fn checkpoint_receivers(
        &self,
        since: Option<Closings>,
    ) -> Result<Vec<(AccountKey, String)>, StoreError> {
        let read = move |connection: &Connection| {
            let select = if since.is_some() { RECEIVERS_SINCE } else { RECEIVERS };
            let values = since.map(Closings::keys);
            let mut statement = connection.prepare_cached(select)?;
            let read = |row: &crate::store::sql::Row<'_>| Ok((AccountKey(row.get(0)?), row.get(1)?));
            match values {
                Some(values) => statement.query_map(values, read)?.collect(),
                None => statement.query_map(NONE, read)?.collect(),
            }
        };
        self.readers.read(read).await
    }

    /// Adds a checkpoint to the outbox, once for each `message_id`, whichever server is first.
    pub(crate) async fn send_checkpoint(
        &self,
        account: AccountKey,
        message_id: String,
        payload: String,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let write = move |connection: &Connection| {
            let message = NewMessage {
                account,
                kind: MessageKind::Checkpoint,
                message_id: &message_id,
                receiver_key: None,
                tenant: None,
                payload: &payload,
                now_ms,
            };
            add_message_once(connection, &message)
        };
        self.writer.write(write).await
    }
}
