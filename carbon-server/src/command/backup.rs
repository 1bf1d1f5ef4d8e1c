//! `carbon-server backup`: a copy of the ledger, while a server may be running.

use crate::{
    command::ledger::Ledger,
    store::{self, StoreError, database::Database},
};
use clap::Args;
use std::{error::Error, path::PathBuf};

/// Copy the ledger to a new file; a server may be running
///
/// The copy is the ledger as of one moment, ready to be served or checked. For a ledger in a file; on PostgreSQL, use its own tools.
#[derive(Args)]
pub(crate) struct Backup {
    /// The file to create; an existing file is never overwritten
    #[arg(value_name = "FILE")]
    copy: PathBuf,

    #[command(flatten)]
    ledger: Ledger,
}

impl Backup {
    /// The text to print.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        let database = &self.ledger.database;
        let copied = match database {
            Database::Sqlite { path } => store::backup(path, &self.copy),
            Database::Postgres(_) => Err(StoreError::NotAFile),
        };
        copied.map_err(|error| format!("{database} to {}: {error}", self.copy.display()))?;
        Ok(format!("{database} was copied to {}\n", self.copy.display()))
    }
}
