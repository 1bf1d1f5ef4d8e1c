//! What a workbook says besides what the pages say.

mod de;
mod en;
mod es;
mod fr;
mod it;
mod nl;
mod pl;

use crate::language::Language;

/// Texts of a language. `{…}` marks what is filled in.
pub(crate) struct WorkbookWords {
    /// Names of sheets: at most 31 letters.
    pub(crate) key_figures: &'static str,
    pub(crate) models: &'static str,
    pub(crate) days: &'static str,
    pub(crate) months: &'static str,
    pub(crate) lines: &'static str,
    pub(crate) factors: &'static str,
    pub(crate) notes: &'static str,
    /// Heads of columns.
    pub(crate) figure: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) all_tokens: &'static str,
    pub(crate) covered: &'static str,
    pub(crate) client_id: &'static str,
    pub(crate) first_day: &'static str,
    pub(crate) last_day: &'static str,
    pub(crate) missing_months: &'static str,
    pub(crate) day: &'static str,
    pub(crate) month: &'static str,
    pub(crate) region: &'static str,
    pub(crate) sent_as: &'static str,
    pub(crate) factor: &'static str,
    pub(crate) quantity: &'static str,
    pub(crate) remark: &'static str,
    pub(crate) restated: &'static str,
    /// `{column}`.
    pub(crate) all_digits: &'static str,
    /// In the order of [`RateQuantity`](crate::statement::RateQuantity).
    pub(crate) quantities: [&'static str; 4],
    /// Notes.
    pub(crate) from_statement: &'static str,
    pub(crate) unknown_is_empty: &'static str,
    pub(crate) lines_are: &'static str,
    pub(crate) no_formulas: &'static str,
    pub(crate) none_rounded: &'static str,
    /// `{count}` numbers.
    pub(crate) rounded: &'static str,
    /// `{count}` texts.
    pub(crate) cut: &'static str,
    /// `{count}` rows.
    pub(crate) rows_left_out: &'static str,
}

impl WorkbookWords {
    pub(crate) fn of(language: Language) -> &'static WorkbookWords {
        match language {
            Language::En => &en::EN,
            Language::Fr => &fr::FR,
            Language::De => &de::DE,
            Language::It => &it::IT,
            Language::Es => &es::ES,
            Language::Nl => &nl::NL,
            Language::Pl => &pl::PL,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sheet_has_a_name_that_a_sheet_can_have() {
        for words in Language::ALL.map(WorkbookWords::of) {
            let WorkbookWords { key_figures, models, days, months, lines, factors, notes, .. } = words;
            let mut names = [key_figures, models, days, months, lines, factors, notes].map(|name| *name);
            for name in names {
                assert!((1..=31).contains(&name.chars().count()), "{name}");
                assert!(name.chars().all(|letter| letter.is_alphabetic() || letter == ' '), "{name}");
            }
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        }
    }
}
