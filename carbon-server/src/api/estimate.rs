//! The result of every method for one call; nothing is stored or invoiced.

use crate::{
    app::App,
    base::clock::{self, now},
    config,
    http::{
        answer::Answer,
        faults::{Faults, unnoticed},
        problem::Problem,
        request::Input,
    },
    ingest::{
        count::{Seconds, TokenCount},
        media::MediaFields,
        place,
        tags::Tags,
        time,
        tokens::{self, TokenCounts},
        usage_object::UsageObject,
    },
};
use carbon_core::{
    Call, EstimateError, FactorSet, Method, Usage, json::SelectedOpinions, method::DEFAULT_POLICY,
};
use serde::{Deserialize, Serialize};

/// The body: as for `/track` but without the tenant, so that a call can be tried before it is stored.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EstimateRequest {
    model: Option<String>,
    provider: Option<String>,
    region: Option<String>,
    timestamp: Option<String>,
    event_id: Option<String>,
    tags: Option<Tags>,
    input_tokens: Option<TokenCount>,
    output_tokens: Option<TokenCount>,
    prompt_tokens: Option<TokenCount>,
    completion_tokens: Option<TokenCount>,
    cache_read_input_tokens: Option<TokenCount>,
    cache_creation_input_tokens: Option<TokenCount>,
    reasoning_output_tokens: Option<TokenCount>,
    input_image_tokens: Option<TokenCount>,
    input_audio_tokens: Option<TokenCount>,
    output_image_tokens: Option<TokenCount>,
    output_audio_tokens: Option<TokenCount>,
    images: Option<TokenCount>,
    image_size: Option<String>,
    video_seconds: Option<Seconds>,
    video_size: Option<String>,
    audio_seconds: Option<Seconds>,
    usage: Option<UsageObject>,
    calls: Option<TokenCount>,
    methods: Option<Methods>,
}

/// The methods to use: `"all"`, or a list of names.
#[derive(Deserialize)]
#[serde(untagged)]
enum Methods {
    Word(String),
    List(Vec<String>),
}

/// The answer; also what the command line prints.
#[expect(clippy::large_enum_variant, reason = "one a request, made and written at once")]
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum EstimateAnswer<'a> {
    Known(SelectedOpinions<'a>),
    Unknown(UnknownModelAnswer<'a>),
}

/// An answer, and how the counts were read, where that is not certain.
#[derive(Serialize)]
struct Noted<'a> {
    #[serde(flatten)]
    answer: EstimateAnswer<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

/// The answer of a model that no method knows: the same fields, without a number.
#[derive(Serialize)]
pub(crate) struct UnknownModelAnswer<'a> {
    model: &'a str,
    resolved_by: Option<&'a str>,
    region: Option<&'a str>,
    factor_set: &'a str,
    grid: Option<&'a str>,
    methods: [&'a str; 0],
    method_spread: Option<&'a str>,
    consistency: Option<&'a str>,
    caveats: [&'a str; 0],
    confidence: &'static str,
    suggestions: Vec<&'a str>,
}

/// `POST /api/v1/estimate`
pub(crate) fn create(app: &App, input: &Input) -> Result<Answer, Problem> {
    let set = input.factor_set(&app.registry)?;
    let request: EstimateRequest = input.json()?;
    let mut faults = Faults::default();
    let read = tokens::usage(
        &mut faults,
        request.model.as_deref(),
        &TokenCounts {
            input: request.input_tokens,
            output: request.output_tokens,
            prompt: request.prompt_tokens,
            completion: request.completion_tokens,
            cache_read: request.cache_read_input_tokens,
            cache_creation: request.cache_creation_input_tokens,
            reasoning: request.reasoning_output_tokens,
            object: request.usage.as_ref(),
            calls: request.calls,
            media: MediaFields {
                tokens: [
                    request.input_image_tokens,
                    request.input_audio_tokens,
                    request.output_image_tokens,
                    request.output_audio_tokens,
                ],
                images: request.images,
                image_size: request.image_size.as_deref(),
                video: request.video_seconds,
                video_size: request.video_size.as_deref(),
                audio: request.audio_seconds,
            },
        },
    );
    let model = faults.required_text("/model", request.model, config::MODEL_BYTES_MAX);
    let provider = faults.short_text("/provider", request.provider, config::PLACE_BYTES_MAX);
    let region = place::region(&set, &mut faults, request.region, provider.as_deref());
    // Nothing is stored, so any past time will do.
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
        day: occurred_at.map(clock::day),
        hour: occurred_at.map(clock::hour),
    };
    let answer = estimate(&set, &call, &read.usage, &methods)
        .map_err(|error| Problem::invalid("/region", format!("is invalid: {error}")))?;
    let notes = read.notes.iter().cloned().chain(read.note_of_context()).collect();
    Answer::ok(&Noted { answer, notes })
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

/// The results of these methods of `set`. An unknown model gives no value and no error; an unknown region is an error.
pub(crate) fn estimate<'a>(
    set: &'a FactorSet,
    call: &Call<'a>,
    usage: &Usage,
    methods: &[Method],
) -> Result<EstimateAnswer<'a>, carbon_core::place::UnknownRegion> {
    match set.opinions(call, usage) {
        Ok(opinions) => Ok(EstimateAnswer::Known(opinions.select(methods))),
        Err(EstimateError::Region(unknown)) => Err(unknown),
        Err(EstimateError::Model(_)) => Ok(EstimateAnswer::Unknown(UnknownModelAnswer {
            model: call.model,
            resolved_by: None,
            region: None,
            factor_set: set.as_str(),
            grid: None,
            methods: [],
            method_spread: None,
            consistency: None,
            caveats: [],
            confidence: "unknown",
            suggestions: set.suggestions(call.model),
        })),
    }
}
