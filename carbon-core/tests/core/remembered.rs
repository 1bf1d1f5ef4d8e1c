//! A thread remembers what it has worked out: whatever it is asked in between, the answers are those of whoever has not.

use carbon_core::{Call, Date, FactorSet, Usage};
use proptest::prelude::*;

const NAMES: [&str; 8] = [
    "gpt-5",
    "llama-3.1-70b",
    "eu.anthropic.claude-3-5-sonnet-20240620-v1:0",
    "openrouter/openai/gpt-5:free",
    "mistral-large-latest",
    "azure/gpt-5",
    "qwen3:32b",
    "nobody-knows",
];
const REGIONS: [Option<&str>; 5] =
    [None, Some("FRA"), Some("DEU"), Some("aws:eu-west-3"), Some("gcp:europe-west1")];
const PROVIDERS: [Option<&str>; 3] = [None, Some("aws"), Some("azure")];

fn asked() -> impl Strategy<Value = (usize, usize, usize, usize, i16, u64, u64, u64)> {
    (
        0..2_usize,
        0..NAMES.len(),
        0..REGIONS.len(),
        0..PROVIDERS.len(),
        2024..2028_i16,
        0..3_u64,
        0..3_u64,
        0..3_u64,
    )
}

proptest! {
    #[test]
    fn what_is_remembered_is_what_would_be_computed(asked in prop::collection::vec(asked(), 1..60)) {
        let sets = ["2026.11", "2026.12"].map(|version| FactorSet::version(version).unwrap());
        for (set, name, region, provider, year, input, cached, output) in asked {
            let call = Call {
                region: REGIONS[region],
                provider: PROVIDERS[provider],
                day: Some(Date::constant(year, 6, 1)),
                ..Call::to(NAMES[name])
            };
            let usage = Usage::of_cached_call(input * 1_000 + cached * 300, cached * 300, output * 250);
            let here = sets[set].estimate(call, &usage);
            // Whatever this thread was asked before, a new one was not.
            let elsewhere = std::thread::scope(|scope| scope.spawn(|| sets[set].estimate(call, &usage)).join());
            prop_assert_eq!(&here, &elsewhere.unwrap());
            let Ok(deployment) = sets[set].deployment(&call) else { continue };
            let Some(modelled) = deployment.bottom_up().filter(|_| deployment.coefficient().is_none()) else {
                continue;
            };
            let (figure, here) = (modelled.apply(&usage), here.unwrap());
            prop_assert_eq!(here.co2, figure.co2());
            prop_assert_eq!((here.energy, here.water), (Some(figure.energy()), Some(figure.water())));
        }
    }
}
