//! The set of 2026.12, with two closed models on top whose figures were computed apart.

use carbon_core::{Call, FactorSet, Usage, method::BottomUp, registry::Tables};
use std::sync::LazyLock;

/// A closed model of 50 billion active parameters of 300, which no set has: for checking against figures computed apart.
pub(crate) const CLOSED: &str = "closed-a50-t300";
pub(crate) const OTHER_CLOSED: &str = "closed-a20-t100";
const MODELS: &str = "\
model,factor_id,provider,open_weights,parameters,total_b_min,total_b_max,active_b_min,active_b_max,tokens_per_s,first_token_s,boundary,valid_from,source_id,evidence_url,note
closed-a50-t300,bottom_up/closed-a50-t300@test,openai,no,estimated,300,300,50,50,,,bottom_up,2023-01-01,ecologits-0.11.3,,
closed-a20-t100,bottom_up/closed-a20-t100@test,anthropic,no,estimated,100,100,20,20,,,bottom_up,2023-01-01,ecologits-0.11.3,,
";

pub(crate) fn set() -> &'static FactorSet {
    static SET: LazyLock<FactorSet> = LazyLock::new(|| {
        let tables = Tables::new().models(MODELS);
        FactorSet::version("2026.12").unwrap().with_tables("2026.12", tables).unwrap()
    });
    &SET
}

/// The same with one constant replaced by this row of `method.csv`.
pub(crate) fn with_constants(row: &str) -> FactorSet {
    let table = format!("key,value,gsd,unit,source_id,reason\n{row}\n");
    set().with_tables("another method", Tables::new().method(table)).unwrap()
}

pub(crate) fn ours(model: &str, usage: &Usage, region: &str) -> BottomUp<'static> {
    let deployment = set().deployment(&Call { region: Some(region), ..Call::to(model) }).unwrap();
    deployment.bottom_up().unwrap().apply(usage)
}

/// Joules on the accelerators: low, central and high, without host, idle machines and facility.
pub(crate) fn accelerator_joules(model: &str, usage: &Usage) -> [f64; 3] {
    let ours = ours(model, usage, "USA");
    let (energy, facility) = (ours.energy(), 1.571 * ours.factor().in_place().pue());
    [energy.low(), energy.central(), energy.high()].map(|wh| wh.to_f64() * 3_600.0 / facility)
}
