//! The constants of the method, each with how far it may be off, and what follows from them for a model's size.
//!
//! A set states them in `method.csv`. Those of sets without that table are here: they are the method of `2026.11`.

use crate::{
    float::{exp, ln},
    memo::Identity,
    words::words,
};

words! {
    /// A constant of the `bottom_up` method: its key in `method.csv`.
    #[non_exhaustive]
    Constant {
        /// ln(Wh per 1,000 output tokens on the accelerators) of a model with one billion parameters at a batch of 64.
        LawIntercept = "law_intercept",
        /// How it moves with ln A, the active parameters in billions.
        LawActive = "law_active",
        /// How it moves with ln(T/A), all over active parameters.
        LawRatio = "law_ratio",
        /// How it moves with ln(B/64), the batch.
        LawBatch = "law_batch",
        /// What the regression leaves, one model left out at a time.
        LawResidual = "law_residual",
        /// Sequences that a provider serves together.
        Batch = "batch",
        /// Energy for the same work on the machines and in the number format of a fleet, over those of the law.
        Machines = "machines",
        /// Operations per active parameter and token of a prompt.
        PromptOperations = "prompt_operations",
        /// Power of an accelerator.
        AcceleratorPower = "accelerator_power",
        /// Operations per second of an accelerator at its peak.
        AcceleratorPeak = "accelerator_peak",
        /// Share of the peak that prompts reach.
        PromptUtilisation = "prompt_utilisation",
        /// A token of a model that embeds or ranks, about what a token of a prompt takes by its size.
        Encoder = "encoder",
        /// An operation of attention over one of the rest of a prompt, machines included.
        AttentionOverPrompt = "attention_over_prompt",
        /// A token read from the provider's cache, over one that is not.
        CacheRead = "cache_read",
        /// Accelerator, host and idle machines, over the accelerator alone.
        HostAndIdle = "host_and_idle",
        /// Facility energy over IT energy, about the figure of a site.
        Pue = "pue",
        /// Grid of a country with a listed cloud region, about its figure.
        Grid = "grid",
        /// Any other grid.
        GridWithoutRegion = "grid_without_region",
        /// Making the hardware, per kilowatt hour of facility energy.
        Embodied = "embodied",
        /// Water on site, about the figure of a site.
        OnsiteWater = "onsite_water",
        /// Water at the power plants, about the figure of a zone.
        OffsiteWater = "offsite_water",
        /// The same, where the world's figure stands in for a zone's.
        OffsiteWaterOfWorld = "offsite_water_of_world",
        /// Size of a closed model that somebody estimates.
        SizeUndisclosed = "size_undisclosed",
        /// Size of a model with open weights that somebody estimates.
        SizeEstimated = "size_estimated",
        /// Size that a model card states and nobody has read again.
        SizeUnverified = "size_unverified",
        /// Size rounded into a name.
        SizeFromName = "size_from_name",
        /// Tokens of context that the law was measured at.
        ContextOfLaw = "context_of_law",
        /// Largest share of the law that may be that context.
        ContextOfLawMost = "context_of_law_most",
        /// Reading the cache of a dense model with full attention.
        ContextDense = "context_dense",
        /// The same of a mixture of experts.
        ContextExperts = "context_experts",
        /// The same of latent attention.
        ContextMla = "context_mla",
        /// The same of the full layers among sliding ones.
        ContextSliding = "context_sliding",
        /// The same of the full layers among linear or state-space ones.
        ContextHybrid = "context_hybrid",
        /// The same of the index of sparse attention.
        ContextSparse = "context_sparse",
        /// The same where a model's attention is not known.
        ContextOfClass = "context_of_class",
        /// Bytes of cache per token where a model's attention is not known.
        ClassCache = "class_cache",
        /// Operations of attention per pair of tokens where it is not known.
        ClassAttention = "class_attention",
        /// Cache and attention of a model whose configuration nobody has read again.
        AttentionUnread = "attention_unread",
    }
}

/// What a constant has: a value, a spread, or both.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Has {
    /// A number above zero that is taken as it is.
    Value,
    /// A number between zero and one.
    Share,
    /// A number of either sign.
    Slope,
    /// A geometric standard deviation about figures of other tables.
    Spread,
    /// A number above zero and its geometric standard deviation.
    Both,
}

impl Constant {
    pub(crate) fn has(self) -> Has {
        use Constant as C;
        match self {
            C::LawIntercept | C::LawActive | C::LawRatio | C::LawBatch => Has::Slope,
            C::PromptOperations
            | C::AcceleratorPower
            | C::AcceleratorPeak
            | C::AttentionOverPrompt
            | C::ContextOfLaw
            | C::ClassCache => Has::Value,
            C::ContextOfLawMost => Has::Share,
            C::LawResidual
            | C::Encoder
            | C::Pue
            | C::Grid
            | C::GridWithoutRegion
            | C::OnsiteWater
            | C::OffsiteWater
            | C::OffsiteWaterOfWorld
            | C::SizeUndisclosed
            | C::SizeEstimated
            | C::SizeUnverified
            | C::SizeFromName
            | C::AttentionUnread => Has::Spread,
            C::Batch
            | C::Machines
            | C::PromptUtilisation
            | C::CacheRead
            | C::HostAndIdle
            | C::Embodied
            | C::ContextDense
            | C::ContextExperts
            | C::ContextMla
            | C::ContextSliding
            | C::ContextHybrid
            | C::ContextSparse
            | C::ContextOfClass
            | C::ClassAttention => Has::Both,
        }
    }

