//! A token count in a request.

use crate::{config, ingest::sources::lenient::whole};
use serde::{Deserialize, Deserializer, Serialize, de};
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
