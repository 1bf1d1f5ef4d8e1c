//! How long a write to a server may take: whoever sends one is answered, whatever becomes of the server.
//!
//! From being sent to its answer a write waits, in turn, for the writer's group before it, for a connection, for the turn among
//! servers, and for the commit. Each has a limit of its own, so that none uses up what the next one needs, and all together
//! have [`ANSWER_MAX`]. A file is in this process: it has none of them.

use std::{
    future::Future,
    time::{Duration, Instant},
};
use thiserror::Error;
use tokio::runtime::Runtime;

/// From when a write was sent to when it is answered.
pub(in crate::store) const ANSWER_MAX: Duration = Duration::from_secs(28);
/// How long a request waits to learn whose key it has.
pub(in crate::store) const KEY_MAX: Duration = Duration::from_secs(5);
/// What one question of somebody who reads may take. A host that stands still must not keep the places of those who read.
pub(in crate::store) const READ_MAX: Duration = Duration::from_secs(60);
/// A write that waits for longer is not begun any more: nothing was stored.
pub(in crate::store) const QUEUE_MAX: Duration = Duration::from_secs(14);
/// What a commit may take, with its rows. It waits for a standby, where the server has a synchronous one.
pub(in crate::store) const COMMIT_MAX: Duration = Duration::from_secs(14);
/// What a host may take to let somebody in, and to set what the connection needs.
pub(in crate::store) const ANSWER_OF_HOST_MAX: Duration = Duration::from_secs(10);
/// How long to wait for a host that does not answer at all.
pub(in crate::store) const CONNECT_MAX: Duration = Duration::from_secs(5);
/// How long what was sent may go unheard, on either side.
pub(in crate::store) const SILENCE_MAX: Duration = Duration::from_secs(10);
/// Whoever holds the turn and asks nothing for as long loses it.
pub(in crate::store) const IDLE_IN_TURN_MAX: Duration = Duration::from_secs(10);
/// How long to wait for the turn, or another lock.
pub(in crate::store) const TURN_MAX: Duration = Duration::from_secs(12);
/// How long a server that starts waits for another that makes or upgrades the schema.
pub(in crate::store) const SCHEMA_MAX: Duration = Duration::from_secs(30);
/// How long a probe of the ledger waits for an answer.
pub(in crate::store) const PROBE_MAX: Duration = Duration::from_secs(10);
/// How long it waits for the other books once one has answered: a load balancer waits for a second or two.
pub(in crate::store) const PROBE_BEHIND_MAX: Duration = Duration::from_millis(500);
/// How often the database looks whether whoever asked is still there, while it works or waits for a lock. It does not look
/// while a commit waits for a standby.
pub(in crate::store) const LOOKS_EVERY: Duration = Duration::from_secs(2);

const _: () = {
    // One that hangs in its turn has lost it before the others give up.
    assert!(IDLE_IN_TURN_MAX.as_secs() < TURN_MAX.as_secs());
    // What was begun has the time of a commit.
    assert!(QUEUE_MAX.as_secs() + COMMIT_MAX.as_secs() <= ANSWER_MAX.as_secs());
    assert!(CONNECT_MAX.as_secs() < ANSWER_OF_HOST_MAX.as_secs());
};

/// When somebody who waits stops waiting; never where nobody is behind whom others wait.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Until {
    at: Option<Instant>,
    /// What each question may take.
    each: Option<Duration>,
    /// Whether a commit has a limit of its own.
    commits: bool,
}

/// The time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the database did not answer in time")]
pub(crate) struct OutOfTime;

impl Until {
    /// For what may take as long as it takes.
    pub(in crate::store) const NEVER: Self = Until { at: None, each: None, commits: false };
    /// For one who writes and whom nobody waits for: a commit alone has a limit.
    pub(in crate::store) const COMMITTED: Self = Until { at: None, each: None, commits: true };

    /// For one who reads while others wait for its place.
    pub(in crate::store) const EACH_READ: Self = Until { at: None, each: Some(READ_MAX), commits: false };
    /// For one who looks up a key.
    pub(in crate::store) const EACH_KEY: Self = Until { each: Some(KEY_MAX), ..Self::EACH_READ };

    /// For a group whose oldest write was sent then.
    pub(in crate::store) fn answered(sent: Instant) -> Self {
        Until { at: Some(sent + ANSWER_MAX), each: None, commits: true }
    }

    /// That, or sooner.
    pub(in crate::store) fn or_in(self, max: Duration) -> Self {
        let end = Instant::now() + max;
        Until { at: Some(self.at.map_or(end, |at| at.min(end))), ..self }
    }

    /// For its commit.
    pub(in crate::store) fn commits(self) -> Self {
        if self.commits { self.or_in(COMMIT_MAX) } else { self }
    }

    /// An error where the time is over.
    pub(in crate::store) fn is_to_come(self) -> Result<(), OutOfTime> {
        if self.at.is_some_and(|at| at <= Instant::now()) { Err(OutOfTime) } else { Ok(()) }
    }

    /// Waits for `future` on this thread, and no longer. Where the time is over before, it is not begun.
    pub(in crate::store) fn wait<T>(
        self,
        runtime: &Runtime,
        future: impl Future<Output = T>,
    ) -> Result<T, OutOfTime> {
        self.is_to_come()?;
        let until = self.each.map_or(self, |each| self.or_in(each));
        runtime.block_on(async {
            match until.at {
                None => Ok(future.await),
                Some(at) => tokio::time::timeout_at(at.into(), future).await.map_err(|_| OutOfTime),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_longer_than_said() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let soon = Until::NEVER.or_in(Duration::from_millis(20));
        assert_eq!(soon.wait(&runtime, std::future::pending::<()>()), Err(OutOfTime));
        assert_eq!(soon.wait(&runtime, async { panic!("it is begun") }), Err::<(), _>(OutOfTime));
        assert_eq!(Until::NEVER.wait(&runtime, async { 1 }), Ok(1));
        let late = Until::answered(Instant::now() - QUEUE_MAX);
        let [late, commit] = [late.at, late.commits().at].map(Option::unwrap);
        assert!(commit <= late && commit > Instant::now() + COMMIT_MAX - Duration::from_secs(1));
    }
}
