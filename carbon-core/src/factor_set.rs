//! A dated, immutable version of the registry.

use crate::{
    EmissionFactor, Estimate, LoadError, Location, Model, Resolution, ResolvedBy, UnknownModel,
    UnknownRegion, Usage, load, name, place::Places,
};
use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

/// The tables of one set, as text: what `data/<version>/` holds.
#[derive(Clone, Copy, Debug)]
pub struct Tables<'a> {
    /// `models.csv`
    pub models: &'a str,
    /// `zones.csv`
    pub zones: &'a str,
    /// `regions.csv`
    pub regions: &'a str,
    /// `providers.csv`
    pub providers: &'a str,
    /// `disclosed.csv`
    pub disclosed: &'a str,
    /// `factors.csv`
    pub factors: &'a str,
    /// `aliases.csv`
    pub aliases: &'a str,
    /// `sources.csv`
    pub sources: &'a str,
}

impl Tables<'_> {
    /// Heads without rows: what a set of published factors alone has besides them.
    pub const TABLE_ALONE: Tables<'static> = Tables {
        models: "model,provider,parameters,total_b_min,total_b_max,active_b_min,active_b_max,tokens_per_s,\
                 first_token_s,source_id,evidence_url,note\n",
        zones: "zone\n",
        regions: "provider\n",
        providers: "provider\n",
        disclosed: "disclosure_id\n",
        factors: "factor_id\n",
        aliases: "alias\n",
        sources: "source_id\n",
    };
}

