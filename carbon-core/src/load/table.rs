//! CSV rows whose cells are asked for by column, with the line of every fault.

use super::{Boundaries, Ids, LoadError, LoadFault, Sources};
use crate::{
    factor::{Boundary, Source, StatedRate},
    load::tables::Layer,
    quantity::Quantity,
    usage::Denominator,
};
use csv::StringRecord;
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::{collections::HashMap, str::FromStr, sync::Arc};

pub(super) const ABOVE_ZERO: &str = "a number above zero";

/// A table with its headers read: the rows of every layer that has it.
pub(super) struct Table<'a> {
    name: &'static str,
    parts: Vec<Part<'a>>,
}

/// What one layer has of a table.
struct Part<'a> {
    layer: usize,
    /// Version of the set, where the tables being loaded are on top of it.
    base: Option<&'a str>,
    header: StringRecord,
    text: &'a str,
}

impl<'a> Table<'a> {
    pub(super) fn open(name: &'static str, layers: &'a [Layer]) -> Result<Self, LoadError> {
        let mut parts = Vec::new();
        for (layer, Layer { version, tables }) in layers.iter().enumerate() {
            let Some(text) = tables.text(name) else { continue };
            let base = (layer + 1 < layers.len()).then_some(version.as_str());
            let header = csv::Reader::from_reader(text.as_bytes())
                .headers()
                .map_err(|error| invalid_row(name, base, 1, &error))?
                .clone();
            parts.push(Part { layer, base, header, text });
        }
        Ok(Table { name, parts })
    }

    /// The table has no row for a key that it must have.
    pub(super) fn lacks(&self, column: &'static str, key: &str) -> LoadError {
        let id = key.to_owned();
        let fault = LoadFault::NotListed { column, id, table: self.name };
        LoadError { table: self.name, base: None, line: 1, fault }
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Result<TableRow<'_>, LoadError>> {
        self.parts.iter().flat_map(move |part| {
            csv::Reader::from_reader(part.text.as_bytes()).into_records().map(move |record| match record {
                Ok(cells) => Ok(TableRow { table: self.name, part, cells }),
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    Err(invalid_row(self.name, part.base, line, &error))
                }
            })
        })
    }
}

pub(super) fn invalid_row(
    table: &'static str,
    base: Option<&str>,
    line: u64,
    error: &csv::Error,
) -> LoadError {
    LoadError { table, base: base.map(str::to_owned), line, fault: LoadFault::InvalidRow(error.to_string()) }
}

/// One row, whose cells are asked for by column.
pub(super) struct TableRow<'a> {
    table: &'static str,
    part: &'a Part<'a>,
    cells: StringRecord,
}

