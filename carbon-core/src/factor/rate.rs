//! Rates: a number per so many tokens or requests.

use crate::{
    Usage,
    quantity::{Quantity, decimal, fixed_rate, scale_of},
    usage::{
        CacheReadTokens, ContextInput, ContextOutput, Count, Counted, Denominator, FreshInputTokens,
        OutputTokens, Requests, TotalTokens,
    },
};
use rust_decimal::Decimal;
use std::marker::PhantomData;

/// An amount of `Q` per 1,000 tokens, or per request, of the kind `D`.
///
/// A rate applies only to the kind of count it is defined for:
///
/// ```
/// use carbon_core::{Grams, Usage, factor::Rate, usage::OutputTokens};
/// let rate: Rate<Grams, OutputTokens> = Rate::new("2.85".parse().unwrap()).unwrap();
/// assert_eq!(rate.apply(Usage::of_call(600, 400).count()).to_string(), "1.14");
/// ```
///
/// ```compile_fail,E0308
/// use carbon_core::{Grams, Usage, factor::Rate, usage::{OutputTokens, TotalTokens}};
/// let rate: Rate<Grams, OutputTokens> = Rate::new("2.85".parse().unwrap()).unwrap();
/// rate.apply(Usage::of_call(600, 400).count::<TotalTokens>());
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Rate<Q, D> {
    value: Decimal,
    of: PhantomData<(Q, D)>,
}

impl<Q, D> Clone for Rate<Q, D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q, D> Copy for Rate<Q, D> {}

/// Thousandths, for rates per 1,000.
fn decimals_of_unit(per: Denominator) -> usize {
    per.unit().ilog10() as usize
}

impl<Q: Quantity, D: Counted> Rate<Q, D> {
    /// Bound on the digits of a rate: times two 64-bit counts it still fits a 96-bit decimal.
    pub(crate) const MANTISSA_MAX: i128 = 1 << 31;

    /// `None` if the value is negative or has more digits than exact arithmetic allows.
    pub fn new(value: Decimal) -> Option<Self> {
        let value = value.normalize();
        let exact = (0..Self::MANTISSA_MAX).contains(&value.mantissa()) && value.scale() <= 12;
        exact.then_some(Rate { value, of: PhantomData })
    }

    /// The amount for that count.
    pub fn apply(self, count: Count<D>) -> Q {
        // count / 1000 x value, in one exact step: both are integers over a power of ten.
        let mantissa = times(i64::try_from(self.value.mantissa()).expect("far below 2^63"), count);
        Q::new(decimal(mantissa, self.value.scale() as usize + decimals_of_unit(D::WORD)))
    }

    /// The number, per 1,000 tokens or per request.
    pub fn value(self) -> Decimal {
        self.value
    }
}

/// Exact for any sum of tokens, and of context as far as a decimal goes; above that, the most there is.
fn times<D>(rate: i64, count: Count<D>) -> i128 {
    let (rate, number) = (i128::from(rate), count.number());
    match u64::try_from(number) {
        Ok(number) => rate * i128::from(number),
        Err(_) => rate.saturating_mul(i128::try_from(number).unwrap_or(i128::MAX)),
    }
}

/// A product that an amount is the sum of: a count, times its rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RatePart<Q> {
    /// What is counted.
    pub per: Denominator,
    /// How much of it there is.
    pub count: u128,
    /// The rate, for [`Denominator::unit`] of it.
    pub rate: Decimal,
    /// The product, to the last digit.
    pub amount: Q,
}

/// A rate whose denominator is stated in a table. It selects the matching count from a usage.
#[derive(Debug, PartialEq, Eq)]
pub enum StatedRate<Q> {
    /// Per 1,000 tokens in all.
    TotalTokens(Rate<Q, TotalTokens>),
    /// Per 1,000 output tokens.
    OutputTokens(Rate<Q, OutputTokens>),
    /// Per request.
    Requests(Rate<Q, Requests>),
}

impl<Q> Clone for StatedRate<Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q> Copy for StatedRate<Q> {}

impl<Q: Quantity> StatedRate<Q> {
    /// Whether a published factor may have that denominator.
    pub(crate) fn can_be_per(per: Denominator) -> bool {
        Self::new(Decimal::ONE, per).is_some()
    }

    /// `None` where the value is not exact, or no published factor has that denominator.
    pub(crate) fn new(value: Decimal, per: Denominator) -> Option<Self> {
        match per {
            Denominator::TotalTokens => Rate::new(value).map(StatedRate::TotalTokens),
            Denominator::OutputTokens => Rate::new(value).map(StatedRate::OutputTokens),
            Denominator::Requests => Rate::new(value).map(StatedRate::Requests),
            Denominator::FreshInputTokens
            | Denominator::CacheReadTokens
            | Denominator::ContextOutput
            | Denominator::ContextInput => None,
        }
    }

