//! Rate limits of log-in attempts.

use crate::{auth::rate_limit::RateLimiter, http::problem::Problem};
use governor::Quota;
use std::{net::IpAddr, num::NonZeroU32};

/// Log-in attempts, by email address and by network address.
pub(crate) struct LogIns {
    of_email: RateLimiter<String>,
    of_peer: RateLimiter<IpAddr>,
}

impl LogIns {
    pub(crate) fn new(per_minute_max: NonZeroU32) -> Self {
        let quota = Quota::per_minute(per_minute_max);
        LogIns { of_email: RateLimiter::new(quota), of_peer: RateLimiter::new(quota) }
    }

    pub(crate) fn check(&self, email: &str, peer: IpAddr) -> Result<(), Problem> {
        self.of_peer.check(&peer)?;
        self.of_email.check(&email.to_lowercase())
    }
}