    /// The most that its value may be.
    pub(crate) fn most(self) -> f64 {
        use Constant as C;
        match self {
            C::AcceleratorPeak => 1e18,
            C::ClassAttention => 1e12,
            C::ClassCache => 1e9,
            C::Batch | C::ContextOfLaw | C::Embodied | C::AcceleratorPower => 1e6,
            _ => 1e3,
        }
    }

    /// The unit of its value, as `method.csv` writes it.
    pub fn unit(self) -> &'static str {
        use Constant as C;
        match self {
            C::LawIntercept => "ln(Wh/1k)",
            C::Batch => "sequences",
            C::PromptOperations => "FLOP/parameter",
            C::AcceleratorPower => "W",
            C::AcceleratorPeak => "FLOP/s",
            C::Embodied => "g/kWh",
            C::ContextOfLaw => "tokens",
            C::ContextDense
            | C::ContextExperts
            | C::ContextMla
            | C::ContextSliding
            | C::ContextHybrid
            | C::ContextSparse
            | C::ContextOfClass => "J/GB",
            C::ClassCache => "B/token",
            C::ClassAttention => "FLOP/pair",
            _ => "1",
        }
    }
}

/// The method of the sets that state no constants, with values and geometric standard deviations; all spreads but the
/// law's are our judgement. Their sources are in `docs/methodology.md`, which a test holds against this list.
///
/// The law is our own regression on the ML.ENERGY leaderboard v3 (2026-02-16; 328 configurations of 18 models, R2 0.95).
/// It has no context: what that would be read with is zero.
pub(crate) const OF_2026_11: [(Constant, f64, f64); Constant::ALL.len()] = [
    (Constant::LawIntercept, -4.921_007_291_947_52, 1.0),
    (Constant::LawActive, 0.852_883_320_516_475_5, 1.0),
    (Constant::LawRatio, 0.649_036_331_174_392_4, 1.0),
    (Constant::LawBatch, -0.495_361_591_509_540_6, 1.0),
    (Constant::LawResidual, 1.0, 1.40),
    (Constant::Batch, 64.0, 2.5),
    (Constant::Machines, 1.0, 1.0),
    (Constant::PromptOperations, 2.0, 1.0),
    (Constant::AcceleratorPower, 700.0, 1.0),
    (Constant::AcceleratorPeak, 989e12, 1.0),
    (Constant::PromptUtilisation, 0.5, 1.35),
    (Constant::Encoder, 1.0, 1.0),
    (Constant::AttentionOverPrompt, 0.0, 1.0),
    (Constant::CacheRead, 0.10, 1.0),
    (Constant::HostAndIdle, 1.571, 1.25),
    (Constant::Pue, 1.0, 1.05),
    (Constant::Grid, 1.0, 1.10),
    (Constant::GridWithoutRegion, 1.0, 1.10),
    (Constant::Embodied, 42.0, 1.6),
    (Constant::OnsiteWater, 1.0, 1.0),
    (Constant::OffsiteWater, 1.0, 1.0),
    (Constant::OffsiteWaterOfWorld, 1.0, 1.0),
    (Constant::SizeUndisclosed, 1.0, 2.0),
    (Constant::SizeEstimated, 1.0, 2.0),
    (Constant::SizeUnverified, 1.0, 1.25),
    (Constant::SizeFromName, 1.0, 1.10),
    (Constant::ContextOfLaw, 0.0, 1.0),
    (Constant::ContextOfLawMost, 0.0, 1.0),
    (Constant::ContextDense, 0.0, 1.0),
    (Constant::ContextExperts, 0.0, 1.0),
    (Constant::ContextMla, 0.0, 1.0),
    (Constant::ContextSliding, 0.0, 1.0),
    (Constant::ContextHybrid, 0.0, 1.0),
    (Constant::ContextSparse, 0.0, 1.0),
    (Constant::ContextOfClass, 0.0, 1.0),
    (Constant::ClassCache, 0.0, 1.0),
    (Constant::ClassAttention, 0.0, 1.0),
    (Constant::AttentionUnread, 1.0, 1.0),
];

/// The batch that the law is written about.
const BATCH_OF_LAW: f64 = 64.0;

/// Every constant of a set: its value, and the standard deviation of its logarithm.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Constants {
    values: [f64; Constant::ALL.len()],
    sds: [f64; Constant::ALL.len()],
    pub(crate) identity: Identity,
}

impl Default for Constants {
    /// None yet.
    fn default() -> Self {
        Constants {
            values: [0.0; Constant::ALL.len()],
            sds: [0.0; Constant::ALL.len()],
            identity: Identity::new(),
        }
    }
}

