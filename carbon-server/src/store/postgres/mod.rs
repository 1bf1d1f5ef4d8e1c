//! The ledger on a PostgreSQL server, which several servers of ours write to.

mod events;
pub(super) mod migration;
mod partition;
mod server;
mod sums;

pub(super) use events::Arriving;
pub(crate) use server::{NotAServer, Server};
