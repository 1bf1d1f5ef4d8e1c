//! Delivering the outbox: several messages at a time, few of them of one account, so that a receiver that is slow holds up its
//! own alone. What is sent and where to is decided by the kind of a message; how often it is retried, by the outbox.

use crate::{
    app::App,
    background::{mail, time_stamps},
    base::clock::now,
    http::webhook::{NotTaken, SignedMessage},
    pact,
    store::{AccountKey, AttemptFailure, MessageKind, OutboxMessage, Senders, StoreError},
};
use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    hash::Hash,
    sync::Arc,
    time::Duration,
};
use tokio::{sync::oneshot, task::JoinSet};

/// Messages sent at a time.
const SENT_AT_A_TIME: usize = 32;
/// Of one account.
const SENT_OF_ONE_ACCOUNT: usize = 2;
/// Messages to one receiver that are looked up at a time.
const LOOKED_UP: usize = 100;

/// Number of a message in the outbox.
type MessageKey = i64;

/// Sends what is due, now and then and when a message was added, until `stop` is dropped; what is being sent then is finished.
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
            let senders =
                Senders { has_authority: app.time_stamps.is_some(), has_mail: app.outgoing.mail.is_some() };
            match app.store.due_messages(now().as_millisecond(), LOOKED_UP, senders).await {
                Ok(found) => due.look(found),
                Err(error) => tracing::warn!(%error, "the outbox was not read, and is next time"),
            }
        }
        while sending.len() < SENT_AT_A_TIME
            && let Some((account, message_key)) = due.next()
        {
            let app = app.clone();
            sending.spawn(async move {
                if let Err(error) = attempt(&app, account, message_key).await {
                    tracing::warn!(%error, "an attempt to deliver was not noted, and is repeated");
                }
                (account, message_key)
            });
        }
    }
    while sending.join_next().await.is_some() {}
}

/// What became of an attempt.
enum DeliveryOutcome {
    Delivered,
    Failed(AttemptFailure),
    /// There was nobody to send it to, or the attempt was cut off: it is due again after a while.
    NotTried,
}

impl DeliveryOutcome {
    /// Of an attempt on a thread of its own.
    fn of(sent: Result<Result<(), NotTaken>, tokio::task::JoinError>) -> Self {
        match sent {
            Ok(Ok(())) => DeliveryOutcome::Delivered,
            Ok(Err(error)) => DeliveryOutcome::Failed(error.to_string().into()),
            Err(_) => DeliveryOutcome::NotTried,
        }
    }
}

/// Tries to deliver a message, and notes the outcome.
async fn attempt(app: &App, account: AccountKey, message_key: MessageKey) -> Result<(), StoreError> {
    let Some(message) = app.store.take_message(account, message_key, now().as_millisecond()).await? else {
        return Ok(());
    };
    let outcome = match message.kind {
        MessageKind::Alert | MessageKind::Checkpoint | MessageKind::Report => {
            send_to_webhook(app, &message).await?
        }
        MessageKind::Mail => match mail::send(app, &message).await? {
            Some(Ok(())) => DeliveryOutcome::Delivered,
            Some(Err(failure)) => DeliveryOutcome::Failed(failure),
            None => DeliveryOutcome::NotTried,
        },
        MessageKind::PactAnswer => send_pact_answer(app, &message).await?,
        MessageKind::TimeStamp => request_time_stamp(app, &message).await?,
    };
    let outcome = match outcome {
        DeliveryOutcome::Delivered => Ok(()),
        DeliveryOutcome::Failed(failure) => {
            let (id, kind) = (message.message_id.as_str(), message.kind.as_str());
            // A mail server repeats addresses: what it answers is for the account alone.
            let error = failure.reply_code.is_none().then_some(failure.error.as_str());
            tracing::info!(id, kind, error, reply_code = failure.reply_code, "a message was not delivered");
            Err(failure)
        }
        DeliveryOutcome::NotTried => return Ok(()),
    };
    app.store.note_attempt(message, outcome, now().as_millisecond()).await
}

/// Sends an alert, a checkpoint or what a schedule has made to where the account's webhook is now.
async fn send_to_webhook(app: &App, message: &OutboxMessage) -> Result<DeliveryOutcome, StoreError> {
    let Some(receiver) = app.store.webhook_receiver(message.account).await? else {
        return Ok(DeliveryOutcome::NotTried);
    };
    let (sender, id, body) =
        (app.outgoing.webhooks.clone(), message.message_id.clone(), message.payload.clone());
    let send = move || {
        let signed = SignedMessage { url: &receiver.url, secret: &receiver.secret, id: &id, body: &body };
        sender.send(&signed, now().as_second())
    };
    Ok(DeliveryOutcome::of(tokio::task::spawn_blocking(send).await))
}

/// Asks the operator's authority for a time stamp.
async fn request_time_stamp(app: &App, message: &OutboxMessage) -> Result<DeliveryOutcome, StoreError> {
    Ok(match time_stamps::request(app, message).await? {
        Some(Ok(())) => DeliveryOutcome::Delivered,
        Some(Err(error)) => DeliveryOutcome::Failed(error.into()),
        None => DeliveryOutcome::NotTried,
    })
}

