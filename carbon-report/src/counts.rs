//! Counts of events and of their sums. They are signed: a reversal takes away exactly what its event has added.

use carbon_core::{
    Usage,
    usage::{Calls, Media, MediaUnit},
};
use std::ops::{AddAssign, SubAssign};

/// What an event counts, or what some events add up to.
///
/// ```
/// use carbon_report::counts::Counts;
/// let call = Counts::of_event([600, 0, 0, 400, 0], [0; 9], None, false);
/// assert_eq!(call.usage(), Some(carbon_core::Usage::of_call(600, 400)));
/// let reversal = Counts::of_event([-600, 0, 0, -400, 0], [0; 9], None, true);
/// let mut sum = call;
/// sum += reversal;
/// assert_eq!(sum, Counts::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Counts {
    /// Events, less those that were reversed.
    pub requests: i64,
    /// Input, cache read, cache creation, output and reasoning tokens.
    pub tokens: [i64; 5],
    /// Tokens whose context is not counted: [`Usage::context_unknown_tokens`].
    pub context_unknown_tokens: i64,
    /// [`Usage::context_output`] and [`Usage::context_input`].
    pub context: [i128; 2],
    /// [`Usage::media`], in the order of [`MediaUnit::ALL`].
    pub media: [i64; MEDIA],
}

/// Kinds of media.
pub const MEDIA: usize = MediaUnit::ALL.len();

impl Counts {
    /// Of one event with these tokens and media, which are negative for a reversal. Of how many `calls` it is stands in the
    /// ledger: `None` is one, 0 is an unknown number.
    pub fn of_event(tokens: [i64; 5], media: [i64; MEDIA], calls: Option<i64>, is_reversal: bool) -> Self {
        let [input_tokens, cache_read, cache_creation, output_tokens, reasoning] =
            tokens.map(i64::unsigned_abs);
        let usage = Usage {
            requests: 1,
            input_tokens,
            cache_read_input_tokens: cache_read,
            cache_creation_input_tokens: cache_creation,
            output_tokens,
            reasoning_output_tokens: reasoning,
            media: Media::of(media.map(i64::unsigned_abs)),
            ..Usage::default()
        };
        let usage = usage.with_context_of(calls_of(calls), None);
        let sign = if is_reversal { -1 } else { 1 };
        // Of a call within any bounds all of it fits: the guard lets no other pass.
        let context = usage.context_counts().map(|count| i128::try_from(count).unwrap_or(i128::MAX));
        Counts {
            requests: sign,
            tokens,
            context_unknown_tokens: sign * i64::try_from(usage.context_unknown_tokens).unwrap_or(i64::MAX),
            context: context.map(|count| i128::from(sign) * count),
            media,
        }
    }

    /// As usage; `None` if more was reversed than there was.
    pub fn usage(&self) -> Option<Usage> {
        let count = |count: i64| u64::try_from(count).ok();
        let [input, cache_read, cache_creation, output, reasoning] = self.tokens;
        let [context_output, context_input] = self.context;
        let mut media = [0; MEDIA];
        for (of_usage, counted) in media.iter_mut().zip(self.media) {
            *of_usage = count(counted)?;
        }
        Some(Usage {
            requests: count(self.requests)?,
            input_tokens: count(input)?,
            cache_read_input_tokens: count(cache_read)?,
            cache_creation_input_tokens: count(cache_creation)?,
            output_tokens: count(output)?,
            reasoning_output_tokens: count(reasoning)?,
            context_output: u128::try_from(context_output).ok()?,
            context_input: u128::try_from(context_input).ok()?,
            context_unknown_tokens: count(self.context_unknown_tokens)?,
            media: Media::of(media),
        })
    }
}

/// Of how many calls an event is, as the ledger and its senders write it: `None` is one, 0 is an unknown number.
pub fn calls_of(calls: Option<i64>) -> Calls {
    match calls.map(u64::try_from) {
        None => Calls::One,
        Some(Ok(0) | Err(_)) => Calls::Unknown,
        Some(Ok(calls)) => Calls::Several(calls),
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.requests += other.requests;
        self.tokens = std::array::from_fn(|class| self.tokens[class] + other.tokens[class]);
        self.context_unknown_tokens += other.context_unknown_tokens;
        self.context = std::array::from_fn(|kind| self.context[kind] + other.context[kind]);
        self.media = std::array::from_fn(|unit| self.media[unit] + other.media[unit]);
    }
}

impl SubAssign for Counts {
    fn sub_assign(&mut self, other: Counts) {
        self.requests -= other.requests;
        self.tokens = std::array::from_fn(|class| self.tokens[class] - other.tokens[class]);
        self.context_unknown_tokens -= other.context_unknown_tokens;
        self.context = std::array::from_fn(|kind| self.context[kind] - other.context[kind]);
        self.media = std::array::from_fn(|unit| self.media[unit] - other.media[unit]);
    }
}
