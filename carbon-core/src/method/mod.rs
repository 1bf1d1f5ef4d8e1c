//! The modelled methods: pure functions from sizes, places and counts to energy, emissions and water.

pub(crate) mod bottom_up;
pub(crate) mod disclosed;
pub mod ecologits;
