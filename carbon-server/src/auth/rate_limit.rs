//! A rate limit for each of many: addresses, e-mail addresses, clients.

use crate::http::problem::Problem;
use std::{
    collections::HashMap,
    hash::Hash,
    mem,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Entries in one generation. Strangers choose what is counted, so that neither memory nor the time of a check may grow with
/// it: who comes with more than that at a time is forgotten, not counted.
const GENERATION: usize = 50_000;

/// A limit for each of many: so many at once, and as many again in each period (GCRA).
pub(crate) struct RateLimiter<Who> {
    /// Between two uses at the full rate.
    interval: Duration,
    period: Duration,
    /// When all that was used will be there again.
    full_at: Mutex<Generations<Who>>,
}

struct Generations<Who> {
    newer: HashMap<Who, Instant>,
    older: HashMap<Who, Instant>,
}

impl<Who: Clone + Eq + Hash> RateLimiter<Who> {
    pub(crate) fn per_second(max: NonZeroU32) -> Self {
        Self::new(max, Duration::from_secs(1))
    }

    pub(crate) fn per_minute(max: NonZeroU32) -> Self {
        Self::new(max, Duration::from_mins(1))
    }

    fn new(max: NonZeroU32, period: Duration) -> Self {
        let full_at = Mutex::new(Generations { newer: HashMap::new(), older: HashMap::new() });
        RateLimiter { interval: period / max.get(), period, full_at }
    }

    /// Counts one use; fails if the limit is exceeded.
    pub(crate) fn check(&self, who: &Who) -> Result<(), Problem> {
        self.check_at(who, Instant::now(), true)
    }

    /// Fails if the limit is exceeded; counts nothing.
    pub(crate) fn look(&self, who: &Who) -> Result<(), Problem> {
        self.check_at(who, Instant::now(), false)
    }

    fn check_at(&self, who: &Who, now: Instant, is_use: bool) -> Result<(), Problem> {
        let mut known = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = known.newer.get(who).or_else(|| known.older.get(who)).copied();
        let after = full_at.unwrap_or(now).max(now) + self.interval;
        let wait = after.duration_since(now).saturating_sub(self.period);
        if !wait.is_zero() {
            return Err(Problem::TooManyRequests { retry_after_s: wait.as_secs() + 1 });
        }
        if is_use {
            if known.newer.len() >= GENERATION {
                known.older = mem::take(&mut known.newer);
            }
            known.newer.insert(who.clone(), after);
        }
        Ok(())
    }
}

/// Whose address it is, as far as anybody can tell: a customer of an IPv6 network has a whole /64 to choose addresses from.
pub(crate) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(network))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_most(max: u32, period: Duration) -> RateLimiter<u32> {
        RateLimiter::new(NonZeroU32::new(max).unwrap(), period)
    }

    #[test]
    fn a_rate_is_kept_by_each_and_comes_back() {
        let (limiter, begin) = (at_most(3, Duration::from_secs(60)), Instant::now());
        let uses = |who: u32, after_s: u64, count: usize| {
            let now = begin + Duration::from_secs(after_s);
            (0..count).filter(|_| limiter.check_at(&who, now, true).is_ok()).count()
        };
        assert_eq!(uses(1, 0, 5), 3);
        assert_eq!(uses(2, 0, 1), 1, "each has its own");
        let refused = limiter.check_at(&1, begin + Duration::from_secs(5), false);
        assert!(matches!(refused, Err(Problem::TooManyRequests { retry_after_s: 16 })), "{refused:?}");
        assert_eq!(uses(1, 20, 2), 1, "a third of a minute, one of three");
        assert_eq!(uses(1, 600, 5), 3, "no more than one period's worth is saved up");
    }

    #[test]
    fn who_only_looks_uses_nothing() {
        let limiter = at_most(1, Duration::from_secs(60));
        assert!((0..5).all(|_| limiter.look(&1).is_ok()));
        assert!(limiter.check(&1).is_ok() && limiter.look(&1).is_err() && limiter.check(&1).is_err());
    }

    #[test]
    fn however_many_come_no_more_than_two_generations_are_known() {
        let limiter = at_most(1, Duration::from_secs(60));
        let count = u32::try_from(3 * GENERATION).unwrap();
        (0..count).for_each(|who| assert!(limiter.check(&who).is_ok()));
        let known = limiter.full_at.lock().unwrap();
        assert!(known.newer.len() + known.older.len() <= 2 * GENERATION);
        drop(known);
        assert!(limiter.check(&(count - 1)).is_err(), "the newest are known");
    }

    #[test]
    fn a_network_of_ipv6_is_one_customer() {
        for (address, network) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ] {
            assert_eq!(network_of(address.parse().unwrap()), network.parse::<IpAddr>().unwrap());
        }
    }
}
