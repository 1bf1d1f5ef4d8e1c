//! Work that keeps a core busy: a few jobs at a time, a bounded queue, and never in the way of ingest.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Why work was not done.
#[derive(Debug)]
pub(crate) enum NotRun {
    /// Too much of it waits already.
    Busy,
    /// It ended in a panic.
    Panicked(String),
}

/// A queue for one kind of work, so that sign-ups do not hold up reports.
#[derive(Debug)]
pub(crate) struct WorkQueue {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl WorkQueue {
    /// `at_a_time` jobs run, `waiting_max` more may wait, and any further one gets [`NotRun::Busy`].
    pub(crate) fn new(at_a_time: usize, waiting_max: usize) -> Self {
        let places = at_a_time + waiting_max;
        WorkQueue { turns: Arc::new(Semaphore::new(at_a_time)), places: Arc::new(Semaphore::new(places)) }
    }

    /// A turn for work that is not a single closure; it lasts until it is dropped.
    pub(crate) async fn acquire(&self) -> Result<Permit, NotRun> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| NotRun::Busy)?;
        let turn = self.turns.clone().acquire_owned().await.expect("the semaphore is never closed");
        Ok(Permit { _held: (turn, place) })
    }

    /// Runs `work` on a blocking thread, when it is its turn.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotRun> {
        let turn = self.acquire().await?;
        blocking(move || {
            // If the caller goes away, the work still runs and keeps its turn.
            let _held = turn;
            work()
        })
        .await
    }
}

/// A queue of several accounts, of which none has more than half of the turns (but always at least one).
pub(crate) struct FairWorkQueue<Account> {
    all: WorkQueue,
    of_account_max: usize,
    waiting_max: usize,
    of_account: Mutex<HashMap<Account, Arc<WorkQueue>>>,
}

impl<Account: Eq + Hash> FairWorkQueue<Account> {
    /// Like [`WorkQueue::new`]; `waiting_max` also holds for each account.
    pub(crate) fn new(at_a_time: usize, waiting_max: usize) -> Self {
        let all = WorkQueue::new(at_a_time, waiting_max);
        let of_account_max = (at_a_time / 2).max(1);
        FairWorkQueue { all, of_account_max, waiting_max, of_account: Mutex::default() }
    }

    /// A turn for an account; it lasts until it is dropped.
    pub(crate) async fn acquire(&self, account: Account) -> Result<FairPermit, NotRun> {
        let its = self.of(account);
        let (of_account, of_all) = (its.acquire().await?, self.all.acquire().await?);
        Ok(FairPermit { _held: (of_account, of_all), _its: its })
    }

    fn of(&self, account: Account) -> Arc<WorkQueue> {
        /// Accounts to keep; above that, those without work are removed.
        const KNOWN_MAX: usize = 1_000;
        let mut known = self.of_account.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MAX {
            known.retain(|_, work| Arc::strong_count(work) > 1);
        }
        let work = known.entry(account);
        work.or_insert_with(|| Arc::new(WorkQueue::new(self.of_account_max, self.waiting_max))).clone()
    }
}

/// A turn in a [`WorkQueue`].
#[derive(Debug)]
pub(crate) struct Permit {
    _held: (OwnedSemaphorePermit, OwnedSemaphorePermit),
}

/// A turn of an account in a [`FairWorkQueue`].
#[derive(Debug)]
pub(crate) struct FairPermit {
    _held: (Permit, Permit),
    /// Keeps the account in the map.
    _its: Arc<WorkQueue>,
}

/// Runs `work` on a blocking thread.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, NotRun> {
    tokio::task::spawn_blocking(work).await.map_err(|error| NotRun::Panicked(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::mpsc, time::Duration};

    #[tokio::test]
    async fn who_goes_away_keeps_the_turn_and_the_queue_has_an_end() {
        let queue = Arc::new(WorkQueue::new(1, 1));
        let until = async |done: &dyn Fn() -> bool| {
            while !done() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let (finish, finished) = mpsc::channel::<()>();
        let running = tokio::spawn({
            let queue = queue.clone();
            async move { queue.run(move || finished.recv().ok()).await }
        });
        until(&|| queue.turns.available_permits() == 0).await;
        running.abort();
        assert!(running.await.is_err_and(|error| error.is_cancelled()));

        // The abandoned job still runs: one more may wait, the next is rejected.
        let waiting = tokio::spawn({
            let queue = queue.clone();
            async move { queue.run(|| 7).await }
        });
        until(&|| queue.places.available_permits() == 0).await;
        assert!(!waiting.is_finished());
        assert!(matches!(queue.run(|| 0).await, Err(NotRun::Busy)));

        finish.send(()).unwrap();
        assert_eq!(waiting.await.unwrap().unwrap(), 7);
    }

    #[tokio::test]
    async fn one_account_has_half_of_the_turns() {
        let work = FairWorkQueue::new(4, 1);
        let held = [work.acquire("a").await.unwrap(), work.acquire("a").await.unwrap()];
        let patience = Duration::from_millis(20);
        let third = tokio::time::timeout(patience, work.acquire("a"));
        assert!(third.await.is_err(), "it waits for its own account");
        let others = [work.acquire("b").await.unwrap(), work.acquire("b").await.unwrap()];
        drop(held);
        work.acquire("a").await.unwrap();
        drop(others);
        assert!(FairWorkQueue::new(1, 1).acquire("a").await.is_ok(), "there is always one");
    }
}
