//! Who is calling: from the `Authorization` header to an account, at most once per key through the ledger.

use crate::{
    api_key::{ApiKey, KeyHash, KeyKind},
    problem::Problem,
    store::{AccountKey, KeyOwner, Store},
};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter, clock::Clock};
use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, PoisonError, RwLock},
};

/// An account that showed a valid key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) account: AccountKey,
    pub(crate) kind: KeyKind,
}

/// Keys seen so far, and how often each is used.
pub(crate) struct KeyRing {
    quota: Quota,
    known: RwLock<HashMap<KeyHash, Arc<KnownKey>>>,
}

struct KnownKey {
    owner: KeyOwner,
    limiter: DefaultDirectRateLimiter,
}

impl KeyRing {
    /// Keys kept in memory; past that all are forgotten and looked up again.
    const KNOWN_MAX: usize = 100_000;

    pub(crate) fn new(requests_per_s_max: NonZeroU32) -> Self {
        KeyRing { quota: Quota::per_second(requests_per_s_max), known: RwLock::default() }
    }

    /// The caller behind `authorization`, the value of that header.
    pub(crate) async fn admit(&self, store: &Store, authorization: Option<&[u8]>) -> Result<Caller, Problem> {
        let key = authorization.and_then(bearer_key).ok_or(Problem::Unauthorised)?;
        let hash = key.hash();
        let known = match self.find(hash) {
            Some(known) => known,
            None => self.add(hash, store.key_owner(hash).await?.ok_or(Problem::Unauthorised)?),
        };
        if let Err(not_until) = known.limiter.check() {
            let wait = not_until.wait_time_from(governor::clock::DefaultClock::default().now());
            return Err(Problem::TooManyRequests { retry_after_s: wait.as_secs() + 1 });
        }
        Ok(Caller { account: known.owner.account, kind: known.owner.kind })
    }

    fn find(&self, hash: KeyHash) -> Option<Arc<KnownKey>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned()
    }

    fn add(&self, hash: KeyHash, owner: KeyOwner) -> Arc<KnownKey> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= Self::KNOWN_MAX {
            known.clear();
        }
        // Somebody else may have been quicker; then theirs counts, or a key would have two allowances.
        let added = known
            .entry(hash)
            .or_insert_with(|| Arc::new(KnownKey { owner, limiter: RateLimiter::direct(self.quota) }));
        added.clone()
    }
}

/// The well-formed key in a header such as `Bearer isv_live_…`; the scheme in any letter case (RFC 9110).
fn bearer_key(authorization: &[u8]) -> Option<ApiKey> {
    let (scheme, key) = str::from_utf8(authorization).ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| ApiKey::parse(key.trim())).flatten()
}
