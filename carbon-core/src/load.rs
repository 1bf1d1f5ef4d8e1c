//! Reading the tables of a factor set, and refusing those that no auditor would accept.

use crate::{Confidence, Denominator, EmissionFactor, Method, RangeBasis, Rate, Source};
use csv::StringRecord;
use rust_decimal::Decimal;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
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
    /// `low <= central <= high` does not hold for every usage.
    #[error("low, central and high are not in order")]
    RangeOutOfOrder,
    /// The same id stands in an earlier row.
    #[error("{0:?} stands here a second time")]
    Duplicate(String),
    /// The row names a source that `sources.csv` does not have.
    #[error("source {0:?} is not listed")]
    NoSuchSource(String),
    /// An alias leads to a model without a factor.
    #[error("alias {alias:?} leads to {model:?}, which has no factor")]
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

pub(crate) fn sources(text: &str) -> Result<HashMap<String, Arc<Source>>, LoadError> {
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

pub(crate) fn factors(
    text: &str,
    sources: &HashMap<String, Arc<Source>>,
) -> Result<Vec<EmissionFactor>, LoadError> {
    let mut factors: Vec<EmissionFactor> = Vec::new();
    let mut seen = HashSet::new();
    for row in Table::open("factors.csv", text)?.rows() {
        let row = row?;
        let source_id = row.required("source_id")?;
        let factor = EmissionFactor {
            id: row.required("factor_id")?.to_owned(),
            model: row.name("model")?.to_owned(),
            method: row.word("method", Method::from_word)?,
            low: row.rate("low", "low_per")?,
            central: row.rate("central", "central_per")?,
            high: row.rate("high", "high_per")?,
            range_basis: row.word("range_basis", RangeBasis::from_word)?,
            confidence: row.word("confidence", Confidence::from_word)?,
            source: sources
                .get(source_id)
                .ok_or_else(|| row.fault(LoadFault::NoSuchSource(source_id.to_owned())))?
                .clone(),
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

pub(crate) fn aliases(text: &str, factors: &[EmissionFactor]) -> Result<Vec<(String, usize)>, LoadError> {
    let mut seen: HashSet<&str> = factors.iter().map(|factor| factor.model.as_str()).collect();
    let mut aliases = Vec::new();
    let table = Table::open("aliases.csv", text)?;
    let rows = table.rows().collect::<Result<Vec<_>, _>>()?;
    for row in &rows {
        let (alias, model) = (row.name("alias")?, row.required("model")?);
        row.required("evidence")?;
        let Some(place) = factors.iter().position(|factor| factor.model == model) else {
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

/// A CSV text with its header read.
struct Table<'a> {
    name: &'static str,
    header: StringRecord,
    text: &'a str,
}

impl<'a> Table<'a> {
    fn open(name: &'static str, text: &'a str) -> Result<Self, LoadError> {
        let header = csv::Reader::from_reader(text.as_bytes())
            .headers()
            .map_err(|error| not_a_row(name, 1, &error))?
            .clone();
        Ok(Table { name, header, text })
    }

    fn rows(&self) -> impl Iterator<Item = Result<Row<'_>, LoadError>> {
        csv::Reader::from_reader(self.text.as_bytes()).into_records().map(move |record| match record {
            Ok(cells) => Ok(Row { table: self.name, header: &self.header, cells }),
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                Err(not_a_row(self.name, line, &error))
            }
        })
    }
}

fn not_a_row(table: &'static str, line: u64, error: &csv::Error) -> LoadError {
    LoadError { table, line, fault: LoadFault::NotARow(error.to_string()) }
}

/// One row, whose cells are asked for by column.
struct Row<'a> {
    table: &'static str,
    header: &'a StringRecord,
    cells: StringRecord,
}

impl Row<'_> {
    fn fault(&self, fault: LoadFault) -> LoadError {
        let line = self.cells.position().map_or(0, csv::Position::line);
        LoadError { table: self.table, line, fault }
    }

    fn optional(&self, column: &'static str) -> Result<Option<&str>, LoadError> {
        let place = self.header.iter().position(|name| name == column);
        let place = place.ok_or_else(|| self.fault(LoadFault::MissingColumn(column)))?;
        Ok(self.cells.get(place).filter(|cell| !cell.trim().is_empty()))
    }

    fn required(&self, column: &'static str) -> Result<&str, LoadError> {
        self.optional(column)?.ok_or_else(|| self.fault(LoadFault::Empty(column)))
    }

    /// A model name, which lookup finds only in its normal form.
    fn name(&self, column: &'static str) -> Result<&str, LoadError> {
        let name = self.required(column)?;
        if name == name.trim().to_lowercase() {
            Ok(name)
        } else {
            Err(self.fault(LoadFault::NotNormal(name.to_owned())))
        }
    }

    fn word<T>(&self, column: &'static str, from_word: fn(&str) -> Option<T>) -> Result<T, LoadError> {
        let word = self.required(column)?;
        from_word(word).ok_or_else(|| self.fault(LoadFault::UnknownWord { column, word: word.to_owned() }))
    }

    fn rate(&self, value: &'static str, per: &'static str) -> Result<Rate, LoadError> {
        let text = self.required(value)?;
        let per = self.word(per, Denominator::from_word)?;
        Decimal::from_str_exact(text)
            .ok()
            .and_then(|grams| Rate::new(grams, per))
            .ok_or_else(|| self.fault(LoadFault::NotADecimal { column: value, text: text.to_owned() }))
    }
}
