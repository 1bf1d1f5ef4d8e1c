//! Quantities with a unit, and the range each of them comes with.
//!
//! Quantities of one kind add up exactly; quantities of different kinds do not add at all.

use rust_decimal::Decimal;
use std::{fmt, iter::Sum, ops::Add};

/// A decimal with a unit, for code that is generic over units.
///
/// Each quantity has these methods itself, so code about grams alone need not import the trait.
pub trait Quantity: Copy + PartialOrd + Add<Output = Self> + fmt::Debug + sealed::Sealed {
    /// The unit, as tables, JSON and reports write it: `gCO2e`.
    const UNIT: &'static str;

    /// That many of the unit.
    fn new(number: Decimal) -> Self;

    /// The plain number, in the unit, without trailing zeros.
    fn as_decimal(self) -> Decimal;

    /// A modelled number, not below zero, rounded to fifteen significant digits (fewer below 10^-13).
    ///
    /// NaN and infinities become zero, so check first.
    fn from_f64(number: f64) -> Self;

    /// The number as a float: for comparing and plotting, not for reporting.
    fn to_f64(self) -> f64;
}

mod sealed {
    pub trait Sealed {}
}

/// Decimals that write `number` to fifteen significant digits.
pub(crate) fn scale_of(number: f64) -> usize {
    /// Fifteen digits: what a float surely holds.
    const MANTISSA_MAX: f64 = 1e15;
    /// Bits of a float before its exponent, what is added to the exponent, and the decimal digits of a bit.
    const EXPONENT_AT: u32 = 52;
    const BIAS: i64 = 1_023;
    const SCALE_MAX: i64 = 28;
    if number <= 0.0 || !number.is_finite() {
        return 0;
    }
    // log10(2) is 0.30103: from the binary exponent the decimal one is known but for one digit.
    let exponent = i64::try_from(number.to_bits() >> EXPONENT_AT).unwrap_or(0) - BIAS;
    let scale =
        usize::try_from((15 - (exponent * 30_103).div_euclid(100_000)).clamp(0, SCALE_MAX)).unwrap_or(0);
    if scale > 0 && number * POWERS[scale] >= MANTISSA_MAX { scale - 1 } else { scale }
}

const POWERS: [f64; 29] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28,
];

/// `number`, which is not negative, as an integer over `10^scale`.
pub(crate) fn fixed(number: f64, scale: usize) -> i128 {
    /// Below this a float holds every integer and its half.
    const EXACT_MAX: f64 = 4.0e15;
    let scaled = number * POWERS[scale];
    if scaled < EXACT_MAX {
        #[expect(clippy::cast_possible_truncation, reason = "far below the largest integer")]
        let mantissa = (scaled + 0.5) as i64;
        i128::from(mantissa)
    } else {
        #[expect(clippy::cast_possible_truncation, reason = "saturates above any usage")]
        let mantissa = scaled as i128;
        mantissa
    }
}

/// The same of a rate whose scale leaves it far below 2^63.
pub(crate) fn fixed_rate(number: f64, scale: usize) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "saturates above any rate")]
    let mantissa = (number * POWERS[scale] + 0.5) as i64;
    mantissa
}

/// `mantissa / 10^scale`, rounded where a decimal has not that many digits.
pub(crate) fn decimal(mut mantissa: i128, scale: usize) -> Decimal {
    let mut scale = u32::try_from(scale).unwrap_or(u32::MAX);
    loop {
        match Decimal::try_from_i128_with_scale(mantissa, scale) {
            Ok(decimal) => return decimal,
            Err(_) if scale == 0 => return Decimal::MAX,
            Err(_) => {
                mantissa = mantissa.saturating_add(5) / 10;
                scale -= 1;
            }
        }
    }
}

