//! The two editions of the ESRS, and which of them a financial year is reported under.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// An edition of the European Sustainability Reporting Standards.
///
/// The amended standards hold for financial years from 2027. For 2026 the reporting undertaking chooses (Delegated
/// Regulation (EU) 2026/1563, article 2); earlier years have the first edition alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum EsrsEdition {
    /// Delegated Regulation (EU) 2023/2772.
    #[serde(rename = "esrs-2023")]
    Esrs2023,
    /// Delegated Regulation (EU) 2026/1563, which amends it.
    #[serde(rename = "esrs-2026")]
    Esrs2026,
}

/// The one financial year that may be reported under either edition.
const YEAR_OF_CHOICE: i16 = 2026;

/// The financial year cannot be reported under that edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be {of_year} for the financial year {financial_year}")]
#[non_exhaustive]
pub struct NotOfYear {
    /// The financial year.
    pub financial_year: i16,
    /// The edition that it has.
    pub of_year: EsrsEdition,
}

impl EsrsEdition {
    /// Every one of them, oldest first.
    pub const ALL: [EsrsEdition; 2] = [EsrsEdition::Esrs2023, EsrsEdition::Esrs2026];

    /// The word used in JSON and SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            EsrsEdition::Esrs2023 => "esrs-2023",
            EsrsEdition::Esrs2026 => "esrs-2026",
        }
    }

    /// The delegated regulation that the edition is in.
    pub fn act(self) -> &'static str {
        match self {
            EsrsEdition::Esrs2023 => "2023/2772",
            EsrsEdition::Esrs2026 => "2026/1563",
        }
    }

    /// Whether a financial year may be reported under either edition.
    pub fn is_a_choice(financial_year: i16) -> bool {
        financial_year == YEAR_OF_CHOICE
    }

    /// The edition of a financial year: where that is a choice, the elected one, or the first where none was elected.
    ///
    /// ```
    /// use carbon_report::EsrsEdition::{self, Esrs2023, Esrs2026};
    /// assert_eq!(EsrsEdition::of_year(2026, None), Esrs2023);
    /// assert_eq!(EsrsEdition::of_year(2026, Some(Esrs2026)), Esrs2026);
    /// assert_eq!(EsrsEdition::of_year(2027, Some(Esrs2023)), Esrs2026); // nothing to choose
    /// ```
    pub fn of_year(financial_year: i16, elected: Option<EsrsEdition>) -> Self {
        match financial_year {
            ..YEAR_OF_CHOICE => EsrsEdition::Esrs2023,
            YEAR_OF_CHOICE => elected.unwrap_or(EsrsEdition::Esrs2023),
            _ => EsrsEdition::Esrs2026,
        }
    }

    /// Whether the financial year may be reported under this edition.
    ///
    /// # Errors
    /// [`NotOfYear`]: it has the other one.
    pub fn allowed_in(self, financial_year: i16) -> Result<Self, NotOfYear> {
        let of_year = EsrsEdition::of_year(financial_year, Some(self));
        if of_year == self { Ok(self) } else { Err(NotOfYear { financial_year, of_year }) }
    }
}

impl fmt::Display for EsrsEdition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EsrsEdition {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|edition| edition.as_str() == word);
        known.ok_or("must be esrs-2023 or esrs-2026")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_year_has_an_edition_and_one_year_a_choice(year in 1990_i16..2100, elected in 0_usize..3) {
            let elected = [None, Some(EsrsEdition::Esrs2023), Some(EsrsEdition::Esrs2026)][elected];
            let edition = EsrsEdition::of_year(year, elected);
            prop_assert_eq!(edition.allowed_in(year), Ok(edition));
            let allowed = EsrsEdition::ALL.into_iter().filter(|edition| edition.allowed_in(year).is_ok());
            prop_assert_eq!(allowed.count(), if year == 2026 { 2 } else { 1 });
            if year == 2026 {
                prop_assert_eq!(edition, elected.unwrap_or(EsrsEdition::Esrs2023));
            } else {
                prop_assert_eq!(edition == EsrsEdition::Esrs2026, year > 2026);
            }
        }
    }
}
