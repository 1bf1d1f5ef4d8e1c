//! Reading the tables of a factor set, and refusing those that no auditor would accept.

mod aliases;
mod factors;
mod models;
mod places;
mod table;

pub(crate) use aliases::{Aliases, Moves, aliases};
pub(crate) use models::{ecologits_sizes, models};
pub(crate) use places::places;

use crate::factor::{Boundary, Inclusion, Source, Stage};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use table::Table;
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
    /// A cell is not an exact non-negative decimal of at most nine digits (2,147,483,647 without its point).
    #[error("{column} is not an exact non-negative decimal: {text:?}")]
    NotADecimal {
        /// The column.
        column: &'static str,
        /// What it holds.
        text: String,
    },
    /// A cell is not a number of the kind that its column holds.
    #[error("{column} is not {expected}: {text:?}")]
    NotANumber {
        /// The column.
        column: &'static str,
        /// What it should hold.
        expected: &'static str,
        /// What it holds.
        text: String,
    },
    /// A unit that its quantity is not measured in.
    #[error("{quantity} is not measured in {unit:?} but in {expected}")]
    UnitOfAnother {
        /// The quantity.
        quantity: String,
        /// The unit that the row states.
        unit: String,
        /// The quantity's own.
        expected: &'static str,
    },
    /// A cell is not a day.
    #[error("{column} is not a day such as 2026-11-01: {text:?}")]
    NotADay {
        /// The column.
        column: &'static str,
        /// What it holds.
        text: String,
    },
    /// A span of days ends before it begins, or overlaps another of the same name.
    #[error("the span of days ends before it begins, or overlaps another")]
    SpanOutOfOrder,
    /// A size that is said to be disclosed has a lowest and a highest value.
    #[error("a disclosed size is one number, not a range")]
    DisclosedRange,
    /// A region has one of PUE and on-site water; it needs both or neither.
    #[error("pue and onsite_water_l_per_kwh come together")]
    HalfASite,
    /// The row names a provider that `providers.csv` does not have.
    #[error("provider {0:?} is not listed")]
    NoSuchProvider(String),
    /// Bounds are not in order: for some usage a low value would be above a high one.
    #[error("low and high are not in order")]
    RangeOutOfOrder,
    /// The same id stands in an earlier row.
    #[error("{0:?} stands here a second time")]
    Duplicate(String),
    /// The row names a source that `sources.csv` does not have.
    #[error("source {0:?} is not listed")]
    NoSuchSource(String),
    /// The row names a boundary that `boundaries.csv` does not have.
    #[error("boundary {0:?} is not listed")]
    NoSuchBoundary(String),
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

pub(crate) type Sources = HashMap<String, Arc<Source>>;
/// Names of factors: each stands once in a set.
pub(crate) type Ids = HashSet<String>;
type Boundaries = HashMap<String, Arc<Boundary>>;

pub(crate) fn sources(text: &str) -> Result<Sources, LoadError> {
    let mut sources = HashMap::new();
    for row in Table::open("sources.csv", text)?.rows() {
        let row = row?;
        let id = row.required("source_id")?.to_owned();
        let source = Source {
            id: id.clone(),
            title: row.required("title")?.to_owned(),
            publisher: row.required("publisher")?.to_owned(),
            published: row.optional("published")?.map(str::to_owned),
            url: row.optional("url")?.map(str::to_owned),
            licence: row.required("licence")?.to_owned(),
        };
        if sources.insert(id.clone(), Arc::new(source)).is_some() {
            return Err(row.fault(LoadFault::Duplicate(id)));
        }
    }
    Ok(sources)
}

fn boundaries(text: &str) -> Result<Boundaries, LoadError> {
    let mut boundaries = HashMap::new();
    for row in Table::open("boundaries.csv", text)?.rows() {
        let row = row?;
        let id = row.required("boundary")?.to_owned();
        let mut covers = [Inclusion::Unknown; Stage::ALL.len()];
        for &stage in Stage::ALL {
            covers[stage as usize] = row.word(stage.as_str(), Inclusion::from_word)?;
        }
        let boundary = Boundary { id: id.clone(), covers };
        if boundaries.insert(id.clone(), Arc::new(boundary)).is_some() {
            return Err(row.fault(LoadFault::Duplicate(id)));
        }
    }
    Ok(boundaries)
}
