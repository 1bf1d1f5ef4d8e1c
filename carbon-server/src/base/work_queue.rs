//! Work that keeps a core busy: a few jobs at a time, in turn between those who ask, and never in the way of ingest.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Notify, oneshot};

/// Why work was not done.
#[derive(Debug)]
pub(crate) enum NotRun {
    /// Too much of it waits already.
    Busy,
    /// It ended in a panic.
    Panicked(String),
}

/// Who asks for work: an account, or an address.
pub(crate) trait Asker: Copy + Eq + Hash {}

impl<T: Copy + Eq + Hash> Asker for T {}

/// A queue for one kind of work, with a line for each account (or each address) that asks for it.
///
/// Turns go around between the lines. A line gets a further turn only while more turns are free than it has, so that who comes
/// next always finds one: of four turns, the first line gets two and leaves two. A line that is full turns away its own.
pub(crate) struct WorkQueue<Who: Asker>(Arc<Shared<Who>>);

struct Shared<Who: Asker> {
    waiting_max: usize,
    state: Mutex<State<Who>>,
    /// Told whenever the last turn came back.
    idle: Notify,
}

struct State<Who: Asker> {
    turns: usize,
    free: usize,
    /// Everyone who has a turn or waits for one.
    lines: HashMap<Who, Line<Who>>,
    /// Those who wait, in the order in which they are next.
    next: VecDeque<Who>,
}

struct Line<Who: Asker> {
    held: usize,
    waiting: VecDeque<oneshot::Sender<Permit<Who>>>,
}

impl<Who: Asker> WorkQueue<Who> {
    /// `at_a_time` jobs run; of each line `waiting_max` more may wait, and any further one gets [`NotRun::Busy`].
    pub(crate) fn new(at_a_time: usize, waiting_max: usize) -> Self {
        let state = State { turns: at_a_time, free: at_a_time, lines: HashMap::new(), next: VecDeque::new() };
        WorkQueue(Arc::new(Shared { waiting_max, state: Mutex::new(state), idle: Notify::new() }))
    }

    /// A turn for work that is not a single closure; it lasts until it is dropped.
    pub(crate) async fn acquire(&self, who: Who) -> Result<Permit<Who>, NotRun> {
        let turn = {
            let mut state = self.0.lock();
            let line = state.lines.entry(who).or_insert_with(|| Line { held: 0, waiting: VecDeque::new() });
            // Who went away leaves the line.
            line.waiting.retain(|waiting| !waiting.is_closed());
            if line.waiting.len() >= self.0.waiting_max && !state.may_begin(who) {
                return Err(NotRun::Busy);
            }
            let (sender, turn) = oneshot::channel();
            state.wait(who, sender);
            turn
        };
        self.0.give_turns();
        turn.await.map_err(|_| NotRun::Busy)
    }

    /// Runs `work` on a blocking thread, when it is its turn.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        who: Who,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotRun>
    where
        Who: Send + 'static,
    {
        let turn = self.acquire(who).await?;
        blocking(move || {
            // If the caller goes away, the work still runs and keeps its turn.
            let _held = turn;
            work()
        })
        .await
    }

    /// Ready once nobody has a turn.
    pub(crate) async fn idle(&self) {
        loop {
            let told = self.0.idle.notified();
            {
                let state = self.0.lock();
                if state.free == state.turns {
                    return;
                }
            }
            told.await;
        }
    }
}

impl<Who: Asker> State<Who> {
    /// Whether a line gets a turn now, as far as its own share goes.
    fn may_begin(&self, who: Who) -> bool {
        let held = self.lines.get(&who).map_or(0, |line| line.held);
        self.free > 0 && (held == 0 || held < self.free)
    }

    fn wait(&mut self, who: Who, sender: oneshot::Sender<Permit<Who>>) {
        if let Some(line) = self.lines.get_mut(&who) {
            if line.waiting.is_empty() {
                self.next.push_back(who);
            }
            line.waiting.push_back(sender);
        }
    }

    /// The next who gets a turn; it is counted as theirs.
    fn begin_next(&mut self) -> Option<(Who, oneshot::Sender<Permit<Who>>)> {
        let mut place = 0;
        while let Some(who) = self.next.get(place).copied() {
            if !self.may_begin(who) {
                place += 1;
                continue;
            }
            self.next.remove(place);
            let Some(line) = self.lines.get_mut(&who) else { continue };
            let sender = std::iter::from_fn(|| line.waiting.pop_front()).find(|sender| !sender.is_closed());
            if !line.waiting.is_empty() {
                self.next.push_back(who);
            }
            if let Some(sender) = sender {
                line.held += 1;
                self.free -= 1;
                return Some((who, sender));
            }
            self.forget_idle(who);
        }
        None
    }

    fn forget_idle(&mut self, who: Who) {
        if self.lines.get(&who).is_some_and(|line| line.held == 0 && line.waiting.is_empty()) {
            self.lines.remove(&who);
        }
    }
}

impl<Who: Asker> Shared<Who> {
    fn lock(&self) -> MutexGuard<'_, State<Who>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands out the turns that are free, as far as they may be.
    fn give_turns(self: &Arc<Self>) {
        loop {
            let Some((who, sender)) = self.lock().begin_next() else { return };
            // Who went away just now drops the turn, which gives it back.
            drop(sender.send(Permit { queue: self.clone(), who }));
        }
    }
}

/// A turn in a [`WorkQueue`].
pub(crate) struct Permit<Who: Asker> {
    queue: Arc<Shared<Who>>,
    who: Who,
}

impl<Who: Asker> fmt::Debug for Permit<Who> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Permit")
    }
}

