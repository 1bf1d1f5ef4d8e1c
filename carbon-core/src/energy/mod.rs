//! Energy from a model's size and its attention: the law that we fitted, its constants, and how far it may be off.

pub(crate) mod constants;

use crate::{
    attention::{Attention, AttentionEvidence, AttentionKind, ContextBasis},
    energy::constants::{Constant, Constants, J_PER_WH},
    float::ln,
    interval::Z_95,
    memo::Identity,
    size::{ParametersStatus, Size},
};

/// Components of the uncertainty of a modelled figure.
pub(crate) const COMPONENTS: usize = 15;

/// The kinds of work on an accelerator, which feel the components differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Writing an answer, but for what grows with the context.
    Output,
    /// Reading a prompt, but for what grows with the context.
    Prompt,
    /// Loading what the provider has kept of a prompt.
    CacheRead,
    /// Reading the cache of all tokens before, for each token of an answer.
    OutputContext,
    /// Attending to all tokens before, for each token of a prompt.
    InputContext,
}

impl Work {
    pub(crate) const ALL: [Work; 5] =
        [Work::Output, Work::Prompt, Work::CacheRead, Work::OutputContext, Work::InputContext];
}

/// One number for each kind of work.
pub(crate) type ByWork = [f64; Work::ALL.len()];

/// What follows from a model's size and attention alone: energy on the accelerators, and how far it may be off.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EnergyLaw {
    /// Watt hours for 1,000 output tokens, fresh and cached prompt tokens, and units of context.
    pub(crate) wh_per_1k: ByWork,
    /// How the logarithm of each moves with each component of the uncertainty.
    slopes: [[f64; COMPONENTS]; Work::ALL.len()],
    /// What any two of them share of it.
    shared: [ByWork; Work::ALL.len()],
    /// What the context is read with; `None` where the method knows of none.
    pub(crate) context_basis: Option<ContextBasis>,
    /// Whose error that is: models with the same key share it.
    pub(crate) context_key: &'static str,
    /// Whether cached prompts have an error that others have not.
    pub(crate) cache_has_spread: bool,
    pub(crate) identity: Identity,
}

impl EnergyLaw {
    /// The law of a model: `size_sd` is the standard deviation of the logarithm of its size as a whole.
    pub(crate) fn of(
        size: &Size,
        size_sd: f64,
        attention: Option<&Attention>,
        constants: &Constants,
    ) -> Self {
        let (active_b, total_b) = (middle(size.active_b), middle(size.total_b));
        let context = Context::of(attention, total_b > active_b, constants);
        let is_encoder = attention.is_some_and(Attention::is_encoder);
        // The law was measured on chats, so a part of it is their context, which is counted apart.
        let law_wh = constants.output_wh_per_1k(active_b, total_b);
        let in_law_wh = context.output_wh_per_1k * 2.0 * constants.value(Constant::ContextOfLaw);
        let in_law_wh = in_law_wh.min(law_wh * constants.value(Constant::ContextOfLawMost));
        let prompt_wh = constants.input_wh_per_1k(middle(size.active_in_b));
        // What embeds or ranks writes nothing: a token that is counted as output was read, like all others.
        let output_wh = if is_encoder { prompt_wh } else { law_wh - in_law_wh };
        // Bounds are read as a 95 % interval. Where both counts have bounds, they are of one doubt: a dense model that is
        // larger has more active parameters too.
        let sd = |[least, most]: [f64; 2]| ln(most / least) / (2.0 * Z_95);
        let spread = Spread {
            size_sd,
            active_sd: sd(size.active_b),
            active_in_sd: sd(size.active_in_b),
            total_sd: sd(size.total_b),
            context,
            is_encoder,
            constants,
        };
        let slopes = Work::ALL.map(|work| spread.slopes(work));
        let dot = |a: &[f64; COMPONENTS], b: &[f64; COMPONENTS]| a.iter().zip(b).map(|(a, b)| a * b).sum();
        let cache_read = constants.value(Constant::CacheRead);
        EnergyLaw {
            wh_per_1k: [
                output_wh,
                prompt_wh,
                prompt_wh * cache_read,
                spread.context.output_wh_per_1k,
                spread.context.input_wh_per_1k,
            ],
            shared: std::array::from_fn(|a| std::array::from_fn(|b| dot(&slopes[a], &slopes[b]))),
            slopes,
            context_basis: spread.context.basis,
            context_key: spread.context.key,
            cache_has_spread: constants.sd(Constant::CacheRead) > 0.0,
            identity: Identity::new(),
        }
    }

    pub(crate) fn wh_per_1k(&self, work: Work) -> f64 {
        self.wh_per_1k[work as usize]
    }

    pub(crate) fn slopes(&self, work: Work) -> &[f64; COMPONENTS] {
        &self.slopes[work as usize]
    }

    pub(crate) fn shared(&self, a: Work, b: Work) -> f64 {
        self.shared[a as usize][b as usize]
    }
}

/// Standard deviation of the logarithm of a size as a whole, by where it is from; a class of models states its own.
pub(crate) fn size_sd(status: ParametersStatus, open_weights: bool, constants: &Constants) -> f64 {
    match status {
        ParametersStatus::Disclosed | ParametersStatus::Own | ParametersStatus::Proxy => 0.0,
        ParametersStatus::FromName => constants.sd(Constant::SizeFromName),
        ParametersStatus::Unverified => constants.sd(Constant::SizeUnverified),
        ParametersStatus::Estimated if open_weights => constants.sd(Constant::SizeEstimated),
        ParametersStatus::Estimated => constants.sd(Constant::SizeUndisclosed),
    }
}

