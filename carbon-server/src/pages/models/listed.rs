//! What lists and filters show of a model.

use crate::pages::size::span;
use carbon_core::{
    FactorSet,
    factor::Factor,
    model::{Model, OpenWeights, Parameters, ParametersStatus},
};

/// The value and the words of the group of models that a provider serves.
pub(super) fn provider<'a>(set: &'a FactorSet, model: &'a Model) -> (&'a str, &'a str) {
    let Some(id) = model.provider() else { return (NOT_STATED, "not stated") };
    let id = set.provider(id).unwrap_or(id);
    let words = match id {
        "anthropic" => "Anthropic",
        "cohere" => "Cohere",
        "google" | "google_genai" => "Google",
        "huggingface_hub" => "Hugging Face",
        "mistralai" => "Mistral AI",
        "open-weights" => "any host",
        "openai" => "OpenAI",
        other => other,
    };
    (id, words)
}

/// The value of what a set does not state.
pub(super) const NOT_STATED: &str = "none";

/// The confidence of its values, or `unknown`.
pub(super) fn confidence(model: &Model) -> &'static str {
    let published = model.coefficient().map(Factor::confidence);
    let modelled = || model.parameters().map(|known| known.record().confidence());
    published.or_else(modelled).map_or("unknown", |level| level.as_str())
}

/// The word for how its size is known.
pub(super) fn status(model: &Model) -> &'static str {
    model.parameters().map_or(NOT_STATED, |known| known.status().as_str())
}

/// Whether its weights are open: `yes`, `no` or `unknown`.
pub(super) fn weights(model: &Model) -> &'static str {
    model.parameters().map_or(OpenWeights::Unknown, Parameters::open_weights).as_str()
}

/// How a size is known, in a word or two.
pub(super) fn status_words(status: &str) -> &'static str {
    match status {
        "disclosed" => "published",
        "estimated" => "estimated",
        "from_name" => "from the name",
        "unverified" => "model card, not read again",
        _ => "not public",
    }
}

/// Every word for how a size is known that a registry has.
pub(super) fn statuses() -> [&'static str; 5] {
    use ParametersStatus::{Disclosed, Estimated, FromName, Unverified};
    let [disclosed, estimated, from_name, unverified] =
        [Disclosed, Estimated, FromName, Unverified].map(ParametersStatus::as_str);
    [disclosed, estimated, from_name, unverified, NOT_STATED]
}

/// Billions of parameters, active of all: `37 of 671`.
pub(super) fn billions(model: &Model) -> String {
    let Some(known) = model.parameters() else { return String::new() };
    let (active, total) = (span(known.size().active_b), span(known.size().total_b));
    if active == total { total } else { format!("{active} of {total}") }
}
