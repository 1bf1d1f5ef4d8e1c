//! Reading own entries: what an account says of the names in its own calls.

use super::{
    LoadError, LoadFault,
    models::{law, nameless, parameters_b},
    table::{Table, TableRow},
};
use crate::{
    Confidence,
    energy::{
        EnergyLaw,
        constants::{Constant, Constants},
        size_sd,
    },
    factor::{Basis, Boundary, OwnSource, Record, Source, Validity},
    load::tables::Layer,
    model::{Model, OpenWeights, Parameters, ParametersStatus, Size},
    own::{OwnEntry, OwnKind, OwnModel},
    place::{Fleet, Places, Site},
};
use jiff::civil::date;
use std::sync::Arc;

/// Whose machines a described model runs on.
const FLEET: &str = "own";

const TABLES: [&str; 5] =
    ["own_grid_values.csv", "own_grids.csv", "own_measured.csv", "own_models.csv", "own_names.csv"];

/// Every entry, with the model where it describes one, for a set that lists these models and places.
pub(crate) fn own(
    layer: &Layer,
    models: &[Model],
    places: &Places,
    constants: &Constants,
) -> Result<Vec<(OwnEntry, Option<OwnModel>)>, LoadError> {
    for (table, _) in layer.tables.files() {
        if !TABLES.contains(&table) {
            return Err(LoadError { table, base: None, line: 1, fault: LoadFault::Misplaced });
        }
    }
    // A set that lists no sizes has no value for a described model either.
    let sized = models.iter().find_map(Model::parameters);
    let layers = std::slice::from_ref(layer);
    let mut found: Vec<(OwnEntry, Option<OwnModel>)> = Vec::new();
    for row in Table::open("own_names.csv", layers)?.rows() {
        let row = row?;
        let entry = alias(&row)?;
        add(&mut found, &row, entry, None)?;
    }
    for row in Table::open("own_models.csv", layers)?.rows() {
        let row = row?;
        let entry = entry(&row, OwnKind::Model, row.name("name")?)?;
        if entry.name.ends_with('*') {
            let text = entry.name;
            let expected = "the whole name of a model";
            return Err(row.fault(LoadFault::InvalidNumber { column: "name", expected, text }));
        }
        // A model of the registry may have the name too: they are two in every list.
        let is_taken = models.iter().any(|model| model.id == entry.name);
        let id = if is_taken { format!("{FLEET}/{}", entry.name) } else { entry.name.clone() };
        let model = described(&row, &id, sized, places, constants, &entry)?;
        add(&mut found, &row, entry, Some(model))?;
    }
    Ok(found)
}

/// One name has one entry on a day.
fn add(
    found: &mut Vec<(OwnEntry, Option<OwnModel>)>,
    row: &TableRow<'_>,
    entry: OwnEntry,
    model: Option<OwnModel>,
) -> Result<(), LoadError> {
    let clashes = |(known, _): &(OwnEntry, _)| known.name == entry.name && known.overlaps(&entry);
    if entry.valid_from.zip(entry.valid_to).is_some_and(|(from, to)| to < from) || found.iter().any(clashes) {
        return Err(row.fault(LoadFault::InvalidPeriod));
    }
    found.push((entry, model));
    Ok(())
}

fn alias(row: &TableRow<'_>) -> Result<OwnEntry, LoadError> {
    match (row.optional("model")?, row.optional("class")?) {
        (Some(_), None) => entry(row, OwnKind::Alias, row.name("model")?),
        (None, Some(_)) => entry(row, OwnKind::Class, row.name("class")?),
        (None, None) | (Some(_), Some(_)) => Err(row.fault(LoadFault::ModelOrClass)),
    }
}

fn entry(row: &TableRow<'_>, kind: OwnKind, model: &str) -> Result<OwnEntry, LoadError> {
    Ok(OwnEntry {
        name: row.name("name")?.to_owned(),
        kind,
        model: model.to_owned(),
        valid_from: row.optional_day("valid_from")?,
        valid_to: row.optional_day("valid_to")?,
        note: row.optional("note")?.map(str::to_owned),
        entered_by: row.required("entered_by")?.to_owned(),
        entered_at: row.required("entered_at")?.to_owned(),
    })
}

