//! What a statement says that its events do not.

use super::{EVENTS, NotVerified, event::EventSums};
use crate::{
    evidence::{Audit, EarlierMonth, Evidence, Restated, Stated, StatedModel},
    heading::Heading,
    wire,
};
use jiff::Timestamp;
use serde::Deserialize;

/// The parts of `statement.json` that cannot be computed again.
#[derive(Deserialize)]
pub(super) struct Said {
    pub(super) heading: Heading,
    pub(super) generator: String,
    pub(super) factor_set: String,
    pub(super) factor_set_sha256: Option<String>,
    pub(super) audit: Option<Audit>,
    trend: SaidTrend,
    data_quality: SaidQuality,
    restatement: Option<SaidRestatement>,
}

#[derive(Deserialize)]
struct SaidTrend {
    earlier: Vec<EarlierMonth>,
}

#[derive(Deserialize)]
struct SaidQuality {
    reconciliation: Option<SaidReconciliation>,
}

#[derive(Deserialize)]
struct SaidReconciliation {
    invoiced_tokens: u64,
}

#[derive(Deserialize)]
struct SaidRestatement {
    restatement_id: String,
    reason: String,
    #[serde(with = "wire::text")]
    restated_at: Timestamp,
    old_factor_set: String,
    total: SaidChange,
    models: Vec<SaidModel>,
}

#[derive(Deserialize)]
struct SaidChange {
    old: Stated,
}

#[derive(Deserialize)]
struct SaidModel {
    model: String,
    old: Stated,
}

impl Said {
    /// All that the statement rests on: the sums of the events, and what it says itself.
    pub(super) fn evidence(&self, sums: &EventSums) -> Result<Evidence, NotVerified> {
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
                .map(|SaidModel { model, old }| StatedModel { model: model.clone(), stated: *old })
                .collect(),
        });
        Ok(Evidence {
            activity: sums.activity().ok_or_else(too_many)?,
            tags: sums.tags().ok_or_else(too_many)?,
            audit: self.audit.clone(),
            earlier: self.trend.earlier.clone(),
            restated,
            invoiced_tokens: self.data_quality.reconciliation.as_ref().map(|said| said.invoiced_tokens),
        })
    }
}
