//! Reading series from the CSV files that people have.

use super::{
    GridResolution,
    series::{self, SeriesFault, SeriesValues},
};
use csv::StringRecord;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use thiserror::Error;

/// A series as a file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadSeries {
    /// Its values. Of more hours than a series has there are several, one for each year.
    pub values: SeriesValues,
    /// Who publishes it, as the file says.
    pub source: String,
    /// The terms that the file states.
    pub licence: String,
}

/// What cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {fault}")]
#[non_exhaustive]
pub struct ReadFault {
    /// From 1.
    pub line: u64,
    /// What is wrong there.
    pub fault: String,
}

/// Reads `zone,hour_utc,g_kwh,source,licence`, `zone,month,g_kwh,source,licence`, or the monthly table that Ember publishes.
///
/// Columns may stand in any order and others beside them. An hour is RFC 3339; without an offset it is UTC. An empty `g_kwh` is a gap.
/// Of Ember's table the rows of the variable *CO2 intensity* are read, of areas that have an ISO code.
///
/// ```
/// use carbon_core::grid::read_csv;
/// let csv = "zone,hour_utc,g_kwh,source,licence\n\
///            FRA,2026-10-25T02:00+02:00,38.5,Grid operator,own contract\n\
///            FRA,2026-10-25T02:00+01:00,41,Grid operator,own contract\n";
/// let [series] = read_csv(csv)?.try_into().unwrap();
/// assert_eq!((series.values.from(), series.values.text()), ("2026-10-25T00Z".to_owned(), "38.5 41".to_owned()));
/// let error = read_csv("zone,month,g_kwh,source,licence\nFRA,2026-01,0,Ember,CC BY 4.0\n").unwrap_err();
/// assert!(error.to_string().starts_with("line 2: g_kwh"));
/// # Ok::<(), carbon_core::grid::ReadFault>(())
/// ```
///
/// # Errors
/// [`ReadFault`]: the first line that cannot be read.
pub fn read_csv(text: &str) -> Result<Vec<ReadSeries>, ReadFault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| fault(1, error.to_string()))?.clone();
    let columns = Columns::of(&header)?;
    let mut found: BTreeMap<Key, BTreeMap<i64, Option<Decimal>>> = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            fault(line, error.to_string())
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let Some((key, instant, value)) = columns.row(&record).map_err(|text| fault(line, text))? else {
            continue;
        };
        let shown = || series::instant(columns.resolution, instant);
        if found.entry(key.clone()).or_default().insert(instant, value).is_some() {
            let text = format!("{} has {} twice: times without an offset must be UTC", key.zone, shown());
            return Err(fault(line, text));
        }
    }
    let mut all = Vec::new();
    for (key, values) in found {
        for part in parts(columns.resolution, &values) {
            let (Some((first, _)), Some((last, _))) = (part.first(), part.last()) else { continue };
            let between = (*first..=*last).map(|instant| values.get(&instant).copied().flatten());
            match SeriesValues::of(&key.zone, columns.resolution, *first, between.collect()) {
                Ok(values) => {
                    all.push(ReadSeries { values, source: key.source.clone(), licence: key.licence.clone() });
                }
                Err(SeriesFault::Empty) => {}
                Err(error) => return Err(fault(1, format!("{}: {error}", key.zone))),
            }
        }
    }
    Ok(all)
}

fn fault(line: u64, fault: impl Into<String>) -> ReadFault {
    ReadFault { line, fault: fault.into() }
}

/// Hours of one calendar year together, months all together.
fn parts(
    resolution: GridResolution,
    values: &BTreeMap<i64, Option<Decimal>>,
) -> Vec<Vec<(i64, Option<Decimal>)>> {
    let year = |instant: i64| match resolution {
        GridResolution::Hour => series::instant(resolution, instant).chars().take(4).collect(),
        GridResolution::Month | GridResolution::Year => String::new(),
    };
    let mut parts: BTreeMap<String, Vec<(i64, Option<Decimal>)>> = BTreeMap::new();
    for (instant, value) in values {
        parts.entry(year(*instant)).or_default().push((*instant, *value));
    }
    parts.into_values().collect()
}

/// What makes a series of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    zone: String,
    source: String,
    licence: String,
}

struct Columns {
    resolution: GridResolution,
    zone: usize,
    time: usize,
    value: usize,
    /// Source and licence, or the columns that say which rows of Ember's table are meant.
    told: Told,
}

enum Told {
    InFile { source: usize, licence: usize },
    Ember { variable: usize, unit: usize },
}

