//! CSV rows whose cells are asked for by column, with the line of every fault.

use super::{Boundaries, Ids, LoadError, LoadFault, Sources};
use crate::{
    factor::{Boundary, Source, StatedRate},
    quantity::Quantity,
    usage::Denominator,
};
use csv::StringRecord;
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::sync::Arc;

pub(super) const ABOVE_ZERO: &str = "a number above zero";

/// A CSV text with its header read.
pub(super) struct Table<'a> {
    name: &'static str,
    header: StringRecord,
    text: &'a str,
}

impl<'a> Table<'a> {
    pub(super) fn open(name: &'static str, text: &'a str) -> Result<Self, LoadError> {
        let header = csv::Reader::from_reader(text.as_bytes())
            .headers()
            .map_err(|error| not_a_row(name, 1, &error))?
            .clone();
        Ok(Table { name, header, text })
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Result<Row<'_>, LoadError>> {
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
pub(super) struct Row<'a> {
    table: &'static str,
    header: &'a StringRecord,
    cells: StringRecord,
}

impl Row<'_> {
    pub(super) fn fault(&self, fault: LoadFault) -> LoadError {
        let line = self.cells.position().map_or(0, csv::Position::line);
        LoadError { table: self.table, line, fault }
    }

    pub(super) fn optional(&self, column: &'static str) -> Result<Option<&str>, LoadError> {
        let place = self.header.iter().position(|name| name == column);
        let place = place.ok_or_else(|| self.fault(LoadFault::MissingColumn(column)))?;
        Ok(self.cells.get(place).filter(|cell| !cell.trim().is_empty()))
    }

    pub(super) fn required(&self, column: &'static str) -> Result<&str, LoadError> {
        self.optional(column)?.ok_or_else(|| self.fault(LoadFault::Empty(column)))
    }

    /// A model name, which lookup finds only in its normal form.
    pub(super) fn name(&self, column: &'static str) -> Result<&str, LoadError> {
        let name = self.required(column)?;
        if name == name.trim().to_lowercase() {
            Ok(name)
        } else {
            Err(self.fault(LoadFault::NotNormal(name.to_owned())))
        }
    }

    pub(super) fn word<T>(
        &self,
        column: &'static str,
        from_word: fn(&str) -> Option<T>,
    ) -> Result<T, LoadError> {
        let word = self.required(column)?;
        from_word(word).ok_or_else(|| self.fault(LoadFault::UnknownWord { column, word: word.to_owned() }))
    }

    pub(super) fn source(&self, sources: &Sources) -> Result<Arc<Source>, LoadError> {
        self.source_in("source_id", sources)
    }

    pub(super) fn source_in(
        &self,
        column: &'static str,
        sources: &Sources,
    ) -> Result<Arc<Source>, LoadError> {
        let id = self.required(column)?;
        sources.get(id).cloned().ok_or_else(|| self.fault(LoadFault::NoSuchSource(id.to_owned())))
    }

    /// The name of a factor, which no other has.
    pub(super) fn factor_id(&self, ids: &mut Ids) -> Result<String, LoadError> {
        let id = self.required("factor_id")?;
        if ids.insert(id.to_owned()) {
            Ok(id.to_owned())
        } else {
            Err(self.fault(LoadFault::Duplicate(id.to_owned())))
        }
    }

    /// A number above zero.
    pub(super) fn positive(&self, column: &'static str) -> Result<f64, LoadError> {
        self.number(column, ABOVE_ZERO, |number| number > 0.0)
    }

    /// Zero, or a number above it.
    pub(super) fn not_negative(&self, column: &'static str) -> Result<f64, LoadError> {
        self.number(column, "zero or a number above it", |number| number >= 0.0)
    }

    /// Facility energy over IT energy, which it includes.
    pub(super) fn pue(&self, column: &'static str) -> Result<f64, LoadError> {
        self.number(column, "a PUE, 1 or above", |number| number >= 1.0)
    }

    /// A lower and an upper bound.
    pub(super) fn bounds(
        &self,
        low: Result<f64, LoadError>,
        high: Result<f64, LoadError>,
    ) -> Result<[f64; 2], LoadError> {
        let bounds = [low?, high?];
        if bounds[0] <= bounds[1] { Ok(bounds) } else { Err(self.fault(LoadFault::RangeOutOfOrder)) }
    }

    pub(super) fn optional_year(&self, column: &'static str) -> Result<Option<u16>, LoadError> {
        let Some(text) = self.optional(column)? else { return Ok(None) };
        let year = text.parse().ok().filter(|year| (1990..2100).contains(year));
        let fault = || LoadFault::NotANumber { column, expected: "a year", text: text.to_owned() };
        year.map(Some).ok_or_else(|| self.fault(fault()))
    }

    fn number(
        &self,
        column: &'static str,
        expected: &'static str,
        admits: fn(f64) -> bool,
    ) -> Result<f64, LoadError> {
        let text = self.required(column)?;
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && admits(*number));
        number.ok_or_else(|| self.fault(LoadFault::NotANumber { column, expected, text: text.to_owned() }))
    }

    pub(super) fn boundary(&self, boundaries: &Boundaries) -> Result<Arc<Boundary>, LoadError> {
        let id = self.required("boundary")?;
        boundaries.get(id).cloned().ok_or_else(|| self.fault(LoadFault::NoSuchBoundary(id.to_owned())))
    }

    pub(super) fn day(&self, column: &'static str) -> Result<Date, LoadError> {
        self.optional_day(column)?.ok_or_else(|| self.fault(LoadFault::Empty(column)))
    }

    pub(super) fn optional_day(&self, column: &'static str) -> Result<Option<Date>, LoadError> {
        let Some(text) = self.optional(column)? else { return Ok(None) };
        let day = text.parse::<Date>().ok().filter(|day| day.to_string() == text);
        day.map(Some).ok_or_else(|| self.fault(LoadFault::NotADay { column, text: text.to_owned() }))
    }

    pub(super) fn rate<Q: Quantity>(
        &self,
        value: &'static str,
        per: &'static str,
    ) -> Result<StatedRate<Q>, LoadError> {
        let text = self.required(value)?;
        let denominator = self.word(per, Denominator::from_word)?;
        if !StatedRate::<Q>::can_be_per(denominator) {
            let word = denominator.as_str().to_owned();
            return Err(self.fault(LoadFault::UnknownWord { column: per, word }));
        }
        Decimal::from_str_exact(text)
            .ok()
            .and_then(|number| StatedRate::new(number, denominator))
            .ok_or_else(|| self.fault(LoadFault::NotADecimal { column: value, text: text.to_owned() }))
    }
}
