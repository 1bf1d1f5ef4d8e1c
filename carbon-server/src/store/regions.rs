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

/// The regions that are set.
pub(in crate::store) fn default_regions(connection: &Connection) -> sql::Result<DefaultRegions> {
    let mut regions = DefaultRegions::new();
    let mut statement = connection.prepare_cached(DEFAULT_REGIONS)?;
    let mut rows = statement.query(NONE)?;
    while let Some(row) = rows.next()? {
        let side = Side { account: AccountKey(row.get(0)?), is_test: row.get(1)? };
        regions.entry(side).or_default().insert(row.get(2)?, row.get(3)?);
    }
    Ok(regions)
}

/// Reads the regions again whenever another server may have changed one.
pub(in crate::store) async fn follow_regions(readers: Readers, regions: Arc<RwLock<DefaultRegions>>) {
    let mut known = None;
    loop {
        tokio::time::sleep(FOLLOWED_EVERY).await;
        let before = known;
        let read = move |connection: &Connection| {
            let version: i64 = connection.query_row(NAMES_VERSION, NONE, |row| row.get(0))?;
            let changed = (before != Some(version)).then(|| default_regions(connection)).transpose()?;
            Ok((version, changed))
        };
        match readers.read(read).await {
            Ok((version, changed)) => {
                if let Some(changed) = changed {
                    *regions.write().unwrap_or_else(PoisonError::into_inner) = changed;
                }
                known = Some(version);
            }
            Err(error) => tracing::warn!(%error, "regions of tenants were not read, and are next time"),
        }
    }
}

const DEFAULT_REGIONS: &str =
    "select account_key, is_test, tenant_id, region from tenant where region is not null";

/// How soon a region that another server has set is in use here.
const FOLLOWED_EVERY: Duration = Duration::from_secs(1);

const NAMES_VERSION: &str = "select names_version from fold where fold_key = 1";
