//! Which paragraph of which standard asks for which of our fields: `data/datapoints.csv`, a versioned table.
//!
//! The rows of the ESRS are those of the edition that the client reports under; other rows hold for the financial years that
//! they name. What we do not know of a standard is left blank. What we know from a secondary copy alone is marked so, for
//! whoever maintains the table: see [`TextRead`].

use crate::edition::EsrsEdition;
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
    /// How its paragraph was read.
    #[serde(skip)]
    pub read: TextRead,
    #[serde(skip)]
    years: Years,
}

/// How a paragraph of a standard was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextRead {
    /// In the text of the standard.
    Primary,
    /// In what others have made of it: to be checked in the text.
    Secondary,
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
    /// Global warming potentials.
    Gwp,
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
    pub const ALL: [Requirement; 10] = [
        Requirement::CloudServices,
        Requirement::PrimaryShare,
        Requirement::Methods,
        Requirement::Gwp,
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
            Requirement::Gwp => "gwp",
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

/// What the rows of the ESRS name as their standard.
const ESRS: &str = "ESRS";

impl Datapoint {
    /// Whether it is a line of the ESRS, of either edition.
    pub fn is_of_esrs(&self) -> bool {
        self.standard == ESRS
    }
}

/// Every row, in the order of the table.
pub fn datapoints() -> impl Iterator<Item = &'static Datapoint> {
    TABLE.iter()
}

/// The datapoints of a financial year that is reported under that edition, in the order of the table.
///
/// ```
/// use carbon_report::{EsrsEdition::{Esrs2023, Esrs2026}, datapoints::datapoints_of};
/// let first = |edition| datapoints_of(2026, edition).next().unwrap();
/// assert_eq!((first(Esrs2023).disclosure, first(Esrs2023).paragraph), ("E1-6", "51, AR 48, AR 51"));
/// assert_eq!((first(Esrs2026).disclosure, first(Esrs2026).paragraph), ("E1-8", "30 (a) (iii), AR 24 (g), AR 26"));
/// ```
pub fn datapoints_of(financial_year: i16, edition: EsrsEdition) -> impl Iterator<Item = &'static Datapoint> {
    datapoints().filter(move |row| {
        let of_year = (row.years.from..=row.years.to).contains(&financial_year);
        of_year && (!row.is_of_esrs() || row.version == edition.act())
    })
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
            read: match row.get(8)? {
                "primary" => TextRead::Primary,
                "secondary" => TextRead::Secondary,
                _ => return None,
            },
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

    fn every_year() -> impl Iterator<Item = (i16, EsrsEdition)> {
        let of_year =
            |year| EsrsEdition::ALL.into_iter().filter(move |edition| edition.allowed_in(year).is_ok());
        (2023..2030).flat_map(move |year| of_year(year).map(move |edition| (year, edition)))
    }

    #[test]
    fn every_year_has_one_edition_of_each_standard() {
        for (year, edition) in every_year() {
            let mut editions: Vec<_> =
                datapoints_of(year, edition).map(|row| (row.standard, row.version)).collect();
            editions.dedup();
            let count = editions.len();
            editions.sort_unstable();
            editions.dedup_by_key(|(standard, _)| *standard);
            assert_eq!(editions.len(), count, "{year}: {editions:?}");
            assert_eq!(count, 4, "{year}");
            assert!(editions.contains(&(ESRS, edition.act())), "{year}");
        }
    }

    #[test]
    fn a_line_is_asked_for_once() {
        for (year, edition) in every_year() {
            let mut lines: Vec<_> =
                datapoints_of(year, edition).map(|row| (row.standard, row.line.as_str())).collect();
            let count = lines.len();
            lines.sort_unstable();
            lines.dedup();
            assert_eq!(lines.len(), count, "{year} {edition}: {lines:?}");
        }
    }

    #[test]
    fn energy_and_water_are_no_datapoints_of_the_client() {
        for row in datapoints() {
            for word in ["energy", "water", "E1-5", "E1-7", "E3"] {
                assert!(!row.field.contains(word) && !row.disclosure.contains(word), "{row:?}");
            }
        }
    }

    #[test]
    fn what_is_no_longer_asked_for_is_no_datapoint() {
        let amended = || datapoints().filter(|row| row.version == EsrsEdition::Esrs2026.act());
        assert_eq!(amended().count(), 5);
        for row in amended() {
            assert_eq!(row.disclosure, "E1-8");
            assert!(!matches!(row.line, Requirement::PrimaryShare | Requirement::Exclusions), "{row:?}");
        }
    }
}
