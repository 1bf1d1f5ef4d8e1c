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
    insert into tenant (account_key, tenant_id, created_at_ms) values (?1, ?2, ?3) on conflict do nothing";

const DEPLOYMENT_KEY: &str = "
    select deployment_key from deployment where account_key = ?1 and model = ?2 and provider = ?3 and region = ?4";
const ADD_DEPLOYMENT: &str = "
    insert into deployment (account_key, model, provider, region) values (?1, ?2, ?3, ?4) on conflict do nothing";

impl Names {
    /// Numbers of the tenant and the deployment, where both are known.
    pub(crate) fn known(
        &mut self,
        connection: &Connection,
        account: AccountKey,
        tenant_id: &str,
        deployment: &Deployment,
    ) -> rusqlite::Result<Option<(i64, i64)>> {
        let tenant = self.tenants.find((account, tenant_id.to_owned()), || {
            find(connection, TENANT_KEY, params![account.0, tenant_id])
        })?;
        let Deployment { model, provider, region } = deployment;
        let deployment = self.deployments.find((account, deployment.clone()), || {
            find(connection, DEPLOYMENT_KEY, params![account.0, model, provider, region])
        })?;
        Ok(tenant.zip(deployment))
    }

    /// Makes both known.
    pub(crate) fn add(
        &mut self,
        connection: &Connection,
        account: AccountKey,
        tenant_id: &str,
        deployment: &Deployment,
        now_ms: i64,
    ) -> rusqlite::Result<()> {
        connection.prepare_cached(ADD_TENANT)?.execute(params![account.0, tenant_id, now_ms])?;
        let Deployment { model, provider, region } = deployment;
        connection.prepare_cached(ADD_DEPLOYMENT)?.execute(params![account.0, model, provider, region])?;
        Ok(())
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

    fn find(
        &mut self,
        name: N,
        look_up: impl FnOnce() -> rusqlite::Result<Option<i64>>,
    ) -> rusqlite::Result<Option<i64>> {
        if let Some(&key) = self.committed.get(&name).or_else(|| self.uncommitted.get(&name)) {
            return Ok(Some(key));
        }
        let key = look_up()?;
        if let Some(key) = key {
            self.uncommitted.insert(name, key);
        }
        Ok(key)
    }

    fn keep_uncommitted(&mut self) {
        if self.committed.len() > Self::KEPT_MAX {
            self.committed = HashMap::new();
        }
        self.committed.extend(self.uncommitted.drain());
    }
}
