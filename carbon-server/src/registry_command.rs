//! `carbon-server estimate` and `carbon-server models`: the registry without a server or a database.

use carbon_core::{FactorSet, Model, Opinions, Range, Usage};
use carbon_server::{estimate_document, model_document, models_document};
use clap::Args;
use std::{error::Error, fmt::Write};

/// Compute grams for one usage by every method; no server, no database
#[derive(Args)]
pub(crate) struct Estimate {
    /// Model, in any spelling
    #[arg(long)]
    model: String,

    /// Prompt tokens, cached ones included
    #[arg(long, value_name = "TOKENS", default_value_t = 0)]
    input: u64,

    /// Completion tokens, reasoning ones included
    #[arg(long, value_name = "TOKENS", default_value_t = 0)]
    output: u64,

    /// ISO 3166 country, WOR, or cloud region such as aws:eu-west-3
    #[arg(long)]
    region: Option<String>,

    #[command(flatten)]
    form: Form,
}

/// List the models of the registry, or show the one that a name leads to
#[derive(Args)]
pub(crate) struct Models {
    /// Model, in any spelling
    id: Option<String>,

    #[command(flatten)]
    form: Form,
}

#[derive(Args)]
struct Form {
    /// Factor set; the newest where none is given
    #[arg(long, value_name = "VERSION")]
    factor_set: Option<String>,

    /// Print JSON, as the API answers it
    #[arg(long)]
    json: bool,
}

impl Form {
    fn set(&self) -> Result<&'static FactorSet, String> {
        let Some(version) = &self.factor_set else { return Ok(FactorSet::latest()) };
        let known: Vec<&str> = FactorSet::versions().collect();
        FactorSet::version(version)
            .ok_or_else(|| format!("there is no factor set {version:?}; there are {}", known.join(", ")))
    }
}

impl Estimate {
    /// What is to be printed.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        let (set, usage) = (self.form.set()?, Usage::of_call(self.input, self.output));
        let opinions = set.opinions(&self.model, &usage, self.region.as_deref());
        let opinions = opinions.map_err(|error| with_suggestions(set, &self.model, &error.to_string()))?;
        if self.form.json {
            return Ok(estimate_document(set, &self.model, &usage, self.region.as_deref())? + "\n");
        }
        Ok(table(set, &opinions)?)
    }
}

fn table(set: &FactorSet, opinions: &Opinions<'_>) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    writeln!(
        out,
        "{}, {} prompt and {} completion tokens",
        opinions.model.id(),
        opinions.usage.input_tokens,
        opinions.usage.output_tokens
    )?;
    if let Some(location) = opinions.location {
        let zone = location.zone;
        let year = zone.year().map_or_else(String::new, |year| format!(", {year}"));
        let assumed = if opinions.location_given { "" } else { " (assumed)" };
        writeln!(out, "{}: {} g CO2e/kWh{year}{assumed}", zone.name(), zone.grid_g_per_kwh())?;
    }
    writeln!(out, "factor set {}\n", set.as_str())?;
    if opinions.spread().is_none() {
        writeln!(out, "no method has a value for this model")?;
    }
    writeln!(
        out,
        "{:<12} {:<12} {:>12} {:>12} {:>12}",
        "method", "confidence", "low g", "central g", "high g"
    )?;
    if let Some((factor, co2)) = opinions.coefficient {
        let [low, central, high] = [co2.low(), co2.central(), co2.high()].map(|grams| grams.to_string());
        writeln!(
            out,
            "{:<12} {:<12} {low:>12} {central:>12} {high:>12}",
            "coefficient",
            factor.confidence()
        )?;
    }
    if let Some((ours, confidence)) = &opinions.bottom_up {
        let [low, central, high] = bounds(ours.co2, |grams| grams.as_f64());
        writeln!(out, "{:<12} {confidence:<12} {low:>12} {central:>12} {high:>12}", "bottom_up")?;
    }
    if let Some([low, high]) = opinions.ecologits {
        let [low, high] = [low, high].map(|corner| short(corner.co2.as_f64()));
        writeln!(out, "{:<12} {:<12} {low:>12} {:>12} {high:>12}", "ecologits", "", "")?;
    }
    if let Some((_, disclosed)) = opinions.disclosed {
        writeln!(out, "{:<12} {:<12} {:>12} {:>12}", "disclosed", "", "", short(disclosed.co2.as_f64()))?;
    }
    if let Some((ours, _)) = &opinions.bottom_up {
        let [low, central, high] = bounds(ours.energy, |energy| energy.as_f64());
        writeln!(out, "\nenergy {central} Wh ({low} to {high})")?;
        let [low, central, high] = bounds(ours.water, |water| water.as_f64());
        writeln!(out, "water  {central} mL ({low} to {high})")?;
        let budget = ours.budget();
        let parts: Vec<String> =
            budget.iter().take(3).map(|(name, share)| format!("{name} {:.0} %", share * 100.0)).collect();
        writeln!(out, "the range comes mostly from: {}", parts.join(", "))?;
    }
    for caveat in opinions.caveats() {
        writeln!(out, "\n! {caveat}")?;
    }
    Ok(out)
}

