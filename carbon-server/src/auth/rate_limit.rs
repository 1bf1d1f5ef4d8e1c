//! A rate limit for each of many keys.

use crate::http::problem::Problem;
use governor::{DefaultKeyedRateLimiter, Quota};
use std::hash::Hash;

/// A limit for each of many.
pub(crate) struct RateLimiter<K: Clone + Eq + Hash>(DefaultKeyedRateLimiter<K>);

/// Entries kept; beyond that, idle ones are dropped.
const KNOWN_MAX: usize = 10_000;

impl<K: Clone + Eq + Hash> RateLimiter<K> {
    pub(crate) fn new(quota: Quota) -> Self {
        RateLimiter(governor::RateLimiter::keyed(quota))
    }

    /// Counts one use; fails if the limit is exceeded.
    pub(crate) fn check(&self, who: &K) -> Result<(), Problem> {
        if self.0.len() > KNOWN_MAX {
            self.0.retain_recent();
        }
        self.0.check_key(who).map_err(|not_until| Problem::too_many(&not_until))
    }
}
