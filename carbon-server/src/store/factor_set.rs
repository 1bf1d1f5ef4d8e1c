//! Sets of factors that the operator has added to those that ship with the program.

use crate::store::{
    error::StoreError,
    ledger::Store,
    sql::{self, Connection},
};

/// A set as it was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AddedFactorSet {
    pub(crate) version: String,
    /// Of its tables, as results state it.
    pub(crate) sha256: String,
    /// A zip of its tables.
    pub(crate) archive: Vec<u8>,
    pub(crate) added_at_ms: i64,
}

const BEHIND: &str = "
    select factor_set_key, version, sha256, archive, added_at_ms
      from factor_set where factor_set_key > ?1 order by factor_set_key";

impl Store {
    /// The sets that were added behind the one of that key, and the highest key.
    pub(crate) async fn factor_sets_behind(
        &self,
        factor_set_key: i64,
    ) -> Result<(i64, Vec<AddedFactorSet>), StoreError> {
        self.readers.read(move |connection| factor_sets_behind(connection, factor_set_key)).await
    }
}

/// The sets that were added behind the one of that key, and the highest key.
pub(in crate::store) fn factor_sets_behind(
    connection: &Connection,
    factor_set_key: i64,
) -> sql::Result<(i64, Vec<AddedFactorSet>)> {
    let mut last = factor_set_key;
    let mut statement = connection.prepare_cached(BEHIND)?;
    let mut rows = statement.query([factor_set_key])?;
    let mut sets = Vec::new();
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        sets.push(AddedFactorSet {
            version: row.get(1)?,
            sha256: row.get(2)?,
            archive: row.get(3)?,
            added_at_ms: row.get(4)?,
        });
    }
    Ok((last, sets))
}
