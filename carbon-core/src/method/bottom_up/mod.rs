//! Our own method: energy from a model's size and the tokens of each class, through host, cooling and grid,
//! with hardware and water, and with a range whose sources are stated.
//!
//! For one model in one place it comes down to a rate for each class of token ([`BottomUpFactor`]),
//! which is rounded once and multiplied with integers ever after.

mod remembered;
mod sum;
pub(crate) mod uncertainty;

pub(crate) use remembered::{FigureKey, Figures, remembered};
pub use sum::BottomUpSum;

use crate::{
    Grams, Millilitres, Range, Usage, WattHours,
    energy::{
        ByWork, Work,
        constants::{Constant, Constants},
    },
    factor::Record,
    float::count,
    method::InPlace,
    model::{ContextBasis, Model, Parameters},
    place::{Fleet, Location},
    quantity::Quantity,
};
use uncertainty::{Exposure, Part, Terms};

/// The rates of the method, for one model in one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BottomUpFactor<'a> {
    model: &'a Model,
    parameters: &'a Parameters,
    place: InPlace<'a>,
}

impl<'a> BottomUpFactor<'a> {
    pub(crate) fn new(
        model: &'a Model,
        parameters: &'a Parameters,
        location: Location<'a>,
        fleet: &'a Fleet,
        constants: &'a Constants,
    ) -> Self {
        let law = &parameters.law;
        let host_and_idle = constants.value(Constant::HostAndIdle);
        let cache_read = constants.value(Constant::CacheRead);
        let rates = |per_it_wh: f64| {
            let per_wh = host_and_idle * per_it_wh;
            let mut rates = law.wh_per_1k;
            rates.iter_mut().for_each(|rate| *rate *= per_wh);
            rates[Work::CacheRead as usize] = rates[Work::Prompt as usize] * cache_read;
            rates
        };
        BottomUpFactor { model, parameters, place: InPlace::new(location, fleet, constants, rates) }
    }

