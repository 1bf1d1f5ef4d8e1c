//! Decimals as exact JSON numbers.

use carbon_core::{Range, quantity::Quantity};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::value::RawValue;
use std::ops::Sub;

/// A decimal that is written with exactly its digits: `2.85`, never `2.8500000000000001`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exact(Decimal);

impl From<Decimal> for Exact {
    fn from(decimal: Decimal) -> Self {
        Exact(decimal.normalize())
    }
}

impl Exact {
    /// The number of a quantity, in its unit.
    pub(crate) fn of(quantity: impl Quantity) -> Self {
        Exact::from(quantity.as_decimal())
    }
}

impl Exact {
    /// With so many decimals at most.
    pub(crate) fn rounded(self, decimals: u32) -> Self {
        Exact::from(self.0.round_dp(decimals))
    }

    /// The decimal.
    pub(crate) fn as_decimal(self) -> Decimal {
        self.0
    }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        carbon_core::json::serialize_decimal(&self.0, serializer)
    }
}

impl Sub for Exact {
    type Output = Exact;

    fn sub(self, other: Exact) -> Exact {
        Exact::from(self.0 - other.0)
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Box::<RawValue>::deserialize(deserializer)?;
        // Answers write some numbers as text, and what they write can be sent back.
        let digits = value.get().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let digits = digits.unwrap_or(value.get());
        digits
            .parse::<Decimal>()
            .map(Exact::from)
            .map_err(|_| de::Error::custom("not a number of at most 28 digits, such as 70.6"))
    }
}

/// An integer that may be longer than the numbers of JSON readers: a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Long(i128);

impl Long {
    /// A count; beyond what sums of tokens come to it stays at the largest.
    pub(crate) fn of(count: u128) -> Self {
        Long(i128::try_from(count).unwrap_or(i128::MAX))
    }

    /// The count.
    pub(crate) fn count(self) -> u128 {
        u128::try_from(self.0).unwrap_or(0)
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

impl Sub for Long {
    type Output = Long;

    fn sub(self, other: Long) -> Long {
        Long(self.0 - other.0)
    }
}

impl Serialize for Long {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Long {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Long).map_err(de::Error::custom)
    }
}

/// The range of a quantity, with every digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ExactRange {
    pub(crate) low: Exact,
    pub(crate) central: Exact,
    pub(crate) high: Exact,
}

impl ExactRange {
    pub(crate) fn of<Q: Quantity>(range: Range<Q>) -> Self {
        ExactRange {
            low: Exact::of(range.low()),
            central: Exact::of(range.central()),
            high: Exact::of(range.high()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digit_and_no_other() {
        for (text, json) in [("2.850", "2.85"), ("0", "0"), ("-0.0", "0"), ("0.1", "0.1"), ("100", "100")] {
            assert_eq!(serde_json::to_string(&Exact::from(text.parse::<Decimal>().unwrap())).unwrap(), json);
        }
        let smallest = "-0.0000000000000000000000000001";
        assert_eq!(
            serde_json::to_string(&Exact::from(smallest.parse::<Decimal>().unwrap())).unwrap(),
            smallest
        );
        assert_eq!(serde_json::from_str::<Exact>("\"70.60\"").unwrap().0.to_string(), "70.6");
        for not_a_number in ["\"\"", "\"70,6\"", "\"\"70\"\"", "true", "null", "[70]"] {
            serde_json::from_str::<Exact>(not_a_number).unwrap_err();
        }
        let long = "79228162514264337593543950335";
        assert_eq!(serde_json::to_string(&Exact::from(long.parse::<Decimal>().unwrap())).unwrap(), long);
        assert_eq!(
            serde_json::from_str::<Exact>(long).unwrap(),
            Exact::from(long.parse::<Decimal>().unwrap())
        );
    }
}
