//! The outbox: messages to others, of whatever kind, until they are acknowledged or given up.
//!
//! A message is added in the transaction of what it reports, so neither is kept without the other. Delivery takes it, tries,
//! and notes the outcome here. A new kind needs a word in the schema, a [`MessageKind`] and its sender in delivery.

use crate::store::{
    account::attempt::{AttemptFailure, RetrySchedule, STANDARD_WEBHOOKS, Senders},
    error::StoreError,
    key::{AccountKey, TenantKey},
    ledger::Store,
    sql::{self, Connection, OptionalExtension, params},
};

/// What a message is: decides who sends it, where to, and what its payload means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum MessageKind {
    /// To the account's webhook; the payload is what is sent.
    Alert,
    /// To the account's webhook: a checkpoint of the ledger.
    Checkpoint,
    /// To a contact of a client, by mail; what it says is made when it is sent.
    Mail,
    /// To a PACT client's own API; the payload is the criteria of its request.
    PactAnswer,
    /// To the account's webhook: what a schedule has made, or waits for; the payload is what is sent.
    Report,
    /// To the operator's time-stamp authority; the payload is the number of a seal.
    TimeStamp,
}

impl MessageKind {
    const ALL: [MessageKind; 6] = [
        MessageKind::Alert,
        MessageKind::Checkpoint,
        MessageKind::Mail,
        MessageKind::PactAnswer,
        MessageKind::Report,
        MessageKind::TimeStamp,
    ];

    /// The word of the schema.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            MessageKind::Alert => "alert",
            MessageKind::Checkpoint => "checkpoint",
            MessageKind::Mail => "mail",
            MessageKind::PactAnswer => "pact_answer",
            MessageKind::Report => "report",
            MessageKind::TimeStamp => "time_stamp",
        }
    }

    fn from_word(word: &str) -> sql::Result<Self> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == word);
        found.ok_or_else(|| sql::Error::unreadable(format!("{word:?} is no kind of message")))
    }

    /// How long it is retried.
    fn retries(self) -> RetrySchedule {
        match self {
            MessageKind::Alert
            | MessageKind::Checkpoint
            | MessageKind::Mail
            | MessageKind::PactAnswer
            | MessageKind::Report
            | MessageKind::TimeStamp => STANDARD_WEBHOOKS,
        }
    }
}

/// Longer than an attempt may take: whoever took a message and is not heard of again has lost it by then.
const TAKEN_FOR_MS: i64 = 60_000;

/// Longest error that is kept.
const ERROR_CHARS_MAX: usize = 500;

/// A message to be.
pub(in crate::store) struct NewMessage<'a> {
    pub(in crate::store) account: AccountKey,
    pub(in crate::store) kind: MessageKind,
    /// The receiver's name for it, the same on every attempt.
    pub(in crate::store) message_id: &'a str,
    /// Which of the receivers of its kind; `None` where the account itself is the receiver.
    pub(in crate::store) receiver_key: Option<i64>,
    /// The tenant it is about: its payload is erased with it.
    pub(in crate::store) tenant: Option<TenantKey>,
    pub(in crate::store) payload: &'a str,
    pub(in crate::store) now_ms: i64,
}

/// A message that was taken to be sent now.
#[derive(Clone, Debug)]
pub(crate) struct OutboxMessage {
    pub(crate) account: AccountKey,
    pub(crate) message_key: i64,
    pub(crate) message_id: String,
    pub(crate) kind: MessageKind,
    pub(crate) payload: String,
    /// Made so far.
    attempts: usize,
}

const ADD: &str = "
    insert into outbox_message (outbox_message_key, account_key, kind, message_id, receiver_key, tenant_key, payload,
                                created_at_ms, attempts, next_attempt_at_ms)
    select coalesce(max(outbox_message_key), ?8) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?7 from outbox_message
    returning outbox_message_key";

const PENDING_OF_RECEIVER: &str = "
    select count(*) from outbox_message
     where account_key = ?1 and kind = ?2 and receiver_key = ?3 and payload is not null";

