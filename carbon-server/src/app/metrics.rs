//! What the server counts of itself, in the text format of OpenMetrics and Prometheus.

use crate::{
    app::{grams_counter::GramsCounter, operation::Operation},
    base::digest::QuickMap,
};
use carbon_core::{Estimate, Grams, Range};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use std::{
    fmt,
    sync::{PoisonError, RwLock},
    time::Duration,
};

/// Everything that is counted. Nothing of it names an account or a tenant.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram>,
    /// Of each operation, in the order of their table: what most requests need is looked up once.
    common: Vec<Common>,
    writes_waiting: Gauge,
    usage_fields_passed_over: Counter,
    spans_passed_over: Family<SpanLabels, Counter>,
    time_stamps: Family<TimeStampLabels, Counter>,
    live: BookCounters,
    test: BookCounters,
    model_grams: Family<ModelLabels, GramsCounter>,
    model_tokens: Family<ModelLabels, Counter>,
}

/// What an event comes to.
#[derive(Clone)]
pub(crate) struct ValuedEvent<M = String> {
    model: M,
    confidence: &'static str,
    pub(crate) co2: Range<Grams>,
}

impl<'a> From<&Estimate<'a>> for ValuedEvent<&'a str> {
    fn from(estimate: &Estimate<'a>) -> Self {
        // What an account calls its own models is nobody else's business, and there is no end of it.
        let model = if estimate.model.is_own() { "own" } else { estimate.model.id() };
        ValuedEvent { model, confidence: estimate.confidence.as_str(), co2: estimate.co2 }
    }
}

impl ValuedEvent<&str> {
    /// To be kept for longer than the set that has its model.
    pub(crate) fn into_owned(self) -> ValuedEvent {
        let ValuedEvent { model, confidence, co2 } = self;
        ValuedEvent { model: model.to_owned(), confidence, co2 }
    }
}

impl ValuedEvent {
    /// The same, to be counted.
    pub(crate) fn as_deref(&self) -> ValuedEvent<&str> {
        ValuedEvent { model: &self.model, confidence: self.confidence, co2: self.co2 }
    }
}

/// Counts of an operation that went well.
struct Common {
    method: &'static str,
    route: &'static str,
    done: Counter,
    durations: Histogram,
}

/// Counts of the events of one book.
struct BookCounters {
    events: Counter,
    refused: Counter,
    low: GramsCounter,
    central: GramsCounter,
    high: GramsCounter,
    valued_tokens: Counter,
    other_tokens: Counter,
    models: RwLock<ModelCounters>,
}

/// Counts of the models of one book by confidence, found by the model's name: in a family, all labels would be hashed for each
/// event.
type ModelCounters = QuickMap<String, Vec<ModelCounter>>;

struct ModelCounter {
    confidence: &'static str,
    tokens: Counter,
    /// `None` where it has no value.
    grams: Option<GramsCounter>,
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

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TimeStampLabels {
    outcome: &'static str,
}

/// Scopes by the beginning of their name: a sender who invents names makes no new series, and puts nothing here.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SpanLabels {
    reason: &'static str,
    scope: &'static str,
}

/// Known instrumentations.
const INSTRUMENTATIONS: &[&str] = &[
    "ai",
    "com.anthropic.sdk",
    "gcp.vertex.agent",
    "langfuse-sdk",
    "langsmith",
    "litellm",
    "openinference.instrumentation",
    "@arizeai/openinference",
    "openlit",
    "opentelemetry.instrumentation",
    "@opentelemetry/instrumentation",
    "@traceloop/instrumentation",
    "pydantic-ai",
    "strands",
];

/// Why a span of a call is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PassedOver {
    /// It lacks counts.
    NoCounts,
    /// It was rejected for another reason.
    Rejected,
    /// Another span shows the same call.
    SameCall,
}

impl PassedOver {
    fn as_str(self) -> &'static str {
        match self {
            PassedOver::NoCounts => "no_counts",
            PassedOver::Rejected => "rejected",
            PassedOver::SameCall => "same_call",
        }
    }
}

/// Models by their listed id: a sender who invents names makes no new series.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ModelLabels {
    book: &'static str,
    model: String,
    confidence: &'static str,
}

