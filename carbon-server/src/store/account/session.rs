//! Sessions: who logged in on the pages.

use crate::{
    base::digest::Sha,
    store::{
        error::StoreError,
        key::AccountKey,
        ledger::Store,
        sql::{Connection, OptionalExtension, params},
    },
};

const ADD_SESSION: &str = "
    insert into session (session_sha256, account_key, created_at_ms, expires_at_ms) values (?1, ?2, ?3, ?4)";

const SESSION_OWNER: &str =
    "select account_key from session where session_sha256 = ?1 and expires_at_ms > ?2";

const END_SESSION: &str = "delete from session where session_sha256 = ?1";

const FORGET_OLD: &str = "delete from session where expires_at_ms <= ?1";

impl Store {
    /// Begins a session, and forgets those that are over.
    pub(crate) async fn begin_session(
        &self,
        account: AccountKey,
        sha256: Sha,
        now_ms: i64,
        expires_at_ms: i64,
    ) -> Result<(), StoreError> {
        let write = move |connection: &Connection| {
            connection.prepare_cached(FORGET_OLD)?.execute([now_ms])?;
            let values = params![sha256, account.0, now_ms, expires_at_ms];
            connection.change_one(ADD_SESSION, values)?;
            Ok(())
        };
        self.writer.write(write).await
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
        self.readers.read(read).await
    }

    /// Ends a session, where there is one.
    pub(crate) async fn end_session(&self, sha256: Sha) -> Result<(), StoreError> {
        let write = move |connection: &Connection| {
            connection.prepare_cached(END_SESSION)?.execute([sha256])?;
            Ok(())
        };
        self.writer.write(write).await
    }
}
