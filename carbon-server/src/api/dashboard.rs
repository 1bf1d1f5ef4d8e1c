//! A client's dashboard: what a link opens.

use super::{App, figures::Figures, now, time, usage};
use crate::{link_token, problem::Problem, response::Answer, store::Opened};
use askama::Template;
use carbon_core::{Grams, Range};
use carbon_report::{Language, Month, figure};
use rust_decimal::Decimal;

/// Nothing but our own style sheet; nobody may frame it.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Page {
    client: String,
    supplier: String,
    month: String,
    total: Shown,
    models: Vec<ModelRow>,
}

struct ModelRow {
    name: String,
    figures: Shown,
}

/// Figures for the eye.
struct Shown {
    requests: u64,
    grams: String,
    range: String,
    confidence: String,
    coverage: String,
}

/// `GET /d/{token}`: one tenant, and nothing else.
pub(super) async fn show(app: &App, token: &str) -> Result<Answer, Problem> {
    let not_found = || Problem::not_found("dashboard, or its link is over");
    let link_key = link_token::link_key(app.store.link_secret(), token).ok_or_else(not_found)?;
    let now = now();
    let month = Month::of(time::day(now));
    let opened = app.store.open_dashboard(link_key, now.as_millisecond(), month).await?;
    let Opened { account, tenant_id, client, supplier, .. } = opened.ok_or_else(not_found)?;
    let (total, models) = usage::month_by_model(app, account, tenant_id, month).await?;
    let models = models
        .into_iter()
        .map(|(name, figures)| ModelRow { name: name.unwrap_or_default(), figures: shown(&figures) });
    let page = Page {
        client,
        supplier,
        month: Language::default().month(month),
        total: shown(&total),
        models: models.collect(),
    };
    let html = page.render().map_err(Problem::internal)?;
    Ok(Answer::page("text/html; charset=utf-8", html.into_bytes(), POLICY))
}

fn shown(figures: &Figures) -> Shown {
    let stated = figures.as_stated();
    let language = Language::default();
    let unknown = || "unknown".to_owned();
    let range = |co2: Range<Grams>| {
        format!("{} to {}", figure::mass(co2.low(), language), figure::mass(co2.high(), language))
    };
    let share = |ratio| {
        format!("{}\u{a0}%", language.number(figure::three_significant(ratio * Decimal::ONE_HUNDRED)))
    };
    Shown {
        requests: stated.usage.requests,
        grams: stated.co2.map_or_else(unknown, |co2| figure::mass(co2.central(), language)),
        range: stated.co2.map_or_else(unknown, range),
        confidence: figures.confidence().to_owned(),
        coverage: figures.coverage().map_or_else(|| "none yet".to_owned(), share),
    }
}
