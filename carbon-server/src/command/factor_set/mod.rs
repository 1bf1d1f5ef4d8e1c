//! `carbon-server factor-set`: sets of factors as data, without a new build.

mod add;
mod changes;
mod check;
mod export;
mod list;
mod source;

use crate::command::factor_set::{add::Add, check::Check, export::Export, list::List};
use clap::Subcommand;
use std::error::Error;

/// Check, add and list factor sets of your own
///
/// A set in the ledger is never changed and never removed, and every server of the ledger can be asked for it. The newest,
/// by the numbers of its version, values calls, unless --factor-set of the server names another.
#[derive(Subcommand)]
pub(crate) enum FactorSetCommand {
    Check(Check),
    Add(Add),
    List(List),
    Export(Export),
}

impl FactorSetCommand {
    /// The text to print.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        match self {
            FactorSetCommand::Check(check) => check.run(),
            FactorSetCommand::Add(add) => add.run(),
            FactorSetCommand::List(list) => list.run(),
            FactorSetCommand::Export(export) => export.run(),
        }
    }
}
