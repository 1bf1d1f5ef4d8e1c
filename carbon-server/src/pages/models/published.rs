//! Figures that others have published of a model, each in its own unit.

use crate::pages::models::SourceLink;
use carbon_core::{
    factor::{Factor, Inclusion, Record, Stage},
    model::Model,
    quantity::Quantity,
    usage::Denominator,
};

/// One published figure.
pub(super) struct PublishedFigure {
    pub(super) what: &'static str,
    /// With its unit: `0.3 gCO2e per 1,000 tokens`.
    pub(super) value: String,
    pub(super) range: String,
    pub(super) level: &'static str,
    /// What it includes, and for which time it was observed.
    pub(super) scope: String,
    pub(super) source: SourceLink,
    pub(super) caveat: Option<String>,
}

/// The model's row in the published table, then what its provider has disclosed.
pub(super) fn published(model: &Model) -> Vec<PublishedFigure> {
    let disclosed = model.disclosed();
    [
        model.coefficient().map(|factor| figure("emissions, published table", factor)),
        disclosed.co2.as_ref().map(|factor| figure("emissions, disclosed", factor)),
        disclosed.energy.as_ref().map(|factor| figure("energy, disclosed", factor)),
        disclosed.water.as_ref().map(|factor| figure("water, disclosed", factor)),
        disclosed.adpe.as_ref().map(|factor| figure("minerals and metals, disclosed", factor)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn figure<Q: Quantity>(what: &'static str, factor: &Factor<Q>) -> PublishedFigure {
    let (low, central, high) = (factor.low(), factor.central(), factor.high());
    // A bound may be per other tokens than the value.
    let bound_per = |per: Denominator| {
        if per == central.per() { String::new() } else { format!(" per {}", unit(per)) }
    };
    PublishedFigure {
        what,
        value: format!("{} {} per {}", central.value().normalize(), Q::UNIT, unit(central.per())),
        range: format!(
            "{}{} to {}{}",
            low.value().normalize(),
            bound_per(low.per()),
            high.value().normalize(),
            bound_per(high.per())
        ),
        level: factor.confidence().as_str(),
        scope: scope(factor.record()),
        source: SourceLink::of(factor.source()),
        caveat: factor.caveat().map(str::to_owned),
    }
}

fn unit(per: Denominator) -> String {
    match per {
        Denominator::Requests => "request".to_owned(),
        Denominator::TotalTokens => "1,000 tokens".to_owned(),
        other => format!("1,000 {}", other.as_str().replace('_', " ")),
    }
}

/// `accelerator, host, idle; observed in May 2025`
pub(super) fn scope(record: &Record) -> String {
    let included: Vec<&str> = record.boundary().stages(Inclusion::Included).map(Stage::as_str).collect();
    let included = if included.is_empty() { "not stated".to_owned() } else { included.join(", ") };
    let observed = record.validity().observed.as_deref();
    observed.map_or(included.clone(), |observed| format!("{included}; observed {observed}"))
}
