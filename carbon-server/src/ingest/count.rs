//! A count in a request: of tokens, and of seconds.

use crate::{config, ingest::sources::lenient::whole};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// A number of tokens, from 0 to [`config::TOKENS_MAX`].
#[derive(Clone, Copy, Serialize)]
pub(crate) struct TokenCount(pub(crate) u64);

impl TokenCount {
    /// A count within the limit.
    pub(crate) fn of(count: u64) -> Self {
        TokenCount(count)
    }

    /// The number of tokens.
    #[cfg(test)]
    pub(crate) fn as_u64(self) -> u64 {
        self.0
    }

    /// A count that may be too large.
    pub(crate) fn checked(count: u64) -> Option<Self> {
        (count <= config::TOKENS_MAX).then_some(TokenCount(count))
    }
}

impl<'de> Deserialize<'de> for TokenCount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = TokenCount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "an integer from 0 to {}", config::TOKENS_MAX)
            }

            fn visit_u64<E: de::Error>(self, count: u64) -> Result<TokenCount, E> {
                TokenCount::checked(count)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(count), &self))
            }

            // Clients in languages with one type of number write 12.0.
            fn visit_f64<E: de::Error>(self, count: f64) -> Result<TokenCount, E> {
                let whole = whole(count).and_then(TokenCount::checked);
                whole.ok_or_else(|| E::invalid_value(de::Unexpected::Float(count), &self))
            }
        }

        deserializer.deserialize_u64(Visitor)
    }
}

/// A time in seconds with at most three decimals, from 0 to [`config::MEDIA_SECONDS_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seconds {
    ms: u64,
}

impl Seconds {
    /// A time within the limit.
    pub(crate) fn of_ms(ms: u64) -> Self {
        Seconds { ms }
    }

    /// A number of seconds; `None` if it is too large or too fine.
    pub(crate) fn checked(seconds: Decimal) -> Option<Self> {
        let ms = seconds.checked_mul(Decimal::ONE_THOUSAND)?;
        let ms = ms.is_integer().then(|| ms.to_u64()).flatten()?;
        (ms <= config::MEDIA_SECONDS_MAX * 1_000).then_some(Seconds { ms })
    }

    pub(crate) fn ms(self) -> u64 {
        self.ms
    }

    /// What a text or a number that is none of these must be.
    pub(crate) fn needed() -> String {
        format!("must be a number from 0 to {} with at most three decimals", config::MEDIA_SECONDS_MAX)
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.ms.is_multiple_of(1_000) {
            return to.serialize_u64(self.ms / 1_000);
        }
        // Of so few digits the nearest double is written with the same ones.
        #[expect(clippy::cast_precision_loss, reason = "at most eleven digits")]
        to.serialize_f64(self.ms as f64 / 1_000.0)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Seconds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a number from 0 to {} with at most three decimals", config::MEDIA_SECONDS_MAX)
            }

            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Seconds, E> {
                let read = Seconds::checked(seconds.into());
                read.ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(seconds), &self))
            }

            // The shortest decimal that a double stands for is the one that was sent.
            fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Seconds, E> {
                let read = seconds.to_string().parse().ok().and_then(Seconds::checked);
                read.ok_or_else(|| E::invalid_value(de::Unexpected::Float(seconds), &self))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_milliseconds_and_no_finer() {
        for (json, ms) in
            [("8", 8_000), ("8.0", 8_000), ("0.001", 1), ("12.345", 12_345), ("999999.999", 999_999_999)]
        {
            let seconds: Seconds = serde_json::from_str(json).unwrap();
            assert_eq!(seconds.ms(), ms, "{json}");
            let again: Seconds = serde_json::from_str(&serde_json::to_string(&seconds).unwrap()).unwrap();
            assert_eq!(again, seconds);
        }
        for json in ["-1", "-0.5", "0.0001", "1000000.001", "1e300", "\"8\"", "true"] {
            assert!(serde_json::from_str::<Seconds>(json).is_err(), "{json}");
        }
    }
}
