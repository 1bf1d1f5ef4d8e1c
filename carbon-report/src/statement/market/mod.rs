//! The month by the market-based method, next to the location-based one: never added to it, and never averaged with it.
//!
//! For each grid `z`, with the electricity `E` that our models give and the watt hours `M` that instruments cover,
//! `min(E, M) × g(instrument) + max(0, E − M) × g(residual mix)`. Where no residual mix is known, the location-based factor
//! stands in and is named. What has no electricity of its own (hardware, published factors) is carried over as it is.

mod supply;

pub(crate) use supply::{grams, part};

use super::{
    sums::Sum,
    valuation::{LineKey, Lookup, line_key},
};
use crate::{
    activity::Activity,
    instrument::{Instrument, MarketInputs, ResidualMix},
    wire,
};
use carbon_core::{
    FactorSet, Grams, Range, Usage, WattHours,
    factor::Basis,
    method::{AppliedFactor, BottomUp, BottomUpSum},
    place::Zone,
};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use supply::Supply;

/// The month by the market-based method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Market {
    /// The whole month: its central value is the sum of those of the parts below.
    #[serde(rename = "co2_grams", with = "wire::range")]
    pub co2: Range<Grams>,
    /// Share of the location-based total that was valued again by an instrument or a residual mix, from 0 to 1, to six decimals,
    /// rounded down; `None` where the total is zero.
    #[serde(with = "wire::maybe_text")]
    pub recomputed_share: Option<Decimal>,
    /// One for each grid that electricity of the month is from, by name.
    pub zones: Vec<MarketZone>,
    /// Figures without electricity of their own, as they are in the total, by how they account for it.
    pub carried_over: Vec<CarriedOver>,
    /// In the order in which they are used up: [`order_of_use`](crate::order_of_use), then by id.
    pub instruments: Vec<UsedInstrument>,
    /// By zone.
    pub residual_mixes: Vec<ResidualMix>,
}

/// The electricity of a month that is from one grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MarketZone {
    /// The grid.
    pub zone: String,
    /// Facility energy.
    #[serde(rename = "energy_wh", with = "wire::range")]
    pub energy: Range<WattHours>,
    /// Emissions of it by the location-based method.
    #[serde(rename = "location_co2_grams", with = "wire::range")]
    pub location: Range<Grams>,
    /// The part of the energy that instruments cover.
    #[serde(with = "wire::text")]
    pub instrument_wh: Decimal,
    /// The part that is valued by the residual mix.
    #[serde(with = "wire::text")]
    pub residual_wh: Decimal,
    /// The part for which neither is known: the location-based factor stands in.
    #[serde(with = "wire::text")]
    pub location_wh: Decimal,
    /// The residual mix, where one is known.
    #[serde(with = "wire::maybe_text")]
    pub residual_g_per_kwh: Option<Decimal>,
    /// Emissions of the energy by the market-based method.
    #[serde(rename = "co2_grams", with = "wire::range")]
    pub co2: Range<Grams>,
    /// Emissions of making the hardware: the same by both methods.
    #[serde(rename = "embodied_co2_grams", with = "wire::range")]
    pub embodied: Range<Grams>,
}

/// Figures that are the same by both methods.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CarriedOver {
    /// How they account for electricity.
    pub basis: Basis,
    /// Their emissions.
    #[serde(rename = "co2_grams", with = "wire::range")]
    pub co2: Range<Grams>,
}

/// An instrument, and how much of it the month has used up. What is left of it is not carried over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UsedInstrument {
    /// What it is.
    #[serde(flatten)]
    pub instrument: Instrument,
    /// Watt hours of the month that it covers.
    #[serde(with = "wire::text")]
    pub used_wh: Decimal,
}

impl<'de> Deserialize<'de> for UsedInstrument {
    /// Apart from its one field of its own, exactly an instrument.
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let mut fields = serde_json::Map::deserialize(from)?;
        let used = fields.remove("used_wh");
        let used = used.as_ref().and_then(serde_json::Value::as_str).and_then(|text| text.parse().ok());
        Ok(UsedInstrument {
            used_wh: used.ok_or_else(|| D::Error::custom("used_wh must be a decimal"))?,
            instrument: serde_json::from_value(fields.into()).map_err(D::Error::custom)?,
        })
    }
}