impl<Who: Asker> Drop for Permit<Who> {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.free += 1;
        if let Some(line) = state.lines.get_mut(&self.who) {
            line.held -= 1;
        }
        state.forget_idle(self.who);
        let is_idle = state.free == state.turns;
        drop(state);
        if is_idle {
            self.queue.idle.notify_waiters();
        }
        self.queue.give_turns();
    }
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
    use futures_util::{FutureExt, future::BoxFuture};
    use proptest::{prelude::*, test_runner::TestCaseError};
    use std::{sync::mpsc, time::Duration};

    type Waiting<'a> = BoxFuture<'a, Result<Permit<u8>, NotRun>>;

    #[tokio::test]
    async fn who_goes_away_keeps_the_turn_and_the_queue_has_an_end() {
        let queue = Arc::new(WorkQueue::new(1, 1));
        let until = async |done: &dyn Fn(&State<&str>) -> bool| {
            while !done(&queue.0.lock()) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let (finish, finished) = mpsc::channel::<()>();
        let running = tokio::spawn({
            let queue = queue.clone();
            async move { queue.run("a", move || finished.recv().ok()).await }
        });
        until(&|state| state.free == 0).await;
        running.abort();
        assert!(running.await.is_err_and(|error| error.is_cancelled()));

        // The abandoned job still runs: one more may wait, the next is rejected. Others have a line of their own.
        let waiting = tokio::spawn({
            let queue = queue.clone();
            async move { queue.run("a", || 7).await }
        });
        until(&|state| state.lines["a"].waiting.len() == 1).await;
        assert!(!waiting.is_finished());
        assert!(matches!(queue.run("a", || 0).await, Err(NotRun::Busy)));
        let other = tokio::spawn({
            let queue = queue.clone();
            async move { queue.run("b", || 8).await }
        });
        until(&|state| state.lines.contains_key("b")).await;

        finish.send(()).unwrap();
        assert_eq!(waiting.await.unwrap().unwrap(), 7);
        assert_eq!(other.await.unwrap().unwrap(), 8);
        queue.idle().await;
        assert!(queue.0.lock().lines.is_empty(), "who has nothing here is forgotten");
    }

    #[tokio::test]
    async fn whoever_has_turns_the_next_account_finds_one() {
        let work = WorkQueue::new(4, 1);
        let held = [work.acquire("a").await.unwrap(), work.acquire("a").await.unwrap()];
        assert!(work.acquire("a").now_or_never().is_none(), "it waits for its own account");
        let other = work.acquire("b").await.unwrap();
        let third = work.acquire("c").await.unwrap();
        drop(held);
        work.acquire("a").await.unwrap();
        drop((other, third));
        assert!(WorkQueue::new(1, 1).acquire("a").await.is_ok(), "there is always one");
    }

    #[tokio::test]
    async fn turns_go_around_between_those_who_wait() {
        let work = WorkQueue::new(1, 8);
        let held = work.acquire('a').await.unwrap();
        let mut order = Vec::new();
        let mut waiting: Vec<_> = "aaaabbc".chars().map(|who| (who, Box::pin(work.acquire(who)))).collect();
        for (_, waits) in &mut waiting {
            assert!(waits.now_or_never().is_none());
        }
        drop(held);
        while !waiting.is_empty() {
            let place = waiting.iter_mut().position(|(_, waits)| waits.now_or_never().is_some());
            order.push(waiting.remove(place.unwrap()).0);
        }
        assert_eq!(order.iter().collect::<String>(), "abcabaa");
    }

    proptest! {
        /// Whatever comes and goes: no more turns than there are, no line beyond its share or its length, nobody waits while
        /// a turn is free for them, and all of it ends.
        #[test]
        fn turns_are_never_lost(turns in 1_usize..6, steps in prop::collection::vec((0_u8..5, 0_u8..4, any::<u8>()), 0..120)) {
            let queue = WorkQueue::new(turns, 3);
            let mut held: Vec<Permit<u8>> = Vec::new();
            let mut waiting: Vec<Waiting<'_>> = Vec::new();
            for (step, who, which) in steps {
                match step {
                    0..=2 => waiting.push(queue.acquire(who).boxed()),
                    3 if !held.is_empty() => drop(held.swap_remove(usize::from(which) % held.len())),
                    4 if !waiting.is_empty() => drop(waiting.swap_remove(usize::from(which) % waiting.len())),
                    _ => {}
                }
                take_turns(&mut waiting, &mut held);
                let state = queue.0.lock();
                prop_assert_eq!(held.len() + state.free, turns);
                for (who, line) in &state.lines {
                    prop_assert_eq!(line.held, held.iter().filter(|permit| permit.who == *who).count());
                    prop_assert!(line.held <= turns.div_ceil(2) && line.waiting.len() <= 3);
                    let waits = line.waiting.iter().any(|waiting| !waiting.is_closed());
                    prop_assert!(!(waits && state.may_begin(*who)), "{} waits for nothing", who);
                }
            }
            while !waiting.is_empty() {
                prop_assert!(held.pop().is_some(), "nobody has a turn, and somebody waits");
                take_turns(&mut waiting, &mut held);
            }
            drop(held);
            prop_assert!(queue.idle().now_or_never().is_some() && queue.0.lock().lines.is_empty());
            Ok::<(), TestCaseError>(())?;
        }
    }

    /// Moves everyone who got a turn, and drops who was turned away.
    fn take_turns(waiting: &mut Vec<Waiting<'_>>, held: &mut Vec<Permit<u8>>) {
        let all = std::mem::take(waiting);
        for mut waits in all {
            match waits.as_mut().now_or_never() {
                Some(Ok(permit)) => held.push(permit),
                Some(Err(_)) => {}
                None => waiting.push(waits),
            }
        }
    }
}
