//! The modelled methods.

pub(crate) mod bottom_up;
pub mod ecologits;
