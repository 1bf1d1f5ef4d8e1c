//! Regions in requests.

use crate::{
    config,
    http::faults::Faults,
    store::{DefaultRegions, Side},
};
use carbon_core::FactorSet;
use std::sync::{PoisonError, RwLock};

/// The tenant's default region, for events without one; `None` if the provider does not serve from there.
pub(crate) fn default_region(
    set: &FactorSet,
    regions: &RwLock<DefaultRegions>,
    side: Side,
    tenant_id: &str,
    provider: Option<&str>,
) -> Option<String> {
    let regions = regions.read().unwrap_or_else(PoisonError::into_inner);
    let region = regions.get(&side)?.get(tenant_id)?;
    set.locate(region, provider).is_ok().then(|| region.clone())
}

/// A region with a grid in a factor set. There is no fallback grid, so any other is a fault.
pub(crate) fn region(
    set: &FactorSet,
    faults: &mut Faults,
    region: Option<String>,
    provider: Option<&str>,
) -> Option<String> {
    let region = faults.short_text("/region", region, config::PLACE_BYTES_MAX)?;
    if let Err(error) = set.locate(&region, provider) {
        faults.add("/region", format!("is invalid: {error}"));
        return None;
    }
    Some(region)
}
