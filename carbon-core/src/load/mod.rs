//! Reading the tables of a factor set, and refusing those that no auditor would accept.

mod places;
mod table;

pub(crate) use places::places;

use crate::{
    Basis, Confidence, Denominator, Disclosed, EmissionFactor, Method, Model, Parameters, ParametersStatus,
    RangeBasis, Rate, Source, Speed, Tables,
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use table::{Row, Table};
use thiserror::Error;

/// Why a table is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{table}, line {line}: {fault}")]
pub struct LoadError {
    /// File name of the table.
    pub table: &'static str,
    /// Line of the table, counted from 1.
    pub line: u64,
    /// What is wrong there.
    pub fault: LoadFault,
}

/// What can be wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LoadFault {
    /// The row is not CSV, or has more or fewer cells than the header.
    #[error("not a row of this table: {0}")]
    NotARow(String),
    /// The header lacks a column.
    #[error("column {0:?} is missing")]
    MissingColumn(&'static str),
    /// A required cell is empty.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A cell holds a word that its column does not know.
    #[error("{column} cannot be {word:?}")]
    UnknownWord {
        /// The column.
        column: &'static str,
        /// What it holds.
        word: String,
    },
    /// A cell is not an exact non-negative decimal of at most nine digits.
    #[error("{column} is not an exact non-negative decimal: {text:?}")]
    NotADecimal {
        /// The column.
        column: &'static str,
        /// What it holds.
        text: String,
    },
    /// A cell is not a number above zero.
    #[error("{column} is not a number above zero: {text:?}")]
    NotPositive {
        /// The column.
        column: &'static str,
        /// What it holds.
        text: String,
    },
    /// Bounds are not in order: for some usage a low value would be above a high one.
    #[error("low and high are not in order")]
    RangeOutOfOrder,
    /// The same id stands in an earlier row.
    #[error("{0:?} stands here a second time")]
    Duplicate(String),
    /// The row names a source that `sources.csv` does not have.
    #[error("source {0:?} is not listed")]
    NoSuchSource(String),
    /// The row is about a model that is not listed.
    #[error("model {0:?} is not listed")]
    NoSuchModel(String),
    /// The row is about a zone that is not listed.
    #[error("zone {0:?} is not listed")]
    NoSuchZone(String),
    /// An alias leads to a model that is not listed.
    #[error("alias {alias:?} leads to {model:?}, which is not listed")]
    DanglingAlias {
        /// The alias.
        alias: String,
        /// Where it would lead.
        model: String,
    },
    /// A name is not in the form that normalisation gives, so it could never be found.
    #[error("{0:?} is not in lower case without outer white space")]
    NotNormal(String),
}

type Sources = HashMap<String, Arc<Source>>;

pub(crate) fn sources(text: &str) -> Result<Sources, LoadError> {
    let mut sources = HashMap::new();
    for row in Table::open("sources.csv", text)?.rows() {
        let row = row?;
        let id = row.required("source_id")?;
        let source = Source {
            title: row.required("title")?.to_owned(),
            publisher: row.required("publisher")?.to_owned(),
            published: row.optional("published")?.map(str::to_owned),
            url: row.optional("url")?.map(str::to_owned),
            licence: row.required("licence")?.to_owned(),
        };
        if sources.insert(id.to_owned(), Arc::new(source)).is_some() {
            return Err(row.fault(LoadFault::Duplicate(id.to_owned())));
        }
    }
    Ok(sources)
}

/// Every model of `models.csv`, with its factor where it has one, then the models that have nothing but a factor.
pub(crate) fn models(tables: &Tables<'_>, sources: &Sources) -> Result<Vec<Model>, LoadError> {
    let mut found: Vec<Model> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for row in Table::open("models.csv", tables.models)?.rows() {
        let row = row?;
        let id = row.name("model")?;
        if places.insert(id.to_owned(), found.len()).is_some() {
            return Err(row.fault(LoadFault::Duplicate(id.to_owned())));
        }
        found.push(Model {
            id: id.to_owned(),
            provider: row.optional("provider")?.map(str::to_owned),
            parameters: parameters(&row, sources)?,
            coefficient: None,
            disclosed: None,
        });
    }
    for factor in factors(tables.factors, sources)? {
        match places.get(&factor.model) {
            Some(&place) => found[place].coefficient = Some(factor),
            None => found.push(Model {
                id: factor.model.clone(),
                provider: None,
                parameters: None,
                coefficient: Some(factor),
                disclosed: None,
            }),
        }
    }
    for row in Table::open("disclosed.csv", tables.disclosed)?.rows() {
        let row = row?;
        let model = row.name("model")?;
        let place = places.get(model).ok_or_else(|| row.fault(LoadFault::NoSuchModel(model.to_owned())))?;
        found[*place].disclosed = Some(disclosed(&row, sources)?);
    }
    Ok(found)
}

fn disclosed(row: &Row<'_>, sources: &Sources) -> Result<Disclosed, LoadError> {
    Ok(Disclosed {
        id: row.required("disclosure_id")?.to_owned(),
        per: row.word("per", Denominator::from_word)?,
        co2_g_per_1k: row.positive("co2_g_per_1k")?,
        water_ml_per_1k: row.positive("water_ml_per_1k")?,
        adpe_mg_sb_per_1k: row.positive("adpe_mg_sb_per_1k")?,
        basis: row.word("basis", Basis::from_word)?,
        source: row.source(sources)?,
    })
}

fn parameters(row: &Row<'_>, sources: &Sources) -> Result<Option<Parameters>, LoadError> {
    if row.required("parameters")? == "undisclosed" {
        return Ok(None);
    }
    let bounds = |low, high| -> Result<[f64; 2], LoadError> {
        let bounds = [row.positive(low)?, row.positive(high)?];
        if bounds[0] <= bounds[1] { Ok(bounds) } else { Err(row.fault(LoadFault::RangeOutOfOrder)) }
    };
    let (total_b, active_b) =
        (bounds("total_b_min", "total_b_max")?, bounds("active_b_min", "active_b_max")?);
    if active_b[1] > total_b[1] {
        return Err(row.fault(LoadFault::RangeOutOfOrder));
    }
    let speed = match row.optional("tokens_per_s")? {
        Some(_) => Some(Speed {
            tokens_per_s: row.positive("tokens_per_s")?,
            first_token_s: row.positive("first_token_s")?,
        }),
        None => None,
    };
    Ok(Some(Parameters {
        total_b,
        active_b,
        status: row.word("parameters", ParametersStatus::from_word)?,
        speed,
        source: row.source(sources)?,
        evidence_url: row.optional("evidence_url")?.map(str::to_owned),
    }))
}

fn factors(text: &str, sources: &Sources) -> Result<Vec<EmissionFactor>, LoadError> {
    let mut factors: Vec<EmissionFactor> = Vec::new();
    let mut seen = HashSet::new();
    for row in Table::open("factors.csv", text)?.rows() {
        let row = row?;
        let factor = EmissionFactor {
            id: row.required("factor_id")?.to_owned(),
            model: row.name("model")?.to_owned(),
            method: row.word("method", Method::from_word)?,
            low: row.rate("low", "low_per")?,
            central: row.rate("central", "central_per")?,
            high: row.rate("high", "high_per")?,
            range_basis: row.word("range_basis", RangeBasis::from_word)?,
            confidence: row.word("confidence", Confidence::from_word)?,
            source: row.source(sources)?,
        };
        if !(in_order(factor.low, factor.central) && in_order(factor.central, factor.high)) {
            return Err(row.fault(LoadFault::RangeOutOfOrder));
        }
        for id in [&factor.id, &factor.model] {
            if !seen.insert(id.clone()) {
                return Err(row.fault(LoadFault::Duplicate(id.clone())));
            }
        }
        factors.push(factor);
    }
    Ok(factors)
}

/// Whether `a` is at most `b` whatever the usage: output tokens are a part of all tokens, never the other way.
fn in_order(a: Rate, b: Rate) -> bool {
    let narrower =
        a.per() == b.per() || (a.per(), b.per()) == (Denominator::OutputTokens, Denominator::TotalTokens);
    narrower && a.grams_per_1k() <= b.grams_per_1k()
}

pub(crate) fn aliases(text: &str, models: &[Model]) -> Result<Vec<(String, usize)>, LoadError> {
    let mut seen: HashSet<&str> = models.iter().map(|model| model.id.as_str()).collect();
    let mut aliases = Vec::new();
    let table = Table::open("aliases.csv", text)?;
    let rows = table.rows().collect::<Result<Vec<_>, _>>()?;
    for row in &rows {
        let (alias, model) = (row.name("alias")?, row.required("model")?);
        row.required("evidence")?;
        let Some(place) = models.iter().position(|known| known.id == model) else {
            return Err(
                row.fault(LoadFault::DanglingAlias { alias: alias.to_owned(), model: model.to_owned() })
            );
        };
        if !seen.insert(alias) {
            return Err(row.fault(LoadFault::Duplicate(alias.to_owned())));
        }
        aliases.push((alias.to_owned(), place));
    }
    Ok(aliases)
}
