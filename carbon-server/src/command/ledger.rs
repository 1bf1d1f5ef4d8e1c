//! The flag that names the ledger of a command.

use crate::store::database::Database;
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
