//! Internal numbers of tenants, deployments and tags, remembered so that an event costs no look-up.

use crate::{
    base::digest::{QuickMap, Sha},
    store::{
        key::{AccountKey, Side},
        sql::{self, Connection, OptionalExtension, Params, params},
    },
};
use sha2::{Digest, Sha256};
use std::{
    borrow::Borrow,
    collections::{HashMap, hash_map::Entry},
    hash::Hash,
};

/// A model as the sender names it, at a provider, in a region; empty where not said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SentDeployment {
    pub(crate) model: String,
    pub(crate) provider: String,
    pub(crate) region: String,
}

/// A key and its value, such as `feature` and `summarise`.
pub(crate) type Tag = (String, String);

/// What the writer knows by heart: numbers that are in the file, or in the transaction that runs.
///
/// Whoever sends events chooses the names, and must not be able to choose such that all have one hash: those are hashed with
/// SipHash. Numbers are given by the ledger.
#[derive(Default)]
pub(in crate::store) struct Interner {
    tenants: QuickMap<Side, HashMap<String, i64>>,
    deployments: QuickMap<AccountKey, HashMap<SentDeployment, i64>>,
    deployments_by_key: QuickMap<i64, SentDeployment>,
    /// All of a tenant's, once one of them was asked for.
    tags: QuickMap<i64, HashMap<Tag, i64>>,
    kept: usize,
}

/// Names kept in memory: a sender who keeps inventing new ones costs look-ups, not memory.
const KEPT_MAX: usize = 100_000;

/// The number of a tenant of an account's book.
pub(in crate::store) const TENANT_KEY: &str =
    "select tenant_key from tenant where account_key = ?1 and is_test = ?2 and tenant_id = ?3";
const ADD_TENANT: &str = "
    insert into tenant (tenant_key, account_key, is_test, tenant_id, salt, commitment, created_at_ms)
    select coalesce(max(tenant_key), ?7) + 1, ?1, ?2, ?3, ?4, ?5, ?6 from tenant
    returning tenant_key";

const DEPLOYMENT_KEY: &str = "
    select deployment_key from deployment where account_key = ?1 and model = ?2 and provider = ?3 and region = ?4";
const DEPLOYMENT: &str =
    "select model, provider, region from deployment where account_key = ?1 and deployment_key = ?2";
const ADD_DEPLOYMENT: &str = "
    insert into deployment (deployment_key, account_key, model, provider, region)
    select coalesce(max(deployment_key), ?5) + 1, ?1, ?2, ?3, ?4 from deployment returning deployment_key";

const TAGS: &str = "select name, value, tag_key from tag where account_key = ?1 and tenant_key = ?2";
const SALT: &str = "select salt from tenant where account_key = ?1 and tenant_key = ?2";
const ADD_TAG: &str = "
    insert into tag (tag_key, account_key, tenant_key, name, value, commitment)
    select coalesce(max(tag_key), ?6) + 1, ?1, ?2, ?3, ?4, ?5 from tag
    returning tag_key";

impl Interner {
    /// Number of a tenant that has one.
    pub(in crate::store) fn tenant(
        &mut self,
        connection: &Connection,
        side: Side,
        tenant_id: &str,
    ) -> sql::Result<Option<i64>> {
        find(&mut self.tenants, &mut self.kept, side, tenant_id, || {
            key(connection, TENANT_KEY, params![side.account.0, side.is_test, tenant_id])
        })
    }

    /// Gives a tenant its number.
    pub(in crate::store) fn add_tenant(
        &mut self,
        connection: &Connection,
        side: Side,
        tenant_id: &str,
        now_ms: i64,
    ) -> sql::Result<i64> {
        let key = add_tenant(connection, side, tenant_id, now_ms)?;
        self.tenants.entry(side).or_default().insert(tenant_id.to_owned(), key);
        self.kept += 1;
        Ok(key)
    }

    /// Number of a deployment that has one.
    pub(in crate::store) fn deployment(
        &mut self,
        connection: &Connection,
        account: AccountKey,
        deployment: &SentDeployment,
    ) -> sql::Result<Option<i64>> {
        find(&mut self.deployments, &mut self.kept, account, deployment, || {
            let SentDeployment { model, provider, region } = deployment;
            key(connection, DEPLOYMENT_KEY, params![account.0, model, provider, region])
        })
    }

    /// Gives a deployment its number.
    pub(in crate::store) fn add_deployment(
        &mut self,
        connection: &Connection,
        account: AccountKey,
        deployment: &SentDeployment,
    ) -> sql::Result<i64> {
        let SentDeployment { model, provider, region } = deployment;
        let values = params![account.0, model, provider, region, connection.book().base()];
        let key = connection.prepare_cached(ADD_DEPLOYMENT)?.query_row(values, |row| row.get(0))?;
        self.deployments.entry(account).or_default().insert(deployment.clone(), key);
        self.kept += 1;
        Ok(key)
    }

