//! The ledger on a PostgreSQL server, which several servers of ours write to.

mod events;
pub(super) mod migration;
mod moving;
mod partition;
mod pruning;
mod server;
mod sums;

pub(super) use events::Arriving;
pub(super) use moving::{first_difference, move_ledger};
pub(crate) use pruning::Prunable;
pub(super) use pruning::{kept, months_before, prune};
pub(crate) use server::{NotAServer, Server};
