//! Which ledger a command is about.

use crate::store::database::Database;
use clap::Args;

/// Which ledger a command is about.
#[derive(Args)]
pub(crate) struct Ledger {
    /// Where the ledger is kept: sqlite:FILE, or postgres://USER@HOST/DATABASE
    #[arg(
        long,
        env = "CARBON_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        default_value = "sqlite:carbon.db"
    )]
    pub(crate) database: Database,
}
