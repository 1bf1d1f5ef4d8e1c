//! When sessions were used, until that is stored.

use crate::base::digest::Sha;
use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Sessions that were used since that was stored last, and when. Only of sessions that there are.
#[derive(Default)]
pub(crate) struct SessionUse(Mutex<HashMap<Sha, i64>>);

impl SessionUse {
    pub(crate) fn note(&self, sha256: Sha, now_ms: i64) {
        self.lock().insert(sha256, now_ms);
    }

    /// What was noted since the last call of this function.
    pub(crate) fn take(&self) -> Vec<(Sha, i64)> {
        mem::take(&mut *self.lock()).into_iter().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Sha, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
