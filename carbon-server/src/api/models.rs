//! The public registry.

use crate::{
    app::{App, documents::Subject},
    base::{
        clock::{day, now},
        exact::Exact,
    },
    config,
    http::{
        answer::{Answer, Document},
        problem::Problem,
        request::Input,
    },
};
use carbon_core::{
    Call, Confidence, FactorSet, Method, Range, Usage, WattHours,
    factor::{EmissionFactor, Record, Source, Stage, StatedRate},
    method::{BottomUpFactor, MeasuredInPlace},
    model::{Disclosed, UnknownModel},
    quantity::Quantity,
    usage::Denominator,
};
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
pub(crate) struct List<'a> {
    factor_set: &'a str,
    models: Vec<ModelEntry<'a>>,
}

#[derive(Serialize)]
pub(crate) struct ModelAnswer<'a> {
    factor_set: &'a str,
    resolved_by: &'static str,
    region_hint: Option<String>,
    /// What a reader should know of the name.
    caveats: Vec<String>,
    #[serde(flatten)]
    model: ModelEntry<'a>,
}

#[derive(Serialize)]
struct ModelEntry<'a> {
    model: &'a str,
    provider: Option<&'a str>,
    parameters: Option<ModelParameters<'a>>,
    factors: Vec<FactorEntry<'a>>,
    sources: Vec<Citation<'a>>,
    aliases: &'a [String],
}

#[derive(Serialize)]
struct ModelParameters<'a> {
    status: &'static str,
    total_b: [f64; 2],
    active_b: [f64; 2],
    active_in_b: [f64; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    second_source: Option<Citation<'a>>,
    evidence_url: Option<&'a str>,
}

#[derive(Serialize)]
struct FactorEntry<'a> {
    method: &'static str,
    /// Per 1,000 tokens, or per request.
    unit: &'static str,
    low: Per,
    central: Per,
    high: Per,
    range_basis: &'static str,
    /// A modelled factor is shown for the provider's usual location.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    #[serde(flatten)]
    particulars: Particulars<'a>,
}

#[derive(Serialize)]
struct Particulars<'a> {
    factor_id: &'a str,
    confidence: &'static str,
    /// For each part of the system, whether it is `included`, `excluded` or `unknown`.
    boundary: BTreeMap<&'static str, &'static str>,
    basis: &'static str,
    valid_from: String,
    valid_to: Option<String>,
    observed: Option<&'a str>,
}

#[derive(Serialize)]
struct Per {
    value: Exact,
    per: &'static str,
}

#[derive(Serialize)]
pub(crate) struct Citation<'a> {
    pub(super) title: &'a str,
    pub(super) publisher: &'a str,
    pub(super) published: Option<&'a str>,
    pub(super) url: Option<&'a str>,
    pub(super) licence: &'a str,
}

/// `GET /api/v1/models`
pub(crate) fn list(app: &App, input: &Input) -> Result<Answer, Problem> {
    let set = input.factor_set(&app.registry)?;
    let has_own = input.caller.is_some_and(|caller| app.registry.own(caller.account).revision() > 0);
    if has_own {
        return Answer::ok(&all(&set)).map(Answer::revalidated);
    }
    let subject = Subject::Models(set.as_str().to_owned());
    app.documents.get(subject, || Document::of(&all(&set))).map(Answer::document)
}

/// `GET /api/v1/models/{id}`
pub(crate) fn show(app: &App, input: &Input, name: &str) -> Result<Answer, Problem> {
    let set = input.factor_set(&app.registry)?;
    if name.len() > config::MODEL_BYTES_MAX {
        return Err(Problem::not_found("model"));
    }
    let shown = one(&set, name, day(now())).map_err(|unknown| Problem::NotFound {
        detail: format!("In factor set {}, {unknown}.", set.as_str()),
        suggestions: set.suggestions(name).into_iter().map(str::to_owned).collect(),
    })?;
    Answer::ok(&shown).map(Answer::revalidated)
}

/// Every model of a set.
pub(crate) fn all(set: &FactorSet) -> List<'_> {
    List {
        factor_set: set.as_str(),
        models: set.models().iter().map(|known| model(set, known, &Record::confidence)).collect(),
    }
}

/// The model that a name stands for, with what the account has measured for that very name and is valid on the day.
pub(crate) fn one<'a>(set: &'a FactorSet, name: &str, day: Date) -> Result<ModelAnswer<'a>, UnknownModel> {
    let call = Call { day: Some(day), ..Call::to(name) };
    let deployment = set.deployment(&call).ok();
    let measured = deployment.as_ref().and_then(|found| Some((found, found.measured()?)));
    let mut answer = match (set.resolve(name), &measured) {
        (Ok(resolution), _) => ModelAnswer {
            factor_set: set.as_str(),
            resolved_by: resolution.resolved_by.as_str(),
            caveats: resolution.caveat().into_iter().collect(),
            model: model(set, resolution.model, &|record| resolution.confidence(record)),
            region_hint: resolution.region_hint,
        },
        // Of a name that is metered no more need be known.
        (Err(_), Some((found, _))) => ModelAnswer {
            factor_set: set.as_str(),
            resolved_by: found.resolved_by.as_str(),
            caveats: found.caveat().into_iter().collect(),
            model: model(set, found.model, &Record::confidence),
            region_hint: found.region_hint.clone(),
        },
        (Err(unknown), None) => return Err(unknown),
    };
    if let Some((_, measured)) = measured {
        answer.model.factors.splice(0..0, of_meters(&measured));
        answer.model.sources.insert(0, citation(measured.record().source()));
    }
    Ok(answer)
}