// Receivers take turns, and so do kinds. What goes to the webhook of an account that has none at the moment is not due, nor
// what goes to an authority or by mail while no server for it is named.
const DUE: &str = "
    select account_key, outbox_message_key
      from (select account_key, outbox_message_key, kind,
                   row_number() over (partition by account_key, kind, receiver_key
                                      order by next_attempt_at_ms, outbox_message_key) as place
              from outbox_message
             where next_attempt_at_ms <= ?1
               and (case kind when 'pact_answer' then true when 'time_stamp' then cast(?3 as boolean)
                              when 'mail' then cast(?4 as boolean) else false end
                    or kind not in ('time_stamp', 'mail') and exists (select 1 from webhook where webhook.account_key = outbox_message.account_key))) as due
     where place <= ?2
     order by account_key, place, kind, outbox_message_key";

const IS_ADDED: &str = "select 1 from outbox_message where message_id = ?1";

const TAKE: &str = "
    update outbox_message set next_attempt_at_ms = ?4
     where account_key = ?1 and outbox_message_key = ?2 and next_attempt_at_ms <= ?3
    returning message_id, kind, payload, attempts";

// One that was withdrawn or erased meanwhile stays so.
const NOTE_ATTEMPT: &str = "
    update outbox_message
       set attempts = attempts + 1, delivered_at_ms = ?3, next_attempt_at_ms = ?4, last_error = ?5,
           payload = case when cast(?4 as bigint) is null then null else payload end
     where account_key = ?1 and outbox_message_key = ?2 and payload is not null";

const NOTE_REPLY: &str = "update mail set reply_code = ?3 where account_key = ?1 and outbox_message_key = ?2";

/// Adds a message that is due at once; its number.
pub(in crate::store) fn add_message(connection: &Connection, new: &NewMessage<'_>) -> sql::Result<i64> {
    let NewMessage { account, kind, message_id, receiver_key, tenant, payload, now_ms } = *new;
    let tenant_key = tenant.map(|TenantKey(key)| key);
    let values = params![
        account.0,
        kind.as_str(),
        message_id,
        receiver_key,
        tenant_key,
        payload,
        now_ms,
        connection.book().base(),
    ];
    connection.prepare_cached(ADD)?.query_row(values, |row| row.get(0))
}

/// Adds a message that is due at once, unless there is one of its id.
pub(in crate::store) fn add_message_once(connection: &Connection, new: &NewMessage<'_>) -> sql::Result<()> {
    if connection.prepare_cached(IS_ADDED)?.exists(params![new.message_id])? {
        return Ok(());
    }
    add_message(connection, new).map(drop)
}

/// How many messages of a kind wait for one receiver.
pub(in crate::store) fn pending_of_receiver(
    connection: &Connection,
    account: AccountKey,
    kind: MessageKind,
    receiver_key: i64,
) -> sql::Result<u64> {
    let values = params![account.0, kind.as_str(), receiver_key];
    connection.prepare_cached(PENDING_OF_RECEIVER)?.query_row(values, |row| row.get(0))
}

fn due(
    connection: &Connection,
    now_ms: i64,
    of_each_max: usize,
    Senders { has_authority, has_mail }: Senders,
) -> sql::Result<Vec<(AccountKey, i64)>> {
    let mut statement = connection.prepare_cached(DUE)?;
    let rows = statement.query_map(params![now_ms, of_each_max, has_authority, has_mail], |row| {
        Ok((AccountKey(row.get(0)?), row.get(1)?))
    })?;
    rows.collect()
}

fn take(
    connection: &Connection,
    account: AccountKey,
    message_key: i64,
    now_ms: i64,
) -> sql::Result<Option<OutboxMessage>> {
    let mut statement = connection.prepare_cached(TAKE)?;
    let taken = statement.query_row([account.0, message_key, now_ms, now_ms + TAKEN_FOR_MS], |row| {
        let kind: String = row.get(1)?;
        Ok(OutboxMessage {
            account,
            message_key,
            message_id: row.get(0)?,
            kind: MessageKind::from_word(&kind)?,
            payload: row.get(2)?,
            attempts: row.get(3)?,
        })
    });
    taken.optional()
}

