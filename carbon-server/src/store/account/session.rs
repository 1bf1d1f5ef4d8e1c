//! Sessions: who logged in on the pages.

use crate::{
    base::digest::Sha,
    store::{
        account::{Credentials, PasswordState, lock_account},
        error::StoreError,
        key::AccountKey,
        ledger::Store,
        sql::{self, Connection, OptionalExtension, Row, params},
    },
};

/// A session to be; its token is never stored.
#[derive(Clone, Debug)]
pub(crate) struct NewSession {
    pub(crate) sha256: Sha,
    pub(crate) session_id: String,
    /// Network address of who logged in.
    pub(crate) begun_from: String,
    pub(crate) now_ms: i64,
    pub(crate) expires_at_ms: i64,
}

/// A session as its account sees it in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListedSession {
    pub(crate) sha256: Sha,
    pub(crate) session_id: String,
    pub(crate) begun_from: String,
    pub(crate) created_at_ms: i64,
    pub(crate) last_used_at_ms: Option<i64>,
    pub(crate) expires_at_ms: i64,
}

const ADD_SESSION: &str = "
    insert into session (session_sha256, session_id, account_key, begun_from, created_at_ms, expires_at_ms)
    values (?1, ?2, ?3, ?4, ?5, ?6)";

const SESSION_OWNER: &str =
    "select account_key from session where session_sha256 = ?1 and expires_at_ms > ?2";

const SESSIONS: &str = "
    select session_sha256, session_id, begun_from, created_at_ms, last_used_at_ms, expires_at_ms
      from session
     where account_key = ?1 and expires_at_ms > ?2
     order by created_at_ms desc, session_id desc";

const USED: &str = "
    update session set last_used_at_ms = ?2 where session_sha256 = ?1 and coalesce(last_used_at_ms, 0) < ?2";

const END: &str = "delete from session where session_sha256 = ?1";

const END_ONE: &str = "delete from session where account_key = ?1 and session_id = ?2";

const END_OTHERS: &str = "delete from session where account_key = ?1 and session_sha256 <> ?2";

const END_ALL: &str = "delete from session where account_key = ?1";

const FORGET_OLD: &str = "delete from session where expires_at_ms <= ?1";

/// All but the newest ones.
const END_OLDEST: &str = "
    delete from session
     where account_key = ?1
       and session_sha256 not in (select session_sha256
                                    from session
                                   where account_key = ?1
                                   order by created_at_ms desc, session_id desc
                                   limit ?2)";

impl Store {
    /// Begins a session for who showed these credentials, unless the password was changed meanwhile. Ends the session that
    /// the browser had before, those that are over, and the account's oldest beyond `sessions_max`.
    pub(crate) async fn begin_session(
        &self,
        shown: Credentials,
        new: NewSession,
        replaced: Option<Sha>,
        sessions_max: i64,
    ) -> Result<PasswordState, StoreError> {
        let account = shown.account;
        let write = move |connection: &Connection| {
            if !lock_account(connection, &shown)? {
                return Ok(PasswordState::Changed);
            }
            connection.prepare_cached(FORGET_OLD)?.execute([new.now_ms])?;
            if let Some(replaced) = replaced {
                connection.prepare_cached(END)?.execute([replaced])?;
            }
            add_session(connection, shown.account, &new)?;
            connection.prepare_cached(END_OLDEST)?.execute(params![shown.account.0, sessions_max])?;
            Ok(PasswordState::AsShown)
        };
        self.books.of(account).write(write).await
    }

    /// Whose session it is, unless it is over.
    pub(crate) async fn session_owner(
        &self,
        sha256: Sha,
        now_ms: i64,
    ) -> Result<Option<AccountKey>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(SESSION_OWNER)?;
            statement.query_row(params![sha256, now_ms], |row| Ok(AccountKey(row.get(0)?))).optional()
        };
        self.books.first().read(read).await
    }

    /// The sessions of an account that are not over, the newest first.
    pub(crate) async fn sessions(
        &self,
        account: AccountKey,
        now_ms: i64,
    ) -> Result<Vec<ListedSession>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(SESSIONS)?;
            let sessions = statement.query_map(params![account.0, now_ms], listed)?;
            sessions.collect()
        };
        self.books.of(account).read(read).await
    }

    /// Ends a session, where there is one.
    pub(crate) async fn end_session(&self, sha256: Sha) -> Result<(), StoreError> {
        let write = move |connection: &Connection| {
            connection.prepare_cached(END)?.execute([sha256])?;
            Ok(())
        };
        self.books.first().write(write).await
    }

    /// Ends a session of an account; `false` if it has none with that id.
    pub(crate) async fn end_session_of(
        &self,
        account: AccountKey,
        session_id: String,
    ) -> Result<bool, StoreError> {
        let write = move |connection: &Connection| {
            Ok(connection.prepare_cached(END_ONE)?.execute(params![account.0, session_id])? > 0)
        };
        self.books.of(account).write(write).await
    }

    /// Ends all sessions of an account but one.
    pub(crate) async fn end_other_sessions(&self, account: AccountKey, kept: Sha) -> Result<(), StoreError> {
        let write = move |connection: &Connection| {
            connection.prepare_cached(END_OTHERS)?.execute(params![account.0, kept])?;
            Ok(())
        };
        self.books.of(account).write(write).await
    }

    /// Notes when sessions were used last.
    pub(crate) async fn note_session_use(&self, used: Vec<(Sha, i64)>) -> Result<(), StoreError> {
        let write = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(USED)?;
            for (sha256, at_ms) in &used {
                statement.execute(params![sha256, at_ms])?;
            }
            Ok(())
        };
        self.books.first().write(write).await
    }
}

/// Adds a session of an account.
pub(super) fn add_session(connection: &Connection, account: AccountKey, new: &NewSession) -> sql::Result<()> {
    let NewSession { sha256, session_id, begun_from, now_ms, expires_at_ms } = new;
    let values = params![sha256, session_id, account.0, begun_from, now_ms, expires_at_ms];
    connection.change_one(ADD_SESSION, values)
}

/// Ends every session of an account.
pub(super) fn end_all(connection: &Connection, account: AccountKey) -> sql::Result<()> {
    connection.prepare_cached(END_ALL)?.execute([account.0])?;
    Ok(())
}

fn listed(row: &Row<'_>) -> sql::Result<ListedSession> {
    Ok(ListedSession {
        sha256: row.get(0)?,
        session_id: row.get(1)?,
        begun_from: row.get(2)?,
        created_at_ms: row.get(3)?,
        last_used_at_ms: row.get(4)?,
        expires_at_ms: row.get(5)?,
    })
}
