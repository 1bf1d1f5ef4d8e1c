//! What of a scrape is read: chosen once, from the first scrape, and read from every later one.

use crate::command::measure::{
    exposition::Sample,
    meters::{ENGINES, Engine, METERS, Meter, Part, Unit},
};
use carbon_core::measure::Scope;
use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

/// `KEY=VALUE` that a series must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    key: String,
    value: String,
}

impl FromStr for Label {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, value) = text.split_once('=').ok_or("must be KEY=VALUE")?;
        Ok(Label { key: key.to_owned(), value: value.to_owned() })
    }
}

/// Series by their name and labels.
pub(super) type Series = BTreeMap<String, f64>;

/// The meters that are read.
#[derive(Debug)]
pub(super) struct EnergyPlan {
    pub(super) meters: Vec<&'static Meter>,
    pub(super) scope: Scope,
    labels: Vec<Label>,
}

/// What they read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct EnergyReading {
    /// Joules so far, or watts now, of each meter of the plan.
    pub(super) parts: Vec<Series>,
}

impl EnergyPlan {
    /// The first meter of each part, of those that `wanted` includes.
    pub(super) fn of(samples: &[Sample], labels: &[Label], wanted: Option<Scope>) -> Result<Self, String> {
        if let Some(label) =
            labels.iter().find(|label| !samples.iter().any(|sample| sample.labels.contains_key(&label.key)))
        {
            let keys: BTreeSet<&str> = samples
                .iter()
                .filter(|sample| METERS.iter().any(|meter| meter.metrics.contains(&sample.name.as_str())))
                .flat_map(|sample| sample.labels.keys().map(String::as_str))
                .collect();
            let there = if keys.is_empty() {
                String::new()
            } else {
                format!("; there are: {}", keys.into_iter().collect::<Vec<_>>().join(", "))
            };
            return Err(format!("--energy-label {}: no series has this label{there}", label.key));
        }
        let is_there = |meter: &&Meter| {
            meter.metrics.iter().any(|metric| samples.iter().any(|sample| sample.name == *metric))
        };
        let first = |part: Part| METERS.iter().filter(|meter| meter.part == part).find(is_there);
        let [accelerator, host, node] = Part::ALL.map(first);
        let scope = match (wanted, accelerator, host, node) {
            (Some(scope), ..) => scope,
            (None, _, _, Some(_)) => Scope::Node,
            (None, Some(_), Some(_), None) => Scope::AcceleratorAndHost,
            (None, Some(_), None, None) => Scope::Accelerator,
            (None, None, Some(_), None) => {
                return Err("only processors and memory are metered: name the accelerators' exporter with a further --energy".to_owned());
            }
            (None, None, None, None) => {
                return Err(format!("there is no known meter of energy; these are: {}", known()));
            }
        };
        let needed: &[(Part, Option<&'static Meter>)] = match scope {
            Scope::Accelerator => &[(Part::Accelerator, accelerator)],
            Scope::AcceleratorAndHost => &[(Part::Accelerator, accelerator), (Part::Host, host)],
            Scope::Node => &[(Part::Node, node)],
        };
        let meters = needed.iter().map(|(part, meter)| {
            meter.ok_or_else(|| format!("there is no known meter of {}; these are: {}", part.name(), known()))
        });
        let plan = EnergyPlan { meters: meters.collect::<Result<_, _>>()?, scope, labels: labels.to_vec() };
        plan.read(samples)?;
        Ok(plan)
    }

    /// Whether watts are sampled and added up, because there is no counter.
    pub(super) fn samples_watts(&self) -> bool {
        self.meters.iter().any(|meter| matches!(meter.unit, Unit::Gauge(_)))
    }

    /// What the meters say. A meter that says nothing is an error: what was not read is not zero.
    pub(super) fn read(&self, samples: &[Sample]) -> Result<EnergyReading, String> {
        let parts = self.meters.iter().map(|meter| self.series(meter, samples));
        Ok(EnergyReading { parts: parts.collect::<Result<_, _>>()? })
    }

    fn series(&self, meter: &Meter, samples: &[Sample]) -> Result<Series, String> {
        let (Unit::Counter(scale) | Unit::Gauge(scale)) = meter.unit;
        let named: Vec<&Sample> =
            samples.iter().filter(|sample| meter.metrics.contains(&sample.name.as_str())).collect();
        let of_zone = |sample: &&&Sample| {
            let Some((key, values)) = meter.only else { return true };
            sample.labels.get(key).is_some_and(|value| values.contains(&value.as_str()))
        };
        let chosen: Vec<&Sample> = named
            .iter()
            .filter(of_zone)
            .filter(|sample| has(sample, &self.labels, &named))
            .copied()
            .collect();
        if chosen.is_empty() {
            return Err(none_with(&self.labels, &meter.metrics.join(" and "), &named));
        }
        if let Some(key) = meter.one_of {
            let values: BTreeSet<&String> =
                chosen.iter().filter_map(|sample| sample.labels.get(key)).collect();
            if values.len() > 1 {
                let values: Vec<&str> = values.into_iter().map(String::as_str).collect();
                return Err(format!(
                    "{} has several {key}: choose one with --energy-label {key}=VALUE ({})",
                    meter.metrics[0],
                    values.join(", ")
                ));
            }
        }
        let read = chosen.into_iter().map(|sample| {
            let usable = sample.value.is_finite() && sample.value >= 0.0;
            let value = usable.then_some(sample.value * scale);
            Ok((id(sample), value.ok_or_else(|| format!("{} reads {}", sample.name, sample.value))?))
        });
        read.collect()
    }
}

/// Whether a sample has these labels; a label that no series of its metric has selects nothing there.
fn has(sample: &Sample, labels: &[Label], all: &[&Sample]) -> bool {
    labels.iter().all(|Label { key, value }| {
        !all.iter().any(|other| other.labels.contains_key(key)) || sample.labels.get(key) == Some(value)
    })
}

/// That no series of a metric has the labels, and which values of them there are.
fn none_with(labels: &[Label], metric: &str, named: &[&Sample]) -> String {
    let wanted: Vec<String> = labels.iter().map(|Label { key, value }| format!("{key}={value}")).collect();
    let there = labels.iter().flat_map(|Label { key, .. }| {
        named.iter().filter_map(move |sample| Some(format!("{key}={}", sample.labels.get(key)?)))
    });
    let there: BTreeSet<String> = there.collect();
    if wanted.is_empty() {
        return format!("there is no series of {metric}");
    }
    let there = if there.is_empty() {
        String::new()
    } else {
        format!("; there are: {}", there.into_iter().collect::<Vec<_>>().join(", "))
    };
    format!("there is no series of {metric} with {}{there}", wanted.join(" and "))
}

fn id(sample: &Sample) -> String {
    format!("{}{:?}", sample.name, sample.labels)
}

fn known() -> String {
    METERS.iter().flat_map(|meter| meter.metrics).copied().collect::<Vec<_>>().join(", ")
}

/// The counters of tokens that are read.
#[derive(Debug)]
pub(super) struct TokenPlan {
    pub(super) engine: &'static Engine,
    cached: Option<&'static str>,
    labels: Vec<Label>,
}

/// What they say: series so far.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TokenReading {
    pub(super) input: Series,
    pub(super) cached: Option<Series>,
    pub(super) output: Series,
    pub(super) requests: Option<Series>,
}

