//! Time stamps over the seals that final reports name: which of them lack one, and keeping what an authority gave.

use crate::{
    base::digest::Sha,
    store::{
        account::outbox::{MessageKind, NewMessage, add_message_once},
        checkpoint::Closings,
        error::StoreError,
        key::AccountKey,
        ledger::Store,
        month::{Sealed, covering_seal},
        sql::{self, Connection, OptionalExtension, params},
    },
};
use std::collections::BTreeMap;

const CLOSED_SINCE: &str = "
    select account_key, closed_month_key from closed_month where closed_month_key > ?1 order by closed_month_key";

const RESTATED_SINCE: &str = "
    select account_key, restatement_key from restatement where restatement_key > ?1 order by restatement_key";

const TOKEN: &str = "select token from time_stamp where seal_key = ?1";

const SEAL: &str = "select sha256 from seal where seal_key = ?1";

const ADD: &str = "
    insert into time_stamp (time_stamp_key, seal_key, token, received_at_ms)
    select coalesce(max(time_stamp_key), ?4) + 1, ?1, ?2, ?3 from time_stamp";

// One request for a seal at a time; one that was given up may be made again on another day.
const IS_REQUESTED: &str = "select 1 from outbox_message where kind = 'time_stamp' and payload = ?1";

/// A seal that was to be stamped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SealToStamp {
    pub(crate) sha256: Sha,
    /// Whether it was by now.
    pub(crate) is_stamped: bool,
}

impl Store {
    /// Adds a request to the outbox for each seal over a closing or restatement since then that has no time stamp, each with the
    /// account whose month it is; whether there was any. `of` tells apart requests for the same seal.
    pub(crate) async fn request_time_stamps(
        &self,
        since: Option<Closings>,
        of: String,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let mut any = false;
        for book in self.books.iter() {
            let since = since.clone();
            let seals = book.read(move |connection| without_stamp(connection, since.as_ref())).await?;
            if seals.is_empty() {
                continue;
            }
            any = true;
            let of = of.clone();
            let write = move |connection: &Connection| {
                let mut seals = seals.iter();
                seals.try_for_each(|(seal, account)| request(connection, *account, *seal, &of, now_ms))
            };
            book.write(write).await?;
        }
        Ok(any)
    }

    /// A seal of the account's book, by its number.
    pub(crate) async fn seal_to_stamp(
        &self,
        account: AccountKey,
        seal: i64,
    ) -> Result<Option<SealToStamp>, StoreError> {
        let read = move |connection: &Connection| {
            let sha256 = connection.prepare_cached(SEAL)?.query_row([seal], |row| row.get(0)).optional()?;
            let is_stamped = token(connection, seal)?.is_some();
            Ok(sha256.map(|sha256| SealToStamp { sha256, is_stamped }))
        };
        self.books.of(account).read(read).await
    }

    /// Keeps a time stamp that was found right, unless the seal has one.
    pub(crate) async fn add_time_stamp(
        &self,
        account: AccountKey,
        seal: i64,
        stamp: Vec<u8>,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let write = move |connection: &Connection| {
            if token(connection, seal)?.is_some() {
                return Ok(());
            }
            connection.prepare_cached(ADD)?.change_one(params![seal, stamp, now_ms, connection.book().base()])
        };
        self.books.of(account).write(write).await
    }

    /// The time stamp over a seal of the account's book, where there is one: a token, DER.
    pub(crate) async fn time_stamp(
        &self,
        account: AccountKey,
        seal: i64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.books.of(account).read(move |connection| token(connection, seal)).await
    }
}

fn token(connection: &Connection, seal: i64) -> sql::Result<Option<Vec<u8>>> {
    connection.prepare_cached(TOKEN)?.query_row([seal], |row| row.get(0)).optional()
}

/// Seals over what was closed or restated since then, without a time stamp.
fn without_stamp(
    connection: &Connection,
    since: Option<&Closings>,
) -> sql::Result<BTreeMap<i64, AccountKey>> {
    let [closed, restated] = since.map_or([0; 2], |since| since.keys(connection.book()));
    let mut seals = BTreeMap::new();
    for (select, from, sealed) in [
        (CLOSED_SINCE, closed, Sealed::ClosedMonth as fn(i64) -> Sealed),
        (RESTATED_SINCE, restated, Sealed::Restatement),
    ] {
        let mut statement = connection.prepare_cached(select)?;
        let rows = statement.query_map([from], |row| Ok((AccountKey(row.get(0)?), row.get::<i64>(1)?)))?;
        for row in rows {
            let (account, key) = row?;
            let (seal, _) = covering_seal(connection, sealed(key))?;
            if token(connection, seal)?.is_none() {
                seals.entry(seal).or_insert(account);
            }
        }
    }
    Ok(seals)
}

fn request(
    connection: &Connection,
    account: AccountKey,
    seal: i64,
    of: &str,
    now_ms: i64,
) -> sql::Result<()> {
    let (message_id, payload) = (format!("msg_time_stamp_{seal}_{of}"), seal.to_string());
    if connection.prepare_cached(IS_REQUESTED)?.exists(params![payload])? {
        return Ok(());
    }
    let message = NewMessage {
        account,
        kind: MessageKind::TimeStamp,
        message_id: &message_id,
        receiver_key: None,
        tenant: None,
        payload: &payload,
        now_ms,
    };
    add_message_once(connection, &message)
}
