//! How often somebody may do something, by who it is.

use crate::http::problem::Problem;
use governor::{DefaultKeyedRateLimiter, Quota};
use std::hash::Hash;

/// A limit for each of many.
pub(crate) struct RateLimiter<K: Clone + Eq + Hash>(DefaultKeyedRateLimiter<K>);

/// How many are remembered; past that those that have rested are forgotten.
const KNOWN_MAX: usize = 10_000;

impl<K: Clone + Eq + Hash> RateLimiter<K> {
    pub(crate) fn new(quota: Quota) -> Self {
        RateLimiter(governor::RateLimiter::keyed(quota))
    }

    /// Counts once more; too often is refused.
    pub(crate) fn check(&self, who: &K) -> Result<(), Problem> {
        if self.0.len() > KNOWN_MAX {
            self.0.retain_recent();
        }
        self.0.check_key(who).map_err(|not_until| Problem::too_many(&not_until))
    }
}
