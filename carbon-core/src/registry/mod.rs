//! The registry: dated, immutable sets of factors, and loading tables of your own.

mod embedded;
mod grids;
mod moving;
mod remembered;
mod resolve;
mod similar;
mod whole;

pub use self::moving::Move;
pub use crate::energy::constants::Constant;
pub use crate::load::tables::Tables;
pub use crate::load::{LoadError, LoadFault, MethodConstant};
pub use crate::resolution::Resolution;

use crate::{
    energy::constants::Constants,
    factor::{EmissionFactor, Source},
    grid::Grids,
    load::{self, Spans, tables::Layer},
    measure::MeasuredFactor,
    memo::Identity,
    model::{Class, Model, ResolvedBy, Size},
    own::{Own, OwnEntry},
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
    /// Shared by every set that differs from it by own entries alone.
    pub(crate) listed: Arc<Listed>,
    /// What somebody has added to it for the calls of their own.
    own: Option<Arc<OwnLayer>>,
}

/// Own entries, with the tables that they were read from.
#[derive(Debug)]
struct OwnLayer {
    layer: Layer,
    /// Over the tables of the set, and these behind them.
    sha256: Option<String>,
    own: Own,
    grids: Grids,
}

/// What the tables list.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    /// What it was read from, the set it was loaded on top of first.
    layers: Vec<Layer>,
    /// SHA-256 of its tables; of tables on top of others there is none.
    sha256: Option<String>,
    /// Models, then products.
    pub(crate) models: Vec<Model>,
    classes: Vec<Class>,
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
    moving_names: HashMap<String, Spans>,
    /// Names that EcoLogits lists with a size or a speed of their own.
    ecologits_sizes: HashMap<String, Size>,
    identity: Identity,
}

impl Listed {
    pub(crate) fn version(&self) -> &str {
        self.layers.last().map_or("", |layer| &layer.version)
    }

