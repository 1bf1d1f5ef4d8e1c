//! The factors that a statement rests on, with all that is needed to apply them again.

use carbon_core::{
    Usage,
    factor::{EmissionFactor, Record, Source},
    method::{AppliedFactor, BottomUpFactor, MeasuredInPlace},
    model::{ParametersStatus, Size},
    place::GridFactor,
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
    /// Grams of CO2e per 1,000 tokens of each class: electricity and hardware.
    pub co2_g_per_1k: [(Denominator, Decimal); 3],
    /// Watt hours per 1,000 tokens of each class.
    pub energy_wh_per_1k: [(Denominator, Decimal); 3],
    /// Millilitres per 1,000 tokens of each class: on site and at the power plants.
    pub water_ml_per_1k: [(Denominator, Decimal); 3],
    /// Tokens of each class that it was multiplied with.
    pub tokens: [(Denominator, u64); 3],
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
        ModelledFactor {
            record: factor.record().clone(),
            region: location.region.to_owned(),
            co2_g_per_1k: sum(factor.operational_co2().values(), factor.embodied_co2().values()),
            water_ml_per_1k: sum(factor.onsite_water().values(), factor.offsite_water().values()),
            tokens: tokens(usage),
            energy_wh_per_1k: factor.energy().values(),
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
        ModelledFactor {
            record: factor.record().clone(),
            region: location.region.to_owned(),
            co2_g_per_1k: sum(factor.operational_co2().values(), factor.embodied_co2().values()),
            water_ml_per_1k: sum(factor.onsite_water().values(), factor.offsite_water().values()),
            tokens: tokens(usage),
            energy_wh_per_1k: factor.energy().values(),
            pue: factor.pue(),
            site_source: factor.site().source().clone(),
            water_source: location.zone.other_source().clone(),
            size: None,
            second_source: None,
            grid: GridLine { zone: location.zone.id().to_owned(), factor: location.zone.grid().clone() },
        }
    }
}

/// A rate for each class of token.
type Rates = [(Denominator, Decimal); 3];

fn sum(a: Rates, b: Rates) -> Rates {
    [0, 1, 2].map(|class| (a[class].0, a[class].1 + b[class].1))
}

/// What rates are multiplied with.
fn tokens(usage: &Usage) -> [(Denominator, u64); 3] {
    let cached = usage.cache_read_input_tokens;
    [
        (Denominator::OutputTokens, usage.output_tokens),
        (Denominator::FreshInputTokens, usage.input_tokens.saturating_sub(cached)),
        (Denominator::CacheReadTokens, cached),
    ]
}