/// What a token of context costs one model, and how far that may be off.
struct Context {
    basis: Option<ContextBasis>,
    key: &'static str,
    /// For 1,000 units of an answer's context: pairs of tokens, counted twice.
    output_wh_per_1k: f64,
    /// For 1,000 units of a prompt's.
    input_wh_per_1k: f64,
    /// Of reading the cache.
    read_sd: f64,
    /// Of attention within a prompt, on the same error.
    attention_sd: f64,
    /// Of the model's own numbers.
    own_sd: f64,
}

impl Context {
    fn of(attention: Option<&Attention>, experts: bool, constants: &Constants) -> Self {
        let known = attention.filter(|known| known.kind != AttentionKind::Unknown);
        let constant = known.map_or(Some(Constant::ContextOfClass), |known| reading(known.kind, experts));
        let (cache_bytes, flop, attention_sd) = match known {
            Some(known) => (known.cache_bytes_per_token, known.flop_per_pair, 0.0),
            None => (
                constants.value(Constant::ClassCache),
                constants.value(Constant::ClassAttention),
                constants.sd(Constant::ClassAttention),
            ),
        };
        let j_per_byte = constant.map_or(0.0, |constant| constants.value(constant) / 1e9);
        // A unit is half a pair.
        let wh_per_1k = |j_per_pair: f64| j_per_pair / 2.0 / J_PER_WH * 1_000.0;
        let unread = known.is_some_and(|known| known.evidence == AttentionEvidence::Unread);
        let basis = if known.is_some() { ContextBasis::Model } else { ContextBasis::ClassPrior };
        let is_counted = constants.have_context() && !known.is_some_and(Attention::is_encoder);
        Context {
            basis: is_counted.then_some(basis),
            // Models whose method knows of no context share nothing of it.
            key: constant.filter(|_| is_counted).map_or("", Constant::as_str),
            output_wh_per_1k: wh_per_1k(j_per_byte * cache_bytes),
            input_wh_per_1k: wh_per_1k(constants.attention_j_per_operation() * flop),
            read_sd: constant.map_or(0.0, |constant| constants.sd(constant)),
            attention_sd,
            own_sd: if unread { constants.sd(Constant::AttentionUnread) } else { 0.0 },
        }
    }
}

/// The constant that a cache of that kind is read with; `None` where nothing is read.
fn reading(kind: AttentionKind, experts: bool) -> Option<Constant> {
    match kind {
        AttentionKind::Gqa | AttentionKind::Mha if experts => Some(Constant::ContextExperts),
        AttentionKind::Gqa | AttentionKind::Mha => Some(Constant::ContextDense),
        AttentionKind::Mla => Some(Constant::ContextMla),
        AttentionKind::Sliding => Some(Constant::ContextSliding),
        AttentionKind::Hybrid => Some(Constant::ContextHybrid),
        AttentionKind::Sparse => Some(Constant::ContextSparse),
        AttentionKind::Unknown => Some(Constant::ContextOfClass),
        AttentionKind::Encoder | AttentionKind::None => None,
    }
}

/// Standard deviations of the logarithms of what one model's figures rest on.
struct Spread<'a> {
    /// Of an undisclosed, unread or rounded size as a whole.
    size_sd: f64,
    /// Of the active parameters within their bounds, those of an output token and those of an input token.
    active_sd: f64,
    active_in_sd: f64,
    /// Of all parameters within theirs.
    total_sd: f64,
    context: Context,
    is_encoder: bool,
    constants: &'a Constants,
}

impl Spread<'_> {
    /// How the logarithm of a kind of work moves with each component but those of grid, hardware and water.
    fn slopes(&self, work: Work) -> [f64; COMPONENTS] {
        let value = |constant| self.constants.value(constant);
        let sd = |constant| self.constants.sd(constant);
        let (c1, c2) = (value(Constant::LawActive), value(Constant::LawRatio));
        let [no, yes] = [0.0, 1.0];
        let work = if self.is_encoder && work == Work::Output { Work::Prompt } else { work };
        let encoder = if self.is_encoder { sd(Constant::Encoder) } else { no };
        // Batch, law, size, active parameters, prompt processing, cached input, context, the model's attention.
        let [batch, law, size, active, prompt, cached, context, attention] = match work {
            Work::Output => {
                // c1 ln A + c2 ln(T/A)
                let active = (c1 - c2) * self.active_sd + c2 * self.total_sd;
                [value(Constant::LawBatch), yes, c1, active, no, no, no, no]
            }
            Work::Prompt => [no, no, yes, self.active_in_sd, yes, no, no, no],
            Work::CacheRead => [no, no, yes, self.active_in_sd, yes, yes, no, no],
            Work::OutputContext => [no, no, no, no, no, no, self.context.read_sd, yes],
            Work::InputContext => [no, no, no, no, yes, no, self.context.attention_sd, yes],
        };
        [
            batch * sd(Constant::Batch),
            law * sd(Constant::LawResidual),
            size * self.size_sd,
            active,
            prompt * sd(Constant::PromptUtilisation).hypot(encoder),
            sd(Constant::HostAndIdle),
            sd(Constant::Pue),
            no,
            no,
            sd(Constant::Machines),
            cached * sd(Constant::CacheRead),
            context,
            attention * self.context.own_sd,
            no,
            no,
        ]
    }
}

/// The middle of bounds that span orders of magnitude.
pub(crate) fn middle([low, high]: [f64; 2]) -> f64 {
    if low.to_bits() == high.to_bits() { low } else { (low * high).sqrt() }
}
