//! The resources, one file each. A handler checks permission, reads its typed input, calls the store or the
//! core, and returns a typed answer.

pub(crate) mod accounts;
pub(crate) mod batch;
pub(crate) mod billing;
pub(crate) mod branding;
pub(crate) mod carbon_txt;
pub(crate) mod checkpoint;
pub(crate) mod company;
pub(crate) mod dashboard_links;
pub(crate) mod estimate;
pub(crate) mod grid;
pub(crate) mod grpc;
pub(crate) mod health;
pub(crate) mod keys;
pub(crate) mod langfuse;
pub(crate) mod litellm;
pub(crate) mod measurements;
pub(crate) mod models;
pub(crate) mod months;
pub(crate) mod operations;
pub(crate) mod own_models;
pub(crate) mod pact;
pub(crate) mod pact_clients;
pub(crate) mod report_batches;
pub(crate) mod reports;
pub(crate) mod restatements;
pub(crate) mod reversals;
pub(crate) mod session;
pub(crate) mod sources;
pub(crate) mod taxonomy;
mod telemetry;
pub(crate) mod tenant_export;
pub(crate) mod tenants;
pub(crate) mod traces;
pub(crate) mod track;
pub(crate) mod usage;
pub(crate) mod webhook;
