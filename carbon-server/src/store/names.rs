//! Internal numbers of tenants and deployments, remembered so that an event costs no look-up.

use super::AccountKey;
use rusqlite::{Connection, OptionalExtension, Params, params};
use std::{collections::HashMap, hash::Hash};

/// A model as the sender names it, at a provider, in a region; empty where not said.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Deployment {
    pub(crate) model: String,
    pub(crate) provider: String,
    pub(crate) region: String,
}

/// What the writer knows by heart. Numbers given out in a transaction count only once it is committed.
#[derive(Default)]
pub(crate) struct Names {
    tenants: Numbers<(AccountKey, String)>,
    deployments: Numbers<(AccountKey, Deployment)>,
}

const TENANT_KEY: &str = "select tenant_key from tenant where account_key = ?1 and tenant_id = ?2";
const ADD_TENANT: &str = "
    insert into tenant (account_key, tenant_id, created_at_ms) values (?1, ?2, ?3) returning tenant_key";

const DEPLOYMENT_KEY: &str = "
    select deployment_key from deployment where account_key = ?1 and model = ?2 and provider = ?3 and region = ?4";
const ADD_DEPLOYMENT: &str = "
    insert into deployment (account_key, model, provider, region) values (?1, ?2, ?3, ?4) returning deployment_key";

impl Names {
    /// Number of a tenant, who is known from now on.
    pub(crate) fn tenant_key(
        &mut self,
        connection: &Connection,
        account: AccountKey,
        tenant_id: &str,
        now_ms: i64,
    ) -> rusqlite::Result<i64> {
        self.tenants.find_or_add((account, tenant_id.to_owned()), || {
            match find(connection, TENANT_KEY, params![account.0, tenant_id])? {
                Some(key) => Ok(key),
                None => add(connection, ADD_TENANT, params![account.0, tenant_id, now_ms]),
            }
        })
    }

    /// Number of a deployment, which is known from now on.
    pub(crate) fn deployment_key(
        &mut self,
        connection: &Connection,
        account: AccountKey,
        deployment: &Deployment,
    ) -> rusqlite::Result<i64> {
        let Deployment { model, provider, region } = deployment;
        self.deployments.find_or_add((account, deployment.clone()), || {
            match find(connection, DEPLOYMENT_KEY, params![account.0, model, provider, region])? {
                Some(key) => Ok(key),
                None => add(connection, ADD_DEPLOYMENT, params![account.0, model, provider, region]),
            }
        })
    }

    /// The transaction is on disk.
    pub(crate) fn keep_uncommitted(&mut self) {
        self.tenants.keep_uncommitted();
        self.deployments.keep_uncommitted();
    }

    /// The transaction was rolled back, and with it the numbers it gave out.
    pub(crate) fn forget_uncommitted(&mut self) {
        self.tenants.uncommitted.clear();
        self.deployments.uncommitted.clear();
    }
}

fn find(connection: &Connection, sql: &str, values: impl Params) -> rusqlite::Result<Option<i64>> {
    connection.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()
}

fn add(connection: &Connection, sql: &str, values: impl Params) -> rusqlite::Result<i64> {
    connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))
}

struct Numbers<N> {
    committed: HashMap<N, i64>,
    uncommitted: HashMap<N, i64>,
}

impl<N> Default for Numbers<N> {
    fn default() -> Self {
        Numbers { committed: HashMap::new(), uncommitted: HashMap::new() }
    }
}

impl<N: Eq + Hash> Numbers<N> {
    /// Names kept in memory: a sender who invents new ones for ever costs look-ups, not memory.
    const KEPT_MAX: usize = 100_000;

    fn find_or_add(
        &mut self,
        name: N,
        look_up: impl FnOnce() -> rusqlite::Result<i64>,
    ) -> rusqlite::Result<i64> {
        if let Some(&key) = self.committed.get(&name).or_else(|| self.uncommitted.get(&name)) {
            return Ok(key);
        }
        let key = look_up()?;
        self.uncommitted.insert(name, key);
        Ok(key)
    }

    fn keep_uncommitted(&mut self) {
        if self.committed.len() > Self::KEPT_MAX {
            self.committed = HashMap::new();
        }
        self.committed.extend(self.uncommitted.drain());
    }
}
