//! Reading the constants of the method.

use super::{LoadError, LoadFault, Sources, table::Table};
use crate::{
    energy::constants::{Constant, Constants, Has},
    factor::Source,
    load::tables::Layer,
};
use std::{collections::HashSet, sync::Arc};

/// A constant of the method as a set states it.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodConstant {
    pub(crate) key: Constant,
    pub(crate) value: Option<f64>,
    pub(crate) gsd: Option<f64>,
    pub(crate) reason: String,
    pub(crate) source: Arc<Source>,
}

impl MethodConstant {
    /// Its key in `method.csv`.
    pub fn key(&self) -> Constant {
        self.key
    }

    /// Its value; `None` where the figures of other tables are meant, about which it is a spread.
    pub fn value(&self) -> Option<f64> {
        self.value
    }

    /// The unit of the value; `1` for ratios.
    pub fn unit(&self) -> &'static str {
        self.key.unit()
    }

    /// Its geometric standard deviation; `None` where it is taken as it is.
    pub fn gsd(&self) -> Option<f64> {
        self.gsd
    }

    /// Why it is what it is, in a sentence.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Where it comes from.
    pub fn source(&self) -> &Source {
        &self.source
    }
}

/// The constants of a set, and its rows. A row of a layer further up replaces that of the same key; a set without any has
/// the method of `2026.11`.
pub(crate) fn method(
    layers: &[Layer],
    sources: &Sources,
) -> Result<(Constants, Vec<MethodConstant>), LoadError> {
    let mut constants = Constants::of_2026_11();
    let mut rows: Vec<MethodConstant> = Vec::new();
    let mut seen = HashSet::new();
    let table = Table::open("method.csv", layers)?;
    for row in table.rows() {
        let row = row?;
        let key = row.word("key", Constant::from_word)?;
        if !seen.insert((row.layer(), key)) {
            return Err(row.duplicate("key", key.as_str()));
        }
        let (unit, expected) = (row.required("unit")?, key.unit());
        if unit != expected {
            let (quantity, unit) = (key.to_string(), unit.to_owned());
            return Err(row.fault(LoadFault::WrongUnit { quantity, unit, expected }));
        }
        let value = match key.has() {
            Has::Slope => Some(row.finite("value")?),
            Has::Value | Has::Both => Some(row.positive("value")?),
            Has::Spread => row.nothing("value")?,
        };
        let gsd = match key.has() {
            Has::Spread | Has::Both => Some(row.spread("gsd")?),
            Has::Value | Has::Slope => row.nothing("gsd")?,
        };
        constants.set(key, value.unwrap_or(1.0), gsd.unwrap_or(1.0));
        let (reason, source) = (row.required("reason")?.to_owned(), row.source(sources)?);
        let constant = MethodConstant { key, value, gsd, reason, source };
        match rows.iter_mut().find(|known| known.key == key) {
            Some(known) => *known = constant,
            None => rows.push(constant),
        }
    }
    // A method is whole: what it does not say would else be that of another.
    let missing = Constant::ALL.iter().find(|key| !rows.iter().any(|row| row.key == **key));
    match missing {
        Some(key) if !rows.is_empty() => Err(table.lacks("key", key.as_str())),
        _ => Ok((constants, rows)),
    }
}
