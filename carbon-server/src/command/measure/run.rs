//! Scraping meters and counters until stopped, and sending a window after each span of time.

use crate::{
    command::{
        api_client::{Answered, ApiClient, packed},
        measure::{
            exposition::{self, Sample},
            plan::{EnergyPlan, EnergyReading, Label, TokenPlan, TokenReading},
            window::{Ended, OpenWindow, Stamp},
        },
    },
    ingest::window::WindowRequest,
};
use carbon_core::measure::Scope;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::{
    collections::VecDeque,
    thread,
    time::{Duration, Instant},
};

/// What is scraped, and how often.
pub(super) struct ScrapeOptions {
    pub(super) energy_urls: Vec<String>,
    pub(super) tokens_url: String,
    pub(super) energy_labels: Vec<Label>,
    pub(super) token_labels: Vec<Label>,
    pub(super) scope: Option<Scope>,
    pub(super) stamp: Stamp,
    pub(super) window: Duration,
    /// How often watts are sampled.
    pub(super) step: Duration,
    /// Windows after which it ends.
    pub(super) count: Option<u64>,
}

/// Windows that wait for a server; the oldest is lost first.
const WAITING_MAX: usize = 10_000;
/// Windows in one request.
const SENT_MAX: usize = 500;

/// Scrapes and sends. `say` is told what a person should know.
pub(super) fn scrape(
    options: &ScrapeOptions,
    client: &ApiClient,
    say: &mut dyn FnMut(String),
) -> Result<(), String> {
    let scraper = Scraper { agent: crate::command::api_client::agent(Duration::from_secs(10)), options };
    let (plan, tokens_plan, mut open) = scraper.begin(say)?;
    let mut outbox = Outbox { client, waiting: VecDeque::new() };
    let (mut due, mut sent) = (Instant::now() + options.window, 0);
    // More than a step is missing where three are.
    let gap_s_max = (options.step * 3).as_secs_f64();
    loop {
        let pause = due.saturating_duration_since(Instant::now());
        thread::sleep(if plan.samples_watts() { pause.min(options.step) } else { pause });
        let is_due = Instant::now() >= due;
        let read = scraper.read(&plan, is_due.then_some(&tokens_plan));
        let Ok((at, energy, tokens)) = read.map_err(|fault| say(format!("{fault}; trying again"))) else {
            thread::sleep(options.step.min(Duration::from_secs(1)));
            continue;
        };
        let passed = open.pass(&plan, at, energy.clone(), gap_s_max);
        if let Err(reason) = passed {
            say(lost(&open, at, &reason));
            open = scraper.reopen(&plan, &tokens_plan, say);
            due = Instant::now() + options.window;
            continue;
        }
        let Some(tokens) = tokens else { continue };
        match open.end(&plan, &options.stamp, &tokens) {
            Ended::GoesOn => {
                due = Instant::now() + options.step;
                continue;
            }
            Ended::Lost(reason) => say(lost(&open, at, &reason)),
            Ended::Window(window) => {
                say(described(&window, at.duration_since(open.from())));
                outbox.push(*window, say);
                sent += 1;
            }
        }
        open = OpenWindow::new(at, energy, tokens);
        // From now on, so that none is shorter than it should be.
        due = Instant::now() + options.window;
        outbox.send(say)?;
        if options.count.is_some_and(|count| sent >= count) {
            return outbox.send_all(say);
        }
    }
}

/// What is read, and when.
struct Scraper<'o> {
    agent: ureq::Agent,
    options: &'o ScrapeOptions,
}

type Read = (Timestamp, EnergyReading, Option<TokenReading>);

