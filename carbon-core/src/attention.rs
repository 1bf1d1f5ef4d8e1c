//! How a model attends to what came before, and how that is known.

use crate::words::words;

/// The attention of a model: what each token costs for every token before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Attention {
    pub(crate) kind: AttentionKind,
    pub(crate) cache_bytes_per_token: f64,
    pub(crate) flop_per_pair: f64,
    pub(crate) window_tokens: Option<u64>,
    pub(crate) evidence: AttentionEvidence,
    pub(crate) evidence_url: Option<String>,
}

impl Attention {
    /// Its kind.
    pub fn kind(&self) -> AttentionKind {
        self.kind
    }

    /// Whether the model embeds or ranks: it reads, and writes nothing.
    pub fn is_encoder(&self) -> bool {
        self.kind == AttentionKind::Encoder
    }

    /// Bytes of keys and values that one more token of context adds to every read, at two bytes a number.
    /// Layers with a window of their own are left out: what they read does not grow.
    pub fn cache_bytes_per_token(&self) -> f64 {
        self.cache_bytes_per_token
    }

    /// Operations of attention for a token of a prompt and one before it, in the same layers.
    pub fn flop_per_pair(&self) -> f64 {
        self.flop_per_pair
    }

    /// Tokens that fit into one call, prompt and answer together; `None` where nobody has read it.
    pub fn window_tokens(&self) -> Option<u64> {
        self.window_tokens
    }

    /// How its numbers are known.
    pub fn evidence(&self) -> AttentionEvidence {
        self.evidence
    }

    /// The page or file that they were taken from.
    pub fn evidence_url(&self) -> Option<&str> {
        self.evidence_url.as_deref()
    }
}

words! {
    /// How a model attends to the tokens before.
    #[non_exhaustive]
    AttentionKind {
        /// Several heads share keys and values.
        Gqa = "gqa",
        /// Every head has its own.
        Mha = "mha",
        /// Keys and values are kept as one latent vector.
        Mla = "mla",
        /// Some layers see a window only.
        Sliding = "sliding",
        /// Some layers keep a state of fixed size instead.
        Hybrid = "hybrid",
        /// An index selects the tokens that are attended to.
        Sparse = "sparse",
        /// It embeds or ranks: it reads each of its inputs once and writes nothing. How long the inputs of a call are is not
        /// known, so no context is counted.
        Encoder = "encoder",
        /// No layer attends: the state has a fixed size.
        None = "none",
        /// Not published.
        Unknown = "unknown",
    }
}

words! {
    /// How the numbers of a model's attention are known.
    AttentionEvidence {
        /// Its configuration, or code that holds it, was read.
        Read = "read",
        /// They are stated from memory or of a sibling, and nobody has read them again: their spread is wider.
        Unread = "unread",
    }
}

words! {
    /// What the context part of a figure rests on.
    ContextBasis {
        /// The model's own attention.
        Model = "model",
        /// A class prior, because nothing is published of this model: within a factor of ten either way.
        ClassPrior = "class_prior",
    }
}
