//! `carbon-server estimate` and `carbon-server models`: the registry without a server, and of a ledger where one is named.

use crate::{api, base::clock, command::ledger::KnownSets};
use carbon_core::{
    Call, FactorSet, Method, Opinions, Range, Usage,
    factor::Record,
    method::BottomUp,
    model::{Model, Size},
    place::PlacedBy,
    quantity::Quantity,
};
use carbon_report::figure::three_significant;
use clap::Args;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use std::{
    error::Error,
    fmt::{self, Write},
};

/// Estimate the emissions of one call by every method
///
/// Needs no server and no ledger.
#[derive(Args)]
pub(crate) struct EstimateCommand {
    /// Name of the model, in any spelling
    #[arg(long)]
    model: String,

    /// Prompt tokens, including cached ones
    #[arg(long, value_name = "TOKENS", default_value_t = 0)]
    input: u64,

    /// Completion tokens, including reasoning tokens
    #[arg(long, value_name = "TOKENS", default_value_t = 0)]
    output: u64,

    /// ISO 3166 country, WOR, or cloud region such as aws:eu-west-3
    #[arg(long)]
    region: Option<String>,

    /// Who served the call: a cloud, or who runs the model
    #[arg(long)]
    provider: Option<String>,

    /// Day of the call (UTC), by default today; matters for names that move, such as mistral-large-latest
    #[arg(long, value_name = "YYYY-MM-DD")]
    day: Option<Date>,

    #[command(flatten)]
    options: RegistryOptions,
}

/// List the models of the registry, or look one up by name
///
/// Needs no server and no ledger.
#[derive(Args)]
pub(crate) struct Models {
    /// Name of a model, in any spelling
    id: Option<String>,

    #[command(flatten)]
    options: RegistryOptions,
}

#[derive(Args)]
struct RegistryOptions {
    /// Factor set; by default the newest
    #[arg(long, env = "CARBON_FACTOR_SET", value_name = "VERSION")]
    factor_set: Option<String>,

    /// Print JSON, as in the API
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    known: KnownSets,
}

impl RegistryOptions {
    fn set(&self) -> Result<&'static FactorSet, String> {
        Ok(self.known.registry(self.factor_set.clone())?.default_set())
    }
}

impl EstimateCommand {
    /// The text to print.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        let (set, usage) = (self.options.set()?, Usage::of_call(self.input, self.output));
        let call = Call {
            provider: self.provider.as_deref(),
            region: self.region.as_deref(),
            day: Some(self.day.unwrap_or_else(today)),
            ..Call::to(&self.model)
        };
        let opinions = set.opinions(&call, &usage);
        let opinions = opinions.map_err(|error| with_suggestions(set, &self.model, &error.to_string()))?;
        if self.options.json {
            return Ok(indented(&api::estimate::estimate(set, &call, &usage, Method::ALL)?) + "\n");
        }
        Ok(table(set, &opinions)?)
    }
}

fn table(set: &FactorSet, opinions: &Opinions<'_>) -> Result<String, fmt::Error> {
    let mut out = String::new();
    let (deployment, usage) = (&opinions.deployment, &opinions.usage);
    writeln!(
        out,
        "{}, {} prompt and {} completion tokens",
        deployment.model.id(),
        usage.input_tokens,
        usage.output_tokens
    )?;
    if let Some(location) = deployment.location {
        let grid = location.zone.grid();
        let year = grid.year().map_or_else(String::new, |year| format!(", {year}"));
        let assumed = if deployment.placed_by == PlacedBy::Region { "" } else { " (assumed)" };
        let (name, publisher) = (location.zone.name(), grid.source().publisher());
        writeln!(out, "{name}{assumed}: {} g CO2e/kWh{year}, {publisher}", grid.g_per_kwh())?;
    }
    writeln!(out, "factor set {}\n", set.as_str())?;
    write_methods(&mut out, opinions)?;
    if let Some(ours) = &opinions.bottom_up {
        write_parts(&mut out, ours)?;
    }
    for caveat in opinions.caveats() {
        writeln!(out, "\n! {caveat}")?;
    }
    Ok(out)
}

/// One line for each method.
fn write_methods(out: &mut String, opinions: &Opinions<'_>) -> fmt::Result {
    let published = opinions.coefficient.map(|(factor, co2)| {
        let digits = [co2.low(), co2.central(), co2.high()].map(|grams| grams.to_string());
        (Method::Coefficient, opinions.deployment.confidence(factor.record()).as_str(), digits)
    });
    let ours = opinions.bottom_up.map(|ours| {
        let confidence = opinions.deployment.confidence(ours.factor().record());
        (Method::BottomUp, confidence.as_str(), bounds(ours.co2()))
    });
    let ecologits = opinions
        .ecologits
        .map(|[low, high]| (Method::Ecologits, "", [short(low.co2), String::new(), short(high.co2)]));
    let disclosed = opinions.disclosed.and_then(|disclosed| disclosed.co2.as_ref()).map(|factor| {
        let confidence = opinions.deployment.confidence(factor.record());
        (Method::Disclosed, confidence.as_str(), bounds(factor.apply(&opinions.usage)))
    });
    let mut lines = [published, ours, ecologits, disclosed].into_iter().flatten().peekable();
    if lines.peek().is_none() {
        return writeln!(out, "no method has a figure for this call");
    }
    let row = |out: &mut String, [method, confidence, low, central, high]: [&str; 5]| {
        writeln!(out, "{method:<12} {confidence:<12} {low:>12} {central:>12} {high:>12}")
    };
    row(out, ["method", "confidence", "low g", "central g", "high g"])?;
    for (method, confidence, [low, central, high]) in lines {
        row(out, [method.as_str(), confidence, &low, &central, &high])?;
    }
    Ok(())
}

