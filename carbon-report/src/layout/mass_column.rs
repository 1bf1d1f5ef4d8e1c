//! MassColumn of a column in one unit and to one precision, so that what is shown adds up to the total shown.

use super::view::View;
use crate::figure::{self, MassUnit};
use carbon_core::{Grams, Range};
use rust_decimal::{Decimal, RoundingStrategy};

/// How the masses of a table are shown.
pub(super) struct MassColumn {
    pub(super) unit: MassUnit,
    decimals: u32,
}

impl MassColumn {
    /// Significant digits of the total: one more than the cover shows.
    const DIGITS: u32 = 4;

    pub(super) fn for_total(total: Grams) -> Self {
        let unit = MassUnit::for_grams(total);
        MassColumn { unit, decimals: figure::decimals_for(unit.of(total), Self::DIGITS) }
    }

    /// `Low (kg)`, `Central (kg)`, `High (kg)`
    pub(super) fn heads(&self, view: &View<'_>) -> [String; 3] {
        let terms = view.terms;
        [terms.low, terms.central, terms.high].map(|words| format!("{words} ({})", self.unit.symbol()))
    }

    /// The cells of a column, and its total.
    pub(super) fn column(&self, view: &View<'_>, parts: &[Grams]) -> (Vec<String>, String) {
        let parts: Vec<Decimal> = parts.iter().map(|&grams| self.unit.of(grams)).collect();
        let shown = figure::apportion(&parts, self.decimals);
        let total = self.cell(view, parts.iter().sum(), shown.iter().sum());
        let cells = parts.iter().zip(&shown).map(|(&exact, &shown)| self.cell(view, exact, shown)).collect();
        (cells, total)
    }

    /// A figure that stands for itself, at the precision of the column.
    pub(super) fn alone(&self, view: &View<'_>, grams: Grams) -> String {
        let exact = self.unit.of(grams);
        let shown = exact.round_dp_with_strategy(self.decimals, RoundingStrategy::MidpointAwayFromZero);
        self.cell(view, exact, shown)
    }

    /// One bound of a range; words where there is none.
    pub(super) fn bound(
        &self,
        view: &View<'_>,
        co2: Option<Range<Grams>>,
        bound: fn(Range<Grams>) -> Grams,
    ) -> String {
        co2.map_or_else(|| view.terms.not_quantified.to_owned(), |co2| self.alone(view, bound(co2)))
    }

    /// A figure that rounds to nothing and is something is not shown as zero.
    fn cell(&self, view: &View<'_>, exact: Decimal, mut shown: Decimal) -> String {
        shown.rescale(self.decimals);
        if shown.is_zero() && exact > Decimal::ZERO {
            return format!("<\u{a0}{}", view.language.number(Decimal::new(1, self.decimals)));
        }
        view.language.number(shown)
    }
}
