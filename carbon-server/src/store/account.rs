//! Accounts and their API keys.

use super::{AccountKey, Store, StoreError};
use crate::api_key::{KeyHash, KeyKind};
use rusqlite::{OptionalExtension, params};

/// An account to be, with its first keys.
#[derive(Debug)]
pub(crate) struct NewAccount {
    pub(crate) account_id: String,
    pub(crate) email: String,
    pub(crate) organisation: String,
    pub(crate) password_hash: String,
    pub(crate) keys: Vec<NewKey>,
    pub(crate) created_at_ms: i64,
}

/// A key to be; the key itself is never stored.
#[derive(Debug)]
pub(crate) struct NewKey {
    pub(crate) hash: KeyHash,
    pub(crate) kind: KeyKind,
    pub(crate) prefix: String,
}

/// What became of a sign-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccountCreated {
    /// The account exists now.
    New,
    /// The e-mail address belongs to another account; nothing was added.
    EmailTaken,
}

/// Whose key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyOwner {
    pub(crate) account: AccountKey,
    pub(crate) kind: KeyKind,
}

const ADD_ACCOUNT: &str = "
    insert into account (account_id, email, organisation, password_hash, created_at_ms)
    values (?1, ?2, ?3, ?4, ?5)
    on conflict (email) do nothing
    returning account_key";

const ADD_KEY: &str = "
    insert into api_key (key_sha256, account_key, kind, prefix, created_at_ms) values (?1, ?2, ?3, ?4, ?5)";

const KEY_OWNER: &str = "
    select account_key, kind from api_key where key_sha256 = ?1 and revoked_at_ms is null";

const ACCOUNTS: &str = "select account_key, email from account order by account_key";

impl Store {
    /// Every account with its e-mail address: for who holds the file.
    pub(crate) async fn accounts(&self) -> Result<Vec<(AccountKey, String)>, StoreError> {
        self.readers
            .read(|connection| {
                let mut statement = connection.prepare_cached(ACCOUNTS)?;
                let accounts = statement.query_map([], |row| Ok((AccountKey(row.get(0)?), row.get(1)?)))?;
                accounts.collect()
            })
            .await
    }

    /// Adds an account and its keys, or nothing.
    pub(crate) async fn create_account(&self, new: NewAccount) -> Result<AccountCreated, StoreError> {
        self.writer
            .write(move |connection| {
                let account_key: Option<i64> = connection
                    .prepare_cached(ADD_ACCOUNT)?
                    .query_row(
                        params![
                            new.account_id,
                            new.email,
                            new.organisation,
                            new.password_hash,
                            new.created_at_ms
                        ],
                        |row| row.get(0),
                    )
                    .optional()?;
                let Some(account_key) = account_key else { return Ok(AccountCreated::EmailTaken) };
                let mut add_key = connection.prepare_cached(ADD_KEY)?;
                for key in &new.keys {
                    let kind = key.kind.as_str();
                    add_key.execute(params![
                        key.hash.as_bytes(),
                        account_key,
                        kind,
                        key.prefix,
                        new.created_at_ms
                    ])?;
                }
                Ok(AccountCreated::New)
            })
            .await
    }

    /// Whose key hashes to `hash`, unless it was revoked.
    pub(crate) async fn key_owner(&self, hash: KeyHash) -> Result<Option<KeyOwner>, StoreError> {
        self.readers
            .read(move |connection| {
                connection
                    .prepare_cached(KEY_OWNER)?
                    .query_row([hash.as_bytes()], |row| {
                        let kind: String = row.get(1)?;
                        let kind = KeyKind::from_word(&kind).ok_or(rusqlite::Error::InvalidQuery)?;
                        Ok(KeyOwner { account: AccountKey(row.get(0)?), kind })
                    })
                    .optional()
            })
            .await
    }
}
