//! How good the data behind the figures are: class of data, five indicators, shares, and what is missing.

use super::{Coverage, ModelLine, Valued};
use crate::{figure::whole, wire};
use carbon_core::{
    Confidence, Grams,
    factor::{AppliedFactor, Basis, Inclusion, Record, Stage},
    model::ParametersStatus,
    place::PlacedBy,
};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;

/// What kind of data a figure is; it decides what may be called primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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

    pub(super) fn of(factor: &AppliedFactor<'_>) -> Self {
        match factor {
            AppliedFactor::Modelled(_) => DataClass::Modelled,
            // Published for the model by its provider; metered tokens times it are not primary data.
            AppliedFactor::Published(factor) if factor.confidence() == Confidence::Measured => {
                DataClass::Supplier
            }
            AppliedFactor::Published(_) => DataClass::Proxy,
        }
    }
}

/// A grade of the GHG Protocol's data quality indicators (Scope 3 Standard, table 7.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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
    /// use carbon_report::Grade;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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

impl Quality {
    /// The five grades, in the order of the fields.
    pub fn grades(&self) -> [Grade; 5] {
        [self.technology, self.time, self.geography, self.completeness, self.reliability]
    }

    pub(super) fn of(factor: &AppliedFactor<'_>, placed_by: PlacedBy, month_end: Date) -> Self {
        let record = factor.record();
        let age = |year: Option<i16>| year.map(|year| month_end.year() - year);
        let (technology, year, geography) = match factor {
            AppliedFactor::Modelled(factor) => {
                let technology = match factor.parameters().status() {
                    ParametersStatus::Disclosed => Grade::VeryGood,
                    ParametersStatus::FromName | ParametersStatus::Unverified => Grade::Good,
                    ParametersStatus::Estimated => Grade::Fair,
                };
                let grid_year =
                    factor.location().zone.grid().year().and_then(|year| i16::try_from(year).ok());
                let geography = match placed_by {
                    PlacedBy::Region => Grade::VeryGood,
                    PlacedBy::Name => Grade::Good,
                    PlacedBy::Provider => Grade::Fair,
                    PlacedBy::Nobody => Grade::Poor,
                };
                (technology, grid_year, geography)
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
            reliability: match record.confidence() {
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

/// The part of the month that rests on one class of data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ClassLine {
    /// The class.
    pub data_class: DataClass,
    /// What it comes to.
    #[serde(flatten)]
    pub valued: Valued,
}

/// What the figures rest on, in shares of the emissions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DataQuality {
    /// One line a class that occurs, best first.
    pub by_class: Vec<ClassLine>,
    /// Share of emissions from primary data (ESRS E1 AR 46 g), 0 to 1; `None` where there are none.
    #[serde(with = "wire::maybe_text")]
    pub primary_share: Option<Decimal>,
    /// Share of emissions from values that a provider published for the model: not primary data of these calls.
    #[serde(with = "wire::maybe_text")]
    pub supplier_share: Option<Decimal>,
    /// Share of the tokens that were metered call by call: all that a ledger holds. Says nothing of factors, and is
    /// not added to the share above.
    #[serde(with = "wire::maybe_text")]
    pub metered_share: Option<Decimal>,
    /// Grams of emissions by indicator (in the order of [`Quality::grades`]) and grade (of [`Grade::ALL`]).
    #[serde(serialize_with = "indicators")]
    pub indicators: [[Grams; 4]; 5],
    /// Tokens here against tokens that providers invoiced, where that was said.
    pub reconciliation: Option<Reconciliation>,
}

fn indicators<S: serde::Serializer>(indicators: &[[Grams; 4]; 5], to: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Indicator {
        indicator: &'static str,
        #[serde(serialize_with = "wire::quantity")]
        very_good_co2_grams: Grams,
        #[serde(serialize_with = "wire::quantity")]
        good_co2_grams: Grams,
        #[serde(serialize_with = "wire::quantity")]
        fair_co2_grams: Grams,
        #[serde(serialize_with = "wire::quantity")]
        poor_co2_grams: Grams,
    }
    let names = ["technology", "time", "geography", "completeness", "reliability"];
    to.collect_seq(names.into_iter().zip(indicators).map(|(indicator, [very_good, good, fair, poor])| {
        Indicator {
            indicator,
            very_good_co2_grams: *very_good,
            good_co2_grams: *good,
            fair_co2_grams: *fair,
            poor_co2_grams: *poor,
        }
    }))
}

/// Whether all that was bought is in the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    /// Tokens that providers invoiced.
    pub invoiced_tokens: u64,
    /// Tokens recorded, over tokens invoiced.
    #[serde(with = "wire::maybe_text")]
    pub recorded_share: Option<Decimal>,
    /// Emissions that the missing tokens would add at the month's average; in no total. `None` where none are missing.
    #[serde(rename = "uplift_co2_grams", serialize_with = "wire::maybe_quantity")]
    pub uplift: Option<Grams>,
}

impl Reconciliation {
    pub(super) fn of(invoiced_tokens: u64, total: &Valued) -> Self {
        let recorded = total.usage.total_tokens();
        let recorded_share =
            Coverage { valued_tokens: recorded, total_tokens: invoiced_tokens.into() }.ratio();
        let missing = u128::from(invoiced_tokens).checked_sub(recorded).filter(|missing| *missing > 0);
        let uplift = || {
            // T (1/K - 1) = T missing / recorded.
            let grams = total.co2?.central().as_decimal();
            (grams * whole(missing?)).checked_div(whole(recorded)).map(Grams::new)
        };
        Reconciliation { invoiced_tokens, recorded_share, uplift: uplift() }
    }
}

/// Share of emissions by class: `share(class) = emissions(class) / emissions`, `None` where there are none.
///
/// ```
/// use carbon_core::Grams;
/// use carbon_report::share_of_class;
/// let lines = [(true, 1200), (false, 2600), (false, 400)].map(|(of_class, g)| (of_class, Grams::new(g.into())));
/// assert_eq!(share_of_class(lines).unwrap().round_dp(10).to_string(), "0.2857142857");
/// assert_eq!(share_of_class([]), None); // not 100 %
/// ```
pub fn share_of_class(lines: impl IntoIterator<Item = (bool, Grams)>) -> Option<Decimal> {
    let (mut of_class, mut all) = (Decimal::ZERO, Decimal::ZERO);
    for (is_of_class, grams) in lines {
        all += grams.as_decimal();
        if is_of_class {
            of_class += grams.as_decimal();
        }
    }
    of_class.checked_div(all)
}

/// What the lines of a month rest on.
pub(super) fn data_quality(
    lines: &[ModelLine],
    by_class: Vec<ClassLine>,
    total: &Valued,
    invoiced_tokens: Option<u64>,
) -> DataQuality {
    let share = |class: DataClass| {
        share_of_class(lines.iter().map(|line| (line.data_class == class, line.co2().central())))
            .map(|share| share.round_dp(SHARE_DECIMALS).normalize())
    };
    let mut indicators = [[Grams::ZERO; 4]; 5];
    for line in lines {
        for (indicator, grade) in indicators.iter_mut().zip(line.quality.grades()) {
            indicator[grade as usize] = indicator[grade as usize] + line.co2().central();
        }
    }
    let tokens = total.usage.total_tokens();
    DataQuality {
        by_class,
        primary_share: share(DataClass::Measured),
        supplier_share: share(DataClass::Supplier),
        metered_share: Coverage { valued_tokens: tokens, total_tokens: tokens }.ratio(),
        indicators,
        reconciliation: invoiced_tokens.map(|invoiced| Reconciliation::of(invoiced, total)),
    }
}

/// Decimals of a share in JSON.
const SHARE_DECIMALS: u32 = 6;