    /// The deployment of that number.
    pub(in crate::store) fn deployment_of(
        &mut self,
        connection: &Connection,
        account: AccountKey,
        deployment_key: i64,
    ) -> sql::Result<&SentDeployment> {
        Ok(match self.deployments_by_key.entry(deployment_key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                self.kept += 1;
                place.insert(deployment(connection, account, deployment_key)?)
            }
        })
    }

    /// Forgets what another server may have added to.
    pub(in crate::store) fn forget_tags(&mut self) {
        self.tags.clear();
    }

    /// All tags of a tenant.
    fn tags_of(
        &mut self,
        connection: &Connection,
        account: AccountKey,
        tenant_key: i64,
    ) -> sql::Result<&mut HashMap<Tag, i64>> {
        if !self.tags.contains_key(&tenant_key) {
            let mut statement = connection.prepare_cached(TAGS)?;
            let tags = statement.query_map(params![account.0, tenant_key], |row| {
                Ok(((row.get(0)?, row.get(1)?), row.get(2)?))
            })?;
            let tags: HashMap<Tag, i64> = tags.collect::<Result<_, _>>()?;
            self.kept += tags.len();
            self.tags.insert(tenant_key, tags);
        }
        Ok(self.tags.entry(tenant_key).or_default())
    }

    /// Numbers of a tenant's tags, ascending, as an event's row holds them; `None` where one of them has none.
    pub(in crate::store) fn tag_keys(
        &mut self,
        connection: &Connection,
        account: AccountKey,
        tenant_key: i64,
        tags: &[Tag],
    ) -> sql::Result<Option<Vec<i64>>> {
        if tags.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let known = self.tags_of(connection, account, tenant_key)?;
        let keys: Option<Vec<i64>> = tags.iter().map(|tag| known.get(tag).copied()).collect();
        Ok(keys.map(|mut keys| {
            keys.sort_unstable();
            keys
        }))
    }

    /// How many tags a tenant would have with these.
    pub(in crate::store) fn tags_with(
        &mut self,
        connection: &Connection,
        account: AccountKey,
        tenant_key: i64,
        tags: &[Tag],
    ) -> sql::Result<usize> {
        let known = self.tags_of(connection, account, tenant_key)?;
        Ok(known.len() + tags.iter().filter(|tag| !known.contains_key(*tag)).count())
    }

    /// Gives those of the tags a number that have none.
    pub(in crate::store) fn add_tags(
        &mut self,
        connection: &Connection,
        account: AccountKey,
        tenant_key: i64,
        tags: &[Tag],
    ) -> sql::Result<()> {
        let known = self.tags_of(connection, account, tenant_key)?;
        let owner = params![account.0, tenant_key];
        let salt: Vec<u8> = connection.prepare_cached(SALT)?.query_row(owner, |row| row.get(0))?;
        let before = known.len();
        for tag in tags {
            if !known.contains_key(tag) {
                let (name, value) = tag;
                let commitment = commitment(&salt, &[name, "\t", value]);
                let values =
                    params![account.0, tenant_key, name, value, commitment, connection.book().base()];
                let key = connection.prepare_cached(ADD_TAG)?.query_row(values, |row| row.get(0))?;
                known.insert(tag.clone(), key);
            }
        }
        let added = known.len() - before;
        self.kept += added;
        Ok(())
    }

    /// Forgets where too much is kept; when a transaction ends.
    pub(in crate::store) fn stay_small(&mut self) {
        if self.kept > KEPT_MAX {
            *self = Interner::default();
        }
    }
}

/// Gives a tenant its number.
pub(in crate::store) fn add_tenant(
    connection: &Connection,
    side: Side,
    tenant_id: &str,
    now_ms: i64,
) -> sql::Result<i64> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(sql::Error::unreadable)?;
    let commitment = commitment(&salt, &[tenant_id]);
    let base = connection.book().base();
    let values = params![side.account.0, side.is_test, tenant_id, salt, commitment, now_ms, base];
    connection.prepare_cached(ADD_TENANT)?.query_row(values, |row| row.get(0))
}

/// The deployment of that number.
pub(in crate::store) fn deployment(
    connection: &Connection,
    account: AccountKey,
    deployment_key: i64,
) -> sql::Result<SentDeployment> {
    connection.prepare_cached(DEPLOYMENT)?.query_row([account.0, deployment_key], |row| {
        Ok(SentDeployment { model: row.get(0)?, provider: row.get(1)?, region: row.get(2)? })
    })
}

/// What stands for a name in the chain: says nothing about it once its salt is gone.
pub(in crate::store) fn commitment(salt: &[u8], parts: &[&str]) -> Sha {
    parts.iter().fold(Sha256::new_with_prefix(salt), |sha, part| sha.chain_update(part)).finalize().into()
}

fn key(connection: &Connection, sql: &str, values: impl Params) -> sql::Result<Option<i64>> {
    connection.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()
}

fn find<O, N, B>(
    known: &mut QuickMap<O, HashMap<N, i64>>,
    kept: &mut usize,
    owner: O,
    name: &B,
    look_up: impl FnOnce() -> sql::Result<Option<i64>>,
) -> sql::Result<Option<i64>>
where
    O: Eq + Hash,
    N: Borrow<B> + Eq + Hash,
    B: ToOwned<Owned = N> + Eq + Hash + ?Sized,
{
    let known = known.entry(owner).or_default();
    if let Some(&key) = known.get(name) {
        return Ok(Some(key));
    }
    let key = look_up()?;
    if let Some(key) = key {
        known.insert(name.to_owned(), key);
        *kept += 1;
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_new_are_counted_too() {
        let connection = Connection::in_memory();
        connection.execute_batch(include_str!("../sqlite/schema.sql")).unwrap();
        connection
            .execute_batch("insert into account values (1, 'a', 'a@example.com', 'A', 'x', 0)")
            .unwrap();
        let side = Side { account: AccountKey(1), is_test: false };
        let mut names = Interner::default();
        let tenant_key = names.add_tenant(&connection, side, "t", 0).unwrap();
        let deployment =
            SentDeployment { model: "m".to_owned(), provider: String::new(), region: String::new() };
        names.add_deployment(&connection, side.account, &deployment).unwrap();
        let tags = [("feature", "chat"), ("feature", "search")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        names.add_tags(&connection, side.account, tenant_key, &tags).unwrap();
        assert_eq!(names.kept, 4);
    }
}
