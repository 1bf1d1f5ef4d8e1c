//! Reading classes of models: stand-ins for models of which nothing is known, for those who ask for one by name.

use super::{
    Boundaries, Ids, LoadError, LoadFault, Sources, boundaries,
    models::{law, nameless, size},
    table::{Table, TableRow},
};
use crate::{
    Confidence,
    energy::{EnergyLaw, constants::Constants},
    factor::{Basis, Record, Validity},
    float::ln,
    load::tables::Layer,
    model::{Class, Model, OpenWeights, Parameters, ParametersStatus},
    place::Places,
};

pub(crate) fn classes(
    layers: &[Layer],
    sources: &Sources,
    places: &Places,
    models: &[Model],
    constants: &Constants,
    ids: &mut Ids,
) -> Result<Vec<Class>, LoadError> {
    let boundaries = boundaries(layers)?;
    let mut classes: Vec<Class> = Vec::new();
    for row in Table::open("classes.csv", layers)?.rows() {
        let row = row?;
        let name = row.name("class")?;
        let id = format!("class-{name}");
        let is_taken = models.iter().chain(classes.iter().map(Class::model)).any(|known| known.id == id);
        if is_taken {
            return Err(row.duplicate("class", name));
        }
        let gsd = gsd(&row)?;
        classes.push(Class {
            name: name.to_owned(),
            gsd,
            derived_from: derived_from(&row, models)?,
            reason: row.required("reason")?.to_owned(),
            model: Model {
                fleet: places.fleet(None),
                parameters: Some(parameters(
                    &row,
                    law(&row, &size(&row)?, ln(gsd), None, constants)?,
                    &boundaries,
                    sources,
                    ids,
                )?),
                ..nameless(&id)
            },
        });
    }
    Ok(classes)
}

/// A class is never surer than this.
const CLASS_MIN: f64 = 3.0;

fn gsd(row: &TableRow<'_>) -> Result<f64, LoadError> {
    let gsd = row.spread("gsd")?;
    if gsd >= CLASS_MIN {
        return Ok(gsd);
    }
    let text = row.required("gsd")?.to_owned();
    Err(row.fault(LoadFault::InvalidNumber {
        column: "gsd",
        expected: "a geometric standard deviation of 3 or more",
        text,
    }))
}

/// Models whose sizes the bounds are made from.
fn derived_from(row: &TableRow<'_>, models: &[Model]) -> Result<Vec<String>, LoadError> {
    let names = row.required("derived_from")?.split_whitespace();
    let known = |id: &str| models.iter().any(|model| model.id == id && model.parameters.is_some());
    names
        .map(|id| {
            known(id)
                .then(|| id.to_owned())
                .ok_or_else(|| row.not_listed("derived_from", id, "models.csv with a size"))
        })
        .collect()
}

fn parameters(
    row: &TableRow<'_>,
    law: EnergyLaw,
    boundaries: &Boundaries,
    sources: &Sources,
    ids: &mut Ids,
) -> Result<Parameters, LoadError> {
    Ok(Parameters {
        law,
        size: size(row)?,
        status: ParametersStatus::Proxy,
        weights: OpenWeights::Unknown,
        record: Record {
            id: row.factor_id(ids)?,
            boundary: row.boundary(boundaries)?,
            basis: Basis::Location,
            confidence: Confidence::Proxy,
            validity: Validity::since(row.day("valid_from")?),
            source: row.source(sources)?,
        },
        second_source: None,
        evidence_url: None,
    })
}
