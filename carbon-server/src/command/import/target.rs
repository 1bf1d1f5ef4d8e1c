//! Where rows are stored: a ledger, or a running server.

use crate::{
    base::{clock::day, digest::hex, ids::EventIds},
    command::import::NotImported,
    command::offline_ledger::{NoLedger, OfflineLedger},
    config::public_url,
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
use flate2::{Compression, write::GzEncoder};
use jiff::Timestamp;
use prometheus_client::metrics::counter::Counter;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{io::Write, sync::Arc, thread, time::Duration};

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
            other => NotImported::Options(other.to_string()),
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
        let batch = Batch { key: None, events, turn: None };
        let appended = runtime.block_on(store.append_batch(batch)).map_err(LedgerError)?;
        let BatchAppended::Kept(outcomes) = appended else {
            return Err(NotImported::Options("the ledger mistook the rows for another batch".to_owned()));
        };
        let kept = |outcome| match outcome {
            Appended::New => RowOutcome::New,
            // No row of a file is a span.
            Appended::Duplicate | Appended::SameCall => RowOutcome::Duplicate,
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
pub(super) struct ServerTarget {
    agent: ureq::Agent,
    url: String,
    api_key: String,
}

/// The response to a batch.
#[derive(Deserialize)]
struct Answered {
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
    Answered(Answered),
    /// The batch is larger than the server accepts.
    TooLarge,
}

impl ServerTarget {
    pub(super) fn new(url: &str, api_key: &str) -> Result<Self, NotImported> {
        /// A batch is on disk in less than a second, but a busy server may queue it.
        const PATIENCE: Duration = Duration::from_secs(60);
        let url = public_url(url).map_err(|fault| NotImported::Options(format!("--url {fault}")))?;
        let uri = url.parse::<ureq::http::Uri>().ok();
        let has_port = |uri: &ureq::http::Uri| {
            uri.port_u16().is_some()
                || !uri
                    .authority()
                    .is_some_and(|all| all.as_str().contains("]:") || all.as_str().matches(':').count() == 1)
        };
        if !uri.is_some_and(|uri| has_port(&uri)) {
            return Err(NotImported::Options(
                "--url must be an http or https address with a valid port".to_owned(),
            ));
        }
        if api_key.is_empty() || !api_key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(NotImported::Options("CARBON_API_KEY is not an API key".to_owned()));
        }
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .user_agent(concat!("carbon-server/", env!("CARGO_PKG_VERSION")))
            .build();
        let url = format!("{url}/api/v1/track/batch");
        Ok(ServerTarget { agent: agent.into(), url, api_key: api_key.to_owned() })
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
        let Sent::Answered(Answered { accepted, duplicates, rejected }) = answered else {
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
                self.url
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
        let mut body = GzEncoder::new(Vec::new(), Compression::fast());
        let packed = lines.iter().try_for_each(|line| {
            body.write_all(line)?;
            body.write_all(b"\n")
        });
        let body = packed.and_then(|()| body.finish()).expect("writing to memory does not fail");
        let mut pause = Duration::from_millis(200);
        let mut tries = 0;
        loop {
            let sent = self
                .agent
                .post(&self.url)
                .header("authorization", format!("Bearer {}", self.api_key))
                .header("content-type", "application/x-ndjson")
                .header("content-encoding", "gzip")
                .send(&body[..]);
            let (fault, wanted) = match sent {
                Ok(answer) => match self.read(answer)? {
                    Ok(sent) => return Ok(sent),
                    Err(later) => later,
                },
                // Retrying would not help.
                Err(error @ (ureq::Error::HostNotFound | ureq::Error::BadUri(_) | ureq::Error::Http(_))) => {
                    return Err(NotImported::Server(format!("{}: {error}", self.url)));
                }
                Err(error) => (error.to_string(), None),
            };
            tries += 1;
            if tries == TRIES {
                let kept = "earlier rows are stored";
                return Err(NotImported::Server(format!("{}: {fault}, {TRIES} times; {kept}", self.url)));
            }
            // With the same ids: rows that were stored count as duplicates.
            thread::sleep(wanted.unwrap_or(pause));
            pause = (pause * 2).min(Duration::from_secs(10));
        }
    }

    /// Reads a response; the inner error is why the request should be retried, and when.
    fn read(
        &self,
        mut answer: ureq::http::Response<ureq::Body>,
    ) -> Result<Result<Sent, (String, Option<Duration>)>, NotImported> {
        let said = answer.body_mut().read_to_string().unwrap_or_default();
        match answer.status().as_u16() {
            200 => match serde_json::from_str(&said) {
                Ok(answered) => Ok(Ok(Sent::Answered(answered))),
                Err(_) => Err(NotImported::Server(format!("{} does not answer like a tracker", self.url))),
            },
            413 => Ok(Ok(Sent::TooLarge)),
            status @ (429 | 500..=599) => {
                let wanted =
                    answer.headers().get("retry-after").and_then(|wanted| wanted.to_str().ok()?.parse().ok());
                Ok(Err((format!("answers {status}"), wanted.map(|s: u64| Duration::from_secs(s.min(60))))))
            }
            status => {
                let problem: serde_json::Value = serde_json::from_str(&said).unwrap_or_default();
                let detail = problem["detail"].as_str().unwrap_or("without a reason");
                Err(NotImported::Server(format!("{} answers {status}: {detail}", self.url)))
            }
        }
    }
}

impl Target for ServerTarget {
    type Item = Vec<u8>;

    fn name(&self) -> String {
        // The key identifies the account, and must not be in a file.
        format!("{} {}", self.url, hex(&Sha256::digest(&self.api_key)))
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
