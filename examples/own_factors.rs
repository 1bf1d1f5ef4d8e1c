//! Factors of your own on top of a released set: a model you host, and its name in your logs.
//! `cargo run --example own_factors`

#![expect(clippy::print_stdout, reason = "an example shows what it computes")]

use carbon_core::{FactorSet, Usage, registry::Tables};

/// Every column is explained in `carbon-core/data/README.md`. In a product these are files.
const FACTORS: &str = "\
factor_id,model,method,quantity,unit,low,low_per,central,central_per,high,high_per,range_basis,confidence,boundary,basis,valid_from,valid_to,observed,source_id,caveat
coefficient/acme-chat@1,acme-chat,coefficient,gwp,gCO2e,0.04517,total_tokens,0.1,total_tokens,0.2214,total_tokens,disclosed_gsd_1_5,measured,bottom_up,location,2026-01-01,,2026-09,acme-lca,
";
const ALIASES: &str = "\
alias,model,valid_from,valid_to,evidence
acme-chat-eu,acme-chat,,,deployment list
";
const SOURCES: &str = "\
source_id,title,publisher,published,url,licence
acme-lca,Life-cycle assessment of acme-chat,Acme,2026-10,,internal
";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let own = Tables::new().factors(FACTORS).aliases(ALIASES).sources(SOURCES);
    let set = FactorSet::latest().with_tables("acme-2026.11", own)?;
    for model in ["acme-chat-eu", "mistral-large-2"] {
        let estimate = set.estimate(model, &Usage::of_call(600, 400))?;
        println!(
            "{model}: {} g CO2e, {} ({})",
            estimate.co2.central(),
            estimate.factor_id,
            estimate.factor_set
        );
    }

    // A row that no auditor would accept is refused, with the place of the fault.
    let unsourced = Tables::new().factors(FACTORS.replace("acme-lca", "hearsay")).sources(SOURCES);
    if let Err(error) = FactorSet::latest().with_tables("acme-2026.12", unsourced) {
        println!("{error}");
    }
    Ok(())
}
