//! Windows from the files of CodeCarbon and Zeus, with tokens from their own columns or from a second file.

use crate::ingest::{
    sources::lenient::count_of,
    window::{Joules, WindowCount, WindowRequest},
};
use carbon_core::measure::Scope;
use clap::ValueEnum;
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::Offset};
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// Format of a file with energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum EnergyFormat {
    /// CodeCarbon's emissions.csv: timestamp, duration, gpu_energy, cpu_energy and ram_energy in kWh
    Codecarbon,
    /// Zeus: the CSV of ZeusMonitor's log_file, or JSON with window_name, start_time, elapsed_time and gpu_energy in joules
    Zeus,
}

impl EnergyFormat {
    pub(super) fn name(self) -> &'static str {
        match self {
            EnergyFormat::Codecarbon => "codecarbon",
            EnergyFormat::Zeus => "zeus",
        }
    }

    /// The column that tells rows apart, and by which a second file names them.
    fn key(self) -> &'static str {
        match self {
            EnergyFormat::Codecarbon => "run_id",
            EnergyFormat::Zeus => "window_name",
        }
    }
}

/// A file with energy, and where its tokens are.
pub(super) struct EnergyFile<'f> {
    pub(super) file: &'f Path,
    pub(super) format: EnergyFormat,
    pub(super) tokens: Option<&'f Path>,
    pub(super) model: &'f str,
    pub(super) meter: &'f str,
    pub(super) scope: Option<Scope>,
    /// Of times that state none.
    pub(super) offset: Offset,
}

type Row = Map<String, Value>;

const TOKENS: [&str; 4] = ["input_tokens", "output_tokens", "cache_read_input_tokens", "requests"];

/// A row, counted from 1, as a window, or why it is none.
pub(super) type NumberedWindow = (usize, Result<WindowRequest, String>);

/// The windows of a file.
pub(super) fn windows(file: &EnergyFile<'_>) -> Result<Vec<NumberedWindow>, String> {
    let rows = rows(file.file)?;
    let tokens = file.tokens.map(|path| keyed(path, file.format.key())).transpose()?;
    Ok(rows.iter().zip(1..).map(|(row, number)| (number, file.window(row, tokens.as_ref()))).collect())
}

impl EnergyFile<'_> {
    fn window(&self, row: &Row, tokens: Option<&BTreeMap<String, Row>>) -> Result<WindowRequest, String> {
        let (from, to, energy) = match self.format {
            EnergyFormat::Codecarbon => self.codecarbon(row)?,
            EnergyFormat::Zeus => self.zeus(row)?,
        };
        let counted = match tokens {
            None => row,
            Some(tokens) => {
                let key = text(row, self.format.key())?;
                tokens
                    .get(&key)
                    .ok_or_else(|| format!("{} {key} is not in the file of tokens", self.format.key()))?
            }
        };
        let [input, output, cached, requests] = TOKENS.map(|name| count(counted, name));
        let scope = self.scope.unwrap_or(match energy.host_joules {
            Some(_) => Scope::AcceleratorAndHost,
            None => Scope::Accelerator,
        });
        let millisecond = |at: Timestamp| Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at);
        Ok(WindowRequest {
            model: Some(self.model.to_owned()),
            from: Some(millisecond(from).to_string()),
            to: Some(millisecond(to).to_string()),
            meter: Some(self.meter.to_owned()),
            scope: Some(scope.as_str().to_owned()),
            input_tokens: input?,
            output_tokens: output?,
            cache_read_input_tokens: cached?,
            requests: requests?,
            ..energy
        })
    }

    fn codecarbon(&self, row: &Row) -> Result<(Timestamp, Timestamp, WindowRequest), String> {
        let to = self.time(&text(row, "timestamp")?)?;
        let from = before(to, number(row, "duration")?.ok_or("duration is empty")?)?;
        let kwh = |name| Ok::<_, String>(number(row, name)?.map(|kwh| kwh * 3.6e6));
        let (cpu, ram) = (kwh("cpu_energy")?, kwh("ram_energy")?);
        let host = cpu.zip(ram).map(|(cpu, ram)| cpu + ram);
        Ok((from, to, energy(kwh("gpu_energy")?, host)?))
    }

    fn zeus(&self, row: &Row) -> Result<(Timestamp, Timestamp, WindowRequest), String> {
        let from = self.time(&text(row, "start_time")?)?;
        let elapsed = match number(row, "elapsed_time")? {
            Some(seconds) => seconds,
            None => number(row, "time")?.ok_or("elapsed_time is missing")?,
        };
        let to = before(from, -elapsed)?;
        let devices = |kind: &str| match row.get(&format!("{kind}_energy")) {
            Some(Value::Object(devices)) => sum(devices.iter()),
            Some(Value::Null) | None => {
                let is_device = |name: &str| {
                    let index = name.strip_prefix(kind).and_then(|rest| rest.strip_suffix("_energy"));
                    index.is_some_and(|index| !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit()))
                };
                sum(row.iter().filter(|(name, _)| is_device(name)))
            }
            Some(_) => number(row, &format!("{kind}_energy")),
        };
        let (gpu, cpu, dram) = (devices("gpu")?, devices("cpu")?, devices("dram")?);
        let host = cpu.zip(dram).map(|(cpu, dram)| cpu + dram);
        Ok((from, to, energy(gpu, host)?))
    }

    /// A time, with its own offset or that of the file; digits are seconds since 1970.
    fn time(&self, text: &str) -> Result<Timestamp, String> {
        let refused = || format!("{text:?} is not a time");
        if let Ok(seconds) = text.parse::<f64>() {
            let since = SignedDuration::try_from_secs_f64(seconds).map_err(|_| refused())?;
            return Timestamp::UNIX_EPOCH.checked_add(since).map_err(|_| refused());
        }
        if let Ok(time) = text.parse::<Timestamp>() {
            return Ok(time);
        }
        let time: DateTime = text.parse().map_err(|_| refused())?;
        self.offset.to_timestamp(time).map_err(|_| refused())
    }
}

