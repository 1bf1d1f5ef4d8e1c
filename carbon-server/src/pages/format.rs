//! Figures to display, worded and rounded as in the report.

use carbon_core::{Grams, Millilitres, Range, WattHours};
use carbon_report::{
    Language, Valued,
    figure::{self, MassUnit},
    words::Wording,
};
use rust_decimal::Decimal;

/// Emissions, energy and water of some usage.
pub(super) struct FormattedUsage {
    pub(super) requests: String,
    pub(super) tokens: String,
    pub(super) input_tokens: String,
    pub(super) output_tokens: String,
    pub(super) grams: String,
    /// Low and high, in the unit of the central value.
    pub(super) bounds: Option<[String; 2]>,
    pub(super) energy: Option<Spread>,
    pub(super) water: Option<Spread>,
}

/// A quantity with its bounds.
pub(super) struct Spread {
    pub(super) central: String,
    pub(super) bounds: [String; 2],
}

impl FormattedUsage {
    /// `unknown` is shown for emissions without a figure.
    pub(super) fn of(valued: &Valued, language: Language, unknown: &str) -> Self {
        let wording = Wording::of(language);
        let masses = valued.co2.map(|co2| wording.masses(co2));
        FormattedUsage {
            requests: wording.count(valued.usage.requests),
            tokens: wording.count(valued.usage.total_tokens()),
            input_tokens: wording.count(valued.usage.input_tokens),
            output_tokens: wording.count(valued.usage.output_tokens),
            grams: masses.as_ref().map_or_else(|| unknown.to_owned(), |[_, central, _]| central.clone()),
            bounds: masses.map(|[low, _, high]| [low, high]),
            energy: valued.energy.map(|energy| spread_of_energy(energy, language)),
            water: valued.water.map(|water| spread_of_water(water, language)),
        }
    }

    /// The bounds, inserted for `{low}` and `{high}`.
    pub(super) fn range(&self, from_to: &str) -> String {
        self.bounds.as_ref().map_or_else(String::new, |bounds| between(from_to, bounds))
    }
}

/// Inserts bounds into a text.
pub(super) fn between(from_to: &str, [low, high]: &[String; 2]) -> String {
    from_to.replace("{low}", low).replace("{high}", high)
}

fn spread_of_energy(energy: Range<WattHours>, language: Language) -> Spread {
    Spread {
        central: figure::energy(energy.central(), language),
        bounds: figure::energy_bounds(energy, language),
    }
}

fn spread_of_water(water: Range<Millilitres>, language: Language) -> Spread {
    Spread {
        central: figure::water(water.central(), language),
        bounds: [water.low(), water.high()].map(|bound| figure::water(bound, language)),
    }
}

/// The scale of a chart: a unit that suits its highest mass.
#[derive(Clone, Copy)]
pub(super) struct Scale(MassUnit);

impl Scale {
    pub(super) fn to_the_highest(masses: impl Iterator<Item = Grams>) -> Self {
        Scale(MassUnit::for_grams(masses.max().unwrap_or_default()))
    }

    pub(super) fn symbol(self) -> &'static str {
        self.0.symbol()
    }

    /// A mass as a plain number.
    pub(super) fn place(self, grams: Grams) -> String {
        self.0.of(grams).round_dp(6).normalize().to_string()
    }

    /// Low, central and high.
    pub(super) fn places(self, range: Range<Grams>) -> [String; 3] {
        [range.low(), range.central(), range.high()].map(|grams| self.place(grams))
    }
}

/// A range in a chart: positions in percent of the widest range next to it.
pub(super) struct RangeBar {
    pub(super) low: String,
    pub(super) central: String,
    pub(super) high: String,
}

impl RangeBar {
    /// Ranges on one scale, from zero to the highest bound.
    pub(super) fn side_by_side(ranges: &[Range<Grams>]) -> Vec<RangeBar> {
        let highest = ranges.iter().map(|range| range.high()).max().unwrap_or_default().as_decimal();
        let place = |grams: Grams| {
            let hundredths =
                (grams.as_decimal() * Decimal::ONE_HUNDRED).checked_div(highest).unwrap_or_default();
            hundredths.round_dp(2).to_string()
        };
        let drawn = ranges.iter().map(|range| RangeBar {
            low: place(range.low()),
            central: place(range.central()),
            high: place(range.high()),
        });
        drawn.collect()
    }
}

/// A part of a whole, as a stretch of a bar.
pub(super) struct ShareBar {
    /// The word of the level in JSON, which is also its class in the style sheet.
    pub(super) level: &'static str,
    pub(super) words: &'static str,
    pub(super) share: String,
    pub(super) from: String,
    pub(super) width: String,
}

impl ShareBar {
    /// Shares of the emissions by confidence level; what has no figure is left out.
    pub(super) fn of_levels(statement: &carbon_report::Statement, language: Language) -> Vec<ShareBar> {
        let wording = Wording::of(language);
        let known = statement
            .by_confidence
            .iter()
            .filter_map(|line| Some((line.confidence?, line.valued.co2?.central().as_decimal())));
        let known: Vec<_> = known.collect();
        let whole: Decimal = known.iter().map(|(_, grams)| *grams).sum();
        let mut from = Decimal::ZERO;
        let parts = known.into_iter().map(|(level, grams)| {
            let share = grams.checked_div(whole);
            let width = (share.unwrap_or_default() * Decimal::ONE_HUNDRED).round_dp(2);
            let part = ShareBar {
                level: level.as_str(),
                words: wording.confidence(Some(level)),
                share: share.map_or_else(String::new, |share| wording.percent(share)),
                from: from.to_string(),
                width: width.to_string(),
            };
            from += width;
            part
        });
        parts.collect()
    }
}
