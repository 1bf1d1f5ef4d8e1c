//! The flags that name the ledger of a command.

use crate::{
    registry::Registry,
    store::{self, ArchivePlace, Archives, database::Database},
};
use clap::Args;

/// The ledger of a command.
#[derive(Args)]
pub(crate) struct Ledger {
    /// The ledger: sqlite:FILE, or postgres://USER@HOST/DATABASE
    #[arg(
        long,
        env = "CARBON_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        default_value = "sqlite:carbon.db"
    )]
    pub(crate) database: Database,
}

/// Where the archives of a ledger are read.
#[derive(Args, Default)]
pub(crate) struct ArchiveSource {
    /// Where archives of pruned months are read: a folder, or s3://BUCKET/PREFIX; by default where each was written
    #[arg(long, env = "CARBON_ARCHIVE", value_name = "PLACE")]
    archive: Option<ArchivePlace>,
}

impl ArchiveSource {
    /// The archives.
    pub(crate) fn archives(&self) -> Archives {
        Archives::new(self.archive.clone())
    }
}

/// The factor sets that a command knows: those that ship, and those of a ledger.
#[derive(Args)]
pub(crate) struct KnownSets {
    /// A ledger whose added factor sets are known too: sqlite:FILE, or postgres://USER@HOST/DATABASE
    #[arg(long, env = "CARBON_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub(crate) database: Option<Database>,
}

impl KnownSets {
    /// The sets, of which `wanted` is the default where it is given, else the newest.
    pub(crate) fn registry(&self, wanted: Option<String>) -> Result<Registry, String> {
        registry(self.database.as_ref(), wanted)
    }
}

/// The sets that ship, and those of a ledger that a server may have open.
pub(crate) fn registry(database: Option<&Database>, wanted: Option<String>) -> Result<Registry, String> {
    let sets = match database {
        Some(database) => {
            exists(database)?;
            store::factor_sets_of(database).map_err(|error| format!("{database}: {error}"))?
        }
        None => Vec::new(),
    };
    Registry::of(&sets, Vec::new(), wanted).map_err(|error| error.to_string())
}

/// A command that needs a ledger makes none.
pub(crate) fn exists(database: &Database) -> Result<(), String> {
    match database {
        Database::Sqlite { path } if !path.exists() => Err(format!("no ledger at {}", path.display())),
        Database::Sqlite { .. } | Database::Postgres(_) => Ok(()),
    }
}
