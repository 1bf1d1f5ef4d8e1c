//! Counts after a change. Sums do not say how tokens are spread over their calls: all calls of a sum are taken to be alike in
//! what the context of a change needs to know.

use carbon_core::{Decimal, Usage};

/// Decimals of a factor that count.
const DECIMALS: u32 = 6;
const WHOLE: u128 = 10u128.pow(DECIMALS);
/// Decimals of what a context is multiplied with.
const FINE: u128 = 10u128.pow(9);

/// A factor in millionths.
fn millionths(factor: Decimal) -> u128 {
    let mut factor = factor.max(Decimal::ZERO).round_dp(DECIMALS);
    factor.rescale(DECIMALS);
    factor.mantissa().unsigned_abs()
}

/// So many `of` a whole, rounded down; to as many digits as fit where the product does not.
fn times(count: u128, of: u128, whole: u128) -> u128 {
    let whole = whole.max(1);
    count.checked_mul(of).map_or_else(|| (count / whole).saturating_mul(of), |product| product / whole)
}

fn scaled(count: u64, millionths: u128) -> u64 {
    u64::try_from(times(count.into(), millionths, WHOLE)).unwrap_or(u64::MAX)
}

/// Output tokens times a factor. Images and sound stay as they are.
pub(super) fn output(usage: &Usage, factor: Decimal) -> Usage {
    let millionths = millionths(factor);
    let [input, old] = [usage.input_tokens, usage.text_output_tokens()].map(u128::from);
    let text = scaled(usage.text_output_tokens(), millionths);
    let output_tokens = (usage.output_tokens - usage.text_output_tokens()).saturating_add(text);
    // With `o` output tokens a factor `f` as many, a call's o × (2i + o) becomes f × o × (2i + f × o).
    let context = times(FINE, 2 * input * WHOLE + old * millionths, WHOLE * (2 * input + old).max(1));
    Usage {
        output_tokens,
        reasoning_output_tokens: scaled(usage.reasoning_output_tokens, millionths).min(output_tokens),
        context_output: times(times(usage.context_output, context, FINE), millionths, WHOLE),
        ..*usage
    }
}

/// Input tokens times a factor, with the same share of them cached.
pub(super) fn input(usage: &Usage, factor: Decimal) -> Usage {
    let millionths = millionths(factor);
    let [old, output] = [usage.input_tokens, usage.text_output_tokens()].map(u128::from);
    // A call's o (2i + o) becomes o (2fi + o).
    let context = times(FINE, 2 * old * millionths + output * WHOLE, WHOLE * (2 * old + output).max(1));
    let cache_read_input_tokens = scaled(usage.cache_read_input_tokens, millionths);
    Usage {
        input_tokens: scaled(usage.input_tokens, millionths),
        cache_read_input_tokens,
        cache_creation_input_tokens: scaled(usage.cache_creation_input_tokens, millionths),
        context_output: times(usage.context_output, context, FINE),
        // The square of the factor.
        context_input: times(times(usage.context_input, millionths, WHOLE), millionths, WHOLE),
        ..*usage
    }
}

/// All tokens of text times a factor: another tokenizer's.
pub(super) fn all_tokens(usage: &Usage, factor: Decimal) -> Usage {
    let millionths = millionths(factor);
    let squared = |count| times(times(count, millionths, WHOLE), millionths, WHOLE);
    Usage {
        context_output: squared(usage.context_output),
        context_input: squared(usage.context_input),
        ..input(&output(usage, factor), factor)
    }
}

