//! The ways of valuing usage.

mod applied;
pub(crate) mod bottom_up;
mod consistency;
pub mod ecologits;
mod in_place;
mod measured;
mod paired;

pub use applied::AppliedFactor;
pub use bottom_up::{BottomUp, BottomUpFactor, BottomUpSum};
pub use consistency::Consistency;
pub use in_place::InPlace;
pub use measured::{MeasuredFigure, MeasuredInPlace};
pub use paired::{Comparison, PairedSum, Verdict};

use crate::words::words;

/// The methods that value a call by default, in the order in which they are tried.
pub const DEFAULT_POLICY: &[Method] = &[Method::Measured, Method::Coefficient, Method::BottomUp];

words! {
    /// A way of valuing usage.
    #[non_exhaustive]
    Method {
        /// Energy that the account has measured for its own calls.
        Measured = "measured",
        /// The published table: tokens / 1000 x factor.
        Coefficient = "coefficient",
        /// Our own method: energy by class of token, through host, site and grid.
        BottomUp = "bottom_up",
        /// EcoLogits 0.11.3: a second opinion.
        Ecologits = "ecologits",
        /// A provider's own figure in its own unit: a second opinion.
        Disclosed = "disclosed",
    }
}
