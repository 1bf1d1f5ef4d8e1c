//! Activity with its figures, and the share of it that has one.

use crate::wire;
use carbon_core::{Grams, Millilitres, Range, Usage, WattHours};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

/// Activity, with its emissions, energy and water where they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Valued {
    /// What was consumed, unknown models included.
    #[serde(flatten)]
    pub usage: Usage,
    /// Emissions of the part that has a factor.
    /// `None` where there was activity and none of it has one; zero only where nothing was consumed.
    #[serde(rename = "co2_grams", serialize_with = "wire::maybe_range::serialize")]
    pub co2: Option<Range<Grams>>,
    /// Facility energy of the part whose method gives it; `None` where none does.
    #[serde(rename = "energy_wh", serialize_with = "wire::maybe_range::serialize")]
    pub energy: Option<Range<WattHours>>,
    /// Water of that part.
    #[serde(rename = "water_ml", serialize_with = "wire::maybe_range::serialize")]
    pub water: Option<Range<Millilitres>>,
}

/// Share of the tokens that have a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Tokens with a figure.
    pub valued_tokens: u128,
    /// All tokens.
    pub total_tokens: u128,
}

impl Coverage {
    /// From 0 to 1, to six decimals, rounded down so that 1 means all; `None` where there are no tokens.
    pub fn ratio(self) -> Option<Decimal> {
        const DECIMALS: u32 = 6;
        let millionths = (self.valued_tokens * 10u128.pow(DECIMALS)).checked_div(self.total_tokens)?;
        Some(Decimal::from_i128_with_scale(i128::try_from(millionths).ok()?, DECIMALS).normalize())
    }
}

impl Serialize for Coverage {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown {
            valued_tokens: u128,
            total_tokens: u128,
            #[serde(with = "wire::maybe_text")]
            ratio: Option<Decimal>,
        }
        let Coverage { valued_tokens, total_tokens } = *self;
        Shown { valued_tokens, total_tokens, ratio: self.ratio() }.serialize(to)
    }
}
