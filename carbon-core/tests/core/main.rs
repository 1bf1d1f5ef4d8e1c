//! The registry and the arithmetic, from outside the crate.

mod laws;
mod published_table;
mod refusals;
mod resolution;
