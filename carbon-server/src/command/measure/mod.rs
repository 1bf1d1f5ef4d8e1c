//! `carbon-server measure`: windows of metered energy from exporters or files, for a running server.

mod exposition;
mod file;
mod meters;
mod plan;
mod run;
mod window;

use crate::{
    command::{
        api_client::{Answered, ApiClient, NO_KEY, has_usable_port, packed},
        measure::{
            file::{EnergyFile, EnergyFormat},
            plan::Label,
            run::ScrapeOptions,
            window::Stamp,
        },
    },
    config,
    ingest::window::WindowRequest,
};
use carbon_core::measure::Scope;
use clap::{Args, builder::NonEmptyStringValueParser};
use jiff::{SignedDuration, tz::Offset};
use std::{error::Error, io::Write, path::PathBuf, time::Duration};

/// Send windows of metered energy and counted tokens of a model that you serve
///
/// Scrapes, until it is stopped, an exporter of energy (DCGM, Kepler, Scaphandre, NVML) and a server's token counters (vLLM,
/// SGLang, TGI, TensorRT-LLM), and sends what both rose by in each window. A window in which a counter began again or a meter
/// was not read is not sent. While the server cannot be reached, windows wait.
///
/// Or sends the windows of a FILE: CodeCarbon's emissions.csv or the windows of Zeus. Their rows have no tokens: add the
/// columns input_tokens and output_tokens (and cache_read_input_tokens and requests, if you know them), or name a second file
/// with them, whose rows have the same run_id (CodeCarbon) or window_name (Zeus).
#[derive(Args)]
pub(crate) struct Measure {
    /// Address of an exporter of energy; repeatable, for exporters that see different parts of the same machines
    #[arg(long = "energy", value_name = "URL", value_parser = address, required_unless_present = "file")]
    energy: Vec<String>,

    /// Address of the metrics of the server that serves the model
    #[arg(long, value_name = "URL", value_parser = address, required_unless_present = "file")]
    tokens: Option<String>,

    /// Name of the model in your calls
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    model: String,

    /// Length of a window
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    window: Duration,

    /// How often watts are read, where an exporter has no counter of energy
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    step: Duration,

    /// Only series of energy with this label, such as gpu=0; repeatable
    #[arg(long = "energy-label", value_name = "KEY=VALUE")]
    energy_labels: Vec<Label>,

    /// Only counters of tokens with this label; by default the model_name that is --model, or the only one. Repeatable
    #[arg(long = "tokens-label", value_name = "KEY=VALUE")]
    token_labels: Vec<Label>,

    /// What is metered, instead of all that the exporters have: accelerator, accelerator_and_host or node
    #[arg(long, value_name = "SCOPE", value_parser = scope)]
    scope: Option<Scope>,

    /// Your name of the meter; by default the addresses of the exporters, or the format of the file
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    meter: Option<String>,

    /// End after so many windows
    #[arg(long, value_name = "WINDOWS")]
    count: Option<u64>,

    /// A file with energy instead of exporters
    #[arg(long, value_name = "FILE", conflicts_with_all = ["energy", "tokens"], requires = "format")]
    file: Option<PathBuf>,

    /// Format of the file
    #[arg(long, value_name = "FORMAT", requires = "file")]
    format: Option<EnergyFormat>,

    /// A file with the tokens of each row of FILE
    #[arg(long, value_name = "FILE", requires = "file")]
    tokens_file: Option<PathBuf>,

    /// Offset of the file's times from UTC, if they state none
    #[arg(long, value_name = "±HH:MM", default_value = "+00:00", value_parser = offset, allow_hyphen_values = true)]
    offset: Offset,

    /// Address of the tracker, with a live key in CARBON_API_KEY
    #[arg(long, value_name = "URL")]
    url: String,

    /// Live key; prefer the variable, which other users of the machine cannot see
    #[arg(long, env = "CARBON_API_KEY", value_name = "KEY", hide_env_values = true)]
    api_key: Option<String>,
}

impl Measure {
    /// The text to print at the end.
    pub(crate) fn run(self) -> Result<String, Box<dyn Error>> {
        let api_key = self.api_key.as_deref().ok_or(NO_KEY)?;
        let client = ApiClient::new(&self.url, "/api/v1/measurements", api_key)?;
        match (&self.file, self.format, &self.tokens) {
            (Some(file), Some(format), _) => Ok(self.send_file(&client, file, format)?),
            (_, _, Some(tokens)) => {
                self.scrape(&client, tokens)?;
                Ok(String::new())
            }
            _ => Err("name --energy and --tokens, or a --file with its --format".into()),
        }
    }

    fn scrape(&self, client: &ApiClient, tokens: &str) -> Result<(), String> {
        let meter = self.meter.clone().unwrap_or_else(|| meter_of(&self.energy));
        let options = ScrapeOptions {
            energy_urls: self.energy.clone(),
            tokens_url: tokens.to_owned(),
            energy_labels: self.energy_labels.clone(),
            token_labels: self.token_labels.clone(),
            scope: self.scope,
            stamp: Stamp { model: self.model.clone(), meter },
            window: self.window,
            step: self.step,
            count: self.count,
        };
        run::scrape(&options, client, &mut |line| {
            // A reader that has gone away does not end the work.
            drop(writeln!(std::io::stdout(), "{line}"));
        })
    }

