//! Regions as they come in.

use super::Faults;
use crate::config;
use carbon_core::FactorSet;

/// A region that the newest factor set has a grid for. There is no fallback grid, so another one is a fault.
pub(super) fn region(faults: &mut Faults, region: Option<String>, provider: Option<&str>) -> Option<String> {
    let region = faults.short_text("/region", region, config::PLACE_BYTES_MAX)?;
    if let Err(error) = FactorSet::latest().locate(&region, provider) {
        faults.add("/region", format!("is refused: {error}"));
        return None;
    }
    Some(region)
}
