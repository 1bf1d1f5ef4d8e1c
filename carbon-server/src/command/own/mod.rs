//! `carbon-server own`: what an account says of names in its own calls.

mod grid;
mod line;
mod place;

use crate::{
    api::{
        grid_series::listed,
        own_models::request::{AliasRequest, ModelRequest},
    },
    app::own_changes::{self, Removal},
    base::{clock, exact::Exact},
    command::{
        offline_ledger::OfflineLedger,
        own::{
            grid::{ImportGrid, RemoveGrid, SetHours, series_line},
            line::{line, measured_line, written},
            place::{COMMAND_LINE, LedgerPlace, Place, ServerPlace, Whose, escaped},
        },
    },
    http::problem::Problem,
    registry::{
        grids::GRID_SERIES,
        own::{ALIAS, MEASURED, MODEL},
    },
    store::MeasuredName,
};
use clap::{Args, Subcommand};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use std::error::Error;

/// Say what your own names of models stand for: deployments, fine-tunes, models on your machines
///
/// Entries count for open months at once, for calls that were sent before too; closed months stay as they are.
#[derive(Subcommand)]
pub(crate) enum OwnCommand {
    List(ListOwn),
    Alias(SetAlias),
    Model(Box<SetModel>),
    Remove(RemoveOwn),
    Grid(ImportGrid),
    RemoveGrid(RemoveGrid),
    Hours(SetHours),
}

/// List the entries
#[derive(Args)]
pub(crate) struct ListOwn {
    /// Print JSON, as in the API
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    whose: Whose,
}

/// Say what a name stands for: a model of the registry, one that you have described, or a class of models
#[derive(Args)]
pub(crate) struct SetAlias {
    /// The name in your calls; with a * at its end, every name with that beginning
    name: String,

    #[command(flatten)]
    leads_to: LeadsTo,

    #[command(flatten)]
    when: When,

    /// Keep nothing, and say what it would do to your open months
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    whose: Whose,
}

/// What a name stands for.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct LeadsTo {
    /// The model that it stands for
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,

    /// The class of models that stands in, where nothing is known of the model
    #[arg(long, value_name = "CLASS")]
    class: Option<String>,
}

/// Describe a model of your own
#[derive(Args)]
pub(crate) struct SetModel {
    /// Its name in your calls
    name: String,

    /// Billions of parameters in all
    #[arg(long, value_name = "NUMBER")]
    total_b: Decimal,

    /// Billions of parameters used for one output token, by default all
    #[arg(long, value_name = "NUMBER")]
    active_b: Option<Decimal>,

    /// Billions of parameters used for one input token, by default as for output
    #[arg(long, value_name = "NUMBER")]
    active_in_b: Option<Decimal>,

    /// Number format of its weights, such as bf16 or fp8
    #[arg(long, value_name = "FORMAT")]
    precision: Option<String>,

    /// The machines that it runs on, such as "H100 SXM"
    #[arg(long, value_name = "TEXT")]
    accelerator: Option<String>,

    /// Facility energy over IT energy
    #[arg(long, value_name = "NUMBER")]
    pue: Option<Decimal>,

    /// Litres of water per kWh on site
    #[arg(long, value_name = "NUMBER", requires = "pue")]
    onsite_water_l_per_kwh: Option<Decimal>,

    /// Where it runs, for calls that state no region
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// Where the numbers come from
    #[arg(long, value_name = "TEXT")]
    source: String,

    #[command(flatten)]
    when: When,

    /// Keep nothing, and say what it would do to your open months
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    whose: Whose,
}

/// When an entry holds, and why.
#[derive(Args)]
struct When {
    /// First day (UTC); by default there is none
    #[arg(long, value_name = "YYYY-MM-DD")]
    valid_from: Option<String>,

    /// Last day; an entry ends in any case where the next of its name begins
    #[arg(long, value_name = "YYYY-MM-DD")]
    valid_to: Option<String>,

    /// Why
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// Remove the entries of a name
#[derive(Args)]
pub(crate) struct RemoveOwn {
    /// The name
    name: String,

    /// Only the entry with this first day; empty for the one without
    #[arg(long, value_name = "YYYY-MM-DD")]
    valid_from: Option<String>,