impl TokenPlan {
    /// Of the server that the scrape is of, for one model.
    pub(super) fn of(samples: &[Sample], labels: &[Label], model: &str) -> Result<Self, String> {
        let engine = ENGINES.iter().find(|engine| samples.iter().any(|sample| sample.name == engine.output));
        let engine = engine.ok_or_else(|| {
            let known: Vec<&str> = ENGINES.iter().map(|engine| engine.output).collect();
            format!("there is no known counter of generated tokens; these are: {}", known.join(", "))
        })?;
        let is_there = |metric: &&&str| samples.iter().any(|sample| sample.name == ***metric);
        let cached = engine.cached.iter().find(is_there).copied();
        let mut labels = labels.to_vec();
        labels.extend(label_of(engine, samples, &labels, model)?);
        let plan = TokenPlan { engine, cached, labels };
        plan.read(samples)?;
        Ok(plan)
    }

    /// What the counters say.
    pub(super) fn read(&self, samples: &[Sample]) -> Result<TokenReading, String> {
        let Engine { input, output, requests, .. } = self.engine;
        let optional = |metric: &str| {
            samples
                .iter()
                .any(|sample| sample.name == metric)
                .then(|| self.series(metric, samples))
                .transpose()
        };
        Ok(TokenReading {
            input: self.series(input, samples)?,
            cached: self.cached.map(|cached| self.series(cached, samples)).transpose()?,
            output: self.series(output, samples)?,
            requests: optional(requests)?,
        })
    }

    fn series(&self, metric: &str, samples: &[Sample]) -> Result<Series, String> {
        let named: Vec<&Sample> = samples.iter().filter(|sample| sample.name == metric).collect();
        let chosen: Vec<&&Sample> = named.iter().filter(|sample| has(sample, &self.labels, &named)).collect();
        if chosen.is_empty() {
            return Err(none_with(&self.labels, metric, &named));
        }
        let read = chosen.into_iter().map(|sample| {
            let usable = sample.value.is_finite() && sample.value >= 0.0;
            let value = usable.then_some(sample.value);
            Ok((id(sample), value.ok_or_else(|| format!("{metric} reads {}", sample.value))?))
        });
        read.collect()
    }
}

/// The label that selects the model, where the server serves several under names of its own.
fn label_of(
    engine: &Engine,
    samples: &[Sample],
    labels: &[Label],
    model: &str,
) -> Result<Option<Label>, String> {
    let Some(key) = engine.model_label.filter(|key| !labels.iter().any(|label| label.key == *key)) else {
        return Ok(None);
    };
    let counted: Vec<&Sample> = samples.iter().filter(|sample| sample.name == engine.output).collect();
    let chosen = counted.iter().filter(|sample| has(sample, labels, &counted));
    let names: BTreeSet<&str> = chosen.filter_map(|sample| Some(sample.labels.get(key)?.as_str())).collect();
    let label = |value: &str| Some(Label { key: key.to_owned(), value: value.to_owned() });
    match names.iter().collect::<Vec<_>>()[..] {
        _ if names.contains(model) => Ok(label(model)),
        [] => Ok(None),
        [only] => Ok(label(only)),
        _ => {
            let names: Vec<&str> = names.into_iter().collect();
            Err(format!(
                "several models are served: choose one with --tokens-label {key}=NAME ({})",
                names.join(", ")
            ))
        }
    }
}
