//! From usage to a PDF, in-process. `cargo run --example report -- report.pdf`

#![expect(clippy::print_stdout, reason = "an example shows what it computes")]

use carbon_core::{FactorSet, Usage};
use carbon_report::{Activity, Brand, Client, Date, Evidence, Heading, Statement, render_pdf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The sums of a month as your own books have them: one row for each day, model and region.
    let rows = [
        (5, "mistral-large-2", None, 120),
        (6, "mistral-large-2", None, 80),
        (6, "gpt-4o", Some("FRA"), 900),
        (7, "gpt-5", Some("azure:swedencentral"), 400),
        (9, "claude-sonnet-4-5", None, 250),
    ];
    let activity = rows.map(|(day, model, region, requests)| Activity {
        region: region.map(str::to_owned),
        ..Activity::new(Date::constant(2026, 10, day), model, calls(requests))
    });
    let client = Client::new("client-xyz", "Client XYZ");
    let heading = Heading::new(client, "Example Software", "2026-10".parse()?, Date::constant(2026, 11, 2));
    let statement = Statement::new(heading, &Evidence::from(&activity[..]), FactorSet::latest());
    for line in &statement.by_model {
        println!("{}: {} g CO2e by {}, {}", line.model, line.co2().central(), line.method, line.confidence);
    }
    let pdf = render_pdf(&statement, &Brand::default())?;
    if let Some(file) = std::env::args().nth(1) {
        std::fs::write(file, pdf)?;
    }
    Ok(())
}

/// Calls of 600 tokens in and 400 out.
fn calls(requests: u64) -> Usage {
    Usage { requests, input_tokens: 600 * requests, output_tokens: 400 * requests, ..Usage::default() }
}
