//! Reading what makers disclose of training their models.

use super::{LoadError, Sources, table::by_model};
use crate::{factor::Basis, load::tables::Layer, training::Training};
use std::collections::HashMap;

/// By model.
pub(super) fn trainings(layers: &[Layer], sources: &Sources) -> Result<HashMap<String, Training>, LoadError> {
    by_model("training.csv", layers, |row| {
        Ok(Training {
            tonnes: row.plausible("tonnes_co2e", [1e-3, 1e7])?,
            basis: row.word("basis", Basis::from_word)?,
            source: row.source(sources)?,
        })
    })
}
