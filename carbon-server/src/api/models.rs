//! The registry, for anyone to read.

use super::Input;
use crate::{config, exact::Exact, problem::Problem, response::Answer};
use carbon_core::{EmissionFactor, FactorSet, Rate, Resolution, Source};
use serde::Serialize;

#[derive(Serialize)]
struct List<'a> {
    factor_set: &'a str,
    models: Vec<Model<'a>>,
}

#[derive(Serialize)]
struct Shown<'a> {
    factor_set: &'a str,
    resolved_by: &'static str,
    #[serde(flatten)]
    model: Model<'a>,
}

#[derive(Serialize)]
struct Model<'a> {
    model: &'a str,
    confidence: &'static str,
    factors: Vec<Factor<'a>>,
    sources: Vec<Citation<'a>>,
    aliases: Vec<&'a str>,
}

#[derive(Serialize)]
struct Factor<'a> {
    factor_id: &'a str,
    method: &'static str,
    unit: &'static str,
    low: PerTokens,
    central: PerTokens,
    high: PerTokens,
    range_basis: &'static str,
    confidence: &'static str,
}

#[derive(Serialize)]
struct PerTokens {
    value: Exact,
    per: &'static str,
}

#[derive(Serialize)]
struct Citation<'a> {
    title: &'a str,
    publisher: &'a str,
    published: Option<&'a str>,
    url: Option<&'a str>,
    licence: &'a str,
}

/// `GET /api/v1/models`
pub(super) fn list(input: &Input) -> Result<Answer, Problem> {
    let set = input.factor_set()?;
    let models = set.factors().iter().map(|factor| model(set, factor)).collect();
    Answer::ok(&List { factor_set: set.as_str(), models })
}

/// `GET /api/v1/models/{id}`
pub(super) fn show(input: &Input, name: &str) -> Result<Answer, Problem> {
    let set = input.factor_set()?;
    if name.len() > config::MODEL_BYTES_MAX {
        return Err(Problem::not_found("model"));
    }
    let Resolution { factor, resolved_by } = set.resolve(name).map_err(|unknown| Problem::NotFound {
        detail: format!("In factor set {}, {unknown}.", set.as_str()),
        suggestions: set.suggestions(name).into_iter().map(str::to_owned).collect(),
    })?;
    Answer::ok(&Shown {
        factor_set: set.as_str(),
        resolved_by: resolved_by.as_str(),
        model: model(set, factor),
    })
}

fn model<'a>(set: &'a FactorSet, factor: &'a EmissionFactor) -> Model<'a> {
    Model {
        model: factor.model(),
        confidence: factor.confidence().as_str(),
        factors: vec![Factor {
            factor_id: factor.id(),
            method: factor.method().as_str(),
            unit: "gCO2e per 1,000 tokens",
            low: per_tokens(factor.low()),
            central: per_tokens(factor.central()),
            high: per_tokens(factor.high()),
            range_basis: factor.range_basis().as_str(),
            confidence: factor.confidence().as_str(),
        }],
        sources: vec![citation(factor.source())],
        aliases: set.aliases(factor.model()),
    }
}

fn per_tokens(rate: Rate) -> PerTokens {
    PerTokens { value: rate.grams_per_1k().into(), per: rate.per().as_str() }
}

fn citation(source: &Source) -> Citation<'_> {
    Citation {
        title: source.title(),
        publisher: source.publisher(),
        published: source.published(),
        url: source.url(),
        licence: source.licence(),
    }
}