fn note_attempt(
    connection: &Connection,
    message: &OutboxMessage,
    outcome: &Result<(), AttemptFailure>,
    now_ms: i64,
) -> sql::Result<()> {
    let OutboxMessage { account, message_key, kind, attempts, .. } = message;
    let (delivered, next, error, reply_code) = match outcome {
        Ok(()) => (Some(now_ms), None, None, None),
        Err(AttemptFailure { error, is_final, reply_code }) => {
            let error: String = error.chars().take(ERROR_CHARS_MAX).collect();
            let next = kind.retries().next_attempt_at_ms(*attempts, now_ms).filter(|_| !is_final);
            (None, next, Some(error), reply_code.filter(|_| *is_final).map(u32::from))
        }
    };
    if *kind == MessageKind::Mail {
        connection.execute(NOTE_REPLY, params![account.0, message_key, reply_code])?;
    }
    let values = params![account.0, message_key, delivered, next, error];
    connection.prepare_cached(NOTE_ATTEMPT)?.execute(values)?;
    Ok(())
}

impl Store {
    /// Numbers of the messages that are due, by account, at most so many for each receiver and the longest waiting first: for
    /// whoever delivers those of all accounts. What nobody is there to take is not due.
    pub(crate) async fn due_messages(
        &self,
        now_ms: i64,
        of_each_max: usize,
        senders: Senders,
    ) -> Result<Vec<(AccountKey, i64)>, StoreError> {
        self.books.read_all(move |connection| due(connection, now_ms, of_each_max, senders)).await
    }

    /// Takes a message that is due, so that no other server sends it too; `None` where it is due no more. It is due again after
    /// a minute, unless the outcome is noted.
    pub(crate) async fn take_message(
        &self,
        account: AccountKey,
        message_key: i64,
        now_ms: i64,
    ) -> Result<Option<OutboxMessage>, StoreError> {
        self.books.of(account).write(move |connection| take(connection, account, message_key, now_ms)).await
    }

