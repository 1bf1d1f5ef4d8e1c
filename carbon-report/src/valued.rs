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

/// How much of some activity has a figure.
///
/// ```
/// use carbon_report::Coverage;
/// let images = Coverage { valued_media_calls: 1, media_calls: 4, valued_tokens: 90, total_tokens: 100 };
/// assert_eq!(images.ratio().unwrap().to_string(), "0.25");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Tokens with a figure: output that stands for images or sound has none.
    pub valued_tokens: u128,
    /// All tokens.
    pub total_tokens: u128,
    /// Requests of sums with images, video or sound that have a figure.
    pub valued_media_calls: u128,
    /// Requests of all sums with images, video or sound.
    pub media_calls: u128,
}

impl Coverage {
    /// The lower of two shares, that of the tokens and that of the calls with images, video or sound: from 0 to 1, to six
    /// decimals, rounded down so that 1 means all; `None` where there are neither.
    pub fn ratio(self) -> Option<Decimal> {
        let shares =
            [share(self.valued_tokens, self.total_tokens), share(self.valued_media_calls, self.media_calls)];
        shares.into_iter().flatten().min()
    }

    /// Counts the activity of one sum in.
    pub(crate) fn add(&mut self, usage: &Usage, is_valued: bool) {
        let tokens = u128::from(usage.input_tokens) + u128::from(usage.text_output_tokens());
        let media_calls = if usage.media.is_made() { u128::from(usage.requests) } else { 0 };
        self.total_tokens += usage.total_tokens();
        self.media_calls += media_calls;
        if is_valued {
            self.valued_tokens += tokens;
            self.valued_media_calls += media_calls;
        }
    }
}

/// A part of a whole, to six decimals, rounded down so that 1 means all; `None` where there is nothing.
pub(crate) fn share(part: u128, whole: u128) -> Option<Decimal> {
    const DECIMALS: u32 = 6;
    let millionths = (part * 10u128.pow(DECIMALS)).checked_div(whole)?;
    Some(Decimal::from_i128_with_scale(i128::try_from(millionths).ok()?, DECIMALS).normalize())
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
        let Coverage { valued_tokens, total_tokens, .. } = *self;
        Shown { valued_tokens, total_tokens, ratio: self.ratio() }.serialize(to)
    }
}
