//! Where rows are stored: a ledger, or a running server.

use crate::{
    base::{clock::day, digest::hex, ids::EventIds},
    command::{
        api_client::{Answered, ApiClient, packed},
        import::NotImported,
        offline_ledger::{NoLedger, OfflineLedger},
    },
    http::problem::Problem,
    ingest::{
        batch::{PRUNED, USED_BEFORE, too_many_tags},
        call::TrackRequest,
        intake::Intake,
        time::EARLIEST,
    },
    server::NotClosed,
    store::{Appended, Batch, BatchAppended, Event, Side, database::Database, error::LedgerError},
};
use jiff::Timestamp;
use prometheus_client::metrics::counter::Counter;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{sync::Arc, thread, time::Duration};

/// Stores rows and returns the outcome of each once it is on disk.
pub(super) trait Target {
    /// A row, checked as far as possible before it is stored.
    type Item: Send;

    /// Identifies this target.
    fn name(&self) -> String;

    /// Whether the outcome shows which rows are new, and not only how many.
    fn tells_new_from_old(&self) -> bool;

    /// Checks a row, on another thread.
    fn preparer(&self) -> impl Fn(TrackRequest) -> Result<Self::Item, Problem> + Send;

    /// Stores rows. When this returns, they are on disk.
    fn keep(&self, items: Vec<Self::Item>) -> Result<Vec<RowOutcome>, NotImported>;
}

/// The outcome for a row.
pub(super) enum RowOutcome {
    New,
    Duplicate,
    Refused(String),
}

/// A ledger on which no server is running.
pub(super) struct LedgerTarget {
    ledger: OfflineLedger,
    side: Side,
    /// Needed to build events; unused, since every row has an id.
    names: Arc<EventIds>,
}

impl LedgerTarget {
    pub(super) fn open(
        database: &Database,
        account_email: Option<&str>,
        is_test: bool,
    ) -> Result<Self, NotImported> {
        let ledger = OfflineLedger::open(database).map_err(|none| match none {
            NoLedger::Unopened(error) => NotImported::Ledger(error),
            other => NotImported::Options(other.or("send the calls to it with --url and CARBON_API_KEY")),
        })?;
        let names =
            EventIds::new().map_err(|error| NotImported::Options(format!("no random numbers: {error}")))?;
        match ledger.account(account_email) {
            Ok(account) => {
                Ok(LedgerTarget { ledger, side: Side { account, is_test }, names: Arc::new(names) })
            }
            Err(none) => {
                ledger.close();
                Err(NotImported::Options(none.to_string()))
            }
        }
    }

    /// Closes the ledger.
    pub(super) fn close(self) -> Result<(), NotImported> {
        if self.ledger.close() { Ok(()) } else { Err(NotImported::Options(NotClosed.to_string())) }
    }
}

impl Target for LedgerTarget {
    type Item = Event;

    fn name(&self) -> String {
        format!("{} {:?}", self.ledger.store.name(), self.side)
    }

    fn tells_new_from_old(&self) -> bool {
        true
    }

    fn preparer(&self) -> impl Fn(TrackRequest) -> Result<Event, Problem> + Send {
        let now = Timestamp::now();
        let intake = Intake {
            names: self.names.clone(),
            regions: self.ledger.store.default_regions(),
            set: self.ledger.registry.current(self.side.account),
            by_hour: self.ledger.registry.is_by_hour(self.side.account),
            side: self.side,
            now,
            // Whoever has the ledger may import any month.
            back_days_max: i64::from((day(now) - EARLIEST.first_day()).get_days()),
            passed_over: Counter::default(),
        };
        move |call| Ok(intake.event(call, &[])?.event)
    }

    fn keep(&self, events: Vec<Event>) -> Result<Vec<RowOutcome>, NotImported> {
        let OfflineLedger { runtime, store, config, .. } = &self.ledger;
        let batch = Batch { account: self.side.account, key: None, events, permits: Vec::new() };
        let appended = runtime.block_on(store.append_batch(batch)).map_err(LedgerError)?;
        let BatchAppended::Kept(outcomes) = appended else {
            return Err(NotImported::Options("the ledger mistook the rows for another batch".to_owned()));
        };
        let kept = |outcome| match outcome {
            Appended::New { .. } => RowOutcome::New,
            // No row of a file is a span.
            Appended::Duplicate(_) | Appended::SameCall => RowOutcome::Duplicate,
            Appended::Conflict => RowOutcome::Refused(USED_BEFORE.to_owned()),
            Appended::Pruned => RowOutcome::Refused(format!("/timestamp {PRUNED}")),
            Appended::TooManyTags => {
                RowOutcome::Refused(format!("/tags {}", too_many_tags(config.limits.tags_per_tenant_max)))
            }
        };
        Ok(outcomes.into_iter().map(kept).collect())
    }
}

