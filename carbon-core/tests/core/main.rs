//! The registry and the arithmetic, from outside the crate.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod conformance;
mod ecologits;
mod laws;
mod modelled;
mod monte_carlo;
mod moving;
mod names;
mod pages;
mod published_table;
mod refusals;
mod released;
mod resolution;
mod sizes;
mod small;
