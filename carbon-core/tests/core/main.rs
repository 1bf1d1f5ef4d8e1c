//! The registry and the arithmetic, from outside the crate.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod laws;
mod published_table;
mod refusals;
mod resolution;