/// How far a figure can be trusted under the name that was asked for.
type Trust<'a> = &'a dyn Fn(&Record) -> Confidence;

fn model<'a>(set: &'a FactorSet, model: &'a carbon_core::model::Model, trust: Trust<'_>) -> ModelEntry<'a> {
    let coefficient = model.coefficient().into_iter().map(|factor| published(factor, trust));
    let modelled = set.deployment(&Call::to(model.id())).ok().and_then(|deployment| deployment.bottom_up());
    let Disclosed { co2, energy, water, adpe, .. } = model.disclosed();
    let disclosed = [
        co2.as_ref().map(|factor| published(factor, trust)),
        energy.as_ref().map(|factor| published(factor, trust)),
        water.as_ref().map(|factor| published(factor, trust)),
        adpe.as_ref().map(|factor| published(factor, trust)),
    ];
    let mut sources: Vec<&Source> = Vec::new();
    let parameters = model.parameters();
    let records = model.coefficient().map(EmissionFactor::record).into_iter();
    let records = records.chain(parameters.map(carbon_core::model::Parameters::record));
    let second = parameters.and_then(carbon_core::model::Parameters::second_source);
    for source in records.chain(model.disclosed().records()).map(Record::source).chain(second) {
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    ModelEntry {
        model: model.id(),
        provider: model.provider(),
        parameters: parameters.map(|parameters| ModelParameters {
            status: parameters.status().as_str(),
            total_b: parameters.size().total_b,
            active_b: parameters.size().active_b,
            active_in_b: parameters.size().active_in_b,
            second_source: parameters.second_source().map(citation),
            evidence_url: parameters.evidence_url(),
        }),
        factors: coefficient
            .chain(modelled.iter().flat_map(|factor| of_model(factor, trust)))
            .chain(disclosed.into_iter().flatten())
            .collect(),
        sources: sources.into_iter().map(citation).collect(),
        aliases: model.aliases(),
    }
}

fn published<'a, Q: Quantity>(
    factor: &'a carbon_core::factor::Factor<Q>,
    trust: Trust<'_>,
) -> FactorEntry<'a> {
    let per = |rate: StatedRate<Q>| Per { value: rate.value().into(), per: rate.per().as_str() };
    FactorEntry {
        method: factor.method().as_str(),
        unit: Q::UNIT,
        low: per(factor.low()),
        central: per(factor.central()),
        high: per(factor.high()),
        range_basis: factor.range_basis().as_str(),
        region: None,
        particulars: particulars(factor.record(), trust),
    }
}

/// A thousand tokens of one kind.
fn thousands() -> [(Denominator, Usage); 3] {
    [
        (Denominator::OutputTokens, Usage::of_call(0, 1_000)),
        (Denominator::FreshInputTokens, Usage::of_call(1_000, 0)),
        (Denominator::CacheReadTokens, Usage { cache_read_input_tokens: 1_000, ..Usage::of_call(1_000, 0) }),
    ]
}

/// Facility energy per output token and per fresh input token.
fn of_model<'a>(factor: &BottomUpFactor<'a>, trust: Trust<'_>) -> [FactorEntry<'a>; 2] {
    let [output, fresh_input, _] = thousands();
    let region = factor.in_place().location().region;
    [output, fresh_input].map(|(denominator, thousand)| {
        let energy = factor.apply(&thousand).energy();
        let particulars = particulars(factor.record(), trust);
        of_energy([Method::BottomUp.as_str(), "bottom_up_interval"], energy, denominator, region, particulars)
    })
}

/// The same as the account's own meters have it, and per cached input token.
fn of_meters<'a>(factor: &MeasuredInPlace<'a>) -> [FactorEntry<'a>; 3] {
    let region = factor.in_place().location().region;
    thousands().map(|(denominator, thousand)| {
        let energy = factor.apply(&thousand).energy();
        let particulars = particulars(factor.record(), &Record::confidence);
        of_energy([Method::Measured.as_str(), "measured_interval"], energy, denominator, region, particulars)
    })
}

fn of_energy<'a>(
    [method, range_basis]: [&'static str; 2],
    energy: Range<WattHours>,
    denominator: Denominator,
    region: &'a str,
    particulars: Particulars<'a>,
) -> FactorEntry<'a> {
    let per = |energy| Per { value: Exact::of(energy), per: denominator.as_str() };
    FactorEntry {
        method,
        unit: WattHours::UNIT,
        low: per(energy.low()),
        central: per(energy.central()),
        high: per(energy.high()),
        range_basis,
        region: Some(region),
        particulars,
    }
}

fn particulars<'a>(record: &'a Record, trust: Trust<'_>) -> Particulars<'a> {
    let validity = record.validity();
    let covers = |&stage: &Stage| (stage.as_str(), record.boundary().covers(stage).as_str());
    Particulars {
        factor_id: record.id(),
        confidence: trust(record).as_str(),
        boundary: Stage::ALL.iter().map(covers).collect(),
        basis: record.basis().as_str(),
        valid_from: validity.from.to_string(),
        valid_to: validity.to.map(|day| day.to_string()),
        observed: validity.observed.as_deref(),
    }
}

pub(crate) fn citation(source: &Source) -> Citation<'_> {
    Citation {
        title: source.title(),
        publisher: source.publisher(),
        published: source.published(),
        url: source.url(),
        licence: source.licence(),
    }
}
