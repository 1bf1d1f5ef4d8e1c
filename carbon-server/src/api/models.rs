//! The registry, for anyone to read.

use super::Input;
use crate::{config, exact::Exact, problem::Problem, response::Answer};
use carbon_core::{EmissionFactor, FactorSet, Parameters, Rate, Source, UnknownModel};
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct List<'a> {
    factor_set: &'a str,
    models: Vec<Model<'a>>,
}

#[derive(Serialize)]
pub(crate) struct Shown<'a> {
    factor_set: &'a str,
    resolved_by: &'static str,
    region_hint: Option<String>,
    #[serde(flatten)]
    model: Model<'a>,
}

#[derive(Serialize)]
struct Model<'a> {
    model: &'a str,
    provider: Option<&'a str>,
    parameters: Option<Size<'a>>,
    factors: Vec<Factor<'a>>,
    sources: Vec<Citation<'a>>,
    aliases: Vec<&'a str>,
}

#[derive(Serialize)]
struct Size<'a> {
    status: &'static str,
    total_b: [f64; 2],
    active_b: [f64; 2],
    evidence_url: Option<&'a str>,
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
pub(super) struct Citation<'a> {
    title: &'a str,
    publisher: &'a str,
    published: Option<&'a str>,
    url: Option<&'a str>,
    licence: &'a str,
}

/// `GET /api/v1/models`
pub(super) fn list(input: &Input) -> Result<Answer, Problem> {
    Answer::ok(&all(input.factor_set()?))
}

/// `GET /api/v1/models/{id}`
pub(super) fn show(input: &Input, name: &str) -> Result<Answer, Problem> {
    let set = input.factor_set()?;
    if name.len() > config::MODEL_BYTES_MAX {
        return Err(Problem::not_found("model"));
    }
    let shown = one(set, name).map_err(|unknown| Problem::NotFound {
        detail: format!("In factor set {}, {unknown}.", set.as_str()),
        suggestions: set.suggestions(name).into_iter().map(str::to_owned).collect(),
    })?;
    Answer::ok(&shown)
}

/// Every model of a set.
pub(crate) fn all(set: &FactorSet) -> List<'_> {
    List { factor_set: set.as_str(), models: set.models().iter().map(|known| model(set, known)).collect() }
}

/// The model that a name leads to.
pub(crate) fn one<'a>(set: &'a FactorSet, name: &str) -> Result<Shown<'a>, UnknownModel> {
    let resolution = set.resolve(name)?;
    Ok(Shown {
        factor_set: set.as_str(),
        resolved_by: resolution.resolved_by.as_str(),
        region_hint: resolution.region_hint,
        model: model(set, resolution.model),
    })
}

fn model<'a>(set: &'a FactorSet, model: &'a carbon_core::Model) -> Model<'a> {
    let factor = model.coefficient();
    let sources = [factor.map(EmissionFactor::source), model.parameters().map(Parameters::source)];
    Model {
        model: model.id(),
        provider: model.provider(),
        parameters: model.parameters().map(|parameters| Size {
            status: parameters.status.as_str(),
            total_b: parameters.total_b,
            active_b: parameters.active_b,
            evidence_url: parameters.evidence_url(),
        }),
        factors: factor.map(shown).into_iter().collect(),
        sources: sources.into_iter().flatten().map(citation).collect(),
        aliases: set.aliases(model.id()),
    }
}

fn shown(factor: &EmissionFactor) -> Factor<'_> {
    Factor {
        factor_id: factor.id(),
        method: factor.method().as_str(),
        unit: "gCO2e per 1,000 tokens",
        low: per_tokens(factor.low()),
        central: per_tokens(factor.central()),
        high: per_tokens(factor.high()),
        range_basis: factor.range_basis().as_str(),
        confidence: factor.confidence().as_str(),
    }
}

fn per_tokens(rate: Rate) -> PerTokens {
    PerTokens { value: rate.grams_per_1k().into(), per: rate.per().as_str() }
}

pub(super) fn citation(source: &Source) -> Citation<'_> {
    Citation {
        title: source.title(),
        publisher: source.publisher(),
        published: source.published(),
        url: source.url(),
        licence: source.licence(),
    }
}
