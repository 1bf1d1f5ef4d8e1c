//! Regions as they come in.

use crate::{
    config,
    http::faults::Faults,
    store::{DefaultRegions, Side},
};
use carbon_core::FactorSet;
use std::sync::{PoisonError, RwLock};

/// Where a tenant's events are taken to be served that say nothing of it; `None` where its provider is elsewhere.
pub(crate) fn default_region(
    regions: &RwLock<DefaultRegions>,
    side: Side,
    tenant_id: &str,
    provider: Option<&str>,
) -> Option<String> {
    let regions = regions.read().unwrap_or_else(PoisonError::into_inner);
    let region = regions.get(&side)?.get(tenant_id)?;
    FactorSet::latest().locate(region, provider).is_ok().then(|| region.clone())
}

/// A region that the newest factor set has a grid for. There is no fallback grid, so another one is a fault.
pub(crate) fn region(faults: &mut Faults, region: Option<String>, provider: Option<&str>) -> Option<String> {
    let region = faults.short_text("/region", region, config::PLACE_BYTES_MAX)?;
    if let Err(error) = FactorSet::latest().locate(&region, provider) {
        faults.add("/region", format!("is invalid: {error}"));
        return None;
    }
    Some(region)
}
