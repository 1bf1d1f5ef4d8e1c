//! A service that values its calls in its own process: no tracker, no network. It answers one line of JSON per line of
//! `model prompt_tokens completion_tokens`. `echo "gpt-4o 600 400" | cargo run --example in_process`

#![expect(clippy::print_stdout, reason = "the service answers on standard output")]

use carbon_core::{FactorSet, Usage};

fn answer(line: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut words = line.split_whitespace();
    let mut next = || words.next().ok_or("expected: model prompt_tokens completion_tokens");
    let (model, usage) = (next()?, Usage::of_call(next()?.parse()?, next()?.parse()?));
    Ok(serde_json::to_string(&FactorSet::latest().estimate(model, &usage)?)?)
}

fn main() -> std::io::Result<()> {
    for line in std::io::stdin().lines() {
        match answer(&line?) {
            Ok(json) => println!("{json}"),
            Err(error) => eprintln!("{error}"),
        }
    }
    Ok(())
}
