//! Where a call is served: electricity grids, cloud regions and data centres.

use crate::{
    Confidence, Grams, Range,
    factor::{Basis, Source},
    grid::{GridResolution, GridSeries},
    words::words,
};
use std::{collections::HashMap, sync::Arc};
use thiserror::Error;

/// The grid of a country, of `WOR` (the world) or of `EEE` (Europe).
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    pub(crate) id: String,
    pub(crate) alpha_2: Option<String>,
    pub(crate) name: String,
    pub(crate) grid: GridFactor,
    pub(crate) offsite_water_l_per_kwh: f64,
    pub(crate) water_of: WaterOf,
    pub(crate) adpe_kg_sb_per_kwh: f64,
    pub(crate) primary_energy_mj_per_kwh: f64,
    pub(crate) other_source: Arc<Source>,
}

impl Zone {
    /// ISO 3166 alpha-3 code, `WOR` or `EEE`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// ISO 3166 alpha-2 code; `None` for zones that are not countries.
    pub fn alpha_2(&self) -> Option<&str> {
        self.alpha_2.as_deref()
    }

    /// English name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Emissions of a kilowatt hour.
    pub fn grid(&self) -> &GridFactor {
        &self.grid
    }

    /// Litres of water that power plants use per kilowatt hour.
    pub fn offsite_water_l_per_kwh(&self) -> f64 {
        self.offsite_water_l_per_kwh
    }

    /// Which area that figure describes.
    pub fn water_of(&self) -> WaterOf {
        self.water_of
    }

    /// Kilograms of antimony equivalent per kilowatt hour.
    pub fn adpe_kg_sb_per_kwh(&self) -> f64 {
        self.adpe_kg_sb_per_kwh
    }

    /// Megajoules of primary energy per kilowatt hour, as EcoLogits counts it (fossil).
    pub fn primary_energy_mj_per_kwh(&self) -> f64 {
        self.primary_energy_mj_per_kwh
    }

    /// Who published the figures for water, elements and primary energy.
    pub fn other_source(&self) -> &Source {
        &self.other_source
    }
}

/// Emissions of a kilowatt hour of a zone's electricity: a year's average, location-based.
#[derive(Clone, Debug, PartialEq)]
pub struct GridFactor {
    pub(crate) id: String,
    pub(crate) g_per_kwh: f64,
    /// Standard deviation of its logarithm.
    pub(crate) sd: f64,
    pub(crate) bounds: [f64; 2],
    pub(crate) year: Option<u16>,
    pub(crate) boundary: GridBoundary,
    pub(crate) source: Arc<Source>,
}

impl GridFactor {
    /// Permanent name of the factor, such as `grid/FRA@2026.11`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Grams of CO2e per kilowatt hour.
    pub fn g_per_kwh(&self) -> f64 {
        self.g_per_kwh
    }

    /// The same with its 95 % interval, by the set's geometric standard deviation for a year's mean.
    pub fn per_kwh(&self) -> Range<Grams> {
        Range::enclosing(Grams::from_f64(self.g_per_kwh), self.bounds.map(Grams::from_f64))
    }

    /// The year of the observation, where the publisher states it.
    pub fn year(&self) -> Option<u16> {
        self.year
    }

    /// What it covers.
    pub fn boundary(&self) -> GridBoundary {
        self.boundary
    }

    /// Always location-based: supply contracts are not considered.
    pub fn basis(&self) -> Basis {
        Basis::Location
    }

    /// A statistical average that a named third party computes.
    pub fn confidence(&self) -> Confidence {
        Confidence::Estimated
    }

    /// Who published it.
    pub fn source(&self) -> &Source {
        &self.source
    }
}

words! {
    /// What an emission factor of electricity covers. One set never mixes boundaries.
    #[non_exhaustive]
    GridBoundary {
        /// The life cycle of each fuel, at the power plants: without grid losses and imports.
        LifecycleGeneration = "lifecycle_generation",
    }
}

words! {
    /// Which area a zone's off-site water figure describes.
    WaterOf {
        /// The zone itself.
        Zone = "zone",
        /// The world, because no figure is known for the zone.
        World = "world",
    }
}

/// A data centre, or the average of a provider's data centres: overhead and water.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Site {
    /// Facility energy over IT energy: lowest and highest value.
    pub pue: [f64; 2],
    /// Litres of water per kilowatt hour of IT energy, on site: lowest and highest value.
    pub onsite_water_l_per_kwh: [f64; 2],
    pub(crate) source: Arc<Source>,
    pub(crate) water_source: Arc<Source>,
}

