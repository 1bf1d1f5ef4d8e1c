//! Names that lead to one model today and to another tomorrow.

use super::{FactorSet, resolve::normalised};
use crate::model::Model;
use jiff::civil::Date;

/// Days on which a name that moves leads to one model.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Move<'a> {
    /// The model.
    pub model: &'a Model,
    /// First day.
    pub from: Date,
    /// Last day, where the name is known to have left the model, or nobody knows where it leads later.
    pub to: Option<Date>,
    /// Otherwise the last day on which anybody checked that it leads there.
    pub checked: Option<Date>,
}

impl FactorSet {
    /// Every name that moves, sorted.
    pub fn moving_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.listed.moving_names.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// Where a name that moves led when, oldest first; empty for any other.
    ///
    /// ```
    /// use carbon_core::FactorSet;
    /// let set = FactorSet::version("2026.11").unwrap();
    /// let moves = set.moves("mistral-small-latest");
    /// assert_eq!(moves.iter().map(|span| span.model.id()).collect::<Vec<_>>(), ["mistral-small-1", "mistral-small-4"]);
    /// assert_eq!(moves[0].to.unwrap().to_string(), "2024-07-24");
    /// assert!(set.moves("gpt-4o").is_empty());
    /// ```
    pub fn moves(&self, name: &str) -> Vec<Move<'_>> {
        let spans = self.listed.moving_names.get(&*normalised(name));
        let spans = spans.into_iter().flat_map(|spans| spans.iter());
        spans
            .map(|(from, to, checked, place)| Move { model: &self.listed.models[place], from, to, checked })
            .collect()
    }
}
