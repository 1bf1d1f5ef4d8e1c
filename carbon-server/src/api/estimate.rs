//! What every method says about one usage: nothing is stored, nothing is billed.

use super::{
    Faults, Input,
    grid::{GridFigure, grid},
    models::{Citation, citation},
    now, place,
    tags::Tags,
    time,
    tokens::{self, Count, TokenCounts},
    unnoticed,
    usage_object::UsageObject,
};
use crate::{
    config,
    exact::{Exact, ExactRange},
    problem::Problem,
    response::Answer,
};
use carbon_core::{
    Call, EstimateError, FactorSet, Method, Opinions, Usage,
    method::{BottomUp, DEFAULT_POLICY, ecologits::Impacts},
    model::Disclosed,
    quantity::Quantity,
};
use serde::{Deserialize, Serialize};

/// The body: what `/track` takes without the tenant, so that a call can be tried before it is stored.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EstimateRequest {
    model: Option<String>,
    provider: Option<String>,
    region: Option<String>,
    timestamp: Option<String>,
    event_id: Option<String>,
    tags: Option<Tags>,
    input_tokens: Option<Count>,
    output_tokens: Option<Count>,
    prompt_tokens: Option<Count>,
    completion_tokens: Option<Count>,
    cache_read_input_tokens: Option<Count>,
    cache_creation_input_tokens: Option<Count>,
    reasoning_output_tokens: Option<Count>,
    usage: Option<UsageObject>,
    methods: Option<Methods>,
}

/// Which methods to answer with: `"all"`, or a list of names.
#[derive(Deserialize)]
#[serde(untagged)]
enum Methods {
    Word(String),
    List(Vec<String>),
}

/// The answer; also what the command line prints.
#[derive(Serialize)]
pub(crate) struct EstimateAnswer<'a> {
    model: &'a str,
    resolved_by: Option<&'static str>,
    region: Option<&'a str>,
    factor_set: &'a str,
    grid: Option<GridFigure<'a>>,
    methods: Vec<Opinion<'a>>,
    method_spread: Option<LowHigh>,
    consistency: Option<&'static str>,
    caveats: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestions: Option<Vec<&'a str>>,
}

#[expect(clippy::large_enum_variant, reason = "four of them an answer, made and written at once")]
#[derive(Serialize)]
#[serde(tag = "method", rename_all = "snake_case")]
enum Opinion<'a> {
    Coefficient {
        confidence: &'static str,
        co2_grams: ExactRange,
        factor_id: &'a str,
        source: Citation<'a>,
    },
    BottomUp {
        confidence: &'static str,
        co2_grams: ExactRange,
        operational_co2_grams: ExactRange,
        embodied_co2_grams: ExactRange,
        energy_wh: ExactRange,
        water_ml: ExactRange,
        onsite_water_ml: ExactRange,
        offsite_water_ml: ExactRange,
        budget: Vec<Share>,
        factor_id: &'a str,
        site: Site<'a>,
        source: Citation<'a>,
    },
    Ecologits {
        co2_grams: LowHigh,
        embodied_co2_grams: LowHigh,
        energy_wh: LowHigh,
        water_ml: LowHigh,
        adpe_kg_sb: LowHigh,
        primary_energy_mj: LowHigh,
        source: Option<Citation<'a>>,
    },
    Disclosed {
        confidence: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        co2_grams: Option<ExactRange>,
        #[serde(skip_serializing_if = "Option::is_none")]
        energy_wh: Option<ExactRange>,
        #[serde(skip_serializing_if = "Option::is_none")]
        water_ml: Option<ExactRange>,
        #[serde(skip_serializing_if = "Option::is_none")]
        adpe_kg_sb: Option<ExactRange>,
        per: &'static str,
        /// One a figure, in the order above.
        factors: Vec<DisclosedFactor<'a>>,
    },
}

/// Facility energy over IT energy that was taken, and whose it is.
#[derive(Serialize)]
struct Site<'a> {
    pue: f64,
    source: Citation<'a>,
}

#[derive(Serialize)]
struct DisclosedFactor<'a> {
    factor_id: &'a str,
    basis: &'static str,
    observed: Option<&'a str>,
    source: Citation<'a>,
}