fn bounds<Q: Copy + PartialOrd>(range: Range<Q>, number: fn(Q) -> f64) -> [String; 3] {
    [range.low(), range.central(), range.high()].map(|quantity| short(number(quantity)))
}

/// Three significant digits.
fn short(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let mut decimals = 2usize;
    let mut rest = number.abs();
    while rest < 1.0 && decimals < 14 {
        rest *= 10.0;
        decimals += 1;
    }
    while rest >= 10.0 && decimals > 0 {
        rest /= 10.0;
        decimals -= 1;
    }
    format!("{number:.decimals$}")
}

impl Models {
    /// What is to be printed.
    pub(crate) fn run(&self) -> Result<String, Box<dyn Error>> {
        let set = self.form.set()?;
        let Some(id) = &self.id else {
            return if self.form.json { Ok(models_document(set) + "\n") } else { Ok(list(set)?) };
        };
        let resolution = set.resolve(id).map_err(|error| with_suggestions(set, id, &error.to_string()))?;
        if self.form.json {
            return Ok(model_document(set, id)? + "\n");
        }
        let mut out = String::new();
        writeln!(out, "{id} is {}, by {}", resolution.model.id(), resolution.resolved_by.as_str())?;
        if let Some(hint) = &resolution.region_hint {
            writeln!(out, "served in {hint}, as the name says")?;
        }
        writeln!(out, "{}", line(resolution.model))?;
        for source in sources(resolution.model) {
            writeln!(out, "source: {source}")?;
        }
        let aliases = set.aliases(resolution.model.id());
        if !aliases.is_empty() {
            writeln!(out, "also listed as: {}", aliases.join(", "))?;
        }
        Ok(out)
    }
}

fn list(set: &FactorSet) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    writeln!(out, "factor set {}: {} models\n", set.as_str(), set.models().len())?;
    for model in set.models() {
        writeln!(out, "{}", line(model))?;
    }
    Ok(out)
}

/// What is known of a model, on one line.
fn line(model: &Model) -> String {
    let published = model.coefficient().map_or_else(String::new, |factor| {
        format!("{} g/1k {}", factor.central().grams_per_1k(), factor.confidence())
    });
    let size = model.parameters().map_or_else(
        || "size not known".to_owned(),
        |parameters| {
            let [low, high] = parameters.active_b;
            let active = if high > low { format!("{low} to {high}") } else { format!("{low}") };
            format!("{active} of {} B parameters, {}", parameters.total_b[1], parameters.status)
        },
    );
    format!("{:<44} {published:<22} {size}", model.id())
}

fn sources(model: &Model) -> impl Iterator<Item = String> {
    let published = model.coefficient().map(|factor| factor.source().title().to_owned());
    let size = model.parameters().map(|parameters| parameters.source().title().to_owned());
    published.into_iter().chain(size)
}

fn with_suggestions(set: &FactorSet, name: &str, error: &str) -> String {
    let near = set.suggestions(name);
    if near.is_empty() || set.resolve(name).is_ok() {
        return error.to_owned();
    }
    format!("{error}; listed names that look like it: {}", near.join(", "))
}
