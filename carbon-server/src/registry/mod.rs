//! The sets of factors of this server: those that ship with the program, those that its operator has added, and over
//! each the own entries of every account.
//!
//! All of it is kept in memory and read again when the ledger has more: at once after a change through this server,
//! within a second after one through another.

pub(crate) mod added;
pub(crate) mod archive;
pub(crate) mod factor_ids;
pub(crate) mod grids;
pub(crate) mod own;

use crate::store::{AccountKey, AddedFactorSet, HourSwitched, OwnChange, ReadTo, Store, StoreError};
use carbon_core::FactorSet;
use own::OwnRegistry;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

/// What has been read of the ledger.
pub(crate) struct Registry {
    /// The version that the operator wants to be the default.
    wanted: Option<String>,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    /// Sets that the operator has added, by version. They stay for as long as the program runs, as the others do.
    added: BTreeMap<String, &'static FactorSet>,
    /// Accounts with own entries; most have none.
    own: HashMap<AccountKey, OwnAccount>,
    /// Sets of earlier revisions that were asked for.
    earlier: HashMap<(AccountKey, String), FactorSet>,
    /// Whether the calls of accounts that have ever switched are summed by the hour, and by which switch.
    by_hour: HashMap<AccountKey, (i64, bool)>,
    own_entries_read_to: ReadTo,
    last_factor_set: i64,
    hour_switches_read_to: ReadTo,
}

struct OwnAccount {
    registry: Arc<OwnRegistry>,
    /// The default set with the newest entries.
    current: FactorSet,
}

/// Earlier sets kept at hand; beyond that, all are dropped and made again.
const EARLIER_MAX: usize = 1_000;
/// The same where a set has grids by the hour, which take megabytes.
const EARLIER_WITH_GRIDS_MAX: usize = 50;

/// How soon a change through another server is in use here.
const FOLLOWED_EVERY: Duration = Duration::from_secs(1);

/// Why the registry of a ledger is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoRegistry {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("there is no factor set {wanted:?}; use one of {known}")]
    NoSuchSet { wanted: String, known: String },
    #[error("factor set {version} is not as it was added: {why}")]
    Altered { version: String, why: String },
}

impl Registry {
    /// What the ledger holds now; `wanted` is the version of the default set, by default the newest.
    pub(crate) async fn open(store: &Store, wanted: Option<String>) -> Result<Self, NoRegistry> {
        let registry = Registry { wanted, state: RwLock::default() };
        registry.refresh(store).await?;
        registry.has_wanted()
    }

    /// Of what a ledger holds, which is not read again: all of it must be as it was added.
    pub(crate) fn of(
        sets: &[AddedFactorSet],
        changes: Vec<(AccountKey, OwnChange)>,
        wanted: Option<String>,
    ) -> Result<Self, NoRegistry> {
        let read = |set: &AddedFactorSet| {
            let version = set.version.clone();
            added::read(set).map_err(|why| NoRegistry::Altered { version, why })
        };
        let sets = sets.iter().map(read).collect::<Result<_, _>>()?;
        let registry = Registry { wanted, state: RwLock::default() };
        registry.take(sets, 0, changes, &ReadTo::default());
        registry.has_wanted()
    }

    fn has_wanted(self) -> Result<Self, NoRegistry> {
        match self.wanted.clone().filter(|wanted| self.released(wanted).is_none()) {
            Some(wanted) => Err(NoRegistry::NoSuchSet { wanted, known: self.versions().join(", ") }),
            None => Ok(self),
        }
    }

