//! The factors that a statement rests on, with all that is needed to apply them again.

use carbon_core::{
    Usage,
    factor::{EmissionFactor, Record, Source, TokenRates},
    method::{AppliedFactor, BottomUpFactor, MeasuredInPlace},
    model::{ParametersStatus, Size},
    place::GridFactor,
    quantity::Quantity,
    usage::Denominator,
};
use rust_decimal::Decimal;

/// A factor as it was applied.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum UsedFactor {
    /// A row of the published table.
    Published(EmissionFactor),
    /// Our own model, for one model in one place.
    Modelled(Box<ModelledFactor>),
}

/// What our own model multiplied with.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ModelledFactor {
    /// Id, boundary, basis, confidence, validity, source of the size.
    pub record: Record,
    /// Region it holds for.
    pub region: String,
    /// Grams of CO2e per 1,000 tokens of each class, and of context where the method counts it: electricity and hardware.
    pub co2_g_per_1k: Vec<(Denominator, Decimal)>,
    /// Watt hours per 1,000 of each.
    pub energy_wh_per_1k: Vec<(Denominator, Decimal)>,
    /// Millilitres per 1,000 of each: on site and at the power plants.
    pub water_ml_per_1k: Vec<(Denominator, Decimal)>,
    /// How many of each it was multiplied with.
    pub counts: Vec<(Denominator, u128)>,
    /// Facility energy over IT energy.
    pub pue: f64,
    /// Who gives it, and the on-site water.
    pub site_source: Source,
    /// Who gives the water at the power plants.
    pub water_source: Source,
    /// The model's parameters, and where they come from; `None` where its energy was measured.
    pub size: Option<(Size, ParametersStatus)>,
    /// Who gives the other end of their interval, where it is one between two estimates.
    pub second_source: Option<Source>,
    /// The electricity.
    pub grid: GridLine,
}

/// A zone's electricity.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GridLine {
    /// Its code: the same in every language.
    pub zone: String,
    /// The factor.
    pub factor: GridFactor,
}

impl UsedFactor {
    pub(super) fn of(factor: &AppliedFactor<'_>, usage: &Usage) -> Self {
        match factor {
            AppliedFactor::Published(factor) => UsedFactor::Published((*factor).clone()),
            AppliedFactor::Modelled(factor) => {
                UsedFactor::Modelled(Box::new(ModelledFactor::of(factor, usage)))
            }
            AppliedFactor::Measured(factor) => {
                UsedFactor::Modelled(Box::new(ModelledFactor::of_measured(factor, usage)))
            }
        }
    }

    /// Its particulars.
    pub fn record(&self) -> &Record {
        match self {
            UsedFactor::Published(factor) => factor.record(),
            UsedFactor::Modelled(factor) => &factor.record,
        }
    }

    /// The publications that it, or the model's size, is taken from.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        let second = match self {
            UsedFactor::Published(_) => None,
            UsedFactor::Modelled(factor) => factor.second_source.as_ref(),
        };
        std::iter::once(self.record().source()).chain(second)
    }
}

impl ModelledFactor {
    fn of(factor: &BottomUpFactor<'_>, usage: &Usage) -> Self {
        let location = factor.location();
        let energy = factor.energy();
        let context = energy.context_values().iter().any(|(_, rate)| !rate.is_zero());
        let energy_wh_per_1k = rates(&energy, context);
        ModelledFactor {
            record: factor.record().clone(),
            region: location.region.to_owned(),
            co2_g_per_1k: sum(
                rates(&factor.operational_co2(), context),
                rates(&factor.embodied_co2(), context),
            ),
            water_ml_per_1k: sum(
                rates(&factor.onsite_water(), context),
                rates(&factor.offsite_water(), context),
            ),
            counts: energy_wh_per_1k.iter().map(|&(per, _)| (per, per.count(usage))).collect(),
            energy_wh_per_1k,
            pue: factor.pue(),
            site_source: factor.site().source().clone(),
            water_source: location.zone.other_source().clone(),
            size: Some((*factor.parameters().size(), factor.parameters().status())),
            second_source: factor.parameters().second_source().cloned(),
            grid: GridLine { zone: location.zone.id().to_owned(), factor: location.zone.grid().clone() },
        }
    }

    fn of_measured(factor: &MeasuredInPlace<'_>, usage: &Usage) -> Self {
        let location = factor.location();
        let energy_wh_per_1k = rates(&factor.energy(), false);
        ModelledFactor {
            record: factor.record().clone(),
            region: location.region.to_owned(),
            co2_g_per_1k: sum(rates(&factor.operational_co2(), false), rates(&factor.embodied_co2(), false)),
            water_ml_per_1k: sum(rates(&factor.onsite_water(), false), rates(&factor.offsite_water(), false)),
            counts: energy_wh_per_1k.iter().map(|&(per, _)| (per, per.count(usage))).collect(),
            energy_wh_per_1k,
            pue: factor.pue(),
            site_source: factor.site().source().clone(),
            water_source: location.zone.other_source().clone(),
            size: None,
            second_source: None,
            grid: GridLine { zone: location.zone.id().to_owned(), factor: location.zone.grid().clone() },
        }
    }
}

/// A factor's rates of the classes of token, and of context where its method counts that.
fn rates<Q: Quantity>(rates: &TokenRates<Q>, counts_context: bool) -> Vec<(Denominator, Decimal)> {
    let context = rates.context_values().into_iter().filter(|_| counts_context);
    rates.values().into_iter().chain(context).collect()
}

fn sum(a: Vec<(Denominator, Decimal)>, b: Vec<(Denominator, Decimal)>) -> Vec<(Denominator, Decimal)> {
    a.into_iter().zip(b).map(|((per, a), (_, b))| (per, a + b)).collect()
}
