//! The front page: what it is, the two lines, the published table, prices, questions.

use super::{html, shell::Shell};
use crate::{
    api::{App, Input},
    config::Prices,
    problem::Problem,
    response::Answer,
};
use askama::Template;
use carbon_core::{Denominator, EmissionFactor, FactorSet};
use carbon_report::Language;
use rust_decimal::Decimal;

#[derive(Template)]
#[template(path = "landing.html")]
struct Landing {
    shell: Shell,
    url: String,
    factors: Vec<FactorRow>,
    prices: Prices,
    free_events: String,
    models: usize,
    zones: usize,
    regions: usize,
}

/// A row of the published table.
pub(super) struct FactorRow {
    pub(super) model: &'static str,
    pub(super) central: Decimal,
    pub(super) range: String,
    pub(super) level: &'static str,
    pub(super) source: &'static str,
    pub(super) url: Option<&'static str>,
}

/// The published table of the newest set.
pub(super) fn published() -> Vec<FactorRow> {
    FactorSet::latest().factors().map(factor_row).collect()
}

fn factor_row(factor: &'static EmissionFactor) -> FactorRow {
    let (low, high) = (factor.low(), factor.high());
    // A bound may count other tokens than the value does.
    let per = if low.per() == high.per() { String::new() } else { format!(" ({} alone)", words(low.per())) };
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

/// `GET /`
pub(super) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    let set = FactorSet::latest();
    html(&Landing {
        shell: Shell::public(app, input, "/").await,
        url: app.url(input),
        factors: published(),
        free_events: Language::En.number(Decimal::from(app.prices.free_events)),
        prices: app.prices.clone(),
        models: set.models().iter().filter(|model| model.parameters().is_some()).count(),
        zones: set.zones().len(),
        regions: set.regions().count(),
    })
}