    #[command(flatten)]
    whose: Whose,
}

impl OwnCommand {
    /// The text to print.
    pub(crate) fn run(self) -> Result<String, Box<dyn Error>> {
        match self {
            OwnCommand::List(list) => list.run(),
            OwnCommand::Alias(alias) => alias.run(),
            OwnCommand::Model(model) => model.run(),
            OwnCommand::Remove(remove) => remove.run(),
            OwnCommand::Grid(import) => import.run(),
            OwnCommand::RemoveGrid(remove) => remove.run(),
            OwnCommand::Hours(hours) => hours.run(),
        }
    }
}

impl ListOwn {
    fn run(self) -> Result<String, Box<dyn Error>> {
        let lists = match self.whose.place()? {
            Place::Server(server) => EntryLists::of_server(&server)?,
            Place::Ledger(place) => {
                let lists = EntryLists::of_ledger(&place);
                place.close();
                lists?
            }
        };
        let EntryLists { aliases, models, measurements, series } = lists;
        if self.json {
            let all = json!({
                "aliases": aliases,
                "models": models,
                "measurements": measurements,
                "grid_series": series,
            });
            return Ok(format!("{all:#}\n"));
        }
        let lines: String = [&aliases, &models].into_iter().flatten().map(line).collect();
        let lines = lines + &measurements.iter().map(measured_line).collect::<String>();
        let lines = lines + &series.iter().map(series_line).collect::<String>();
        Ok(if lines.is_empty() { "No entries. See carbon-server own --help.\n".to_owned() } else { lines })
    }
}

/// Everything that an account says of names in its calls, as JSON.
struct EntryLists {
    aliases: Vec<Value>,
    models: Vec<Value>,
    measurements: Vec<Value>,
    series: Vec<Value>,
}

impl EntryLists {
    fn of_server(server: &ServerPlace) -> Result<Self, Box<dyn Error>> {
        let list = |path: &str, field: &str| -> Result<Vec<Value>, Box<dyn Error>> {
            Ok(server.ask("GET", path, None)?[field].as_array().cloned().unwrap_or_default())
        };
        let mut measurements = list("measurements", "measurements")?;
        for measured in &mut measurements {
            let name = measured["model"].as_str().unwrap_or_default();
            let found = server.ask("GET", &format!("measurements/{}", escaped(name)), None)?;
            measured["wh_per_1000_output_tokens"] =
                found["factor"]["wh_per_1000_tokens"]["output"]["central"].clone();
        }
        Ok(EntryLists {
            aliases: list("models/aliases", "entries")?,
            models: list("models/own", "entries")?,
            measurements,
            series: list("grid-series", "series")?,
        })
    }

