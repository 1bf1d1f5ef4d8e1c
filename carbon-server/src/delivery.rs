//! Sending alerts: several at a time, few of them of one account, so that a receiver that is slow holds up its own alone.

use crate::{
    api::{App, now},
    store::{AccountKey, Attempted, DueAlert, StoreError},
};
use jiff::Timestamp;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    hash::Hash,
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{Notify, oneshot},
    task::JoinSet,
};

/// Alerts sent at a time.
const SENT_AT_A_TIME: usize = 32;
/// Of one account.
const SENT_OF_ONE_ACCOUNT: usize = 2;
/// Alerts of one account that are looked up at a time.
const LOOKED_UP: usize = 100;

/// Seconds until an alert that was not taken is sent again, by attempts made: as Standard Webhooks advises. Then it is given
/// up, a day and a half later.
const AGAIN_AFTER_S: [i64; 7] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400];

/// Sends what is due, now and then and when `added` says so, until `stop` is dropped; what is being sent then is finished.
pub(crate) async fn deliver(app: Arc<App>, added: Arc<Notify>, mut stop: oneshot::Receiver<()>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(app.limits.housekeeping_s.max(1)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut due = Due::new();
    let mut sending = JoinSet::new();
    loop {
        let look = tokio::select! {
            _ = ticks.tick() => true,
            () = added.notified() => true,
            Some(sent) = sending.join_next() => due.ended(sent.ok()),
            _ = &mut stop => break,
        };
        if look {
            match app.store.waiting_alerts(now().as_millisecond(), LOOKED_UP).await {
                Ok(waiting) => due.look(waiting),
                Err(error) => tracing::warn!(%error, "alerts were not looked up, and are next time"),
            }
        }
        while sending.len() < SENT_AT_A_TIME
            && let Some((account, alert_key)) = due.next()
        {
            let app = app.clone();
            sending.spawn(async move {
                if let Err(error) = send(&app, account, alert_key).await {
                    tracing::warn!(%error, "an alert was not noted, and is sent again");
                }
                (account, alert_key)
            });
        }
    }
    while sending.join_next().await.is_some() {}
}

async fn send(app: &App, account: AccountKey, alert_key: i64) -> Result<(), StoreError> {
    // As it is now: its tenant may have been erased since, its account may have another address.
    let Some(alert) = app.store.take_alert(account, alert_key, now().as_millisecond()).await? else {
        return Ok(());
    };
    let sender = app.webhooks.clone();
    let sent = tokio::task::spawn_blocking(move || {
        let taken = sender.send(&alert, Timestamp::now().as_second());
        (alert, taken)
    });
    let Ok((alert, taken)) = sent.await else { return Ok(()) };
    let now = now();
    let attempted = match taken {
        Ok(()) => Attempted::DeliveredAt(now.as_millisecond()),
        Err(error) => {
            tracing::info!(alert = alert.alert_id, %error, "a webhook was not taken");
            again(&alert, now)
        }
    };
    app.store.note_attempt(alert.account, alert.alert_key, attempted).await
}

fn again(alert: &DueAlert, now: Timestamp) -> Attempted {
    match AGAIN_AFTER_S.get(alert.attempts) {
        Some(seconds) => Attempted::Again(now.as_millisecond() + seconds * 1_000),
        None => Attempted::GivenUp,
    }
}

/// What is due and what is being sent, by account.
struct Due<Account> {
    waiting: HashMap<Account, Waiting>,
    sending: HashMap<Account, HashSet<i64>>,
    /// When an account had its last turn, in turns.
    turns: HashMap<Account, u64>,
    turn: u64,
}

struct Waiting {
    alerts: VecDeque<i64>,
    /// Whether there are more than were looked up.
    more: bool,
}

impl<Account: Copy + Eq + Hash + Ord> Due<Account> {
    fn new() -> Self {
        Due { waiting: HashMap::new(), sending: HashMap::new(), turns: HashMap::new(), turn: 0 }
    }

    /// Takes what the ledger says is due.
    fn look(&mut self, found: Vec<(Account, Vec<i64>)>) {
        self.waiting.clear();
        for (account, mut alert_keys) in found {
            let more = alert_keys.len() >= LOOKED_UP;
            if let Some(sending) = self.sending.get(&account) {
                alert_keys.retain(|alert| !sending.contains(alert));
            }
            self.waiting.insert(account, Waiting { alerts: alert_keys.into(), more });
        }
        self.turns.retain(|account, _| self.waiting.contains_key(account));
    }

    /// The next to send: of the account that has the fewest on their way, and has waited longest for a turn.
    fn next(&mut self) -> Option<(Account, i64)> {
        let on_their_way = |account| self.sending.get(account).map_or(0, HashSet::len);
        let could = self.waiting.iter().filter(|(_, waiting)| !waiting.alerts.is_empty());
        let could = could.map(|(account, _)| (on_their_way(account), self.turns.get(account), *account));
        let (_, _, account) = could.filter(|(count, ..)| *count < SENT_OF_ONE_ACCOUNT).min()?;
        let alert_key = self.waiting.get_mut(&account)?.alerts.pop_front()?;
        self.sending.entry(account).or_default().insert(alert_key);
        self.turn += 1;
        self.turns.insert(account, self.turn);
        Some((account, alert_key))
    }

    /// Notes that one was sent; whether it is time to look for more.
    fn ended(&mut self, sent: Option<(Account, i64)>) -> bool {
        // One that panicked is looked at as being sent for ever: it would again.
        let Some((account, alert_key)) = sent else { return false };
        if let Some(sending) = self.sending.get_mut(&account) {
            sending.remove(&alert_key);
            if sending.is_empty() {
                self.sending.remove(&account);
            }
        }
        self.waiting.get(&account).is_some_and(|waiting| waiting.more && waiting.alerts.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_take_turns_and_one_has_few() {
        let mut due = Due::new();
        let found = |account: u8, alert_keys: &[i64]| (account, alert_keys.to_vec());
        due.look(vec![found(1, &[10, 11, 12, 13]), found(2, &[20, 21]), found(3, &[30])]);
        let mut next = || due.next().map(|(_, alert_key)| alert_key);
        let first: HashSet<_> = (0..3).map(|_| next()).collect();
        assert_eq!(first, HashSet::from([Some(10), Some(20), Some(30)]));
        let second: HashSet<_> = (0..2).map(|_| next()).collect();
        assert_eq!(second, HashSet::from([Some(11), Some(21)]));
        // Two of an account at a time; who comes new is next.
        assert_eq!(next(), None);
        due.look(vec![found(1, &[10, 11, 12, 13]), found(4, &[40])]);
        assert_eq!(due.next().map(|(_, alert_key)| alert_key), Some(40));
        assert_eq!(due.next(), None);
        assert!(!due.ended(Some((1, 10))), "others of it are known to wait");
        assert_eq!(due.next(), Some((1, 12)));
    }

    #[test]
    fn who_has_more_than_was_looked_up_is_looked_up_again() {
        let mut due = Due::new();
        due.look(vec![(1, (0..100).collect())]);
        for alert_key in 0..100 {
            assert_eq!(due.next(), Some((1, alert_key)));
            assert_eq!(due.ended(Some((1, alert_key))), alert_key == 99);
        }
    }
}
