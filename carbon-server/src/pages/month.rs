//! Months that pages show and offer.

use crate::{
    base::clock::{self, now},
    http::request::Input,
    ingest::time,
};
use carbon_report::{Language, Month};

/// Months that can be selected: as far back as events are accepted.
const PICKED: usize = 14;

/// The requested month, by default the current one; and the current one.
pub(super) fn asked(input: &Input) -> [Month; 2] {
    let this_month = Month::of(clock::day(now()));
    let asked = input.asked("month").and_then(|text| text.parse().ok());
    [asked.filter(|month| (time::EARLIEST..=this_month).contains(month)).unwrap_or(this_month), this_month]
}

/// A month that can be selected.
pub(super) struct MonthChoice {
    pub(super) value: String,
    pub(super) words: String,
}

impl MonthChoice {
    pub(super) fn of(month: Month, language: Language) -> Self {
        MonthChoice { value: month.to_string(), words: language.month(month) }
    }

    /// The latest months, and the one that is shown.
    pub(super) fn all(month: Month, this_month: Month, language: Language) -> Vec<Self> {
        let mut months: Vec<Month> = this_month.back(PICKED).collect();
        if !months.contains(&month) {
            months.push(month);
        }
        months.into_iter().map(|month| MonthChoice::of(month, language)).collect()
    }
}
