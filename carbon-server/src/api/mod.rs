//! The resources, one file each. A handler checks permission, reads its typed input, calls the store or the
//! core, and returns a typed answer.

mod accounts;
mod batch;
mod branding;
pub(crate) mod estimate;
pub(crate) mod figures;
mod grid;
mod health;
pub(crate) mod models;
mod months;
mod place;
pub(crate) mod report_batches;
mod reports;
mod restatements;
mod reversals;
mod tags;
mod text;
pub(crate) mod time;
mod tokens;
mod track;
mod usage;

use crate::{
    api_key::KeyKind,
    config::Limits,
    heavy::{HeavyWork, Turn},
    issue::Press,
    key_ring::{Caller, KeyRing},
    problem::{FieldError, Problem},
    request_id::RequestIds,
    response::Answer,
    route::Route,
    store::Store,
};
use bytes::Bytes;
use carbon_core::FactorSet;
use carbon_report::Signer;
use governor::DefaultDirectRateLimiter;
use jiff::Timestamp;
use report_batches::ReportBatches;
use serde::de::{DeserializeOwned, IgnoredAny};
use siphasher::sip::SipHasher13;
use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// What every handler can reach.
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) keys: KeyRing,
    pub(crate) limits: Limits,
    pub(crate) request_ids: RequestIds,
    pub(crate) event_names: Arc<EventNames>,
    /// Sign-ups of all comers together.
    pub(crate) sign_ups: DefaultDirectRateLimiter,
    /// Turns for hashing passwords.
    pub(crate) passwords: HeavyWork,
    /// Turns for drawing reports.
    pub(crate) pages: HeavyWork,
    /// Who signs reports, where anybody does.
    pub(crate) signer: Option<Arc<Signer>>,
    /// Reports of all clients that are being made.
    pub(crate) report_batches: ReportBatches,
    /// Turns for valuing what is asked for.
    pub(crate) queries: HeavyWork,
    /// Turns for batches, from before their body is read until they are answered.
    pub(crate) batches: HeavyWork,
}

impl App {
    /// What issuing a report takes.
    fn press(&self) -> Press<'_> {
        Press { pages: &self.pages, signer: self.signer.as_ref() }
    }
}

/// A request as handlers see it.
pub(crate) struct Input {
    /// Who is calling, on routes that need a key.
    pub(crate) caller: Option<Caller>,
    /// Values of `Idempotency-Key`.
    pub(crate) idempotency_keys: Vec<Vec<u8>>,
    /// Of a batch, in lower case; empty where it is no text.
    pub(crate) content_type: Option<String>,
    pub(crate) content_encoding: Option<String>,
    /// What stands behind the `?`.
    pub(crate) query: Option<String>,
    pub(crate) body: Bytes,
    /// Held for a large body, for as long as anything of it is in memory: an asker who goes away does not end the work.
    pub(crate) turn: Option<Turn>,
}

/// Answers a request.
pub(crate) async fn answer(app: &Arc<App>, route: Route, input: Input) -> Result<Answer, Problem> {
    match route {
        Route::Estimate => estimate::create(&input),
        Route::Track => track::create(app, &input).await,
        Route::TrackBatch => batch::create(app, input).await,
        Route::CreateAccount => accounts::create(app, &input).await,
        Route::Reversal { event_id } => reversals::create(app, &input, event_id).await,
        Route::Usage => usage::show(app, &input).await,
        Route::Month { month } => months::show(app, &input, &month).await,
        Route::CloseMonth { month } => months::close(app, &input, &month).await,
        Route::CreateRestatement => restatements::create(app, &input).await,
        Route::Restatement { restatement_id } => restatements::show(app, &input, restatement_id).await,
        Route::CreateReport => reports::create(app, &input).await,
        Route::ReportPdf { report_id } => reports::pdf(app, &input, report_id).await,
        Route::ReportStatement { report_id } => reports::statement(app, &input, report_id).await,
        Route::ReportLines { report_id } => reports::lines(app, &input, report_id).await,
        Route::ReportEvidence { report_id } => reports::evidence(app, &input, report_id).await,
        Route::ReportBatch { batch_id } => report_batches::show(app, &input, &batch_id),
        Route::ReportBatchZip { batch_id } => report_batches::zip(app, &input, batch_id).await,
        Route::Branding => branding::show(app, &input).await,
        Route::SetBranding => branding::set(app, &input).await,
        Route::Models => models::list(&input),
        Route::Model { name } => models::show(&input, &name),
        Route::Health => health::show(app),
    }
}

impl Input {
    fn caller(&self) -> Result<Caller, Problem> {
        self.caller.ok_or(Problem::Unauthorised)
    }

    /// The body as `T`; what is wrong with it is named by its place.
    fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        object(&self.body)
    }

    /// The body as `T`, or what `T` is by default where there is none.
    fn optional_json<T: DeserializeOwned + Default>(&self) -> Result<T, Problem> {
        if self.body.trim_ascii().is_empty() { Ok(T::default()) } else { self.json() }
    }

    /// Values of the query parameters of these names, in their order; any other parameter is refused.
    fn query_values<const N: usize>(&self, names: [&str; N]) -> Result<[Option<Cow<'_, str>>; N], Problem> {
        let mut values = [const { None }; N];
        for (key, found) in form_urlencoded::parse(self.query.as_deref().unwrap_or("").as_bytes()) {
            match names.iter().position(|name| *name == key) {
                Some(place) if values[place].is_none() => values[place] = Some(found),
                _ => {
                    let names = names.map(|name| format!("`{name}`")).join(", ");
                    return Err(Problem::invalid(
                        key,
                        format!("is not a query parameter here; {names} may be given, each once"),
                    ));
                }
            }
        }
        Ok(values)
    }

    /// The factor set that `?factor_set=` asks for; the newest where it asks for none.
    fn factor_set(&self) -> Result<&'static FactorSet, Problem> {
        let [version] = self.query_values(["factor_set"])?;
        wanted_factor_set("factor_set", version.as_deref())
    }
}

