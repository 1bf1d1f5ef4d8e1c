//! Decimals as JSON numbers, digit by digit.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer, ser::Error};
use serde_json::value::RawValue;
use std::fmt::{self, Write};

/// Writes a decimal as a JSON number with exactly its digits: `2.85`, never `2.8500000000000001`.
///
/// For `#[serde(serialize_with = "…")]`; quantities are written like this by themselves. Only for `serde_json`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize_decimal<S: Serializer>(decimal: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    // On the stack: an answer holds many of these.
    let mut digits = Digits::default();
    write!(digits, "{}", decimal.normalize()).map_err(S::Error::custom)?;
    serde_json::from_str::<&RawValue>(digits.as_str()).map_err(S::Error::custom)?.serialize(serializer)
}

/// Text of any decimal: 29 digits, a point, a zero before it and a sign.
#[derive(Default)]
struct Digits {
    text: [u8; 32],
    len: usize,
}

impl Digits {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[..self.len]).unwrap_or("")
    }
}

impl fmt::Write for Digits {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let room = self.text[self.len..].get_mut(..part.len()).ok_or(fmt::Error)?;
        room.copy_from_slice(part.as_bytes());
        self.len += part.len();
        Ok(())
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
