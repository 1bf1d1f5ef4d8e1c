//! Grams in-process: no server, no file, no clock. `cargo run --example estimate`

#![expect(clippy::print_stdout, reason = "an example shows what it computes")]

use carbon_core::{FactorSet, UnknownModel, Usage};

fn main() {
    // What your provider's answer says was used: prompt and completion tokens.
    let usage = Usage::of_call(600, 400);

    for model in ["mistral-large-2", "GPT-4o-2024-08-06", "gpt-5-of-my-dreams"] {
        match FactorSet::latest().estimate(model, &usage) {
            Ok(estimate) => println!(
                "{model}: {} g CO2e (from {} to {}), {}, after {:?}",
                estimate.co2.central(),
                estimate.co2.low(),
                estimate.co2.high(),
                estimate.factor.confidence(),
                estimate.factor.source().title(),
            ),
            Err(unknown) => println!("{model}: {}", say(&unknown)),
        }
    }
}

/// There is no number for it, so none is printed.
fn say(unknown: &UnknownModel) -> String {
    let near = FactorSet::latest().suggestions(unknown.name());
    format!("{unknown}; did you mean one of {near:?}?")
}
