//! How good the data behind one line are: their class, and five indicators.

use carbon_core::{
    Confidence,
    factor::{Basis, Inclusion, Record, Stage},
    method::{AppliedFactor, InPlace},
    model::ParametersStatus,
    place::PlacedBy,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What kind of data a figure is; it decides what may be called primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataClass {
    /// A meter gave energy or emissions of these very calls.
    Measured,
    /// The provider published a value for this model, with its method: an average, not these calls.
    Supplier,
    /// Computed from the size of the model and the place.
    Modelled,
    /// The value of a class of models.
    Proxy,
    /// No value.
    Missing,
}

impl DataClass {
    /// Every one of them, best first.
    pub const ALL: [DataClass; 5] =
        [DataClass::Measured, DataClass::Supplier, DataClass::Modelled, DataClass::Proxy, DataClass::Missing];

    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            DataClass::Measured => "measured",
            DataClass::Supplier => "supplier",
            DataClass::Modelled => "modelled",
            DataClass::Proxy => "proxy",
            DataClass::Missing => "missing",
        }
    }

    /// What the GHG Protocol's draft of the Scope 3 standard (progress update of March 2026) calls such data; `None` where
    /// there are none.
    pub fn ghg_protocol_class(self) -> Option<GhgProtocolClass> {
        match self {
            DataClass::Measured | DataClass::Supplier => Some(GhgProtocolClass::Specific),
            DataClass::Modelled | DataClass::Proxy => Some(GhgProtocolClass::Secondary),
            DataClass::Missing => None,
        }
    }

    pub(super) fn of(factor: &AppliedFactor<'_>) -> Self {
        match factor {
            AppliedFactor::Measured(_) => DataClass::Measured,
            AppliedFactor::Modelled(factor) => match factor.parameters().status() {
                ParametersStatus::Proxy => DataClass::Proxy,
                ParametersStatus::Disclosed
                | ParametersStatus::Estimated
                | ParametersStatus::FromName
                | ParametersStatus::Unverified
                | ParametersStatus::Own => DataClass::Modelled,
            },
            // Published for the model by its provider; metered tokens times it are not primary data.
            AppliedFactor::Published(factor) if factor.confidence() == Confidence::Measured => {
                DataClass::Supplier
            }
            AppliedFactor::Published(_) => DataClass::Proxy,
        }
    }
}

/// A class of data in the GHG Protocol's draft of the Scope 3 standard. Its third, spend-based, never occurs here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GhgProtocolClass {
    /// Of the supplier's own activity or products.
    Specific,
    /// From literature, averages or models.
    Secondary,
}

/// A grade of the GHG Protocol's data quality indicators (Scope 3 Standard, table 7.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Very good.
    VeryGood,
    /// Good.
    Good,
    /// Fair.
    Fair,
    /// Poor.
    Poor,
}

impl Grade {
    /// Every one of them, best first.
    pub const ALL: [Grade; 4] = [Grade::VeryGood, Grade::Good, Grade::Fair, Grade::Poor];

    /// The grade of data of that age, in years (box 7.2: under 3, under 6, under 10, older or unknown).
    ///
    /// ```
    /// use carbon_report::statement::Grade;
    /// assert_eq!(Grade::of_age(Some(7)), Grade::Fair);
    /// assert_eq!(Grade::of_age(None), Grade::Poor);
    /// ```
    pub fn of_age(years: Option<i16>) -> Self {
        match years {
            Some(..3) => Grade::VeryGood,
            Some(3..6) => Grade::Good,
            Some(6..10) => Grade::Fair,
            Some(10..) | None => Grade::Poor,
        }
    }
}

/// The five indicators of one line, each by a stated rule (docs/verify.md has the rules).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Quality {
    /// Whether the figure is of this model, of an estimate of it, or of a class.
    pub technology: Grade,
    /// Age of the data at the end of the month.
    pub time: Grade,
    /// Whether the place is the one that was sent.
    pub geography: Grade,
    /// How many of five stages of serving a model the figure covers.
    pub completeness: Grade,
    /// What the figure rests on.
    pub reliability: Grade,
}

