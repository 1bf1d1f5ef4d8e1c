//! Reading the tables of a factor set, and refusing those that no auditor would accept.

mod aliases;
mod attention;
mod classes;
mod factors;
mod grids;
mod measured;
mod method;
mod models;
mod own;
mod places;
mod table;
pub(crate) mod tables;
mod training;
mod video;
mod whole;

pub(crate) use aliases::{Aliases, Spans, aliases};
pub(crate) use classes::classes;
pub(crate) use grids::grids;
pub(crate) use measured::measured;
pub use method::MethodConstant;
pub(crate) use method::method;
pub(crate) use models::{ecologits_sizes, models};
pub(crate) use own::own;
pub(crate) use places::places;
pub(crate) use whole::whole;

use crate::{
    factor::{Boundary, Inclusion, Source, Stage},
    load::tables::Layer,
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use table::Table;
use thiserror::Error;

/// Why a table is refused: which table, which line, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{table}{}, line {line}: {fault}", .base.as_ref().map_or_else(String::new, |version| format!(" of {version}")))]
#[non_exhaustive]
pub struct LoadError {
    /// File name of the table.
    pub table: &'static str,
    /// Version of the set that the line belongs to, where tables were loaded on top of it; else `None`.
    pub base: Option<String>,
    /// Line of the table, counted from 1.
    pub line: u64,
    /// What is wrong there.
    pub fault: LoadFault,
}

/// What can be wrong with a row. The text names the column.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LoadFault {
    /// The row is not CSV, or has more or fewer cells than the header.
    #[error("not a row of this table: {0}")]
    InvalidRow(String),
    /// The header lacks a column.
    #[error("column {0:?} is missing")]
    MissingColumn(&'static str),
    /// A table on top of another has a column that the other lacks.
    #[error("there is no column {0:?} in this table")]
    UnknownColumn(String),
    /// A required cell is empty.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A cell that has no meaning in its row is not empty.
    #[error("{0} must be empty in this row")]
    NotEmpty(&'static str),
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
    InvalidDecimal {
        /// The column.
        column: &'static str,
        /// What it holds.
        text: String,
    },
    /// A cell is not a number of the kind that its column holds.
    #[error("{column} is not {expected}: {text:?}")]
    InvalidNumber {
        /// The column.
        column: &'static str,
        /// What it should hold.
        expected: &'static str,
        /// What it holds.
        text: String,
    },
    /// A unit that its quantity is not measured in.
    #[error("unit of {quantity} must be {expected}, not {unit:?}")]
    WrongUnit {
        /// The quantity.
        quantity: String,
        /// The unit that the row states.
        unit: String,
        /// The quantity's own.
        expected: &'static str,
    },
    /// A cell is not a date.
    #[error("{column} is not a date such as 2026-11-01: {text:?}")]
    InvalidDate {
        /// The column.
        column: &'static str,
        /// What it holds.
        text: String,
    },
    /// A period ends before it begins, or overlaps another of the same name.
    #[error("valid_to is before valid_from, or the period overlaps that of another row")]
    InvalidPeriod,
    /// A size that is said to be disclosed has different bounds.
    #[error(
        "a disclosed size is one number: total_b_min and total_b_max must be equal, and so must active_b_min and active_b_max"
    )]
    DisclosedRange,
    /// A number that no such thing has: figures made from it would be absurd, or beyond what numbers hold.
    #[error("{column} is {said}")]
    Implausible {
        /// The column.
        column: &'static str,
        /// What stands there, and the least and the most that is taken.
        said: String,
    },
    /// A size whose energy, by the constants of the set, no machine has.
    #[error("1,000 tokens of a model of this size would take {wh} Wh, which is not plausible")]
    ImplausibleEnergy {
        /// Watt hours on the accelerators.
        wh: String,
    },
    /// An entry of an account leads to no model, or to both a model and a class.
    #[error("either model or class must be given")]
    ModelOrClass,
    /// A set of factors holds entries of an account, or the other way round.
    #[error("this table has no place here")]
    Misplaced,
    /// A second source of a size that is no interval, or that nobody estimated.
    #[error("two sources give an interval: parameters must be estimated, and total_b_min below total_b_max")]
    SecondSource,
    /// A last day of checking for a name that does not move, or whose last day is known.
    #[error("checked is for rows with valid_from and without valid_to, and not before valid_from")]
    CheckedRow,
    /// A region has one of PUE and on-site water; it needs both or neither.
    #[error("pue and onsite_water_l_per_kwh must both be given, or neither")]
    IncompleteSite,
    /// Bounds are not in order: for some usage the lower would be above the higher.
    #[error("{low} must not be above {high}")]
    RangeOutOfOrder {
        /// The column of the lower value.
        low: &'static str,
        /// The column of the higher value.
        high: &'static str,
    },
    /// The same id stands in an earlier row.
    #[error("{column} {id:?} is listed twice")]
    Duplicate {
        /// The column.
        column: &'static str,
        /// What it holds.
        id: String,
    },
    /// A cell refers to a row that is not there.
    #[error("{column} {id:?} is not in {table}")]
    NotListed {
        /// The column.
        column: &'static str,
        /// What it holds.
        id: String,
        /// The table that it refers to.
        table: &'static str,
    },
    /// A name is not in the form that lookup normalises names to, so it could never be found.
    #[error("{column} {text:?} must be in lower case, without white space around it")]
    NotNormalized {
        /// The column.
        column: &'static str,
        /// What it holds.
        text: String,
    },
}

pub(crate) type Sources = HashMap<String, Arc<Source>>;
/// Names of factors: each stands once in a set.
pub(crate) type Ids = HashSet<String>;
type Boundaries = HashMap<String, Arc<Boundary>>;

pub(crate) fn sources(layers: &[Layer]) -> Result<Sources, LoadError> {
    let mut sources = HashMap::new();
    for row in Table::open("sources.csv", layers)?.rows() {
        let row = row?;
        let id = row.required("source_id")?.to_owned();
        let source = Source {
            id: id.clone(),
            title: row.required("title")?.to_owned(),
            publisher: row.required("publisher")?.to_owned(),
            published: row.optional("published")?.map(str::to_owned),
            url: row.optional("url")?.map(str::to_owned),
            licence: row.required("licence")?.to_owned(),
            own: None,
        };
        if sources.insert(id.clone(), Arc::new(source)).is_some() {
            return Err(row.duplicate("source_id", &id));
        }
    }
    Ok(sources)
}

fn boundaries(layers: &[Layer]) -> Result<Boundaries, LoadError> {
    let mut boundaries = HashMap::new();
    for row in Table::open("boundaries.csv", layers)?.rows() {
        let row = row?;
        let id = row.required("boundary")?.to_owned();
        let mut covers = [Inclusion::Unknown; Stage::ALL.len()];
        for &stage in Stage::ALL {
            covers[stage as usize] = row.word(stage.as_str(), Inclusion::from_word)?;
        }
        let boundary = Boundary { id: id.clone(), covers };
        if boundaries.insert(id.clone(), Arc::new(boundary)).is_some() {
            return Err(row.duplicate("boundary", &id));
        }
    }
    Ok(boundaries)
}
