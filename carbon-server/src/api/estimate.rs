//! What every method says about one usage: nothing is stored, nothing is billed.

use super::{
    Faults, Input,
    models::{Citation, citation},
    tokens::{self, Count, TokenCounts},
};
use crate::{config, exact::Exact, problem::Problem, response::Answer};
use carbon_core::{
    BottomUp, FactorSet, KilogramsSb, Megajoules, Millilitres, ModelledGrams, NoOpinion, Opinions, Range,
    Usage, WattHours,
};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EstimateRequest {
    model: Option<String>,
    provider: Option<String>,
    region: Option<String>,
    input_tokens: Option<Count>,
    output_tokens: Option<Count>,
    prompt_tokens: Option<Count>,
    completion_tokens: Option<Count>,
    cache_read_input_tokens: Option<Count>,
    cache_creation_input_tokens: Option<Count>,
    reasoning_output_tokens: Option<Count>,
    methods: Option<Methods>,
}

/// Which methods to answer with: `"all"`, or a list of names.
#[derive(Deserialize)]
#[serde(untagged)]
enum Methods {
    Word(String),
    List(Vec<String>),
}

pub(crate) const ALL: [&str; 4] = ["coefficient", "bottom_up", "ecologits", "disclosed"];
/// The order in which a value is looked for where nobody asks for more.
const POLICY: [&str; 2] = ["coefficient", "bottom_up"];

/// The answer; also what the command line prints.
#[derive(Serialize)]
pub(crate) struct EstimateAnswer<'a> {
    model: &'a str,
    resolved_by: Option<&'static str>,
    region: Option<&'a str>,
    factor_set: &'a str,
    grid: Option<GridFigure<'a>>,
    methods: Vec<Opinion<'a>>,
    method_spread: Option<LowHigh<f64>>,
    consistency: Option<&'static str>,
    caveats: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestions: Option<Vec<&'a str>>,
}

#[derive(Serialize)]
struct GridFigure<'a> {
    zone: &'a str,
    g_per_kwh: f64,
    year: Option<u16>,
    source: Citation<'a>,
    given: bool,
}

#[derive(Serialize)]
#[serde(tag = "method", rename_all = "snake_case")]
enum Opinion<'a> {
    Coefficient {
        confidence: &'static str,
        co2_grams: LowCentralHigh<Exact>,
        factor_id: &'a str,
        source: Citation<'a>,
    },
    BottomUp {
        confidence: &'static str,
        co2_grams: LowCentralHigh<f64>,
        operational_co2_grams: LowCentralHigh<f64>,
        embodied_co2_grams: LowCentralHigh<f64>,
        energy_wh: LowCentralHigh<f64>,
        water_ml: LowCentralHigh<f64>,
        onsite_water_ml: f64,
        offsite_water_ml: f64,
        budget: Vec<Share>,
        source: Option<Citation<'a>>,
    },
    Ecologits {
        co2_grams: LowHigh<f64>,
        embodied_co2_grams: LowHigh<f64>,
        energy_wh: LowHigh<f64>,
        water_ml: LowHigh<f64>,
        adpe_kg_sb: LowHigh<f64>,
        primary_energy_mj: LowHigh<f64>,
    },
    Disclosed {
        co2_grams: f64,
        water_ml: f64,
        adpe_kg_sb: f64,
        per: &'static str,
        basis: &'static str,
        disclosure_id: &'a str,
        source: Citation<'a>,
    },
}

#[derive(Serialize)]
struct LowCentralHigh<T> {
    low: T,
    central: T,
    high: T,
}

#[derive(Serialize)]
struct LowHigh<T> {
    low: T,
    high: T,
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
    let usage = tokens::usage(
        &mut faults,
        &TokenCounts {
            input: request.input_tokens,
            output: request.output_tokens,
            prompt: request.prompt_tokens,
            completion: request.completion_tokens,
            cache_read: request.cache_read_input_tokens,
            cache_creation: request.cache_creation_input_tokens,
            reasoning: request.reasoning_output_tokens,
        },
    );
    let model = faults.required_text("/model", request.model, config::MODEL_BYTES_MAX);
    faults.short_text("/provider", request.provider, config::PLACE_BYTES_MAX);
    let region = faults.short_text("/region", request.region, config::PLACE_BYTES_MAX);
    let methods = request.methods.map_or_else(|| POLICY.to_vec(), |methods| names(&mut faults, &methods));
    faults.none()?;
    let model = model.ok_or_else(|| Problem::Internal("a missing field went unnoticed".to_owned()))?;
    let answer = estimate(set, &model, &usage, region.as_deref(), &methods)
        .map_err(|error| Problem::invalid("/region", format!("is refused: {error}")))?;
    Answer::ok(&answer)
}

fn names(faults: &mut Faults, methods: &Methods) -> Vec<&'static str> {
    let asked: Vec<&str> = match methods {
        Methods::Word(word) if word == "all" => return ALL.to_vec(),
        Methods::Word(word) => vec![word],
        Methods::List(list) => list.iter().map(String::as_str).collect(),
    };
    let known: Vec<&'static str> = ALL.into_iter().filter(|name| asked.contains(name)).collect();
    if known.len() != asked.len() || known.is_empty() {
        faults.add("/methods", format!("must be \"all\" or a list of {}, each once", ALL.join(", ")));
    }
    known
}

