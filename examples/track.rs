//! Count an LLM call over HTTP. `CARBON_URL` is where the server listens, `CARBON_KEY` a key of your account.
//!
//! In the same process, without a server: `estimate.rs`.

#![expect(clippy::print_stdout, reason = "an example shows what it got")]

use serde_json::{Value, json};
use std::{env, time::Duration};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let agent =
        ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(2))).build().new_agent();
    let event = json!({
        "tenant_id": "client-xyz",
        "model": "mistral-large-2",
        "prompt_tokens": 600,
        "completion_tokens": 400,
    });
    let mut reply = agent
        .post(format!("{}/api/v1/track", env::var("CARBON_URL")?))
        .header("authorization", format!("Bearer {}", env::var("CARBON_KEY")?))
        .send_json(event)?;
    let tracked: Value = reply.body_mut().read_json()?;
    println!("{} g CO2e, {}", tracked["co2_grams"], tracked["confidence"].as_str().unwrap_or("unknown"));
    Ok(())
}
