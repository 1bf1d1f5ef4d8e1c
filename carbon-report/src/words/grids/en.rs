//! English.

use super::GridWords;

pub(super) const EN: GridWords = GridWords {
    heading: "Electricity over time",
    note: "Where the supplier has imported the carbon intensity of a grid by the hour or by the month, it replaces the yearly value of the factor set: by the hour where the hour of the calls is known and their region was sent, otherwise by the month, otherwise by the year. Missing values are not filled in. The values are licensed to the supplier and are not part of this report; the digest names them. Published factors are not affected. The error of a grid is taken to be the same in all its hours and months, so the range is not narrower than that of the yearly value.",
    resolutions: ["by the hour", "by the month", "by the year (factor set)"],
    by_resolution: ["Grid value", "Tokens", "Share of tokens", "Energy", "Share of energy"],
    series: ["Series", "Source and licence", "g CO₂e/kWh", "Share of energy"],
    span: "{from} to {to}; values: {values}, gaps: {gaps}",
    vintage: "as of {vintage}",
    range: "{low} – {high}, mean {mean}",
    digest: "SHA-256",
    by_hour: "Load and grid intensity by hour of the day",
    energy_axis: "Bars: energy ({unit}) in each hour of the day (UTC), over the month",
    grid_axis: "Marks: g CO₂e/kWh, mean weighted by energy",
    by_hour_summary: "Most energy was used from {load_hour} to one hour later; the mean intensity of the grids was lowest from {grid_hour} ({lowest} g/kWh) and {highest} g/kWh at most.",
    hours: ["Hour (UTC)", "Energy"],
    grams_follow: "energy × grid intensity of the hour or month (section 3) + hardware",
    mean: "mean",
};
