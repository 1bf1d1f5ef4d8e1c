//! Grids in time: an account's own series, and whether its calls are summed by the hour.

use crate::{
    api::own_models::{
        is_dry,
        preview::{self, MonthPreview},
    },
    app::{
        App,
        operation::{Operation, handler},
        own_changes::{self, Removal},
    },
    base::{
        clock::{self, now},
        work_queue::blocking,
    },
    http::{
        answer::Answer,
        caller::Caller,
        encoding::decoded,
        problem::Problem,
        request::Input,
        route::{
            Access::{Owner, Read},
            BodyLimit,
            RequestHeader::{ContentEncoding, ContentType},
        },
    },
    ingest::grids::{self, GridFile},
    openapi::{
        self,
        described::plain,
        schema::{flag, text, words},
    },
    registry::grids::{GRID_SERIES, GridEntry},
    store::{AccountKey, HourSetting, OwnChange},
};
use carbon_core::grid::GridResolution;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::borrow::Cow;

#[derive(Serialize)]
struct SeriesAnswers {
    /// The set that values the account's calls now.
    factor_set: String,
    revision: u64,
    series: Vec<SeriesAnswer>,
}

/// A series without its values.
#[derive(Serialize)]
pub(crate) struct SeriesAnswer {
    zone: String,
    resolution: GridResolution,
    valid_from: String,
    from: String,
    to: String,
    values: usize,
    gaps: usize,
    vintage: String,
    source: String,
    licence: String,
    sha256: String,
    file_sha256: String,
    entered_by: String,
    entered_at: String,
    revision: u64,
}

#[derive(Serialize)]
pub(crate) struct ImportAnswer {
    factor_set: String,
    /// Series of the file.
    pub(crate) series: usize,
    /// Of these, those that were not there with the same values.
    pub(crate) changed: usize,
    /// Zones of the file that no grid is known for; their rows are not kept.
    pub(crate) unknown_zones: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview: Option<Vec<MonthPreview>>,
}

/// `GET /api/v1/grid-series`
fn list(app: &App, input: &Input) -> Result<Answer, Problem> {
    let account = input.caller()?.account;
    let registry = app.registry.own(account);
    let series = listed(registry.entries().of_kind(GRID_SERIES));
    let factor_set = app.registry.current(account).as_str().to_owned();
    Answer::ok(&SeriesAnswers { factor_set, revision: registry.revision(), series })
}

/// Series without their values.
pub(crate) fn listed<'a>(entries: impl Iterator<Item = (&'a OwnChange, &'a str)>) -> Vec<SeriesAnswer> {
    let read = |(change, entry): (&OwnChange, &str)| {
        let entry: GridEntry = serde_json::from_str(entry).ok()?;
        let [values, gaps] = entry.counts();
        Some(SeriesAnswer {
            zone: entry.zone,
            resolution: entry.resolution,
            valid_from: change.valid_from.clone(),
            from: entry.from,
            to: entry.to,
            values,
            gaps,
            vintage: entry.vintage,
            source: entry.source,
            licence: entry.licence,
            sha256: entry.sha256,
            file_sha256: entry.file_sha256,
            entered_by: change.entered_by.clone(),
            entered_at: clock::rfc_3339_of(change.entered_at_ms),
            revision: change.revision,
        })
    };
    entries.filter_map(read).collect()
}

/// `PUT /api/v1/grid-series`: a file.
async fn import(app: &App, input: Input) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let [vintage, dry_run] = input.query_values(["vintage", "dry_run"])?;
    let dry_run = is_dry(dry_run.as_deref())?;
    let vintage = vintage.map(Cow::into_owned);
    let bytes_max = app.limits.batch_bytes_max;
    let Input { body, headers, permits, .. } = input;
    let body = blocking(move || decoded(body, headers.content_encoding.as_deref(), bytes_max)).await??;
    let answer = take(app, caller, SentFile { body, vintage, dry_run }).await?;
    drop(permits);
    Answer::ok(&answer)
}

/// A file of series as it was sent.
pub(crate) struct SentFile<B> {
    pub(crate) body: B,
    /// What its sender calls this state of the data; today's date where nothing is said.
    pub(crate) vintage: Option<String>,
    /// Whether nothing of it is to be kept.
    pub(crate) dry_run: bool,
}

/// Reads a file, and keeps its series.
pub(crate) async fn take<B: AsRef<[u8]> + Send + 'static>(
    app: &App,
    caller: Caller,
    SentFile { body, vintage, dry_run }: SentFile<B>,
) -> Result<ImportAnswer, Problem> {
    let vintage = vintage.unwrap_or_else(|| clock::day(now()).to_string());
    let entered_by = app.entered_by(caller).await?;
    let set = app.registry.default_set();
    let file = blocking(move || GridFile::read(body.as_ref(), &vintage, set)).await??;
    let changes = file.changes(&entered_by, now().as_millisecond())?;
    let (changed, preview) = if dry_run {
        let own = app.registry.own(caller.account);
        let (would_be, changes) = grids::checked(&app.registry, &own, &changes)?;
        let would_be = would_be.on(app.registry.default_set()).map_err(Problem::internal)?;
        let sets = [app.registry.current(caller.account), would_be];
        (changes.len(), Some(preview::months(app, caller.account, sets).await?))
    } else {
        (grids::keep(&app.store, &app.registry, caller.account, &changes).await?, None)
    };
    Ok(ImportAnswer {
        factor_set: app.registry.current(caller.account).as_str().to_owned(),
        series: file.entries.len(),
        changed,
        unknown_zones: file.unknown_zones,
        preview,
    })
}

