//! Energy in a place: what comes of it through cooling and grid, with hardware and water.

use crate::{
    Grams, Millilitres, Usage, WattHours,
    energy::{
        ByWork,
        constants::{Constant, Constants},
        middle,
    },
    factor::TokenRates,
    place::{Fleet, Location, Site},
};

/// The rates of one model in one place, which are multiplied with integers ever after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InPlace<'a> {
    location: Location<'a>,
    fleet: &'a Fleet,
    constants: &'a Constants,
    energy: TokenRates<WattHours>,
    operational_co2: TokenRates<Grams>,
    embodied_co2: TokenRates<Grams>,
    onsite_water: TokenRates<Millilitres>,
    offsite_water: TokenRates<Millilitres>,
}

impl<'a> InPlace<'a> {
    /// In a place, whose fleet's figures are used where it has none of its own. `per_it_wh` answers the rates of what
    /// comes with so much of it a watt hour of the machines.
    pub(crate) fn new(
        location: Location<'a>,
        fleet: &'a Fleet,
        constants: &'a Constants,
        per_it_wh: impl Fn(f64) -> ByWork,
    ) -> Self {
        let (zone, site) = (location.zone, location.site.unwrap_or(&fleet.site));
        let pue = middle(site.pue);
        InPlace {
            location,
            fleet,
            constants,
            energy: TokenRates::of(per_it_wh(pue)),
            operational_co2: TokenRates::of(per_it_wh(pue * location.grid.g_per_kwh() / 1_000.0)),
            embodied_co2: TokenRates::of(per_it_wh(pue * constants.value(Constant::Embodied) / 1_000.0)),
            // A litre a kilowatt hour is a millilitre a watt hour.
            onsite_water: TokenRates::of(per_it_wh(middle(site.onsite_water_l_per_kwh))),
            offsite_water: TokenRates::of(per_it_wh(pue * zone.offsite_water_l_per_kwh)),
        }
    }

    pub(crate) fn constants(&self) -> &'a Constants {
        self.constants
    }

    /// Where it is served.
    pub fn location(&self) -> Location<'a> {
        self.location
    }

    /// The provider's fleet.
    pub fn fleet(&self) -> &'a Fleet {
        self.fleet
    }

    /// The site whose PUE and on-site water are used: the region's, else the fleet's.
    pub fn site(&self) -> &'a Site {
        self.location.site.unwrap_or(&self.fleet.site)
    }

    /// Whose error that of the site is: the region's where it has one of its own, else the fleet's.
    pub(crate) fn site_key(&self) -> &'a str {
        if self.location.site.is_some() { self.location.region } else { self.fleet.name() }
    }

    /// The PUE that is used: the geometric mean of the site's bounds.
    pub fn pue(&self) -> f64 {
        middle(self.site().pue)
    }

    /// Facility energy by class of token.
    pub fn energy(&self) -> TokenRates<WattHours> {
        self.energy
    }

    /// Emissions of the electricity by class of token.
    pub fn operational_co2(&self) -> TokenRates<Grams> {
        self.operational_co2
    }

    /// Emissions of manufacturing the hardware by class of token.
    pub fn embodied_co2(&self) -> TokenRates<Grams> {
        self.embodied_co2
    }

    /// Water on site by class of token.
    pub fn onsite_water(&self) -> TokenRates<Millilitres> {
        self.onsite_water
    }

    /// Water at the power plants by class of token.
    pub fn offsite_water(&self) -> TokenRates<Millilitres> {
        self.offsite_water
    }

    /// Central value of electricity and hardware together.
    pub(crate) fn co2(&self, usage: &Usage) -> Grams {
        self.operational_co2.apply(usage) + self.embodied_co2.apply(usage)
    }

    /// Central value of both waters together.
    pub(crate) fn water(&self, usage: &Usage) -> Millilitres {
        self.onsite_water.apply(usage) + self.offsite_water.apply(usage)
    }

    /// Millilitres on site that come with a watt hour of facility energy.
    pub(crate) fn onsite_ml_per_wh(&self) -> f64 {
        middle(self.site().onsite_water_l_per_kwh) / self.pue()
    }

    /// Millilitres that come with a watt hour of facility energy.
    pub(crate) fn water_ml_per_wh(&self) -> f64 {
        self.onsite_ml_per_wh() + self.location.zone.offsite_water_l_per_kwh
    }
}