    /// The amount for the matching count of `usage`.
    pub fn apply(self, usage: &Usage) -> Q {
        match self {
            StatedRate::TotalTokens(rate) => rate.apply(usage.count()),
            StatedRate::OutputTokens(rate) => rate.apply(usage.count()),
            StatedRate::Requests(rate) => rate.apply(usage.count()),
        }
    }

    /// The same as the product that it is.
    pub fn part(self, usage: &Usage) -> RatePart<Q> {
        let per = self.per();
        RatePart { per, count: per.count(usage), rate: self.value(), amount: self.apply(usage) }
    }

    /// The number, per 1,000 tokens or per request.
    pub fn value(self) -> Decimal {
        match self {
            StatedRate::TotalTokens(rate) => rate.value(),
            StatedRate::OutputTokens(rate) => rate.value(),
            StatedRate::Requests(rate) => rate.value(),
        }
    }

    /// What it is per.
    pub fn per(self) -> Denominator {
        match self {
            StatedRate::TotalTokens(_) => Denominator::TotalTokens,
            StatedRate::OutputTokens(_) => Denominator::OutputTokens,
            StatedRate::Requests(_) => Denominator::Requests,
        }
    }
}

/// A modelled rate for each class of token and for their context, rounded once: to fifteen digits of the largest rate or
/// fifteen decimals.
///
/// It is then multiplied by integer counts, so the values of single calls add up exactly to the value of their sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenRates<Q> {
    scale: usize,
    output: i64,
    fresh_input: i64,
    cache_read: i64,
    context_output: i64,
    context_input: i64,
    of: PhantomData<Q>,
}

impl<Q: Quantity> TokenRates<Q> {
    const SCALE_MAX: usize = 15;
    /// Above the fifteen digits that a modelled rate has, and times a sum of 64-bit counts within an integer.
    const MANTISSA_MAX: i64 = 10_i64.pow(17);

    /// Of so much per 1,000 output, fresh input and cache-read tokens, and per 1,000 of the two counts of context.
    pub(crate) fn of(rates: [f64; 5]) -> Self {
        let [output, fresh_input, ..] = rates;
        // A month of any size must stay within the 28 digits of a decimal.
        let scale = scale_of(output.max(fresh_input)).min(Self::SCALE_MAX);
        let [output, fresh_input, cache_read, context_output, context_input] = rates;
        TokenRates {
            scale,
            output: fixed_rate(output, scale),
            fresh_input: fixed_rate(fresh_input, scale),
            cache_read: fixed_rate(cache_read, scale),
            context_output: fixed_rate(context_output, scale),
            context_input: fixed_rate(context_input, scale),
            of: PhantomData,
        }
    }

    /// Of the rates that [`values`](Self::values) has given; `None` if one is negative or has more digits than that.
    pub(crate) fn from_decimals(rates: [Decimal; 3]) -> Option<Self> {
        let rates = rates.map(|rate| rate.normalize());
        let scale = rates.iter().map(Decimal::scale).max().unwrap_or(0) as usize;
        let mantissa = |rate: Decimal| {
            let factor = 10_i128.checked_pow(u32::try_from(scale).ok()? - rate.scale())?;
            let mantissa = rate.mantissa().checked_mul(factor)?;
            i64::try_from(mantissa).ok().filter(|mantissa| (0..Self::MANTISSA_MAX).contains(mantissa))
        };
        let [output, fresh_input, cache_read] = rates.map(mantissa);
        (scale <= Self::SCALE_MAX).then_some(())?;
        Some(TokenRates {
            scale,
            output: output?,
            fresh_input: fresh_input?,
            cache_read: cache_read?,
            context_output: 0,
            context_input: 0,
            of: PhantomData,
        })
    }

    /// The amount for `usage`.
    pub fn apply(&self, usage: &Usage) -> Q {
        let mantissa = times::<OutputTokens>(self.output, usage.count())
            + times::<FreshInputTokens>(self.fresh_input, usage.count())
            + times::<CacheReadTokens>(self.cache_read, usage.count());
        self.amount(mantissa.saturating_add(self.of_context(usage)))
    }

    /// The part of it that comes from context.
    pub fn apply_context(&self, usage: &Usage) -> Q {
        self.amount(self.of_context(usage))
    }

    /// The products whose sum it is, classes of token first.
    pub fn parts(&self, usage: &Usage) -> [RatePart<Q>; 5] {
        [
            (Denominator::OutputTokens, self.output),
            (Denominator::FreshInputTokens, self.fresh_input),
            (Denominator::CacheReadTokens, self.cache_read),
            (Denominator::ContextOutput, self.context_output),
            (Denominator::ContextInput, self.context_input),
        ]
        .map(|(per, rate)| {
            let count = per.count(usage);
            let mantissa = i128::from(rate).saturating_mul(i128::try_from(count).unwrap_or(i128::MAX));
            RatePart { per, count, rate: self.value(rate), amount: self.amount(mantissa) }
        })
    }

    fn of_context(&self, usage: &Usage) -> i128 {
        times::<ContextOutput>(self.context_output, usage.count())
            .saturating_add(times::<ContextInput>(self.context_input, usage.count()))
    }

