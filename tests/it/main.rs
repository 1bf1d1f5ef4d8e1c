//! The built server, seen from outside: a real binary, a real file, a free port.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod accounts;
mod alerts;
mod batch;
mod billing;
mod browser;
mod connections;
mod dashboard;
mod demo;
mod durability;
mod erasure;
mod errors;
mod estimate;
mod evidence;
mod examples;
mod faults;
mod handover;
mod idempotency;
mod import;
mod import_faults;
mod isolation;
mod ledger;
mod litellm;
mod model;
mod months;
mod newcomer;
mod openapi;
mod operations;
mod pact;
mod pages;
mod public_api;
mod reconcile;
mod report;
mod report_evidence;
mod same_call;
mod server;
mod servers;
mod settings;
mod tenants;
mod tidy;
mod time;
mod traces;
mod track;
mod usage;
mod usage_objects;
