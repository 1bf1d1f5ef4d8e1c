//! Accounts: who signed up, and how they prove it.

use crate::store::{
    account::{
        key::{NewKey, add_key},
        session::{NewSession, add_session, end_all},
    },
    database::Database,
    error::StoreError,
    key::{AccountKey, BookNumber},
    ledger::Store,
    postgres, source,
    sql::{self, Connection, NONE, OptionalExtension, params},
};

pub(in crate::store) mod alert;
pub(in crate::store) mod allocation;
pub(in crate::store) mod attempt;
pub(in crate::store) mod billing;
pub(in crate::store) mod branding;
pub(in crate::store) mod hours;
pub(in crate::store) mod instrument;
pub(in crate::store) mod key;
pub(in crate::store) mod listed_run;
pub(in crate::store) mod mail;
pub(in crate::store) mod measurement;
pub(in crate::store) mod metered_calls;
pub(in crate::store) mod outbox;
pub(in crate::store) mod own;
pub(in crate::store) mod residual_mix;
pub(in crate::store) mod schedule;
pub(in crate::store) mod schedule_report;
pub(in crate::store) mod schedule_run;
pub(in crate::store) mod session;
pub(in crate::store) mod source_setting;
pub(in crate::store) mod supplier_report;

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

/// What became of a sign-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccountCreated {
    /// The account exists now.
    New,
    /// The e-mail address belongs to another account; nothing was added.
    EmailTaken,
}

/// What a password is compared with.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) account: AccountKey,
    /// argon2id, PHC string.
    pub(crate) password_hash: String,
}

/// Whether the password was still the one that was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PasswordState {
    /// It was, and what rests on it is written.
    AsShown,
    /// It was changed after it was shown: nothing was written.
    Changed,
}

/// An account as it shows itself to its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) account_id: String,
    pub(crate) email: String,
    pub(crate) organisation: String,
}

const ADD_ACCOUNT: &str = "
    insert into account (account_id, email, organisation, password_hash, created_at_ms, account_key)
    values (?1, ?2, ?3, ?4, ?5, ?6)
    on conflict do nothing
    returning account_key";

const LAST_ACCOUNT: &str =
    "select coalesce(max(account_key), ?1) from account where account_key > ?1 and account_key <= ?2";

const ACCOUNTS: &str = "select account_key, email from account order by account_key";

const CREDENTIALS: &str = "select account_key, password_hash from account where lower(email) = lower(?1)";

/// An update also where nothing changes: it locks the row, so that no session begins while its password is being changed.
const SET_PASSWORD: &str = "
    update account set password_hash = ?3 where account_key = ?1 and password_hash = ?2";

const RESET_PASSWORD: &str = "
    update account set password_hash = ?2 where lower(email) = lower(?1) returning account_key";

const PROFILE: &str = "select account_id, email, organisation from account where account_key = ?1";

impl Store {
    /// Every account with its e-mail address: for who holds the file.
    pub(crate) async fn accounts(&self) -> Result<Vec<(AccountKey, String)>, StoreError> {
        self.books.first().read(accounts).await
    }

    /// Adds an account and its keys, or nothing.
    pub(crate) async fn create_account(&self, new: NewAccount) -> Result<AccountCreated, StoreError> {
        self.books.of_new(&new.account_id).write(move |connection| add_account(connection, &new)).await
    }

    /// The account of an e-mail address, and what its password is compared with.
    pub(crate) async fn credentials(&self, email: String) -> Result<Option<Credentials>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(CREDENTIALS)?;
            let found = statement.query_row([email], |row| {
                Ok(Credentials { account: AccountKey(row.get(0)?), password_hash: row.get(1)? })
            });
            found.optional()
        };
        self.books.first().read(read).await
    }

    /// Replaces the password that was shown. Ends every session of the account and begins `new`.
    pub(crate) async fn change_password(
        &self,
        shown: Credentials,
        password_hash: String,
        new: NewSession,
    ) -> Result<PasswordState, StoreError> {
        let account = shown.account;
        let write = move |connection: &Connection| {
            if !set_password(connection, &shown, &password_hash)? {
                return Ok(PasswordState::Changed);
            }
            end_all(connection, shown.account)?;
            add_session(connection, shown.account, &new)?;
            Ok(PasswordState::AsShown)
        };
        self.books.of(account).write(write).await
    }

    /// Who an account is.
    pub(crate) async fn profile(&self, account: AccountKey) -> Result<Profile, StoreError> {
        let read = move |connection: &Connection| {
            connection.prepare_cached(PROFILE)?.query_row([account.0], |row| {
                Ok(Profile { account_id: row.get(0)?, email: row.get(1)?, organisation: row.get(2)? })
            })
        };
        self.books.of(account).read(read).await
    }
}