fn energy(accelerator: Option<f64>, host: Option<f64>) -> Result<WindowRequest, String> {
    let joules = |joules: Option<f64>| {
        joules
            .map(|joules| Joules::of(joules).ok_or_else(|| format!("{joules} J is out of range")))
            .transpose()
    };
    Ok(WindowRequest {
        accelerator_joules: joules(accelerator)?,
        host_joules: joules(host)?,
        ..WindowRequest::default()
    })
}

/// That many seconds before a time.
fn before(at: Timestamp, seconds: f64) -> Result<Timestamp, String> {
    let length = SignedDuration::try_from_secs_f64(seconds).ok();
    let found = length.and_then(|length| at.checked_sub(length).ok());
    found.ok_or_else(|| format!("{seconds} is not a number of seconds"))
}

/// The sum of some energies; `None` without any, or where one was not read.
fn sum<'r>(values: impl Iterator<Item = (&'r String, &'r Value)>) -> Result<Option<f64>, String> {
    let mut sum = None;
    for (name, value) in values {
        let Some(joules) = number_of(name, value)? else { return Ok(None) };
        sum = Some(sum.unwrap_or(0.0) + joules);
    }
    Ok(sum)
}

fn text(row: &Row, name: &str) -> Result<String, String> {
    match row.get(name) {
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => Err(format!("{name} is missing")),
    }
}

fn number(row: &Row, name: &str) -> Result<Option<f64>, String> {
    row.get(name).map_or(Ok(None), |value| number_of(name, value))
}

/// A number, of which an empty cell is none.
fn number_of(name: &str, value: &Value) -> Result<Option<f64>, String> {
    let found = match value {
        Value::Null => return Ok(None),
        Value::String(text) if text.trim().is_empty() => return Ok(None),
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_f64(),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    found.filter(|number: &f64| number.is_finite()).map(Some).ok_or_else(|| format!("{name} is not a number"))
}

fn count(row: &Row, name: &str) -> Result<Option<WindowCount>, String> {
    match row.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(value) => {
            let count = count_of(value).map(WindowCount);
            count.map(Some).ok_or_else(|| format!("{name} is not a count"))
        }
    }
}

/// The rows of a table with a header, or of JSON: an array, or an object a line.
fn rows(path: &Path) -> Result<Vec<Row>, String> {
    let at = |fault: String| format!("{}: {fault}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| at(error.to_string()))?;
    let text = text.trim_start_matches('\u{feff}');
    match text.trim_start().chars().next() {
        Some('[') => serde_json::from_str(text).map_err(|error| at(error.to_string())),
        Some('{') => {
            let documents = serde_json::Deserializer::from_str(text).into_iter::<Row>();
            documents.collect::<Result<_, _>>().map_err(|error| at(error.to_string()))
        }
        _ => {
            let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
            let names = table.headers().map_err(|error| at(error.to_string()))?.clone();
            let row = |record: Result<csv::StringRecord, csv::Error>| {
                let record = record.map_err(|error| at(error.to_string()))?;
                let cells = names.iter().zip(&record);
                Ok(cells.map(|(name, cell)| (name.to_owned(), Value::String(cell.to_owned()))).collect())
            };
            table.records().map(row).collect()
        }
    }
}

/// The rows of a file of tokens by what names them.
fn keyed(path: &Path, key: &str) -> Result<BTreeMap<String, Row>, String> {
    let mut keyed = BTreeMap::new();
    let mut twice = BTreeSet::new();
    for row in rows(path)? {
        let name = text(&row, key).map_err(|fault| format!("{}: {fault}", path.display()))?;
        if keyed.insert(name.clone(), row).is_some() {
            twice.insert(name);
        }
    }
    match twice.first() {
        Some(name) => Err(format!("{}: {key} {name} stands there twice", path.display())),
        None => Ok(keyed),
    }
}
