//! Decimals as JSON numbers, digit by digit.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer, ser::Error};
use serde_json::value::RawValue;

/// Writes a decimal as a JSON number with exactly its digits: `2.85`, never `2.8500000000000001`.
///
/// For `#[serde(serialize_with = "…")]`; quantities are written like this by themselves. Only for `serde_json`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize_decimal<S: Serializer>(decimal: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    // On the stack: an answer holds many of these.
    let digits = DecimalDigits::of(decimal);
    serde_json::from_str::<&RawValue>(digits.as_str()).map_err(S::Error::custom)?.serialize(serializer)
}

/// The JSON number of a decimal, for whoever writes JSON by hand: the digits that [`serialize_decimal`] writes.
#[derive(Clone, Copy, Debug)]
pub struct DecimalDigits {
    text: [u8; DecimalDigits::LONGEST],
    len: usize,
}

impl DecimalDigits {
    /// Of any decimal: 29 digits, a point, a zero before it and a sign.
    const LONGEST: usize = 32;

    /// The digits of a decimal, without zeros at the end of its fraction.
    pub fn of(decimal: &Decimal) -> Self {
        let mut digits = Mantissa::of(decimal.mantissa().unsigned_abs());
        let scale = digits.without_zeros(decimal.scale() as usize);
        let (digits, mut text) = (digits.as_bytes(), DecimalDigits { text: [0; Self::LONGEST], len: 0 });
        if decimal.is_sign_negative() && digits != b"0" {
            text.push(b"-");
        }
        let (whole, fraction) = digits.split_at(digits.len().saturating_sub(scale));
        text.push(if whole.is_empty() { b"0" } else { whole });
        if scale > 0 {
            text.push(b".");
            text.push(&[b'0'; Mantissa::LONGEST][..scale - fraction.len()]);
            text.push(fraction);
        }
        text
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[..self.len]).unwrap_or("")
    }

    fn push(&mut self, part: &[u8]) {
        self.text[self.len..self.len + part.len()].copy_from_slice(part);
        self.len += part.len();
    }
}

/// The digits of a mantissa, at the end of their place.
struct Mantissa {
    digits: [u8; Mantissa::LONGEST],
    from: usize,
    until: usize,
}

impl Mantissa {
    /// Of 96 bits.
    const LONGEST: usize = 29;

    fn of(number: u128) -> Self {
        let mut digits =
            Mantissa { digits: [b'0'; Self::LONGEST], from: Self::LONGEST, until: Self::LONGEST };
        // One division of long numbers at most: most fit into a short one.
        const PART: u128 = 10_u128.pow(19);
        match u64::try_from(number) {
            Ok(short) => digits.put(short),
            Err(_) => {
                digits.put(u64::try_from(number % PART).unwrap_or_default());
                digits.from = Self::LONGEST - 19;
                digits.put(u64::try_from(number / PART).unwrap_or_default());
            }
        }
        digits
    }

    /// Puts a number before what is there.
    fn put(&mut self, mut number: u64) {
        loop {
            self.from -= 1;
            self.digits[self.from] = b'0' + u8::try_from(number % 10).unwrap_or_default();
            number /= 10;
            if number == 0 {
                return;
            }
        }
    }

    /// Drops zeros at the end of the last `scale` digits; how many of those are left.
    fn without_zeros(&mut self, mut scale: usize) -> usize {
        while scale > 0 && self.until > self.from + 1 && self.digits[self.until - 1] == b'0' {
            self.until -= 1;
            scale -= 1;
        }
        if self.as_bytes() == b"0" { 0 } else { scale }
    }

    fn as_bytes(&self) -> &[u8] {
        &self.digits[self.from..self.until]
    }
}

/// A row of decimals as exact JSON numbers.
pub(crate) mod decimals {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error, ser::SerializeTuple};
    use serde_json::value::RawValue;

    struct Exact<'d>(&'d Decimal);

    impl Serialize for Exact<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            super::serialize_decimal(self.0, serializer)
        }
    }

    pub(crate) fn serialize<S: Serializer, const N: usize>(
        decimals: &[Decimal; N],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_tuple(N)?;
        decimals.iter().try_for_each(|decimal| row.serialize_element(&Exact(decimal)))?;
        row.end()
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<[Decimal; N], D::Error> {
        let row = Vec::<Box<RawValue>>::deserialize(deserializer)?;
        let read = row.iter().map(|number| number.get().parse::<Decimal>().map_err(D::Error::custom));
        let decimals: Vec<Decimal> = read.collect::<Result<_, _>>()?;
        let found = decimals.len();
        decimals.try_into().map_err(|_| D::Error::invalid_length(found, &"a number for each place"))
    }
}

/// A row of decimals that may be missing.
pub(crate) mod maybe_decimals {
    use rust_decimal::Decimal;
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer, const N: usize>(
        decimals: &Option<[Decimal; N]>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match decimals {
            Some(decimals) => super::decimals::serialize(decimals, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<Option<[Decimal; N]>, D::Error> {
        super::decimals::deserialize(deserializer).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What is written by hand is what the library writes, of any decimal.
        #[test]
        fn the_digits_of_any_decimal_are_its_own(
            mantissa in prop_oneof![
                -1_000_000_i128..1_000_000,
                any::<i64>().prop_map(i128::from),
                -((1_i128 << 96) - 1)..(1_i128 << 96),
            ],
            zeros in 0_u32..20,
            scale in 0_u32..=28,
        ) {
            let long = mantissa.checked_mul(10_i128.pow(zeros)).filter(|long| long.unsigned_abs() < 1 << 96);
            let decimal = Decimal::from_i128_with_scale(long.unwrap_or(mantissa), scale);
            let expect = decimal.normalize().to_string();
            let digits = DecimalDigits::of(&decimal);
            prop_assert_eq!(digits.as_str(), expect);
        }
    }
}
