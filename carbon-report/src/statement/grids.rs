//! Grids in time: which emissions of electricity were applied to which part of a month.

use crate::{
    activity::Activity,
    valued::{self},
    wire,
};
use carbon_core::{
    Grams, Usage, WattHours,
    grid::{GridResolution, GridSeries},
    method::AppliedFactor,
    place::AppliedGrid,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How finely the electricity of a month follows time, and by which series. The values of a series are the supplier's, under
/// its licence: they are named by a digest and stand in no form of the statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Grids {
    /// One line for each resolution that was applied, the finest first. Together they are the activity whose method asks for a
    /// place.
    pub by_resolution: Vec<ResolutionLine>,
    /// The series that were applied, by their names.
    pub series: Vec<SeriesLine>,
    /// One line for each hour of the day, UTC, over the activity whose hour is known; empty where none is.
    pub by_hour: Vec<HourLine>,
}

/// What was applied to how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GridShare {
    /// Tokens of calls.
    pub tokens: u64,
    /// Their share, 0 to 1.
    #[serde(with = "wire::maybe_text")]
    pub tokens_share: Option<Decimal>,
    /// Facility energy, central.
    #[serde(rename = "energy_wh", with = "wire::quantity")]
    pub energy: WattHours,
    /// Its share, 0 to 1.
    #[serde(with = "wire::maybe_text")]
    pub energy_share: Option<Decimal>,
}

/// The part of a month whose electricity was valued with one resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResolutionLine {
    /// By the hour, by the month, or by the year, as the factor set has it.
    pub resolution: GridResolution,
    /// How much.
    #[serde(flatten)]
    pub share: GridShare,
}

/// A series that was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeriesLine {
    /// Its name, which changes with its values.
    pub factor_id: String,
    /// The zone or cloud region that it is of.
    pub zone: String,
    /// By the hour or by the month.
    pub resolution: GridResolution,
    /// First hour or month of the series.
    pub from: String,
    /// Last hour or month.
    pub to: String,
    /// How many of these have a value.
    pub values: usize,
    /// How many have none.
    pub gaps: usize,
    /// The state of the data, in the supplier's words.
    pub vintage: String,
    /// Who publishes it.
    pub source: String,
    /// The terms under which the supplier has it.
    pub licence: String,
    /// Digest of its values.
    pub sha256: String,
    /// Digest of the file that it was imported from, where there was one.
    pub file_sha256: Option<String>,
    /// Lowest value that was applied, in grams per kilowatt hour.
    #[serde(with = "wire::text")]
    pub lowest_g_per_kwh: Decimal,
    /// Mean of those applied, each weighed by its energy.
    #[serde(with = "wire::text")]
    pub mean_g_per_kwh: Decimal,
    /// Highest value that was applied.
    #[serde(with = "wire::text")]
    pub highest_g_per_kwh: Decimal,
    /// How much it was applied to.
    #[serde(flatten)]
    pub share: GridShare,
}

/// A line's part that was valued with one grid factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LineGrid {
    /// The series, or the factor of the set.
    pub factor_id: String,
    /// By the hour, by the month or by the year.
    pub resolution: GridResolution,
    /// Its grams per kilowatt hour, where it is of the set: the values of a series stand in no statement.
    #[serde(with = "wire::maybe_text")]
    pub g_per_kwh: Option<Decimal>,
    /// How much of the line.
    #[serde(flatten)]
    pub share: GridShare,
}

/// An hour of the day over the whole month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HourLine {
    /// 0 to 23, UTC.
    pub hour: i8,
    /// Tokens of calls in that hour.
    pub tokens: u64,
    /// Facility energy, central.
    #[serde(rename = "energy_wh", with = "wire::quantity")]
    pub energy: WattHours,
    /// Emissions of electricity and hardware, central, of calls whose method asks for a place.
    #[serde(rename = "co2_grams", with = "wire::quantity")]
    pub co2: Grams,
    /// Mean of the grid values applied, each weighed by its energy; `None` where there was none.
    #[serde(with = "wire::maybe_text")]
    pub mean_g_per_kwh: Option<Decimal>,
}

/// Energy by the value of the grid, so that means are the same in any order.
#[derive(Clone, Debug, Default)]
pub(super) struct ByValue(BTreeMap<u64, WattHours>);

/// Decimals of a mean.
const MEAN_DECIMALS: u32 = 6;