    /// What it was read from, where that is one set of tables and none on top of another.
    pub(crate) fn tables(&self) -> Option<&Tables<'static>> {
        let [only] = self.layers.as_slice() else { return None };
        Some(&only.tables)
    }
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
        let mut layers = self.listed.layers.clone();
        layers.push(Layer { version: version.to_owned(), tables: tables.into_owned() });
        FactorSet::load(layers)
    }

    fn load(layers: Vec<Layer>) -> Result<FactorSet, LoadError> {
        let sources = load::sources(&layers)?;
        let mut ids = load::Ids::new();
        let (constants, method) = load::method(&layers, &sources)?;
        let places = load::places(&layers, &sources, &constants, &mut ids)?;
        let mut models = load::models(&layers, &sources, &places, &constants, &mut ids)?;
        let classes = load::classes(&layers, &sources, &places, &models, &constants, &mut ids)?;
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
        let sha256 = match layers.as_slice() {
            [only] => Some(only.tables.sha256(&[])),
            _ => None,
        };
        let listed = Listed {
            layers,
            sha256,
            ecologits_source: sources.get("ecologits-method").cloned(),
            models,
            classes,
            products_from,
            sources,
            constants,
            method,
            places,
            names,
            short_names,
            moving_names: moving,
            ecologits_sizes,
            identity: Identity::new(),
        };
        Ok(FactorSet { listed: Arc::new(listed), own: None })
    }

    /// This set with own entries on top: names and models that hold for the calls of one account alone.
    ///
    /// `tables` has `own_names.csv`, `own_models.csv`, `own_measured.csv`, `own_grids.csv` and `own_grid_values.csv`; every other table is refused. The result is called after this
    /// set and the revision, such as `2026.12+3`, and shares all but the entries with it. An entry whose model this set
    /// does not list leaves its names unknown. An apostrophe at the beginning of a cell is not part of its text: it keeps
    /// spreadsheets from running a name such as `=1+1`.
    ///
    /// ```
    /// use carbon_core::{Call, FactorSet, model::ResolvedBy, registry::Tables};
    /// let names = "name,model,class,valid_from,valid_to,note,entered_by,entered_at\n\
    ///              prod-chat-*,gpt-4o,,2026-10-01,,Azure deployments,ops@example.com,2026-11-02T09:00:00Z\n";
    /// let set = FactorSet::latest().with_own(3, Tables::new().own_names(names))?;
    /// let call = Call { day: Some(jiff::civil::date(2026, 11, 5)), ..Call::to("prod-chat-2") };
    /// let deployment = set.deployment(&call).unwrap();
    /// assert_eq!((deployment.model.id(), deployment.resolved_by), ("gpt-4o", ResolvedBy::Own));
    /// assert!(FactorSet::latest().deployment(&call).is_err());
    /// # Ok::<(), carbon_core::registry::LoadError>(())
    /// ```
    ///
    /// # Errors
    /// The table, the line, the column and what is wrong there: see [`LoadError`].
    pub fn with_own(&self, revision: u64, tables: Tables<'_>) -> Result<FactorSet, LoadError> {
        let version = format!("{}+{revision}", self.listed.version());
        let layer = Layer { version, tables: tables.into_owned() };
        let read = load::own(&layer, &self.listed.models, &self.listed.places, &self.listed.constants)?;
        let sha256 = self.listed.tables().map(|tables| {
            let before: Vec<&str> = tables.files().map(|(_, text)| text).collect();
            layer.tables.sha256(&before)
        });
        let measured = load::measured(&layer, &self.listed.places)?;
        let grids = Grids::of(load::grids(&layer)?);
        let layer = Layer { tables: layer.tables.without_withheld(), ..layer };
        let own = OwnLayer { layer, sha256, own: Own::of(read, measured), grids };
        Ok(FactorSet { listed: self.listed.clone(), own: Some(Arc::new(own)) })
    }

    /// The same set without own entries.
    #[must_use]
    pub fn without_own(&self) -> FactorSet {
        FactorSet { listed: self.listed.clone(), own: None }
    }

    /// The version, such as `2025.1`; with own entries, `2025.1+3`.
    pub fn as_str(&self) -> &str {
        self.own.as_ref().map_or_else(|| self.listed.version(), |own| &own.layer.version)
    }

    /// SHA-256 in hex over its tables, one after the other in the order of their file names, those of own entries last.
    /// `None` for a set with tables on top of another.
    pub fn sha256(&self) -> Option<&str> {
        let listed = self.listed.sha256.as_deref()?;
        self.own.as_ref().map_or(Some(listed), |own| own.sha256.as_deref())
    }

    /// Names and contents of its tables, in the order of the names, those of own entries last.
    /// `None` for a set with tables on top of another.
    pub fn files(&self) -> Option<Vec<(&'static str, &str)>> {
        let own = self.own.iter().flat_map(|own| own.layer.tables.open_files());
        Some(self.listed.tables()?.files().chain(own).collect())
    }

    /// Own entries, in the order of their tables.
    pub fn own(&self) -> impl Iterator<Item = &OwnEntry> {
        self.own.iter().flat_map(|own| &own.own.entries)
    }

    /// What the account has measured, by name.
    pub fn measured_factors(&self) -> Vec<&MeasuredFactor> {
        self.own.as_ref().map_or_else(Vec::new, |own| own.own.measured_factors())
    }

    /// Every model, in the order of the tables.
    pub fn models(&self) -> &[Model] {
        &self.listed.models[..self.listed.products_from]
    }

    /// Products that are not models but have a published figure, such as `gemini-apps`. Found by name, as models are.
    pub fn products(&self) -> &[Model] {
        &self.listed.models[self.listed.products_from..]
    }

    /// Classes of models, in the order of the tables. No name leads to one.
    pub fn classes(&self) -> &[Class] {
        &self.listed.classes
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
        self.listed.classes.iter().find(|class| class.name() == name).map(Class::model)
    }

    /// Every row of the published table.
    pub fn factors(&self) -> impl Iterator<Item = &EmissionFactor> {
        self.listed.models.iter().filter_map(Model::coefficient)
    }

    /// The source of that name in `sources.csv`.
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.listed.sources.get(id).map(|source| &**source)
    }

    /// The constants of the `bottom_up` method, in the order of the set's table. A set without that table has the method of
    /// `2026.11`.
    pub fn method_constants(&self) -> &[MethodConstant] {
        &self.listed.method
    }

    /// Every zone with a known grid, by code.
    pub fn zones(&self) -> &[Zone] {
        &self.listed.places.zones
    }

    /// Every cloud region, in the order of the tables.
    pub fn regions(&self) -> impl Iterator<Item = Location<'_>> {
        self.listed.places.regions.iter().map(|region| self.listed.places.of_region(region))
    }

    /// Every fleet with the place it is assumed to serve from, in the order of the tables.
    pub fn fleets(&self) -> impl Iterator<Item = (&Fleet, Location<'_>)> {
        self.listed.places.fleets.iter().map(|fleet| (fleet, self.listed.places.of_fleet(fleet)))
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
        self.listed.places.locate(region, provider)
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
        self.listed.places.provider(name)
    }

    /// Whether the set has grids at all; the published table alone has none, and no region matters to it.
    pub(crate) fn knows_places(&self) -> bool {
        !self.listed.places.zones.is_empty()
    }
}