    /// The set that values calls, without own entries.
    pub(crate) fn default_set(&self) -> &'static FactorSet {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        self.default_of(&state)
    }

    /// The set that values an account's calls now.
    pub(crate) fn current(&self, account: AccountKey) -> FactorSet {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        match state.own.get(&account) {
            Some(own) => own.current.clone(),
            None => self.default_of(&state).clone(),
        }
    }

    /// A set by the version that an account's results state: `2026.12`, or `2026.12+3` with its own entries of then.
    pub(crate) fn version(&self, account: AccountKey, version: &str) -> Option<FactorSet> {
        let Some((base, revision)) = version.split_once('+') else {
            return self.released(version).cloned();
        };
        let key = (account, version.to_owned());
        let (set, registry) = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(found) = state.earlier.get(&key) {
                return Some(found.clone());
            }
            (released(&state, base)?, state.own.get(&account)?.registry.clone())
        };
        let revision = revision.parse().ok().filter(|revision| *revision <= registry.revision())?;
        let found = registry.at(revision).on(set).ok()?;
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let most = if found.grid_series().is_empty() { EARLIER_MAX } else { EARLIER_WITH_GRIDS_MAX };
        if state.earlier.len() >= most {
            state.earlier.clear();
        }
        state.earlier.insert(key, found.clone());
        Some(found)
    }

    /// That set, or with `None` the default, with an account's newest own entries.
    pub(crate) fn wanted(&self, account: AccountKey, version: Option<&str>) -> Option<FactorSet> {
        match version {
            None => Some(self.current(account)),
            Some(version) if version.contains('+') => self.version(account, version),
            Some(version) => {
                let set = self.released(version)?;
                let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
                match state.own.get(&account) {
                    Some(own) => own.registry.on(set).ok(),
                    None => Some(set.clone()),
                }
            }
        }
    }

    /// A set without own entries.
    pub(crate) fn released(&self, version: &str) -> Option<&'static FactorSet> {
        released(&self.state.read().unwrap_or_else(PoisonError::into_inner), version)
    }

    /// Versions of all sets, those that ship with the program first.
    pub(crate) fn versions(&self) -> Vec<String> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        FactorSet::versions().map(str::to_owned).chain(state.added.keys().cloned()).collect()
    }

    /// An account's own entries.
    pub(crate) fn own(&self, account: AccountKey) -> Arc<OwnRegistry> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.own.get(&account).map(|own| own.registry.clone()).unwrap_or_default()
    }

    /// Whether an account has its calls summed by the hour.
    pub(crate) fn is_by_hour(&self, account: AccountKey) -> bool {
        self.state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .by_hour
            .get(&account)
            .is_some_and(|(_, is_on)| *is_on)
    }

    /// Reads what the ledger has got since.
    pub(crate) async fn refresh(&self, store: &Store) -> Result<(), StoreError> {
        let (own, sets, hours) = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            (state.own_entries_read_to.clone(), state.last_factor_set, state.hour_switches_read_to.clone())
        };
        let (hours, switches) = store.hour_switches_behind(&hours).await?;
        if !switches.is_empty() {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            state.hour_switches_read_to.and(&hours);
            state.switch(switches);
        }
        let (own, changes) = store.own_changes_behind(&own).await?;
        let (last_set, sets) = store.factor_sets_behind(sets).await?;
        if !changes.is_empty() || !sets.is_empty() {
            self.take(sets.iter().filter_map(readable).collect(), last_set, changes, &own);
        }
        Ok(())
    }

    fn take(&self, sets: Vec<FactorSet>, last_set: i64, changes: Vec<(AccountKey, OwnChange)>, own: &ReadTo) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let before = self.default_of(&state).as_str();
        for set in sets {
            state.added.entry(set.as_str().to_owned()).or_insert_with(|| Box::leak(Box::new(set)));
        }
        let default_before = state.last_factor_set;
        state.last_factor_set = state.last_factor_set.max(last_set);
        let mut changed: HashMap<AccountKey, Vec<OwnChange>> = HashMap::new();
        for (account, change) in changes {
            changed.entry(account).or_default().push(change);
        }
        let default = self.default_of(&state);
        if default.as_str() != before {
            tracing::info!(factor_set = default.as_str(), "calls are valued by this factor set now");
        }
        for (account, changes) in changed {
            let mut registry = state.own.get(&account).map(|own| (*own.registry).clone()).unwrap_or_default();
            changes.into_iter().for_each(|change| registry.add(change));
            let current = current(&registry, default);
            state.own.insert(account, OwnAccount { registry: Arc::new(registry), current });
        }
        state.own_entries_read_to.and(own);
        if default_before != state.last_factor_set {
            state.own.values_mut().for_each(|own| own.current = current(&own.registry, default));
        }
    }

    fn default_of(&self, state: &State) -> &'static FactorSet {
        let wanted = self.wanted.as_deref().and_then(|wanted| released(state, wanted));
        wanted.unwrap_or_else(|| added::newest(FactorSet::latest(), state.added.values().copied()))
    }
}

impl State {
    fn switch(&mut self, switches: Vec<HourSwitched>) {
        for HourSwitched { number, account, is_on } in switches {
            let newest = self.by_hour.entry(account).or_insert((number, is_on));
            // Another reader may have been further.
            if newest.0 < number {
                *newest = (number, is_on);
            }
        }
    }
}

fn released(state: &State, version: &str) -> Option<&'static FactorSet> {
    FactorSet::version(version).or_else(|| state.added.get(version).copied())
}

/// Sets are checked before they are kept; one that this program cannot read has no values here.
fn readable(set: &AddedFactorSet) -> Option<FactorSet> {
    added::read(set)
        .inspect_err(|error| tracing::error!(version = set.version, %error, "a factor set is not read"))
        .ok()
}

/// Entries are checked before they are kept; where another program has kept one that cannot be read, none is used.
fn current(registry: &OwnRegistry, set: &FactorSet) -> FactorSet {
    registry.on(set).unwrap_or_else(|error| {
        tracing::error!(%error, "own entries of an account are not read");
        set.clone()
    })
}

/// The sets of one account.
#[derive(Clone)]
pub(crate) struct AccountSets {
    registry: Arc<Registry>,
    account: AccountKey,
}

impl AccountSets {
    pub(crate) fn new(registry: &Arc<Registry>, account: AccountKey) -> Self {
        AccountSets { registry: registry.clone(), account }
    }

    /// The set that values its calls now.
    pub(crate) fn current(&self) -> FactorSet {
        self.registry.current(self.account)
    }

    /// The set that its results state.
    pub(crate) fn version(&self, version: &str) -> Option<FactorSet> {
        self.registry.version(self.account, version)
    }
}

/// Follows changes through other servers and commands, until it is dropped.
pub(crate) async fn follow(registry: &Registry, store: &Store) {
    loop {
        tokio::time::sleep(FOLLOWED_EVERY).await;
        if let Err(error) = registry.refresh(store).await {
            tracing::warn!(%error, "the registry was not read again, and is next time");
        }
    }
}