    fn amount(&self, mantissa: i128) -> Q {
        Q::new(decimal(mantissa, self.scale + decimals_of_unit(Denominator::OutputTokens)))
    }

    /// The rates of the classes of token, each with what it is per.
    pub fn values(&self) -> [(Denominator, Decimal); 3] {
        [
            (Denominator::OutputTokens, self.output),
            (Denominator::FreshInputTokens, self.fresh_input),
            (Denominator::CacheReadTokens, self.cache_read),
        ]
        .map(|(per, rate)| (per, self.value(rate)))
    }

    /// The rates of context, each with what it is per; zero where the method knows of none.
    pub fn context_values(&self) -> [(Denominator, Decimal); 2] {
        [(Denominator::ContextOutput, self.context_output), (Denominator::ContextInput, self.context_input)]
            .map(|(per, rate)| (per, self.value(rate)))
    }

    fn value(&self, rate: i64) -> Decimal {
        decimal(rate.into(), self.scale).normalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Grams, WattHours};

    type PerToken = Rate<Grams, TotalTokens>;

    #[test]
    fn an_amount_is_the_sum_of_its_parts() {
        let rates: TokenRates<Grams> = TokenRates::of([1.234_567, 0.1, 0.012_3, 3e-9, 2e-9]);
        let usage =
            Usage { context_output: 987_654, context_input: 1_234, ..Usage::of_cached_call(600, 100, 400) };
        let sum = rates.parts(&usage).into_iter().map(|part| part.amount).sum::<Grams>();
        assert_eq!(sum, rates.apply(&usage));
        let stated: StatedRate<Grams> =
            StatedRate::new("2.85".parse().unwrap(), Denominator::TotalTokens).unwrap();
        let part = stated.part(&usage);
        assert_eq!((part.count, part.amount), (1_000, stated.apply(&usage)));
    }

    #[test]
    fn the_largest_count_times_the_longest_rate_is_exact() {
        let rate = PerToken::new("2.147483647".parse().unwrap()).unwrap();
        let usage = Usage { input_tokens: u64::MAX, output_tokens: u64::MAX, ..Usage::default() };
        // 2147483647 x 36893488147419103230, with twelve decimals.
        assert_eq!(rate.apply(usage.count()).to_string(), "79228162477370849.44182987981");
    }

    #[test]
    fn a_rate_that_could_round_is_refused() {
        for refused in ["-0.1", "1.23456789012", "5000000000"] {
            assert_eq!(PerToken::new(refused.parse().unwrap()), None, "{refused}");
        }
    }

    #[test]
    fn a_rate_per_request_counts_requests() {
        let rate = StatedRate::<WattHours>::new("0.24".parse().unwrap(), Denominator::Requests).unwrap();
        let usage = Usage { requests: 3, ..Usage::of_call(600, 400) };
        assert_eq!(rate.apply(&usage).to_string(), "0.72");
    }

    #[test]
    fn rates_are_read_back_as_they_were_written() {
        for rates in [[1.0 / 3.0, 0.01, 0.001], [271.25, 3.0, 0.0], [1e-9, 1e-10, 2e-11], [0.0, 0.0, 0.0]] {
            let made = TokenRates::<WattHours>::of([rates[0], rates[1], rates[2], 0.0, 0.0]);
            let read = TokenRates::<WattHours>::from_decimals(made.values().map(|(_, rate)| rate)).unwrap();
            assert_eq!(read.values(), made.values());
            let usage = Usage { cache_read_input_tokens: 500, ..Usage::of_call(123_456, 7_891) };
            assert_eq!(read.apply(&usage), made.apply(&usage));
        }
        for refused in ["-0.1", "0.1234567890123456", "1000000000000000000"] {
            let rates = [Decimal::ONE, Decimal::ZERO, refused.parse().unwrap()];
            assert_eq!(TokenRates::<WattHours>::from_decimals(rates), None, "{refused}");
        }
    }

    #[test]
    fn modelled_rates_are_exact_once_made() {
        let rates = TokenRates::<WattHours>::of([1.0 / 3.0, 0.01, 0.001, 1e-6, 1e-7]);
        assert_eq!(rates.values()[0].1.to_string(), "0.333333333333333");
        let usage = Usage::of_cached_call(3_000, 1_000, 3_000);
        // 3 x 0.333333333333333 + 2 x 0.01 + 0.001, and 3,000 x 9,000 and 2,000 x 4,000 of context
        assert_eq!(rates.apply_context(&usage).to_string(), "0.0278");
        assert_eq!(rates.apply(&usage).to_string(), "1.048799999999999");
        let most = Usage {
            input_tokens: u64::MAX,
            output_tokens: u64::MAX,
            context_output: u128::MAX,
            context_input: u128::MAX,
            ..Usage::default()
        };
        assert!(rates.apply(&most) > rates.apply(&usage), "more than fits is rounded, not lost");
    }
}
