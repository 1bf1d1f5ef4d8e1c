//! What waits for the writer: a line for each account, and turns that go around between them.
//!
//! In one line for all, whoever sends most would fill every group, and the queue.

use crate::{base::digest::QuickMap, store::key::AccountKey};
use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

/// Events in one group, after which no further turn begins: bounds how long the first of them waits.
const GROUP_MAX: usize = 4_096;
/// Events of one account in one group, after which its turn is over: bounds how long the others wait.
const TURN_MAX: usize = 256;

/// Whose line: an account's, or that of the ledger itself.
pub(super) type Who = Option<AccountKey>;

/// Why a write does not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotQueued {
    /// Too many of its account do.
    Full,
    /// Nobody takes any more.
    Closed,
}

/// The end of those who write.
///
/// A line takes a further write only while it has fewer than there are places left. So one account fills half the queue, and
/// whoever comes next always finds a place.
pub(super) struct WriteQueue<T>(Arc<Shared<T>>);

/// The end of the writer.
pub(super) struct WriteTurns<T>(Arc<Shared<T>>);

struct Shared<T> {
    waiting_max: usize,
    lines: Mutex<Lines<T>>,
    /// Told when something waits, or nothing will any more.
    arrived: Condvar,
}

struct Lines<T> {
    /// Of everyone who waits, or has had a turn in the group at hand.
    lines: QuickMap<Who, Line<T>>,
    /// Those who wait, in the order of their turns.
    next: VecDeque<Who>,
    /// Who has had events in the group at hand.
    had: Vec<Who>,
    /// Events in the group at hand.
    group: usize,
    waiting: usize,
    is_closed: bool,
    /// Whether the writer sleeps until something waits.
    sleeps: bool,
}

struct Line<T> {
    waiting: VecDeque<(usize, T)>,
    /// Events that it has in the group at hand.
    had: usize,
}

/// A queue in which so many writes may wait, and its two ends.
pub(super) fn write_queue<T>(waiting_max: usize) -> (WriteQueue<T>, WriteTurns<T>) {
    let lines = Lines {
        lines: QuickMap::default(),
        next: VecDeque::new(),
        had: Vec::new(),
        group: 0,
        waiting: 0,
        is_closed: false,
        sleeps: false,
    };
    let shared = Arc::new(Shared { waiting_max, lines: Mutex::new(lines), arrived: Condvar::new() });
    (WriteQueue(shared.clone()), WriteTurns(shared))
}

impl<T> WriteQueue<T> {
    /// Puts a write of so many events at the end of a line.
    pub(super) fn push(&self, who: Who, events: usize, write: T) -> Result<(), NotQueued> {
        let mut lines = self.0.lock();
        if lines.is_closed {
            return Err(NotQueued::Closed);
        }
        let free = self.0.waiting_max - lines.waiting;
        let Lines { lines: all, next, waiting, sleeps, .. } = &mut *lines;
        let before = all.get(&who).map_or(0, |line| line.waiting.len());
        if before >= free {
            return Err(NotQueued::Full);
        }
        let line = all.entry(who).or_insert_with(|| Line { waiting: VecDeque::new(), had: 0 });
        line.waiting.push_back((events, write));
        if before == 0 {
            next.push_back(who);
        }
        *waiting += 1;
        if std::mem::take(sleeps) {
            self.0.arrived.notify_one();
        }
        Ok(())
    }

    /// Writes that wait.
    pub(super) fn waiting(&self) -> usize {
        self.0.lock().waiting
    }
}

/// What waits is still taken.
impl<T> Drop for WriteQueue<T> {
    fn drop(&mut self) {
        self.0.lock().is_closed = true;
        self.0.arrived.notify_one();
    }
}

