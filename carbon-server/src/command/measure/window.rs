//! A window from scrapes: what counters rose by, and watts over their time.

use crate::{
    command::measure::{
        meters::{Part, Unit},
        plan::{EnergyPlan, EnergyReading, Series, TokenReading},
    },
    ingest::window::{Joules, WindowCount, WindowRequest},
};
use jiff::Timestamp;

/// What every window says of itself.
#[derive(Clone, Debug)]
pub(super) struct Stamp {
    pub(super) model: String,
    pub(super) meter: String,
}

/// A window that goes on.
#[derive(Debug)]
pub(super) struct OpenWindow {
    from: Timestamp,
    energy: EnergyReading,
    tokens: TokenReading,
    /// Joules of the watts since, of each meter of the plan.
    integrated: Vec<f64>,
    last: (Timestamp, EnergyReading),
}

/// What became of a window.
#[derive(Debug, PartialEq)]
pub(super) enum Ended {
    Window(Box<WindowRequest>),
    /// Counters disagree for now: it goes on until they agree.
    GoesOn,
    /// It is of no use, for this reason.
    Lost(String),
}

impl OpenWindow {
    pub(super) fn new(at: Timestamp, energy: EnergyReading, tokens: TokenReading) -> Self {
        let integrated = vec![0.0; energy.parts.len()];
        OpenWindow { from: at, last: (at, energy.clone()), energy, tokens, integrated }
    }

    pub(super) fn from(&self) -> Timestamp {
        self.from
    }

    /// Takes a reading of the energy on the way; an error where the watts between are not known.
    pub(super) fn pass(
        &mut self,
        plan: &EnergyPlan,
        at: Timestamp,
        energy: EnergyReading,
        gap_s_max: f64,
    ) -> Result<(), String> {
        let seconds = at.duration_since(self.last.0).as_secs_f64();
        for (place, meter) in plan.meters.iter().enumerate() {
            if let Unit::Gauge(_) = meter.unit {
                let (before, now) = (&self.last.1.parts[place], &energy.parts[place]);
                let name = meter.metrics[0];
                if seconds > gap_s_max {
                    return Err(format!("{name} was not read for {seconds:.0} s"));
                }
                if !before.keys().eq(now.keys()) {
                    return Err(format!("{name} has other series than before"));
                }
                let watts = (before.values().sum::<f64>() + now.values().sum::<f64>()) / 2.0;
                self.integrated[place] += watts * seconds;
            }
        }
        self.last = (at, energy);
        Ok(())
    }

    /// Ends it with the reading that was passed last.
    pub(super) fn end(&self, plan: &EnergyPlan, stamp: &Stamp, tokens: &TokenReading) -> Ended {
        match self.request(plan, stamp, tokens) {
            Ok(Some(request)) => Ended::Window(Box::new(request)),
            Ok(None) => Ended::GoesOn,
            Err(reason) => Ended::Lost(reason),
        }
    }

    fn request(
        &self,
        plan: &EnergyPlan,
        stamp: &Stamp,
        tokens: &TokenReading,
    ) -> Result<Option<WindowRequest>, String> {
        let mut request = WindowRequest {
            model: Some(stamp.model.clone()),
            from: Some(self.from.to_string()),
            to: Some(self.last.0.to_string()),
            meter: Some(stamp.meter.clone()),
            scope: Some(plan.scope.as_str().to_owned()),
            ..WindowRequest::default()
        };
        for (place, meter) in plan.meters.iter().enumerate() {
            let joules = match meter.unit {
                Unit::Counter(_) => {
                    let name = meter.metrics[0];
                    risen(name, &self.energy.parts[place], &self.last.1.parts[place], NewSeries::Unknown)?
                }
                Unit::Gauge(_) => self.integrated[place],
            };
            let joules = Joules::of(joules).ok_or("more energy than a window may have")?;
            match meter.part {
                Part::Accelerator => request.accelerator_joules = Some(joules),
                Part::Host => request.host_joules = Some(joules),
                Part::Node => request.node_joules = Some(joules),
            }
        }
        let count = |name: &str, before: &Series, now: &Series| {
            let risen = risen(name, before, now, NewSeries::FromZero)?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "counted from zero on"
            )]
            Ok::<_, String>(WindowCount(risen.round() as u64))
        };
        let optional = |name: &str, before: &Option<Series>, now: &Option<Series>| match (before, now) {
            (Some(before), Some(now)) => count(name, before, now).map(Some),
            // It appears with the first call.
            (None, Some(now)) => count(name, &Series::new(), now).map(Some),
            (_, None) => Ok(None),
        };
        let input = count("input tokens", &self.tokens.input, &tokens.input)?;
        let cached = optional("cached tokens", &self.tokens.cached, &tokens.cached)?;
        // Some servers count a cached token when a call begins, and its prompt when it ends.
        if cached.is_some_and(|cached| cached.0 > input.0) {
            return Ok(None);
        }
        request.input_tokens = Some(input);
        request.cache_read_input_tokens = cached;
        request.output_tokens = Some(count("output tokens", &self.tokens.output, &tokens.output)?);
        request.requests = optional("requests", &self.tokens.requests, &tokens.requests)?;
        Ok(Some(request))
    }
}

/// What a series that was not there before has counted.
#[derive(Clone, Copy)]
enum NewSeries {
    /// All of it in between: servers make a series with the first thing they count in it.
    FromZero,
    /// Nobody knows how much of it in between.
    Unknown,
}

/// What counters rose by; an error where one began again or is gone.
fn risen(name: &str, before: &Series, now: &Series, new: NewSeries) -> Result<f64, String> {
    let gone = before.keys().any(|id| !now.contains_key(id));
    let is_new = now.keys().any(|id| !before.contains_key(id));
    if gone || (is_new && matches!(new, NewSeries::Unknown)) {
        return Err(format!("{name}: other series than before"));
    }
    let rises = now.iter().map(|(id, now)| now - before.get(id).copied().unwrap_or(0.0));
    let rises: Vec<f64> = rises.collect();
    if rises.iter().any(|rise| *rise < 0.0) {
        return Err(format!("{name}: the counter began again"));
    }
    Ok(rises.iter().sum())
}
