//! Places for connections: so many in all, and of those on which nothing was asked yet so many from one address.

use crate::auth::rate_limit::network_of;
use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// Of all connections, one address may have this part without a request on them, but always a few.
const PART: usize = 4;
const FEW: usize = 16;

/// The places of a server.
pub(super) struct Places {
    all: Arc<Semaphore>,
    unasked: Arc<Unasked>,
    /// Proxies connect for many: their connections are not theirs.
    trusted: Vec<IpAddr>,
}

/// The connections on which nothing was asked yet, the oldest first, by network address.
struct Unasked {
    of_one_max: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Connections so far: the number of the next.
    number: u64,
    by_network: HashMap<IpAddr, BTreeMap<u64, Arc<Notify>>>,
}

impl Places {
    pub(super) fn new(connections_max: usize, trusted: &[IpAddr]) -> Self {
        let of_one_max = (connections_max / PART).max(FEW);
        Places {
            all: Arc::new(Semaphore::new(connections_max)),
            unasked: Arc::new(Unasked { of_one_max, state: Mutex::default() }),
            trusted: trusted.iter().map(IpAddr::to_canonical).collect(),
        }
    }

    /// A place, once there is one.
    pub(super) async fn wait(&self) -> OwnedSemaphorePermit {
        self.all.clone().acquire_owned().await.expect("the semaphore is never closed")
    }

    /// Gives a place to a connection from `peer`. Where too many of its address have asked nothing yet, the oldest of them is cut:
    /// who has a request sends it at once, and so gets through.
    pub(super) fn give(&self, place: OwnedSemaphorePermit, peer: IpAddr) -> Place {
        let network = network_of(peer);
        let cut = Arc::new(Notify::new());
        let is_counted = !self.trusted.contains(&peer.to_canonical());
        let number = is_counted.then(|| self.unasked.add(network, cut.clone()));
        Place {
            _place: place,
            unasked: self.unasked.clone(),
            network,
            number: number.unwrap_or_default(),
            is_unasked: AtomicBool::new(is_counted),
            cut,
        }
    }
}

impl Unasked {
    fn add(&self, network: IpAddr, cut: Arc<Notify>) -> u64 {
        let mut state = self.lock();
        state.number += 1;
        let number = state.number;
        let its = state.by_network.entry(network).or_default();
        its.insert(number, cut);
        if its.len() > self.of_one_max
            && let Some((_, oldest)) = its.pop_first()
        {
            oldest.notify_one();
        }
        number
    }

    fn remove(&self, network: IpAddr, number: u64) {
        let mut state = self.lock();
        let Some(its) = state.by_network.get_mut(&network) else { return };
        its.remove(&number);
        if its.is_empty() {
            state.by_network.remove(&network);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one connection.
pub(super) struct Place {
    _place: OwnedSemaphorePermit,
    unasked: Arc<Unasked>,
    network: IpAddr,
    number: u64,
    is_unasked: AtomicBool,
    cut: Arc<Notify>,
}

impl Place {
    /// Something is asked on the connection.
    pub(super) fn asked(&self) {
        // Only the first time costs more than a look.
        if self.is_unasked.load(Ordering::Relaxed) && self.is_unasked.swap(false, Ordering::Relaxed) {
            self.unasked.remove(self.network, self.number);
        }
    }

    /// Ready once the connection has to make room.
    pub(super) async fn cut(&self) {
        self.cut.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.asked();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn address(n: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, n])
    }

    #[tokio::test]
    async fn the_oldest_of_an_address_makes_room_and_no_other() {
        let places = Places::new(100, &[address(9)]);
        let give = async |n: u8| places.give(places.wait().await, address(n));
        let other = give(1).await;
        let served = give(2).await;
        served.asked();
        let mut waiting = Vec::new();
        for _ in 0..27 {
            waiting.push(give(2).await);
        }
        let is_cut = |place: &Place| place.cut().now_or_never().is_some();
        let cut: Vec<usize> = (0..27).filter(|n| is_cut(&waiting[*n])).collect();
        assert_eq!(cut, [0, 1], "a quarter of all stay");
        assert!(!is_cut(&other) && !is_cut(&served));
        drop(waiting);
        let mut behind_proxy = Vec::new();
        for _ in 0..40 {
            behind_proxy.push(give(9).await);
        }
        assert!(!behind_proxy.iter().any(is_cut));
        drop((other, served, behind_proxy));
        assert!(places.unasked.lock().by_network.is_empty());
        assert_eq!(places.all.available_permits(), 100);
    }
}