const EMBER: [&str; 2] = ["Ember, monthly electricity data", "CC BY 4.0"];

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, ReadFault> {
        let place = |name: &str| header.iter().position(|column| column.trim().eq_ignore_ascii_case(name));
        let needed = |name: &str| place(name).ok_or_else(|| fault(1, format!("column {name:?} is missing")));
        if let (Some(zone), Some(variable)) = (place("ISO 3 code"), place("Variable")) {
            return Ok(Columns {
                resolution: GridResolution::Month,
                zone,
                time: needed("Date")?,
                value: needed("Value")?,
                told: Told::Ember { variable, unit: needed("Unit")? },
            });
        }
        // A spreadsheet's own way of writing a table: the whole head is one column.
        let only = header.get(0).filter(|_| header.len() == 1).unwrap_or_default();
        if let Some(separator) = [";", "\t"].into_iter().find(|separator| only.contains(separator)) {
            let text = format!(
                "columns are separated by {separator:?}: separate them by commas, and write decimals with a point"
            );
            return Err(fault(1, text));
        }
        let (resolution, time) = match (place("hour_utc"), place("month")) {
            (Some(time), None) => (GridResolution::Hour, time),
            (None, Some(time)) => (GridResolution::Month, time),
            _ => return Err(fault(1, "needs one of the columns \"hour_utc\" and \"month\"")),
        };
        Ok(Columns {
            resolution,
            zone: needed("zone")?,
            time,
            value: needed("g_kwh")?,
            told: Told::InFile { source: needed("source")?, licence: needed("licence")? },
        })
    }

    /// `None` for a row that says nothing of a grid's intensity.
    fn row(&self, record: &StringRecord) -> Result<Option<(Key, i64, Option<Decimal>)>, String> {
        let cell = |place: usize| record.get(place).unwrap_or("").trim();
        let (zone, time, number) = (cell(self.zone), cell(self.time), cell(self.value));
        let [source, licence] = match self.told {
            Told::InFile { source, licence } => [cell(source), cell(licence)],
            Told::Ember { variable, unit } => {
                if !cell(variable).eq_ignore_ascii_case("CO2 intensity") || zone.is_empty() {
                    return Ok(None);
                }
                let unit = cell(unit);
                if !unit.to_ascii_lowercase().starts_with("gco2") {
                    return Err(format!("Unit must be gCO2/kWh or gCO2e per kWh, not {unit:?}"));
                }
                EMBER
            }
        };
        for (column, text) in [("zone", zone), ("source", source), ("licence", licence)] {
            if text.is_empty() {
                return Err(format!("{column} is empty"));
            }
        }
        let instant = match self.resolution {
            GridResolution::Hour => series::hour_in(time).ok_or_else(|| {
                format!("hour_utc must be the beginning of an hour such as 2026-01-01T00:00Z, not {time:?}")
            })?,
            GridResolution::Month | GridResolution::Year => series::month_in(time)
                .ok_or_else(|| format!("the month must be one such as 2026-01, not {time:?}"))?,
        };
        let value = match number {
            "" => None,
            _ => Some(series::value(number).ok_or_else(|| {
                format!(
                    "g_kwh must be 0.01 to 5,000 with at most 12 digits, not {number:?}; leave it empty where it is not known"
                )
            })?),
        };
        let [zone, source, licence] = [zone, source, licence].map(str::to_owned);
        Ok(Some((Key { zone, source, licence }, instant, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embers_monthly_table_is_read_as_it_is() {
        let csv = "Area,ISO 3 code,Date,Category,Subcategory,Variable,Unit,Value\n\
                   France,FRA,2026-01-01,Electricity generation,Fuel,Wind,TWh,4.1\n\
                   France,FRA,2026-01-01,Power sector emissions,CO2 intensity,CO2 intensity,gCO2/kWh,40.12\n\
                   France,FRA,2026-03-01,Power sector emissions,CO2 intensity,CO2 intensity,gCO2/kWh,33.5\n\
                   EU,,2026-01-01,Power sector emissions,CO2 intensity,CO2 intensity,gCO2/kWh,210\n";
        let [series] = read_csv(csv).unwrap().try_into().unwrap();
        assert_eq!(series.values.text(), "40.12 - 33.5");
        assert_eq!([series.source.as_str(), series.licence.as_str()], EMBER);
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_line() {
        let head = "zone,hour_utc,g_kwh,source,licence\n";
        for (rows, expect) in [
            ("FRA,2026-10-25T02:30Z,40,S,L\n", "line 2: hour_utc must be the beginning of an hour"),
            ("FRA,2026-10-25T02:00Z,40,S,\n", "line 2: licence is empty"),
            (
                "FRA,2026-10-25 02:00,40,S,L\nFRA,2026-10-25 02:00,41,S,L\n",
                "line 3: FRA has 2026-10-25T02Z twice: times without an offset must be UTC",
            ),
            ("FRA,2026-10-25T02:00Z,1e9,S,L\n", "line 2: g_kwh must be 0.01 to 5,000"),
        ] {
            let error = read_csv(&format!("{head}{rows}")).unwrap_err().to_string();
            assert!(error.starts_with(expect), "{error}");
        }
        for separator in [";", "\t"] {
            let table = format!("{head}FRA,2026-10-25T02:00Z,40,S,L\n").replace(',', separator);
            let error = read_csv(&table).unwrap_err().to_string();
            assert!(error.starts_with("line 1: columns are separated by"), "{error}");
        }
        let error = read_csv("zone,hour,g_kwh,source,licence\n").unwrap_err().to_string();
        assert_eq!(error, "line 1: needs one of the columns \"hour_utc\" and \"month\"");
    }

    #[test]
    fn hours_of_two_years_are_two_series() {
        let csv = "zone,hour_utc,g_kwh,source,licence\n\
                   FRA,2027-12-31T23:00Z,40,S,L\n\
                   FRA,2028-01-01T00:00Z,,S,L\n\
                   FRA,2028-02-29T05:00Z,42,S,L\n";
        let [old, new] = read_csv(csv).unwrap().try_into().unwrap();
        assert_eq!((old.values.known(), new.values.from().as_str()), (1, "2028-01-01T00Z"));
        assert_eq!((new.values.known(), new.values.to().as_str()), (1, "2028-02-29T05Z"));
    }
}