    fn send_file(&self, client: &ApiClient, file: &PathBuf, format: EnergyFormat) -> Result<String, String> {
        /// Windows in one request.
        const SENT_MAX: usize = 1_000;
        let windows = file::windows(&EnergyFile {
            file,
            format,
            tokens: self.tokens_file.as_deref(),
            model: &self.model,
            meter: self.meter.as_deref().unwrap_or(format.name()),
            scope: self.scope,
            offset: self.offset,
        })?;
        let mut sent = SentFile { rows: windows.len(), ..SentFile::default() };
        let (mut rows, mut requests) = (Vec::new(), Vec::new());
        for (row, window) in windows {
            match window {
                Ok(window) => {
                    rows.push(row);
                    requests.push(window);
                }
                Err(reason) => sent.refused.push((row, reason)),
            }
        }
        for (rows, requests) in rows.chunks(SENT_MAX).zip(requests.chunks(SENT_MAX)) {
            sent.send(client, rows, requests)?;
        }
        sent.said(&file.display().to_string())
    }
}

/// What became of the rows of a file.
#[derive(Default)]
struct SentFile {
    rows: usize,
    accepted: usize,
    duplicates: usize,
    refused: Vec<(usize, String)>,
}

#[derive(serde::Deserialize)]
struct WindowsAnswer {
    accepted: usize,
    duplicates: usize,
    rejected: Vec<RejectedWindow>,
}

#[derive(serde::Deserialize)]
struct RejectedWindow {
    index: usize,
    detail: String,
}

impl SentFile {
    fn send(&mut self, client: &ApiClient, rows: &[usize], windows: &[WindowRequest]) -> Result<(), String> {
        const TRIES: u32 = 8;
        let lines: Vec<Vec<u8>> =
            windows.iter().filter_map(|window| serde_json::to_vec(window).ok()).collect();
        let body = packed(&lines);
        let mut pause = Duration::from_millis(200);
        for tried in 0..TRIES {
            match client.send(&body)? {
                Answered::Done(said) => {
                    let answer: WindowsAnswer = serde_json::from_str(&said)
                        .map_err(|_| format!("{} does not answer like a tracker", client.url()))?;
                    self.accepted += answer.accepted;
                    self.duplicates += answer.duplicates;
                    let refused = answer.rejected.into_iter();
                    self.refused.extend(refused.filter_map(|row| Some((*rows.get(row.index)?, row.detail))));
                    return Ok(());
                }
                Answered::TooLarge => return Err(format!("{}: too large", client.url())),
                Answered::Later(fault, _) => {
                    if tried == 0 {
                        eprintln!("{}: {fault}; trying again", client.url());
                    }
                    std::thread::sleep(pause);
                }
            }
            pause = (pause * 2).min(Duration::from_secs(10));
        }
        Err(format!("{} does not take windows, {TRIES} times; earlier rows are stored", client.url()))
    }

    fn said(mut self, file: &str) -> Result<String, String> {
        self.refused.sort();
        let mut text = format!(
            "{file}: {} {}\n  {:>12} new windows\n  {:>12} were already sent\n  {:>12} could not be used\n",
            self.rows,
            if self.rows == 1 { "row" } else { "rows" },
            self.accepted,
            self.duplicates,
            self.refused.len()
        );
        for (row, reason) in &self.refused {
            text += &format!("row {row}: {reason}\n");
        }
        if self.accepted + self.duplicates == 0 { Err(text.trim_end().to_owned()) } else { Ok(text) }
    }
}

/// The hosts of the exporters, as a name for the meter.
fn meter_of(urls: &[String]) -> String {
    let host = |url: &String| {
        let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        rest.split('/').next().unwrap_or(rest).to_owned()
    };
    let name = urls.iter().map(host).collect::<Vec<_>>().join("+");
    name.chars().take(config::METER_BYTES_MAX / 4).collect()
}

fn address(text: &str) -> Result<String, String> {
    let usable =
        ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme)) && has_usable_port(text);
    if usable { Ok(text.to_owned()) } else { Err("must be an http or https address".to_owned()) }
}

fn scope(text: &str) -> Result<Scope, String> {
    let words: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    Scope::from_word(text).ok_or_else(|| format!("must be one of {}", words.join(", ")))
}

/// From a second to a day, such as `60s`, `5m` or `1h`.
fn duration(text: &str) -> Result<Duration, String> {
    let length: SignedDuration =
        text.parse().map_err(|_| "must be a duration such as 60s, 5m or 1h".to_owned())?;
    let bounds = SignedDuration::from_secs(1)..=SignedDuration::from_hours(24);
    if !bounds.contains(&length) {
        return Err("must be from 1s to 24h".to_owned());
    }
    Duration::try_from(length).map_err(|error| error.to_string())
}

fn offset(text: &str) -> Result<Offset, String> {
    let refused = || "must be an offset such as +01:00".to_owned();
    let (sign, rest) = text.split_at_checked(1).ok_or_else(refused)?;
    let (hours, minutes) = rest.split_once(':').ok_or_else(refused)?;
    let [hours, minutes]: [i32; 2] =
        [hours.parse().map_err(|_| refused())?, minutes.parse().map_err(|_| refused())?];
    let seconds = hours * 3_600 + minutes * 60;
    let usable = matches!(sign, "+" | "-") && (0..60).contains(&minutes);
    let signed = if sign == "-" { -seconds } else { seconds };
    Offset::from_seconds(signed).ok().filter(|_| usable).ok_or_else(refused)
}
