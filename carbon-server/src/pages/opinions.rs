//! What the methods say of one call, side by side.

use crate::pages::format::{FormattedUsage, RangeBar};
use carbon_core::{Method, Opinions, Range, method::Consistency};
use carbon_report::{Language, Valued, words::Wording};

/// The values of a call by the published table, by our own calculation and by EcoLogits, and what to know of them.
pub(super) struct OpinionTable {
    pub(super) rows: Vec<MethodRow>,
    pub(super) grid: Option<String>,
    pub(super) spread: Option<String>,
    pub(super) consistency: Option<&'static str>,
    pub(super) caveats: Vec<String>,
}

/// The value by one method.
pub(super) struct MethodRow {
    pub(super) method: &'static str,
    pub(super) what: &'static str,
    pub(super) figures: FormattedUsage,
    /// `None` where there is no central value.
    pub(super) drawn: Option<RangeBar>,
    /// Empty where its maker states none.
    pub(super) level: &'static str,
    pub(super) source: String,
    pub(super) url: Option<String>,
}

impl OpinionTable {
    pub(super) fn of(opinions: &Opinions<'_>) -> Self {
        let deployment = &opinions.deployment;
        let wording = Wording::of(Language::En);
        let valued = |co2| Valued { usage: opinions.usage, co2: Some(co2), energy: None, water: None };
        let coefficient =
            opinions.coefficient.map(|(factor, co2)| (Method::Coefficient, factor.record(), valued(co2)));
        let bottom_up = opinions.bottom_up.as_ref().map(|ours| {
            let valued =
                Valued { energy: Some(ours.energy()), water: Some(ours.water()), ..valued(ours.co2()) };
            (Method::BottomUp, ours.factor().record(), valued)
        });
        let both: Vec<_> = coefficient.into_iter().chain(bottom_up).collect();
        let ranges: Vec<Range<_>> = both.iter().map(|(.., valued)| valued.co2.unwrap_or_default()).collect();
        let rows =
            both.into_iter().zip(RangeBar::side_by_side(&ranges)).map(|((method, record, valued), drawn)| {
                MethodRow {
                    method: method.as_str(),
                    what: if method == Method::Coefficient {
                        "the published table"
                    } else {
                        "our own calculation"
                    },
                    figures: FormattedUsage::of(&valued, Language::En, ""),
                    drawn: Some(drawn),
                    level: deployment.confidence(record).as_str(),
                    source: record.source().title().to_owned(),
                    url: record.source().url().map(str::to_owned),
                }
            });
        let mut rows: Vec<MethodRow> = rows.collect();
        if !rows.is_empty() || deployment.model.video().is_some() {
            rows.extend(ecologits(opinions));
        }
        OpinionTable {
            rows,
            grid: deployment.location.map(|location| {
                let grid = location.zone.grid();
                let year = grid.year().map_or_else(String::new, |year| format!(", {year}"));
                format!(
                    "{} ({} g/kWh{year}; {})",
                    location.zone.name(),
                    grid.g_per_kwh(),
                    grid.source().title()
                )
            }),
            spread: opinions
                .spread()
                .map(|[low, high]| format!("{} to {}", wording.mass(low), wording.mass(high))),
            consistency: opinions.consistency().map(|consistency| match consistency {
                Consistency::Inside => "The published value is within the range of our own calculation.",
                Consistency::Below => "The published value is below the range of our own calculation.",
                Consistency::Above => "The published value is above the range of our own calculation.",
            }),
            caveats: opinions.caveats(),
        }
    }
}

/// The values by EcoLogits, with all inputs at their lowest and at their highest.
fn ecologits(opinions: &Opinions<'_>) -> Option<MethodRow> {
    let (bounds, source) = (opinions.ecologits?, opinions.ecologits_source?);
    let valued = Valued { usage: opinions.usage, co2: None, energy: None, water: None };
    let wording = Wording::of(Language::En);
    Some(MethodRow {
        method: Method::Ecologits.as_str(),
        what: "the equations of EcoLogits",
        figures: FormattedUsage {
            bounds: Some(bounds.map(|bound| wording.mass(bound.co2))),
            ..FormattedUsage::of(&valued, Language::En, "–")
        },
        drawn: None,
        level: "",
        source: source.title().to_owned(),
        url: source.url().map(str::to_owned),
    })
}
