//! Reading the constants of the method.

use super::{
    LoadError, LoadFault, Sources,
    table::{Table, TableRow},
};
use crate::{
    energy::constants::{Constant, Constants, Has, OF_2026_11},
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
    pub(crate) reason: Option<String>,
    pub(crate) source: Option<Arc<Source>>,
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

    /// Why it is what it is, in a sentence; `None` in sets without the table, whose constants the methodology explains.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// Where it comes from; `None` in sets without the table.
    pub fn source(&self) -> Option<&Source> {
        self.source.as_deref()
    }
}

/// The constants of a set, and its rows. A row of a layer further up replaces that of the same key; a set without any has
/// the method of `2026.11`.
pub(crate) fn method(
    layers: &[Layer],
    sources: &Sources,
) -> Result<(Constants, Vec<MethodConstant>), LoadError> {
    let table = Table::open("method.csv", layers)?;
    let mut rows: Vec<MethodConstant> = Vec::new();
    let mut seen = HashSet::new();
    for row in table.rows() {
        let row = row?;
        let constant = constant(&row, sources)?;
        if !seen.insert((row.layer(), constant.key)) {
            return Err(row.duplicate("key", constant.key.as_str()));
        }
        match rows.iter_mut().find(|known| known.key == constant.key) {
            Some(known) => *known = constant,
            None => rows.push(constant),
        }
    }
    if rows.is_empty() {
        rows = of_2026_11();
    }
    // A method is whole: what it does not say would else be that of another.
    if let Some(key) = Constant::ALL.iter().find(|key| !rows.iter().any(|row| row.key == **key)) {
        return Err(table.lacks("key", key.as_str()));
    }
    let mut constants = Constants::default();
    for row in &rows {
        constants.set(row.key, row.value.unwrap_or(1.0), row.gsd.unwrap_or(1.0));
    }
    Ok((constants, rows))
}

fn constant(row: &TableRow<'_>, sources: &Sources) -> Result<MethodConstant, LoadError> {
    let key = row.word("key", Constant::from_word)?;
    let (unit, expected) = (row.required("unit")?, key.unit());
    if unit != expected {
        let (quantity, unit) = (key.to_string(), unit.to_owned());
        return Err(row.fault(LoadFault::WrongUnit { quantity, unit, expected }));
    }
    Ok(MethodConstant {
        key,
        value: match key.has() {
            Has::Slope => Some(row.slope("value", 20.0)?),
            Has::Share => Some(row.share("value")?),
            Has::Value | Has::Both => Some(row.plausible("value", [f64::MIN_POSITIVE, key.most()])?),
            Has::Spread => row.nothing("value")?,
        },
        gsd: match key.has() {
            Has::Spread | Has::Both => Some(row.spread("gsd")?),
            Has::Value | Has::Share | Has::Slope => row.nothing("gsd")?,
        },
        reason: Some(row.required("reason")?.to_owned()),
        source: Some(row.source(sources)?),
    })
}

/// The constants of the sets that state none.
fn of_2026_11() -> Vec<MethodConstant> {
    let row = |(key, value, gsd): (Constant, f64, f64)| MethodConstant {
        key,
        value: (key.has() != Has::Spread).then_some(value),
        gsd: matches!(key.has(), Has::Spread | Has::Both).then_some(gsd),
        reason: None,
        source: None,
    };
    OF_2026_11.into_iter().map(row).collect()
}
