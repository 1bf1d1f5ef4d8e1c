//! Months that pages are asked for, and offer.

use crate::base::clock;
use crate::{base::clock::now, http::request::Input, ingest::time};
use carbon_report::{Language, Month};

/// Months that can be picked: as far back as events may lie.
const PICKED: usize = 14;

/// The month that a page is asked for, else the current one; and the current one.
pub(super) fn asked(input: &Input) -> [Month; 2] {
    let this_month = Month::of(clock::day(now()));
    let asked = input.asked("month").and_then(|text| text.parse().ok());
    [asked.filter(|month| (time::EARLIEST..=this_month).contains(month)).unwrap_or(this_month), this_month]
}

/// A month that can be picked.
pub(super) struct MonthChoice {
    pub(super) value: String,
    pub(super) words: String,
}

impl MonthChoice {
    pub(super) fn of(month: Month, language: Language) -> Self {
        MonthChoice { value: month.to_string(), words: language.month(month) }
    }

    /// The last ones, and the one that is looked at.
    pub(super) fn all(month: Month, this_month: Month, language: Language) -> Vec<Self> {
        let mut months: Vec<Month> = this_month.back(PICKED).collect();
        if !months.contains(&month) {
            months.push(month);
        }
        months.into_iter().map(|month| MonthChoice::of(month, language)).collect()
    }
}
