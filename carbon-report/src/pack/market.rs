//! The market-based figure of a report, from what the report states itself.

use super::{NotVerified, STATEMENT};
use crate::statement::{Market, MarketZone, Statement, UsedInstrument, grams, part};
use carbon_core::Grams;
use rust_decimal::Decimal;

/// Each grid is what its instruments and its residual mix make of its electricity, and the parts add up.
pub(super) fn check(statement: &Statement) -> Result<(), NotVerified> {
    let Some(market) = &statement.market else { return Ok(()) };
    for (place, zone) in market.zones.iter().enumerate() {
        check_zone(market, zone, &format!("/market/zones/{place}"))?;
    }
    for (place, used) in market.instruments.iter().enumerate() {
        let allocated = Decimal::from(used.instrument.allocated_wh);
        if used.used_wh > allocated {
            let detail = format!("uses {} Wh of {allocated}", used.used_wh);
            return Err(NotVerified::at(format!("{STATEMENT}, /market/instruments/{place}"), detail));
        }
    }
    let carried: Grams = market.carried_over.iter().map(|line| line.co2.central()).sum();
    let sum = |of: fn(&MarketZone) -> Grams| market.zones.iter().map(of).sum::<Grams>() + carried;
    let by_market = sum(|zone| zone.co2.central() + zone.embodied.central());
    let by_location = sum(|zone| zone.location.central() + zone.embodied.central());
    same("/market/co2_grams", "its parts make", market.co2.central(), by_market)?;
    let total = statement.total.co2.unwrap_or_default().central();
    same("/market", "the location-based figures of its parts make", total, by_location)
}

fn check_zone(market: &Market, zone: &MarketZone, at: &str) -> Result<(), NotVerified> {
    let energy = zone.energy.central().as_decimal();
    let used = || {
        let of_zone = |used: &&UsedInstrument| used.instrument.zone == zone.zone;
        market.instruments.iter().filter(of_zone)
    };
    let used_wh: Decimal = used().map(|used| used.used_wh).sum();
    let parts = [zone.instrument_wh, zone.residual_wh, zone.location_wh];
    if !is_same(used_wh, zone.instrument_wh)
        || !is_same(parts.iter().sum(), energy)
        || parts.iter().any(Decimal::is_sign_negative)
    {
        return Err(NotVerified::at(format!("{STATEMENT}, {at}"), "its parts are not its energy"));
    }
    let mix = market.residual_mixes.iter().find(|mix| mix.zone == zone.zone);
    let residual = mix.map(|mix| mix.g_per_kwh);
    if residual != zone.residual_g_per_kwh
        || (residual.is_none() && !zone.residual_wh.is_zero())
        || (residual.is_some() && !zone.location_wh.is_zero())
    {
        let detail = "is not valued by the residual mix that is stated";
        return Err(NotVerified::at(format!("{STATEMENT}, {at}"), detail));
    }
    let by_instruments: Decimal = used().map(|used| grams(used.used_wh, used.instrument.g_per_kwh)).sum();
    let by_residual = grams(zone.residual_wh, residual.unwrap_or_default());
    let by_location = part(zone.location.central().as_decimal(), zone.location_wh, energy);
    let computed = Grams::new(by_instruments + by_residual + by_location);
    same(&format!("{at}/co2_grams"), "its energy makes", zone.co2.central(), computed)
}

/// Sums of many digits may round apart in their last one: to a millionth.
fn is_same(a: Decimal, b: Decimal) -> bool {
    const ROUNDING: Decimal = Decimal::from_parts(1, 0, 0, false, 6);
    (a - b).abs() <= ROUNDING
}

fn same(at: &str, what: &str, stated: Grams, computed: Grams) -> Result<(), NotVerified> {
    let (stated, computed) = (stated.as_decimal(), computed.as_decimal());
    if is_same(stated, computed) {
        return Ok(());
    }
    Err(NotVerified::at(format!("{STATEMENT}, {at}"), format!("says {stated} g; {what} {computed} g")))
}