fn described(
    row: &TableRow<'_>,
    id: &str,
    sized: Option<&Parameters>,
    places: &Places,
    constants: &Constants,
    entry: &OwnEntry,
) -> Result<OwnModel, LoadError> {
    // Who entered it stands in the entry: the publisher is the account, whoever acted for it.
    let entered_on = entry.entered_at.get(..10).map(str::to_owned);
    let source = Arc::new(Source::of_account(OwnSource::Stated, title(row)?, entered_on));
    let size = size(row)?;
    let region = row.optional("region")?;
    // A set that does not know the place has no value for what runs there.
    let is_placed = region.is_none_or(|region| places.locate(region, None).is_ok());
    let constants = &of_precision(row, constants)?;
    let law = law(row, &size, size_sd(ParametersStatus::Own, false, constants), None, constants)?;
    let parameters = sized
        .filter(|_| is_placed)
        .map(|sized| parameters(entry, size, law, sized.record.boundary.clone(), source.clone()));
    let anybody = places.fleet(None).map(|place| &places.fleets[place]);
    let site = match (site(row, source)?, anybody) {
        (Some((pue, water)), Some(anybody)) => Some(Site {
            pue: [pue.0; 2],
            onsite_water_l_per_kwh: water.map_or(anybody.site.onsite_water_l_per_kwh, |water| [water; 2]),
            // Water that the account does not give is not its own.
            water_source: water.map_or(&anybody.site.water_source, |_| &pue.1).clone(),
            source: pue.1,
        }),
        _ => None,
    };
    Ok(OwnModel {
        model: Model { parameters, ecologits_size: Some(size), ..nameless(id) },
        fleet: anybody.map(|anybody| Fleet { name: FLEET.to_owned(), ..anybody.clone() }),
        site,
        region: region.map(str::to_owned),
    })
}

/// What the account says of the model, and of what it runs on.
fn title(row: &TableRow<'_>) -> Result<String, LoadError> {
    let parts = [Some(row.required("source")?), row.optional("precision")?, row.optional("accelerator")?];
    Ok(parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// Number formats that the energy law was measured in, or wider.
const OF_LAW: [&str; 3] = ["fp32", "bf16", "fp16"];

/// The constants for the number format of a model: in that of the law, machines are those of the law.
fn of_precision(row: &TableRow<'_>, constants: &Constants) -> Result<Constants, LoadError> {
    let mut constants = constants.clone();
    if row.optional("precision")?.is_some_and(|precision| OF_LAW.contains(&precision)) {
        constants.set_value(Constant::Machines, 1.0);
    }
    Ok(constants)
}

fn size(row: &TableRow<'_>) -> Result<Size, LoadError> {
    let total = parameters_b(row, "total_b")?;
    let active = |column, otherwise| match row.optional(column)? {
        Some(_) => parameters_b(row, column),
        None => Ok(otherwise),
    };
    let active_b = active("active_b", total)?;
    let active_in_b = active("active_in_b", active_b)?;
    for (low, active) in [("active_b", active_b), ("active_in_b", active_in_b)] {
        if active > total {
            return Err(row.fault(LoadFault::RangeOutOfOrder { low, high: "total_b" }));
        }
    }
    Ok(Size { total_b: [total; 2], active_b: [active_b; 2], active_in_b: [active_in_b; 2], speed: None })
}

type SitedBy = (f64, Arc<Source>);

/// Overhead and water on site, of which the second is not stated without the first.
fn site(row: &TableRow<'_>, source: Arc<Source>) -> Result<Option<(SitedBy, Option<f64>)>, LoadError> {
    let water = row.optional("onsite_water_l_per_kwh")?.map(|_| row.not_negative("onsite_water_l_per_kwh"));
    match (row.optional("pue")?, water.transpose()?) {
        (Some(_), water) => Ok(Some(((row.pue("pue")?, source), water))),
        (None, Some(_)) => Err(row.fault(LoadFault::IncompleteSite)),
        (None, None) => Ok(None),
    }
}

fn parameters(
    entry: &OwnEntry,
    size: Size,
    law: EnergyLaw,
    boundary: Arc<Boundary>,
    source: Arc<Source>,
) -> Parameters {
    let from = entry.valid_from.map_or_else(|| "always".to_owned(), |day| day.to_string());
    Parameters {
        law,
        size,
        status: ParametersStatus::Own,
        second_source: None,
        weights: OpenWeights::Unknown,
        record: Record {
            id: format!("own/{}@{from}", entry.name),
            boundary,
            basis: Basis::Location,
            confidence: Confidence::Estimated,
            // The entry itself says on which days it holds; without a first day this one is before every call.
            validity: Validity {
                to: entry.valid_to,
                ..Validity::since(entry.valid_from.unwrap_or(date(1970, 1, 1)))
            },
            source,
        },
        evidence_url: None,
    }
}