macro_rules! quantities {
    ($($(#[$doc:meta])* $name:ident = $unit:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Decimal);

        impl $name {
            /// Nothing: the empty sum, never a stand-in for "unknown".
            pub const ZERO: $name = $name(Decimal::ZERO);
            /// The unit, as tables, JSON and reports write it.
            pub const UNIT: &'static str = $unit;

            /// That many of the unit.
            pub const fn new(number: Decimal) -> Self {
                $name(number)
            }

            /// The plain number, in the unit, without trailing zeros.
            pub fn as_decimal(self) -> Decimal {
                self.0.normalize()
            }

            /// A modelled number, not below zero, rounded to fifteen significant digits (fewer below 10^-13).
            ///
            /// NaN and infinities become zero, so check first.
            pub fn from_f64(number: f64) -> Self {
                let scale = scale_of(number);
                $name(decimal(fixed(number, scale), scale))
            }

            /// The number as a float: for comparing and plotting, not for reporting.
            pub fn to_f64(self) -> f64 {
                self.as_decimal().try_into().unwrap_or(f64::NAN)
            }
        }

        impl sealed::Sealed for $name {}

        impl Quantity for $name {
            const UNIT: &'static str = $name::UNIT;

            fn new(number: Decimal) -> Self {
                $name::new(number)
            }

            fn as_decimal(self) -> Decimal {
                $name::as_decimal(self)
            }

            fn from_f64(number: f64) -> Self {
                $name::from_f64(number)
            }

            fn to_f64(self) -> f64 {
                $name::to_f64(self)
            }
        }

        impl Add for $name {
            type Output = $name;

            fn add(self, other: $name) -> $name {
                $name(self.0 + other.0)
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = $name>>(iter: I) -> $name {
                iter.fold($name::ZERO, Add::add)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            /// A JSON number with exactly the digits of the decimal.
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                crate::exact::serialize_decimal(&self.0, serializer)
            }
        }

        impl fmt::Display for $name {
            /// All digits, no unit: `2.85`.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.as_decimal().fmt(f)
            }
        }
    )+};
}

quantities! {
    /// A mass of greenhouse gases: grams of CO2 equivalent.
    ///
    /// ```
    /// use carbon_core::Grams;
    /// let a = Grams::new("2.85".parse().unwrap());
    /// assert_eq!((a + a).to_string(), "5.7");
    /// ```
    ///
    /// Grams and energy do not add up to anything:
    ///
    /// ```compile_fail,E0308
    /// use carbon_core::{Grams, WattHours};
    /// let nonsense = Grams::ZERO + WattHours::ZERO;
    /// ```
    Grams = "gCO2e";
    /// Electric energy.
    WattHours = "Wh";
    /// Water.
    Millilitres = "mL";
    /// Abiotic depletion of elements, in antimony equivalent.
    KilogramsSb = "kgSb";
    /// Primary energy.
    Megajoules = "MJ";
}

/// A central value and the bounds it comes with: `low <= central <= high`.
///
/// Arithmetic on ranges depends on which errors they share, so little is offered.
/// Errors of one factor are the same for every call it is applied to: such ranges add up bound by bound
/// ([`Range::plus_correlated`]) and never shrink with the count of calls.
/// Ranges of different models share some of their errors: [`BottomUpSum`](crate::method::BottomUpSum) adds those up.
/// Quotients and differences are not offered: [`PairedSum`](crate::method::PairedSum) compares two ways of the same activity.
///
/// ```
/// use carbon_core::Range;
/// let range = Range::new(1, 2, 4).unwrap();
/// assert_eq!(range.plus_correlated(range), Range::new(2, 4, 8).unwrap());
/// assert_eq!(Range::new(3, 2, 4), None);
/// ```
///
/// ```compile_fail,E0369
/// # use carbon_core::Range;
/// let (tokens, per_token) = (Range::new(10, 10, 10).unwrap(), Range::new(2, 3, 5).unwrap());
/// let nonsense = tokens / per_token;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Range<Q> {
    low: Q,
    central: Q,
    high: Q,
}

impl<Q: Copy + PartialOrd> Range<Q> {
    /// The range, or `None` if the three are not in order.
    pub fn new(low: Q, central: Q, high: Q) -> Option<Self> {
        (low <= central && central <= high).then_some(Range { low, central, high })
    }

    /// A central value and bounds that should enclose it, and are moved to it where they do not.
    pub(crate) fn enclosing(central: Q, [low, high]: [Q; 2]) -> Self {
        Range {
            low: if low < central { low } else { central },
            central,
            high: if high > central { high } else { central },
        }
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
    fn a_float_becomes_the_decimal_it_stands_for() {
        for (number, printed) in [
            (0.1, "0.1"),
            (2.85, "2.85"),
            (1.0 / 3.0, "0.333333333333333"),
            (12_345.678, "12345.678"),
            (1e-20, "0.00000000000000000001"),
            (4.8e20, "480000000000000000000"),
            (0.0, "0"),
        ] {
            assert_eq!(Grams::from_f64(number).to_string(), printed);
        }
        let small = 1.234_567_890_123_45e-9;
        assert!((Grams::from_f64(small).to_f64() / small - 1.0).abs() < 1e-14);
    }

    #[test]
    fn a_range_out_of_order_does_not_exist() {
        assert!(Range::new(2, 1, 3).is_none());
        assert!(Range::new(1, 3, 2).is_none());
        assert!(Range::new(1, 1, 1).is_some());
    }
}