impl Site {
    /// Who published the PUE.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Who published the water: the same, but where only the PUE of the site is known.
    pub fn water_source(&self) -> &Source {
        &self.water_source
    }
}

/// A zone, and the site there if one is known.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Location<'a> {
    /// The listed name of the place: `FRA`, `aws:eu-west-3`.
    pub region: &'a str,
    /// The grid that supplies it.
    pub zone: &'a Zone,
    /// The region's own site. If `None`, the provider's fleet is used.
    pub site: Option<&'a Site>,
    /// The emissions of its electricity that are applied: the set's of the year, or an account's own by the hour or month.
    pub grid: AppliedGrid<'a>,
}

impl<'a> Location<'a> {
    fn new(region: &'a str, zone: &'a Zone, site: Option<&'a Site>) -> Self {
        Location { region, zone, site, grid: AppliedGrid::of_year(zone.grid()) }
    }
}

/// The emissions of a kilowatt hour that were applied, and what they are from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AppliedGrid<'a> {
    factor: &'a GridFactor,
    series: Option<&'a GridSeries>,
    g_per_kwh: f64,
}

impl<'a> AppliedGrid<'a> {
    /// The set's value of a year.
    pub(crate) fn of_year(factor: &'a GridFactor) -> Self {
        AppliedGrid { factor, series: None, g_per_kwh: factor.g_per_kwh() }
    }

    /// Grams of CO2e per kilowatt hour. Of a series whose values are withheld it is the set's, for want of better: see
    /// [`is_withheld`](Self::is_withheld).
    pub fn g_per_kwh(&self) -> f64 {
        self.g_per_kwh
    }

    /// How finely it follows time.
    pub fn resolution(&self) -> GridResolution {
        self.series.map_or(GridResolution::Year, |series| series.resolution)
    }

    /// The series that it is from; `None` where it is the set's.
    pub fn series(&self) -> Option<&'a GridSeries> {
        self.series
    }

    /// The set's factor of the zone.
    pub fn factor(&self) -> &'a GridFactor {
        self.factor
    }

    /// Who published it: the source of the set's factor, or of the series.
    pub fn source(&self) -> &'a Source {
        self.series.map_or(self.factor.source(), |series| &series.source)
    }

    /// The year of the observation, where it is the set's value and its publisher states one.
    pub fn year(&self) -> Option<u16> {
        self.factor.year().filter(|_| self.series.is_none())
    }

    /// Name of what was applied: of the set's factor, or of the series.
    pub fn id(&self) -> &'a str {
        self.series.map_or(self.factor.id(), GridSeries::id)
    }

    /// Whether the series is known and its values are not.
    pub fn is_withheld(&self) -> bool {
        self.series.is_some_and(GridSeries::is_withheld)
    }

    /// A value of a series; where it is withheld, the set's stands in.
    pub(crate) fn of_series(
        factor: &'a GridFactor,
        (series, g_per_kwh): (&'a GridSeries, Option<f64>),
    ) -> Self {
        AppliedGrid { factor, series: Some(series), g_per_kwh: g_per_kwh.unwrap_or(factor.g_per_kwh()) }
    }

    /// What tells it from other values for the same place: figures that have it in common are one figure.
    pub(crate) fn value_key(&self) -> u64 {
        self.g_per_kwh.to_bits()
    }
}

/// A provider's machines as a whole: used when the region has no figures of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    pub(crate) name: String,
    pub(crate) zone: usize,
    pub(crate) site: Site,
}

impl Fleet {
    /// Its name in `providers.csv`, such as `openai`; `open-weights` stands for any provider that is not listed.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it stands for providers that are not listed.
    pub(crate) fn is_anybody(&self) -> bool {
        self.name == ANYBODY
    }

    /// PUE and water.
    pub fn site(&self) -> &Site {
        &self.site
    }
}

words! {
    /// How the place of a call was determined, best first.
    PlacedBy {
        /// The call states a region.
        Region = "region",
        /// The model name implies it: `eu.anthropic.claude-…`.
        Name = "name",
        /// The provider mostly serves from there.
        Provider = "provider",
        /// Unknown: the world average is used.
        Nobody = "nobody",
    }
}

/// All places of a factor set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    pub(crate) zones: Vec<Zone>,
    /// Alpha-3 and alpha-2 codes, upper case.
    pub(crate) zone_codes: HashMap<String, usize>,
    pub(crate) regions: Vec<CloudRegion>,
    /// `eu-west-3` and `aws:eu-west-3`, lower case; no two clouds use the same name, or the set would not load.
    pub(crate) region_names: HashMap<String, usize>,
    pub(crate) fleets: Vec<Fleet>,
    /// Every name of a fleet.
    pub(crate) fleet_names: HashMap<String, usize>,
    /// Every name of a cloud, with the one that its regions are listed under.
    pub(crate) cloud_names: HashMap<String, String>,
}

