//! Activity with its figures, and the share of it that has one.

use crate::wire;
use carbon_core::{Grams, Millilitres, Range, Usage, WattHours};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Activity, with its emissions, energy and water where they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Valued {
    /// What was consumed, unknown models included.
    #[serde(flatten)]
    pub usage: Usage,
    /// Emissions of the part that has a factor.
    /// `None` where there was activity and none of it has one; zero only where nothing was consumed.
    #[serde(rename = "co2_grams", with = "wire::maybe_range")]
    pub co2: Option<Range<Grams>>,
    /// Facility energy of the part whose method gives it; `None` where none does.
    #[serde(rename = "energy_wh", with = "wire::maybe_range")]
    pub energy: Option<Range<WattHours>>,
    /// Water of that part.
    #[serde(rename = "water_ml", with = "wire::maybe_range")]
    pub water: Option<Range<Millilitres>>,
}

/// How much of some activity has a figure.
///
/// ```
/// use carbon_report::Coverage;
/// let images = Coverage { valued_media_calls: 1, media_calls: 4, valued_tokens: 90, total_tokens: 100 };
/// assert_eq!(images.ratio().unwrap().to_string(), "0.25");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "CoverageForm", from = "CoverageForm")]
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

/// How it stands in JSON: calls with images, video or sound are there where there are any.
#[derive(Serialize, Deserialize)]
struct CoverageForm {
    valued_tokens: u128,
    total_tokens: u128,
    #[serde(default, skip_serializing_if = "is_none")]
    valued_media_calls: u128,
    #[serde(default, skip_serializing_if = "is_none")]
    media_calls: u128,
    #[serde(with = "wire::maybe_text", skip_deserializing)]
    ratio: Option<Decimal>,
}

fn is_none(count: &u128) -> bool {
    *count == 0
}

impl From<Coverage> for CoverageForm {
    fn from(coverage: Coverage) -> Self {
        let Coverage { valued_tokens, total_tokens, valued_media_calls, media_calls } = coverage;
        let ratio = coverage.ratio();
        CoverageForm { valued_tokens, total_tokens, valued_media_calls, media_calls, ratio }
    }
}

impl From<CoverageForm> for Coverage {
    fn from(form: CoverageForm) -> Self {
        let CoverageForm { valued_tokens, total_tokens, valued_media_calls, media_calls, .. } = form;
        Coverage { valued_tokens, total_tokens, valued_media_calls, media_calls }
    }
}
