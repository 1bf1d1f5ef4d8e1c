//! What tenants' emissions are to stay below: settings of a tenant, sealed and erased with the others.

use crate::store::{
    book::row_digest::note_tenant,
    error::StoreError,
    key::Side,
    ledger::Store,
    sql::{self, Connection, Row, params},
    tenant::key_of,
};
use carbon_report::target::Target;

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TargetChanged {
    Done,
    NoSuchTenant,
    NoSuchTarget,
    /// The tenant has as many as it may have.
    TooMany,
}

const TARGETS: &str = "select targets from tenant where account_key = ?1 and tenant_key = ?2";

const SET: &str = "update tenant set targets = ?3 where account_key = ?1 and tenant_key = ?2";

impl Store {
    /// Sets a target of a tenant, under its name.
    pub(crate) async fn set_target(
        &self,
        side: Side,
        tenant_id: String,
        target: Target,
        targets_max: usize,
    ) -> Result<TargetChanged, StoreError> {
        self.change_targets(side, tenant_id, move |targets| {
            match targets.binary_search_by(|known| known.name.cmp(&target.name)) {
                Ok(place) => targets[place] = target.clone(),
                Err(_) if targets.len() >= targets_max => return TargetChanged::TooMany,
                Err(place) => targets.insert(place, target.clone()),
            }
            TargetChanged::Done
        })
        .await
    }

    /// Removes one.
    pub(crate) async fn remove_target(
        &self,
        side: Side,
        tenant_id: String,
        name: String,
    ) -> Result<TargetChanged, StoreError> {
        self.change_targets(side, tenant_id, move |targets| {
            match targets.binary_search_by(|known| known.name.cmp(&name)) {
                Ok(place) => {
                    targets.remove(place);
                    TargetChanged::Done
                }
                Err(_) => TargetChanged::NoSuchTarget,
            }
        })
        .await
    }

    async fn change_targets(
        &self,
        side: Side,
        tenant_id: String,
        change: impl Fn(&mut Vec<Target>) -> TargetChanged + Send + 'static,
    ) -> Result<TargetChanged, StoreError> {
        let write = move |connection: &Connection| {
            let Some(tenant_key) = key_of(connection, side, &tenant_id)? else {
                return Ok(TargetChanged::NoSuchTenant);
            };
            let of_tenant = [side.account.0, tenant_key.0];
            let mut targets =
                connection.prepare_cached(TARGETS)?.query_row(of_tenant, |row| targets_in(row, 0))?;
            let changed = change(&mut targets);
            if changed == TargetChanged::Done {
                let text = serde_json::to_string(&targets).map_err(sql::Error::unreadable)?;
                let text = Some(text).filter(|_| !targets.is_empty());
                connection.change_one(SET, params![side.account.0, tenant_key.0, text])?;
                note_tenant(connection, side.account, tenant_key)?;
            }
            Ok(changed)
        };
        self.books.of(side.account).write(write).await
    }
}

/// The targets in a column; none where it is null.
pub(in crate::store) fn targets_in(row: &Row<'_>, column: usize) -> sql::Result<Vec<Target>> {
    let text: Option<String> = row.get(column)?;
    text.map_or_else(|| Ok(Vec::new()), |text| serde_json::from_str(&text).map_err(sql::Error::unreadable))
}