/// Answers a PACT request at its client's own API, with the footprints that there are now.
async fn send_pact_answer(app: &App, message: &OutboxMessage) -> Result<DeliveryOutcome, StoreError> {
    let Some(request) = app.store.pact_request(message.account, message.message_key).await? else {
        return Ok(DeliveryOutcome::NotTried);
    };
    let answer = match pact::answer(app, message, &request, now()).await {
        Ok(answer) => answer,
        Err(problem) => {
            let cause = problem.cause().unwrap_or_else(|| problem.in_a_sentence());
            tracing::warn!(id = message.message_id, cause, "a PACT request was not answered");
            return Ok(DeliveryOutcome::Failed(problem.in_a_sentence().into()));
        }
    };
    let sender = app.outgoing.webhooks.clone();
    let send = move || pact::send_answer(&sender, &request.answers, &answer.to_string());
    Ok(DeliveryOutcome::of(tokio::task::spawn_blocking(send).await))
}

/// What is due and what is being sent, by account.
struct Due<Account> {
    waiting: HashMap<Account, Waiting>,
    sending: HashMap<Account, HashSet<MessageKey>>,
    /// When an account had its last turn, in turns.
    turns: HashMap<Account, u64>,
    turn: u64,
}

struct Waiting {
    messages: VecDeque<MessageKey>,
    /// Whether there are more than were looked up.
    more: bool,
}

impl<Account: Copy + Eq + Hash + Ord> Due<Account> {
    fn new() -> Self {
        Due { waiting: HashMap::new(), sending: HashMap::new(), turns: HashMap::new(), turn: 0 }
    }

    /// Takes what the ledger says is due.
    fn look(&mut self, found: Vec<(Account, MessageKey)>) {
        self.waiting.clear();
        let mut by_account: BTreeMap<Account, VecDeque<MessageKey>> = BTreeMap::new();
        for (account, message) in found {
            by_account.entry(account).or_default().push_back(message);
        }
        for (account, mut messages) in by_account {
            // As many as are looked up of one receiver: there may be more.
            let more = messages.len() >= LOOKED_UP;
            if let Some(sending) = self.sending.get(&account) {
                messages.retain(|message| !sending.contains(message));
            }
            self.waiting.insert(account, Waiting { messages, more });
        }
        self.turns.retain(|account, _| self.waiting.contains_key(account));
    }

    /// The next to send: of the account that has the fewest on their way, and has waited longest for a turn.
    fn next(&mut self) -> Option<(Account, MessageKey)> {
        let on_their_way = |account| self.sending.get(account).map_or(0, HashSet::len);
        let could = self.waiting.iter().filter(|(_, waiting)| !waiting.messages.is_empty());
        let could = could.map(|(account, _)| (on_their_way(account), self.turns.get(account), *account));
        let (_, _, account) = could.filter(|(count, ..)| *count < SENT_OF_ONE_ACCOUNT).min()?;
        let message = self.waiting.get_mut(&account)?.messages.pop_front()?;
        self.sending.entry(account).or_default().insert(message);
        self.turn += 1;
        self.turns.insert(account, self.turn);
        Some((account, message))
    }

    /// Notes that one was sent; whether it is time to look for more.
    fn ended(&mut self, sent: Option<(Account, MessageKey)>) -> bool {
        // One that panicked is looked at as being sent for ever: it would again.
        let Some((account, message)) = sent else { return false };
        if let Some(sending) = self.sending.get_mut(&account) {
            sending.remove(&message);
            if sending.is_empty() {
                self.sending.remove(&account);
            }
        }
        self.waiting.get(&account).is_some_and(|waiting| waiting.more && waiting.messages.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_take_turns_and_one_has_few() {
        let mut due = Due::new();
        let of = |account: u8, messages: &[MessageKey]| {
            messages.iter().map(move |message| (account, *message)).collect::<Vec<_>>()
        };
        due.look([of(1, &[10, 11, 12, 13]), of(2, &[20, 21]), of(3, &[30])].concat());
        let mut next = || due.next().map(|(_, message)| message);
        let first: HashSet<_> = (0..3).map(|_| next()).collect();
        assert_eq!(first, HashSet::from([Some(10), Some(20), Some(30)]));
        let second: HashSet<_> = (0..2).map(|_| next()).collect();
        assert_eq!(second, HashSet::from([Some(11), Some(21)]));
        // Two of an account at a time; who comes new is next.
        assert_eq!(next(), None);
        due.look([of(1, &[10, 11, 12, 13]), of(4, &[40])].concat());
        assert_eq!(due.next().map(|(_, message)| message), Some(40));
        assert_eq!(due.next(), None);
        assert!(!due.ended(Some((1, 10))), "others of it are known to wait");
        assert_eq!(due.next(), Some((1, 12)));
    }

    #[test]
    fn who_has_more_than_was_looked_up_is_looked_up_again() {
        let mut due = Due::new();
        due.look((0..100).map(|key| (1, key)).collect());
        for key in 0..100 {
            assert_eq!(due.next(), Some((1, key)));
            assert_eq!(due.ended(Some((1, key))), key == 99);
        }
    }
}
