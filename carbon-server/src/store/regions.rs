//! Default regions of tenants, kept in memory.

use crate::store::{
    books::Books,
    key::{AccountKey, Side},
    sql::{self, Connection, NONE},
};
use std::collections::HashMap;
use std::sync::PoisonError;
use std::sync::RwLock;

/// Regions of events that say none, by tenant; most tenants have none.
pub(crate) type DefaultRegions = HashMap<Side, HashMap<String, String>>;

/// Adds the regions that are set in a book.
pub(in crate::store) fn add_default_regions(
    book: &Connection,
    regions: &mut DefaultRegions,
) -> sql::Result<()> {
    let mut statement = book.prepare_cached(DEFAULT_REGIONS)?;
    let mut rows = statement.query(NONE)?;
    while let Some(row) = rows.next()? {
        let side = Side { account: AccountKey(row.get(0)?), is_test: row.get(1)? };
        regions.entry(side).or_default().insert(row.get(2)?, row.get(3)?);
    }
    Ok(())
}

/// What is known of the regions of each book: as of which of its versions.
#[derive(Default)]
pub(in crate::store) struct FollowedRegions(Vec<Option<i64>>);

impl FollowedRegions {
    /// Reads the regions of a book again where another server may have changed one.
    pub(in crate::store) async fn follow(&mut self, books: &Books, regions: &RwLock<DefaultRegions>) {
        for (place, book) in books.iter().enumerate() {
            let before = self.0.get(place).copied().flatten();
            let read = move |book: &Connection| {
                let version: i64 = book.query_row(NAMES_VERSION, NONE, |row| row.get(0))?;
                let mut changed = DefaultRegions::new();
                if before != Some(version) {
                    add_default_regions(book, &mut changed)?;
                }
                Ok((book.book(), version, changed))
            };
            match book.read(read).await {
                Ok((book, version, changed)) => {
                    if before != Some(version) {
                        let mut regions = regions.write().unwrap_or_else(PoisonError::into_inner);
                        regions.retain(|side, _| side.account.book() != book);
                        regions.extend(changed);
                    }
                    self.0.resize(self.0.len().max(place + 1), None);
                    self.0[place] = Some(version);
                }
                Err(error) => tracing::warn!(%error, "regions of tenants were not read, and are next time"),
            }
        }
    }
}

const DEFAULT_REGIONS: &str =
    "select account_key, is_test, tenant_id, region from tenant where region is not null";

const NAMES_VERSION: &str = "select names_version from fold where fold_key = 1";
