//! The home page: what the product does, a code sample, the published table, prices, questions.

use crate::{
    app::App,
    http::{answer::Answer, problem::Problem, request::Input},
    pages::{
        html::html,
        registry::{FactorRow, SetRow, published},
        shell::Shell,
    },
    store::prices::Prices,
};
use askama::Template;
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
    set: SetRow,
}

/// `GET /`
pub(super) async fn show(app: &App, input: &Input) -> Result<Answer, Problem> {
    let set = app.registry.default_set();
    html(&Landing {
        shell: Shell::public(app, input, "/").await,
        url: app.network.url(input),
        factors: published(set),
        free_events: Language::En.number(Decimal::from(app.terms.prices.free_events)),
        prices: app.terms.prices.clone(),
        set: SetRow::of(set),
    })
}