/// What the named methods of `set` say. An unknown model has no value and no error; an unknown region is an error.
pub(crate) fn estimate<'a>(
    set: &'a FactorSet,
    model: &'a str,
    usage: &Usage,
    region: Option<&str>,
    methods: &[&str],
) -> Result<EstimateAnswer<'a>, carbon_core::UnknownRegion> {
    let opinions = match set.opinions(model, usage, region) {
        Ok(opinions) => opinions,
        Err(NoOpinion::Region(unknown)) => return Err(unknown),
        Err(NoOpinion::Model(_)) => {
            return Ok(EstimateAnswer {
                model,
                resolved_by: None,
                region: None,
                factor_set: set.as_str(),
                grid: None,
                methods: Vec::new(),
                method_spread: None,
                consistency: None,
                caveats: Vec::new(),
                confidence: Some("unknown"),
                suggestions: Some(set.suggestions(model)),
            });
        }
    };
    let said: Vec<Opinion<'a>> = methods.iter().filter_map(|method| opinion(&opinions, method)).collect();
    Ok(EstimateAnswer {
        model: opinions.model.id(),
        resolved_by: Some(opinions.resolved_by.as_str()),
        region: opinions.location.map(|location| location.region),
        factor_set: set.as_str(),
        grid: opinions.location.map(|location| GridFigure {
            zone: location.zone.id(),
            g_per_kwh: location.zone.grid_g_per_kwh(),
            year: location.zone.year(),
            source: citation(location.zone.source()),
            given: opinions.location_given,
        }),
        method_spread: opinions.spread().map(|[low, high]| LowHigh { low, high }),
        consistency: opinions.consistency().map(carbon_core::Consistency::as_str),
        caveats: opinions.caveats(),
        confidence: said.is_empty().then_some("unknown"),
        methods: said,
        suggestions: None,
    })
}

fn opinion<'a>(opinions: &Opinions<'a>, method: &str) -> Option<Opinion<'a>> {
    Some(match method {
        "coefficient" => {
            let (factor, co2) = opinions.coefficient?;
            Opinion::Coefficient {
                confidence: factor.confidence().as_str(),
                co2_grams: LowCentralHigh {
                    low: co2.low().into(),
                    central: co2.central().into(),
                    high: co2.high().into(),
                },
                factor_id: factor.id(),
                source: citation(factor.source()),
            }
        }
        "bottom_up" => {
            let (ours, confidence) = opinions.bottom_up?;
            bottom_up(&ours, confidence.as_str(), opinions)
        }
        "ecologits" => {
            let corners = opinions.ecologits?;
            let [low, high] = corners;
            let between =
                |of: fn(&carbon_core::ecologits::Impacts) -> f64| LowHigh { low: of(&low), high: of(&high) };
            Opinion::Ecologits {
                co2_grams: between(|impacts| impacts.co2.as_f64()),
                embodied_co2_grams: between(|impacts| impacts.embodied_co2.as_f64()),
                energy_wh: between(|impacts| impacts.energy.as_f64()),
                water_ml: between(|impacts| impacts.water.as_f64()),
                adpe_kg_sb: between(|impacts| KilogramsSb::as_f64(impacts.adpe)),
                primary_energy_mj: between(|impacts| Megajoules::as_f64(impacts.primary_energy)),
            }
        }
        "disclosed" => {
            let (disclosed, impacts) = opinions.disclosed?;
            Opinion::Disclosed {
                co2_grams: impacts.co2.as_f64(),
                water_ml: impacts.water.as_f64(),
                adpe_kg_sb: impacts.adpe.as_f64(),
                per: disclosed.per().as_str(),
                basis: disclosed.basis().as_str(),
                disclosure_id: disclosed.id(),
                source: citation(disclosed.source()),
            }
        }
        _ => return None,
    })
}

fn bottom_up<'a>(ours: &BottomUp, confidence: &'static str, opinions: &Opinions<'a>) -> Opinion<'a> {
    let grams = |range: Range<ModelledGrams>| floats(range, ModelledGrams::as_f64);
    Opinion::BottomUp {
        confidence,
        co2_grams: grams(ours.co2),
        operational_co2_grams: grams(ours.operational_co2),
        embodied_co2_grams: grams(ours.embodied_co2),
        energy_wh: floats(ours.energy, WattHours::as_f64),
        water_ml: floats(ours.water, Millilitres::as_f64),
        onsite_water_ml: ours.onsite_water.as_f64(),
        offsite_water_ml: ours.offsite_water.as_f64(),
        budget: ours.budget().into_iter().map(|(component, share)| Share { component, share }).collect(),
        source: opinions.model.parameters().map(|parameters| citation(parameters.source())),
    }
}

fn floats<Q: Copy + PartialOrd>(range: Range<Q>, number: fn(Q) -> f64) -> LowCentralHigh<f64> {
    LowCentralHigh { low: number(range.low()), central: number(range.central()), high: number(range.high()) }
}
