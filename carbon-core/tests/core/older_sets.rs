//! What an older set says stays what it is, to the last bit, however the method goes on.

use carbon_core::{
    Call, FactorSet, Usage,
    method::{BottomUp, BottomUpSum},
};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Usages of every kind: answers, prompts, cached prompts, and a month.
fn usages() -> [Usage; 5] {
    [
        Usage::of_call(600, 400),
        Usage::of_call(0, 1_000),
        Usage::of_call(30_000, 0),
        Usage {
            requests: 1,
            input_tokens: 60_000,
            cache_read_input_tokens: 57_000,
            output_tokens: 800,
            ..Usage::default()
        },
        Usage {
            requests: 1_000_003,
            input_tokens: 612_345_678,
            cache_read_input_tokens: 312_345_678,
            cache_creation_input_tokens: 12_345,
            output_tokens: 401_234_567,
            reasoning_output_tokens: 1_234,
            ..Usage::default()
        },
    ]
}

fn write_figure(text: &mut String, ours: &BottomUp<'_>) {
    let bits = |budget: Vec<(&'static str, f64)>| -> Vec<(&'static str, u64)> {
        budget.into_iter().map(|(name, share)| (name, share.to_bits())).collect()
    };
    let (energy, water) = ours.energy_and_water();
    writeln!(
        text,
        "{:?} {:?} {:?} {energy:?} {water:?} {:?} {:?} {:?}",
        ours.co2(),
        ours.operational_co2(),
        ours.embodied_co2(),
        ours.onsite_water(),
        ours.offsite_water(),
        bits(ours.budget())
    )
    .unwrap();
}

/// SHA-256 of all that a set says of all of its models, alone and together.
fn everything(version: &str) -> String {
    let set = FactorSet::version(version).unwrap();
    let mut text = String::new();
    for region in [None, Some("FRA"), Some("aws:us-east-1")] {
        for usage in &usages() {
            let mut figures = Vec::new();
            for model in set.models().iter().chain(set.products()) {
                let opinions = set.opinions(&Call { region, ..Call::to(model.id()) }, usage).unwrap();
                let published = opinions.coefficient.map(|(factor, co2)| (factor.id(), co2));
                writeln!(
                    text,
                    "{} {published:?} {:?} {:?}",
                    model.id(),
                    opinions.spread(),
                    opinions.caveats()
                )
                .unwrap();
                if let Some(ours) = opinions.bottom_up {
                    write_figure(&mut text, &ours);
                    figures.push(ours);
                }
            }
            for some in figures.chunks(7) {
                let sum: BottomUpSum<'_> = some.iter().copied().collect();
                let budget: Vec<_> =
                    sum.budget().iter().map(|(name, share)| (*name, share.to_bits())).collect();
                writeln!(text, "{:?} {:?} {:?} {budget:?}", sum.co2(), sum.energy(), sum.water()).unwrap();
            }
        }
    }
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn an_older_set_says_what_it_said_to_the_last_bit() {
    for (version, digest) in [
        ("2025.1", "11b3aa4e3d948be128cc5f3ec985172ecd1369cef9e7d8bc8b2bd537dbc798d8"),
        ("2026.11", "27baa28e08d12b2d66eb8d2cab3d2693a84a83a444090faf8ae9f2ebe9efe203"),
    ] {
        assert_eq!(everything(version), digest, "{version}");
    }
}
