//! Counts as tools state them.

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

impl ModelNature {
    pub(crate) fn of(model: &str) -> Self {
        /// In names of models that embed or rank.
        const NO_OUTPUT: &[&str] =
            &["embed", "rerank", "bge-", "gte-", "voyage-", "minilm", "mpnet", "nomic-", "e5-"];
        let model = model.to_ascii_lowercase();
        ModelNature {
            has_no_output: NO_OUTPUT.iter().any(|part| model.contains(part)),
            thinks_in_total: model.contains("gemini"),
            excludes_cache: model.contains("claude"),
        }
    }
}

impl PartKind {
    pub(super) fn is_input(self) -> bool {
        match self {
            PartKind::CacheRead | PartKind::CacheCreation | PartKind::OtherInput => true,
            PartKind::Reasoning | PartKind::OtherOutput => false,
        }
    }

    pub(super) fn is_cached(self) -> bool {
        self == PartKind::CacheRead || self == PartKind::CacheCreation
    }
}