#[derive(Clone, Debug)]
pub(crate) struct CloudRegion {
    pub(crate) name: String,
    pub(crate) zone: usize,
    pub(crate) site: Option<Site>,
}

/// Stands in for a provider that is not listed.
const ANYBODY: &str = "open-weights";

impl Places {
    /// The place in `fleets` of a provider's own, or of anybody's; `None` where the set knows no places.
    pub(crate) fn fleet(&self, provider: Option<&str>) -> Option<usize> {
        let named = provider.and_then(|provider| self.own_fleet(provider));
        named.or_else(|| self.fleet_names.get(ANYBODY).copied())
    }

    /// Whether that is a cloud, in any spelling: it serves the models of several makers.
    pub(crate) fn is_cloud(&self, name: &str) -> bool {
        let known = |name: &str| self.cloud_names.contains_key(name);
        lowered(name, |name| known(name).then_some(())).is_some() || self.provider(name).is_some_and(known)
    }

    /// The fleet that has that name, if any.
    pub(crate) fn own_fleet(&self, provider: &str) -> Option<usize> {
        lowered(provider, |name| self.fleet_names.get(name).copied())
    }

    /// The place that a model's name hints at, where that is one place: `us-east-1`, or a geography with one grid.
    pub(crate) fn of_hint(&self, hint: &str) -> Option<Location<'_>> {
        /// Geographies that clouds route within, and the zone whose grid stands for each.
        const GEOGRAPHIES: &[(&str, &str)] =
            &[("au", "AUS"), ("ca", "CAN"), ("eu", "EEE"), ("jp", "JPN"), ("us", "USA")];
        let geography = hint.strip_prefix("geo:").unwrap_or(hint);
        let zone = GEOGRAPHIES.iter().find(|(name, _)| *name == geography).map(|(_, zone)| *zone);
        self.locate(zone.unwrap_or(hint), None).ok()
    }

    /// Where a fleet is taken to be.
    pub(crate) fn of_fleet(&self, fleet: &Fleet) -> Location<'_> {
        let zone = &self.zones[fleet.zone];
        Location::new(&zone.id, zone, None)
    }

    /// The place that `region` names: a country, `WOR`, or a cloud region.
    /// Where `provider` is a cloud, the region must be one of its own.
    pub(crate) fn locate(&self, region: &str, provider: Option<&str>) -> Result<Location<'_>, UnknownRegion> {
        let cloud = provider.and_then(|name| lowered(name, |name| self.cloud_names.get(name)));
        // As it is written first: only an odd spelling costs an allocation.
        self.zone(region)
            .or_else(|| self.region(region, cloud))
            .or_else(|| self.zone(&region.to_ascii_uppercase()))
            .or_else(|| self.region(&region.to_ascii_lowercase(), cloud))
            .ok_or_else(|| UnknownRegion { region: region.to_owned(), cloud: cloud.cloned() })
    }

    pub(crate) fn of_region<'a>(&'a self, region: &'a CloudRegion) -> Location<'a> {
        Location::new(&region.name, &self.zones[region.zone], region.site.as_ref())
    }

    fn zone(&self, code: &str) -> Option<Location<'_>> {
        let zone = &self.zones[*self.zone_codes.get(code)?];
        Some(Location::new(&zone.id, zone, None))
    }

    fn region(&self, name: &str, cloud: Option<&String>) -> Option<Location<'_>> {
        let region = &self.regions[*self.region_names.get(name)?];
        let (of, _) = region.name.split_once(':')?;
        cloud.is_none_or(|cloud| cloud == of).then(|| self.of_region(region))
    }
}

/// What `find` says of a name in lower case.
fn lowered<T>(name: &str, find: impl Fn(&str) -> Option<T>) -> Option<T> {
    find(name).or_else(|| find(&name.to_ascii_lowercase()))
}

/// No listed country or cloud region has this name. There is no fallback grid.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "no grid is known for region {region:?}{}: use an ISO 3166 country, WOR, or a cloud region such as aws:eu-west-3",
    .cloud.as_ref().map_or_else(String::new, |cloud| format!(" of {cloud}"))
)]
pub struct UnknownRegion {
    pub(crate) region: String,
    /// The cloud that it should be a region of.
    pub(crate) cloud: Option<String>,
}