impl<T> WriteTurns<T> {
    /// Begins a group, once anything waits; `false` where nothing will any more.
    pub(super) fn begin(&self, group: &mut Vec<T>) -> bool {
        let mut lines = self.0.lock();
        lines.forget_group();
        while lines.next.is_empty() {
            if lines.is_closed {
                return false;
            }
            lines.sleeps = true;
            lines = self.0.arrived.wait(lines).unwrap_or_else(PoisonError::into_inner);
        }
        lines.take_turns(group);
        true
    }

    /// Adds to the group what has come since, as far as the turns of each account go.
    pub(super) fn join(&self, group: &mut Vec<T>) {
        self.0.lock().take_turns(group);
    }
}

/// Whoever waits learns that nobody takes it.
impl<T> Drop for WriteTurns<T> {
    fn drop(&mut self) {
        let mut lines = self.0.lock();
        lines.is_closed = true;
        lines.lines.clear();
        lines.next.clear();
        lines.waiting = 0;
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Lines<T>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Lines<T> {
    fn forget_group(&mut self) {
        self.group = 0;
        for who in self.had.drain(..) {
            if let Some(line) = self.lines.get_mut(&who) {
                line.had = 0;
                if line.waiting.is_empty() {
                    self.lines.remove(&who);
                }
            }
        }
    }

    /// A turn for everyone who waits and has not had all of one in this group, until the group is full. A turn is never cut
    /// short.
    fn take_turns(&mut self, group: &mut Vec<T>) {
        let mut place = 0;
        while self.group < GROUP_MAX
            && let Some(who) = self.next.get(place).copied()
        {
            let Some(line) = self.lines.get_mut(&who).filter(|line| line.had < TURN_MAX) else {
                // It keeps its place for the next group.
                place += 1;
                continue;
            };
            self.next.remove(place);
            if line.had == 0 {
                self.had.push(who);
            }
            while line.had < TURN_MAX
                && let Some((events, write)) = line.waiting.pop_front()
            {
                line.had += events;
                self.group += events;
                self.waiting -= 1;
                group.push(write);
            }
            if !line.waiting.is_empty() {
                self.next.push_back(who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn who(account: u8) -> Who {
        // One of them is the ledger itself.
        (account > 0).then_some(AccountKey(account.into()))
    }

    /// What the writer may do with a queue, and what comes to it meanwhile.
    #[derive(Clone, Debug)]
    enum Step {
        Push { account: u8, events: usize },
        Begin,
        Join,
    }

    fn any_step() -> impl Strategy<Value = Step> {
        // One sends more often than the others.
        let account = prop_oneof![3 => Just(1_u8), 2 => 0_u8..6];
        let events = prop_oneof![8 => Just(1_usize), 3 => 1_usize..200, 1 => 200_usize..10_000];
        prop_oneof![
            12 => (account, events).prop_map(|(account, events)| Step::Push { account, events }),
            2 => Just(Step::Begin),
            1 => Just(Step::Join),
        ]
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Sent {
        account: u8,
        number: usize,
        events: usize,
    }

    /// Turns of the others while an account waits: in how many groups each was taken.
    #[derive(Debug, Default)]
    struct Waits(BTreeMap<u8, BTreeMap<u8, Vec<usize>>>);

    impl Waits {
        fn taken(&mut self, account: u8, group: usize) {
            self.0.remove(&account);
            for turns in self.0.values_mut() {
                let groups = turns.entry(account).or_default();
                if groups.last() != Some(&group) {
                    groups.push(group);
                }
            }
        }
    }

    proptest! {
        /// Whatever comes: nothing that was taken in is lost, each account's writes keep their order, no group and no turn
        /// is larger than said, and nobody waits longer than a turn of each other.
        #[test]
        fn turns_go_around_and_nothing_is_lost(steps in prop::collection::vec(any_step(), 0..400), waiting_max in 1_usize..300) {
            let (queue, turns) = write_queue(waiting_max);
            let mut waiting: BTreeMap<u8, VecDeque<Sent>> = BTreeMap::new();
            let mut waits = Waits::default();
            let (mut groups, mut group_events, mut had) = (0, 0, BTreeMap::<u8, usize>::new());
            let mut number = 0;
            let steps = steps.into_iter().chain((0..400).map(|_| Step::Begin));
            for step in steps {
                let all: usize = waiting.values().map(VecDeque::len).sum();
                prop_assert_eq!(queue.waiting(), all);
                let mut group = Vec::new();
                match step {
                    Step::Push { account, events } => {
                        number += 1;
                        let sent = Sent { account, number, events };
                        let line = waiting.entry(account).or_default();
                        let pushed = queue.push(who(account), events, sent);
                        let has_place = line.len() < waiting_max - all;
                        prop_assert_eq!(pushed, if has_place { Ok(()) } else { Err(NotQueued::Full) });
                        // Whoever has nothing here finds a place while there is one.
                        prop_assert!(has_place || !line.is_empty() || all == waiting_max);
                        if has_place {
                            if line.is_empty() {
                                waits.0.insert(account, BTreeMap::new());
                            }
                            line.push_back(sent);
                        }
                        continue;
                    }
                    Step::Begin if all == 0 => continue,
                    Step::Begin => {
                        prop_assert!(turns.begin(&mut group));
                        prop_assert!(!group.is_empty());
                        groups += 1;
                        group_events = 0;
                        had.clear();
                    }
                    Step::Join => turns.join(&mut group),
                }
                let mut before = None;
                for sent in group {
                    prop_assert_eq!(waiting.get_mut(&sent.account).and_then(VecDeque::pop_front), Some(sent));
                    // A turn begins where the group has room, and goes on while it has not had enough.
                    prop_assert!(group_events < GROUP_MAX || before == Some(sent.account));
                    let had = had.entry(sent.account).or_default();
                    prop_assert!(*had < TURN_MAX, "{} has had {had}", sent.account);
                    *had += sent.events;
                    group_events += sent.events;
                    if before != Some(sent.account) {
                        waits.taken(sent.account, groups);
                    }
                    before = Some(sent.account);
                }
                for (account, turns) in &waits.0 {
                    prop_assert!(turns.values().all(|groups| groups.len() <= 1), "{account} waits for {turns:?}");
                }
                for (account, line) in &waiting {
                    if !line.is_empty() {
                        waits.0.entry(*account).or_default();
                    }
                }
            }
            prop_assert!(waiting.values().all(VecDeque::is_empty), "{waiting:?}");
            drop(queue);
            prop_assert!(!turns.begin(&mut Vec::new()));
            prop_assert!(turns.0.lock().lines.is_empty(), "who has nothing here is forgotten");
        }
    }

    #[test]
    fn what_waits_when_either_end_goes_is_taken_or_dropped() {
        let (queue, turns) = write_queue(8);
        let asked = Arc::new(());
        queue.push(who(1), 1, asked.clone()).unwrap();
        drop(queue);
        let mut group = Vec::new();
        assert!(turns.begin(&mut group) && group.len() == 1 && !turns.begin(&mut group));

        let (queue, turns) = write_queue(8);
        queue.push(who(1), 1, asked.clone()).unwrap();
        drop((turns, group));
        assert_eq!(Arc::strong_count(&asked), 1);
        assert_eq!(queue.push(who(1), 1, asked.clone()), Err(NotQueued::Closed));
    }

    #[test]
    fn the_writer_is_woken() {
        // Room for all, should the writer not come to run meanwhile.
        let (queue, turns) = write_queue(16);
        let writer = std::thread::spawn(move || {
            let mut group = Vec::new();
            while turns.begin(&mut group) {}
            group.len()
        });
        for _ in 0..5 {
            std::thread::sleep(std::time::Duration::from_millis(2));
            queue.push(None, 1, ()).unwrap();
        }
        drop(queue);
        assert_eq!(writer.join().unwrap(), 5);
    }
}
