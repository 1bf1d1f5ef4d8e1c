//! The ledger on a PostgreSQL server, which several servers of ours write to.

pub(super) mod books;
mod catalog;
mod citus;
mod events;
pub(super) mod migration;
mod moving;
mod partition;
mod pruning;
mod script;
mod server;
mod sums;

pub(crate) use crate::store::postgres::server::{NotAServer, PostgresAddress};
pub(super) use crate::store::postgres::{
    events::Arriving,
    moving::{first_difference, move_ledger},
    partition::make_months_ahead,
    pruning::{events_of, months_of_events, remove_events},
};
