//! A ledger that grows.

use crate::{
    sample::{Sample, once},
    server::{As, Clock, Server},
};
use jiff::{Timestamp, ToSpan, civil::Date};
use serde_json::{Value, json};
use std::time::Duration;
use tempfile::TempDir;

/// A ledger that grows, and who uses it.
pub(crate) struct Ledger {
    folder: TempDir,
    pub(crate) clock: Option<Clock>,
    pub(crate) server: Option<Server>,
    pub(crate) key: String,
    pub(crate) cookie: String,
    /// The day of the server's clock.
    pub(crate) today: Date,
    /// Where a dashboard is.
    pub(crate) dashboard: String,
    pub(crate) report: String,
    /// The reports of all clients, and what they took.
    pub(crate) batch: Option<(String, Sample)>,
    /// Which of the sizes it has: 0, 1, 2.
    pub(crate) step: i64,
}

pub(crate) const EMAIL: &str = "bench@example.com";
/// The one that is looked at.
pub(crate) const TENANT: &str = "client-000000";

impl Ledger {
    pub(crate) fn new(clock: Option<Clock>) -> Self {
        if let Some(clock) = &clock {
            clock.set_days(0);
        }
        let none = String::new;
        Ledger {
            folder: tempfile::tempdir().expect("a folder"),
            clock,
            server: None,
            key: none(),
            cookie: none(),
            today: true_today(),
            dashboard: none(),
            report: none(),
            batch: None,
            step: 0,
        }
    }

    pub(crate) fn server(&self) -> &Server {
        self.server.as_ref().expect("it runs")
    }

    pub(crate) fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("carbon.db")
    }

    /// So many months back, as the API writes it.
    pub(crate) fn month(&self, back: i64) -> String {
        let first = self.today.first_of_month().saturating_sub(back.months());
        format!("{}", first.strftime("%Y-%m"))
    }

    pub(crate) fn set_day(&mut self, day: Date) {
        if let Some(clock) = &self.clock {
            let ahead = day.since(true_today()).expect("days").get_days();
            clock.set_days(ahead.into());
            self.today = day;
        }
    }

    /// A call of the day that this ledger began with, or of its clock: whatever the time is by now.
    pub(crate) fn call(&self, tenant: &str, model: &str) -> Value {
        json!({
            "tenant_id": tenant,
            "model": model,
            "prompt_tokens": 600,
            "completion_tokens": 400,
            "region": "FRA",
            "timestamp": format!("{}T00:00:00Z", self.today),
        })
    }

    /// How many months back that one is which is closed at this size.
    pub(crate) fn to_close(&self) -> i64 {
        3 - self.step
    }

    pub(crate) fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Vec<u8> {
        self.server().ask(method, path, As::Key(&self.key), body)
    }

    pub(crate) fn close(&self, back: i64) -> Vec<u8> {
        self.ask("POST", &format!("/api/v1/months/{}/close", self.month(back)), None)
    }

    /// The id of an event that has just arrived.
    pub(crate) fn newest_event(&self) -> String {
        let page = self.server().json("GET", "/api/v1/events?limit=1", As::Key(&self.key), None);
        page["events"][0]["event_id"].as_str().expect("an event").to_owned()
    }
}

fn true_today() -> Date {
    Timestamp::now().to_string()[..10].parse().expect("a day")
}

fn tenant(n: u64) -> String {
    format!("client-{n:06}")
}

/// Each tenant has a call in this month, and in a month before, which is closed at this size.
pub(crate) fn grow_tenants(ledger: &mut Ledger, [from, to]: [u64; 2]) {
    let models = ["gpt-4o", "mistral-large-2", "gpt-5"];
    let of = |n: u64| ledger.call(&tenant(n), models[usize::try_from(n % 3).expect("small")]);
    ledger.server().batch(&ledger.key, (from..to).map(of));
    let at = format!("{}-10T10:00:00Z", ledger.month(ledger.to_close()));
    let before = (0..to).map(|n| {
        let mut call = of(n);
        call["timestamp"] = at.clone().into();
        call
    });
    ledger.server().batch(&ledger.key, before);
}

