//! What the server counts of itself, in the text format of OpenMetrics and Prometheus.

use carbon_core::{Grams, Quantity, Range};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use rust_decimal::prelude::ToPrimitive;
use std::{fmt, sync::atomic::AtomicU64, time::Duration};

/// Everything that is counted. Nothing of it names an account or a tenant.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram>,
    writes_waiting: Gauge,
    events: Family<BookLabels, Counter>,
    grams: Family<GramsLabels, Counter<f64, AtomicU64>>,
    tokens: Family<TokensLabels, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BookLabels {
    book: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct GramsLabels {
    book: &'static str,
    bound: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokensLabels {
    book: &'static str,
    valued: &'static str,
}

/// Bounds in seconds: a durable write takes milliseconds, a report a tenth of a second.
const SECONDS: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 30.0];
/// Bounds of the number of writes in one commit.
const WRITES: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 256.0, 1_024.0, 4_096.0];

/// Counts the writes in each commit of a ledger.
pub(crate) fn group_sizes() -> Histogram {
    Histogram::new(WRITES)
}

impl Metrics {
    /// With the counts of a ledger that keeps its own.
    pub(crate) fn new(group_sizes: Histogram) -> Self {
        let mut registry = Registry::with_prefix("carbon");
        let requests = Family::default();
        let durations: Family<RouteLabels, Histogram> =
            Family::new_with_constructor(|| Histogram::new(SECONDS));
        let writes_waiting = Gauge::default();
        let (events, grams, tokens) = (Family::default(), Family::default(), Family::default());
        registry.register("http_requests", "Requests answered", requests.clone());
        let name = "http_request_duration";
        registry.register_with_unit(name, "Time to the answer", Unit::Seconds, durations.clone());
        registry.register("ledger_group_size", "Writes in one commit", group_sizes);
        registry.register("ledger_writes_waiting", "Writes that wait for the ledger", writes_waiting.clone());
        registry.register("events", "Events added since the start", events.clone());
        registry.register_with_unit(
            "co2e",
            "Emissions of the events added since the start, by bound of the range",
            Unit::Grams,
            grams.clone(),
        );
        registry.register(
            "tokens",
            "Tokens of the events added since the start; those with a value, of both, are the coverage",
            tokens.clone(),
        );
        Metrics { registry, requests, durations, writes_waiting, events, grams, tokens }
    }

    /// A request was answered.
    pub(crate) fn answered(&self, method: &str, route: &'static str, status: u16, after: Duration) {
        // Anyone can invent methods: they are not told apart.
        let known =
            ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"].into_iter().find(|known| *known == method);
        let method = known.unwrap_or("other");
        self.requests.get_or_create(&RequestLabels { method, route, status }).inc();
        self.durations.get_or_create(&RouteLabels { route }).observe(after.as_secs_f64());
    }

    /// An event was added; `co2` is `None` where it has no value.
    pub(crate) fn added(&self, is_test: bool, tokens: u128, co2: Option<Range<Grams>>) {
        let book = if is_test { "test" } else { "live" };
        self.events.get_or_create(&BookLabels { book }).inc();
        let valued = if co2.is_some() { "true" } else { "false" };
        self.tokens
            .get_or_create(&TokensLabels { book, valued })
            .inc_by(u64::try_from(tokens).unwrap_or(u64::MAX));
        let Some(co2) = co2 else { return };
        for (bound, grams) in [("low", co2.low()), ("central", co2.central()), ("high", co2.high())] {
            let grams = grams.as_decimal().to_f64().unwrap_or_default();
            self.grams.get_or_create(&GramsLabels { book, bound }).inc_by(grams);
        }
    }

    /// All of it as text.
    pub(crate) fn text(&self, writes_waiting: usize) -> Result<String, fmt::Error> {
        self.writes_waiting.set(i64::try_from(writes_waiting).unwrap_or(i64::MAX));
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
