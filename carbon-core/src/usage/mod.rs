//! Activity data: how many requests, how many tokens of which class.

mod context;
mod denominator;
mod media;

pub use context::{CONTEXT_TOKENS_MAX, Calls};
pub use denominator::{
    CacheReadTokens, ContextInput, ContextOutput, Count, Counted, Denominator, FreshInputTokens,
    OutputTokens, Requests, TotalTokens,
};
pub use media::{Media, MediaUnit, media_counts, media_text};

use std::{iter::Sum, ops::AddAssign};
use thiserror::Error;

/// What one call, or a sum of calls, consumed.
///
/// Construct it with [`Usage::of_call`] or [`Usage::of_cached_call`]; or fill in the counts of several calls over
/// [`Usage::default`], and then their context with [`Usage::with_context_of`]. Counts may be added.
///
/// Counts are integers and add up exactly; every formula of this crate is linear in them.
/// `input_tokens` includes the cached ones, `output_tokens` includes the reasoning ones
/// (OpenTelemetry `gen_ai` usage).
///
/// ```
/// use carbon_core::Usage;
/// let usage = Usage::of_call(600, 400);
/// assert_eq!(usage.total_tokens(), 1_000);
/// assert!(usage.check().is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Usage {
    /// Calls.
    pub requests: u64,
    /// Prompt tokens, cached ones included.
    pub input_tokens: u64,
    /// Prompt tokens served from the provider's cache; part of `input_tokens`.
    pub cache_read_input_tokens: u64,
    /// Prompt tokens written to the provider's cache; part of `input_tokens`.
    pub cache_creation_input_tokens: u64,
    /// Completion tokens, reasoning ones included.
    pub output_tokens: u64,
    /// Completion tokens spent on reasoning; part of `output_tokens`.
    pub reasoning_output_tokens: u64,
    /// For each completion token the tokens before it, doubled: sum over calls of output x (2 x input + output).
    /// 0 where it was not counted. In JSON it is a text, as it may be longer than numbers there are.
    #[cfg_attr(feature = "serde", serde(default, with = "long", skip_serializing_if = "is_nothing"))]
    pub context_output: u128,
    /// For each fresh prompt token the tokens before it, doubled: sum over calls of fresh x (2 x cached + fresh).
    /// 0 where it was not counted. In JSON it is a text.
    #[cfg_attr(feature = "serde", serde(default, with = "long", skip_serializing_if = "is_nothing"))]
    pub context_input: u128,
    /// Prompt and completion tokens whose context is not among these, as nobody knows of how many calls they are.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_nothing"))]
    pub context_unknown_tokens: u64,
    /// What is not text: parts of the tokens above, and images, video and sound that no token stands for.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_nothing"))]
    pub media: Media,
}

#[cfg(feature = "serde")]
fn is_nothing<N: Default + PartialEq>(count: &N) -> bool {
    *count == N::default()
}

