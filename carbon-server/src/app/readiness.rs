//! Whether the ledger has just answered: whoever asks often does not have it asked as often.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// How long an answer of the ledger stands.
const STANDS: Duration = Duration::from_millis(100);

/// When the ledger answered last.
pub(crate) struct Readiness {
    began: Instant,
    /// Milliseconds since then; 0 until it has answered.
    answered_ms: AtomicU64,
}

impl Readiness {
    pub(crate) fn new() -> Self {
        Readiness { began: Instant::now(), answered_ms: AtomicU64::new(0) }
    }

    /// The ledger has answered.
    pub(crate) fn note(&self) {
        self.answered_ms.store(self.now_ms().max(1), Ordering::Relaxed);
    }

    /// Whether it has answered just now.
    pub(crate) fn is_known(&self) -> bool {
        let answered_ms = self.answered_ms.load(Ordering::Relaxed);
        answered_ms > 0 && u128::from(self.now_ms().saturating_sub(answered_ms)) < STANDS.as_millis()
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
