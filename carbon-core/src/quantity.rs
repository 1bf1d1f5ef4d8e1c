//! Quantities with a unit, and the range each of them comes with.

use rust_decimal::Decimal;
use std::{fmt, ops::Add};

/// A mass of greenhouse gases: grams of CO2 equivalent, as an exact decimal.
///
/// ```
/// use carbon_core::Grams;
/// let a = Grams::new("2.85".parse().unwrap());
/// assert_eq!((a + a).to_string(), "5.7");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grams(Decimal);

impl Grams {
    /// No emissions: the empty sum, never a stand-in for "unknown".
    pub const ZERO: Grams = Grams(Decimal::ZERO);

    /// A mass of `grams` g CO2e, without trailing zeros.
    pub fn new(grams: Decimal) -> Self {
        Grams(grams.normalize())
    }

    /// The plain number of grams.
    pub fn as_decimal(self) -> Decimal {
        self.0
    }
}

impl Add for Grams {
    type Output = Grams;

    fn add(self, other: Grams) -> Grams {
        Grams::new(self.0 + other.0)
    }
}

impl std::iter::Sum for Grams {
    fn sum<I: Iterator<Item = Grams>>(iter: I) -> Grams {
        iter.fold(Grams::ZERO, Add::add)
    }
}

impl fmt::Display for Grams {
    /// All digits, no unit: `2.85`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Quantities of the modelled methods: floats with a unit.
macro_rules! quantities {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
        pub struct $name(f64);

        impl $name {
            /// That many of the unit.
            pub const fn new(number: f64) -> Self {
                $name(number)
            }

            /// The plain number.
            pub const fn as_f64(self) -> f64 {
                self.0
            }
        }

        impl Add for $name {
            type Output = $name;

            fn add(self, other: $name) -> $name {
                $name(self.0 + other.0)
            }
        }
    )+};
}

quantities! {
    /// Grams of CO2 equivalent, modelled: [`Grams`] are exact, these are not, and the two do not mix.
    ///
    /// ```compile_fail
    /// use carbon_core::{ModelledGrams, WattHours};
    /// let nonsense = ModelledGrams::new(1.0) + WattHours::new(1.0);
    /// ```
    ModelledGrams;
    /// Electric energy in watt hours.
    ///
    /// ```compile_fail
    /// use carbon_core::{Grams, WattHours};
    /// let nonsense = Grams::ZERO + WattHours::new(1.0);
    /// ```
    WattHours;
    /// Water in millilitres.
    Millilitres;
    /// Abiotic depletion of elements, in kilograms of antimony equivalent.
    KilogramsSb;
    /// Primary energy in megajoules.
    Megajoules;
}

/// A central value and the bounds it comes with: `low <= central <= high`.
///
/// The bounds of the `coefficient` method say how far a *published factor* may be off.
/// That error is the same for every call it is applied to, so ranges add up bound by bound
/// ([`Range::plus_correlated`]) and never shrink with the count of calls.
/// Nothing else is offered: a quotient or a difference of ranges has no such simple meaning.
///
/// ```
/// use carbon_core::Range;
/// let range = Range::new(1, 2, 4).unwrap();
/// assert_eq!(range.plus_correlated(range), Range::new(2, 4, 8).unwrap());
/// assert_eq!(Range::new(3, 2, 4), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Range<Q> {
    low: Q,
    central: Q,
    high: Q,
}

impl<Q: Copy + PartialOrd> Range<Q> {
    /// The range, or `None` where the three are not in order.
    pub fn new(low: Q, central: Q, high: Q) -> Option<Self> {
        (low <= central && central <= high).then_some(Range { low, central, high })
    }

    /// Lower bound.
    pub fn low(self) -> Q {
        self.low
    }

    /// The value to report.
    pub fn central(self) -> Q {
        self.central
    }

    /// Upper bound.
    pub fn high(self) -> Q {
        self.high
    }
}

impl<Q: Add<Output = Q>> Range<Q> {
    /// The range of a sum whose parts share their error: bound by bound.
    #[must_use]
    pub fn plus_correlated(self, other: Self) -> Self {
        Range {
            low: self.low + other.low,
            central: self.central + other.central,
            high: self.high + other.high,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grams_print_their_digits_and_no_padding() {
        for (text, printed) in [("2.850", "2.85"), ("0.000", "0"), ("120", "120")] {
            assert_eq!(Grams::new(text.parse().unwrap()).to_string(), printed);
        }
    }

    #[test]
    fn a_range_out_of_order_does_not_exist() {
        assert!(Range::new(2, 1, 3).is_none());
        assert!(Range::new(1, 3, 2).is_none());
        assert!(Range::new(1, 1, 1).is_some());
    }
}
