//! Our own method: energy from a model's size and the tokens of each class, through host, cooling and grid,
//! with hardware and water, and with a range whose sources are stated.
//!
//! For one model in one place it comes down to a rate for each class of token ([`BottomUpFactor`]),
//! which is rounded once and multiplied with integers ever after.

mod sum;
mod uncertainty;

pub use sum::BottomUpSum;

use crate::{
    Grams, Millilitres, Range, Usage, WattHours,
    energy::constants::{CACHE_READ_OVER_FRESH, EMBODIED_G_PER_KWH, HOST_AND_IDLE},
    energy::middle,
    factor::{Record, TokenRates},
    model::{Model, Parameters},
    place::{Fleet, Location, Site},
    quantity::Quantity,
};
use uncertainty::{Exposure, Terms};

/// The rates of the method, for one model in one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BottomUpFactor<'a> {
    model: &'a Model,
    parameters: &'a Parameters,
    location: Location<'a>,
    fleet: &'a Fleet,
    energy: TokenRates<WattHours>,
    operational_co2: TokenRates<Grams>,
    embodied_co2: TokenRates<Grams>,
    onsite_water: TokenRates<Millilitres>,
    offsite_water: TokenRates<Millilitres>,
}

impl<'a> BottomUpFactor<'a> {
    pub(crate) fn new(
        model: &'a Model,
        parameters: &'a Parameters,
        location: Location<'a>,
        fleet: &'a Fleet,
    ) -> Self {
        let site = location.site.unwrap_or(&fleet.site);
        let law = &parameters.law;
        let rates = |per_it_kwh: f64| {
            let per_wh = HOST_AND_IDLE * per_it_kwh;
            let fresh_input = law.fresh_input_wh * per_wh;
            (law.output_wh * per_wh, fresh_input, fresh_input * CACHE_READ_OVER_FRESH)
        };
        fn token_rates<Q: Quantity>((output, fresh_input, cache_read): (f64, f64, f64)) -> TokenRates<Q> {
            TokenRates::of(output, fresh_input, cache_read)
        }
        let pue = middle(site.pue);
        BottomUpFactor {
            model,
            parameters,
            location,
            fleet,
            energy: token_rates(rates(pue)),
            operational_co2: token_rates(rates(pue * location.zone.grid.g_per_kwh / 1_000.0)),
            embodied_co2: token_rates(rates(pue * EMBODIED_G_PER_KWH / 1_000.0)),
            // A litre a kilowatt hour is a millilitre a watt hour.
            onsite_water: token_rates(rates(middle(site.onsite_water_l_per_kwh))),
            offsite_water: token_rates(rates(pue * location.zone.offsite_water_l_per_kwh)),
        }
    }

    /// The figures for `usage`.
    pub fn apply(&self, usage: &Usage) -> BottomUp<'a> {
        BottomUp { factor: *self, usage: *usage }
    }

    /// The model.
    pub fn model(&self) -> &'a Model {
        self.model
    }

    /// Its size, with the record of this factor: id, boundary, confidence, source.
    pub fn parameters(&self) -> &'a Parameters {
        self.parameters
    }

    /// Id, boundary, basis, confidence, validity, and the source of the size.
    pub fn record(&self) -> &'a Record {
        &self.parameters.record
    }

    /// Where it is served.
    pub fn location(&self) -> Location<'a> {
        self.location
    }

    /// The provider's fleet.
    pub fn fleet(&self) -> &'a Fleet {
        self.fleet
    }

    /// The PUE that was used: the geometric mean of the site's bounds.
    pub fn pue(&self) -> f64 {
        middle(self.site().pue)
    }

    /// The site whose PUE and on-site water were used: the region's, else the fleet's.
    pub fn site(&self) -> &'a Site {
        self.location.site.unwrap_or(&self.fleet.site)
    }

    /// Facility energy by class of token.
    pub fn energy(&self) -> TokenRates<WattHours> {
        self.energy
    }

    /// Emissions of the electricity by class of token.
    pub fn operational_co2(&self) -> TokenRates<Grams> {
        self.operational_co2
    }

    /// Water on site by class of token.
    pub fn onsite_water(&self) -> TokenRates<Millilitres> {
        self.onsite_water
    }

    /// Water at the power plants by class of token.
    pub fn offsite_water(&self) -> TokenRates<Millilitres> {
        self.offsite_water
    }

    /// Emissions of manufacturing the hardware by class of token.
    pub fn embodied_co2(&self) -> TokenRates<Grams> {
        self.embodied_co2
    }
}

/// The figures for some usage of one model in one place.
///
/// Central values follow exactly from the rates of the factor; bounds are computed on request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BottomUp<'a> {
    factor: BottomUpFactor<'a>,
    usage: Usage,
}

