//! What a thread has worked out before, in bounded room.
//!
//! Only what would be worked out again to the last bit is remembered: a key holds all that its answer depends on. Tables are
//! read once and never change, so what was read of them stands in a key by its [`Identity`].

use foldhash::fast::FixedState;
use std::{
    fmt,
    hash::{BuildHasher, Hash},
    sync::atomic::{AtomicU64, Ordering},
};

/// Answers by key, so many at most: each key has one place, and the newest to come to a place takes it.
pub(crate) struct Memo<K, V> {
    /// None before the first key: most threads never ask.
    places: Vec<Option<(K, V)>>,
}

impl<K, V: Clone> Memo<K, V> {
    /// Of the largest answers, some 80 kB a thread.
    const PLACES: u64 = 256;

    pub(crate) const fn new() -> Self {
        Memo { places: Vec::new() }
    }

    /// The answer to a key: as it was given before, or now.
    pub(crate) fn answer<Q>(&mut self, key: &Q, answer: impl FnOnce() -> V) -> V
    where
        Q: Hash + PartialEq<K> + ?Sized,
        for<'q> &'q Q: Into<K>,
    {
        if self.places.is_empty() {
            self.places.extend((0..Self::PLACES).map(|_| None));
        }
        // Whoever finds keys that meet in one place has them worked out each time, as all were before.
        let hash = FixedState::default().hash_one(key);
        let place = usize::try_from(hash % Self::PLACES).unwrap_or(0);
        match &self.places[place] {
            Some((known, answer)) if *key == *known => answer.clone(),
            _ => {
                let answer = answer();
                self.places[place] = Some((key.into(), answer.clone()));
                answer
            }
        }
    }
}

/// What tells something that was read from a table from all else that this process has read. It is no part of its value: all
/// are equal, and look alike.
#[derive(Clone, Copy)]
pub(crate) struct Identity(u64);

impl Identity {
    pub(crate) fn new() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Identity(LAST.fetch_add(1, Ordering::Relaxed))
    }

    /// As a part of a key.
    pub(crate) fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

impl PartialEq for Identity {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, PartialEq, Hash)]
    struct Number(u64);

    impl From<&Number> for Number {
        fn from(number: &Number) -> Self {
            *number
        }
    }

    #[test]
    fn keys_have_their_own_answers_however_many_there_are() {
        let mut memo: Memo<Number, u64> = Memo::new();
        let mut given = 0;
        let mut ask = |number| {
            let answer = memo.answer(&Number(number), || {
                given += 1;
                number * 3
            });
            assert_eq!(answer, number * 3);
            given
        };
        for round in 1..=3 {
            let given = (0..2_000).map(&mut ask).last();
            assert!(given > Some(round * 1_500), "more than there is room for");
        }
        let before = ask(7);
        assert_eq!((0..10).map(|_| ask(7)).last(), Some(before));
    }
}
