//! Settings of the ledger: what it is made of, and its signed checkpoints.

use clap::{Args, value_parser};
use std::path::PathBuf;

/// What a ledger is made of, where there is none yet.
#[derive(Args, Clone, Copy, Debug)]
pub struct NewLedger {
    /// Books of a new ledger on PostgreSQL: servers write to different ones side by side [default: 16]
    #[arg(long, env = "CARBON_BOOKS", value_name = "COUNT", value_parser = value_parser!(u32).range(1..=4_096))]
    pub books: Option<u32>,
}

/// Signed checkpoints of the ledger's chain: evidence against whoever changes the ledger and rebuilds its chain.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Checkpoints")]
pub struct Checkpoints {
    /// File to which checkpoints are appended, or off; by default next to a ledger in a file, and none on PostgreSQL
    #[arg(long, env = "CARBON_CHECKPOINTS", value_name = "FILE|off")]
    pub checkpoints: Option<PathBuf>,

    /// Ed25519 key that signs checkpoints, PKCS#8 PEM, made if it is missing; by default next to a ledger in a file
    #[arg(long, env = "CARBON_CHECKPOINT_KEY", value_name = "FILE")]
    pub checkpoint_key: Option<PathBuf>,
}
