//! The stated rules for reading model names that are not listed letter by letter.
//!
//! Providers, clouds and gateways wrap one model's name in many ways:
//! `eu.anthropic.claude-3-5-sonnet-20240620-v1:0`, `openrouter/openai/gpt-4o:free`,
//! `fireworks_ai/accounts/fireworks/models/llama-v3p1-405b-instruct`.
//! The rules take off what is known not to name the model, in front ([`path`], with the words of [`known`]) and
//! behind ([`behind`]), then try the ways in which a family writes versions ([`spelling`]) and endings ([`ending`]);
//! a name counts only where one of these is listed, or is short for one that is ([`short`]).
//! Nothing is compared by likeness, and names of models that are not about text lead only to what is listed as such.
//! `docs/methodology.md` states the rules for readers.

mod behind;
mod ending;
mod known;
mod path;
mod short;
mod spelling;

pub(crate) use known::GATEWAYS;
pub(crate) use path::Place;
pub(crate) use short::{SHORT_STEPS, short_names, sized};
pub(crate) use spelling::spellings;

/// A name without what stands around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// What is left to name the model, in lower case.
    pub(crate) core: String,
    /// Who serves or made it, as the parts before it in a path. Some ids are listed with the last one or two.
    pub(crate) wrappings: Vec<String>,
    /// Where the call was served, as far as the name says.
    pub(crate) place: Option<Place>,
    /// Whether it was trained further: where a name that moves led then is not said.
    pub(crate) tuned: bool,
}

/// Reads a name, or `None` where something is said that is not known.
pub(crate) fn read(name: &str, is_listed_region: &dyn Fn(&str) -> bool) -> Option<Name> {
    path::unwrap(name, is_listed_region)
}

/// Parts of names of audio, image, search and guard models that a name has: a factor for text does not apply to them, so
/// such a name leads only to a model that is listed with the same.
pub(crate) fn parts_of_no_text_model(core: &str) -> impl Iterator<Item = &'static str> {
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
    PARTS.iter().copied().filter(move |part| core.contains(part))
}
