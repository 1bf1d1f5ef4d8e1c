//! Counts as tools state them.

use carbon_core::usage::{Media, MediaUnit};

/// Counts as a tool states them.
#[derive(Clone, Debug, Default)]
pub(crate) struct StatedCounts {
    pub(crate) input: Option<u64>,
    pub(crate) output: Option<u64>,
    /// 0 is a field that was not filled in.
    pub(crate) total: Option<u64>,
    /// Input that was neither read from a cache nor written to one.
    pub(crate) fresh: Option<u64>,
    pub(crate) parts: Vec<Part>,
    /// What is known of the model, from its name.
    pub(crate) model: ModelNature,
    /// Whether one name says that cached tokens lie within the input, and another that they lie beside it.
    pub(crate) is_disputed: bool,
    /// What a reader should know of the fields themselves.
    pub(crate) notes: Vec<String>,
    /// Of how many calls they are, where that is stated; 0 is an unknown number.
    pub(crate) calls: Option<u64>,
    /// What of them is not text, and what no token stands for.
    pub(crate) media: Media,
}

/// A part of the input or of the output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) kind: PartKind,
    pub(crate) tokens: u64,
    /// Where it lies by default.
    pub(crate) place: Place,
    /// Whether the tool is known to state it so, whatever its total says.
    pub(crate) is_certain: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartKind {
    CacheRead,
    CacheCreation,
    /// Of the input, such as the results of tools.
    OtherInput,
    Reasoning,
    /// Of the output.
    OtherOutput,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Within,
    Beside,
}

/// What the name of a model says of its counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ModelNature {
    /// It embeds or ranks: its calls have no output.
    pub(crate) has_no_output: bool,
    /// Gateways state its thinking in the total alone.
    pub(crate) thinks_in_total: bool,
    /// Its maker states cached tokens beside the input.
    pub(crate) excludes_cache: bool,
}

impl StatedCounts {
    /// Adds what another statement of the same call says of what this one leaves open.
    pub(crate) fn complete(&mut self, other: StatedCounts) {
        for part in other.parts {
            match self.parts.iter_mut().find(|known| known.kind == part.kind) {
                Some(known) if known.tokens == 0 => *known = part,
                Some(_) => {}
                None => self.parts.push(part),
            }
        }
        self.input = self.input.or(other.input);
        self.output = self.output.or(other.output);
        self.total = self.total.or(other.total);
        self.notes.extend(other.notes);
        self.calls = self.calls.or(other.calls);
        for (unit, count) in MediaUnit::ALL.iter().zip(other.media.counts()) {
            if self.media.get(*unit) == 0 {
                self.media = self.media.with(*unit, count);
            }
        }
    }
}

impl ModelNature {
    pub(crate) fn of(model: &str) -> Self {
        /// Words of the names of models that embed or rank; the shorter ones begin one.
        const NO_OUTPUT: &[&str] = &["embed", "rerank", "minilm", "mpnet", "moderation", "-clip"];
        const NO_OUTPUT_FAMILIES: &[&str] = &["bge-", "gte-", "voyage-", "nomic-", "e5-"];
        let model = model.to_ascii_lowercase();
        let begins_a_word = |family: &&str| {
            model.match_indices(*family).any(|(at, _)| !model[..at].ends_with(|c: char| c.is_alphanumeric()))
        };
        ModelNature {
            has_no_output: NO_OUTPUT.iter().any(|word| model.contains(word))
                || NO_OUTPUT_FAMILIES.iter().any(begins_a_word),
            thinks_in_total: model.contains("gemini"),
            excludes_cache: model.contains("claude"),
        }
    }
}

impl PartKind {
    pub(crate) fn is_input(self) -> bool {
        match self {
            PartKind::CacheRead | PartKind::CacheCreation | PartKind::OtherInput => true,
            PartKind::Reasoning | PartKind::OtherOutput => false,
        }
    }

    pub(crate) fn is_cached(self) -> bool {
        self == PartKind::CacheRead || self == PartKind::CacheCreation
    }
}
