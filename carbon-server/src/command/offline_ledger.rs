//! A ledger that a command opens without a server.

use crate::{
    base::environment::without_empty_variables,
    config::Config,
    registry::Registry,
    store::{
        AccountKey, Store,
        database::Database,
        error::{LedgerError, StoreError},
    },
};
use clap::{Args, Command, FromArgMatches};
use std::sync::Arc;
use thiserror::Error;
use tokio::runtime::{Builder, Runtime};

/// An open ledger, with the runtime of its futures.
pub(crate) struct OfflineLedger {
    pub(crate) runtime: Runtime,
    pub(crate) store: Store,
    pub(crate) registry: Arc<Registry>,
    pub(crate) config: Config,
}

/// Why a command cannot use a ledger.
#[derive(Debug, Error)]
pub(crate) enum NoLedger {
    #[error("no ledger at {0}")]
    Missing(String),
    #[error("{0}")]
    Account(String),
    #[error("{0}")]
    Registry(String),
    /// A server has the file open.
    #[error("{0}: another server has it open")]
    InUse(String),
    #[error("{0}")]
    Unopened(#[from] LedgerError),
    #[error("cannot start a runtime: {0}")]
    NoRuntime(#[from] std::io::Error),
}

impl NoLedger {
    /// As a sentence that says what to do instead, if a server has the file open.
    pub(crate) fn or(self, instead: &str) -> String {
        match self {
            NoLedger::InUse(_) => format!("{self}; {instead}"),
            other => other.to_string(),
        }
    }
}

impl OfflineLedger {
    /// Opens an existing ledger, with all settings at their defaults.
    pub(crate) fn open(database: &Database) -> Result<Self, NoLedger> {
        if let Database::Sqlite { path } = database
            && !path.exists()
        {
            return Err(NoLedger::Missing(path.display().to_string()));
        }
        let arguments = without_empty_variables(Config::augment_args(Command::new("ledger")));
        let arguments = arguments.get_matches_from(["ledger"]);
        let mut config = Config::from_arg_matches(&arguments).expect("every setting has a default");
        config.database = database.clone();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let opened = runtime.block_on(Store::open(&config.database, &config.store_options()));
        let (store, _) = opened.map_err(|error| match error {
            StoreError::InUse => NoLedger::InUse(config.database.to_string()),
            other => LedgerError(other).into(),
        })?;
        let registry = runtime.block_on(Registry::open(&store, config.factor_set.clone()));
        let registry = Arc::new(registry.map_err(|error| NoLedger::Registry(error.to_string()))?);
        Ok(OfflineLedger { runtime, store, registry, config })
    }

    /// The account with that address; without an address, the only account.
    pub(crate) fn account(&self, email: Option<&str>) -> Result<AccountKey, NoLedger> {
        let accounts = self.runtime.block_on(self.store.accounts()).map_err(LedgerError)?;
        of_email(&accounts, email).map_err(NoLedger::Account)
    }

    /// Closes the ledger; `false` if its writer had failed.
    pub(crate) fn close(self) -> bool {
        self.runtime.block_on(self.store.close())
    }
}

/// The account with that address among `accounts`; without an address, the only account.
pub(crate) fn of_email(accounts: &[(AccountKey, String)], email: Option<&str>) -> Result<AccountKey, String> {
    match (email, accounts) {
        (Some(email), accounts) => accounts
            .iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(email))
            .map(|(account, _)| *account)
            .ok_or_else(|| format!("no account {email} in this ledger")),
        (None, [(account, _)]) => Ok(*account),
        (None, []) => Err("no account in this ledger".to_owned()),
        (None, _) => Err("this ledger has several accounts: name one with --account".to_owned()),
    }
}
