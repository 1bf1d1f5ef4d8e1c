//! API keys: whose they are, when they were used, and their end.

use crate::{
    base::{
        api_key::{KeyHash, KeyKind},
        clock,
    },
    store::{
        error::StoreError,
        key::AccountKey,
        ledger::Store,
        limits,
        sql::{self, Connection, OptionalExtension, Row, params},
    },
};

/// A key to be; the key itself is never stored.
#[derive(Clone, Debug)]
pub(crate) struct NewKey {
    pub(crate) key_id: String,
    pub(crate) hash: KeyHash,
    pub(crate) kind: KeyKind,
    pub(crate) label: String,
    pub(crate) prefix: String,
}

/// Whose key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyOwner {
    pub(crate) account: AccountKey,
    pub(crate) kind: KeyKind,
}

/// A key as its owner sees it in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListedKey {
    pub(crate) key_id: String,
    pub(crate) kind: KeyKind,
    pub(crate) label: String,
    pub(crate) prefix: String,
    pub(crate) created_at_ms: i64,
    pub(crate) last_used_at_ms: Option<i64>,
    pub(crate) revoked_at_ms: Option<i64>,
}

/// What became of a wish for one more key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyAdded {
    Added,
    /// The account has as many that work as it may have.
    TooMany,
}

const ADD_KEY: &str = "
    insert into api_key (key_sha256, key_id, account_key, kind, label, prefix, created_at_ms)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

const KEYS_THAT_WORK: &str = "select count(*) from api_key where account_key = ?1 and revoked_at_ms is null";

const KEY_OWNER: &str = "
    select account_key, kind from api_key where key_sha256 = ?1 and revoked_at_ms is null";

const KEYS: &str = "
    select key_id, kind, label, prefix, created_at_ms, last_used_at_ms, revoked_at_ms
      from api_key
     where account_key = ?1
     order by created_at_ms, key_id";

const KEY_NAME: &str = "select label, created_at_ms from api_key where account_key = ?1 and key_sha256 = ?2";

const REVOKE: &str = "
    update api_key set revoked_at_ms = coalesce(revoked_at_ms, ?3) where account_key = ?1 and key_id = ?2
    returning key_sha256";

const USED: &str = "
    update api_key set last_used_at_ms = ?2 where key_sha256 = ?1 and coalesce(last_used_at_ms, 0) < ?2";

impl Store {
    /// Whose key hashes to `hash`, unless it was revoked. What is looked up is a digest of what was sent: how long that takes
    /// says nothing about the keys that there are.
    pub(crate) async fn key_owner(&self, hash: KeyHash) -> Result<Option<KeyOwner>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(KEY_OWNER)?;
            let found = statement.query_row([hash.as_bytes()], |row| {
                Ok(KeyOwner { account: AccountKey(row.get(0)?), kind: kind_in(row, 1)? })
            });
            found.optional()
        };
        let readers = self.books.first().readers();
        let found = readers.read_until(limits::Until::EACH_KEY, read);
        if self.file.is_some() {
            return found.await;
        }
        // Every request begins with it.
        let found = tokio::time::timeout(limits::KEY_MAX, found).await;
        found.unwrap_or(Err(StoreError::Sql(limits::OutOfTime.into())))
    }

    /// Every key that the account ever had, the oldest first.
    pub(crate) async fn keys(&self, account: AccountKey) -> Result<Vec<ListedKey>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(KEYS)?;
            let keys = statement.query_map([account.0], |row| {
                Ok(ListedKey {
                    key_id: row.get(0)?,
                    kind: kind_in(row, 1)?,
                    label: row.get(2)?,
                    prefix: row.get(3)?,
                    created_at_ms: row.get(4)?,
                    last_used_at_ms: row.get(5)?,
                    revoked_at_ms: row.get(6)?,
                })
            })?;
            keys.collect()
        };
        self.books.of(account).read(read).await
    }

    /// What a key is called in reports, which clients read: by its label, otherwise by its day. No part of a key is shown.
    pub(crate) async fn key_name(
        &self,
        account: AccountKey,
        hash: KeyHash,
    ) -> Result<Option<String>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(KEY_NAME)?;
            let found = statement.query_row(params![account.0, hash.as_bytes()], |row| {
                let (label, created_at_ms): (String, i64) = (row.get(0)?, row.get(1)?);
                Ok(if label.is_empty() {
                    format!("key of {}", &clock::rfc_3339_of(created_at_ms)[..10])
                } else {
                    format!("key {label}")
                })
            });
            found.optional()
        };
        self.books.of(account).read(read).await
    }

    /// Adds a key, where the account has fewer than `keys_max` that work.
    pub(crate) async fn add_key(
        &self,
        account: AccountKey,
        key: NewKey,
        keys_max: usize,
        now_ms: i64,
    ) -> Result<KeyAdded, StoreError> {
        let write = move |connection: &Connection| {
            let working: usize =
                connection.prepare_cached(KEYS_THAT_WORK)?.query_row([account.0], |row| row.get(0))?;
            if working >= keys_max {
                return Ok(KeyAdded::TooMany);
            }
            add_key(connection, account, &key, now_ms)?;
            Ok(KeyAdded::Added)
        };
        self.books.of(account).write(write).await
    }

    /// Ends a key, once; its hash, or `None` where the account has no such key.
    pub(crate) async fn revoke_key(
        &self,
        account: AccountKey,
        key_id: String,
        now_ms: i64,
    ) -> Result<Option<KeyHash>, StoreError> {
        let write = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(REVOKE)?;
            let revoked = statement.query_row(params![account.0, key_id, now_ms], |row| row.get(0));
            Ok(revoked.optional()?.map(KeyHash::from_bytes))
        };
        self.books.of(account).write(write).await
    }

    /// Notes when keys were used last.
    pub(crate) async fn note_key_use(&self, used: Vec<(KeyHash, i64)>) -> Result<(), StoreError> {
        let write = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(USED)?;
            for (hash, at_ms) in &used {
                statement.execute(params![hash.as_bytes(), at_ms])?;
            }
            Ok(())
        };
        self.books.first().write(write).await
    }
}

/// Adds a key of an account.
pub(in crate::store) fn add_key(
    connection: &Connection,
    account: AccountKey,
    key: &NewKey,
    now_ms: i64,
) -> sql::Result<()> {
    let NewKey { key_id, hash, kind, label, prefix } = key;
    let values = params![hash.as_bytes(), key_id, account.0, kind.as_str(), label, prefix, now_ms];
    connection.change_one(ADD_KEY, values)?;
    Ok(())
}

fn kind_in(row: &Row<'_>, column: usize) -> sql::Result<KeyKind> {
    let kind: String = row.get(column)?;
    KeyKind::from_word(&kind).ok_or(sql::Error::unreadable("it is not what was written"))
}
