//! Elementary functions that give the same bits on every machine.
//!
//! The standard library leaves them to the platform, and platforms differ in the last digit; a report must not.

pub(crate) use libm::{erfc, exp, log as ln};

/// A count as a float: exact below 2^53, and to 16 digits above.
#[expect(clippy::cast_precision_loss, reason = "sixteen digits are more than any figure is good for")]
pub(crate) fn count(number: u128) -> f64 {
    number as f64
}
