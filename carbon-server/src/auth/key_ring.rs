//! Authentication: from a key to an account, with one ledger query per key.

use crate::{
    auth::rate_limit::{RateLimiter, network_of},
    base::{api_key::KeyHash, digest::IsHash},
    http::{
        caller::{Allowance, Caller},
        problem::Problem,
    },
    store::{KeyOwner, Store, StoreError},
};
use governor::{
    Quota,
    clock::DefaultClock,
    middleware::StateInformationMiddleware,
    state::{InMemoryState, NotKeyed},
};
use jiff::Timestamp;
use std::{
    collections::HashMap,
    hash::BuildHasherDefault,
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

type Limiter = governor::RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

/// Keys seen so far, with their rate limits.
pub(crate) struct KeyRing {
    quota: Quota,
    known: RwLock<KnownKeys>,
    /// Number of revocations: an answer of the ledger from before one may be outdated. Changed while `known` is locked.
    revoked: AtomicU64,
}

/// By what is a hash already.
type KnownKeys = HashMap<KeyHash, Arc<KnownKey>, BuildHasherDefault<IsHash>>;

struct KnownKey {
    owner: KeyOwner,
    looked_up: Instant,
    limiter: Arc<Limiter>,
    /// When it was last used, until that is stored; then 0.
    used_at_ms: AtomicI64,
}

impl KeyRing {
    /// Keys kept in memory; beyond that, all are dropped and looked up again.
    const KNOWN_MAX: usize = 100_000;
    /// How long a key may still work after it was revoked in the ledger by another process.
    const TRUST: Duration = Duration::from_secs(5);

    pub(crate) fn new(requests_per_s_max: NonZeroU32) -> Self {
        KeyRing {
            quota: Quota::per_second(requests_per_s_max),
            known: RwLock::default(),
            revoked: AtomicU64::new(0),
        }
    }

    /// The caller behind a key as it was shown, and the state of its rate limit, even if that is exceeded.
    pub(crate) async fn admit(
        &self,
        store: &Store,
        shown: Option<&str>,
        stranger: Stranger<'_>,
        allowance: &mut Option<Allowance>,
    ) -> Result<Caller, Problem> {
        let Some(hash) = shown.and_then(KeyHash::of) else { return Err(stranger.refused()) };
        let known = match self.find(hash) {
            Some(known) if known.looked_up.elapsed() < Self::TRUST => known,
            found => {
                // Who makes up keys does not have the ledger searched for each.
                if found.is_none() {
                    stranger.look()?;
                }
                self.look_up(store, hash).await?.ok_or_else(|| stranger.refused())?
            }
        };
        known.used_at_ms.store(Timestamp::now().as_millisecond(), Ordering::Relaxed);
        let limit = self.quota.burst_size().get();
        let left = |remaining| Some(Allowance { limit, remaining, reset_s: 1 });
        match known.limiter.check() {
            Ok(state) => *allowance = left(state.remaining_burst_capacity()),
            Err(not_until) => {
                *allowance = left(0);
                return Err(Problem::too_many(&not_until));
            }
        }
        Ok(Caller { account: known.owner.account, kind: known.owner.kind, key: Some(hash) })
    }

    /// Makes a revoked key stop working at once.
    pub(crate) fn forget(&self, hash: KeyHash) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.remove(&hash);
        self.revoked.fetch_add(1, Ordering::Release);
    }

    /// Keys that were used since the last call of this function, and when.
    pub(crate) fn take_used(&self) -> Vec<(KeyHash, i64)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let used = known.iter().map(|(hash, known)| (*hash, known.used_at_ms.swap(0, Ordering::Relaxed)));
        used.filter(|(_, at_ms)| *at_ms != 0).collect()
    }

    fn find(&self, hash: KeyHash) -> Option<Arc<KnownKey>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned()
    }

    /// The state of a key in the ledger.
    async fn look_up(&self, store: &Store, hash: KeyHash) -> Result<Option<Arc<KnownKey>>, StoreError> {
        loop {
            let revoked = self.revoked.load(Ordering::Acquire);
            let owner = store.key_owner(hash).await?;
            match self.note(hash, owner, revoked) {
                KeyLookup::Known(known) => return Ok(Some(known)),
                KeyLookup::Unknown => return Ok(None),
                KeyLookup::Stale => {}
            }
        }
    }

    /// Stores the ledger's answer about a key, given the number of revocations before it.
    fn note(&self, hash: KeyHash, owner: Option<KeyOwner>, revoked: u64) -> KeyLookup {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let Some(owner) = owner else {
            known.remove(&hash);
            return KeyLookup::Unknown;
        };
        if self.revoked.load(Ordering::Acquire) != revoked {
            return KeyLookup::Stale;
        }
        if known.len() >= Self::KNOWN_MAX {
            known.clear();
        }
        // A known key keeps its rate limit.
        let (limiter, used_at_ms) = match known.get(&hash) {
            Some(known) => (known.limiter.clone(), known.used_at_ms.load(Ordering::Relaxed)),
            None => (Arc::new(governor::RateLimiter::direct(self.quota).with_middleware()), 0),
        };
        let used_at_ms = AtomicI64::new(used_at_ms);
        let noted = Arc::new(KnownKey { owner, looked_up: Instant::now(), limiter, used_at_ms });
        known.insert(hash, noted.clone());
        KeyLookup::Known(noted)
    }
}

/// Who calls, as long as no valid key is shown.
#[derive(Clone, Copy)]
pub(crate) struct Stranger<'a> {
    pub(crate) rate: &'a RateLimiter<IpAddr>,
    pub(crate) peer: IpAddr,
}

impl Stranger<'_> {
    /// Counts a request without a key.
    pub(crate) fn check(self) -> Result<(), Problem> {
        self.rate.check(&network_of(self.peer))
    }

    /// Fails where its address asks too often; counts nothing.
    fn look(self) -> Result<(), Problem> {
        self.rate.look(&network_of(self.peer))
    }

    /// Counts a wrong key.
    fn refused(self) -> Problem {
        self.check().err().unwrap_or(Problem::Unauthorised)
    }
}

/// What happened to the ledger's answer about a key.
enum KeyLookup {
    Known(Arc<KnownKey>),
    Unknown,
    /// A key was revoked meanwhile, maybe this one.
    Stale,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::accounts::testing::ledger_with_account;

    #[tokio::test]
    async fn what_was_read_before_a_revocation_is_not_put_back_after_it() {
        let (_folder, config, store, first) = ledger_with_account().await;
        let (hash, ring) = (first.live.hash(), KeyRing::new(config.limits.key_requests_per_s_max));
        let owner = store.key_owner(hash).await.unwrap();

        assert!(matches!(ring.note(hash, owner, 0), KeyLookup::Known(_)));
        ring.forget(hash);
        assert!(matches!(ring.note(hash, owner, 0), KeyLookup::Stale));
        assert!(ring.find(hash).is_none());
        assert!(ring.look_up(&store, hash).await.unwrap().is_some());
        assert!(store.close().await);
    }
}