/// How well the place of a figure is known.
fn of_place(placed_by: PlacedBy) -> Grade {
    match placed_by {
        PlacedBy::Region => Grade::VeryGood,
        PlacedBy::Name => Grade::Good,
        PlacedBy::Provider => Grade::Fair,
        PlacedBy::Nobody => Grade::Poor,
    }
}

impl Quality {
    /// The five grades, in the order of the fields.
    pub fn grades(&self) -> [Grade; 5] {
        [self.technology, self.time, self.geography, self.completeness, self.reliability]
    }

    pub(super) fn of(
        factor: &AppliedFactor<'_>,
        confidence: Confidence,
        placed_by: PlacedBy,
        month_end: Date,
    ) -> Self {
        let record = factor.record();
        let age = |year: Option<i16>| year.map(|year| month_end.year() - year);
        let grid_year = |place: &InPlace<'_>| {
            let grid = place.location().grid;
            // A series has values of the month itself.
            let of_month = grid.series().map(|_| month_end.year());
            of_month.or_else(|| grid.factor().year().and_then(|year| i16::try_from(year).ok()))
        };
        let (technology, year, geography) = match factor {
            AppliedFactor::Measured(factor) => {
                (Grade::VeryGood, grid_year(factor.in_place()), of_place(placed_by))
            }
            AppliedFactor::Modelled(factor) => {
                let technology = match factor.parameters().status() {
                    ParametersStatus::Disclosed => Grade::VeryGood,
                    ParametersStatus::FromName | ParametersStatus::Unverified | ParametersStatus::Own => {
                        Grade::Good
                    }
                    ParametersStatus::Estimated => Grade::Fair,
                    ParametersStatus::Proxy => Grade::Poor,
                };
                (technology, grid_year(factor.in_place()), of_place(placed_by))
            }
            AppliedFactor::Published(factor) => {
                let supplier = factor.confidence() == Confidence::Measured;
                let technology = if supplier { Grade::VeryGood } else { Grade::Fair };
                // A location-based figure is of some place; it need not be the client's.
                let geography = if record.basis() == Basis::Location { Grade::Fair } else { Grade::Poor };
                (technology, year_of(record), geography)
            }
        };
        Quality {
            technology,
            time: Grade::of_age(age(year)),
            geography,
            completeness: completeness(record),
            reliability: match confidence {
                Confidence::Measured | Confidence::Benchmarked => Grade::Good,
                Confidence::Estimated => Grade::Fair,
                Confidence::Proxy => Grade::Poor,
            },
        }
    }
}

/// The year that the source was published in, where it says one.
fn year_of(record: &Record) -> Option<i16> {
    record.source().published()?.get(..4)?.parse().ok()
}

fn completeness(record: &Record) -> Grade {
    const SERVING: [Stage; 5] =
        [Stage::Accelerator, Stage::Host, Stage::Idle, Stage::Facility, Stage::Embodied];
    let covers = |stage: &&Stage| record.boundary().covers(**stage) == Inclusion::Included;
    match SERVING.iter().filter(covers).count() {
        5 => Grade::VeryGood,
        3 | 4 => Grade::Good,
        1 | 2 => Grade::Fair,
        _ => Grade::Poor,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use carbon_core::{FactorSet, factor::Factor};

    #[test]
    fn completeness_counts_the_stages_of_serving_that_are_covered() {
        let set = FactorSet::latest();
        for (id, boundary, grade) in [
            ("coefficient/gpt-4o@2025.1", "not_stated", Grade::Poor),
            ("disclosed/gemini-apps/water@2026.11", "google_cooling", Grade::Fair),
            ("coefficient/mistral-large-2@2025.1", "mistral_lca", Grade::Good),
            ("disclosed/gemini-apps/energy@2026.11", "google_operation", Grade::Good),
            ("disclosed/gemini-apps/gwp@2026.11", "google_with_hardware", Grade::VeryGood),
        ] {
            let disclosed =
                set.models().iter().chain(set.products()).flat_map(|model| model.disclosed().records());
            let mut records = set.factors().map(Factor::record).chain(disclosed);
            let record = records.find(|record| record.id() == id).expect("it is in the set");
            assert_eq!((record.boundary().id(), completeness(record)), (boundary, grade), "{id}");
        }
    }
}
