//! The finished report in all its forms: what a reader sees and what a program finds.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod authority;
mod claims;
mod companions;
mod conformance;
mod fonts;
mod forged_packs;
mod forms;
mod grids;
mod handover;
mod measured;
mod own;
mod pack;
mod pdf;
mod periods;
mod redrawn;
mod rounding;
mod rules;
mod samples;
mod schema;
mod signature;
mod structure;
mod time_stamps;
mod verapdf;