#[derive(Serialize)]
struct LowHigh {
    low: Exact,
    high: Exact,
}

#[derive(Serialize)]
struct Share {
    component: &'static str,
    share: f64,
}

/// `POST /api/v1/estimate`
pub(super) fn create(input: &Input) -> Result<Answer, Problem> {
    let set = input.factor_set()?;
    let request: EstimateRequest = input.json()?;
    let mut faults = Faults::default();
    let (usage, _) = tokens::usage(
        &mut faults,
        &TokenCounts {
            input: request.input_tokens,
            output: request.output_tokens,
            prompt: request.prompt_tokens,
            completion: request.completion_tokens,
            cache_read: request.cache_read_input_tokens,
            cache_creation: request.cache_creation_input_tokens,
            reasoning: request.reasoning_output_tokens,
            object: request.usage.as_ref(),
        },
    );
    let model = faults.required_text("/model", request.model, config::MODEL_BYTES_MAX);
    let provider = faults.short_text("/provider", request.provider, config::PLACE_BYTES_MAX);
    let region = place::region(&mut faults, request.region, provider.as_deref());
    // Nothing is stored, so nothing is too old.
    let now = now();
    let occurred_at = request.timestamp.map_or(Some(now), |text| time::timestamp(&mut faults, &text, now));
    faults.short_text("/event_id", request.event_id, config::ID_BYTES_MAX);
    if let Some(tags) = &request.tags {
        tags.check(&mut faults);
    }
    let methods =
        request.methods.map_or_else(|| DEFAULT_POLICY.to_vec(), |methods| named(&mut faults, &methods));
    faults.none()?;
    let model = model.ok_or_else(unnoticed)?;
    let call = Call {
        model: &model,
        provider: provider.as_deref(),
        region: region.as_deref(),
        day: occurred_at.map(time::day),
    };
    let answer = estimate(set, &call, &usage, &methods)
        .map_err(|error| Problem::invalid("/region", format!("is refused: {error}")))?;
    Answer::ok(&answer)
}

fn named(faults: &mut Faults, methods: &Methods) -> Vec<Method> {
    let asked: Vec<&str> = match methods {
        Methods::Word(word) if word == "all" => return Method::ALL.to_vec(),
        Methods::Word(word) => vec![word],
        Methods::List(list) => list.iter().map(String::as_str).collect(),
    };
    let all = Method::ALL.iter().copied();
    let known: Vec<Method> = all.filter(|method| asked.contains(&method.as_str())).collect();
    if known.len() != asked.len() || known.is_empty() {
        let all: Vec<&str> = Method::ALL.iter().map(|method| method.as_str()).collect();
        faults.add("/methods", format!("must be \"all\" or a list of {}, each once", all.join(", ")));
    }
    known
}

/// What the named methods of `set` say. An unknown model has no value and no error; an unknown region is an error.
pub(crate) fn estimate<'a>(
    set: &'a FactorSet,
    call: &Call<'a>,
    usage: &Usage,
    methods: &[Method],
) -> Result<EstimateAnswer<'a>, carbon_core::place::UnknownRegion> {
    let opinions = match set.opinions(call, usage) {
        Ok(opinions) => opinions,
        Err(EstimateError::Region(unknown)) => return Err(unknown),
        Err(EstimateError::Model(_)) => {
            return Ok(EstimateAnswer {
                model: call.model,
                resolved_by: None,
                region: None,
                factor_set: set.as_str(),
                grid: None,
                methods: Vec::new(),
                method_spread: None,
                consistency: None,
                caveats: Vec::new(),
                confidence: Some("unknown"),
                suggestions: Some(set.suggestions(call.model)),
            });
        }
    };
    let said: Vec<Opinion<'a>> =
        methods.iter().filter_map(|method| opinion(set, &opinions, *method)).collect();
    let deployment = &opinions.deployment;
    Ok(EstimateAnswer {
        model: deployment.model.id(),
        resolved_by: Some(deployment.resolved_by.as_str()),
        region: deployment.location.map(|location| location.region),
        factor_set: set.as_str(),
        grid: deployment.location.map(|location| grid(&location, deployment.placed_by)),
        method_spread: opinions
            .spread()
            .map(|[low, high]| LowHigh { low: Exact::of(low), high: Exact::of(high) }),
        consistency: opinions.consistency().map(carbon_core::method::Consistency::as_str),
        caveats: opinions.caveats(),
        // Not where others know, and were not asked.
        confidence: opinions.spread().is_none().then_some("unknown"),
        methods: said,
        suggestions: None,
    })
}