/// Adds an account and its keys, or nothing.
pub(in crate::store) fn add_account(
    connection: &Connection,
    new: &NewAccount,
) -> sql::Result<AccountCreated> {
    let NewAccount { account_id, email, organisation, password_hash, keys, created_at_ms } = new;
    // Given in the turn of its book: nobody else gives the same.
    let book = connection.book();
    let last: i64 =
        connection.prepare_cached(LAST_ACCOUNT)?.query_row([book.base(), book.last()], |row| row.get(0))?;
    let values = params![account_id, email, organisation, password_hash, created_at_ms, last + 1];
    let account = connection.prepare_cached(ADD_ACCOUNT)?.query_row(values, |row| row.get(0)).optional()?;
    let Some(account) = account.map(AccountKey) else { return Ok(AccountCreated::EmailTaken) };
    for key in keys {
        add_key(connection, account, key, *created_at_ms)?;
    }
    Ok(AccountCreated::New)
}

/// Whether the password is still the one that was shown; it then stays so until the transaction ends.
fn lock_account(connection: &Connection, shown: &Credentials) -> sql::Result<bool> {
    set_password(connection, shown, &shown.password_hash)
}

fn set_password(connection: &Connection, shown: &Credentials, password_hash: &str) -> sql::Result<bool> {
    let values = params![shown.account.0, shown.password_hash, password_hash];
    Ok(connection.prepare_cached(SET_PASSWORD)?.execute(values)? > 0)
}

/// Every account with its e-mail address.
pub(in crate::store) fn accounts(connection: &Connection) -> sql::Result<Vec<(AccountKey, String)>> {
    let mut statement = connection.prepare_cached(ACCOUNTS)?;
    let accounts = statement.query_map(NONE, |row| Ok((AccountKey(row.get(0)?), row.get(1)?)))?;
    accounts.collect()
}

/// The book of a new account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ItsBook {
    /// One that others are in, too, by its id.
    Shared,
    /// One of its own, which is made.
    Own,
}

/// Adds an account to a ledger, which is made with so many books where there is none, while a server has it open or without
/// one. Accounts are not part of what the server knows by heart.
pub(crate) fn add_account_to(
    database: &Database,
    books: Option<u32>,
    its_book: ItsBook,
    new: &NewAccount,
) -> Result<AccountCreated, StoreError> {
    if its_book == ItsBook::Own && matches!(database, Database::Sqlite { .. }) {
        return Err(StoreError::NoOwnBook);
    }
    let which = |connection: &Connection, shared| match (its_book, connection) {
        (ItsBook::Own, Connection::Postgres(server)) => postgres::migration::own_book(server),
        _ => Ok(BookNumber::of_new(&new.account_id, shared)),
    };
    source::write_beside(database, books, which, |connection| Ok(add_account(connection, new)?))
}

/// Sets an account's password and ends its sessions, while a server has the ledger open or without one. `false` if no
/// account has this e-mail address.
pub(crate) fn reset_password_in(
    database: &Database,
    email: &str,
    password_hash: &str,
) -> Result<bool, StoreError> {
    // Whoever mistypes the file's name makes no new one.
    if let Database::Sqlite { path } = database {
        std::fs::metadata(path).map_err(StoreError::CannotOpen)?;
    }
    let which = |connection: &Connection, _| {
        let account =
            connection.prepare_cached(CREDENTIALS)?.query_row([email], |row| Ok(AccountKey(row.get(0)?)));
        Ok(account.optional()?.map_or(BookNumber::FIRST, AccountKey::book))
    };
    source::write_beside(database, None, which, |connection| {
        let mut statement = connection.prepare_cached(RESET_PASSWORD)?;
        let account = statement.query_row(params![email, password_hash], |row| Ok(AccountKey(row.get(0)?)));
        let account = account.optional()?;
        if let Some(account) = account {
            end_all(connection, account)?;
        }
        Ok(account.is_some())
    })
}
