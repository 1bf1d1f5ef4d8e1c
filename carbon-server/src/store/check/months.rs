//! Closed months, compared with the events that they count.

use crate::{
    base::digest::Sha,
    store::{
        book::journal::month_in,
        check::{
            ClosedFigures, NotSound, fault,
            pruned::PrunedEvents,
            walk::{MonthTrees, RestatedTrees},
        },
        key::{AccountKey, TenantKey},
        month::{activity_of_tenants, root_of_roots},
        sql::{self, Connection, NONE},
    },
};
use carbon_report::{Month, merkle::MerkleTree};

const CLOSED_MONTHS: &str = "
    select closed_month_key, account_key, month, factor_set, events, merkle_root from closed_month
     order by closed_month_key";

const CLOSED_TENANTS: &str = "select tenant_key, events, merkle_root, figures from closed_tenant where closed_month_key = ?1 order by tenant_key";

/// The closed months, compared with the events that they count.
pub(super) fn months_fit(
    book: &Connection,
    mut trees: MonthTrees,
    pruned: &PrunedEvents,
    same_figures: &mut impl FnMut(&ClosedFigures) -> Result<(), String>,
) -> Result<(), NotSound> {
    let mut statement = book.prepare_scan(CLOSED_MONTHS)?;
    let mut months = statement.query(NONE)?;
    while let Some(row) = months.next()? {
        let (account, month): (_, String) = (AccountKey(row.get(1)?), row.get(2)?);
        let month: Month = month.parse().map_err(|_| fault(format_args!("closed_month {month:?}")))?;
        let (factor_set, events, merkle_root): (String, u64, Sha) = (row.get(3)?, row.get(4)?, row.get(5)?);
        let mut trees = trees.remove(&(account, month)).unwrap_or_default();
        let is_pruned = pruned.is_pruned(month);
        let (mut roots, mut counted): (Vec<Sha>, u64) =
            (trees.values().map(MerkleTree::root).collect(), trees.values().map(MerkleTree::leaves).sum());
        if is_pruned {
            // The roots are what is left.
            let mut statement = book.prepare_cached(CLOSED_TENANTS)?;
            let kept = statement.query_map([row.get::<i64>(0)?], |row| Ok((row.get(1)?, row.get(2)?)))?;
            let kept: Vec<(u64, Sha)> = kept.collect::<sql::Result<_>>()?;
            counted = kept.iter().map(|(events, _)| events).sum();
            roots = kept.into_iter().map(|(_, root)| root).collect();
        }
        if counted != events || root_of_roots(roots.iter()) != merkle_root {
            return Err(fault(format_args!("closed month {month} of account {}: its events", account.0)));
        }
        let mut activity = activity_of_tenants(book, account, month, false)?;
        let mut statement = book.prepare_cached(CLOSED_TENANTS)?;
        let mut tenants = statement.query([row.get::<i64>(0)?])?;
        while let Some(row) = tenants.next()? {
            let tenant_key: i64 = row.get(0)?;
            let tree = trees.remove(&tenant_key).unwrap_or_default();
            let of_tenant = format!("closed month {month} of account {}, tenant {tenant_key}", account.0);
            if !is_pruned && (tree.leaves(), tree.root()) != (row.get(1)?, row.get(2)?) {
                return Err(fault(format_args!("{of_tenant}: its events")));
            }
            let closed = ClosedFigures {
                account,
                factor_set: factor_set.clone(),
                figures: row.get(3)?,
                activity: activity.remove(&TenantKey(tenant_key)).unwrap_or_default(),
            };
            same_figures(&closed).map_err(|why| fault(format_args!("{of_tenant}: {why}")))?;
        }
        if let Some(tenant_key) = trees.keys().next() {
            return Err(fault(format_args!("closed month {month}: tenant {tenant_key} is missing")));
        }
    }
    Ok(())
}

const RESTATED_TENANTS: &str = "
    select restatement_key, tenant_key, month, part.events, part.merkle_root
      from restated_tenant as part join restatement using (account_key, restatement_key)
     order by restatement_key, tenant_key";

/// The restatements, compared with the events that they count.
pub(super) fn restatements_fit(
    book: &Connection,
    mut trees: RestatedTrees,
    pruned: &PrunedEvents,
) -> Result<(), NotSound> {
    let mut statement = book.prepare_scan(RESTATED_TENANTS)?;
    let mut rows = statement.query(NONE)?;
    while let Some(row) = rows.next()? {
        let (restatement, tenant): (i64, i64) = (row.get(0)?, row.get(1)?);
        if pruned.is_pruned(month_in(&row, 2)?) {
            continue;
        }
        let tree = trees.get_mut(&restatement).and_then(|trees| trees.remove(&tenant)).unwrap_or_default();
        let stated = Option::<u64>::zip(row.get(3)?, row.get(4)?);
        // Its events may have been pruned then, and be in an archive that was found since.
        if stated.is_some_and(|stated| stated != (tree.leaves(), tree.root())) {
            return Err(fault(format_args!("restatement {restatement}, tenant {tenant}: its events")));
        }
    }
    Ok(())
}
