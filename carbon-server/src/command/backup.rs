//! `carbon-server backup`: a copy of the ledger while a server may write.

use crate::{
    command::ledger::Ledger,
    store::{self, StoreError, database::Database},
};
use clap::Args;
use std::{error::Error, path::PathBuf};

/// Copy the ledger to a new file, while a server may write
///
/// The copy is the ledger as it stood at one moment: serve it, or check it, as it is.
#[derive(Args)]
pub(crate) struct Backup {
    /// The file to be made; one that is there already is left alone
    #[arg(value_name = "FILE")]
    copy: PathBuf,

    #[command(flatten)]
    ledger: Ledger,
}

impl Backup {
    /// What is to be printed.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        let database = &self.ledger.database;
        let copied = match database {
            Database::Sqlite { path } => store::backup(path, &self.copy),
            Database::Postgres(_) => Err(StoreError::NotAFile),
        };
        copied.map_err(|error| format!("{database} to {}: {error}", self.copy.display()))?;
        Ok(format!("{database} is copied to {}\n", self.copy.display()))
    }
}
