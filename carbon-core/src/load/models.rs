//! Reading models and their sizes.

use super::{
    Boundaries, Ids, LoadError, LoadFault, Sources,
    attention::{all_are_models, attentions},
    boundaries,
    factors::{Published, factors},
    table::{Table, TableRow},
};
use crate::{
    Confidence,
    attention::Attention,
    energy::{EnergyLaw, constants::Constants},
    factor::{Basis, Record, Validity},
    load::tables::Layer,
    model::{Model, OpenWeights, Parameters, ParametersStatus, Size, Speed},
    place::Places,
};
use std::collections::HashMap;

/// Every model of `models.csv`, with its factors where it has any, then the models that have nothing but factors.
pub(crate) fn models(
    layers: &[Layer],
    sources: &Sources,
    places: &Places,
    constants: &Constants,
    ids: &mut Ids,
) -> Result<Vec<Model>, LoadError> {
    let boundaries = boundaries(layers)?;
    let mut attentions = attentions(layers, sources)?;
    let tables = Tables { boundaries: &boundaries, sources, constants };
    let mut found: Vec<Model> = Vec::new();
    let mut rows: HashMap<String, usize> = HashMap::new();
    for row in Table::open("models.csv", layers)?.rows() {
        let row = row?;
        let id = row.name("model")?;
        if rows.insert(id.to_owned(), found.len()).is_some() {
            return Err(row.duplicate("model", id));
        }
        let provider = row.optional("provider")?;
        if let Some(provider) = provider.filter(|provider| places.own_fleet(provider).is_none()) {
            return Err(row.not_listed("provider", provider, "providers.csv"));
        }
        let attention = attentions.remove(id);
        found.push(Model {
            provider: provider.map(str::to_owned),
            parameters: tables.parameters(&row, attention.as_ref().map(|(attention, _)| attention), ids)?,
            attention,
            fleet: places.fleet(provider),
            ..nameless(id)
        });
    }
    all_are_models(layers, |id| rows.contains_key(id))?;
    for (model, Published { coefficient, disclosed }) in factors(layers, &boundaries, sources, ids)? {
        let place = *rows.entry(model).or_insert_with_key(|id| {
            found.push(Model { fleet: places.fleet(None), ..nameless(id) });
            found.len() - 1
        });
        found[place].coefficient = coefficient;
        found[place].disclosed = disclosed;
    }
    Ok(found)
}

/// A model of which nothing but its id is known.
fn nameless(id: &str) -> Model {
    Model {
        id: id.to_owned(),
        provider: None,
        aliases: Vec::new(),
        fleet: None,
        ecologits_size: None,
        parameters: None,
        attention: None,
        coefficient: None,
        disclosed: crate::model::Disclosed::default(),
    }
}

/// What the size of a model is read with.
struct Tables<'a> {
    boundaries: &'a Boundaries,
    sources: &'a Sources,
    constants: &'a Constants,
}

impl Tables<'_> {
    fn parameters(
        &self,
        row: &TableRow<'_>,
        attention: Option<&Attention>,
        ids: &mut Ids,
    ) -> Result<Option<Parameters>, LoadError> {
        if row.required("parameters")? == "undisclosed" {
            return Ok(None);
        }
        let (size, status) = (size(row)?, row.word("parameters", ParametersStatus::from_word)?);
        let weights = row.word("open_weights", OpenWeights::from_word)?;
        let one_number = size.total_b[0] >= size.total_b[1] && size.active_b[0] >= size.active_b[1];
        if status == ParametersStatus::Disclosed && !one_number {
            return Err(row.fault(LoadFault::DisclosedRange));
        }
        Ok(Some(Parameters {
            law: EnergyLaw::of(&size, status, weights == OpenWeights::Yes, attention, self.constants),
            size,
            status,
            weights,
            record: Record {
                id: row.factor_id(ids)?,
                boundary: row.boundary(self.boundaries)?,
                basis: Basis::Location,
                confidence: confidence(status, weights),
                validity: Validity { from: row.day("valid_from")?, to: None, observed: None },
                source: row.source(self.sources)?,
            },
            evidence_url: row.optional("evidence_url")?.map(str::to_owned),
        }))
    }
}

/// Open weights of a stated size are what the law was calibrated on; everything else rests on somebody's estimate.
fn confidence(status: ParametersStatus, weights: OpenWeights) -> Confidence {
    match (status, weights) {
        (ParametersStatus::Disclosed, OpenWeights::Yes) => Confidence::Benchmarked,
        _ => Confidence::Estimated,
    }
}

fn size(row: &TableRow<'_>) -> Result<Size, LoadError> {
    let total_b = row.bounds(["total_b_min", "total_b_max"], TableRow::positive)?;
    let active_b = row.bounds(["active_b_min", "active_b_max"], TableRow::positive)?;
    for (side, low, high) in [(0, "active_b_min", "total_b_min"), (1, "active_b_max", "total_b_max")] {
        if active_b[side] > total_b[side] {
            return Err(row.fault(LoadFault::RangeOutOfOrder { low, high }));
        }
    }
    let speed = match row.optional("tokens_per_s")? {
        Some(_) => Some(Speed {
            tokens_per_s: row.positive("tokens_per_s")?,
            first_token_s: row.positive("first_token_s")?,
        }),
        None => None,
    };
    Ok(Size { total_b, active_b, speed })
}

/// Names that EcoLogits lists with a size or a speed of their own, in lower case.
pub(crate) fn ecologits_sizes(
    layers: &[Layer],
    sources: &Sources,
) -> Result<HashMap<String, Size>, LoadError> {
    let mut sizes = HashMap::new();
    for row in Table::open("ecologits.csv", layers)?.rows() {
        let row = row?;
        row.source(sources)?;
        let name = row.name("name")?;
        if sizes.insert(name.to_owned(), size(&row)?).is_some() {
            return Err(row.duplicate("name", name));
        }
    }
    Ok(sizes)
}