impl ByValue {
    fn add(&mut self, g_per_kwh: f64, energy: WattHours) {
        // Bits of numbers above zero are in the order of the numbers.
        let sum = self.0.entry(g_per_kwh.to_bits()).or_default();
        *sum = *sum + energy;
    }

    fn values(&self) -> impl DoubleEndedIterator<Item = (Decimal, Decimal)> {
        self.0.iter().map(|(bits, energy)| (decimal(f64::from_bits(*bits)), energy.as_decimal()))
    }

    pub(super) fn mean(&self) -> Option<Decimal> {
        let energy: Decimal = self.values().map(|(_, energy)| energy).sum();
        let weighed: Decimal = self.values().map(|(value, energy)| value * energy).sum();
        Some(weighed.checked_div(energy)?.round_dp(MEAN_DECIMALS).normalize())
    }

    fn ends(&self) -> [Decimal; 2] {
        let ends = [self.values().next(), self.values().next_back()];
        ends.map(|end| end.map_or(Decimal::ZERO, |(value, _)| value))
    }
}

/// A value as it was entered: as text a float is the decimal that it was read from.
fn decimal(value: f64) -> Decimal {
    value.to_string().parse().unwrap_or_default()
}

/// What one grid factor was applied to.
#[derive(Clone, Debug)]
pub(super) struct Applied<'a> {
    pub(super) resolution: GridResolution,
    pub(super) series: Option<&'a GridSeries>,
    tokens: u128,
    energy: WattHours,
    values: ByValue,
}

/// Grid factors by name, each with what it was applied to.
#[derive(Clone, Debug, Default)]
pub(super) struct AppliedGrids<'a>(BTreeMap<&'a str, Applied<'a>>);

impl<'a> AppliedGrids<'a> {
    /// Counts in what a factor values, where it has a place.
    pub(super) fn add(&mut self, factor: &AppliedFactor<'a>, usage: &Usage) {
        let Some((grid, energy)) = factor.grid().zip(factor.energy_central(usage)) else { return };
        let applied = self.0.entry(grid.id()).or_insert_with(|| Applied {
            resolution: grid.resolution(),
            series: grid.series(),
            tokens: 0,
            energy: WattHours::default(),
            values: ByValue::default(),
        });
        applied.tokens += usage.total_tokens();
        applied.energy = applied.energy + energy;
        applied.values.add(grid.g_per_kwh(), energy);
    }

    /// All of them together.
    pub(super) fn sum<'s>(all: impl Iterator<Item = &'s Self>) -> Self
    where
        'a: 's,
    {
        let mut sum = AppliedGrids::default();
        for (id, part) in all.flat_map(|grids| &grids.0) {
            let Some(applied) = sum.0.get_mut(id) else {
                sum.0.insert(id, part.clone());
                continue;
            };
            applied.tokens += part.tokens;
            applied.energy = applied.energy + part.energy;
            for (bits, energy) in &part.values.0 {
                applied.values.add(f64::from_bits(*bits), *energy);
            }
        }
        sum
    }

    /// Whether any of it is a series.
    pub(super) fn any_series(&self) -> bool {
        self.0.values().any(|applied| applied.series.is_some())
    }

    fn total(&self) -> Total {
        Total {
            tokens: self.0.values().map(|applied| applied.tokens).sum(),
            energy: self.0.values().fold(WattHours::default(), |sum, applied| sum + applied.energy),
        }
    }

    /// The parts of a line; none where all of it is by the set's factor of the year.
    pub(super) fn of_line(&self) -> Vec<LineGrid> {
        if !self.any_series() {
            return Vec::new();
        }
        let total = self.total();
        let mut parts: Vec<LineGrid> = self
            .0
            .iter()
            .map(|(id, applied)| LineGrid {
                factor_id: (*id).to_owned(),
                resolution: applied.resolution,
                g_per_kwh: applied.values.mean().filter(|_| applied.series.is_none()),
                share: total.share(applied.tokens, applied.energy),
            })
            .collect();
        parts.sort_by_key(|part| part.resolution);
        parts
    }

    /// The mean over everything, each value weighed by its energy.
    pub(super) fn mean(&self) -> Option<Decimal> {
        let mut all = ByValue::default();
        for applied in self.0.values() {
            for (bits, energy) in &applied.values.0 {
                all.add(f64::from_bits(*bits), *energy);
            }
        }
        all.mean()
    }

    /// The series, and who publishes them.
    pub(super) fn series(&self) -> impl Iterator<Item = &'a GridSeries> {
        self.0.values().filter_map(|applied| applied.series)
    }
}

