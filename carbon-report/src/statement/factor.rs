//! The factors that a statement rests on, with all that is needed to apply them again.

use carbon_core::{
    Usage,
    factor::{EmissionFactor, Record, Source, TokenRates},
    measure::MeasuredEntry,
    method::{AppliedFactor, BottomUpFactor, InPlace},
    model::{ParametersStatus, Size},
    place::GridFactor,
    quantity::Quantity,
    usage::Denominator,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rust_decimal::Decimal;

/// A factor as it was applied.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum UsedFactor {
    /// A row of the published table.
    Published(Box<EmissionFactor>),
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
    /// Who gives it.
    pub site_source: Source,
    /// Who gives the on-site water.
    pub onsite_water_source: Source,
    /// Who gives the water at the power plants.
    pub water_source: Source,
    /// The model's parameters, and where they come from; `None` where its energy was measured.
    pub size: Option<(Size, ParametersStatus)>,
    /// Who gives the other end of their interval, where it is one between two estimates.
    pub second_source: Option<Source>,
    /// What its energy was fitted to, where it was measured.
    pub windows: Option<MeteredWindows>,
    /// The electricity.
    pub grid: GridLine,
}

/// Windows of metered energy and counted tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MeteredWindows {
    /// How many.
    pub count: u64,
    /// First and last day, UTC.
    pub days: Option<[Date; 2]>,
    /// Digest over them.
    pub sha256: String,
}

impl MeteredWindows {
    fn of(entry: &MeasuredEntry) -> Self {
        let day = |at_ms| {
            let at = Timestamp::from_millisecond(at_ms).ok()?;
            Some(at.to_zoned_datetime(TimeZone::UTC).date())
        };
        let [from, to] = entry.span_ms.map(day);
        MeteredWindows {
            count: entry.windows,
            days: from.zip(to).map(|(from, to)| [from, to]),
            sha256: entry.windows_sha256.clone(),
        }
    }
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
    /// What the supplier says itself has its name.
    pub(super) fn of(factor: &AppliedFactor<'_>, usage: &Usage, supplier: &str) -> Self {
        let modelled = match factor {
            AppliedFactor::Published(factor) => return UsedFactor::Published(Box::new((*factor).clone())),
            AppliedFactor::Modelled(factor) => ModelledFactor::of(factor, usage),
            AppliedFactor::Measured(factor) => ModelledFactor {
                windows: Some(MeteredWindows::of(factor.factor().entry())),
                ..ModelledFactor::in_place(factor.record(), factor.in_place(), usage)
            },
        };
        UsedFactor::Modelled(Box::new(modelled.told_by(supplier)))
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
        let parameters = factor.parameters();
        ModelledFactor {
            size: Some((*parameters.size(), parameters.status())),
            second_source: parameters.second_source().cloned(),
            ..Self::in_place(factor.record(), factor.in_place(), usage)
        }
    }

    fn told_by(self, supplier: &str) -> Self {
        ModelledFactor {
            record: self.record.told_by(supplier),
            site_source: self.site_source.told_by(supplier),
            onsite_water_source: self.onsite_water_source.told_by(supplier),
            ..self
        }
    }

    /// Of energy that was measured, or whose model's size is yet to be said.
    fn in_place(record: &Record, place: &InPlace<'_>, usage: &Usage) -> Self {
        let (location, energy) = (place.location(), place.energy());
        let context = energy.context_values().iter().any(|(_, rate)| !rate.is_zero());
        let energy_wh_per_1k = rates(&energy, context);
        ModelledFactor {
            record: record.clone(),
            region: location.region.to_owned(),
            co2_g_per_1k: sum(
                rates(&place.operational_co2(), context),
                rates(&place.embodied_co2(), context),
            ),
            water_ml_per_1k: sum(
                rates(&place.onsite_water(), context),
                rates(&place.offsite_water(), context),
            ),
            counts: energy_wh_per_1k.iter().map(|&(per, _)| (per, per.count(usage))).collect(),
            energy_wh_per_1k,
            pue: place.pue(),
            site_source: place.site().source().clone(),
            onsite_water_source: place.site().water_source().clone(),
            water_source: location.zone.other_source().clone(),
            size: None,
            second_source: None,
            windows: None,
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
