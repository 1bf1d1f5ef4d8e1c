//! Reading further names of models, and where the ones that move led when.

use super::{LoadError, LoadFault, table::Table};
use crate::{load::tables::Layer, model::Model};
use jiff::civil::Date;
use std::collections::{HashMap, HashSet};

/// Further names, each with the place of its model.
pub(crate) struct Aliases {
    /// Names that mean the same model for ever.
    pub(crate) lasting: Vec<(String, usize)>,
    /// Names that move.
    pub(crate) moving: HashMap<String, Vec<Moves>>,
}

/// A span of days, both included, in which a moving name led to one model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moves {
    pub(crate) from: Date,
    pub(crate) to: Date,
    pub(crate) place: usize,
}

pub(crate) fn aliases(layers: &[Layer], models: &[Model]) -> Result<Aliases, LoadError> {
    let mut seen: HashSet<String> = models.iter().map(|model| model.id.clone()).collect();
    let mut aliases = Aliases { lasting: Vec::new(), moving: HashMap::new() };
    for row in Table::open("aliases.csv", layers)?.rows() {
        let row = row?;
        let (alias, model) = (row.name("alias")?, row.required("model")?);
        row.required("evidence")?;
        let Some(place) = models.iter().position(|known| known.id == model) else {
            return Err(row.not_listed("model", model, "models.csv or factors.csv"));
        };
        let Some(from) = row.optional_day("valid_from")? else {
            if !seen.insert(alias.to_owned()) || aliases.moving.contains_key(alias) {
                return Err(row.duplicate("alias", alias));
            }
            aliases.lasting.push((alias.to_owned(), place));
            continue;
        };
        // Where the name leads after the last day that anyone has written down, nobody knows.
        let to = row.day("valid_to")?;
        if seen.contains(alias) {
            return Err(row.duplicate("alias", alias));
        }
        let spans = aliases.moving.entry(alias.to_owned()).or_default();
        if to < from || spans.iter().any(|span| from <= span.to && span.from <= to) {
            return Err(row.fault(LoadFault::InvalidPeriod));
        }
        spans.push(Moves { from, to, place });
    }
    Ok(aliases)
}