/// `DELETE /api/v1/grid-series/{zone}`
async fn remove(app: &App, input: &Input, zone: &str) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let [resolution, valid_from] = input.query_values(["resolution", "valid_from"])?;
    let resolution = resolution.as_deref().and_then(GridResolution::from_word);
    let resolution = resolution.filter(|resolution| *resolution != GridResolution::Year);
    let resolution = resolution.ok_or_else(|| Problem::invalid("resolution", "must be hour or month"))?;
    forget(app, caller, (zone, resolution), valid_from.map(Cow::into_owned)).await?;
    Ok(Answer::no_content())
}

/// Removes series of a zone: all of a resolution, or the one that begins on a day.
pub(crate) async fn forget(
    app: &App,
    caller: Caller,
    (zone, resolution): (&str, GridResolution),
    valid_from: Option<String>,
) -> Result<(), Problem> {
    let name = GridEntry::name_at(app.registry.default_set(), zone, resolution);
    let removal = Removal { kind: GRID_SERIES, name, valid_from };
    let entered_by = app.entered_by(caller).await?;
    own_changes::remove(&app.store, &app.registry, caller.account, removal, entered_by).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoursRequest {
    by_hour: bool,
}

#[derive(Serialize)]
struct HoursAnswer {
    by_hour: bool,
    since: Option<String>,
}

impl From<HourSetting> for HoursAnswer {
    fn from(HourSetting { is_on, since_ms }: HourSetting) -> Self {
        HoursAnswer { by_hour: is_on, since: since_ms.map(clock::rfc_3339_of) }
    }
}

/// `GET /api/v1/hours`
async fn hours(app: &App, input: &Input) -> Result<Answer, Problem> {
    Answer::ok(&HoursAnswer::from(app.store.hour_setting(input.caller()?.account).await?))
}

/// `PUT /api/v1/hours`
async fn set_hours(app: &App, input: &Input) -> Result<Answer, Problem> {
    let caller = input.caller()?;
    let HoursRequest { by_hour } = input.json()?;
    let setting = switch_hours(app, caller.account, by_hour, app.entered_by(caller).await?).await?;
    Answer::ok(&HoursAnswer::from(setting))
}

/// Has an account's calls summed by the hour, or by the day, from now on.
pub(crate) async fn switch_hours(
    app: &App,
    account: AccountKey,
    by_hour: bool,
    changed_by: String,
) -> Result<HourSetting, Problem> {
    let setting = app.store.set_by_hour(account, by_hour, changed_by, now().as_millisecond()).await?;
    app.registry.refresh(&app.store).await?;
    setting.ok_or_else(|| Problem::Conflict {
        detail: "This was changed too often to be changed again.".to_owned(),
    })
}

pub(super) const fn list_endpoint() -> Operation {
    Operation::get("/api/v1/grid-series", Read, handler!(|app, input| list(app, &input))).described(|_| {
        plain("grids", "List your grid series")
            .describe("Without their values, which no answer, report or evidence pack has.")
            .answers(200, "GridSeriesList")
    })
}

pub(super) const fn import_endpoint() -> Operation {
    Operation::put("/api/v1/grid-series", Owner, handler!(|app, input| import(app, input).await))
        .reads(&[ContentType, ContentEncoding])
        .takes(BodyLimit::Batch)
        .described(|_| plain("grids", "Import grid series from a file")
            .describe("CSV with `zone,hour_utc,g_kwh,source,licence` or `zone,month,g_kwh,source,licence`, or Ember's monthly table as it is. An hour is RFC 3339; without an offset it is UTC. An empty `g_kwh` is a gap, and stays one. A series replaces the one of the same zone and resolution that begins on the same day. It counts for open months at once; a closed month stays as it is, and a restatement shows the step.")
            .query("vintage", text("2026-11-30"), "What you call this state of the data; by default today's date.")
            .query("dry_run", flag(), "Keep nothing.")
            .takes("GridSeriesFile", json!("zone,hour_utc,g_kwh,source,licence\nFRA,2026-11-01T00:00Z,41.2,Your provider,Your contract\n"))
            // CSV; but clients that generators make know files of bytes alone.
            .sent_as("application/octet-stream")
            .answers(200, "GridSeriesImported").problem(409, "The account has as many series as it may have."))
}

pub(super) const fn remove_endpoint() -> Operation {
    Operation::delete(
        "/api/v1/grid-series/{zone}",
        Owner,
        handler!(|app, input, zone| remove(app, &input, &zone).await),
    )
    .described(|_| {
        plain("grids", "Remove grid series of a zone")
            .needs_query("resolution", words(&["hour", "month"]), "Those by the hour, or those by the month.")
            .query("valid_from", openapi::own::first_day(), "Only the one that begins on this day.")
            .answers_nothing()
            .can_miss()
    })
}

pub(super) const fn hours_endpoint() -> Operation {
    Operation::get("/api/v1/hours", Read, handler!(|app, input| hours(app, &input).await))
        .described(|_| plain("grids", "Show whether your calls are summed by the hour").answers(200, "Hours"))
}

pub(super) const fn set_hours_endpoint() -> Operation {
    Operation::put("/api/v1/hours", Owner, handler!(|app, input| set_hours(app, &input).await))
        .described(|_| plain("grids", "Have your calls summed by the hour, or by the day")
            .describe("It holds for calls that are recorded from now on, whenever they happened. Calls of hours take up to 24 times as many rows.")
            .takes("HoursRequest", json!({"by_hour": true}))
            .answers(200, "Hours").problem(409, "It was changed too often."))
}
