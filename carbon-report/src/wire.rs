//! How figures stand in JSON: decimals as strings, so that no reader turns them into floats.

use carbon_core::{Range, quantity::Quantity};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// What has a text form and is written in it.
pub(crate) mod text {
    use super::{Deserialize, Deserializer, Error, Serializer};
    use std::{fmt::Display, str::FromStr};

    pub(crate) fn serialize<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<T, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// The same where there may be nothing.
pub(crate) mod maybe_text {
    use super::{Deserialize, Deserializer, Error, Serializer};
    use std::{fmt::Display, str::FromStr};

    pub(crate) fn serialize<T: Display, S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => to.collect_str(value),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        Option::<String>::deserialize(from)?.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}

/// A quantity, as its number.
pub(crate) mod quantity {
    use super::{Deserializer, Quantity, Serializer, text};

    pub(crate) fn serialize<Q: Quantity, S: Serializer>(quantity: &Q, to: S) -> Result<S::Ok, S::Error> {
        text::serialize(&quantity.as_decimal(), to)
    }

    pub(crate) fn deserialize<'de, Q: Quantity, D: Deserializer<'de>>(from: D) -> Result<Q, D::Error> {
        text::deserialize(from).map(Q::new)
    }
}

/// A quantity that may be unknown.
pub(crate) mod maybe_quantity {
    use super::{Decimal, Deserializer, Quantity, Serializer, maybe_text};

    pub(crate) fn serialize<Q: Quantity, S: Serializer>(
        quantity: &Option<Q>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        maybe_text::serialize(&quantity.map(Quantity::as_decimal), to)
    }

    pub(crate) fn deserialize<'de, Q: Quantity, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Q>, D::Error> {
        maybe_text::deserialize(from).map(|number: Option<Decimal>| number.map(Q::new))
    }
}

/// A range that is known.
pub(crate) mod range {
    use super::{Deserializer, Error, Quantity, Range, Serializer, maybe_range};

    pub(crate) fn serialize<Q: Quantity, S: Serializer>(range: &Range<Q>, to: S) -> Result<S::Ok, S::Error> {
        maybe_range::serialize(&Some(*range), to)
    }

    pub(crate) fn deserialize<'de, Q: Quantity, D: Deserializer<'de>>(from: D) -> Result<Range<Q>, D::Error> {
        maybe_range::deserialize(from)?.ok_or_else(|| D::Error::custom("must not be null"))
    }
}

/// A range that may be unknown: `{"low": "1.5", "central": "2", "high": "3"}` or null.
pub(crate) mod maybe_range {
    use super::{Decimal, Deserialize, Deserializer, Error, Quantity, Range, Serialize, Serializer, text};

    #[derive(Serialize, Deserialize)]
    struct Bounds {
        #[serde(with = "text")]
        low: Decimal,
        #[serde(with = "text")]
        central: Decimal,
        #[serde(with = "text")]
        high: Decimal,
    }

    /// Of plain numbers.
    pub(crate) fn write<S: Serializer>(range: Option<[Decimal; 3]>, to: S) -> Result<S::Ok, S::Error> {
        range.map(|[low, central, high]| Bounds { low, central, high }).serialize(to)
    }

    pub(crate) fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Option<[Decimal; 3]>, D::Error> {
        Ok(Option::deserialize(from)?.map(|Bounds { low, central, high }| [low, central, high]))
    }

    pub(crate) fn serialize<Q: Quantity, S: Serializer>(
        range: &Option<Range<Q>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        write(range.map(|range| [range.low(), range.central(), range.high()].map(Q::as_decimal)), to)
    }

    pub(crate) fn deserialize<'de, Q: Quantity, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Range<Q>>, D::Error> {
        let Some([low, central, high]) = read(from)?.map(|bounds| bounds.map(Q::new)) else {
            return Ok(None);
        };
        let range = Range::new(low, central, high);
        range.map(Some).ok_or_else(|| D::Error::custom("must have low <= central <= high"))
    }
}

/// The same of a ratio, which has no unit.
pub(crate) mod maybe_ratio {
    use super::{
        Decimal, Deserializer, Error, Range, Serializer,
        maybe_range::{read, write},
    };

    pub(crate) fn serialize<S: Serializer>(range: &Option<Range<Decimal>>, to: S) -> Result<S::Ok, S::Error> {
        write(range.map(|range| [range.low(), range.central(), range.high()]), to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Range<Decimal>>, D::Error> {
        let Some([low, central, high]) = read(from)? else { return Ok(None) };
        let range = Range::new(low, central, high);
        range.map(Some).ok_or_else(|| D::Error::custom("must have low <= central <= high"))
    }
}
