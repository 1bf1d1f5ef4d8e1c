//! Rate limits of what costs a hashed password: signing up and logging in.

use crate::{
    auth::rate_limit::{RateLimiter, network_of},
    http::problem::Problem,
};
use std::{net::IpAddr, num::NonZeroU32};

/// As many addresses at their limit are needed before others notice: one alone closes neither an account nor the sign-up.
const ADDRESSES: u32 = 10;

/// Log-in attempts, by network address and by e-mail address.
pub(crate) struct LogIns {
    of_network: RateLimiter<IpAddr>,
    of_email: RateLimiter<String>,
}

impl LogIns {
    pub(crate) fn new(per_minute_max: NonZeroU32) -> Self {
        LogIns {
            of_network: RateLimiter::per_minute(per_minute_max),
            of_email: RateLimiter::per_minute(of_all(per_minute_max)),
        }
    }

    pub(crate) fn check(&self, email: &str, peer: IpAddr) -> Result<(), Problem> {
        self.of_network.check(&network_of(peer))?;
        self.of_email.check(&email.to_lowercase())
    }
}

/// Sign-ups, by network address and in total.
pub(crate) struct SignUpRates {
    of_network: RateLimiter<IpAddr>,
    in_total: RateLimiter<()>,
}

impl SignUpRates {
    pub(crate) fn new(per_minute_max: NonZeroU32) -> Self {
        SignUpRates {
            of_network: RateLimiter::per_minute(per_minute_max),
            in_total: RateLimiter::per_minute(of_all(per_minute_max)),
        }
    }

    pub(crate) fn check(&self, peer: IpAddr) -> Result<(), Problem> {
        self.of_network.check(&network_of(peer))?;
        self.in_total.check(&())
    }
}

fn of_all(of_one: NonZeroU32) -> NonZeroU32 {
    of_one.saturating_mul(NonZeroU32::new(ADDRESSES).unwrap_or(NonZeroU32::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_closes_nothing_for_the_others() {
        let (max, address) = (NonZeroU32::new(3).unwrap(), |n: u8| IpAddr::from([192, 0, 2, n]));
        let (log_ins, sign_ups) = (LogIns::new(max), SignUpRates::new(max));
        let attempts =
            |from: u8| (0..20).filter(|_| log_ins.check("A@example.com", address(from)).is_ok()).count();
        let signed_up = |from: u8| (0..20).filter(|_| sign_ups.check(address(from)).is_ok()).count();
        assert_eq!([attempts(1), attempts(2), signed_up(1), signed_up(2)], [3; 4]);
        // Many together are stopped.
        assert_eq!((3..100).map(attempts).sum::<usize>(), 24);
        assert_eq!((3..100).map(signed_up).sum::<usize>(), 24);
        assert!(log_ins.check("b@example.com", address(200)).is_ok());
    }
}