impl<'a> BottomUp<'a> {
    /// The factor that was applied.
    pub fn factor(&self) -> &BottomUpFactor<'a> {
        &self.factor
    }

    /// Emissions of electricity and hardware together.
    pub fn co2(&self) -> Range<Grams> {
        Range::around(self.co2_central(), self.bounds(Exposure::Emissions))
    }

    /// Emissions of the electricity.
    pub fn operational_co2(&self) -> Range<Grams> {
        let central = self.factor.operational_co2.apply(&self.usage);
        Range::around(central, self.bounds(Exposure::Electricity))
    }

    /// Emissions of manufacturing the hardware.
    pub fn embodied_co2(&self) -> Range<Grams> {
        let central = self.factor.embodied_co2.apply(&self.usage);
        Range::around(central, self.bounds(Exposure::Hardware))
    }

    /// Facility energy.
    pub fn energy(&self) -> Range<WattHours> {
        self.energy_and_water().0
    }

    /// Water on site.
    pub fn onsite_water(&self) -> Range<Millilitres> {
        let ml_per_wh = middle(self.factor.site().onsite_water_l_per_kwh) / self.factor.pue();
        self.water_of(self.factor.onsite_water.apply(&self.usage), ml_per_wh)
    }

    /// Water at the power plants.
    pub fn offsite_water(&self) -> Range<Millilitres> {
        let ml_per_wh = self.factor.location.zone.offsite_water_l_per_kwh;
        self.water_of(self.factor.offsite_water.apply(&self.usage), ml_per_wh)
    }

    fn water_of(&self, central: Millilitres, ml_per_wh: f64) -> Range<Millilitres> {
        let bounds = Terms::of(self, Exposure::Energy).interval();
        Range::enclosing(central, bounds.map(|wh| Millilitres::from_f64(wh * ml_per_wh)))
    }

    /// Water on site and at the power plants. The bounds are those of the energy alone; the water figures have none.
    pub fn water(&self) -> Range<Millilitres> {
        self.energy_and_water().1
    }

    /// Energy and water together, which share the computation of their bounds.
    pub fn energy_and_water(&self) -> (Range<WattHours>, Range<Millilitres>) {
        let wh = Terms::of(self, Exposure::Energy).interval();
        let ml = wh.map(|bound| bound * self.water_ml_per_wh());
        (
            Range::around(self.energy_central(), wh.map(WattHours::from_f64)),
            Range::around(self.water_central(), ml.map(Millilitres::from_f64)),
        )
    }

    /// Share of each source of uncertainty in the variance of [`co2`](Self::co2), largest first; together 1.
    pub fn budget(&self) -> Vec<(&'static str, f64)> {
        Terms::of(self, Exposure::Emissions).budget()
    }

    /// The central value of [`co2`](Self::co2), without computing bounds.
    pub fn co2_central(&self) -> Grams {
        self.factor.operational_co2.apply(&self.usage) + self.factor.embodied_co2.apply(&self.usage)
    }

    fn energy_central(&self) -> WattHours {
        self.factor.energy.apply(&self.usage)
    }

    fn water_central(&self) -> Millilitres {
        self.factor.onsite_water.apply(&self.usage) + self.factor.offsite_water.apply(&self.usage)
    }

    fn bounds<Q: Quantity>(&self, exposure: Exposure) -> [Q; 2] {
        Terms::of(self, exposure).interval().map(Q::from_f64)
    }

    /// Facility watt hours of answers and of prompts, as floats: what the uncertainty is weighed by.
    fn facility_wh(&self) -> [f64; 2] {
        let Usage { input_tokens, cache_read_input_tokens, output_tokens, .. } = self.usage;
        let per_wh = HOST_AND_IDLE * self.factor.pue() / 1_000.0;
        let law = &self.factor.parameters.law;
        let fresh = count(input_tokens.saturating_sub(cache_read_input_tokens));
        let prompt = fresh + count(cache_read_input_tokens) * CACHE_READ_OVER_FRESH;
        [count(output_tokens) * law.output_wh * per_wh, prompt * law.fresh_input_wh * per_wh]
    }

    /// Millilitres that come with a watt hour of facility energy.
    fn water_ml_per_wh(&self) -> f64 {
        let site = self.factor.site();
        middle(site.onsite_water_l_per_kwh) / self.factor.pue()
            + self.factor.location.zone.offsite_water_l_per_kwh
    }
}

/// A count as a float: exact below 2^53, and to 16 digits above.
#[expect(clippy::cast_precision_loss, reason = "sixteen digits are more than the method is good for")]
fn count(tokens: u64) -> f64 {
    tokens as f64
}
