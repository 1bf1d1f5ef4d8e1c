//! How good the data behind a month are: shares by class and indicator, and whether anything is missing.

use super::{
    line::ModelLine,
    quality::{DataClass, GhgProtocolClass},
};
use crate::{
    figure::whole,
    valued::{self, Valued, share},
    wire,
};
use carbon_core::Grams;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The part of the month that rests on one class of data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClassLine {
    /// The class.
    pub data_class: DataClass,
    /// What the draft of the GHG Protocol calls it.
    pub ghg_protocol_class: Option<GhgProtocolClass>,
    /// Its activity and figures.
    #[serde(flatten)]
    pub valued: Valued,
}

impl ClassLine {
    pub(super) fn new(data_class: DataClass, valued: Valued) -> Self {
        ClassLine { data_class, ghg_protocol_class: data_class.ghg_protocol_class(), valued }
    }
}

/// What the figures rest on, in shares of the emissions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DataQuality {
    /// One line for each class that occurs, best first.
    pub by_class: Vec<ClassLine>,
    /// Share of emissions from primary data (asked for by ESRS E1 AR 46 g of the first edition), 0 to 1; `None` where there are none.
    #[serde(with = "wire::maybe_text")]
    pub primary_share: Option<Decimal>,
    /// Share of emissions from values that a provider published for the model: not primary data of these calls.
    #[serde(with = "wire::maybe_text")]
    pub supplier_share: Option<Decimal>,
    /// Share of the tokens that were metered call by call: all that a ledger holds. Says nothing of factors, and is
    /// not added to the share above.
    #[serde(with = "wire::maybe_text")]
    pub metered_share: Option<Decimal>,
    /// Grams of emissions by indicator (in the order of [`Quality::grades`](super::Quality::grades)) and grade (of [`Grade::ALL`](super::Grade::ALL)).
    #[serde(with = "indicators")]
    pub indicators: [[Grams; 4]; 5],
    /// Tokens here against tokens that providers invoiced, where that was said.
    pub reconciliation: Option<Reconciliation>,
}

/// The indicators by name, and their grades as fields.
mod indicators {
    use super::{Deserialize, Grams, Serialize, wire};
    use serde::{Deserializer, Serializer, de::Error};

    const NAMES: [&str; 5] = ["technology", "time", "geography", "completeness", "reliability"];

    #[derive(Serialize, Deserialize)]
    struct Indicator {
        indicator: String,
        #[serde(with = "wire::quantity")]
        very_good_co2_grams: Grams,
        #[serde(with = "wire::quantity")]
        good_co2_grams: Grams,
        #[serde(with = "wire::quantity")]
        fair_co2_grams: Grams,
        #[serde(with = "wire::quantity")]
        poor_co2_grams: Grams,
    }

    pub(super) fn serialize<S: Serializer>(indicators: &[[Grams; 4]; 5], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(NAMES.into_iter().zip(indicators).map(|(indicator, [very_good, good, fair, poor])| {
            Indicator {
                indicator: indicator.to_owned(),
                very_good_co2_grams: *very_good,
                good_co2_grams: *good,
                fair_co2_grams: *fair,
                poor_co2_grams: *poor,
            }
        }))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[[Grams; 4]; 5], D::Error> {
        let rows = <[Indicator; 5]>::deserialize(from)?;
        if !rows.iter().map(|row| row.indicator.as_str()).eq(NAMES) {
            return Err(D::Error::custom("must have the five indicators"));
        }
        Ok(rows
            .map(|row| [row.very_good_co2_grams, row.good_co2_grams, row.fair_co2_grams, row.poor_co2_grams]))
    }
}

/// Whether all that was bought is in the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reconciliation {
    /// Tokens that providers invoiced.
    pub invoiced_tokens: u64,
    /// Tokens recorded, over tokens invoiced.
    #[serde(with = "wire::maybe_text")]
    pub recorded_share: Option<Decimal>,
    /// Emissions that the missing tokens would add at the month's average; not part of any total. `None` where none are missing.
    #[serde(rename = "uplift_co2_grams", with = "wire::maybe_quantity")]
    pub uplift: Option<Grams>,
}

impl Reconciliation {
    pub(super) fn of(invoiced_tokens: u64, total: &Valued) -> Self {
        let recorded = total.usage.total_tokens();
        let recorded_share = share(recorded, invoiced_tokens.into());
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
/// use carbon_report::statement::share_of_class;
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
        rounded_share(lines.iter().map(|line| (line.data_class == class, line.co2().central())))
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
        metered_share: self::valued::share(tokens, tokens),
        indicators,
        reconciliation: invoiced_tokens.map(|invoiced| Reconciliation::of(invoiced, total)),
    }
}

/// A share of emissions as it is stated.
pub(super) fn rounded_share(lines: impl IntoIterator<Item = (bool, Grams)>) -> Option<Decimal> {
    share_of_class(lines).map(|share| share.round_dp(SHARE_DECIMALS).normalize())
}

/// Decimals of a share in JSON.
const SHARE_DECIMALS: u32 = 6;