/// Names that the registry knows, then others.
pub(crate) fn grow_models(ledger: &mut Ledger, [from, to]: [u64; 2]) {
    let listed = ledger.server().json("GET", "/api/v1/models", As::Key(&ledger.key), None);
    let listed: Vec<&str> = listed["models"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|model| model["model"].as_str())
        .collect();
    let calls = (from..to).map(|n| {
        let known = usize::try_from(n).ok().and_then(|n| listed.get(n));
        ledger.call(TENANT, &known.map_or_else(|| format!("nobody-knows-{n}"), |name| (*name).to_owned()))
    });
    ledger.server().batch(&ledger.key, calls);
}

pub(crate) fn grow_tags(ledger: &mut Ledger, [from, to]: [u64; 2]) {
    let calls = (from..to).map(|n| {
        let mut call = ledger.call(TENANT, "mistral-large-2");
        call["tags"] = json!({"feature": format!("feature-{n}")});
        call
    });
    ledger.server().batch(&ledger.key, calls);
}

/// Each month has calls of ten tenants, and the one before is closed.
pub(crate) fn grow_months(ledger: &mut Ledger, [from, to]: [u64; 2]) {
    for month in from..to {
        if month > 0 {
            ledger.set_day(ledger.today.saturating_add(1.months()));
        }
        let calls = (0..10)
            .flat_map(|n| ["gpt-4o", "mistral-large-2", "gpt-5"].map(|model| ledger.call(&tenant(n), model)));
        ledger.server().batch(&ledger.key, calls);
        if month > 0 {
            ledger.close(1);
        }
    }
}

/// Each account has a call.
pub(crate) fn grow_accounts(ledger: &mut Ledger, [from, to]: [u64; 2]) {
    if from == 0 {
        ledger.server().batch(&ledger.key, std::iter::once(ledger.call(TENANT, "mistral-large-2")));
    }
    let ledger = &*ledger;
    let server = ledger.server();
    std::thread::scope(|threads| {
        for half in 0..2 {
            threads.spawn(move || {
                for n in (from..to).filter(|n| n % 2 == half) {
                    let key = server.sign_up(&format!("account-{n}@example.com"));
                    server.ask(
                        "POST",
                        "/api/v1/track",
                        As::Key(&key),
                        Some(&ledger.call(TENANT, "mistral-large-2")),
                    );
                }
            });
        }
    });
}

/// A report of every client on the month so far.
pub(crate) fn grow_reports(ledger: &mut Ledger, [from, to]: [u64; 2]) {
    let calls = (from..to)
        .flat_map(|n| ["gpt-4o", "mistral-large-2", "gpt-5"].map(|model| ledger.call(&tenant(n), model)));
    ledger.server().batch(&ledger.key, calls);
    // Those that stand since the size before change by a call, so that each is made.
    ledger.server().batch(&ledger.key, (0..from).map(|n| ledger.call(&tenant(n), "gpt-4o")));
    let body = json!({"tenant_id": "*", "month": ledger.month(0), "language": "de"});
    let mut id = String::new();
    let sample = once(ledger.server(), || {
        let answer: Value =
            serde_json::from_slice(&ledger.ask("POST", "/api/v1/reports", Some(&body))).expect("JSON");
        answer["batch_id"].as_str().expect("an id").clone_into(&mut id);
        loop {
            let progress = ledger.ask("GET", &format!("/api/v1/report-batches/{id}"), None);
            let answer: Value = serde_json::from_slice(&progress).expect("JSON");
            if answer["status"] == "done" {
                assert_eq!(answer["done"], to, "{answer}");
                return progress;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    ledger.batch = Some((id, sample));
}