    fn of_ledger(place: &LedgerPlace) -> Result<Self, Box<dyn Error>> {
        let OfflineLedger { runtime, store, registry, .. } = &place.ledger;
        let own = registry.own(place.account);
        let newest = own.entries();
        let entries = |kind: &str| -> Vec<Value> {
            let of_kind = newest.iter().filter(|(change, _)| change.kind == kind);
            of_kind.map(|(change, entry)| written(change, entry)).collect()
        };
        let factors = entries(MEASURED);
        let names = runtime.block_on(store.measured_names(place.account))?;
        let measurements =
            names.into_iter().map(|MeasuredName { served_name, windows, span_ms: [from_ms, to_ms] }| {
                let factor = factors.iter().find(|entry| entry["name"] == served_name);
                json!({
                    "model": served_name,
                    "windows": windows,
                    "from": clock::rfc_3339_of(from_ms),
                    "to": clock::rfc_3339_of(to_ms),
                    "wh_per_1000_output_tokens": factor.map(|entry| &entry["wh_per_1k"][0]),
                })
            });
        Ok(EntryLists {
            measurements: measurements.collect(),
            aliases: entries(ALIAS),
            models: entries(MODEL),
            series: serde_json::to_value(listed(newest.of_kind(GRID_SERIES)))?
                .as_array()
                .cloned()
                .unwrap_or_default(),
        })
    }
}

impl SetAlias {
    fn run(self) -> Result<String, Box<dyn Error>> {
        let When { valid_from, valid_to, note } = self.when;
        let LeadsTo { model, class } = self.leads_to;
        let request = AliasRequest { model, class, valid_from, valid_to, note };
        match self.whose.place()? {
            Place::Server(server) => {
                let mut body = Map::new();
                let fields = [
                    ("model", &request.model),
                    ("class", &request.class),
                    ("valid_from", &request.valid_from),
                    ("valid_to", &request.valid_to),
                    ("note", &request.note),
                ];
                said(&mut body, fields);
                server.put("aliases", &self.name, body, self.dry_run)
            }
            Place::Ledger(place) => {
                let set = place.ledger.registry.current(place.account);
                place.put(ALIAS, request.said(&set, &self.name), self.dry_run)
            }
        }
    }
}

impl SetModel {
    fn run(self) -> Result<String, Box<dyn Error>> {
        let When { valid_from, valid_to, note } = self.when;
        let exact = |number: Option<Decimal>| number.map(Exact::from);
        let request = ModelRequest {
            total_b: Some(Exact::from(self.total_b)),
            active_b: exact(self.active_b),
            active_in_b: exact(self.active_in_b),
            precision: self.precision,
            accelerator: self.accelerator,
            pue: exact(self.pue),
            onsite_water_l_per_kwh: exact(self.onsite_water_l_per_kwh),
            region: self.region,
            source: Some(self.source),
            valid_from,
            valid_to,
            note,
        };
        match self.whose.place()? {
            Place::Server(server) => {
                let mut body = Map::new();
                for (field, number) in [
                    ("total_b", request.total_b),
                    ("active_b", request.active_b),
                    ("active_in_b", request.active_in_b),
                    ("pue", request.pue),
                    ("onsite_water_l_per_kwh", request.onsite_water_l_per_kwh),
                ] {
                    if let Some(number) = number {
                        body.insert(field.to_owned(), serde_json::to_value(number)?);
                    }
                }
                let fields = [
                    ("precision", &request.precision),
                    ("accelerator", &request.accelerator),
                    ("region", &request.region),
                    ("source", &request.source),
                    ("valid_from", &request.valid_from),
                    ("valid_to", &request.valid_to),
                    ("note", &request.note),
                ];
                said(&mut body, fields);
                server.put("own", &self.name, body, self.dry_run)
            }
            Place::Ledger(place) => {
                let set = place.ledger.registry.default_set();
                place.put(MODEL, request.said(set, &self.name), self.dry_run)
            }
        }
    }
}

/// Puts what was said into a body.
fn said<const N: usize>(body: &mut Map<String, Value>, fields: [(&str, &Option<String>); N]) {
    for (field, text) in fields {
        if let Some(text) = text {
            body.insert(field.to_owned(), json!(text));
        }
    }
}

impl RemoveOwn {
    fn run(self) -> Result<String, Box<dyn Error>> {
        let mut removed = 0;
        match self.whose.place()? {
            Place::Server(server) => {
                for kind in ["aliases", "own"] {
                    let day = self.valid_from.as_ref().map(|day| format!("?valid_from={day}"));
                    let path = format!("models/{kind}/{}{}", escaped(&self.name), day.unwrap_or_default());
                    removed += usize::from(server.ask("DELETE", &path, None)? != Value::Null);
                }
            }
            Place::Ledger(place) => {
                for kind in [ALIAS, MODEL] {
                    let removal =
                        Removal { kind, name: self.name.clone(), valid_from: self.valid_from.clone() };
                    let OfflineLedger { runtime, store, registry, .. } = &place.ledger;
                    let by = COMMAND_LINE.to_owned();
                    let done =
                        runtime.block_on(own_changes::remove(store, registry, place.account, removal, by));
                    match done {
                        Ok(()) => removed += 1,
                        Err(Problem::NotFound { .. }) => {}
                        Err(problem) => {
                            place.close();
                            return Err(problem.in_a_sentence().into());
                        }
                    }
                }
                place.close();
            }
        }
        if removed == 0 {
            return Err(format!("there is no entry of the name {}", self.name).into());
        }
        Ok(format!("{} stands for nothing of your own any more\n", self.name))
    }
}
