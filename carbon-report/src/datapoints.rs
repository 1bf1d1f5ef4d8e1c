//! Which paragraph of which standard asks for which of our fields: `data/datapoints.csv`, a versioned table.
//!
//! A row holds for the client's financial years that it names. What we do not know of a standard is left blank:
//! the paragraph numbers of the revised ESRS have not been read, so none are printed.

use serde::Serialize;
use std::sync::LazyLock;

/// A line of a standard, and where this statement answers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Datapoint {
    /// `ESRS`, `GHG Protocol Scope 3`.
    pub standard: &'static str,
    /// The act or edition: `2023/2772`.
    pub version: &'static str,
    /// What is asked for.
    pub line: Requirement,
    /// Disclosure requirement, such as `E1-6`; blank where there is none.
    pub disclosure: &'static str,
    /// Paragraphs; blank where they are not known.
    pub paragraph: &'static str,
    /// Names in the standard's taxonomy; blank where there are none.
    pub element: &'static str,
    /// JSON Pointer to the field that answers it; blank where the factors used have no answer.
    pub field: &'static str,
    #[serde(skip)]
    years: Years,
}

/// What a standard asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Requirement {
    /// Purchased cloud computing and data centre services, within Category 1.
    CloudServices,
    /// Share calculated with primary data.
    PrimaryShare,
    /// Methods, assumptions and emission factors.
    Methods,
    /// Boundaries and calculation methods.
    Boundaries,
    /// What is included and excluded.
    Exclusions,
    /// Biogenic emissions, apart.
    Biogenic,
    /// Entity-specific, in addition to the required figures.
    EntitySpecific,
    /// Category 1, purchased goods and services.
    Category1,
    /// Services used by the organisation.
    ServicesUsed,
}

impl Requirement {
    /// Every one of them.
    pub const ALL: [Requirement; 9] = [
        Requirement::CloudServices,
        Requirement::PrimaryShare,
        Requirement::Methods,
        Requirement::Boundaries,
        Requirement::Exclusions,
        Requirement::Biogenic,
        Requirement::EntitySpecific,
        Requirement::Category1,
        Requirement::ServicesUsed,
    ];

    /// The word used in the table and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Requirement::CloudServices => "cloud_services",
            Requirement::PrimaryShare => "primary_share",
            Requirement::Methods => "methods",
            Requirement::Boundaries => "boundaries",
            Requirement::Exclusions => "exclusions",
            Requirement::Biogenic => "biogenic",
            Requirement::EntitySpecific => "entity_specific",
            Requirement::Category1 => "category_1",
            Requirement::ServicesUsed => "services_used",
        }
    }
}

/// Financial years that a row holds for, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Years {
    from: i16,
    to: i16,
}

static TABLE: LazyLock<Vec<Datapoint>> =
    LazyLock::new(|| read(include_str!("../data/datapoints.csv")).expect("a test reads the table"));

/// The datapoints of a financial year, in the order of the table.
///
/// ```
/// use carbon_report::datapoints::datapoints_of;
/// let first = |year| datapoints_of(year).next().unwrap();
/// assert_eq!((first(2026).disclosure, first(2026).paragraph), ("E1-6", "51, AR 48, AR 51"));
/// assert_eq!((first(2027).disclosure, first(2027).paragraph), ("E1-8", ""));
/// ```
pub fn datapoints_of(financial_year: i16) -> impl Iterator<Item = &'static Datapoint> {
    TABLE.iter().filter(move |row| (row.years.from..=row.years.to).contains(&financial_year))
}

/// `None` where a row does not have the form.
fn read(table: &'static str) -> Option<Vec<Datapoint>> {
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let rows = rows.records().map(|row| {
        let row = row.ok()?;
        let cell = |column: usize| row.get(column).map(|cell| &*String::leak(cell.to_owned()));
        Some(Datapoint {
            standard: cell(0)?,
            version: cell(1)?,
            years: years(row.get(2)?)?,
            line: Requirement::ALL.into_iter().find(|line| Some(line.as_str()) == row.get(3))?,
            disclosure: cell(4)?,
            paragraph: cell(5)?,
            element: cell(6)?,
            field: cell(7)?,
        })
    });
    rows.collect()
}

/// `-2026`, `2027-`, or nothing for every year.
fn years(text: &str) -> Option<Years> {
    let every = Years { from: i16::MIN, to: i16::MAX };
    if text.is_empty() {
        return Some(every);
    }
    let (from, to) = text.split_once('-')?;
    let bound = |text: &str, open: i16| if text.is_empty() { Some(open) } else { text.parse().ok() };
    Some(Years { from: bound(from, every.from)?, to: bound(to, every.to)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_year_has_one_edition_of_each_standard() {
        for year in 2023..2030 {
            let mut editions: Vec<_> = datapoints_of(year).map(|row| (row.standard, row.version)).collect();
            editions.dedup();
            let count = editions.len();
            editions.sort_unstable();
            editions.dedup_by_key(|(standard, _)| *standard);
            assert_eq!(editions.len(), count, "{year}: {editions:?}");
            assert!(count >= 4);
        }
    }

    #[test]
    fn energy_and_water_are_no_datapoints_of_the_client() {
        for row in TABLE.iter() {
            for word in ["energy", "water", "E1-5", "E1-7", "E3"] {
                assert!(!row.field.contains(word) && !row.disclosure.contains(word), "{row:?}");
            }
        }
    }

    #[test]
    fn what_is_not_known_is_blank() {
        let revised = || datapoints_of(2027).filter(|row| row.standard == "ESRS");
        assert!(revised().count() > 3);
        assert!(revised().all(|row| row.disclosure == "E1-8" && row.paragraph.is_empty()));
    }
}
