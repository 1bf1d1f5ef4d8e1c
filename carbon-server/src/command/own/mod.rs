//! `carbon-server own`: what an account says of names in its own calls.

mod place;

use crate::{
    api::own_models::request::{AliasRequest, ModelRequest},
    app::own_changes::{self, Removal},
    base::exact::Exact,
    command::{
        offline_ledger::OfflineLedger,
        own::place::{COMMAND_LINE, Place, Whose, escaped, line, written},
    },
    http::problem::Problem,
    registry::own::{ALIAS, MODEL},
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

    /// The model that it stands for
    #[arg(long, value_name = "MODEL", conflicts_with = "class", required_unless_present = "class")]
    model: Option<String>,

    /// The class of models that stands in, where nothing is known of the model
    #[arg(long, value_name = "CLASS")]
    class: Option<String>,

    #[command(flatten)]
    when: When,

    #[command(flatten)]
    whose: Whose,
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
        }
    }
}

impl ListOwn {
    fn run(self) -> Result<String, Box<dyn Error>> {
        let (aliases, models) = match self.whose.place()? {
            Place::Server(server) => (server.ask("GET", "aliases", None)?, server.ask("GET", "own", None)?),
            Place::Ledger(place) => {
                let own = place.ledger.registry.own(place.account);
                let newest = own.entries();
                let entries = |kind: &str| -> Vec<Value> {
                    let of_kind = newest.iter().filter(|(change, _)| change.kind == kind);
                    of_kind.map(|(change, entry)| written(change, entry)).collect()
                };
                let lists = (json!({"entries": entries(ALIAS)}), json!({"entries": entries(MODEL)}));
                place.close();
                lists
            }
        };
        if self.json {
            let both = json!({"aliases": aliases["entries"], "models": models["entries"]});
            return Ok(format!("{both:#}\n"));
        }
        let rows: Vec<&Value> =
            [&aliases, &models].into_iter().filter_map(|list| list["entries"].as_array()).flatten().collect();
        if rows.is_empty() {
            return Ok("No entries. See carbon-server own --help.\n".to_owned());
        }
        Ok(rows.into_iter().map(line).collect())
    }
}

impl SetAlias {
    fn run(self) -> Result<String, Box<dyn Error>> {
        let When { valid_from, valid_to, note } = self.when;
        let request = AliasRequest { model: self.model, class: self.class, valid_from, valid_to, note };
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
                server.put("aliases", &self.name, body)
            }
            Place::Ledger(place) => {
                let set = place.ledger.registry.current(place.account);
                place.keep(ALIAS, request.said(&set, &self.name))
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
                server.put("own", &self.name, body)
            }
            Place::Ledger(place) => {
                let set = place.ledger.registry.default_set();
                place.keep(MODEL, request.said(set, &self.name))
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
                    let path = format!("{kind}/{}{}", escaped(&self.name), day.unwrap_or_default());
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
