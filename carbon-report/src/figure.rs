//! Rounding for the eye: units and significant digits. A quantity has the same digits wherever it is shown.
//!
//! No rounding here feeds a calculation; the exact digits are printed next to every rounded total.

use crate::language::Language;
use carbon_core::{Grams, Millilitres, Range, WattHours, quantity::Quantity};
use rust_decimal::{Decimal, RoundingStrategy};

/// Unit of mass that a figure is shown in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MassUnit {
    /// Grams.
    Gram,
    /// Kilograms.
    Kilogram,
    /// Metric tonnes.
    Tonne,
}

impl MassUnit {
    /// The largest unit in which `grams` is at least one.
    pub fn for_grams(grams: Grams) -> Self {
        let grams = grams.as_decimal();
        if grams >= Decimal::from(1_000_000) {
            MassUnit::Tonne
        } else if grams >= Decimal::from(1_000) {
            MassUnit::Kilogram
        } else {
            MassUnit::Gram
        }
    }

    /// Its symbol, the same in every language.
    pub fn symbol(self) -> &'static str {
        match self {
            MassUnit::Gram => "g",
            MassUnit::Kilogram => "kg",
            MassUnit::Tonne => "t",
        }
    }

    /// `grams` in this unit, exact.
    pub fn of(self, grams: Grams) -> Decimal {
        let decimals = match self {
            MassUnit::Gram => 0,
            MassUnit::Kilogram => 3,
            MassUnit::Tonne => 6,
        };
        (grams.as_decimal() * Decimal::new(1, decimals)).normalize()
    }
}

/// A count as a decimal; far beyond any count of tokens it stays at the largest.
pub fn whole(count: u128) -> Decimal {
    i128::try_from(count)
        .ok()
        .and_then(|count| Decimal::try_from_i128_with_scale(count, 0).ok())
        .unwrap_or(Decimal::MAX)
}

/// `value` over a power of ten, with every digit: a point moved to the left, whatever a decimal type could hold.
///
/// ```
/// use carbon_report::figure::over_power_of_ten;
/// let grams = "42.10".parse().unwrap();
/// assert_eq!(over_power_of_ten(grams, 3), "0.0421"); // kilograms
/// assert_eq!(over_power_of_ten(grams, 0), "42.1");
/// ```
pub fn over_power_of_ten(value: Decimal, power: u32) -> String {
    let value = value.normalize();
    let decimals = usize::try_from(value.scale() + power).unwrap_or(usize::MAX);
    let digits = format!("{:0>width$}", value.mantissa().unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let fraction = fraction.trim_end_matches('0');
    let sign = if value.mantissa() < 0 { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

/// The value that [`over_power_of_ten`] writes so; `None` of what is no number.
pub(crate) fn times_power_of_ten(text: &str, power: usize) -> Option<Decimal> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let moved = fraction.len().min(power);
    let (into_whole, fraction) = fraction.split_at_checked(moved)?;
    format!("{whole}{into_whole}{:0<zeros$}.{fraction}0", "", zeros = power - moved).parse().ok()
}

/// `value` to three significant digits: `0.0421`, `12.3`, `123`; whole numbers keep their digits.
pub fn three_significant(value: Decimal) -> Decimal {
    let rounded =
        value.round_dp_with_strategy(decimals_for(value, 3), RoundingStrategy::MidpointAwayFromZero);
    // What was 9.996 is 10.0 and not 10.00.
    rounded.round_dp(decimals_for(rounded, 3))
}

/// `42.1 kg` in the figures of `language`.
pub fn mass(grams: Grams, language: Language) -> String {
    let unit = MassUnit::for_grams(grams);
    format!("{}\u{a0}{}", language.number(three_significant(unit.of(grams))), unit.symbol())
}

/// `42.1 kWh` in the figures of `language`.
pub fn energy(energy: WattHours, language: Language) -> String {
    let (unit, divisor) = unit_of(energy, ENERGY_UNITS);
    format!("{}\u{a0}{unit}", in_unit(energy, divisor, language))
}

/// Lower and upper bound in the unit that [`energy`] shows the central value in: `12.1` and `98.7 kWh`.
pub fn energy_bounds(range: Range<WattHours>, language: Language) -> [String; 2] {
    let (unit, divisor) = unit_of(range.central(), ENERGY_UNITS);
    let [low, high] = [range.low(), range.high()].map(|bound| in_unit(bound, divisor, language));
    [low, format!("{high}\u{a0}{unit}")]
}

/// `42.1 L` in the figures of `language`.
pub fn water(water: Millilitres, language: Language) -> String {
    let (unit, divisor) = unit_of(water, ["mL", "L", "m³"]);
    format!("{}\u{a0}{unit}", in_unit(water, divisor, language))
}

/// The unit that [`energy`] shows an energy in, and how many watt hours it is.
pub fn energy_unit(energy: WattHours) -> (&'static str, Decimal) {
    unit_of(energy, ENERGY_UNITS)
}

const ENERGY_UNITS: [&str; 3] = ["Wh", "kWh", "MWh"];

/// The largest unit in which a quantity is at least one, and what it is of the smallest; each is a thousand of the one before.
fn unit_of(quantity: impl Quantity, units: [&'static str; 3]) -> (&'static str, Decimal) {
    let mut divisor = Decimal::ONE;
    let mut unit = 0;
    while unit + 1 < units.len() && quantity.as_decimal() >= divisor * Decimal::ONE_THOUSAND {
        divisor *= Decimal::ONE_THOUSAND;
        unit += 1;
    }
    (units[unit], divisor)
}

fn in_unit(quantity: impl Quantity, divisor: Decimal, language: Language) -> String {
    language.number(three_significant(quantity.as_decimal() / divisor))
}

/// How many decimals show `digits` significant digits of `value`; none for whole numbers of that length.
pub fn decimals_for(value: Decimal, digits: u32) -> u32 {
    if value.is_zero() {
        return 0;
    }
    let mut magnitude = 0i32;
    let mut rest = value.abs();
    while rest >= Decimal::TEN {
        rest /= Decimal::TEN;
        magnitude += 1;
    }
    while rest < Decimal::ONE {
        rest *= Decimal::TEN;
        magnitude -= 1;
    }
    let digits = i32::try_from(digits).unwrap_or(i32::MAX);
    (digits - 1 - magnitude).max(0).unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masses_read_in_the_largest_unit_with_three_digits() {
        for (grams, shown) in [
            ("0", "0 g"),
            ("2.85", "2.85 g"),
            ("0.00123456", "0.00123 g"),
            ("999.96", "1,000 g"),
            ("1234.5", "1.23 kg"),
            ("123456", "123 kg"),
            ("1234567890", "1,235 t"),
            ("9.996", "10.0 g"),
            ("9996", "10.0 kg"),
        ] {
            let mass = mass(Grams::new(grams.parse().unwrap()), Language::En);
            assert_eq!(mass, shown.replace(' ', "\u{a0}"), "{grams}");
        }
    }

    #[test]
    fn a_point_is_moved_past_what_a_decimal_holds() {
        for (value, power, shown) in [
            ("0", 6, "0"),
            ("2.85", 6, "0.00000285"),
            ("1000000", 6, "1"),
            ("-1500", 3, "-1.5"),
            ("1234567.8", 3, "1234.5678"),
            ("0.0000000000000000000000000001", 6, "0.0000000000000000000000000000000001"),
        ] {
            assert_eq!(over_power_of_ten(value.parse().unwrap(), power), shown, "{value}");
        }
    }
}
