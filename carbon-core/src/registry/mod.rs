//! The registry: dated, immutable sets of factors, and loading tables of your own.

mod embedded;

pub use crate::energy::constants::Constant;
pub use crate::load::tables::Tables;
pub use crate::load::{LoadError, LoadFault, MethodConstant};

use crate::{
    energy::constants::Constants,
    factor::{EmissionFactor, Source},
    load::{self, Moves, tables::Layer},
    model::{Model, Resolution, ResolvedBy, Size, UnknownModel},
    name,
    place::{Fleet, Location, Places, UnknownRegion, Zone},
};
use embedded::EMBEDDED;
use jiff::civil::Date;
use std::{borrow::Cow, collections::HashMap, sync::Arc};

/// A version of the registry: factors, the names they are found by, and their sources.
///
/// A released set never changes, so a figure can always be recomputed from
/// its activity data and the name of its set.
///
/// ```
/// use carbon_core::{FactorSet, Usage};
/// let set = FactorSet::version("2025.1").expect("old sets stay callable");
/// let estimate = set.estimate("mistral-large-2", &Usage::of_call(600, 400))?;
/// assert_eq!(estimate.co2.central().to_string(), "2.85");
/// # Ok::<(), carbon_core::EstimateError>(())
/// ```
#[derive(Clone, Debug)]
pub struct FactorSet {
    /// What it was read from, the set it was loaded on top of first.
    layers: Vec<Layer>,
    /// Its place among the sets that ship with the crate.
    released: Option<usize>,
    /// Models, then products.
    models: Vec<Model>,
    products_from: usize,
    sources: load::Sources,
    pub(crate) constants: Constants,
    method: Vec<MethodConstant>,
    /// Where the equations of EcoLogits are described.
    pub(crate) ecologits_source: Option<Arc<Source>>,
    pub(crate) places: Places,
    /// Canonical id or alias, as listed, to the place of its model.
    names: HashMap<String, (usize, ResolvedBy)>,
    /// Names that leave out what a listed one says, each with the place of the only model that it can mean.
    short_names: HashMap<String, usize>,
    /// Aliases that lead to one model today and to another tomorrow.
    moving_names: HashMap<String, Vec<Moves>>,
    /// Names that EcoLogits lists with a size or a speed of their own.
    ecologits_sizes: HashMap<String, Size>,
}