/// What each row of a table about models says, by model.
pub(super) fn by_model<T>(
    file: &'static str,
    layers: &[Layer],
    read: impl Fn(&TableRow<'_>) -> Result<T, LoadError>,
) -> Result<HashMap<String, T>, LoadError> {
    let mut found = HashMap::new();
    for row in Table::open(file, layers)?.rows() {
        let row = row?;
        let model = row.name("model")?;
        if found.insert(model.to_owned(), read(&row)?).is_some() {
            return Err(row.duplicate("model", model));
        }
    }
    Ok(found)
}

impl TableRow<'_> {
    pub(super) fn fault(&self, fault: LoadFault) -> LoadError {
        let line = self.cells.position().map_or(0, csv::Position::line);
        LoadError { table: self.table, base: self.part.base.map(str::to_owned), line, fault }
    }

    /// Which of the layers it is from.
    pub(super) fn layer(&self) -> usize {
        self.part.layer
    }

    /// The id in a column stands in an earlier row.
    pub(super) fn duplicate(&self, column: &'static str, id: &str) -> LoadError {
        self.fault(LoadFault::Duplicate { column, id: id.to_owned() })
    }

    /// The id in a column is not in the table that it refers to.
    pub(super) fn not_listed(&self, column: &'static str, id: &str, table: &'static str) -> LoadError {
        self.fault(LoadFault::NotListed { column, id: id.to_owned(), table })
    }

    pub(super) fn optional(&self, column: &'static str) -> Result<Option<&str>, LoadError> {
        if self.has(column) {
            Ok(self.cell(column))
        } else {
            Err(self.fault(LoadFault::MissingColumn(column)))
        }
    }

    /// Whether the table has the column: older ones lack some.
    pub(super) fn has(&self, column: &str) -> bool {
        self.part.header.iter().any(|name| name == column)
    }

    /// A cell that may be empty, of a column that may be missing.
    pub(super) fn cell(&self, column: &str) -> Option<&str> {
        let place = self.part.header.iter().position(|name| name == column)?;
        let cell = self.cells.get(place)?;
        // Own entries are texts that people choose: an apostrophe is before each that a spreadsheet would run.
        let cell = cell.strip_prefix('\'').filter(|_| self.table.starts_with("own_")).unwrap_or(cell);
        Some(cell).filter(|cell| !cell.trim().is_empty())
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
            Err(self.fault(LoadFault::NotNormalized { column, text: name.to_owned() }))
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
        sources.get(id).cloned().ok_or_else(|| self.not_listed(column, id, "sources.csv"))
    }

    /// The name of a factor, which no other has.
    pub(super) fn factor_id(&self, ids: &mut Ids) -> Result<String, LoadError> {
        let id = self.required("factor_id")?;
        if ids.insert(id.to_owned()) { Ok(id.to_owned()) } else { Err(self.duplicate("factor_id", id)) }
    }

    /// A whole number of that type.
    pub(super) fn integer<T: FromStr>(&self, column: &'static str) -> Result<T, LoadError> {
        let text = self.required(column)?;
        let fault = || LoadFault::InvalidNumber { column, expected: "a whole number", text: text.to_owned() };
        text.parse().map_err(|_| self.fault(fault()))
    }

    /// A number above zero.
    pub(super) fn positive(&self, column: &'static str) -> Result<f64, LoadError> {
        self.number(column, ABOVE_ZERO, |number| number > 0.0)
    }

    /// A number above zero, between bounds beyond which no such thing lies.
    pub(super) fn plausible(&self, column: &'static str, [least, most]: [f64; 2]) -> Result<f64, LoadError> {
        let number = self.positive(column)?;
        self.check_plausible(column, number, [least, most])
    }

    /// A number of either sign, no further from zero than that.
    pub(super) fn slope(&self, column: &'static str, most: f64) -> Result<f64, LoadError> {
        let number = self.number(column, "a number", |_| true)?;
        self.check_plausible(column, number, [-most, most])
    }

    fn check_plausible(
        &self,
        column: &'static str,
        number: f64,
        [least, most]: [f64; 2],
    ) -> Result<f64, LoadError> {
        if (least..=most).contains(&number) {
            return Ok(number);
        }
        let text = self.required(column)?.to_owned();
        let said = format!("{text:?}; plausible is {least} to {most}");
        Err(self.fault(LoadFault::Implausible { column, said }))
    }

    /// A part of a whole.
    pub(super) fn share(&self, column: &'static str) -> Result<f64, LoadError> {
        self.number(column, "a share, between 0 and 1", |number| (0.0..=1.0).contains(&number))
    }

    /// A geometric standard deviation.
    pub(super) fn spread(&self, column: &'static str) -> Result<f64, LoadError> {
        const MOST: f64 = 100.0;
        let number =
            self.number(column, "a geometric standard deviation, 1 or above", |number| number >= 1.0)?;
        self.check_plausible(column, number, [1.0, MOST])
    }

    /// An empty cell: for this row its column has no meaning.
    pub(super) fn nothing<T>(&self, column: &'static str) -> Result<Option<T>, LoadError> {
        match self.optional(column)? {
            None => Ok(None),
            Some(_) => Err(self.fault(LoadFault::NotEmpty(column))),
        }
    }

    /// A whole number above zero, or none.
    pub(super) fn optional_count(&self, column: &'static str) -> Result<Option<u64>, LoadError> {
        let Some(text) = self.optional(column)? else { return Ok(None) };
        let count = text.parse().ok().filter(|count| *count > 0);
        let expected = "a whole number above zero";
        let fault = || LoadFault::InvalidNumber { column, expected, text: text.to_owned() };
        count.map(Some).ok_or_else(|| self.fault(fault()))
    }

    /// Zero, or a number above it.
    pub(super) fn not_negative(&self, column: &'static str) -> Result<f64, LoadError> {
        self.number(column, "zero or a number above it", |number| number >= 0.0)
    }

    /// Facility energy over IT energy, which it includes.
    pub(super) fn pue(&self, column: &'static str) -> Result<f64, LoadError> {
        const MOST: f64 = 10.0;
        let number = self.number(column, "a PUE, 1 or above", |number| number >= 1.0)?;
        self.check_plausible(column, number, [1.0, MOST])
    }

    /// A lower and an upper bound, each read by `read`.
    pub(super) fn bounds(
        &self,
        columns: [&'static str; 2],
        read: fn(&Self, &'static str) -> Result<f64, LoadError>,
    ) -> Result<[f64; 2], LoadError> {
        let bounds = [read(self, columns[0])?, read(self, columns[1])?];
        let [low, high] = columns;
        if bounds[0] <= bounds[1] {
            Ok(bounds)
        } else {
            Err(self.fault(LoadFault::RangeOutOfOrder { low, high }))
        }
    }

    pub(super) fn optional_year(&self, column: &'static str) -> Result<Option<u16>, LoadError> {
        let Some(text) = self.optional(column)? else { return Ok(None) };
        let year = text.parse().ok().filter(|year| (1990..2100).contains(year));
        let fault = || LoadFault::InvalidNumber { column, expected: "a year", text: text.to_owned() };
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
        number.ok_or_else(|| self.fault(LoadFault::InvalidNumber { column, expected, text: text.to_owned() }))
    }

    pub(super) fn boundary(&self, boundaries: &Boundaries) -> Result<Arc<Boundary>, LoadError> {
        let id = self.required("boundary")?;
        boundaries.get(id).cloned().ok_or_else(|| self.not_listed("boundary", id, "boundaries.csv"))
    }

    pub(super) fn day(&self, column: &'static str) -> Result<Date, LoadError> {
        self.optional_day(column)?.ok_or_else(|| self.fault(LoadFault::Empty(column)))
    }

    pub(super) fn optional_day(&self, column: &'static str) -> Result<Option<Date>, LoadError> {
        let Some(text) = self.optional(column)? else { return Ok(None) };
        let day = text.parse::<Date>().ok().filter(|day| day.to_string() == text);
        day.map(Some).ok_or_else(|| self.fault(LoadFault::InvalidDate { column, text: text.to_owned() }))
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
            .ok_or_else(|| self.fault(LoadFault::InvalidDecimal { column: value, text: text.to_owned() }))
    }
}
