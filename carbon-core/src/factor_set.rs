//! A dated, immutable version of the registry.

use crate::{EmissionFactor, Estimate, LoadError, Resolution, ResolvedBy, UnknownModel, Usage, load};
use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

/// The tables of one set, as text: what `data/<version>/` holds.
#[derive(Clone, Copy, Debug)]
pub struct Tables<'a> {
    /// `factors.csv`
    pub factors: &'a str,
    /// `aliases.csv`
    pub aliases: &'a str,
    /// `sources.csv`
    pub sources: &'a str,
}

/// The sets that ship with the crate, oldest first.
static EMBEDDED: [(&str, LazyLock<FactorSet>); 1] = [(
    "2025.1",
    LazyLock::new(|| {
        load_embedded(
            "2025.1",
            Tables {
                factors: include_str!("../data/2025.1/factors.csv"),
                aliases: include_str!("../data/2025.1/aliases.csv"),
                sources: include_str!("../data/2025.1/sources.csv"),
            },
        )
    }),
)];

fn load_embedded(version: &str, tables: Tables<'_>) -> FactorSet {
    FactorSet::parse(version, tables).expect("a test loads every embedded set")
}

/// A version of the registry: factors, the names that lead to them, and their sources.
///
/// A released set never changes, so a figure can be recomputed for ever from
/// its activity data and the name of its set.
///
/// ```
/// use carbon_core::{FactorSet, Usage};
/// let set = FactorSet::version("2025.1").expect("old sets stay callable");
/// let estimate = set.estimate("mistral-large-2", &Usage::of_call(600, 400))?;
/// assert_eq!(estimate.co2.central().to_string(), "2.85");
/// # Ok::<(), carbon_core::UnknownModel>(())
/// ```
#[derive(Clone, Debug)]
pub struct FactorSet {
    version: String,
    factors: Vec<EmissionFactor>,
    /// Canonical id or alias, as listed, to the place of its factor.
    names: HashMap<String, (usize, ResolvedBy)>,
}

impl FactorSet {
    /// The released set of that version, or `None`.
    pub fn version(version: &str) -> Option<&'static FactorSet> {
        EMBEDDED.iter().find(|(name, _)| *name == version).map(|(_, set)| &**set)
    }

    /// The newest released set: the default of every calculation.
    pub fn latest() -> &'static FactorSet {
        &EMBEDDED[EMBEDDED.len() - 1].1
    }

    /// Versions of all released sets, oldest first.
    pub fn versions() -> impl Iterator<Item = &'static str> {
        EMBEDDED.iter().map(|(version, _)| *version)
    }

    /// A set of your own, under the same rules as the released ones.
    ///
    /// # Errors
    /// The table, the line and what is wrong there: see [`LoadError`].
    pub fn parse(version: &str, tables: Tables<'_>) -> Result<FactorSet, LoadError> {
        let sources = load::sources(tables.sources)?;
        let factors = load::factors(tables.factors, &sources)?;
        let mut names = HashMap::new();
        for (place, factor) in factors.iter().enumerate() {
            names.insert(factor.model.clone(), (place, ResolvedBy::Exact));
        }
        for (alias, place) in load::aliases(tables.aliases, &factors)? {
            names.insert(alias, (place, ResolvedBy::Alias));
        }
        Ok(FactorSet { version: version.to_owned(), factors, names })
    }

    /// The version, such as `2025.1`.
    pub fn as_str(&self) -> &str {
        &self.version
    }

    /// Every factor, in the order of the table.
    pub fn factors(&self) -> &[EmissionFactor] {
        &self.factors
    }

    /// Listed further names of a model, sorted.
    pub fn aliases(&self, model: &str) -> Vec<&str> {
        let mut aliases: Vec<&str> = self
            .names
            .iter()
            .filter(|(_, (place, by))| *by == ResolvedBy::Alias && self.factors[*place].model == model)
            .map(|(alias, _)| alias.as_str())
            .collect();
        aliases.sort_unstable();
        aliases
    }

    /// The model that `name` stands for: by exact id, by a listed alias, or by one of these
    /// once outer white space and letter case are put aside. Never by similarity.
    ///
    /// # Errors
    /// [`UnknownModel`] for any other name.
    pub fn resolve(&self, name: &str) -> Result<Resolution<'_>, UnknownModel> {
        let (place, resolved_by) = match self.names.get(name) {
            Some(&found) => found,
            None => {
                let (place, _) = self.names.get(&*normalised(name)).ok_or_else(|| UnknownModel::new(name))?;
                (*place, ResolvedBy::Rule)
            }
        };
        Ok(Resolution { factor: &self.factors[place], resolved_by })
    }

    /// Emissions of `usage` by the model that `name` stands for.
    ///
    /// # Errors
    /// [`UnknownModel`]: there is no number for it, and none is made up.
    pub fn estimate(&self, name: &str, usage: &Usage) -> Result<Estimate<'_>, UnknownModel> {
        let Resolution { factor, resolved_by } = self.resolve(name)?;
        Ok(Estimate { co2: factor.apply(usage), factor, resolved_by })
    }

    /// Listed names that look like `name`, nearest first: for a person to choose from, never to calculate with.
    pub fn suggestions(&self, name: &str) -> Vec<&str> {
        /// Below this Jaro-Winkler similarity names have little in common but their letters.
        const SIMILARITY_MIN: f64 = 0.8;
        const COUNT_MAX: usize = 3;

        let wanted = normalised(name);
        let mut near: Vec<(f64, &str)> = self
            .factors
            .iter()
            .map(|factor| (strsim::jaro_winkler(&wanted, &factor.model), factor.model.as_str()))
            .filter(|(similarity, _)| *similarity >= SIMILARITY_MIN)
            .collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        near.into_iter().take(COUNT_MAX).map(|(_, model)| model).collect()
    }
}

/// The stated normalisation rule: no white space around, lower case.
fn normalised(name: &str) -> Cow<'_, str> {
    let trimmed = name.trim();
    if trimmed.chars().any(char::is_uppercase) {
        Cow::Owned(trimmed.to_lowercase())
    } else {
        Cow::Borrowed(trimmed)
    }
}
