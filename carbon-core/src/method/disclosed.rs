//! A provider's own figure, in its own functional unit and for nothing else.

use crate::{Denominator, KilogramsSb, Millilitres, ModelledGrams, Source, Usage, words::words};
use std::sync::Arc;

/// What a provider says one unit of its own choosing costs.
///
/// It picks its own count out of a usage, so it cannot be scaled by any other.
#[derive(Clone, Debug, PartialEq)]
pub struct Disclosed {
    pub(crate) id: String,
    pub(crate) per: Denominator,
    pub(crate) co2_g_per_1k: f64,
    pub(crate) water_ml_per_1k: f64,
    pub(crate) adpe_mg_sb_per_1k: f64,
    pub(crate) basis: Basis,
    pub(crate) source: Arc<Source>,
}

/// What the disclosed figures come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DisclosedImpacts {
    /// Emissions, within the publisher's boundary.
    pub co2: ModelledGrams,
    /// Water.
    pub water: Millilitres,
    /// Elements.
    pub adpe: KilogramsSb,
}

impl Disclosed {
    /// The figures for `usage`.
    pub fn apply(&self, usage: &Usage) -> DisclosedImpacts {
        const KG_PER_MG: f64 = 1e-6;
        let thousands = count(self.per.of(usage)) / 1_000.0;
        DisclosedImpacts {
            co2: ModelledGrams::new(thousands * self.co2_g_per_1k),
            water: Millilitres::new(thousands * self.water_ml_per_1k),
            adpe: KilogramsSb::new(thousands * self.adpe_mg_sb_per_1k * KG_PER_MG),
        }
    }

    /// Name of the disclosure for ever.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The publisher's functional unit.
    pub fn per(&self) -> Denominator {
        self.per
    }

    /// How electricity is accounted for.
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// Who published it.
    pub fn source(&self) -> &Source {
        &self.source
    }
}

/// A count as a float, to sixteen digits.
#[expect(clippy::cast_precision_loss, reason = "sixteen digits are more than the figures have")]
fn count(tokens: u128) -> f64 {
    tokens as f64
}

words! {
    /// How the electricity of a figure is accounted for. Figures on unlike bases are never added.
    Basis {
        /// What the grid of the place emits.
        Location = "location",
        /// What the buyer's contracts say.
        Market = "market",
    }
}