    /// What the context of its calls is valued by; `None` if the set's method counts none.
    pub fn context_basis(&self) -> Option<ContextBasis> {
        self.parameters.law.context_basis
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

    /// Its rates, and the place that they hold in.
    pub fn in_place(&self) -> &InPlace<'a> {
        &self.place
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

    /// What was consumed.
    pub fn usage(&self) -> &Usage {
        &self.usage
    }

    /// Emissions of electricity and hardware together.
    pub fn co2(&self) -> Range<Grams> {
        Range::enclosing(self.co2_central(), self.bounds(Exposure::Emissions))
    }

    /// Emissions of the electricity.
    pub fn operational_co2(&self) -> Range<Grams> {
        let central = self.factor.place.operational_co2().apply(&self.usage);
        Range::enclosing(central, self.bounds(Exposure::Electricity))
    }

    /// Emissions of manufacturing the hardware.
    pub fn embodied_co2(&self) -> Range<Grams> {
        let central = self.factor.place.embodied_co2().apply(&self.usage);
        Range::enclosing(central, self.bounds(Exposure::Hardware))
    }

    /// The part of [`co2`](Self::co2) that comes from context: attending to all tokens before, for each token of the answer
    /// and each fresh one of the prompt. It is a part of what these tokens cost, not something on top.
    ///
    /// For a model whose attention nobody publishes it is a class prior ([`BottomUpFactor::context_basis`]), and says
    /// nothing of that model in particular.
    pub fn context_co2(&self) -> Range<Grams> {
        let central = self.factor.place.operational_co2().apply_context(&self.usage)
            + self.factor.place.embodied_co2().apply_context(&self.usage);
        let bounds = Terms::of_part(self, Exposure::Emissions, Part::Context).interval();
        Range::enclosing(central, bounds.map(Grams::from_f64))
    }

    /// Whether the set's method values context, and that of some of these calls was not counted: the figures lack it.
    pub fn lacks_context(&self) -> bool {
        let Usage { context_output, context_unknown_tokens, .. } = self.usage;
        let output_tokens = self.usage.text_output_tokens();
        let fresh = self.usage.input_tokens > self.usage.cache_read_input_tokens;
        let is_missing =
            (output_tokens > 0 && context_output == 0) || (fresh && self.usage.context_input == 0);
        self.factor.context_basis().is_some() && (context_unknown_tokens > 0 || is_missing)
    }

    /// Facility energy.
    pub fn energy(&self) -> Range<WattHours> {
        Range::enclosing(self.energy_central(), self.bounds(Exposure::Energy))
    }

    /// Water on site.
    pub fn onsite_water(&self) -> Range<Millilitres> {
        let bounds = self.water_bounds(Exposure::OnsiteWater, self.factor.place.onsite_ml_per_wh(), None);
        Range::enclosing(self.factor.place.onsite_water().apply(&self.usage), bounds)
    }

    /// Water at the power plants.
    pub fn offsite_water(&self) -> Range<Millilitres> {
        let ml_per_wh = self.factor.place.location().zone.offsite_water_l_per_kwh;
        let bounds = self.water_bounds(Exposure::OffsiteWater, ml_per_wh, None);
        Range::enclosing(self.factor.place.offsite_water().apply(&self.usage), bounds)
    }

    /// Water on site and at the power plants.
    pub fn water(&self) -> Range<Millilitres> {
        self.energy_and_water().1
    }

    /// Energy and water together, which share the computation of their bounds where water has no spread of its own.
    pub fn energy_and_water(&self) -> (Range<WattHours>, Range<Millilitres>) {
        let wh = Terms::of(self, Exposure::Energy).interval();
        let ml = self.water_bounds(Exposure::Water, self.factor.place.water_ml_per_wh(), Some(wh));
        (
            Range::enclosing(self.energy_central(), wh.map(WattHours::from_f64)),
            Range::enclosing(self.water_central(), ml),
        )
    }

    /// Emissions, energy and water together, which share the computation of their bounds.
    pub(crate) fn figures(&self) -> Figures {
        if self.factor.place.constants().sd(Constant::OffsiteWater) <= 0.0 {
            let (energy, water) = self.energy_and_water();
            return Figures { co2: self.co2(), energy, water };
        }
        let [g, wh, ml] = Terms::intervals(self, [Exposure::Emissions, Exposure::Energy, Exposure::Water]);
        Figures {
            co2: Range::enclosing(self.co2_central(), g.map(Grams::from_f64)),
            energy: Range::enclosing(self.energy_central(), wh.map(WattHours::from_f64)),
            water: Range::enclosing(self.water_central(), ml.map(Millilitres::from_f64)),
        }
    }

    /// Bounds of a water. Where the method gives its figures no spread, they are those of the energy `wh`.
    fn water_bounds(&self, exposure: Exposure, ml_per_wh: f64, wh: Option<[f64; 2]>) -> [Millilitres; 2] {
        let ml = if self.factor.place.constants().sd(Constant::OffsiteWater) > 0.0 {
            Terms::of(self, exposure).interval()
        } else {
            let wh = wh.unwrap_or_else(|| Terms::of(self, Exposure::Energy).interval());
            wh.map(|bound| bound * ml_per_wh)
        };
        ml.map(Millilitres::from_f64)
    }

    /// Share of each source of uncertainty in the variance of [`co2`](Self::co2), largest first; together 1.
    pub fn budget(&self) -> Vec<(&'static str, f64)> {
        Terms::of(self, Exposure::Emissions).budget()
    }

    /// The central value of [`co2`](Self::co2), without computing bounds.
    pub fn co2_central(&self) -> Grams {
        self.factor.place.co2(&self.usage)
    }

    fn energy_central(&self) -> WattHours {
        self.factor.place.energy().apply(&self.usage)
    }

    fn water_central(&self) -> Millilitres {
        self.factor.place.water(&self.usage)
    }

    fn bounds<Q: Quantity>(&self, exposure: Exposure) -> [Q; 2] {
        Terms::of(self, exposure).interval().map(Q::from_f64)
    }

    /// Facility watt hours of each kind of work, as floats: what the uncertainty is weighed by.
    fn facility_wh(&self) -> ByWork {
        let Usage { input_tokens, cache_read_input_tokens, context_output, context_input, .. } = self.usage;
        let constants = self.factor.place.constants();
        let per_wh = constants.value(Constant::HostAndIdle) * self.factor.place.pue() / 1_000.0;
        let law = &self.factor.parameters.law;
        let mut fresh = count(input_tokens.saturating_sub(cache_read_input_tokens).into());
        let mut cached = count(cache_read_input_tokens.into());
        if !law.cache_has_spread {
            // Nothing sets the two apart but a number.
            fresh += cached * constants.value(Constant::CacheRead);
            cached = 0.0;
        }
        let of = |work: Work, counted: f64| counted * law.wh_per_1k(work) * per_wh;
        [
            of(Work::Output, count(self.usage.text_output_tokens().into())),
            of(Work::Prompt, fresh),
            of(Work::CacheRead, cached),
            of(Work::OutputContext, count(context_output)),
            of(Work::InputContext, count(context_input)),
        ]
    }
}