fn opinion<'a>(set: &'a FactorSet, opinions: &Opinions<'a>, method: Method) -> Option<Opinion<'a>> {
    Some(match method {
        Method::Coefficient => {
            let (factor, co2) = opinions.coefficient?;
            Opinion::Coefficient {
                confidence: factor.confidence().as_str(),
                co2_grams: ExactRange::of(co2),
                factor_id: factor.id(),
                source: citation(factor.source()),
            }
        }
        Method::BottomUp => bottom_up(&opinions.bottom_up?),
        Method::Ecologits => ecologits(set, &opinions.ecologits?),
        Method::Disclosed => disclosed(opinions.disclosed?, &opinions.usage)?,
    })
}

fn bottom_up<'a>(ours: &BottomUp<'a>) -> Opinion<'a> {
    let record = ours.factor().record();
    Opinion::BottomUp {
        confidence: record.confidence().as_str(),
        co2_grams: ExactRange::of(ours.co2()),
        operational_co2_grams: ExactRange::of(ours.operational_co2()),
        embodied_co2_grams: ExactRange::of(ours.embodied_co2()),
        energy_wh: ExactRange::of(ours.energy()),
        water_ml: ExactRange::of(ours.water()),
        onsite_water_ml: ExactRange::of(ours.onsite_water()),
        offsite_water_ml: ExactRange::of(ours.offsite_water()),
        budget: ours.budget().into_iter().map(|(component, share)| Share { component, share }).collect(),
        factor_id: record.id(),
        site: Site { pue: ours.factor().pue(), source: citation(ours.factor().site().source()) },
        source: citation(record.source()),
    }
}

fn ecologits<'a>(set: &'a FactorSet, [low, high]: &[Impacts; 2]) -> Opinion<'a> {
    fn between<Q: Quantity>(low: Q, high: Q) -> LowHigh {
        LowHigh { low: Exact::of(low), high: Exact::of(high) }
    }
    Opinion::Ecologits {
        co2_grams: between(low.co2, high.co2),
        embodied_co2_grams: between(low.embodied_co2, high.embodied_co2),
        energy_wh: between(low.energy, high.energy),
        water_ml: between(low.water, high.water),
        adpe_kg_sb: between(low.adpe, high.adpe),
        primary_energy_mj: between(low.primary_energy, high.primary_energy),
        source: set.source("ecologits-method").map(citation),
    }
}

fn disclosed<'a>(disclosed: &'a Disclosed, usage: &Usage) -> Option<Opinion<'a>> {
    let co2 = disclosed.co2.as_ref();
    // The figures of one publication have one unit and one confidence.
    let record = disclosed.records().next()?;
    let per = co2.map(|factor| factor.central().per());
    let per = per.or_else(|| disclosed.energy.as_ref().map(|factor| factor.central().per()))?;
    Some(Opinion::Disclosed {
        confidence: record.confidence().as_str(),
        co2_grams: co2.map(|factor| ExactRange::of(factor.apply(usage))),
        energy_wh: disclosed.energy.as_ref().map(|factor| ExactRange::of(factor.apply(usage))),
        water_ml: disclosed.water.as_ref().map(|factor| ExactRange::of(factor.apply(usage))),
        adpe_kg_sb: disclosed.adpe.as_ref().map(|factor| ExactRange::of(factor.apply(usage))),
        per: per.as_str(),
        factors: disclosed
            .records()
            .map(|record| DisclosedFactor {
                factor_id: record.id(),
                basis: record.basis().as_str(),
                observed: record.validity().observed.as_deref(),
                source: citation(record.source()),
            })
            .collect(),
    })
}
