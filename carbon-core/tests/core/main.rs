//! The registry and the arithmetic, from outside the crate.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod conformance;
mod context;
mod ecologits;
mod figures;
mod laws;
mod measured;
mod method_page;
mod method_tables;
mod ml_energy;
mod modelled;
mod monte_carlo;
mod moving;
mod names;
mod next;
mod older_sets;
mod on_top;
mod own;
mod pages;
mod paired;
mod published_table;
mod refusals;
mod released;
mod remembered;
mod resolution;
mod sizes;
mod small;
