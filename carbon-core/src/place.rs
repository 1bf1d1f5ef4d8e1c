//! Where a call is served: grids and data centres.

use crate::Source;
use std::{collections::HashMap, sync::Arc};
use thiserror::Error;

/// The grid of a country, of `WOR` (the world) or of `EEE` (Europe).
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) grid_g_per_kwh: f64,
    pub(crate) year: Option<u16>,
    pub(crate) offsite_water_l_per_kwh: f64,
    pub(crate) adpe_kg_sb_per_kwh: f64,
    pub(crate) primary_energy_mj_per_kwh: f64,
    pub(crate) source: Arc<Source>,
    pub(crate) other_source: Arc<Source>,
}

impl Zone {
    /// ISO 3166 alpha-3 code, `WOR` or `EEE`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// English name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Grams of CO2e per kilowatt hour of the zone's generation: location-based, annual average.
    pub fn grid_g_per_kwh(&self) -> f64 {
        self.grid_g_per_kwh
    }

    /// Year of that figure, where the publisher says.
    pub fn year(&self) -> Option<u16> {
        self.year
    }

    /// Litres of water that power plants use per kilowatt hour.
    pub fn offsite_water_l_per_kwh(&self) -> f64 {
        self.offsite_water_l_per_kwh
    }

    /// Kilograms of antimony equivalent per kilowatt hour.
    pub fn adpe_kg_sb_per_kwh(&self) -> f64 {
        self.adpe_kg_sb_per_kwh
    }

    /// Megajoules of primary energy per kilowatt hour, as EcoLogits counts it (fossil).
    pub fn primary_energy_mj_per_kwh(&self) -> f64 {
        self.primary_energy_mj_per_kwh
    }

    /// Who gives the grid figure.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Who gives the figures of water, elements and primary energy.
    pub fn other_source(&self) -> &Source {
        &self.other_source
    }
}

/// A data centre, or a provider's fleet: its overhead and its water.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Facility energy over IT energy: lowest and highest figure.
    pub pue: [f64; 2],
    /// Litres of water per kilowatt hour of IT energy, on site: lowest and highest figure.
    pub onsite_water_l_per_kwh: [f64; 2],
    pub(crate) source: Arc<Source>,
}

impl Site {
    /// Who gives these figures.
    pub fn source(&self) -> &Source {
        &self.source
    }
}

/// A zone and what is known of the site there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Location<'a> {
    /// What was asked for: `FRA`, `aws:eu-west-3`; empty where nothing was.
    pub region: &'a str,
    /// Whose electricity it runs on.
    pub zone: &'a Zone,
    /// The region's own site, or `None`: then the provider's fleet counts.
    pub site: Option<&'a Site>,
}

/// All places of a factor set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    pub(crate) zones: Vec<Zone>,
    /// Alpha-3 and alpha-2 codes, upper case.
    pub(crate) zone_codes: HashMap<String, usize>,
    pub(crate) regions: Vec<CloudRegion>,
    /// `eu-west-3` and `aws:eu-west-3`, lower case; a bare name that two clouds use is not listed.
    pub(crate) region_names: HashMap<String, usize>,
    pub(crate) providers: HashMap<String, Provider>,
}

#[derive(Clone, Debug)]
pub(crate) struct CloudRegion {
    pub(crate) name: String,
    pub(crate) zone: usize,
    pub(crate) site: Option<Site>,
}

/// Where a model's own provider serves it from, as far as anyone says.
#[derive(Clone, Debug)]
pub(crate) struct Provider {
    pub(crate) zone: usize,
    pub(crate) site: Site,
}

impl Places {
    /// Where `provider` mostly serves from.
    pub(crate) fn of_provider(&self, provider: &Provider) -> Location<'_> {
        let zone = &self.zones[provider.zone];
        Location { region: &zone.id, zone, site: None }
    }

    /// The place that `region` names: a country, `WOR`, or a cloud region.
    pub(crate) fn locate(&self, region: &str) -> Result<Location<'_>, UnknownRegion> {
        let unknown = || UnknownRegion { region: region.to_owned() };
        if let Some(&zone) =
            self.zone_codes.get(region).or_else(|| self.zone_codes.get(&region.to_uppercase()))
        {
            let zone = &self.zones[zone];
            return Ok(Location { region: &zone.id, zone, site: None });
        }
        let found = self.region_names.get(region).or_else(|| self.region_names.get(&region.to_lowercase()));
        let region = &self.regions[*found.ok_or_else(unknown)?];
        Ok(Location { region: &region.name, zone: &self.zones[region.zone], site: region.site.as_ref() })
    }
}

/// No listed country or cloud region has this name. There is no fallback grid.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "no grid is known for region {region:?}: use an ISO 3166 country, WOR, or a cloud region such as aws:eu-west-3"
)]
pub struct UnknownRegion {
    pub(crate) region: String,
}
