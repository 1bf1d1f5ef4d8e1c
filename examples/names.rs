//! Which model each name on standard input leads to, and whether a call to it gets a number: name, model and `yes` or
//! `no`, parted by tabs; without a model the name is unknown. `echo "eu.anthropic.claude-sonnet-4-5" | cargo run --example names`
//!
//! Your own list of names shows so what would not be counted, before any call is made.

#![expect(clippy::print_stdout, reason = "the table goes to standard output")]

use carbon_core::{FactorSet, Usage};

fn main() -> std::io::Result<()> {
    let set = FactorSet::latest();
    for name in std::io::stdin().lines() {
        let name = name?;
        let model = set.resolve(&name).map_or("", |resolution| resolution.model.id());
        let has_number = set.estimate(name.as_str(), &Usage::of_call(600, 400)).is_ok();
        println!("{name}\t{model}\t{}", if has_number { "yes" } else { "no" });
    }
    Ok(())
}
