//! Grams in-process: no server, no file, no clock. `cargo run --example estimate`

#![expect(clippy::print_stdout, reason = "an example shows what it computes")]

use carbon_core::{Call, FactorSet, Usage};

fn main() {
    // What your provider's answer says was used: prompt and completion tokens.
    let usage = Usage::of_call(600, 400);
    let set = FactorSet::latest();

    for model in ["mistral-large-2", "GPT-4o-2024-08-06", "claude-sonnet-4-5", "gpt-5-of-my-dreams"] {
        let call = Call { region: Some("aws:eu-west-3"), ..Call::to(model) };
        match set.estimate(call, &usage) {
            Ok(estimate) => println!(
                "{model}: {:.3} g CO2e (from {:.3} to {:.3}) by {}, {}, after {:?}",
                estimate.co2.central(),
                estimate.co2.low(),
                estimate.co2.high(),
                estimate.method,
                estimate.confidence,
                estimate.source.title(),
            ),
            // There is no number for it, so none is printed.
            Err(unknown) => println!("{model}: {unknown}; did you mean one of {:?}?", set.suggestions(model)),
        }
    }
}
