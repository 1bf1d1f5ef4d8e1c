//! Elementary functions that give the same bits on every machine.
//!
//! The standard library leaves them to the platform, and platforms differ in the last digit; a report must not.

pub(crate) use libm::{erfc, exp, log as ln};
