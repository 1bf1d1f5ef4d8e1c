//! The rates of a factor: an amount for so many tokens, calls or counts of context.

use crate::wire;
use carbon_core::{factor::TokenRates, method::InPlace, quantity::Quantity, usage::Denominator};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// An amount for so many of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UsedRate {
    /// What it is an amount of.
    pub quantity: RateQuantity,
    /// The unit of the amount.
    pub unit: RateUnit,
    /// What it is multiplied with, and how many of it.
    pub per: Denominator,
    /// Of how many.
    pub per_count: u32,
    /// Lower bound, where it has one.
    #[serde(default, with = "wire::maybe_text", skip_serializing_if = "Option::is_none")]
    pub low: Option<Decimal>,
    /// The amount.
    #[serde(with = "wire::text")]
    pub central: Decimal,
    /// Upper bound, where it has one.
    #[serde(default, with = "wire::maybe_text", skip_serializing_if = "Option::is_none")]
    pub high: Option<Decimal>,
}

/// What a rate is an amount of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateQuantity {
    /// Emissions.
    Co2,
    /// The part of the emissions that follows no grid: making the hardware. Stated where the grid is a series, whose values no
    /// statement has.
    EmbodiedCo2,
    /// Facility energy.
    Energy,
    /// Water on site and at the power plants.
    Water,
}

/// The unit of a rate's amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RateUnit {
    /// Grams of CO2 equivalent.
    #[serde(rename = "gCO2e")]
    Grams,
    /// Watt hours.
    #[serde(rename = "Wh")]
    WattHours,
    /// Millilitres.
    #[serde(rename = "mL")]
    Millilitres,
}

impl RateUnit {
    /// As pages write it.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            RateUnit::Grams => "g CO₂e",
            RateUnit::WattHours => "Wh",
            RateUnit::Millilitres => "mL",
        }
    }
}

impl RateQuantity {
    fn unit(self) -> RateUnit {
        match self {
            RateQuantity::Co2 | RateQuantity::EmbodiedCo2 => RateUnit::Grams,
            RateQuantity::Energy => RateUnit::WattHours,
            RateQuantity::Water => RateUnit::Millilitres,
        }
    }
}

impl UsedRate {
    pub(super) fn of(quantity: RateQuantity, per: Denominator, central: Decimal) -> Self {
        let (unit, per_count) = (quantity.unit(), per.unit());
        UsedRate { quantity, unit, per, per_count, low: None, central, high: None }
    }
}

/// Electricity and hardware, facility energy, and water on site and at the power plants.
pub(super) fn rates_in(place: &InPlace<'_>) -> Vec<UsedRate> {
    let energy = place.energy();
    let context = energy.context_values().iter().any(|(_, rate)| !rate.is_zero());
    let co2 = sum(rates(&place.operational_co2(), context), rates(&place.embodied_co2(), context));
    let water = sum(rates(&place.onsite_water(), context), rates(&place.offsite_water(), context));
    let all = [
        (RateQuantity::Co2, co2),
        (RateQuantity::Energy, rates(&energy, context)),
        (RateQuantity::Water, water),
    ];
    let all = all.into_iter().flat_map(|(quantity, rates)| {
        rates.into_iter().map(move |(per, central)| UsedRate::of(quantity, per, central))
    });
    all.collect()
}

/// The same of the hardware alone.
pub(super) fn embodied_rates_in(place: &InPlace<'_>) -> impl Iterator<Item = UsedRate> {
    let context = place.energy().context_values().iter().any(|(_, rate)| !rate.is_zero());
    let rates = rates(&place.embodied_co2(), context).into_iter();
    rates.map(|(per, central)| UsedRate::of(RateQuantity::EmbodiedCo2, per, central))
}

/// A factor's rates of the classes of token, and of context where its method counts that.
fn rates<Q: Quantity>(rates: &TokenRates<Q>, counts_context: bool) -> Vec<(Denominator, Decimal)> {
    let context = rates.context_values().into_iter().filter(|_| counts_context);
    rates.values().into_iter().chain(context).collect()
}

fn sum(a: Vec<(Denominator, Decimal)>, b: Vec<(Denominator, Decimal)>) -> Vec<(Denominator, Decimal)> {
    a.into_iter().zip(b).map(|((per, a), (_, b))| (per, a + b)).collect()
}
