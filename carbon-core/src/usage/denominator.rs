//! Kinds of counts, which cannot be mistaken for each other.

use crate::{Usage, words::words};
use std::{fmt, marker::PhantomData};

words! {
    /// What a rate is per: the word in tables and JSON.
    Denominator {
        /// Input plus output tokens, but for output that stands for images or sound.
        TotalTokens = "total_tokens",
        /// Output tokens that stand for text, reasoning tokens included.
        OutputTokens = "output_tokens",
        /// Input tokens that were not read from the provider's cache; those written to it are included.
        FreshInputTokens = "fresh_input_tokens",
        /// Input tokens read from the provider's cache.
        CacheReadTokens = "cache_read_input_tokens",
        /// Calls.
        Requests = "requests",
        /// Tokens before each output token, doubled: see [`Usage::context_output`].
        ContextOutput = "context_output",
        /// Tokens before each fresh input token, doubled: see [`Usage::context_input`].
        ContextInput = "context_input",
    }
}

impl Denominator {
    /// The size of one unit of the rate: 1,000 tokens or counts of context, or one request.
    pub fn unit(self) -> u32 {
        match self {
            Denominator::Requests => 1,
            Denominator::TotalTokens
            | Denominator::OutputTokens
            | Denominator::FreshInputTokens
            | Denominator::CacheReadTokens
            | Denominator::ContextOutput
            | Denominator::ContextInput => 1_000,
        }
    }
}

/// A kind of count, as a type. It is implemented by the types in this module alone.
pub trait Counted: sealed::Sealed {
    /// Its name in tables and JSON.
    const WORD: Denominator;

    /// The count in a usage.
    fn of(usage: &Usage) -> u128;
}

mod sealed {
    pub trait Sealed {}
}

/// A count whose type states what was counted. Only [`Usage::count`] makes one.
#[derive(Clone, Copy)]
pub struct Count<D> {
    number: u128,
    of: PhantomData<D>,
}

impl<D> Count<D> {
    /// The plain number.
    pub fn number(self) -> u128 {
        self.number
    }
}

impl<D: Counted> fmt::Debug for Count<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, D::WORD)
    }
}

impl Usage {
    /// The count of the kind `D`.
    ///
    /// ```
    /// use carbon_core::{Usage, usage::OutputTokens};
    /// assert_eq!(Usage::of_call(600, 400).count::<OutputTokens>().number(), 400);
    /// ```
    pub fn count<D: Counted>(&self) -> Count<D> {
        Count { number: D::of(self), of: PhantomData }
    }
}

macro_rules! counted {
    ($($name:ident = |$usage:ident| $count:expr;)+) => {$(
        #[doc = concat!("See [`Denominator::", stringify!($name), "`].")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {}

        impl sealed::Sealed for $name {}

        impl Counted for $name {
            const WORD: Denominator = Denominator::$name;

            fn of($usage: &Usage) -> u128 {
                $count
            }
        }
    )+

        impl Denominator {
            /// How many of these a usage has.
            pub fn count(self, usage: &Usage) -> u128 {
                match self {
                    $(Denominator::$name => $name::of(usage),)+
                }
            }
        }
    };
}

counted! {
    TotalTokens = |usage| u128::from(usage.input_tokens) + u128::from(usage.text_output_tokens());
    OutputTokens = |usage| u128::from(usage.text_output_tokens());
    FreshInputTokens = |usage| u128::from(usage.input_tokens.saturating_sub(usage.cache_read_input_tokens));
    CacheReadTokens = |usage| u128::from(usage.cache_read_input_tokens);
    Requests = |usage| u128::from(usage.requests);
    ContextOutput = |usage| usage.context_output;
    ContextInput = |usage| usage.context_input;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_counts_its_own_and_the_kinds_of_input_make_up_the_input() {
        let usage = Usage {
            requests: 2,
            cache_creation_input_tokens: 30,
            reasoning_output_tokens: 5,
            ..Usage::of_cached_call(100, 60, 10)
        };
        assert_eq!(usage.count::<TotalTokens>().number(), 110);
        assert_eq!(usage.count::<OutputTokens>().number(), 10);
        assert_eq!(usage.count::<FreshInputTokens>().number(), 40);
        assert_eq!(usage.count::<CacheReadTokens>().number(), 60);
        assert_eq!(usage.count::<Requests>().number(), 2);
        assert_eq!(usage.count::<ContextOutput>().number(), 10 * 210);
        assert_eq!(usage.count::<ContextInput>().number(), 40 * 160);
        assert_eq!(Denominator::FreshInputTokens.count(&usage), 40);
        assert_eq!(format!("{:?}", usage.count::<OutputTokens>()), "10 output_tokens");
    }
}
