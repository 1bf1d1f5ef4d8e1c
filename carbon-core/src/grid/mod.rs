//! Grids in time: the emissions of a kilowatt hour by the hour or by the month, as an account imports them.
//!
//! A factor set has one value a year for each zone. A series is finer, belongs to one account, and is applied where it has
//! a value: that of the hour where the hour of the calls is known and their region was sent, else that of the month, else
//! the set's value of the year. What is missing in a series is never filled in and never zero.

mod read;
mod series;

pub use read::{ReadFault, ReadSeries, read_csv};
pub use series::{SeriesFault, SeriesValues, VALUES_MAX};
pub(crate) use series::{parsed, present_of};

use crate::{factor::Source, words::words};
use jiff::civil::Date;
use std::collections::HashMap;

words! {
    /// How finely a grid value follows time, the finest first.
    GridResolution {
        /// An hour, UTC.
        Hour = "hour",
        /// A calendar month.
        Month = "month",
        /// A year: the value of the factor set.
        Year = "year",
    }
}

/// An imported series, with where it is from.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GridSeries {
    /// The listed zone or cloud region that it holds for: `FRA`, `aws:eu-west-3`.
    pub zone: String,
    /// By the hour or by the month.
    pub resolution: GridResolution,
    /// Who publishes it, and the terms under which the account has it. What the account calls this state of the data, such as
    /// the day on which it was downloaded, stands as when it was published.
    pub source: Source,
    /// SHA-256 of the values: see [`SeriesValues::sha256`].
    pub sha256: String,
    /// SHA-256 of the file that they were imported from, where there was one.
    pub file_sha256: Option<String>,
    /// Who entered it.
    pub entered_by: String,
    /// When, RFC 3339.
    pub entered_at: String,
    id: String,
    first: i64,
    /// For each hour or month from the first on, whether there is a value.
    present: Vec<bool>,
    /// `None` where they are withheld: licensed values leave an account in no evidence.
    values: Option<Vec<f64>>,
}

impl GridSeries {
    /// A name of the values in this series, such as `grid/FRA/hour@1f0c2b6a9d3e`: of other values it is another.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// First hour or month, as text: `2026-01-01T00Z`, `2026-01`.
    pub fn from(&self) -> String {
        series::instant(self.resolution, self.first)
    }

    /// Last hour or month.
    pub fn to(&self) -> String {
        let last = self.first + i64::try_from(self.present.len()).unwrap_or(i64::MAX) - 1;
        series::instant(self.resolution, last)
    }

    /// How many hours or months have a value.
    pub fn known(&self) -> usize {
        self.present.iter().filter(|known| **known).count()
    }

    /// How many have none, between the first and the last.
    pub fn gaps(&self) -> usize {
        self.present.len() - self.known()
    }

    /// Whether the values are not here.
    pub fn is_withheld(&self) -> bool {
        self.values.is_none()
    }

    pub(crate) fn new(
        described: SeriesText<'_>,
        resolution: GridResolution,
        first: i64,
        present: Vec<bool>,
        values: Option<Vec<f64>>,
    ) -> Self {
        let SeriesText { zone, vintage, source, licence, sha256, file_sha256, entered_by, entered_at } =
            described;
        let short = sha256.get(..12).unwrap_or(sha256);
        GridSeries {
            id: format!("grid/{zone}/{resolution}@{short}"),
            zone: zone.to_owned(),
            resolution,
            source: Source {
                id: String::new(),
                title: source.to_owned(),
                publisher: source.to_owned(),
                published: Some(vintage.to_owned()),
                url: None,
                licence: licence.to_owned(),
                own: None,
            },
            sha256: sha256.to_owned(),
            file_sha256: file_sha256.map(str::to_owned),
            entered_by: entered_by.to_owned(),
            entered_at: entered_at.to_owned(),
            first,
            present,
            values,
        }
    }

    /// The same with its values, where these are its own and were withheld.
    pub(crate) fn with_values(&self, given: &SeriesValues) -> Option<Self> {
        let cut = given.cut(&self.zone, self.first, self.present.len())?;
        (cut.resolution == self.resolution && cut.sha256() == self.sha256)
            .then(|| GridSeries { values: Some(cut.as_floats()), ..self.clone() })
    }

    fn place(&self, instant: i64) -> Option<usize> {
        usize::try_from(instant - self.first).ok().filter(|place| *place < self.present.len())
    }
}

/// The texts of a series.
#[derive(Clone, Copy)]
pub(crate) struct SeriesText<'a> {
    pub(crate) zone: &'a str,
    pub(crate) vintage: &'a str,
    pub(crate) source: &'a str,
    pub(crate) licence: &'a str,
    pub(crate) sha256: &'a str,
    pub(crate) file_sha256: Option<&'a str>,
    pub(crate) entered_by: &'a str,
    pub(crate) entered_at: &'a str,
}

/// When a call happened, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct When {
    pub(crate) day: Option<Date>,
    /// Of the day, UTC, where it is known and may be used.
    pub(crate) hour: Option<i8>,
}

/// The series of an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grids {
    series: Vec<GridSeries>,
    /// By the listed name, then by resolution; those that begin last come first.
    places: HashMap<String, HashMap<GridResolution, Vec<usize>>>,
}

impl Grids {
    pub(crate) fn of(series: Vec<GridSeries>) -> Self {
        let mut places: HashMap<String, HashMap<GridResolution, Vec<usize>>> = HashMap::new();
        for (place, one) in series.iter().enumerate() {
            let of_zone = places.entry(one.zone.clone()).or_default();
            of_zone.entry(one.resolution).or_default().push(place);
        }
        for of_one in places.values_mut().flat_map(HashMap::values_mut) {
            of_one.sort_by_key(|place| std::cmp::Reverse(series[*place].first));
        }
        Grids { series, places }
    }

    pub(crate) fn all(&self) -> &[GridSeries] {
        &self.series
    }

    /// The value of the first of these names that has one at that time: by the hour, else by the month. It may be withheld.
    pub(crate) fn found(&self, names: [&str; 2], when: When) -> Option<(&GridSeries, Option<f64>)> {
        let day = when.day.filter(|_| !self.series.is_empty())?;
        let hour = when.hour.map(|hour| (GridResolution::Hour, series::hour_of(day, hour)));
        let month = (GridResolution::Month, series::month_of(day));
        hour.into_iter().chain([month]).find_map(|(resolution, instant)| {
            names.into_iter().find_map(|name| self.value(name, resolution, instant))
        })
    }

    /// The series that begins last of those that reach that time, and its value there, which may be withheld.
    fn value(
        &self,
        name: &str,
        resolution: GridResolution,
        instant: i64,
    ) -> Option<(&GridSeries, Option<f64>)> {
        let places = self.places.get(name)?.get(&resolution)?;
        let mut reaching = places.iter().map(|place| &self.series[*place]);
        let (series, place) = reaching.find_map(|series| Some((series, series.place(instant)?)))?;
        series.present[place].then(|| (series, series.values.as_ref().map(|values| values[place])))
    }
}
