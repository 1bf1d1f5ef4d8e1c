//! How much each token has before it, which is what attention costs.
//!
//! A token of an answer attends to the whole input and to the answer so far, a fresh token of a prompt to what is cached
//! and to the prompt so far. Summed over a call this is quadratic in its tokens, so it is counted call by call, once, as
//! integers; sums of calls are then as linear as those of tokens. Counts are twice the number of pairs, so that none is
//! half of one.

use super::Usage;

/// How many calls a record of tokens is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// One: a model read its input and wrote its output.
    One,
    /// So many, taken to be alike: a provider's bucket with a count of requests, or an agent's total.
    Several(u64),
    /// Nobody knows: a total without a count, or a call behind which a server ran its model several times.
    Unknown,
}

/// Tokens of one call above which a record cannot be one, where the model's own window is not known.
pub const CONTEXT_TOKENS_MAX: u64 = 2_000_000;

impl Usage {
    /// One call of which `cache_read` tokens of the input were read from the provider's cache.
    ///
    /// ```
    /// use carbon_core::Usage;
    /// let usage = Usage::of_cached_call(1_000, 900, 10);
    /// assert_eq!(usage.context_output, 10 * (2 * 1_000 + 10));
    /// assert_eq!(usage.context_input, 100 * (2 * 900 + 100));
    /// ```
    pub fn of_cached_call(input_tokens: u64, cache_read: u64, output_tokens: u64) -> Self {
        let tokens = Usage {
            requests: 1,
            input_tokens,
            cache_read_input_tokens: cache_read,
            output_tokens,
            ..Usage::default()
        };
        tokens.with_context_of(Calls::One, None)
    }

    /// The same tokens with the context of that many calls; `window` is the most tokens that the model takes in one
    /// ([`Attention::window_tokens`](crate::model::Attention::window_tokens)).
    ///
    /// The tokens of several calls are taken to be alike, which is a lower bound: it misses that calls with long prompts
    /// have other answers than short ones. If a call would hold more than the window, or than
    /// [`CONTEXT_TOKENS_MAX`] where that is not known, the record is of more calls than it says. Then, and where the
    /// number of calls is unknown, no context is counted, and its tokens are
    /// [`context_unknown_tokens`](Usage::context_unknown_tokens).
    ///
    /// ```
    /// use carbon_core::{Usage, usage::Calls};
    /// let bucket = Usage { requests: 1_000, input_tokens: 5_000_000, output_tokens: 300_000, ..Usage::default() };
    /// let one = Usage::of_call(5_000, 300);
    /// assert_eq!(bucket.with_context_of(Calls::Several(1_000), None).context_output, 1_000 * one.context_output);
    /// let as_one_call = bucket.with_context_of(Calls::One, None);
    /// assert_eq!((as_one_call.context_output, as_one_call.context_unknown_tokens), (0, 5_300_000));
    /// ```
    #[must_use]
    pub fn with_context_of(self, calls: Calls, window: Option<u64>) -> Self {
        let counted = self.context_of(calls, window);
        let unknown_tokens = if counted.is_none() { self.total_tokens() } else { 0 };
        let [context_output, context_input] = counted.unwrap_or_default();
        let context_unknown_tokens = u64::try_from(unknown_tokens).unwrap_or(u64::MAX);
        Usage { context_output, context_input, context_unknown_tokens, ..self }
    }

    /// `None` where it cannot be told.
    fn context_of(&self, calls: Calls, window: Option<u64>) -> Option<[u128; 2]> {
        let calls = u128::from(match calls {
            Calls::One => 1,
            Calls::Several(calls) => calls,
            Calls::Unknown => 0,
        });
        let window = u128::from(window.unwrap_or(CONTEXT_TOKENS_MAX));
        if calls == 0 || self.total_tokens() > calls * window {
            return None;
        }
        let [most_output, most_input] = self.most_context()?;
        Some([most_output / calls, most_input / calls])
    }

    /// The context if all tokens were those of one call, which is the most there can be; `None` if it does not fit.
    pub(super) fn most_context(&self) -> Option<[u128; 2]> {
        let [input, cached, output] =
            [self.input_tokens, self.cache_read_input_tokens, self.text_output_tokens()].map(u128::from);
        let fresh = input.saturating_sub(cached);
        Some([
            output.checked_mul(2 * input + output)?,
            // What is fresh is counted as it lies behind what is cached.
            fresh.checked_mul(2 * cached.min(input) + fresh)?,
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twice the tokens before each one, its own half included, one by one.
    fn counted(before: u64, tokens: u64) -> u128 {
        (0..u128::from(tokens)).map(|place| 2 * (u128::from(before) + place) + 1).sum()
    }

    #[test]
    fn every_token_counts_what_lies_before_it() {
        for (input, cached, output) in [(0, 0, 0), (0, 0, 7), (5, 0, 0), (100, 60, 9), (100, 100, 1)] {
            let usage = Usage::of_cached_call(input, cached, output);
            assert_eq!(usage.context_output, counted(input, output), "{usage:?}");
            assert_eq!(usage.context_input, counted(cached, input - cached), "{usage:?}");
        }
        assert_eq!(Usage::of_call(100, 9), Usage::of_cached_call(100, 0, 9));
    }

    #[test]
    fn what_cannot_be_told_counts_nothing() {
        let usage = Usage::of_call(1_000, 100);
        let context = |calls, window| {
            let usage = usage.with_context_of(calls, window);
            assert_eq!(usage.context_unknown_tokens > 0, usage.context_output == 0, "{usage:?}");
            [usage.context_output, usage.context_input]
        };
        assert_eq!(context(Calls::Unknown, None), [0, 0]);
        assert_eq!(context(Calls::Several(0), None), [0, 0]);
        assert_eq!(context(Calls::One, Some(1_099)), [0, 0]);
        assert_eq!(context(Calls::One, Some(1_100)), [usage.context_output, usage.context_input]);
        assert_eq!(context(Calls::Several(2), Some(1_099)), [105_000, 500_000]);
        let most = Usage { input_tokens: u64::MAX, output_tokens: u64::MAX, ..Usage::default() };
        assert_eq!(most.with_context_of(Calls::Several(u64::MAX), Some(u64::MAX)).context_output, 0);
    }
}
