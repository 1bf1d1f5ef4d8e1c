//! Default regions of tenants, kept in memory.

use crate::store::{
    key::{AccountKey, Side},
    reader::Readers,
    sql::{self, Connection, NONE},
};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::time::Duration;

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

/// Reads the regions of a book again whenever another server may have changed one.
pub(in crate::store) async fn follow_regions(books: Vec<Readers>, regions: Arc<RwLock<DefaultRegions>>) {
    let mut known = vec![None; books.len()];
    loop {
        tokio::time::sleep(FOLLOWED_EVERY).await;
        for (readers, known) in books.iter().zip(&mut known) {
            let before = *known;
            let read = move |book: &Connection| {
                let version: i64 = book.query_row(NAMES_VERSION, NONE, |row| row.get(0))?;
                let mut changed = DefaultRegions::new();
                if before != Some(version) {
                    add_default_regions(book, &mut changed)?;
                }
                Ok((book.book(), version, changed))
            };
            match readers.read(read).await {
                Ok((book, version, changed)) => {
                    if before != Some(version) {
                        let mut regions = regions.write().unwrap_or_else(PoisonError::into_inner);
                        regions.retain(|side, _| side.account.book() != book);
                        regions.extend(changed);
                    }
                    *known = Some(version);
                }
                Err(error) => tracing::warn!(%error, "regions of tenants were not read, and are next time"),
            }
        }
    }
}

const DEFAULT_REGIONS: &str =
    "select account_key, is_test, tenant_id, region from tenant where region is not null";

/// How soon a region that another server has set is in use here.
const FOLLOWED_EVERY: Duration = Duration::from_secs(1);

const NAMES_VERSION: &str = "select names_version from fold where fold_key = 1";