/// The factor set that a request names, or the newest.
fn wanted_factor_set(pointer: &str, version: Option<&str>) -> Result<&'static FactorSet, Problem> {
    let Some(version) = version else { return Ok(FactorSet::latest()) };
    FactorSet::version(version).ok_or_else(|| {
        let known: Vec<&str> = FactorSet::versions().collect();
        Problem::invalid(pointer, format!("must be a released factor set: {}", known.join(", ")))
    })
}

/// The factor set that a month was closed under, or the newest where it is open. Released sets are callable for ever.
pub(crate) fn factor_set_of(closed_under: Option<&str>) -> Result<&'static FactorSet, Problem> {
    let Some(version) = closed_under else { return Ok(FactorSet::latest()) };
    FactorSet::version(version).ok_or_else(|| Problem::Internal(format!("factor set {version} is gone")))
}

/// What is issued, closed and restated is live: a test key has none to make or to read.
fn live(caller: Caller) -> Result<Caller, Problem> {
    match caller.kind {
        KeyKind::Live => Ok(caller),
        KeyKind::Test => Err(Problem::Forbidden {
            detail: "Reports and closed months hold live events only. Use the account's live key.",
        }),
    }
}

/// A JSON object as `T`; what is wrong with it is named by its place.
fn object<T: DeserializeOwned>(json: &[u8]) -> Result<T, Problem> {
    // serde would also take an array, field by field in the order of the struct, and speaks of structs.
    if json.trim_ascii_start().first() != Some(&b'{') {
        serde_json::from_slice::<IgnoredAny>(json).map_err(|error| not_json(&error))?;
        return Err(Problem::invalid("", "must be a JSON object"));
    }
    // The straight way is the common one; finding the place of a fault costs a second reading.
    serde_json::from_slice(json).map_err(|_| fault::<T>(json))
}

/// Why `body` is not a `T`, with the place in it.
fn fault<T: DeserializeOwned>(body: &[u8]) -> Problem {
    let mut json = serde_json::Deserializer::from_slice(body);
    let (path, error) = match serde_path_to_error::deserialize::<_, T>(&mut json) {
        Err(error) => (error.path().clone(), error.into_inner()),
        Ok(_) => match json.end() {
            Err(error) => return Problem::invalid("", format!("is not one JSON document: {error}")),
            Ok(()) => return Problem::Internal("the body was refused, then read".to_owned()),
        },
    };
    if !error.is_data() {
        return not_json(&error);
    }
    let message = error.to_string();
    // serde_json says where in the text; the pointer says it better.
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    let keys = path.iter().filter_map(|segment| match segment {
        serde_path_to_error::Segment::Map { key } => Some(key.as_str()),
        _ => None,
    });
    // serde tells of a second `x` where the object stands, not where the field does.
    let twice = message.strip_prefix("duplicate field `").and_then(|rest| rest.split('`').next());
    Problem::invalid(pointer(keys.chain(twice)), format!("is refused: {message}"))
}

fn not_json(error: &serde_json::Error) -> Problem {
    Problem::invalid("", format!("is not JSON: {error}"))
}

/// JSON Pointer (RFC 6901) to a place in nested objects.
fn pointer<'a>(keys: impl IntoIterator<Item = &'a str>) -> String {
    keys.into_iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect()
}

/// What is wrong with an input, gathered field by field.
#[derive(Default)]
struct Faults(Vec<FieldError>);

impl Faults {
    fn add(&mut self, pointer: &str, detail: impl Into<String>) {
        self.0.push(FieldError::new(pointer, detail));
    }

    /// `value`, or a fault where there is none.
    fn required<T>(&mut self, pointer: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.add(pointer, "is required");
        }
        value
    }

    /// What `found` holds, or its error as a fault.
    fn usable<T>(&mut self, pointer: &str, found: Result<T, impl Into<String>>) -> Option<T> {
        found.map_err(|fault| self.add(pointer, fault)).ok()
    }

    fn none(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::Invalid { errors: self.0 }) }
    }
}

/// What is left where [`Faults::none`] has let a missing field through: a fault of ours, not of the caller.
fn unnoticed() -> Problem {
    Problem::Internal("a missing field went unnoticed".to_owned())
}

fn now() -> Timestamp {
    Timestamp::now()
}

pub(crate) fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Names for events whose sender gives none: UUIDs of version 7, whose random part is a keyed hash of a count instead of a
/// call for randomness for each. Nobody outside can tell the next one.
pub(crate) struct EventNames {
    key: [u8; 16],
    next: AtomicU64,
}

impl EventNames {
    pub(crate) fn new() -> Result<Self, getrandom::Error> {
        let mut key = [0; 16];
        getrandom::fill(&mut key)?;
        Ok(EventNames { key, next: AtomicU64::new(0) })
    }

    fn next(&self, now: Timestamp) -> String {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        let mut rest = [0; 10];
        let (hash, low) = rest.split_at_mut(8);
        hash.copy_from_slice(&SipHasher13::new_with_key(&self.key).hash(&count.to_be_bytes()).to_be_bytes());
        // A name never comes twice within so many, whatever the hash.
        low.copy_from_slice(&count.to_be_bytes()[6..]);
        let now_ms = now.as_millisecond().unsigned_abs();
        uuid::Builder::from_unix_timestamp_millis(now_ms, &rest).into_uuid().to_string()
    }
}