struct Total {
    tokens: u128,
    energy: WattHours,
}

/// Decimals of a share.
const SHARE_DECIMALS: u32 = 6;

impl Total {
    fn share(&self, tokens: u128, energy: WattHours) -> GridShare {
        let of_energy = energy.as_decimal().checked_div(self.energy.as_decimal());
        GridShare {
            tokens: count(tokens),
            tokens_share: valued::share(tokens, self.tokens),
            energy,
            energy_share: of_energy.map(|share| share.trunc_with_scale(SHARE_DECIMALS).normalize()),
        }
    }
}

#[derive(Clone, Debug, Default)]
struct HourSum {
    tokens: u128,
    energy: WattHours,
    co2: Grams,
    values: ByValue,
}

/// All of a month's grids as its rows come by.
#[derive(Clone, Debug, Default)]
pub(super) struct GridSums<'a> {
    applied: AppliedGrids<'a>,
    hours: BTreeMap<i8, HourSum>,
}

impl<'a> GridSums<'a> {
    pub(super) fn add(&mut self, row: &Activity, factor: &AppliedFactor<'a>) {
        self.applied.add(factor, &row.usage);
        let (Some(hour), Some(grid)) = (row.hour, factor.grid()) else { return };
        let Some(energy) = factor.energy_central(&row.usage) else { return };
        let sum = self.hours.entry(hour).or_default();
        sum.tokens += row.usage.total_tokens();
        sum.energy = sum.energy + energy;
        sum.co2 = sum.co2 + factor.co2_central(&row.usage);
        sum.values.add(grid.g_per_kwh(), energy);
    }

    /// `None` where the month is by the set's factors of the year alone, and nobody knows its hours.
    pub(super) fn finish(self) -> Option<Grids> {
        if self.hours.is_empty() && !self.applied.any_series() {
            return None;
        }
        let total = self.applied.total();
        let mut resolutions: BTreeMap<GridResolution, (u128, WattHours)> = BTreeMap::new();
        for applied in self.applied.0.values() {
            let (tokens, energy) = resolutions.entry(applied.resolution).or_default();
            *tokens += applied.tokens;
            *energy = *energy + applied.energy;
        }
        let by_resolution = resolutions.into_iter().map(|(resolution, (tokens, energy))| ResolutionLine {
            resolution,
            share: total.share(tokens, energy),
        });
        let series = self.applied.0.values().filter_map(|applied| {
            let series = applied.series?;
            let share = total.share(applied.tokens, applied.energy);
            Some(SeriesLine::of(series, &applied.values, share))
        });
        Some(Grids {
            by_resolution: by_resolution.collect(),
            series: series.collect(),
            by_hour: hour_lines(self.hours),
        })
    }
}

/// No month has more.
fn count(tokens: u128) -> u64 {
    u64::try_from(tokens).unwrap_or(u64::MAX)
}

fn hour_lines(mut hours: BTreeMap<i8, HourSum>) -> Vec<HourLine> {
    if hours.is_empty() {
        return Vec::new();
    }
    let line = |hour| {
        let HourSum { tokens, energy, co2, values } = hours.remove(&hour).unwrap_or_default();
        HourLine { hour, tokens: count(tokens), energy, co2, mean_g_per_kwh: values.mean() }
    };
    (0..24).map(line).collect()
}

impl SeriesLine {
    fn of(series: &GridSeries, values: &ByValue, share: GridShare) -> Self {
        let [lowest, highest] = values.ends();
        SeriesLine {
            factor_id: series.id().to_owned(),
            zone: series.zone.clone(),
            resolution: series.resolution,
            from: series.from(),
            to: series.to(),
            values: series.known(),
            gaps: series.gaps(),
            vintage: series.source.published().unwrap_or_default().to_owned(),
            source: series.source.publisher().to_owned(),
            licence: series.source.licence().to_owned(),
            sha256: series.sha256.clone(),
            file_sha256: series.file_sha256.clone(),
            lowest_g_per_kwh: lowest,
            mean_g_per_kwh: values.mean().unwrap_or(lowest),
            highest_g_per_kwh: highest,
            share,
        }
    }
}

/// The value that stands for a grid where lines show one.
pub(super) fn shown(grid: &AppliedGrid<'_>, applied: &AppliedGrids<'_>) -> f64 {
    let mean = applied.mean().and_then(|mean| mean.to_string().parse().ok());
    mean.unwrap_or(grid.g_per_kwh())
}