impl FactorSet {
    /// The released set of that version, or `None`.
    pub fn version(version: &str) -> Option<&'static FactorSet> {
        EMBEDDED.iter().find(|embedded| embedded.version == version).map(|embedded| &*embedded.set)
    }

    /// The newest released set: the default of every calculation.
    pub fn latest() -> &'static FactorSet {
        &EMBEDDED[EMBEDDED.len() - 1].set
    }

    /// Versions of all released sets, oldest first.
    pub fn versions() -> impl Iterator<Item = &'static str> {
        EMBEDDED.iter().map(|embedded| embedded.version)
    }

    /// A set of your own tables alone, under the same rules as the released ones.
    ///
    /// `version` is the name that results state; choose one that no released set has.
    ///
    /// ```
    /// use carbon_core::{FactorSet, Usage, registry::Tables};
    /// let tables = Tables::new()
    ///     .factors(include_str!("../../data/2025.1/factors.csv"))
    ///     .boundaries(include_str!("../../data/2025.1/boundaries.csv"))
    ///     .sources(include_str!("../../data/2025.1/sources.csv"));
    /// let set = FactorSet::from_tables("acme-1", tables)?;
    /// assert!(set.estimate("mistral-large-2", &Usage::of_call(600, 400)).is_ok());
    ///
    /// let error = FactorSet::from_tables("acme-2", Tables::new().sources("source_id\nlca\n")).unwrap_err();
    /// assert_eq!(error.to_string(), r#"sources.csv, line 2: column "title" is missing"#);
    /// # Ok::<(), carbon_core::registry::LoadError>(())
    /// ```
    ///
    /// # Errors
    /// The table, the line, the column and what is wrong there: see [`LoadError`].
    pub fn from_tables(version: &str, tables: Tables<'_>) -> Result<FactorSet, LoadError> {
        FactorSet::load(vec![Layer { version: version.to_owned(), tables: tables.into_owned() }])
    }

    /// This set with tables of your own on top.
    ///
    /// Rows are added to those of this set, and may cite its sources, boundaries, providers and zones.
    /// A row of `factors.csv` replaces the factor that this set has for the same model, method and quantity; it needs a
    /// `factor_id` of its own. A row of `method.csv` replaces a constant. In every other table a name that this set already has is refused.
    ///
    /// # Errors
    /// The table, the line, the column and what is wrong there: see [`LoadError`].
    pub fn with_tables(&self, version: &str, tables: Tables<'_>) -> Result<FactorSet, LoadError> {
        let mut layers = self.layers.clone();
        layers.push(Layer { version: version.to_owned(), tables: tables.into_owned() });
        FactorSet::load(layers)
    }

    fn load(layers: Vec<Layer>) -> Result<FactorSet, LoadError> {
        let sources = load::sources(&layers)?;
        let mut ids = load::Ids::new();
        let (constants, method) = load::method(&layers, &sources)?;
        let places = load::places(&layers, &sources, &constants, &mut ids)?;
        let mut models = load::models(&layers, &sources, &places, &constants, &mut ids)?;
        models.sort_by_key(Model::is_product);
        let products_from = models.partition_point(|model| !model.is_product());
        let mut names = HashMap::new();
        for (place, model) in models.iter().enumerate() {
            names.insert(model.id.clone(), (place, ResolvedBy::Exact));
        }
        let load::Aliases { lasting, moving } = load::aliases(&layers, &models)?;
        for (alias, place) in lasting {
            models[place].aliases.push(alias.clone());
            names.insert(alias, (place, ResolvedBy::Alias));
        }
        models.iter_mut().for_each(|model| model.aliases.sort_unstable());
        let ecologits_sizes = load::ecologits_sizes(&layers, &sources)?;
        // Looked up once, not at every call.
        for model in &mut models {
            let listed = ecologits_sizes.get(&model.id).copied();
            model.ecologits_size = listed.or_else(|| model.parameters.as_ref().map(|known| known.size));
        }
        let short_names = short_names(&models, &names);
        Ok(FactorSet {
            layers,
            released: None,
            ecologits_source: sources.get("ecologits-method").cloned(),
            models,
            products_from,
            sources,
            constants,
            method,
            places,
            names,
            short_names,
            moving_names: moving,
            ecologits_sizes,
        })
    }

    /// The version, such as `2025.1`.
    pub fn as_str(&self) -> &str {
        self.layers.last().map_or("", |layer| &layer.version)
    }

    /// SHA-256 in hex over the tables of a released set, one after the other in the order of their file names;
    /// `None` for a set of your own.
    pub fn sha256(&self) -> Option<&'static str> {
        self.released.map(|place| EMBEDDED[place].sha256)
    }

    /// Names and contents of the tables of a released set, in the order of the names.
    /// `None` for a set of your own.
    pub fn files(&self) -> Option<&'static [(&'static str, &'static str)]> {
        self.released.map(|place| EMBEDDED[place].files)
    }

    /// Every model, in the order of the tables.
    pub fn models(&self) -> &[Model] {
        &self.models[..self.products_from]
    }

    /// Products that are not models but have a published figure, such as `gemini-apps`. Found by name, as models are.
    pub fn products(&self) -> &[Model] {
        &self.models[self.products_from..]
    }

    /// Every row of the published table.
    pub fn factors(&self) -> impl Iterator<Item = &EmissionFactor> {
        self.models.iter().filter_map(Model::coefficient)
    }

    /// The source of that name in `sources.csv`.
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.sources.get(id).map(|source| &**source)
    }

    /// The constants of the `bottom_up` method, in the order of the set's table. A set without that table has the method of
    /// `2026.11`.
    pub fn method_constants(&self) -> &[MethodConstant] {
        &self.method
    }

    /// Every zone with a known grid, by code.
    pub fn zones(&self) -> &[Zone] {
        &self.places.zones
    }

    /// Every cloud region, in the order of the tables.
    pub fn regions(&self) -> impl Iterator<Item = Location<'_>> {
        self.places.regions.iter().map(|region| self.places.of_region(region))
    }

    /// Every fleet with the place it is assumed to serve from, in the order of the tables.
    pub fn fleets(&self) -> impl Iterator<Item = (&Fleet, Location<'_>)> {
        self.places.fleets.iter().map(|fleet| (fleet, self.places.of_fleet(fleet)))
    }

    /// The model that `name` stands for: by exact id, by a listed alias, or by a rule that ignores letter case, gateways,
    /// clouds, regions, vendors, dates, and how open weights are served. Never by similarity.
    ///
    /// ```
    /// use carbon_core::{FactorSet, model::ResolvedBy};
    /// let set = FactorSet::version("2026.11").unwrap();
    /// let resolution = set.resolve("eu.anthropic.claude-3-5-sonnet-20240620-v1:0")?;
    /// assert_eq!(resolution.model.id(), "claude-3-5-sonnet");
    /// assert_eq!(resolution.resolved_by, ResolvedBy::Rule);
    /// assert_eq!(resolution.region_hint.as_deref(), Some("geo:eu"));
    /// # Ok::<(), carbon_core::model::UnknownModel>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownModel`] for any other name.
    pub fn resolve(&self, name: &str) -> Result<Resolution<'_>, UnknownModel> {
        self.resolve_on(name, None)
    }

    /// As [`resolve`](Self::resolve), for a call on that day: names whose meaning changes over time
    /// (`mistral-large-latest`) are resolved too, if their meaning on that day is known.
    ///
    /// ```
    /// use carbon_core::FactorSet;
    /// let set = FactorSet::version("2026.11").unwrap();
    /// let summer = jiff::civil::date(2026, 7, 1);
    /// assert_eq!(set.resolve_on("mistral-large-latest", Some(summer))?.model.id(), "mistral-large-3");
    /// assert!(set.resolve("mistral-large-latest").is_err());
    /// # Ok::<(), carbon_core::model::UnknownModel>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownModel`] for any other name.
    pub fn resolve_on(&self, name: &str, day: Option<Date>) -> Result<Resolution<'_>, UnknownModel> {
        if let Some(&(place, resolved_by)) = self.names.get(name) {
            return Ok(Resolution { model: &self.models[place], resolved_by, region_hint: None });
        }
        self.resolve_by_rule(name, day).ok_or_else(|| UnknownModel::new(name))
    }

    fn resolve_by_rule(&self, name: &str, day: Option<Date>) -> Option<Resolution<'_>> {
        let found = |place: usize, resolved_by, region_hint| {
            Some(Resolution { model: &self.models[place], resolved_by, region_hint })
        };
        let normal = normalised(name);
        if let Some(place) = self.moved(&normal, day) {
            return found(place, ResolvedBy::Alias, None);
        }
        // Some canonical ids hold a slash: letter case alone comes first.
        if let Some(&(place, _)) = self.names.get(&*normal) {
            return found(place, ResolvedBy::Rule, None);
        }
        let name::Name { core, organisation, place: served, tuned } =
            name::read(name, &|region| self.places.region_names.contains_key(region))?;
        let region_hint = served.map(|place| place.to_string());
        let moved = if tuned { None } else { self.moved(&core, day) };
        let place = moved.or_else(|| self.spelt(&core, organisation.as_deref()))?;
        found(place, ResolvedBy::Rule, region_hint)
    }

    fn listed(&self, name: &str) -> Option<usize> {
        self.names.get(name).map(|(place, _)| *place)
    }

    /// The model that `core` names in another spelling, in fewer words, or with its size.
    fn spelt(&self, core: &str, organisation: Option<&str>) -> Option<usize> {
        let spellings = name::spellings(core);
        let of_organisation = |name: &str| self.listed(&format!("{}/{name}", organisation?));
        let named = |name: &str| self.listed(name).or_else(|| self.short_names.get(name).copied());
        let sized = |spelling: &String| {
            let (name, total_b, rounding) = name::sized(spelling)?;
            named(name).filter(|&place| self.models[place].has_size(total_b, rounding))
        };
        spellings
            .iter()
            .find_map(|spelling| of_organisation(spelling).or_else(|| self.listed(spelling)))
            .or_else(|| spellings.iter().find_map(|spelling| named(spelling)))
            .or_else(|| spellings.iter().find_map(sized))
    }

    /// Where a moving name led on that day, as far as anyone has written down.
    fn moved(&self, name: &str, day: Option<Date>) -> Option<usize> {
        let day = day?;
        let spans = self.moving_names.get(name)?;
        spans.iter().find(|span| span.from <= day && day <= span.to).map(|span| span.place)
    }

    /// Size and speed that EcoLogits gives for this very name, where they are not the model's.
    pub(crate) fn ecologits_size(&self, name: &str) -> Option<&Size> {
        self.ecologits_sizes.get(&*normalised(name))
    }

    /// The place that `region` names: an ISO 3166 country, `WOR` for the world, or a cloud region.
    /// Where `provider` is a cloud, the region is one of its own.
    ///
    /// ```
    /// let set = carbon_core::FactorSet::version("2026.11").unwrap();
    /// assert_eq!(set.locate("aws:eu-west-3", None)?.zone.id(), "FRA");
    /// assert_eq!(set.locate("eu-west-3", Some("aws"))?.zone.grid().g_per_kwh(), 41.44);
    /// assert!(set.locate("eu-west-3", Some("azure")).is_err());
    /// assert!(set.locate("atlantis", None).is_err());
    /// # Ok::<(), carbon_core::place::UnknownRegion>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownRegion`]: there is no fallback grid.
    pub fn locate(&self, region: &str, provider: Option<&str>) -> Result<Location<'_>, UnknownRegion> {
        self.places.locate(region, provider)
    }

    /// The one name of a provider, however it is spelled; `None` for a name that is not listed, which says nothing.
    ///
    /// ```
    /// let set = carbon_core::FactorSet::version("2026.11").unwrap();
    /// assert_eq!(set.provider("openai.responses"), Some("openai"));
    /// assert_eq!(set.provider("az.ai.openai"), Some("azure"));
    /// assert_eq!(set.provider("gcp.vertex_ai"), set.provider("gemini"));
    /// assert_eq!(set.provider("langchain"), None);
    /// ```
    pub fn provider(&self, name: &str) -> Option<&str> {
        self.places.provider(name)
    }

    /// Whether the set has grids at all; the published table alone has none, and no region matters to it.
    pub(crate) fn knows_places(&self) -> bool {
        !self.places.zones.is_empty()
    }

    /// Listed names that look like `name`, nearest first: for a person to choose from, not to calculate with.
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

/// Names that are short for one listed id and no other, nearest first.
fn short_names(models: &[Model], names: &HashMap<String, (usize, ResolvedBy)>) -> HashMap<String, usize> {
    let all: Vec<_> = models.iter().map(|model| name::short_names(&model.id)).collect();
    let mut found: HashMap<String, Option<usize>> = HashMap::new();
    for step in 0..name::SHORT_STEPS {
        let mut here: HashMap<&str, Option<usize>> = HashMap::new();
        for (place, short) in all.iter().enumerate() {
            for name in &short[step] {
                let only = here.entry(name).or_insert(Some(place));
                *only = only.filter(|only| *only == place);
            }
        }
        for (name, only) in here {
            // What is short for two of them stays so for names that are further away.
            found.entry(name.to_owned()).or_insert(only);
        }
    }
    let found = found.into_iter().filter(|(name, _)| !names.contains_key(name));
    found.filter_map(|(name, only)| Some((name, only?))).collect()
}
