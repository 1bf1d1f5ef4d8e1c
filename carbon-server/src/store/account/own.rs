//! What accounts say of names in their own calls: a journal of changes, of which none is ever edited.

use crate::store::{
    books::ReadTo,
    error::StoreError,
    key::AccountKey,
    ledger::Store,
    sql::{self, Connection, Row, params},
};

/// A change to an account's own registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewOwnChange {
    /// `alias`, `model`, `measured`.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    /// First day, `YYYY-MM-DD`; empty: there is none.
    pub(crate) valid_from: String,
    /// JSON; `None`: what was said no longer holds.
    pub(crate) entry: Option<String>,
    pub(crate) entered_by: String,
    pub(crate) entered_at_ms: i64,
}

impl NewOwnChange {
    /// The change as it is written at that revision.
    pub(crate) fn at(&self, revision: u64) -> OwnChange {
        let NewOwnChange { kind, name, valid_from, entry, entered_by, entered_at_ms } = self.clone();
        OwnChange { revision, kind: kind.to_owned(), name, valid_from, entry, entered_by, entered_at_ms }
    }
}

/// The same as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnChange {
    pub(crate) revision: u64,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) valid_from: String,
    pub(crate) entry: Option<String>,
    pub(crate) entered_by: String,
    pub(crate) entered_at_ms: i64,
}

/// What became of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnChanged {
    /// They are on disk, the last of them under this revision.
    To(u64),
    /// Another change came first, to what these were checked against.
    Overtaken,
}

const REVISION: &str = "select coalesce(max(revision), 0) from own_entry where account_key = ?1";

const ADD: &str = "
    insert into own_entry (own_entry_key, account_key, revision, kind, name, valid_from, entry, entered_by,
                           entered_at_ms)
    select coalesce(max(own_entry_key), ?9) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 from own_entry";

const BEHIND: &str = "
    select account_key, own_entry_key, revision, kind, name, valid_from, entry, entered_by, entered_at_ms
      from own_entry where own_entry_key > ?1 order by own_entry_key";

impl Store {
    /// Adds changes behind that revision, all or none.
    pub(crate) async fn change_own(
        &self,
        account: AccountKey,
        behind: u64,
        changes: Vec<NewOwnChange>,
    ) -> Result<OwnChanged, StoreError> {
        let write = move |connection: &Connection| {
            let found: u64 = connection.prepare_cached(REVISION)?.query_row([account.0], |row| row.get(0))?;
            if found != behind {
                return Ok(OwnChanged::Overtaken);
            }
            let mut add = connection.prepare_cached(ADD)?;
            let mut revision = found;
            for change in &changes {
                revision += 1;
                let NewOwnChange { kind, name, valid_from, entry, entered_by, entered_at_ms } = change;
                let number = i64::try_from(revision).unwrap_or(i64::MAX);
                add.change_one(params![
                    account.0,
                    number,
                    kind,
                    name,
                    valid_from,
                    entry,
                    entered_by,
                    entered_at_ms,
                    connection.book().base(),
                ])?;
            }
            Ok(OwnChanged::To(revision))
        };
        self.books.of(account).write(write).await
    }

    /// The changes of all accounts behind those that were read before.
    pub(crate) async fn own_changes_behind(
        &self,
        read_to: &ReadTo,
    ) -> Result<(ReadTo, Vec<(AccountKey, OwnChange)>), StoreError> {
        self.books.read_behind(read_to, own_changes_behind).await
    }
}

/// The changes of all accounts behind the one of that key, and the highest key.
pub(in crate::store) fn own_changes_behind(
    connection: &Connection,
    own_entry_key: i64,
) -> sql::Result<(i64, Vec<(AccountKey, OwnChange)>)> {
    let mut last = own_entry_key;
    let mut statement = connection.prepare_cached(BEHIND)?;
    let mut rows = statement.query([own_entry_key])?;
    let mut changes = Vec::new();
    while let Some(row) = rows.next()? {
        last = row.get(1)?;
        changes.push((AccountKey(row.get(0)?), change(&row)?));
    }
    Ok((last, changes))
}

fn change(row: &Row<'_>) -> sql::Result<OwnChange> {
    Ok(OwnChange {
        revision: row.get(2)?,
        kind: row.get(3)?,
        name: row.get(4)?,
        valid_from: row.get(5)?,
        entry: row.get(6)?,
        entered_by: row.get(7)?,
        entered_at_ms: row.get(8)?,
    })
}
