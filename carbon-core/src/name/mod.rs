//! The stated rule for reading model names that are not listed letter by letter.
//!
//! Providers, clouds and gateways wrap one model's name in many ways:
//! `eu.anthropic.claude-3-5-sonnet-20240620-v1:0`, `openrouter/openai/gpt-4o:free`,
//! `fireworks_ai/accounts/fireworks/models/llama-v3p1-405b-instruct`.
//! The rule takes off what is known not to name the model ([`path`]), then tries the ways in which a family
//! writes versions, dates and weights ([`spelling`]); a name counts only where one of these is listed.
//! Nothing is compared by likeness, and names of models that are not about text lead nowhere.

mod path;
mod spelling;

pub(crate) use path::Place;
pub(crate) use spelling::spellings;

/// A name without what stands around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// What is left to name the model, in lower case.
    pub(crate) core: String,
    /// Where the call was served, as far as the name says.
    pub(crate) place: Option<Place>,
}

/// Reads a name, or `None` where it is known to name no text model, or to need a table that we do not have.
pub(crate) fn read(name: &str) -> Option<Name> {
    let name = path::unwrap(name)?;
    (!names_no_text_model(&name.core)).then_some(name)
}

/// Parts of names of audio, image, search and guard models: a factor for text does not apply to them.
fn names_no_text_model(core: &str) -> bool {
    const PARTS: &[&str] = &[
        "audio",
        "computer-use",
        "cyber",
        "deep-research",
        "embed",
        "guard",
        "image",
        "live",
        "lyria",
        "moderation",
        "native",
        "ocr",
        "omni",
        "realtime",
        "rerank",
        "robotics",
        "search",
        "speech",
        "transcribe",
        "tts",
        "veo",
        "whisper",
    ];
    PARTS.iter().any(|part| core.contains(part))
}