    /// Notes the outcome of an attempt: delivered, or why not.
    pub(crate) async fn note_attempt(
        &self,
        message: OutboxMessage,
        outcome: Result<(), AttemptFailure>,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        self.books
            .of(message.account)
            .write(move |connection| note_attempt(connection, &message, &outcome, now_ms))
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sql::NONE;

    #[test]
    fn every_kind_is_given_up_after_a_day_and_a_half() {
        for kind in MessageKind::ALL {
            let mut now_ms = 0;
            let mut attempts = 0;
            while let Some(next_ms) = kind.retries().next_attempt_at_ms(attempts, now_ms) {
                assert!(next_ms > now_ms);
                now_ms = next_ms;
                attempts += 1;
            }
            assert_eq!((attempts, now_ms / 3_600_000), (7, 31), "{kind:?}");
        }
    }

    /// A ledger of two accounts, of which the first has a webhook.
    fn ledger() -> Connection {
        let ledger = Connection::in_memory();
        crate::store::sqlite::migration::create(&ledger).unwrap();
        ledger
            .execute_batch(
                "insert into account values (1, 'a', 'a@example.com', 'A', 'x', 0), (2, 'b', 'b@example.com', 'B', 'x', 0);
                 insert into webhook values (1, 'https://example.com', zeroblob(32), 0);",
            )
            .unwrap();
        ledger
    }

    fn add(
        ledger: &Connection,
        account: i64,
        kind: MessageKind,
        receiver_key: Option<i64>,
        now_ms: i64,
    ) -> i64 {
        let message_id = format!("{account} {kind:?} {receiver_key:?} {now_ms}");
        let account = AccountKey(account);
        let new = NewMessage {
            account,
            kind,
            message_id: &message_id,
            receiver_key,
            tenant: None,
            payload: "{}",
            now_ms,
        };
        add_message(ledger, &new).unwrap()
    }

    #[test]
    fn receivers_take_turns_and_alerts_wait_for_a_webhook() {
        let ledger = ledger();
        let slow: Vec<i64> = (0..3).map(|n| add(&ledger, 1, MessageKind::PactAnswer, Some(7), n)).collect();
        let other = add(&ledger, 1, MessageKind::PactAnswer, Some(8), 5);
        let alert = add(&ledger, 1, MessageKind::Alert, None, 6);
        let elsewhere = add(&ledger, 2, MessageKind::PactAnswer, Some(9), 7);
        let without_webhook = add(&ledger, 2, MessageKind::Alert, None, 8);
        // The webhook of its account is no receiver of it.
        let stamp = add(&ledger, 1, MessageKind::TimeStamp, None, 9);
        let _later = add(&ledger, 1, MessageKind::Alert, None, 1_000);
        let found = |now_ms, of_each_max| -> Vec<i64> {
            due(&ledger, now_ms, of_each_max, Senders::default())
                .unwrap()
                .into_iter()
                .map(|(_, key)| key)
                .collect()
        };
        assert_eq!(found(10, 2), [alert, slow[0], other, slow[1], elsewhere]);
        assert_eq!(found(10, 1), [alert, slow[0], other, elsewhere]);
        let with =
            |has_authority, has_mail| due(&ledger, 10, 1, Senders { has_authority, has_mail }).unwrap();
        let with_authority = with(true, false);
        assert!(with_authority.contains(&(AccountKey(1), stamp)), "{with_authority:?}");
        assert_eq!(pending_of_receiver(&ledger, AccountKey(1), MessageKind::PactAnswer, 7).unwrap(), 3);
        ledger
            .execute_batch("insert into webhook values (2, 'https://example.com', zeroblob(32), 9)")
            .unwrap();
        assert_eq!(found(10, 1), [alert, slow[0], other, without_webhook, elsewhere]);
    }

    #[test]
    fn a_message_is_retried_until_it_is_given_up() {
        let ledger = ledger();
        let key = add(&ledger, 1, MessageKind::Alert, None, 0);
        let row = |sql: &str| -> Option<String> {
            ledger.query_row(&format!("select {sql} from outbox_message"), NONE, |row| row.get(0)).unwrap()
        };
        let mut now_ms = 0;
        for attempts in 0..8 {
            assert_eq!(due(&ledger, now_ms - 1, 1, Senders::default()).unwrap(), []);
            let message = take(&ledger, AccountKey(1), key, now_ms).unwrap().unwrap();
            assert_eq!((message.attempts, message.payload.as_str()), (attempts, "{}"));
            // Nobody else has it, for a minute.
            assert!(take(&ledger, AccountKey(1), key, now_ms + TAKEN_FOR_MS - 1).unwrap().is_none());
            now_ms += 1_000;
            note_attempt(&ledger, &message, &Err(AttemptFailure::from("x".repeat(1_000))), now_ms).unwrap();
            assert_eq!(row("last_error"), Some("x".repeat(500)));
            now_ms = row("cast(next_attempt_at_ms as text)").map_or(now_ms, |at| at.parse().unwrap());
        }
        assert_eq!((row("payload"), row("cast(delivered_at_ms as text)")), (None, None), "given up");
        assert_eq!(due(&ledger, i64::MAX, 1, Senders::default()).unwrap(), []);
    }

    #[test]
    fn a_message_that_is_delivered_leaves_no_payload() {
        let ledger = ledger();
        let key = add(&ledger, 1, MessageKind::Alert, None, 0);
        for outcome in [Err(AttemptFailure::from("status 500".to_owned())), Ok(())] {
            let message = take(&ledger, AccountKey(1), key, 10_000).unwrap().unwrap();
            note_attempt(&ledger, &message, &outcome, 1_000).unwrap();
        }
        let left = "select attempts || ' ' || delivered_at_ms from outbox_message where payload is null and last_error is null";
        let left: String = ledger.query_row(left, NONE, |row| row.get(0)).unwrap();
        assert_eq!(left, "2 1000");
    }

    #[test]
    fn words_of_the_schema_are_kinds() {
        for kind in MessageKind::ALL {
            assert_eq!(MessageKind::from_word(kind.as_str()).unwrap(), kind);
        }
        assert!(MessageKind::from_word("fax").is_err());
    }
}