impl Scraper<'_> {
    /// Chooses what is read, and opens the first window. Waits for exporters that do not answer yet.
    fn begin(&self, say: &mut dyn FnMut(String)) -> Result<(EnergyPlan, TokenPlan, OpenWindow), String> {
        let options = self.options;
        let mut said = None;
        let (energy, tokens) = loop {
            match (self.energy(), self.fetch(&options.tokens_url)) {
                (Ok(energy), Ok(tokens)) => break (energy, tokens),
                (Err(fault), _) | (_, Err(fault)) if said.as_ref() == Some(&fault) => {}
                (Err(fault), _) | (_, Err(fault)) => {
                    say(format!("{fault}; trying again every {} s", options.step.as_secs_f64()));
                    said = Some(fault);
                }
            }
            thread::sleep(options.step);
        };
        let plan = EnergyPlan::of(&energy, &options.energy_labels, options.scope);
        let plan = plan.map_err(|fault| self.of_energy(&fault))?;
        let tokens_plan = TokenPlan::of(&tokens, &options.token_labels, &options.stamp.model);
        let tokens_plan = tokens_plan.map_err(|fault| self.of_tokens(&fault))?;
        let at = now();
        let (read, counted) = (plan.read(&energy)?, tokens_plan.read(&tokens)?);
        for (meter, series) in plan.meters.iter().zip(&read.parts) {
            let sampled = match meter.unit {
                crate::command::measure::meters::Unit::Gauge(_) => {
                    format!(", watts that are read every {} s and added up", options.step.as_secs_f64())
                }
                crate::command::measure::meters::Unit::Counter(_) => String::new(),
            };
            say(format!(
                "{}: {}, {} series{sampled}",
                meter.part.name(),
                meter.metrics.join(" and "),
                series.len()
            ));
        }
        say(format!("tokens: {} of {}", tokens_plan.engine.output, tokens_plan.engine.name));
        Ok((plan, tokens_plan, OpenWindow::new(at, read, counted)))
    }

    /// A window from now on; tries until there is one.
    fn reopen(&self, plan: &EnergyPlan, tokens_plan: &TokenPlan, say: &mut dyn FnMut(String)) -> OpenWindow {
        loop {
            match self.read(plan, Some(tokens_plan)) {
                Ok((at, energy, Some(tokens))) => return OpenWindow::new(at, energy, tokens),
                Ok((_, _, None)) => {}
                Err(fault) => say(format!("{fault}; trying again")),
            }
            thread::sleep(self.options.step);
        }
    }

    fn read(&self, plan: &EnergyPlan, tokens_plan: Option<&TokenPlan>) -> Result<Read, String> {
        let energy = plan.read(&self.energy()?).map_err(|fault| self.of_energy(&fault))?;
        let at = now();
        let tokens = tokens_plan.map(|tokens_plan| {
            let counted = tokens_plan.read(&self.fetch(&self.options.tokens_url)?);
            counted.map_err(|fault| self.of_tokens(&fault))
        });
        Ok((at, energy, tokens.transpose()?))
    }

    /// A fault of what the exporters of energy state, with their addresses.
    fn of_energy(&self, fault: &str) -> String {
        format!("{}: {fault}", self.options.energy_urls.join(" and "))
    }

    /// A fault of what the server counts, with its address.
    fn of_tokens(&self, fault: &str) -> String {
        format!("{}: {fault}", self.options.tokens_url)
    }

    fn energy(&self) -> Result<Vec<Sample>, String> {
        let mut samples = Vec::new();
        for url in &self.options.energy_urls {
            samples.extend(self.fetch(url)?);
        }
        Ok(samples)
    }

    fn fetch(&self, url: &str) -> Result<Vec<Sample>, String> {
        let text = || -> Result<(u16, String), ureq::Error> {
            let mut answer = self.agent.get(url).call()?;
            Ok((answer.status().as_u16(), answer.body_mut().read_to_string()?))
        };
        match text() {
            Ok((200, text)) => exposition::samples(&text).map_err(|error| format!("{url}: {error}")),
            Ok((status, _)) => Err(format!("{url} answers {status}")),
            Err(error) => Err(format!("{url}: {error}")),
        }
    }
}

/// The time to the millisecond, as the ledger keeps it.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

fn lost(open: &OpenWindow, at: Timestamp, reason: &str) -> String {
    format!("the window from {} to {at} was not sent: {reason}", open.from())
}

fn described(window: &WindowRequest, length: SignedDuration) -> String {
    let joules = [window.accelerator_joules, window.host_joules, window.node_joules];
    let millijoules: u64 = joules.into_iter().flatten().map(|joules| joules.uj / 1_000).sum();
    let count = |count: Option<crate::ingest::window::WindowCount>| {
        count.map_or_else(|| "unknown".to_owned(), |count| count.0.to_string())
    };
    format!(
        "{} {:.0} s: {} J, {} input tokens ({} cached), {} output tokens",
        window.to.as_deref().unwrap_or_default(),
        length.as_secs_f64(),
        millijoules / 1_000,
        count(window.input_tokens),
        count(window.cache_read_input_tokens),
        count(window.output_tokens),
    )
}

/// Windows on their way to the server.
struct Outbox<'c> {
    client: &'c ApiClient,
    waiting: VecDeque<WindowRequest>,
}

#[derive(Deserialize)]
struct WindowsAnswer {
    rejected: Vec<RejectedWindow>,
}

#[derive(Deserialize)]
struct RejectedWindow {
    detail: String,
}

impl Outbox<'_> {
    fn push(&mut self, window: WindowRequest, say: &mut dyn FnMut(String)) {
        if self.waiting.len() == WAITING_MAX
            && let Some(oldest) = self.waiting.pop_front()
        {
            let to = oldest.to.unwrap_or_default();
            say(format!("the window until {to} is lost: {WAITING_MAX} others wait for the server"));
        }
        self.waiting.push_back(window);
    }

    /// Sends what waits; what the server does not take for now waits on. An error is one that waiting would not help.
    fn send(&mut self, say: &mut dyn FnMut(String)) -> Result<(), String> {
        while !self.waiting.is_empty() {
            let count = self.waiting.len().min(SENT_MAX);
            let lines: Vec<Vec<u8>> = self
                .waiting
                .iter()
                .take(count)
                .filter_map(|window| serde_json::to_vec(window).ok())
                .collect();
            match self.client.send(&packed(&lines))? {
                Answered::Done(said) => {
                    let answer: WindowsAnswer = serde_json::from_str(&said)
                        .map_err(|_| format!("{} does not answer like a tracker", self.client.url()))?;
                    answer.rejected.into_iter().for_each(|row| say(format!("refused: {}", row.detail)));
                    self.waiting.drain(..count);
                }
                Answered::TooLarge => return Err(format!("{}: too large", self.client.url())),
                Answered::Later(fault, _) => {
                    let waiting = match self.waiting.len() {
                        1 => "1 window waits".to_owned(),
                        count => format!("{count} windows wait"),
                    };
                    say(format!("{}: {fault}; {waiting}", self.client.url()));
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Sends until nothing waits.
    fn send_all(&mut self, say: &mut dyn FnMut(String)) -> Result<(), String> {
        loop {
            self.send(say)?;
            if self.waiting.is_empty() {
                return Ok(());
            }
            thread::sleep(Duration::from_secs(1));
        }
    }
}
