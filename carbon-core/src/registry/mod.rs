//! The registry: dated, immutable sets of factors, and loading tables of your own.

mod embedded;
mod resolve;

pub use crate::load::tables::Tables;
pub use crate::load::{LoadError, LoadFault};

use crate::{
    factor::{EmissionFactor, Source},
    load::{self, Spans, tables::Layer},
    model::{Class, Model, ResolvedBy, Size},
    place::{Fleet, Location, Places, UnknownRegion, Zone},
};
use embedded::EMBEDDED;
use std::{collections::HashMap, sync::Arc};

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
    classes: Vec<Class>,
    products_from: usize,
    sources: load::Sources,
    /// Where the equations of EcoLogits are described.
    pub(crate) ecologits_source: Option<Arc<Source>>,
    pub(crate) places: Places,
    /// Canonical id or alias, as listed, to the place of its model.
    names: HashMap<String, (usize, ResolvedBy)>,
    /// Names that leave out what a listed one says, each with the place of the only model that it can mean.
    short_names: HashMap<String, usize>,
    /// Aliases that lead to one model today and to another tomorrow.
    moving_names: HashMap<String, Spans>,
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
    /// `factor_id` of its own. In every other table a name that this set already has is refused.
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
        let places = load::places(&layers, &sources, &mut ids)?;
        let mut models = load::models(&layers, &sources, &places, &mut ids)?;
        let classes = load::classes(&layers, &sources, &places, &models, &mut ids)?;
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
        let short_names = resolve::short_names(&models, &names);
        Ok(FactorSet {
            layers,
            released: None,
            ecologits_source: sources.get("ecologits-method").cloned(),
            models,
            classes,
            products_from,
            sources,
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

    /// Classes of models, in the order of the tables. No name leads to one.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The class of that name, as a model: for a call to a model of which nothing is known, by somebody who says so.
    ///
    /// ```
    /// use carbon_core::{Call, Confidence, FactorSet, Usage};
    /// let set = FactorSet::version("2026.12").unwrap();
    /// let mid = set.class("mid").expect("it is listed");
    /// let deployment = set.deployment_of(mid, &Call::to("acme-1"))?;
    /// assert_eq!(deployment.location.unwrap().region, "WOR");
    /// assert_eq!(deployment.bottom_up().unwrap().record().confidence(), Confidence::Proxy);
    /// assert!(set.resolve("class-mid").is_err());
    /// # Ok::<(), carbon_core::place::UnknownRegion>(())
    /// ```
    pub fn class(&self, name: &str) -> Option<&Model> {
        self.classes.iter().find(|class| class.name() == name).map(Class::model)
    }

    /// Every row of the published table.
    pub fn factors(&self) -> impl Iterator<Item = &EmissionFactor> {
        self.models.iter().filter_map(Model::coefficient)
    }

    /// The source of that name in `sources.csv`.
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.sources.get(id).map(|source| &**source)
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
}
