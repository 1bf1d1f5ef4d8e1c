//! The public registry: a list to search, and a page for each model and each class of models.

mod class;
mod history;
pub(super) mod list;
mod listed;
pub(super) mod model;
mod published;
mod rate;
mod region;
pub(super) mod regions;

use crate::{
    app::App,
    http::{problem::Problem, request::Input},
    pages::html::escaped,
};
use carbon_core::{
    FactorSet, Usage,
    factor::Source,
    model::Model,
    usage::{Media, MediaUnit},
};

/// The set of a page: that of `?factor_set=`, by default the server's.
struct ShownSet {
    set: &'static FactorSet,
    is_default: bool,
}

impl ShownSet {
    fn of(app: &App, input: &Input) -> Result<Self, Problem> {
        let default = app.registry.default_set();
        let Some(wanted) = input.asked("factor_set").filter(|wanted| !wanted.is_empty()) else {
            return Ok(ShownSet { set: default, is_default: true });
        };
        let known = || {
            let versions = app.registry.versions().join(", ");
            Problem::invalid("factor_set", format!("must be a factor set of this server: {versions}"))
        };
        let set = app.registry.released(&wanted).ok_or_else(known)?;
        Ok(ShownSet { set, is_default: set.as_str() == default.as_str() })
    }

    /// Version of the set.
    fn version(&self) -> &'static str {
        self.set.as_str()
    }

    /// The page of a name in this set.
    fn page(&self, name: &str) -> String {
        format!("{}{}", address(name), self.query('?'))
    }

    /// What an address within the registry ends with, so that it stays in this set.
    fn query(&self, first: char) -> String {
        if self.is_default { String::new() } else { format!("{first}factor_set={}", escaped(self.version())) }
    }
}

/// The page of a model, of a name or of a class.
pub(super) fn address(name: &str) -> String {
    format!("/registry/{}", escaped(name))
}

/// The call that models are compared by: 600 tokens of input, 400 of output.
fn typical_call(model: &Model) -> Usage {
    if model.video().is_some() {
        let [seconds, pixels] = VIDEO;
        let media = Media::default().with(MediaUnit::VideoMs, seconds * 1_000);
        let media = media.with(MediaUnit::VideoPixelS, seconds * pixels);
        Usage { requests: 1, media, ..Usage::default() }
    } else if model.is_encoder() {
        Usage::of_call(1_000, 0)
    } else {
        Usage::of_call(600, 400)
    }
}

/// Seconds and pixels of a frame.
const VIDEO: [u64; 2] = [8, 1_280 * 720];

/// The same in words.
fn words_of_typical_call(model: &Model) -> &'static str {
    if model.video().is_some() {
        "A video of 8 seconds, 1280 x 720"
    } else if model.is_encoder() {
        "A call of 1,000 tokens of input"
    } else {
        "A call of 600 tokens of input and 400 of output"
    }
}

/// A source with its link.
struct SourceLink {
    title: String,
    publisher: String,
    url: Option<String>,
}

impl SourceLink {
    fn of(source: &Source) -> Self {
        SourceLink {
            title: source.title().to_owned(),
            publisher: source.publisher().to_owned(),
            url: source.url().map(str::to_owned),
        }
    }
}