impl Market {
    /// The market-based figure of some activity; `None` where nothing is known to make one of, or nothing has a figure.
    ///
    /// ```
    /// use carbon_core::{FactorSet, Usage};
    /// use carbon_report::{Activity, Date, MarketInputs, ResidualMix, statement::Market};
    ///
    /// let row = Activity {
    ///     region: Some("FRA".to_owned()),
    ///     ..Activity::new(Date::constant(2026, 10, 5), "llama-3.1-70b", Usage::of_call(600_000, 400_000))
    /// };
    /// let set = FactorSet::version("2026.11").unwrap();
    /// assert!(Market::of(std::slice::from_ref(&row), &MarketInputs::default(), set).is_none());
    /// ```
    pub fn of(activity: &[Activity], inputs: &MarketInputs, set: &FactorSet) -> Option<Market> {
        if inputs.is_empty() {
            return None;
        }
        let lines = MarketLines::of(activity, set);
        (lines.is_valued || activity.is_empty()).then(|| lines.market(inputs))
    }

    /// What it rests on.
    pub fn inputs(&self) -> MarketInputs {
        MarketInputs {
            instruments: self.instruments.iter().map(|used| used.instrument.clone()).collect(),
            residual_mixes: self.residual_mixes.clone(),
        }
    }

    /// Grids for which the location-based factor stands in.
    pub fn stand_ins(&self) -> impl Iterator<Item = &MarketZone> {
        self.zones.iter().filter(|zone| !zone.location_wh.is_zero())
    }
}

/// A factor with all that it values.
type Line<'a> = (AppliedFactor<'a>, Usage);

/// The month's lines, by what decides their market-based value.
#[derive(Default)]
struct MarketLines<'a> {
    /// Grid and provider as listed, where the call names one.
    electricity: BTreeMap<(&'a str, Option<&'a str>), BTreeMap<LineKey<'a>, Line<'a>>>,
    zones: BTreeSet<&'a str>,
    /// Lines without electricity of their own.
    others: BTreeMap<LineKey<'a>, Line<'a>>,
    is_valued: bool,
}

impl<'a> MarketLines<'a> {
    fn of(activity: &'a [Activity], set: &'a FactorSet) -> Self {
        let mut lines_of = MarketLines::default();
        for row in activity {
            let Lookup { deployment, factor, .. } = Lookup::of(row, set);
            let (Some(deployment), Some(factor)) = (deployment, factor) else { continue };
            lines_of.is_valued = true;
            let key = line_key(&deployment, &factor);
            let lines = match electricity_of(&factor) {
                Some(zone) => {
                    lines_of.zones.insert(zone.id());
                    let provider = row.provider.as_deref().and_then(|name| set.provider(name));
                    lines_of.electricity.entry((zone.id(), provider)).or_default()
                }
                None => &mut lines_of.others,
            };
            lines.entry(key).or_insert((factor, Usage::default())).1 += &row.usage;
        }
        lines_of
    }