/// That share of the input read from the cache.
pub(super) fn cached(usage: &Usage, share: Decimal) -> Usage {
    let cache_read = scaled(usage.input_tokens, millionths(share).min(WHOLE));
    // Squares of what fits half of the bits.
    let shift = (64 - usage.input_tokens.leading_zeros()).saturating_sub(45);
    let [input, old, new] = [usage.input_tokens, usage.cache_read_input_tokens, cache_read]
        .map(|count| u128::from(count >> shift));
    let squares = |cached: u128| (input.saturating_sub(cached)) * (input + cached);
    // A call's f (2c + f) is the square of its input less that of what is cached.
    let context_input = if squares(old) > 0 {
        times(usage.context_input, times(FINE, squares(new), squares(old)), FINE)
    } else {
        // Everything was cached, and the sum says nothing of its calls: as if all were alike.
        times(squares(new) / u128::from(usage.requests.max(1)), 1 << (2 * shift), 1)
    };
    Usage {
        cache_read_input_tokens: cache_read,
        cache_creation_input_tokens: usage.cache_creation_input_tokens.min(usage.input_tokens - cache_read),
        context_input,
        ..*usage
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(a: u128, b: u128) -> bool {
        a.abs_diff(b) <= a.max(b) / 100_000 + 200
    }

    proptest! {
        /// Of calls that are alike, counts after a change are those of the changed call.
        #[test]
        fn counts_after_a_change_are_those_of_the_changed_calls(
            fresh in 0..200_000u64,
            cached_tokens in 0..200_000u64,
            answer in 1..20_000u64,
            calls in 1..2_000u64,
            factor in 0..3_000_000i64,
        ) {
            let factor = Decimal::new(factor, DECIMALS);
            let times_factor = |count: u64| scaled(count, millionths(factor));
            let of = |[input, cached, output]: [u64; 3]| -> Usage {
                let one = Usage::of_cached_call(input, cached, output);
                Usage {
                    requests: calls,
                    input_tokens: input * calls,
                    cache_read_input_tokens: cached * calls,
                    output_tokens: output * calls,
                    context_output: one.context_output * u128::from(calls),
                    context_input: one.context_input * u128::from(calls),
                    ..Usage::default()
                }
            };
            let all = fresh + cached_tokens;
            let usage = of([all, cached_tokens, answer]);
            let share = factor.min(Decimal::ONE);
            let cases = [
                (output(&usage, factor), [all, cached_tokens, times_factor(answer)]),
                (input(&usage, factor), [times_factor(all), times_factor(cached_tokens), answer]),
                (all_tokens(&usage, factor), [times_factor(all), times_factor(cached_tokens), times_factor(answer)]),
                (cached(&usage, share), [all, scaled(all, millionths(share)), answer]),
            ];
            for (found, call) in cases {
                let expected = of(call);
                // A call's tokens are rounded down, and so are those of all calls together.
                prop_assert!(near(found.total_tokens(), expected.total_tokens() + u128::from(calls))
                    || near(found.total_tokens(), expected.total_tokens())
                    || found.total_tokens().abs_diff(expected.total_tokens()) <= 2 * u128::from(calls));
                prop_assert_eq!(found.check(), Ok(()));
                // What one token makes of the context of every call.
                let slack = u128::from(calls) * 4 * (u128::from(all) * 3 + u128::from(answer) * 3 + 4);
                for (found, expected) in found.context_counts().into_iter().zip(expected.context_counts()) {
                    prop_assert!(found.abs_diff(expected) <= slack + expected / 100_000, "{found} {expected}");
                }
            }
        }
    }

    #[test]
    fn the_same_is_the_same() {
        let usage = Usage::of_cached_call(60_000, 57_000, 800);
        let one = Decimal::ONE;
        assert_eq!([output(&usage, one), input(&usage, one), all_tokens(&usage, one)], [usage; 3]);
        assert_eq!(cached(&usage, Decimal::new(95, 2)), usage);
    }

    #[test]
    fn the_largest_counts_do_not_overflow() {
        let most = Usage {
            requests: 1,
            input_tokens: u64::MAX,
            output_tokens: u64::MAX,
            context_output: u128::MAX,
            context_input: u128::MAX,
            ..Usage::default()
        };
        for change in [output, input, all_tokens, cached] {
            for factor in [Decimal::ZERO, Decimal::new(5, 1), Decimal::TEN] {
                let _ = change(&most, factor);
            }
        }
    }
}
