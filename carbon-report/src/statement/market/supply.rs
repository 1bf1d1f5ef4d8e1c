//! What covers the electricity of a grid, and what that makes of it.

use super::{Electricity, MarketZone};
use crate::instrument::{Instrument, MarketInputs, ResidualMix};
use carbon_core::{Grams, Range, WattHours};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// What a zone's electricity is valued by.
pub(super) struct Supply<'i> {
    zone: &'i str,
    /// Place among all instruments, and the instrument, in the order in which they are used up.
    instruments: Vec<(usize, &'i Instrument)>,
    residual: Option<&'i ResidualMix>,
}

/// Energy by what values it.
pub(super) struct Split {
    /// Watt hours by place of the instrument.
    pub(super) by_instrument: Vec<(usize, Decimal)>,
    pub(super) instrument_wh: Decimal,
    /// What instruments do not cover.
    pub(super) rest_wh: Decimal,
    /// Emissions of what they cover.
    pub(super) instrument_grams: Decimal,
}

impl<'i> Supply<'i> {
    /// Of inputs in their order.
    pub(super) fn of(zone: &'i str, inputs: &'i MarketInputs) -> Self {
        let of_zone = inputs.instruments.iter().enumerate().filter(|(_, of)| of.zone == zone);
        Supply { zone, instruments: of_zone.collect(), residual: inputs.residual_mix(zone) }
    }

    /// Divides the energy of each provider among the instruments.
    pub(super) fn split(&self, energy: &[(Option<&str>, Decimal)]) -> Split {
        let mut left: BTreeMap<Option<&str>, Decimal> = BTreeMap::new();
        for (provider, wh) in energy {
            *left.entry(*provider).or_default() += wh;
        }
        let mut split = Split {
            by_instrument: Vec::new(),
            instrument_wh: Decimal::ZERO,
            rest_wh: Decimal::ZERO,
            instrument_grams: Decimal::ZERO,
        };
        for (place, instrument) in &self.instruments {
            let mut room = Decimal::from(instrument.allocated_wh);
            let mut used = Decimal::ZERO;
            let may_use =
                |by: &Option<&str>| instrument.provider.is_none() || *by == instrument.provider.as_deref();
            for (_, left) in left.iter_mut().filter(|(by, _)| may_use(by)) {
                let taken = room.min(*left);
                *left -= taken;
                room -= taken;
                used += taken;
            }
            split.instrument_wh += used;
            split.instrument_grams += grams(used, instrument.g_per_kwh);
            split.by_instrument.push((*place, used));
        }
        split.rest_wh = left.into_values().sum();
        split
    }

    /// The zone's line, and whether an instrument or a residual mix may have changed it.
    pub(super) fn value(
        &self,
        electricity: &Electricity,
        by_provider: &[(Option<&str>, Range<WattHours>)],
        used: &mut [Decimal],
    ) -> (MarketZone, bool) {
        let Electricity { energy, location, embodied } = *electricity;
        let split = |bound: fn(Range<WattHours>) -> WattHours| {
            let energy: Vec<_> =
                by_provider.iter().map(|(by, energy)| (*by, bound(*energy).as_decimal())).collect();
            self.split(&energy)
        };
        let central = split(Range::central);
        for (place, wh) in &central.by_instrument {
            used[*place] += wh;
        }
        let (low, high) = (split(Range::low), split(Range::high));
        // What no instrument may cover, and no residual mix values, keeps its range.
        let is_touched = self.residual.is_some() || !high.instrument_wh.is_zero();
        let co2 = if is_touched {
            let emissions = |split: &Split, location: Grams, energy: WattHours| {
                let rest = match self.residual {
                    Some(mix) => grams(split.rest_wh, mix.g_per_kwh),
                    None => part(location.as_decimal(), split.rest_wh, energy.as_decimal()),
                };
                split.instrument_grams + rest
            };
            let middle = emissions(&central, location.central(), energy.central());
            // More electricity never makes fewer grams, so the bounds of the energy give those of the emissions.
            let low = emissions(&low, location.low(), energy.low()).min(middle);
            let high = emissions(&high, location.high(), energy.high()).max(middle);
            let bounds = [low, middle, high].map(|grams| Grams::new(grams.normalize()));
            Range::new(bounds[0], bounds[1], bounds[2]).unwrap_or(location)
        } else {
            location
        };
        let (residual_wh, location_wh) = if self.residual.is_some() {
            (central.rest_wh, Decimal::ZERO)
        } else {
            (Decimal::ZERO, central.rest_wh)
        };
        let line = MarketZone {
            zone: self.zone.to_owned(),
            energy,
            location,
            instrument_wh: central.instrument_wh.normalize(),
            residual_wh: residual_wh.normalize(),
            location_wh: location_wh.normalize(),
            residual_g_per_kwh: self.residual.map(|mix| mix.g_per_kwh),
            co2,
            embodied,
        };
        (line, is_touched)
    }
}

/// Watt hours times grams per kilowatt hour.
pub(crate) fn grams(wh: Decimal, g_per_kwh: Decimal) -> Decimal {
    let kwh = wh / Decimal::ONE_THOUSAND;
    kwh.checked_mul(g_per_kwh).unwrap_or(Decimal::MAX)
}

/// The part of some grams that belongs to a part of some watt hours.
pub(crate) fn part(grams: Decimal, wh: Decimal, of_wh: Decimal) -> Decimal {
    if wh == of_wh {
        return grams;
    }
    let share = wh.checked_div(of_wh).unwrap_or_default();
    grams.checked_mul(share).unwrap_or_default()
}
