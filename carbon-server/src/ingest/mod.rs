//! Turns calls, in any of the accepted formats, into events.

pub(crate) mod arithmetic;
pub(crate) mod batch;
pub(crate) mod call;
pub(crate) mod count;
pub(crate) mod grids;
pub(crate) mod intake;
pub(crate) mod media;
pub(crate) mod place;
pub(crate) mod sources;
pub(crate) mod supplier_report;
pub(crate) mod tags;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod tokens;
pub(crate) mod usage_object;
pub(crate) mod valuation;
pub(crate) mod window;
