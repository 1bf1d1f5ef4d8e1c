//! What must hold whatever the numbers.

use carbon_core::{FactorSet, Grams, Range, Usage};
use proptest::prelude::*;

fn usages() -> impl Strategy<Value = Vec<Usage>> {
    // The wire accepts up to 10^9 tokens of a class in one event.
    let usage = (0..=1_000_000_000u64, 0..=1_000_000_000u64)
        .prop_map(|(input, output)| Usage::of_call(input, output));
    prop::collection::vec(usage, 0..40)
}

fn model() -> impl Strategy<Value = &'static str> {
    let models: Vec<&str> = FactorSet::latest().factors().map(|factor| factor.model()).collect();
    prop::sample::select(models)
}

fn co2(model: &str, usage: &Usage) -> Range<Grams> {
    FactorSet::latest().estimate(model, usage).unwrap().co2
}

proptest! {
    #[test]
    fn the_sum_of_the_events_is_the_value_of_the_sum(model in model(), mut usages in usages()) {
        let of_sum = co2(model, &usages.iter().sum());
        for _ in 0..2 {
            let sum = usages.iter().map(|usage| co2(model, usage)).fold(Range::default(), Range::plus_correlated);
            prop_assert_eq!(sum, of_sum);
            usages.reverse();
        }
    }

    #[test]
    fn more_tokens_never_lower_a_bound(model in model(), usages in usages()) {
        let mut sum = Usage::default();
        let mut before = co2(model, &sum);
        for usage in &usages {
            sum = sum.checked_add(usage).unwrap();
            let now = co2(model, &sum);
            prop_assert!(now.low() >= before.low() && now.central() >= before.central() && now.high() >= before.high());
            before = now;
        }
    }

    #[test]
    fn low_central_and_high_stay_in_order(model in model(), usages in usages()) {
        let co2 = co2(model, &usages.iter().sum());
        prop_assert!(co2.low() <= co2.central() && co2.central() <= co2.high());
    }
}

#[test]
fn a_million_equal_calls_keep_the_relative_width_of_one() {
    let call = Usage::of_call(600, 400);
    let million =
        Usage { requests: 1_000_000, input_tokens: 600_000_000, output_tokens: 400_000_000, ..call };
    for factor in FactorSet::latest().factors() {
        let (one, all) = (factor.apply(&call), factor.apply(&million));
        for (one, all) in [(one.low(), all.low()), (one.central(), all.central()), (one.high(), all.high())] {
            assert_eq!(Grams::new(one.as_decimal() * rust_decimal::Decimal::from(1_000_000)), all);
        }
    }
}