/// The parts of our own model's figure.
fn write_parts(out: &mut String, ours: &BottomUp<'_>) -> fmt::Result {
    fn line<Q: Quantity>(out: &mut String, what: &str, unit: &str, range: Range<Q>) -> fmt::Result {
        let [low, central, high] = bounds(range);
        writeln!(out, "{what:<12} {central} {unit} ({low} to {high})")
    }
    writeln!(out, "\nbottom_up consists of")?;
    line(out, "electricity", "g", ours.operational_co2())?;
    line(out, "hardware", "g", ours.embodied_co2())?;
    line(out, "energy", "Wh", ours.energy())?;
    line(out, "water", "mL", ours.water())?;
    let (onsite, offsite) = (short(ours.onsite_water().central()), short(ours.offsite_water().central()));
    writeln!(out, "{:<12} {onsite} mL on site, {offsite} mL at power plants", "")?;
    let budget = ours.budget();
    let parts: Vec<String> =
        budget.iter().take(3).map(|(name, share)| format!("{name} {:.0} %", share * 100.0)).collect();
    writeln!(out, "its range is mostly due to {}", parts.join(", "))
}

fn bounds<Q: Quantity>(range: Range<Q>) -> [String; 3] {
    [range.low(), range.central(), range.high()].map(short)
}

/// In UTC, as in the API for calls without a time.
fn today() -> Date {
    Timestamp::now().to_zoned_datetime(TimeZone::UTC).date()
}

/// Three significant digits.
fn short(quantity: impl Quantity) -> String {
    three_significant(quantity.as_decimal()).normalize().to_string()
}

impl Models {
    /// The text to print.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        let set = self.options.set()?;
        let Some(id) = &self.id else {
            return if self.options.json {
                Ok(indented(&api::models::all(set)) + "\n")
            } else {
                Ok(list(set)?)
            };
        };
        let resolution = set.resolve(id).map_err(|error| with_suggestions(set, id, &error.to_string()))?;
        if self.options.json {
            return Ok(indented(&api::models::one(set, id, clock::day(clock::now()))?) + "\n");
        }
        let mut out = String::new();
        writeln!(out, "{id} is {}, by {}", resolution.model.id(), resolution.resolved_by.as_str())?;
        if let Some(hint) = &resolution.region_hint {
            writeln!(out, "served in {hint}, according to the name")?;
        }
        if let Some(caveat) = resolution.caveat() {
            writeln!(out, "! {caveat}")?;
        }
        writeln!(out, "{}", line(resolution.model))?;
        for source in sources(resolution.model) {
            writeln!(out, "source: {source}")?;
        }
        let aliases = resolution.model.aliases();
        if !aliases.is_empty() {
            writeln!(out, "also listed as: {}", aliases.join(", "))?;
        }
        Ok(out)
    }
}

fn list(set: &FactorSet) -> Result<String, fmt::Error> {
    let mut out = String::new();
    writeln!(out, "factor set {}: {} models\n", set.as_str(), set.models().len())?;
    for model in set.models() {
        writeln!(out, "{}", line(model))?;
    }
    Ok(out)
}

/// What is known about a model, on one line.
fn line(model: &Model) -> String {
    let published = model.coefficient().map_or_else(String::new, |factor| {
        format!("{} g/1k {}", factor.central().value(), factor.confidence())
    });
    let size = model.parameters().map_or_else(
        || "size unknown".to_owned(),
        |parameters| {
            let between = |[low, high]: [f64; 2]| {
                if high > low { format!("{low} to {high}") } else { format!("{low}") }
            };
            let size = parameters.size();
            let Size { total_b, active_b, active_in_b, .. } = *size;
            let input = if size.differs_by_way() {
                format!(" ({} on input)", between(active_in_b))
            } else {
                String::new()
            };
            let (active, total) = (between(active_b), between(total_b));
            format!("{active}{input} of {total} B parameters, {}", parameters.status())
        },
    );
    format!("{:<44} {published:<22} {size}", model.id())
}

fn sources(model: &Model) -> impl Iterator<Item = &str> {
    let published = model.coefficient().map(|factor| factor.record());
    let size = model.parameters().map(|parameters| parameters.record());
    let second = model.parameters().and_then(|parameters| parameters.second_source());
    let records = published.into_iter().chain(size).chain(model.disclosed().records().take(1));
    records.map(Record::source).chain(second).map(|source| source.title())
}

/// With similar names, and where a name of one's own is explained.
fn with_suggestions(set: &FactorSet, name: &str, error: &str) -> String {
    if set.resolve(name).is_ok() {
        return error.to_owned();
    }
    let near = set.suggestions(name);
    let near = if near.is_empty() { String::new() } else { format!("; similar names: {}", near.join(", ")) };
    format!("{error}{near}; if the name is your own: carbon-server own --help, docs/own-models.md")
}

/// JSON as in the API, indented.
fn indented(document: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(document).expect("strings and numbers always serialise")
}