/// A running server.
pub(super) struct ServerTarget(ApiClient);

/// The response to a batch.
#[derive(Deserialize)]
struct BatchAnswer {
    accepted: usize,
    duplicates: usize,
    rejected: Vec<RefusedRow>,
}

#[derive(Deserialize)]
struct RefusedRow {
    index: usize,
    detail: String,
}

/// The outcome of sending a batch.
enum Sent {
    Answered(BatchAnswer),
    /// The batch is larger than the server accepts.
    TooLarge,
}

impl ServerTarget {
    pub(super) fn new(url: &str, api_key: &str) -> Result<Self, NotImported> {
        ApiClient::new(url, "/api/v1/track/batch", api_key).map(ServerTarget).map_err(NotImported::Options)
    }

    /// Sends rows; halves the batch while it is larger than the server accepts.
    fn send_in_parts(&self, lines: &[Vec<u8>]) -> Result<Vec<RowOutcome>, NotImported> {
        /// Slightly less than a server accepts by default.
        const BYTES_MAX: usize = 7 * 1024 * 1024;
        if lines.is_empty() {
            return Ok(Vec::new());
        }
        let bytes: usize = lines.iter().map(|line| line.len() + 1).sum();
        let answered = if bytes > BYTES_MAX && lines.len() > 1 { Sent::TooLarge } else { self.send(lines)? };
        let Sent::Answered(BatchAnswer { accepted, duplicates, rejected }) = answered else {
            if lines.len() == 1 {
                return Ok(vec![RowOutcome::Refused("is larger than the server accepts".to_owned())]);
            }
            let (first, second) = lines.split_at(lines.len() / 2);
            let mut kept = self.send_in_parts(first)?;
            kept.extend(self.send_in_parts(second)?);
            return Ok(kept);
        };
        if accepted + duplicates + rejected.len() != lines.len() {
            let of = lines.len();
            return Err(NotImported::Server(format!(
                "{} does not report the outcome of all {of} rows",
                self.0.url()
            )));
        }
        // The response has the number of duplicates, not which rows they are.
        let mut kept: Vec<RowOutcome> = lines.iter().map(|_| RowOutcome::Duplicate).collect();
        for RefusedRow { index, detail } in rejected {
            if let Some(place) = kept.get_mut(index) {
                *place = RowOutcome::Refused(detail);
            }
        }
        let new = kept.iter_mut().filter(|kept| matches!(kept, RowOutcome::Duplicate)).take(accepted);
        new.for_each(|kept| *kept = RowOutcome::New);
        Ok(kept)
    }

    /// Sends a batch, and retries until it is accepted or rejected.
    fn send(&self, lines: &[Vec<u8>]) -> Result<Sent, NotImported> {
        const TRIES: u32 = 8;
        let url = self.0.url();
        let body = packed(lines);
        let mut pause = Duration::from_millis(200);
        let mut tries = 0;
        loop {
            let (fault, wanted) = match self.0.send(&body).map_err(NotImported::Server)? {
                Answered::Done(said) => {
                    let answer = serde_json::from_str(&said);
                    return answer
                        .map(Sent::Answered)
                        .map_err(|_| NotImported::Server(format!("{url} does not answer like a tracker")));
                }
                Answered::TooLarge => return Ok(Sent::TooLarge),
                Answered::Later(fault, wanted) => (fault, wanted),
            };
            tries += 1;
            if tries == TRIES {
                let kept = "earlier rows are stored";
                return Err(NotImported::Server(format!("{url}: {fault}, {TRIES} times; {kept}")));
            }
            // With the same ids: rows that were stored count as duplicates.
            thread::sleep(wanted.unwrap_or(pause));
            pause = (pause * 2).min(Duration::from_secs(10));
        }
    }
}

impl Target for ServerTarget {
    type Item = Vec<u8>;

    fn name(&self) -> String {
        // The key identifies the account, and must not be in a file.
        format!("{} {}", self.0.url(), hex(&Sha256::digest(self.0.api_key())))
    }

    fn tells_new_from_old(&self) -> bool {
        false
    }

    fn preparer(&self) -> impl Fn(TrackRequest) -> Result<Vec<u8>, Problem> + Send {
        |call| serde_json::to_vec(&call).map_err(Problem::internal)
    }

    fn keep(&self, lines: Vec<Vec<u8>>) -> Result<Vec<RowOutcome>, NotImported> {
        self.send_in_parts(&lines)
    }
}
