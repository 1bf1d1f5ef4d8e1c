//! The hours of a month's days as a picture: load, and the intensity of the grid.

use carbon_report::{Statement, figure, words::Wording};
use rust_decimal::{Decimal, prelude::ToPrimitive};

/// The picture, and the same as a table.
pub(super) struct Hours {
    pub(super) heading: String,
    pub(super) energy_axis: String,
    pub(super) grid_axis: String,
    /// Heads of the table: hour, energy, grid intensity, emissions.
    pub(super) heads: [String; 3],
    pub(super) rows: Vec<HourRow>,
    /// Highest values of both scales.
    pub(super) tops: [String; 2],
}

pub(super) struct HourRow {
    pub(super) hour: String,
    pub(super) energy: String,
    pub(super) g_per_kwh: String,
    pub(super) grams: String,
    /// Left edge of its slot.
    pub(super) x: u32,
    /// Height of the bar.
    pub(super) bar: u32,
    /// Height of the mark; `None` where no intensity is known.
    pub(super) mark: Option<u32>,
}

/// Units of the picture: a slot of an hour, and its height.
const SLOT: u32 = 20;
const HEIGHT: u32 = 160;

/// `None` where no hour is known.
pub(super) fn hours(statement: &Statement, wording: Wording) -> Option<Hours> {
    let language = statement.heading.language;
    let lines = &statement.grids.as_ref().filter(|grids| !grids.by_hour.is_empty())?.by_hour;
    let most = lines.iter().map(|line| line.energy).max()?;
    let highest = lines.iter().filter_map(|line| line.mean_g_per_kwh).max();
    let (unit, _) = figure::energy_unit(most);
    let number = |value: Decimal| language.number(figure::three_significant(value).normalize());
    let rows = (0u32..).zip(lines).map(|(place, line)| HourRow {
        hour: format!("{:02}:00", line.hour),
        energy: figure::energy(line.energy, language),
        g_per_kwh: line.mean_g_per_kwh.map(number).unwrap_or_default(),
        grams: wording.mass(line.co2),
        x: place * SLOT,
        bar: height(line.energy.as_decimal(), most.as_decimal()),
        mark: line.mean_g_per_kwh.zip(highest).map(|(mean, highest)| height(mean, highest)),
    });
    let [heading, energy_axis, grid_axis, hour, energy, g_per_kwh] = wording.hours(unit);
    Some(Hours {
        heading,
        energy_axis,
        grid_axis,
        heads: [hour, energy, g_per_kwh],
        rows: rows.collect(),
        tops: [figure::energy(most, language), highest.map(number).unwrap_or_default()],
    })
}

/// A part of the highest, in units of the picture: for the eye alone.
fn height(value: Decimal, highest: Decimal) -> u32 {
    let share = value.checked_div(highest).unwrap_or_default() * Decimal::from(HEIGHT);
    share.round().to_u32().unwrap_or(0).min(HEIGHT)
}

impl HourRow {
    pub(super) fn top(&self) -> u32 {
        HEIGHT - self.bar
    }

    pub(super) fn mark_top(&self) -> Option<u32> {
        Some((HEIGHT - self.mark?).min(HEIGHT - 3))
    }
}
