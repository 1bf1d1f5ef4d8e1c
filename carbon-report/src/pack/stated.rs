//! What a statement says that its events do not.

use super::{EVENTS, NotVerified, event::EventSums};
use crate::{
    evidence::{Audit, EarlierMonth, Evidence, Restated, Stated, StatedModel},
    heading::Heading,
    statement::{Market, MarketChange},
    target::Target,
    wire,
};
use carbon_core::FactorSet;
use jiff::Timestamp;
use serde::Deserialize;

/// The parts of `statement.json` that cannot be computed again.
#[derive(Deserialize)]
pub(super) struct StatedInputs {
    pub(super) heading: Heading,
    pub(super) generator: String,
    pub(super) factor_set_sha256: Option<String>,
    pub(super) audit: Option<Audit>,
    trend: TrendInput,
    data_quality: QualityInput,
    restatement: Option<RestatementInput>,
    market: Option<Market>,
    #[serde(default)]
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct TrendInput {
    earlier: Vec<EarlierMonth>,
}

#[derive(Deserialize)]
struct QualityInput {
    reconciliation: Option<ReconciliationInput>,
}

#[derive(Deserialize)]
struct ReconciliationInput {
    invoiced_tokens: u64,
}

#[derive(Deserialize)]
struct RestatementInput {
    restatement_id: String,
    reason: String,
    #[serde(with = "wire::text")]
    restated_at: Timestamp,
    old_factor_set: String,
    total: ChangeInput,
    market: Option<MarketChange>,
    models: Vec<ModelInput>,
}

#[derive(Deserialize)]
struct ChangeInput {
    old: Stated,
}

#[derive(Deserialize)]
struct ModelInput {
    model: String,
    old: Stated,
}

impl StatedInputs {
    /// All that the statement rests on: the sums of the events, and what it says itself.
    pub(super) fn evidence(&self, sums: &EventSums, sets: Vec<FactorSet>) -> Result<Evidence, NotVerified> {
        let too_many = || NotVerified::at(EVENTS, "reverses more than was used");
        let restated = self.restatement.as_ref().map(|restatement| Restated {
            restatement_id: restatement.restatement_id.clone(),
            reason: restatement.reason.clone(),
            restated_at: restatement.restated_at,
            old_factor_set: restatement.old_factor_set.clone(),
            old: restatement.total.old,
            old_models: restatement
                .models
                .iter()
                .map(|ModelInput { model, old }| StatedModel { model: model.clone(), stated: *old })
                .collect(),
            old_market: restatement.market.as_ref().and_then(|market| market.old),
        });
        Ok(Evidence {
            activity: sums.activity().ok_or_else(too_many)?,
            tags: sums.tags().ok_or_else(too_many)?,
            audit: self.audit.clone(),
            earlier: self.trend.earlier.clone(),
            restated,
            invoiced_tokens: self.data_quality.reconciliation.as_ref().map(|stated| stated.invoiced_tokens),
            market: self.market.as_ref().map(Market::inputs).unwrap_or_default(),
            targets: self.targets.clone(),
            sets,
        })
    }
}
