//! The table that is printed: one row for each call.

use crate::{IS_MEASURED, sample::Sample};
use std::time::Duration;

/// What a call may do as its ledger grows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    /// It shows as much as before, and takes as long.
    Flat,
    /// It shows all of what grows, or adds it up.
    Linear,
}

impl Aim {
    /// The largest exponent. Some above the ideal, since a machine is never quiet and memory has caches.
    fn exponent_max(self) -> f64 {
        match self {
            Aim::Flat => 0.25,
            Aim::Linear => 1.15,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Aim::Flat => "flat",
            Aim::Linear => "linear",
        }
    }
}

#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

struct Row {
    call: String,
    aim: Aim,
    samples: Vec<Sample>,
}

impl Table {
    pub(crate) fn add(&mut self, call: &str, aim: Aim, sample: Sample) {
        match self.rows.iter_mut().find(|row| row.call == call) {
            Some(row) => row.samples.push(sample),
            None => self.rows.push(Row { call: call.to_owned(), aim, samples: vec![sample] }),
        }
    }

    pub(crate) fn print(&self, name: &str, sizes: &[u64]) {
        let header: Vec<String> = sizes.iter().map(|size| format!("{size}")).collect();
        println!(
            "\n| {name}: CPU ms (on the clock) | {} | answer, kB | exponent | aim | met |",
            header.join(" | ")
        );
        println!("|---|{}---|---|---|---|", "---|".repeat(sizes.len()));
        for Row { call, aim, samples } in &self.rows {
            let cells: Vec<String> =
                samples.iter().map(|sample| format!("{} ({})", ms(sample.cpu), ms(sample.wall))).collect();
            let bytes = samples.last().map_or(0, |sample| sample.bytes);
            let exponent = exponent(samples, sizes);
            let met = match exponent {
                _ if !*IS_MEASURED => "-",
                None => "yes",
                Some(exponent) if exponent <= aim.exponent_max() => "yes",
                Some(_) => "**no**",
            };
            let exponent = exponent.map_or_else(|| "-".to_owned(), |exponent| format!("{exponent:.2}"));
            println!(
                "| {call} | {} | {} | {exponent} | {} | {met} |",
                cells.join(" | "),
                bytes.div_ceil(1_000),
                aim.words()
            );
        }
    }
}

fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1_000.0;
    if ms < 10.0 { format!("{ms:.2}") } else { format!("{ms:.0}") }
}

/// By which power of the size the processor time grows, from the smallest to the largest; `None` where it grows by too little
/// to tell.
fn exponent(samples: &[Sample], sizes: &[u64]) -> Option<f64> {
    const TOLD_FROM: Duration = Duration::from_millis(2);
    let (first, last) = (samples.first()?, samples.last()?);
    let (smallest, largest) = (sizes.first()?, sizes.last()?);
    if samples.len() < sizes.len() || last.cpu < first.cpu + TOLD_FROM {
        return None;
    }
    let least = Duration::from_micros(100);
    let times = last.cpu.as_secs_f64() / first.cpu.max(least).as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a ratio is rounded")]
    let growth = *largest as f64 / *smallest as f64;
    Some(times.ln() / growth.ln())
}
