//! Reading what makers disclose of training their models.

use super::{
    LoadError, Sources,
    table::{Table, TableRow},
};
use crate::{factor::Basis, load::tables::Layer, training::Training};
use std::collections::HashMap;

/// By model.
pub(super) fn trainings(layers: &[Layer], sources: &Sources) -> Result<HashMap<String, Training>, LoadError> {
    let mut trainings = HashMap::new();
    for row in Table::open("training.csv", layers)?.rows() {
        let row: TableRow<'_> = row?;
        let model = row.name("model")?;
        let training = Training {
            tonnes: row.plausible("tonnes_co2e", [1e-3, 1e7])?,
            basis: row.word("basis", Basis::from_word)?,
            source: row.source(sources)?,
        };
        if trainings.insert(model.to_owned(), training).is_some() {
            return Err(row.duplicate("model", model));
        }
    }
    Ok(trainings)
}