    fn market(&self, inputs: &MarketInputs) -> Market {
        let inputs = inputs.clone().in_order();
        let (mut used, mut zones) = (vec![Decimal::ZERO; inputs.instruments.len()], Vec::new());
        // As they stand in the total: what no instrument and no residual mix touches keeps its range.
        let mut untouched: BTreeMap<&LineKey<'_>, Line<'a>> = BTreeMap::new();
        let mut bounds = Range::default();
        let mut add = |key, (factor, usage): &Line<'a>| {
            untouched.entry(key).or_insert((*factor, Usage::default())).1 += usage;
        };
        self.others.iter().for_each(|(key, line)| add(key, line));
        let mut recomputed = Decimal::ZERO;
        for &name in &self.zones {
            let of_zone: Vec<_> = self
                .electricity
                .iter()
                .filter(|((of, _), _)| *of == name)
                .map(|((_, by), lines)| (*by, lines))
                .collect();
            let supply = Supply::of(name, &inputs);
            let electricity = Electricity::of(of_zone.iter().flat_map(|(_, lines)| lines.values()));
            let by_provider: Vec<(Option<&str>, Range<WattHours>)> =
                of_zone.iter().map(|(by, lines)| (*by, Electricity::of(lines.values()).energy)).collect();
            let (line, is_touched) = supply.value(&electricity, &by_provider, &mut used);
            if is_touched {
                bounds = bounds.plus_correlated(line.co2).plus_correlated(line.embodied);
            } else {
                of_zone.iter().flat_map(|(_, lines)| lines.iter()).for_each(|(key, line)| add(key, line));
            }
            let central = line.location.central().as_decimal();
            recomputed += central - part(central, line.location_wh, line.energy.central().as_decimal());
            zones.push(line);
        }
        let mut sum = Sum::default();
        untouched.values().for_each(|(factor, usage)| sum.add(Some(factor), usage));
        let untouched = sum.valued().co2.unwrap_or_default();
        let mut carried: BTreeMap<Basis, Sum<'_>> = BTreeMap::new();
        for (factor, usage) in self.others.values() {
            carried.entry(factor.record().basis()).or_default().add(Some(factor), usage);
        }
        let carried_over: Vec<CarriedOver> = carried
            .into_iter()
            .filter_map(|(basis, sum)| Some(CarriedOver { basis, co2: sum.valued().co2? }))
            .collect();
        let location: Grams =
            zones.iter().map(|zone| zone.location.central() + zone.embodied.central()).sum();
        let carried: Grams = carried_over.iter().map(|line| line.co2.central()).sum();
        let total = (location + carried).as_decimal();
        Market {
            co2: bounds.plus_correlated(untouched),
            recomputed_share: recomputed
                .checked_div(total)
                .map(|share| share.round_dp_with_strategy(6, RoundingStrategy::ToZero).normalize()),
            zones,
            carried_over,
            instruments: inputs
                .instruments
                .into_iter()
                .zip(used)
                .map(|(instrument, used)| UsedInstrument { instrument, used_wh: used.normalize() })
                .collect(),
            residual_mixes: inputs.residual_mixes,
        }
    }
}

/// The grid of a figure that is location-based and states its electricity.
fn electricity_of<'a>(factor: &AppliedFactor<'a>) -> Option<&'a Zone> {
    let place = match factor {
        AppliedFactor::Published(_) => return None,
        AppliedFactor::Modelled(factor) => *factor.in_place(),
        AppliedFactor::Measured(factor) => *factor.in_place(),
    };
    (factor.record().basis() == Basis::Location).then_some(place.location().zone)
}

/// Energy of some lines, with its location-based emissions and those of the hardware.
#[derive(Clone, Copy, Default)]
struct Electricity {
    energy: Range<WattHours>,
    location: Range<Grams>,
    embodied: Range<Grams>,
}

impl Electricity {
    fn of<'l, 'a: 'l>(lines: impl Iterator<Item = &'l Line<'a>>) -> Self {
        let mut modelled: Vec<BottomUp<'a>> = Vec::new();
        let mut sum = Electricity::default();
        for (factor, usage) in lines {
            match factor {
                AppliedFactor::Published(_) => {}
                AppliedFactor::Modelled(factor) => modelled.push(factor.apply(usage)),
                AppliedFactor::Measured(factor) => {
                    let figure = factor.apply(usage);
                    sum = sum.plus(&Electricity {
                        energy: figure.energy(),
                        location: figure.operational_co2(),
                        embodied: figure.embodied_co2(),
                    });
                }
            }
        }
        if modelled.is_empty() {
            return sum;
        }
        let modelled: BottomUpSum<'a> = modelled.into_iter().collect();
        sum.plus(&Electricity {
            energy: modelled.energy(),
            location: modelled.operational_co2(),
            embodied: modelled.embodied_co2(),
        })
    }

    fn plus(&self, other: &Electricity) -> Electricity {
        Electricity {
            energy: self.energy.plus_correlated(other.energy),
            location: self.location.plus_correlated(other.location),
            embodied: self.embodied.plus_correlated(other.embodied),
        }
    }
}

#[cfg(test)]
mod tests;