impl Constants {
    pub(crate) fn set(&mut self, constant: Constant, value: f64, gsd: f64) {
        self.sds[constant as usize] = ln(gsd);
        self.set_value(constant, value);
    }

    /// Another value, with the spread that it has.
    pub(crate) fn set_value(&mut self, constant: Constant, value: f64) {
        self.values[constant as usize] = value;
        self.identity = Identity::new();
    }

    pub(crate) fn value(&self, constant: Constant) -> f64 {
        self.values[constant as usize]
    }

    /// Standard deviation of its logarithm.
    pub(crate) fn sd(&self, constant: Constant) -> f64 {
        self.sds[constant as usize]
    }

    /// Wh per 1,000 output tokens on the accelerators, for sizes in billions: context included, as far as the law was
    /// measured with it.
    pub(crate) fn output_wh_per_1k(&self, active_b: f64, total_b: f64) -> f64 {
        let batch = self.value(Constant::LawBatch) * ln(self.value(Constant::Batch) / BATCH_OF_LAW);
        exp(self.value(Constant::LawIntercept)
            + self.value(Constant::LawActive) * ln(active_b)
            + self.value(Constant::LawRatio) * ln(total_b / active_b)
            + batch)
            * self.value(Constant::Machines)
    }

    /// Wh per 1,000 fresh prompt tokens on the accelerators, without attention.
    pub(crate) fn input_wh_per_1k(&self, active_b: f64) -> f64 {
        let joules =
            self.value(Constant::PromptOperations) * active_b * 1e9 * self.value(Constant::AcceleratorPower)
                / (self.value(Constant::AcceleratorPeak) * self.value(Constant::PromptUtilisation));
        joules / J_PER_WH * 1_000.0 * self.value(Constant::Machines)
    }

    /// Joules of an operation of attention within a prompt.
    pub(crate) fn attention_j_per_operation(&self) -> f64 {
        self.value(Constant::AttentionOverPrompt) * self.value(Constant::AcceleratorPower)
            / (self.value(Constant::AcceleratorPeak) * self.value(Constant::PromptUtilisation))
    }

    /// Whether the method knows of context at all.
    pub(crate) fn have_context(&self) -> bool {
        self.value(Constant::ContextOfLaw) > 0.0
    }
}

pub(crate) const J_PER_WH: f64 = 3_600.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn of_2026_11() -> Constants {
        let mut constants = Constants::default();
        OF_2026_11.into_iter().for_each(|(constant, value, gsd)| constants.set(constant, value, gsd));
        constants
    }

    #[test]
    fn the_law_gives_the_published_examples() {
        let mut constants = of_2026_11();
        for (active_b, total_b, wh_per_1k) in [
            (8.0, 8.0, 0.043),
            (70.0, 70.0, 0.27),
            (123.0, 123.0, 0.44),
            (405.0, 405.0, 1.22),
            (37.0, 671.0, 1.04),
        ] {
            let got = constants.output_wh_per_1k(active_b, total_b);
            assert!((got / wh_per_1k - 1.0).abs() < 0.02, "{active_b} of {total_b}: {got}");
        }
        assert!((constants.input_wh_per_1k(1.0) / 7.9e-4 - 1.0).abs() < 0.01);
        // At other batches, for 8 and 123 billion.
        for (batch, small, large) in [(8.0, 0.120, 1.24), (256.0, 0.022, 0.22)] {
            constants.set(Constant::Batch, batch, 1.0);
            assert!((constants.output_wh_per_1k(8.0, 8.0) / small - 1.0).abs() < 0.03);
            assert!((constants.output_wh_per_1k(123.0, 123.0) / large - 1.0).abs() < 0.03);
        }
    }

    #[test]
    fn every_constant_is_stated_once_and_knows_no_context_then() {
        for constant in Constant::ALL {
            assert_eq!(OF_2026_11.iter().filter(|(stated, ..)| stated == constant).count(), 1, "{constant}");
        }
        assert!(!of_2026_11().have_context());
    }

    #[test]
    fn the_methodology_page_writes_the_law_out() {
        let page = include_str!("../../../docs/methodology.md");
        let constants = of_2026_11();
        let value = |constant| constants.value(constant);
        let [c0, c1, c2, c3] =
            [Constant::LawIntercept, Constant::LawActive, Constant::LawRatio, Constant::LawBatch]
                .map(|constant| format!("{:.5}", value(constant).abs()));
        for stated in [
            format!("ln e_out = -{c0} + {c1} ln A + {c2} ln(T/A) - {c3} ln(B/{BATCH_OF_LAW})"),
            format!(
                "{} operations per active parameter, at {} W and half of 989e12",
                value(Constant::PromptOperations),
                value(Constant::AcceleratorPower)
            ),
            format!("`H` = {}", value(Constant::HostAndIdle)),
            format!("E x {} g/kWh", value(Constant::Embodied)),
            format!(
                "B is {}, `c` is {}, and `machines` is 1",
                value(Constant::Batch),
                value(Constant::CacheRead)
            ),
        ] {
            assert!(page.contains(&stated), "docs/methodology.md does not say {stated:?}");
        }
    }
}