/// Bounds in seconds: a durable write takes milliseconds, a report a tenth of a second.
const SECONDS: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 30.0];
impl Metrics {
    /// With the counts of a ledger that keeps its own.
    pub(crate) fn new(group_sizes: Histogram, operations: &[Operation]) -> Self {
        let mut registry = Registry::with_prefix("carbon");
        let requests = Family::<RequestLabels, Counter>::default();
        let durations: Family<RouteLabels, Histogram> =
            Family::new_with_constructor(|| Histogram::new(SECONDS));
        let writes_waiting = Gauge::default();
        let usage_fields_passed_over = Counter::default();
        registry.register(
            "usage_fields_passed_over",
            "Fields of providers' usage objects that no form knows: they are not stored",
            usage_fields_passed_over.clone(),
        );
        let spans_passed_over = Family::<SpanLabels, Counter>::default();
        registry.register(
            "spans_passed_over",
            "Spans of model calls that are not counted, by reason and by what sent them",
            spans_passed_over.clone(),
        );
        let time_stamps = Family::<TimeStampLabels, Counter>::default();
        registry.register(
            "time_stamps",
            "Requests to the time-stamp authority, by outcome",
            time_stamps.clone(),
        );
        let events = Family::<BookLabels, Counter>::default();
        let grams = Family::<GramsLabels, GramsCounter>::default();
        let tokens = Family::<TokensLabels, Counter>::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let name = "http_request_duration";
        registry.register_with_unit(name, "Time to the answer", Unit::Seconds, durations.clone());
        registry.register("ledger_group_size", "Writes in one commit", group_sizes);
        registry.register("ledger_writes_waiting", "Writes that wait for the ledger", writes_waiting.clone());
        let refused = Family::<BookLabels, Counter>::default();
        registry.register(
            "events_refused",
            "Calls in batches, exports of spans and callbacks that were not added",
            refused.clone(),
        );
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
        let (model_grams, model_tokens) = (Family::default(), Family::default());
        registry.register_with_unit(
            "model_co2e",
            "Emissions of the events added since the start, by model: the central values",
            Unit::Grams,
            model_grams.clone(),
        );
        registry.register(
            "model_tokens",
            "Tokens of the events added since the start, by model",
            model_tokens.clone(),
        );
        let book = |book| {
            let of_bound = |bound| grams.get_or_create(&GramsLabels { book, bound }).clone();
            let of_tokens = |valued| tokens.get_or_create(&TokensLabels { book, valued }).clone();
            BookCounters {
                events: events.get_or_create(&BookLabels { book }).clone(),
                refused: refused.get_or_create(&BookLabels { book }).clone(),
                low: of_bound("low"),
                central: of_bound("central"),
                high: of_bound("high"),
                valued_tokens: of_tokens("true"),
                other_tokens: of_tokens("false"),
                models: RwLock::default(),
            }
        };
        let (live, test) = (book("live"), book("test"));
        let common = operations.iter().map(|&Operation { method, pattern: route, .. }| Common {
            method,
            route,
            done: requests.get_or_create(&RequestLabels { method, route, status: 200 }).clone(),
            durations: durations.get_or_create(&RouteLabels { route }).clone(),
        });
        let common = common.collect();
        Metrics {
            registry,
            requests,
            durations,
            common,
            writes_waiting,
            usage_fields_passed_over,
            spans_passed_over,
            time_stamps,
            live,
            test,
            model_grams,
            model_tokens,
        }
    }

    /// A request was answered: by the operation at that place of their table, or by none.
    pub(crate) fn answered(&self, method: &str, place: Option<usize>, status: u16, after: Duration) {
        let common = place.map(|place| &self.common[place]);
        let route = common.map_or("none", |common| common.route);
        match common {
            Some(common) if status == 200 && method == common.method => {
                common.done.inc();
                common.durations.observe(after.as_secs_f64());
            }
            _ => {
                // Anyone can invent methods: they are not told apart.
                let mut known = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"].into_iter();
                let method = known.find(|known| *known == method).unwrap_or("other");
                self.requests.get_or_create(&RequestLabels { method, route, status }).inc();
                self.durations.get_or_create(&RouteLabels { route }).observe(after.as_secs_f64());
            }
        }
    }

    /// Counts fields of usage objects that no form knows.
    /// A span was not counted.
    pub(crate) fn span_passed_over(&self, reason: PassedOver, scope: &str) {
        let family = INSTRUMENTATIONS.iter().find(|name| scope.starts_with(**name)).copied();
        let labels = SpanLabels { reason: reason.as_str(), scope: family.unwrap_or("other") };
        self.spans_passed_over.get_or_create(&labels).inc();
    }

    pub(crate) fn usage_fields_passed_over(&self) -> Counter {
        self.usage_fields_passed_over.clone()
    }

    /// An event was added; `valued` is `None` where it has no value.
    pub(crate) fn added(&self, is_test: bool, tokens: u128, valued: Option<ValuedEvent<&str>>) {
        let (book, name) = if is_test { (&self.test, "test") } else { (&self.live, "live") };
        book.events.inc();
        let of_tokens = if valued.is_some() { &book.valued_tokens } else { &book.other_tokens };
        let tokens = u64::try_from(tokens).unwrap_or(u64::MAX);
        of_tokens.inc_by(tokens);
        let (model, confidence, co2) = match valued {
            Some(ValuedEvent { model, confidence, co2 }) => (model, confidence, Some(co2)),
            None => ("unknown", "unknown", None),
        };
        let count = |models: &ModelCounters| {
            let of_model = models.get(model)?;
            let counter = of_model
                .iter()
                .find(|known| known.confidence == confidence && known.grams.is_some() == co2.is_some())?;
            counter.tokens.inc_by(tokens);
            if let Some((grams, co2)) = counter.grams.as_ref().zip(co2) {
                grams.inner().add(co2.central());
            }
            Some(())
        };
        let counted = count(&book.models.read().unwrap_or_else(PoisonError::into_inner));
        if counted.is_none() {
            let mut models = book.models.write().unwrap_or_else(PoisonError::into_inner);
            let labels = ModelLabels { book: name, model: model.to_owned(), confidence };
            models.entry(model.to_owned()).or_default().push(ModelCounter {
                confidence,
                tokens: self.model_tokens.get_or_create(&labels).clone(),
                grams: co2.map(|_| self.model_grams.get_or_create(&labels).clone()),
            });
            count(&models);
        }
        let Some(co2) = co2 else { return };
        for (counter, grams) in
            [(&book.low, co2.low()), (&book.central, co2.central()), (&book.high, co2.high())]
        {
            counter.inner().add(grams);
        }
    }

    /// Calls among many were not added.
    pub(crate) fn refused(&self, is_test: bool, calls: usize) {
        let book = if is_test { &self.test } else { &self.live };
        book.refused.inc_by(calls as u64);
    }

    /// The time-stamp authority was asked.
    pub(crate) fn time_stamp(&self, outcome: &'static str) {
        self.time_stamps.get_or_create(&TimeStampLabels { outcome }).inc();
    }

    /// All of it as text.
    pub(crate) fn text(&self, writes_waiting: usize) -> Result<String, fmt::Error> {
        self.writes_waiting.set(i64::try_from(writes_waiting).unwrap_or(i64::MAX));
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
