//! Sending what others wait for, alerts and answers to PACT requests: several at a time, few of them of one account, so that a
//! receiver that is slow holds up its own alone.

use crate::http::webhook::again;
use crate::{
    app::App,
    base::clock::now,
    pact,
    store::{AccountKey, Attempted, StoreError},
};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    hash::Hash,
    sync::Arc,
    time::Duration,
};
use tokio::{sync::oneshot, task::JoinSet};

/// Letters sent at a time.
const SENT_AT_A_TIME: usize = 32;
/// Of one account.
const SENT_OF_ONE_ACCOUNT: usize = 2;
/// Letters of one kind that are looked up at a time: alerts of an account, answers to a client.
const LOOKED_UP: usize = 100;

/// What waits to be sent, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Letter {
    Alert(i64),
    Answer(i64),
}

/// What is looked up of a kind: all of an account's, or as many as are looked up at a time.
type Found<Account> = Vec<(Account, Letter)>;

/// Sends what is due, now and then and when somebody says so, until `stop` is dropped; what is being sent then is finished.
pub(crate) async fn deliver(app: Arc<App>, mut stop: oneshot::Receiver<()>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(app.limits.housekeeping_s.max(1)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut due = Due::new();
    let mut sending = JoinSet::new();
    loop {
        let look = tokio::select! {
            _ = ticks.tick() => true,
            () = app.outgoing.due.notified() => true,
            Some(sent) = sending.join_next() => due.ended(sent.ok()),
            _ = &mut stop => break,
        };
        if look {
            match waiting(&app).await {
                Ok(waiting) => due.look(waiting),
                Err(error) => {
                    tracing::warn!(%error, "what is to be sent was not looked up, and is next time");
                }
            }
        }
        while sending.len() < SENT_AT_A_TIME
            && let Some((account, letter)) = due.next()
        {
            let app = app.clone();
            sending.spawn(async move {
                let sent = match letter {
                    Letter::Alert(alert_key) => send_alert(&app, account, alert_key).await,
                    Letter::Answer(pact_event_key) => pact::answer(&app, account, pact_event_key).await,
                };
                if let Err(error) = sent {
                    tracing::warn!(%error, "what was sent was not noted, and is sent again");
                }
                (account, letter)
            });
        }
    }
    while sending.join_next().await.is_some() {}
}

async fn waiting(app: &App) -> Result<Found<AccountKey>, StoreError> {
    let now_ms = now().as_millisecond();
    let alerts = app.store.waiting_alerts(now_ms, LOOKED_UP).await?;
    let answers = app.store.waiting_answers(now_ms, LOOKED_UP).await?;
    let alerts = alerts.into_iter().map(|(account, key)| (account, Letter::Alert(key)));
    Ok(alerts.chain(answers.into_iter().map(|(account, key)| (account, Letter::Answer(key)))).collect())
}

async fn send_alert(app: &App, account: AccountKey, alert_key: i64) -> Result<(), StoreError> {
    // As it is now: its tenant may have been erased since, its account may have another address.
    let Some(alert) = app.store.take_alert(account, alert_key, now().as_millisecond()).await? else {
        return Ok(());
    };
    let sender = app.outgoing.webhooks.clone();
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
            again(alert.attempts, now)
        }
    };
    app.store.note_attempt(alert.account, alert.alert_key, attempted).await
}

/// What is due and what is being sent, by account.
struct Due<Account> {
    waiting: HashMap<Account, Waiting>,
    sending: HashMap<Account, HashSet<Letter>>,
    /// When an account had its last turn, in turns.
    turns: HashMap<Account, u64>,
    turn: u64,
}

struct Waiting {
    letters: VecDeque<Letter>,
    /// Whether there are more than were looked up.
    more: bool,
}

impl<Account: Copy + Eq + Hash + Ord> Due<Account> {
    fn new() -> Self {
        Due { waiting: HashMap::new(), sending: HashMap::new(), turns: HashMap::new(), turn: 0 }
    }

