//! Grids in time: a file with series, and sums by the hour.

use crate::{
    api::own_models::preview,
    app::own_changes::{self, Removal},
    base::{
        clock::{self, now},
        work_queue::WorkQueue,
    },
    command::{
        offline_ledger::OfflineLedger,
        own::{
            line::previewed,
            place::{COMMAND_LINE, LedgerPlace, Place, Whose, escaped},
        },
    },
    http::problem::Problem,
    ingest::grids::{self, GridFile},
    registry::grids::{GRID_SERIES, GridEntry},
};
use carbon_core::grid::GridResolution;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::{error::Error, path::PathBuf};

/// Import grid series from a file: grams of CO2e per kWh by the hour or by the month
///
/// CSV with zone,hour_utc,g_kwh,source,licence or zone,month,g_kwh,source,licence, or Ember's monthly table as it is. The values
/// stay in your account: reports name a series by its digest, source and licence.
#[derive(Args)]
pub(crate) struct ImportGrid {
    /// The file
    file: PathBuf,

    /// What you call this state of the data; by default today's date
    #[arg(long, value_name = "TEXT")]
    vintage: Option<String>,

    /// Keep nothing, and say what it would do to your open months
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    whose: Whose,
}

/// Remove grid series of a zone
#[derive(Args)]
pub(crate) struct RemoveGrid {
    /// The zone or cloud region
    zone: String,

    /// Those by the hour or those by the month
    #[arg(long, value_name = "RESOLUTION")]
    resolution: Finer,

    /// Only the one that begins on this day
    #[arg(long, value_name = "YYYY-MM-DD")]
    valid_from: Option<String>,

    #[command(flatten)]
    whose: Whose,
}

/// Have your calls summed by the hour, from now on, or by the day
#[derive(Args)]
pub(crate) struct SetHours {
    /// On or off
    switch: Switch,

    #[command(flatten)]
    whose: Whose,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Finer {
    Hour,
    Month,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

impl ImportGrid {
    /// The text to print.
    pub(super) fn run(self) -> Result<String, Box<dyn Error>> {
        let path = self.file.display().to_string();
        let bytes = std::fs::read(&self.file).map_err(|error| format!("{path}: {error}"))?;
        let vintage = self.vintage.unwrap_or_else(|| clock::day(now()).to_string());
        let answer = match self.whose.place()? {
            Place::Server(server) => {
                let dry_run = if self.dry_run { "&dry_run=true" } else { "" };
                let query = format!("grid-series?vintage={}{dry_run}", escaped(&vintage));
                server.send("PUT", &query, "text/csv", bytes)?
            }
            Place::Ledger(place) => {
                let answer = import(&place, &bytes, &vintage, self.dry_run);
                place.close();
                answer.map_err(|problem| format!("{path}: {}", problem.in_a_sentence()))?
            }
        };
        Ok(told(&answer, self.dry_run))
    }
}

fn import(place: &LedgerPlace, bytes: &[u8], vintage: &str, dry_run: bool) -> Result<Value, Problem> {
    let OfflineLedger { runtime, store, registry, .. } = &place.ledger;
    let file = GridFile::read(bytes, vintage, registry.default_set())?;
    let changes = file.changes(COMMAND_LINE, now().as_millisecond())?;
    let mut answer = json!({"series": file.entries.len(), "unknown_zones": file.unknown_zones});
    if dry_run {
        let (would_be, changes) = grids::checked(registry, &registry.own(place.account), &changes)?;
        let would_be = would_be.on(registry.default_set()).map_err(Problem::internal)?;
        let sets = [registry.current(place.account), would_be];
        let queries = WorkQueue::new(1, 1);
        let months = runtime.block_on(preview::months_of(store, &queries, place.account, sets))?;
        answer["changed"] = json!(changes.len());
        answer["preview"] = serde_json::to_value(months).map_err(Problem::internal)?;
    } else {
        let kept = grids::keep(store, registry, place.account, &changes);
        answer["changed"] = json!(runtime.block_on(kept)?);
    }
    Ok(answer)
}

fn told(answer: &Value, dry_run: bool) -> String {
    let mut text =
        format!("{} grid series, {} of them new or changed\n", answer["series"], answer["changed"]);
    let unknown = answer["unknown_zones"].as_array().map(Vec::as_slice).unwrap_or_default();
    let unknown: Vec<&str> = unknown.iter().filter_map(Value::as_str).collect();
    if !unknown.is_empty() {
        text += &format!("Not kept, as no grid is known there: {}\n", unknown.join(", "));
    }
    if dry_run { text + &previewed(&answer["preview"]) } else { text }
}

impl RemoveGrid {
    /// The text to print.
    pub(super) fn run(self) -> Result<String, Box<dyn Error>> {
        let resolution = match self.resolution {
            Finer::Hour => GridResolution::Hour,
            Finer::Month => GridResolution::Month,
        };
        let none = || format!("there is no series of {} by the {resolution}", self.zone);
        match self.whose.place()? {
            Place::Server(server) => {
                let day = self.valid_from.as_ref().map(|day| format!("&valid_from={day}"));
                let path = format!(
                    "grid-series/{}?resolution={resolution}{}",
                    escaped(&self.zone),
                    day.unwrap_or_default()
                );
                if server.ask("DELETE", &path, None)? == Value::Null {
                    return Err(none().into());
                }
            }
            Place::Ledger(place) => {
                let OfflineLedger { runtime, store, registry, .. } = &place.ledger;
                let name = GridEntry::name_at(registry.default_set(), &self.zone, resolution);
                let removal = Removal { kind: GRID_SERIES, name, valid_from: self.valid_from.clone() };
                let by = COMMAND_LINE.to_owned();
                let done = runtime.block_on(own_changes::remove(store, registry, place.account, removal, by));
                place.close();
                done.map_err(|problem| match problem {
                    Problem::NotFound { .. } => none(),
                    problem => problem.in_a_sentence(),
                })?;
            }
        }
        Ok(format!("{} has no such series any more\n", self.zone))
    }
}

impl SetHours {
    /// The text to print.
    pub(super) fn run(self) -> Result<String, Box<dyn Error>> {
        let by_hour = self.switch == Switch::On;
        match self.whose.place()? {
            Place::Server(server) => {
                server.ask("PUT", "hours", Some(json!({"by_hour": by_hour})))?;
            }
            Place::Ledger(place) => {
                let OfflineLedger { runtime, store, .. } = &place.ledger;
                let by = COMMAND_LINE.to_owned();
                let done =
                    runtime.block_on(store.set_by_hour(place.account, by_hour, by, now().as_millisecond()));
                place.close();
                done?.ok_or("this was changed too often to be changed again")?;
            }
        }
        let what = if by_hour { "hour" } else { "day" };
        Ok(format!("Calls that are recorded from now on are summed by the {what}\n"))
    }
}

/// A series as a line to read.
pub(super) fn series_line(series: &Value) -> String {
    let text = |field: &str| series[field].as_str().unwrap_or_default();
    let name = format!("{} by the {}", text("zone"), text("resolution"));
    format!(
        "{name:<32} {} to {}, vintage {}, {}, {}, by {}\n",
        text("from"),
        text("to"),
        text("vintage"),
        text("source"),
        text("licence"),
        text("entered_by")
    )
}
