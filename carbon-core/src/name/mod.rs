//! The stated rules for reading model names that are not listed letter by letter.
//!
//! Providers, clouds and gateways wrap one model's name in many ways:
//! `eu.anthropic.claude-3-5-sonnet-20240620-v1:0`, `openrouter/openai/gpt-4o:free`,
//! `fireworks_ai/accounts/fireworks/models/llama-v3p1-405b-instruct`.
//! The rules take off what is known not to name the model, in front ([`path`], with the words of [`known`]) and
//! behind ([`behind`]), then try the ways in which a family writes versions ([`spelling`]) and endings ([`ending`]);
//! a name counts only where one of these is listed, or is short for one that is ([`short`]).
//! Nothing is compared by likeness, and names of models that are not about text lead nowhere.
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
    /// Who made it, as the part before it in a path: some ids are listed with that.
    pub(crate) organisation: Option<String>,
    /// Where the call was served, as far as the name says.
    pub(crate) place: Option<Place>,
    /// Whether it was trained further: where a name that moves led then is not said.
    pub(crate) tuned: bool,
}

/// Reads a name, or `None` where it is known to name no text model, or to need a table that we do not have.
pub(crate) fn read(name: &str, is_listed_region: &dyn Fn(&str) -> bool) -> Option<Name> {
    let name = path::unwrap(name, is_listed_region)?;
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
