//! Reports and invoices from the ledger.

pub(crate) mod batch_request;
pub(crate) mod batches;
pub(crate) mod bill;
pub(crate) mod figures;
pub(crate) mod issue;
pub(crate) mod market;
pub(crate) mod measured;
pub(crate) mod period;
pub(crate) mod reconciliation;
pub(crate) mod verification;
pub(crate) mod zip;
