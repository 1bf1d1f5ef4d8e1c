//! Measured energy: a factor of one's own, from windows of metered joules and counted tokens.
//!
//! ```text
//! joules at the power supply = a x fresh input + c x cached input + b x output (+ k x context) + P x seconds
//! ```
//!
//! [`fit`] finds these by least squares without negative coefficients, with c between 0.03 and 0.4 of a, and a 95 %
//! interval by drawing whole days again. Windows that cannot tell input from output give one ratio, with input weighted as
//! in our own model. The energy of idle time is allotted to the tokens and shown apart.
//!
//! Cooling and power supply of the site, the grid and the hardware are the place's, and are applied where calls are valued.

mod bootstrap;
mod cover;
mod design;
mod factor;
mod fit;
mod note;
mod prior;
mod solve;
mod window;

pub use bootstrap::{BLOCKS_MIN, Block, DRAWS, SEED};
pub use cover::{Coverage, Reconciliation, metered_time};
pub use design::{CACHED_OVER_FRESH, CONDITION_MAX, SPLIT_WINDOWS_MIN};
pub use factor::{EntryDiffers, EntryFault, MeasuredEntry, MeasuredFactor, MeasuredStatus, VALID_DAYS};
pub use fit::{Fit, NotFitted, Parts, Totals, fit};
pub use note::{Note, PLAUSIBLE_FACTOR, PLAUSIBLE_WH_PER_1K_MAX};
pub use prior::Prior;
pub use window::{
    HOST_SHARE, HOST_SHARE_GSD, MeteredEnergy, PART_UJ_MAX, Scope, WINDOW_MS_MAX, WINDOW_MS_MIN,
    WINDOW_TOKENS_MAX, Window, WindowFault,
};