/// The sets that ship with the crate, oldest first.
static EMBEDDED: [(&str, LazyLock<FactorSet>); 2] = [
    (
        "2025.1",
        LazyLock::new(|| {
            load_embedded(
                "2025.1",
                Tables {
                    factors: include_str!("../data/2025.1/factors.csv"),
                    aliases: include_str!("../data/2025.1/aliases.csv"),
                    sources: include_str!("../data/2025.1/sources.csv"),
                    ..Tables::TABLE_ALONE
                },
            )
        }),
    ),
    (
        "2026.11",
        LazyLock::new(|| {
            load_embedded(
                "2026.11",
                Tables {
                    models: include_str!("../data/2026.11/models.csv"),
                    zones: include_str!("../data/2026.11/zones.csv"),
                    regions: include_str!("../data/2026.11/regions.csv"),
                    providers: include_str!("../data/2026.11/providers.csv"),
                    disclosed: include_str!("../data/2026.11/disclosed.csv"),
                    factors: include_str!("../data/2026.11/factors.csv"),
                    aliases: include_str!("../data/2026.11/aliases.csv"),
                    sources: include_str!("../data/2026.11/sources.csv"),
                },
            )
        }),
    ),
];

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
    models: Vec<Model>,
    pub(crate) places: Places,
    /// Canonical id or alias, as listed, to the place of its model.
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
        let models = load::models(&tables, &sources)?;
        let mut names = HashMap::new();
        for (place, model) in models.iter().enumerate() {
            names.insert(model.id.clone(), (place, ResolvedBy::Exact));
        }
        for (alias, place) in load::aliases(tables.aliases, &models)? {
            names.insert(alias, (place, ResolvedBy::Alias));
        }
        let places = load::places(&tables, &sources)?;
        Ok(FactorSet { version: version.to_owned(), models, places, names })
    }

    /// The version, such as `2025.1`.
    pub fn as_str(&self) -> &str {
        &self.version
    }

    /// Every model, in the order of the tables.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// Every row of the published table.
    pub fn factors(&self) -> impl Iterator<Item = &EmissionFactor> {
        self.models.iter().filter_map(Model::coefficient)
    }

    /// Listed further names of a model, sorted.
    pub fn aliases(&self, model: &str) -> Vec<&str> {
        let mut aliases: Vec<&str> = self
            .names
            .iter()
            .filter(|(_, (place, by))| *by == ResolvedBy::Alias && self.models[*place].id == model)
            .map(|(alias, _)| alias.as_str())
            .collect();
        aliases.sort_unstable();
        aliases
    }

    /// The model that `name` stands for: by exact id, by a listed alias, or by the stated rule, which puts aside
    /// letter case, gateways, clouds, regions, vendors, dates and the ways open weights are served.
    /// Never by similarity.
    ///
    /// ```
    /// use carbon_core::{FactorSet, ResolvedBy};
    /// let set = FactorSet::version("2026.11").unwrap();
    /// let resolution = set.resolve("eu.anthropic.claude-3-5-sonnet-20240620-v1:0")?;
    /// assert_eq!(resolution.model.id(), "claude-3-5-sonnet");
    /// assert_eq!(resolution.resolved_by, ResolvedBy::Rule);
    /// assert_eq!(resolution.region_hint.as_deref(), Some("geo:eu"));
    /// # Ok::<(), carbon_core::UnknownModel>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownModel`] for any other name.
    pub fn resolve(&self, name: &str) -> Result<Resolution<'_>, UnknownModel> {
        if let Some(&(place, resolved_by)) = self.names.get(name) {
            return Ok(Resolution { model: &self.models[place], resolved_by, region_hint: None });
        }
        self.resolve_by_rule(name).ok_or_else(|| UnknownModel::new(name))
    }

    fn resolve_by_rule(&self, name: &str) -> Option<Resolution<'_>> {
        let found = |place: usize, region_hint| {
            Some(Resolution { model: &self.models[place], resolved_by: ResolvedBy::Rule, region_hint })
        };
        // Some canonical ids hold a slash: letter case alone comes first.
        if let Some(&(place, _)) = self.names.get(&*normalised(name)) {
            return found(place, None);
        }
        let name::Name { core, place: served } = name::read(name)?;
        let spellings = name::spellings(&core);
        let (place, _) = spellings.iter().find_map(|spelling| self.names.get(spelling))?;
        found(*place, served.map(|place| place.to_string()))
    }

    /// The place that `region` names: an ISO 3166 country, `WOR` for the world, or a cloud region.
    ///
    /// ```
    /// let set = carbon_core::FactorSet::version("2026.11").unwrap();
    /// assert_eq!(set.locate("aws:eu-west-3")?.zone.id(), "FRA");
    /// assert_eq!(set.locate("fr")?.zone.grid_g_per_kwh(), 41.44);
    /// assert!(set.locate("atlantis").is_err());
    /// # Ok::<(), carbon_core::UnknownRegion>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownRegion`]: there is no fallback grid.
    pub fn locate(&self, region: &str) -> Result<Location<'_>, UnknownRegion> {
        self.places.locate(region)
    }

    /// Emissions of `usage` by the model that `name` stands for.
    ///
    /// # Errors
    /// [`UnknownModel`]: there is no number for it, and none is made up.
    pub fn estimate(&self, name: &str, usage: &Usage) -> Result<Estimate<'_>, UnknownModel> {
        let Resolution { model, resolved_by, .. } = self.resolve(name)?;
        let factor = model.coefficient().ok_or_else(|| UnknownModel::new(name))?;
        Ok(Estimate { co2: factor.apply(usage), factor, resolved_by })
    }

    /// Listed names that look like `name`, nearest first: for a person to choose from, never to calculate with.
    pub fn suggestions(&self, name: &str) -> Vec<&str> {
        /// Below this Jaro-Winkler similarity names have little in common but their letters.
        const SIMILARITY_MIN: f64 = 0.8;
        const COUNT_MAX: usize = 3;

        let wanted = normalised(name);
        let mut near: Vec<(f64, &str)> = self
            .models
            .iter()
            .map(|model| (strsim::jaro_winkler(&wanted, &model.id), model.id.as_str()))
            .filter(|(similarity, _)| *similarity >= SIMILARITY_MIN)
            .collect();
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        near.into_iter().take(COUNT_MAX).map(|(_, model)| model).collect()
    }
}

/// No white space around, lower case.
fn normalised(name: &str) -> Cow<'_, str> {
    let trimmed = name.trim();
    if trimmed.chars().any(char::is_uppercase) {
        Cow::Owned(trimmed.to_lowercase())
    } else {
        Cow::Borrowed(trimmed)
    }
}
