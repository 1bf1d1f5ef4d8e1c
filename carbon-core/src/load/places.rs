//! Reading zones, cloud regions and providers.

use super::{
    Ids, LoadError, LoadFault, Sources,
    table::{Table, TableRow},
};
use crate::{
    energy::constants::{Constant, Constants},
    float::exp,
    interval::Z_95,
    load::tables::Layer,
    place::{CloudRegion, Fleet, GridBoundary, GridFactor, Places, Site, WaterOf, Zone},
};
use std::collections::{HashMap, HashSet};

pub(crate) fn places(
    layers: &[Layer],
    sources: &Sources,
    constants: &Constants,
    ids: &mut Ids,
) -> Result<Places, LoadError> {
    let mut places = Places::default();
    for row in Table::open("zones.csv", layers)?.rows() {
        add_zone(&mut places, &row?, sources, ids)?;
    }
    for row in Table::open("clouds.csv", layers)?.rows() {
        add_cloud(&mut places, &row?)?;
    }
    for row in Table::open("regions.csv", layers)?.rows() {
        add_region(&mut places, &row?, sources)?;
    }
    for row in Table::open("providers.csv", layers)?.rows() {
        add_fleet(&mut places, &row?, sources)?;
    }
    add_spread_of_grids(&mut places, constants);
    Ok(places)
}

/// Where clouds have regions, grids are followed more closely than elsewhere.
fn add_spread_of_grids(places: &mut Places, constants: &Constants) {
    let with_region: HashSet<usize> = places.regions.iter().map(|region| region.zone).collect();
    for (place, Zone { grid, .. }) in places.zones.iter_mut().enumerate() {
        let known = with_region.contains(&place);
        grid.sd = constants.sd(if known { Constant::Grid } else { Constant::GridWithoutRegion });
        let span = exp(Z_95 * grid.sd);
        grid.bounds = [grid.g_per_kwh / span, grid.g_per_kwh * span];
    }
}

/// What a kilowatt hour may take of water.
const WATER_L_PER_KWH: [f64; 2] = [1e-6, 1_000.0];

/// A grid of zero grams is a hole in the data, and is refused as one.
fn add_zone(
    places: &mut Places,
    row: &TableRow<'_>,
    sources: &Sources,
    ids: &mut Ids,
) -> Result<(), LoadError> {
    let id = row.required("zone")?;
    let alpha_2 = row.optional("alpha_2")?;
    let g_per_kwh = row.plausible("grid_g_per_kwh", [0.1, 10_000.0])?;
    let zone = Zone {
        id: id.to_owned(),
        alpha_2: alpha_2.map(str::to_owned),
        name: row.required("name")?.to_owned(),
        grid: GridFactor {
            id: row.factor_id(ids)?,
            g_per_kwh,
            // With the spread of all grids, once the regions are known.
            sd: 0.0,
            bounds: [g_per_kwh; 2],
            year: row.optional_year("year")?,
            boundary: row.word("grid_boundary", GridBoundary::from_word)?,
            source: row.source(sources)?,
        },
        offsite_water_l_per_kwh: row.plausible("offsite_water_l_per_kwh", WATER_L_PER_KWH)?,
        water_of: row.word("water_of", WaterOf::from_word)?,
        adpe_kg_sb_per_kwh: row.plausible("adpe_kg_sb_per_kwh", [1e-12, 1.0])?,
        primary_energy_mj_per_kwh: row.plausible("primary_energy_mj_per_kwh", [1e-3, 1_000.0])?,
        other_source: row.source_in("other_source_id", sources)?,
    };
    for code in [Some(id), alpha_2].into_iter().flatten() {
        if places.zone_codes.insert(code.to_owned(), places.zones.len()).is_some() {
            return Err(row.duplicate("zone", code));
        }
    }
    places.zones.push(zone);
    Ok(())
}

/// A name and, parted by spaces, the other names of the same.
fn names<'a>(row: &'a TableRow<'_>, column: &'static str) -> Result<Vec<&'a str>, LoadError> {
    let others = row.optional("names")?.unwrap_or("");
    Ok(std::iter::once(row.name(column)?).chain(others.split_whitespace()).collect())
}

fn add_cloud(places: &mut Places, row: &TableRow<'_>) -> Result<(), LoadError> {
    let cloud = row.required("cloud")?;
    for name in names(row, "cloud")? {
        if places.cloud_names.insert(name.to_owned(), cloud.to_owned()).is_some() {
            return Err(row.duplicate("cloud", name));
        }
    }
    Ok(())
}

fn add_fleet(places: &mut Places, row: &TableRow<'_>, sources: &Sources) -> Result<(), LoadError> {
    let name = row.required("provider")?.to_owned();
    for name in names(row, "provider")? {
        if places.fleet_names.insert(name.to_owned(), places.fleets.len()).is_some() {
            return Err(row.duplicate("provider", name));
        }
    }
    let site = Site {
        pue: row.bounds(["pue_min", "pue_max"], TableRow::pue)?,
        onsite_water_l_per_kwh: row
            .bounds(["onsite_water_l_per_kwh_min", "onsite_water_l_per_kwh_max"], |row, column| {
                row.plausible(column, WATER_L_PER_KWH)
            })?,
        source: row.source(sources)?,
        water_source: row.source(sources)?,
    };
    places.fleets.push(Fleet { name, zone: zone(&places.zone_codes, row)?, site });
    Ok(())
}

fn add_region(places: &mut Places, row: &TableRow<'_>, sources: &Sources) -> Result<(), LoadError> {
    let (provider, region) = (row.required("provider")?, row.required("region")?);
    // A region without figures of its own runs as the fleet of the model's provider does.
    let site = match (row.optional("pue")?, row.optional("onsite_water_l_per_kwh")?) {
        (Some(_), Some(_)) => Some(Site {
            pue: [row.pue("pue")?; 2],
            onsite_water_l_per_kwh: [row.not_negative("onsite_water_l_per_kwh")?; 2],
            source: row.source(sources)?,
            water_source: row.source(sources)?,
        }),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => return Err(row.fault(LoadFault::IncompleteSite)),
    };
    let full = format!("{provider}:{region}");
    let place = places.regions.len();
    places.regions.push(CloudRegion { name: full.clone(), zone: zone(&places.zone_codes, row)?, site });
    for name in [full, region.to_owned()] {
        if places.region_names.insert(name.clone(), place).is_some() {
            return Err(row.duplicate("region", &name));
        }
    }
    Ok(())
}

fn zone(codes: &HashMap<String, usize>, row: &TableRow<'_>) -> Result<usize, LoadError> {
    let id = row.required("zone")?;
    codes.get(id).copied().ok_or_else(|| row.not_listed("zone", id, "zones.csv"))
}