    /// Takes what the ledger says is due.
    fn look(&mut self, found: Found<Account>) {
        self.waiting.clear();
        let mut by_account: BTreeMap<Account, VecDeque<Letter>> = BTreeMap::new();
        for (account, letter) in found {
            by_account.entry(account).or_default().push_back(letter);
        }
        for (account, mut letters) in by_account {
            // As many as are looked up of one kind: there may be more.
            let more = letters.len() >= LOOKED_UP;
            if let Some(sending) = self.sending.get(&account) {
                letters.retain(|letter| !sending.contains(letter));
            }
            self.waiting.insert(account, Waiting { letters, more });
        }
        self.turns.retain(|account, _| self.waiting.contains_key(account));
    }

    /// The next to send: of the account that has the fewest on their way, and has waited longest for a turn.
    fn next(&mut self) -> Option<(Account, Letter)> {
        let on_their_way = |account| self.sending.get(account).map_or(0, HashSet::len);
        let could = self.waiting.iter().filter(|(_, waiting)| !waiting.letters.is_empty());
        let could = could.map(|(account, _)| (on_their_way(account), self.turns.get(account), *account));
        let (_, _, account) = could.filter(|(count, ..)| *count < SENT_OF_ONE_ACCOUNT).min()?;
        let letter = self.waiting.get_mut(&account)?.letters.pop_front()?;
        self.sending.entry(account).or_default().insert(letter);
        self.turn += 1;
        self.turns.insert(account, self.turn);
        Some((account, letter))
    }

    /// Notes that one was sent; whether it is time to look for more.
    fn ended(&mut self, sent: Option<(Account, Letter)>) -> bool {
        // One that panicked is looked at as being sent for ever: it would again.
        let Some((account, letter)) = sent else { return false };
        if let Some(sending) = self.sending.get_mut(&account) {
            sending.remove(&letter);
            if sending.is_empty() {
                self.sending.remove(&account);
            }
        }
        self.waiting.get(&account).is_some_and(|waiting| waiting.more && waiting.letters.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Letter::{Alert, Answer};

    #[test]
    fn accounts_take_turns_and_one_has_few() {
        let mut due = Due::new();
        let of =
            |account: u8, letters: &[Letter]| letters.iter().map(move |letter| (account, *letter)).collect();
        let found: [Vec<_>; 3] = [
            of(1, &[Alert(10), Alert(11), Answer(10), Alert(13)]),
            of(2, &[Alert(20), Alert(21)]),
            of(3, &[Alert(30)]),
        ];
        due.look(found.concat());
        let mut next = || due.next().map(|(_, letter)| letter);
        let first: HashSet<_> = (0..3).map(|_| next()).collect();
        assert_eq!(first, HashSet::from([Some(Alert(10)), Some(Alert(20)), Some(Alert(30))]));
        let second: HashSet<_> = (0..2).map(|_| next()).collect();
        assert_eq!(second, HashSet::from([Some(Alert(11)), Some(Alert(21))]));
        // Two of an account at a time; who comes new is next.
        assert_eq!(next(), None);
        let found: [Vec<_>; 2] =
            [of(1, &[Alert(10), Alert(11), Answer(10), Alert(13)]), of(4, &[Answer(40)])];
        due.look(found.concat());
        assert_eq!(due.next().map(|(_, letter)| letter), Some(Answer(40)));
        assert_eq!(due.next(), None);
        assert!(!due.ended(Some((1, Alert(10)))), "others of it are known to wait");
        assert_eq!(due.next(), Some((1, Answer(10))));
    }

    #[test]
    fn who_has_more_than_was_looked_up_is_looked_up_again() {
        let mut due = Due::new();
        due.look((0..100).map(|key| (1, Alert(key))).collect());
        for key in 0..100 {
            assert_eq!(due.next(), Some((1, Alert(key))));
            assert_eq!(due.ended(Some((1, Alert(key)))), key == 99);
        }
    }
}