/// Integers that JSON readers may not hold, as text.
#[cfg(feature = "serde")]
mod long {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(count: &u128, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(count)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u128, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

impl Usage {
    /// One call without cached or reasoning tokens. More than [`CONTEXT_TOKENS_MAX`] tokens are not one call, and their
    /// context is not counted.
    pub fn of_call(input_tokens: u64, output_tokens: u64) -> Self {
        Usage::of_cached_call(input_tokens, 0, output_tokens)
    }

    /// The six counts of calls and tokens, in the order of the fields.
    pub fn counts(&self) -> [u64; 6] {
        [
            self.requests,
            self.input_tokens,
            self.cache_read_input_tokens,
            self.cache_creation_input_tokens,
            self.output_tokens,
            self.reasoning_output_tokens,
        ]
    }

    /// The two counts of context, in the order of the fields.
    pub fn context_counts(&self) -> [u128; 2] {
        [self.context_output, self.context_input]
    }

    /// Input plus output: each token counted once.
    pub fn total_tokens(&self) -> u128 {
        u128::from(self.input_tokens) + u128::from(self.output_tokens)
    }

    /// Output tokens that stand for text: those that a rate of text applies to.
    pub fn text_output_tokens(&self) -> u64 {
        self.output_tokens.saturating_sub(self.media.output_tokens())
    }

    /// Whether there is something, and none of it is text: then no rate of text has anything to multiply.
    pub fn is_media_alone(&self) -> bool {
        !self.media.is_empty() && self.input_tokens == 0 && self.text_output_tokens() == 0
    }

    /// Checks that cached, reasoning, image and audio tokens do not exceed the totals that include them, and that there is no more
    /// context than these tokens can have.
    ///
    /// # Errors
    /// Cached, image or audio tokens above the input, reasoning, image or audio tokens above the output, or context above that
    /// of a single call.
    pub fn check(&self) -> Result<(), UsageError> {
        // Each count fits u64; their sum need not.
        let cached = u128::from(self.cache_read_input_tokens) + u128::from(self.cache_creation_input_tokens);
        if cached > u128::from(self.input_tokens) {
            return Err(UsageError::CachedAboveInput { cached, input_tokens: self.input_tokens });
        }
        if self.reasoning_output_tokens > self.output_tokens {
            return Err(UsageError::ReasoningAboveOutput {
                reasoning: self.reasoning_output_tokens,
                output_tokens: self.output_tokens,
            });
        }
        let wholes = [self.input_tokens, self.output_tokens];
        let media = [self.media.input_tokens(), self.media.output_tokens()].into_iter().zip(wholes);
        for ((media, tokens), name) in media.zip(["input_tokens", "output_tokens"]) {
            if media > tokens {
                return Err(UsageError::MediaAboveTokens { name, media, tokens });
            }
        }
        let most = self.most_context().unwrap_or([u128::MAX; 2]);
        let counts = self.context_counts().into_iter().zip(most);
        for ((context, most), name) in counts.zip(["context_output", "context_input"]) {
            if context > most {
                return Err(UsageError::ContextAboveTokens { name, context, most });
            }
        }
        Ok(())
    }

    /// The sum, or `None` if a count does not fit its bits.
    pub fn checked_add(self, other: &Usage) -> Option<Usage> {
        Some(Usage {
            requests: self.requests.checked_add(other.requests)?,
            input_tokens: self.input_tokens.checked_add(other.input_tokens)?,
            cache_read_input_tokens: self
                .cache_read_input_tokens
                .checked_add(other.cache_read_input_tokens)?,
            cache_creation_input_tokens: self
                .cache_creation_input_tokens
                .checked_add(other.cache_creation_input_tokens)?,
            output_tokens: self.output_tokens.checked_add(other.output_tokens)?,
            reasoning_output_tokens: self
                .reasoning_output_tokens
                .checked_add(other.reasoning_output_tokens)?,
            context_output: self.context_output.checked_add(other.context_output)?,
            context_input: self.context_input.checked_add(other.context_input)?,
            context_unknown_tokens: self.context_unknown_tokens.checked_add(other.context_unknown_tokens)?,
            media: self.media.checked_add(&other.media)?,
        })
    }
}

impl AddAssign<&Usage> for Usage {
    /// # Panics
    /// If a sum of tokens does not fit 64 bits.
    fn add_assign(&mut self, other: &Usage) {
        *self = self.checked_add(other).expect("token sums fit 64 bits");
    }
}

impl<'a> Sum<&'a Usage> for Usage {
    /// # Panics
    /// If a sum of tokens does not fit 64 bits.
    fn sum<I: Iterator<Item = &'a Usage>>(iter: I) -> Usage {
        iter.fold(Usage::default(), |mut sum, usage| {
            sum += usage;
            sum
        })
    }
}

/// Why a usage is inconsistent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UsageError {
    /// `cache_read_input_tokens + cache_creation_input_tokens > input_tokens`.
    #[error("cached input tokens ({cached}) exceed input_tokens ({input_tokens}), which includes them")]
    CachedAboveInput {
        /// Cache reads plus cache creations.
        cached: u128,
        /// The total that includes them.
        input_tokens: u64,
    },
    /// `reasoning_output_tokens > output_tokens`.
    #[error(
        "reasoning_output_tokens ({reasoning}) exceed output_tokens ({output_tokens}), which includes them"
    )]
    ReasoningAboveOutput {
        /// Reasoning tokens.
        reasoning: u64,
        /// The total that includes them.
        output_tokens: u64,
    },
    /// More tokens of images and sound than tokens.
    #[error("tokens of images and sound ({media}) exceed {name} ({tokens}), which include them")]
    MediaAboveTokens {
        /// The total that includes them.
        name: &'static str,
        /// What they are.
        media: u64,
        /// What the total is.
        tokens: u64,
    },
    /// More context than the tokens have if all of them are those of one call.
    #[error("{name} ({context}) is more than these tokens can have ({most})")]
    ContextAboveTokens {
        /// The count.
        name: &'static str,
        /// What it is.
        context: u128,
        /// What it can be.
        most: u128,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fit_into_their_wholes() {
        let usage = Usage { cache_creation_input_tokens: 41, ..Usage::of_cached_call(100, 60, 10) };
        assert_eq!(
            usage.check().unwrap_err().to_string(),
            "cached input tokens (101) exceed input_tokens (100), which includes them"
        );
        let usage = Usage { reasoning_output_tokens: 11, ..Usage::of_call(100, 10) };
        assert_eq!(
            usage.check().unwrap_err().to_string(),
            "reasoning_output_tokens (11) exceed output_tokens (10), which includes them"
        );
        assert_eq!(Usage::of_cached_call(100, 100, 10).check(), Ok(()));
    }

    #[test]
    fn context_that_no_such_tokens_have_is_refused() {
        // Tokens were said to be cached after their context was counted as that of fresh ones.
        let usage = Usage { cache_read_input_tokens: 60, ..Usage::of_call(100, 10) };
        assert_eq!(
            usage.check().unwrap_err().to_string(),
            "context_input (10000) is more than these tokens can have (6400)"
        );
        assert_eq!(usage.with_context_of(Calls::One, None), Usage::of_cached_call(100, 60, 10));
    }

    #[test]
    fn a_sum_that_does_not_fit_is_none() {
        let most = Usage { input_tokens: u64::MAX, ..Usage::default() };
        assert_eq!(most.checked_add(&Usage::of_call(1, 0)), None);
    }
}
