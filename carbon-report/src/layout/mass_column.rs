//! Masses of a column in one unit, each rounded as it is everywhere else.

use super::view::View;
use crate::figure::{self, MassUnit};
use carbon_core::{Grams, Range};
use rust_decimal::Decimal;

/// How the masses of a table are shown.
pub(super) struct MassColumn {
    pub(super) unit: MassUnit,
}

impl MassColumn {
    /// What is less is said to be less: a thousandth of the unit.
    const LEAST: Decimal = Decimal::from_parts(1, 0, 0, false, 3);

    pub(super) fn for_total(total: Grams) -> Self {
        MassColumn { unit: MassUnit::for_grams(total) }
    }

    /// `Low (kg)`, `Central (kg)`, `High (kg)`
    pub(super) fn heads(&self, view: &View<'_>) -> [String; 3] {
        let terms = view.terms;
        [terms.low, terms.central, terms.high].map(|words| format!("{words} ({})", self.unit.symbol()))
    }

    /// A mass with the digits that it has wherever it stands.
    pub(super) fn cell(&self, view: &View<'_>, grams: Grams) -> String {
        let exact = self.unit.of(grams);
        let size = exact.abs();
        if !size.is_zero() && size < Self::LEAST {
            let (sign, least) = if exact > Decimal::ZERO { ("<", Self::LEAST) } else { (">", -Self::LEAST) };
            return format!("{sign}\u{a0}{}", view.language.number(least));
        }
        view.language.number(figure::three_significant(exact))
    }

    /// One bound of a range; words where there is none.
    pub(super) fn bound(
        &self,
        view: &View<'_>,
        co2: Option<Range<Grams>>,
        bound: fn(Range<Grams>) -> Grams,
    ) -> String {
        co2.map_or_else(|| view.terms.not_quantified.to_owned(), |co2| self.cell(view, bound(co2)))
    }
}
