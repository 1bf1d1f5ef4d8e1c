//! The registry on pages: the published table, and the contents of each factor set.

use carbon_core::{FactorSet, factor::EmissionFactor, usage::Denominator};
use rust_decimal::Decimal;

/// A row of the published table.
pub(super) struct FactorRow {
    pub(super) model: &'static str,
    pub(super) central: Decimal,
    pub(super) range: String,
    pub(super) level: &'static str,
    pub(super) source: &'static str,
    pub(super) url: Option<&'static str>,
}

/// The published table of a set.
pub(super) fn published(set: &'static FactorSet) -> Vec<FactorRow> {
    set.factors().map(factor_row).collect()
}

fn factor_row(factor: &'static EmissionFactor) -> FactorRow {
    let (low, high) = (factor.low(), factor.high());
    // A bound may be per other tokens than the value.
    let per = if low.per() == high.per() { String::new() } else { format!(" ({} only)", words(low.per())) };
    FactorRow {
        model: factor.model(),
        central: factor.central().value().normalize(),
        range: format!("{}{per} to {}", low.value().normalize(), high.value().normalize()),
        level: factor.confidence().as_str(),
        source: factor.source().title(),
        url: factor.source().url(),
    }
}

fn words(denominator: Denominator) -> String {
    denominator.as_str().replace('_', " ")
}

/// The contents of a factor set.
pub(super) struct SetRow {
    pub(super) version: &'static str,
    pub(super) published: usize,
    /// Models with a known size.
    pub(super) models: usize,
    pub(super) zones: usize,
    pub(super) regions: usize,
    pub(super) sha256: &'static str,
}

impl SetRow {
    pub(super) fn of(set: &'static FactorSet) -> Self {
        SetRow {
            version: set.as_str(),
            published: set.factors().count(),
            models: set.models().iter().filter(|model| model.parameters().is_some()).count(),
            zones: set.zones().len(),
            regions: set.regions().count(),
            sha256: set.sha256().unwrap_or_default(),
        }
    }
}
