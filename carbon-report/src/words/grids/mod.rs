//! What the report says of grids in time.

mod de;
mod en;
mod es;
mod fr;
mod it;
mod nl;
mod pl;

use crate::language::Language;
use carbon_core::grid::GridResolution;

/// Texts of a language. `{…}` marks what the layout fills in.
pub(crate) struct GridWords {
    pub(crate) heading: &'static str,
    pub(crate) note: &'static str,
    /// In the order of [`GridResolution::ALL`].
    resolutions: [&'static str; 3],
    /// Heads: resolution, tokens, share of tokens, energy, share of energy.
    pub(crate) by_resolution: [&'static str; 5],
    /// Heads: series, source and licence, g per kWh, share of energy.
    pub(crate) series: [&'static str; 4],
    /// `{from}`, `{to}`, `{values}`, `{gaps}`.
    pub(crate) span: &'static str,
    /// `{vintage}`.
    pub(crate) vintage: &'static str,
    /// `{low}`, `{mean}`, `{high}`.
    pub(crate) range: &'static str,
    pub(crate) digest: &'static str,
    pub(crate) by_hour: &'static str,
    /// `{unit}`.
    pub(crate) energy_axis: &'static str,
    pub(crate) grid_axis: &'static str,
    /// `{load_hour}`, `{grid_hour}`, `{lowest}`, `{highest}`.
    pub(crate) by_hour_summary: &'static str,
    /// Heads of the hours as a table: hour, energy.
    pub(crate) hours: [&'static str; 2],
    /// Where a factor has no rate in grams.
    pub(crate) grams_follow: &'static str,
    /// Before the grams per kilowatt hour of several values.
    pub(crate) mean: &'static str,
}

impl GridWords {
    pub(crate) fn of(language: Language) -> &'static GridWords {
        match language {
            Language::En => &en::EN,
            Language::Fr => &fr::FR,
            Language::De => &de::DE,
            Language::It => &it::IT,
            Language::Es => &es::ES,
            Language::Nl => &nl::NL,
            Language::Pl => &pl::PL,
        }
    }

    pub(crate) fn resolution(&self, resolution: GridResolution) -> &'static str {
        self.resolutions[resolution as usize]
    }
}
