//! Who is calling: from the `Authorization` header to an account, at most once per key through the ledger.

use crate::{
    api_key::{ApiKey, KeyHash, KeyKind},
    problem::Problem,
    store::{AccountKey, KeyOwner, Side, Store},
};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

/// An account that showed a valid key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) account: AccountKey,
    pub(crate) kind: KeyKind,
}

impl Caller {
    /// The book that the key opens.
    pub(crate) fn side(self) -> Side {
        Side { account: self.account, is_test: self.kind == KeyKind::Test }
    }
}

/// Keys seen so far, and how often each is used.
pub(crate) struct KeyRing {
    quota: Quota,
    known: RwLock<HashMap<KeyHash, Arc<KnownKey>>>,
}

struct KnownKey {
    owner: KeyOwner,
    looked_up: Instant,
    limiter: Arc<DefaultDirectRateLimiter>,
}

impl KeyRing {
    /// Keys kept in memory; past that all are forgotten and looked up again.
    const KNOWN_MAX: usize = 100_000;
    /// How long a key may still work after somebody revoked it in the ledger.
    const TRUST: Duration = Duration::from_secs(5);

    pub(crate) fn new(requests_per_s_max: NonZeroU32) -> Self {
        KeyRing { quota: Quota::per_second(requests_per_s_max), known: RwLock::default() }
    }

    /// The caller behind `authorization`, the value of that header.
    pub(crate) async fn admit(&self, store: &Store, authorization: Option<&[u8]>) -> Result<Caller, Problem> {
        let key = authorization.and_then(bearer_key).ok_or(Problem::Unauthorised)?;
        let hash = key.hash();
        let known = match self.find(hash) {
            Some(known) if known.looked_up.elapsed() < Self::TRUST => known,
            _ => self.note(hash, store.key_owner(hash).await?).ok_or(Problem::Unauthorised)?,
        };
        known.limiter.check().map_err(Problem::too_many)?;
        Ok(Caller { account: known.owner.account, kind: known.owner.kind })
    }

    fn find(&self, hash: KeyHash) -> Option<Arc<KnownKey>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned()
    }

    /// Remembers what the ledger says of a key now.
    fn note(&self, hash: KeyHash, owner: Option<KeyOwner>) -> Option<Arc<KnownKey>> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let Some(owner) = owner else {
            known.remove(&hash);
            return None;
        };
        if known.len() >= Self::KNOWN_MAX {
            known.clear();
        }
        // A key that was known keeps its allowance.
        let limiter = known.get(&hash).map(|known| known.limiter.clone());
        let limiter = limiter.unwrap_or_else(|| Arc::new(RateLimiter::direct(self.quota)));
        let noted = Arc::new(KnownKey { owner, looked_up: Instant::now(), limiter });
        known.insert(hash, noted.clone());
        Some(noted)
    }
}

/// The well-formed key in a header such as `Bearer isv_live_…`; the scheme in any letter case (RFC 9110).
fn bearer_key(authorization: &[u8]) -> Option<ApiKey> {
    let (scheme, key) = str::from_utf8(authorization).ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| ApiKey::parse(key.trim())).flatten()
}
