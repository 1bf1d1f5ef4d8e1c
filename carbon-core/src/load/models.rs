//! Reading models and their sizes.

use super::{
    Boundaries, Ids, LoadError, LoadFault, Sources,
    attention::attentions,
    boundaries,
    factors::{Published, factors},
    table::{Table, TableRow},
    training::trainings,
    video::videos,
};
use crate::{
    Confidence,
    attention::Attention,
    energy::{EnergyLaw, constants::Constants, size_sd},
    factor::{Basis, Record, Source, Validity},
    load::tables::Layer,
    model::{Model, OpenWeights, Parameters, ParametersStatus, Size, Speed},
    place::Places,
};
use std::{collections::HashMap, sync::Arc};

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
    let mut trainings = trainings(layers, sources)?;
    let mut videos = videos(layers, sources)?;
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
            training: trainings.remove(id),
            video: videos.remove(id),
            fleet: places.fleet(provider),
            ..nameless(id)
        });
    }
    for table in ["attention.csv", "training.csv", "video.csv"] {
        all_are_models(table, layers, |id| rows.contains_key(id))?;
    }
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

/// Fails for a row about a model that `models.csv` has not.
fn all_are_models(
    table: &'static str,
    layers: &[Layer],
    is_model: impl Fn(&str) -> bool,
) -> Result<(), LoadError> {
    for row in Table::open(table, layers)?.rows() {
        let row = row?;
        let model = row.name("model")?;
        if !is_model(model) {
            return Err(row.not_listed("model", model, "models.csv"));
        }
    }
    Ok(())
}

/// A model of which nothing but its id is known.
pub(super) fn nameless(id: &str) -> Model {
    Model {
        id: id.to_owned(),
        provider: None,
        aliases: Vec::new(),
        fleet: None,
        ecologits_size: None,
        parameters: None,
        attention: None,
        training: None,
        video: None,
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
        // A class is no model: it has a table of its own. What an account states is in a table of its own too.
        let of_a_model = |word: &str| {
            ParametersStatus::from_word(word)
                .filter(|status| !matches!(status, ParametersStatus::Proxy | ParametersStatus::Own))
        };
        let (size, status) = (size(row)?, row.word("parameters", of_a_model)?);
        let weights = row.word("open_weights", OpenWeights::from_word)?;
        let one_number =
            [size.total_b, size.active_b, size.active_in_b].iter().all(|[low, high]| low >= high);
        if status == ParametersStatus::Disclosed && !one_number {
            return Err(row.fault(LoadFault::DisclosedRange));
        }
        let source = row.source(self.sources)?;
        let size_sd = size_sd(status, weights == OpenWeights::Yes, self.constants);
        Ok(Some(Parameters {
            second_source: second_source(row, self.sources, &source, status, &size)?,
            law: law(row, &size, size_sd, attention, self.constants)?,
            size,
            status,
            weights,
            record: Record {
                id: row.factor_id(ids)?,
                boundary: row.boundary(self.boundaries)?,
                basis: Basis::Location,
                confidence: confidence(status, weights),
                validity: Validity::since(row.day("valid_from")?),
                source,
            },
            evidence_url: row.optional("evidence_url")?.map(str::to_owned),
        }))
    }
}

/// Who gives the other end of an interval.
fn second_source(
    row: &TableRow<'_>,
    sources: &Sources,
    first: &Source,
    status: ParametersStatus,
    size: &Size,
) -> Result<Option<Arc<Source>>, LoadError> {
    const COLUMN: &str = "second_source_id";
    if row.cell(COLUMN).is_none() {
        return Ok(None);
    }
    let second = row.source_in(COLUMN, sources)?;
    if second.id == first.id {
        return Err(row.duplicate(COLUMN, &second.id));
    }
    if status != ParametersStatus::Estimated || size.total_b[0] >= size.total_b[1] {
        return Err(row.fault(LoadFault::SecondSource));
    }
    Ok(Some(second))
}

/// Open weights of a stated size are what the law was calibrated on; everything else rests on somebody's estimate.
fn confidence(status: ParametersStatus, weights: OpenWeights) -> Confidence {
    match (status, weights) {
        (ParametersStatus::Disclosed, OpenWeights::Yes) => Confidence::Benchmarked,
        _ => Confidence::Estimated,
    }
}

/// Parameters in billions: of a thousand, up to what no model has.
pub(super) fn parameters_b(row: &TableRow<'_>, column: &'static str) -> Result<f64, LoadError> {
    row.plausible(column, [1e-6, 1e6])
}

/// The law of a size; a fault where it comes to an energy that no machine has, whatever number it is that is wrong.
pub(super) fn law(
    row: &TableRow<'_>,
    size: &Size,
    size_sd: f64,
    attention: Option<&Attention>,
    constants: &Constants,
) -> Result<EnergyLaw, LoadError> {
    const WH_PER_1K_MAX: f64 = 1e9;
    let law = EnergyLaw::of(size, size_sd, attention, constants);
    match law.wh_per_1k.into_iter().find(|wh| !(0.0..=WH_PER_1K_MAX).contains(wh)) {
        None => Ok(law),
        Some(wh) => Err(row.fault(LoadFault::ImplausibleEnergy { wh: format!("{wh:e}") })),
    }
}

pub(super) fn size(row: &TableRow<'_>) -> Result<Size, LoadError> {
    const TOTAL: [&str; 2] = ["total_b_min", "total_b_max"];
    const ACTIVE: [&str; 2] = ["active_b_min", "active_b_max"];
    const ACTIVE_IN: [&str; 2] = ["active_in_b_min", "active_in_b_max"];
    let total_b = row.bounds(TOTAL, parameters_b)?;
    let active_b = row.bounds(ACTIVE, parameters_b)?;
    let differs = ACTIVE_IN.iter().any(|column| row.cell(column).is_some());
    let active_in_b = if differs { row.bounds(ACTIVE_IN, parameters_b)? } else { active_b };
    for (active, columns) in [(active_b, ACTIVE), (active_in_b, ACTIVE_IN)] {
        for (side, low) in columns.into_iter().enumerate() {
            if active[side] > total_b[side] {
                return Err(row.fault(LoadFault::RangeOutOfOrder { low, high: TOTAL[side] }));
            }
        }
    }
    let speed = match row.cell("tokens_per_s") {
        Some(_) => Some(Speed {
            tokens_per_s: row.plausible("tokens_per_s", [1e-3, 1e6])?,
            first_token_s: row.plausible("first_token_s", [1e-6, 1e4])?,
        }),
        None => None,
    };
    Ok(Size { total_b, active_b, active_in_b, speed })
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
