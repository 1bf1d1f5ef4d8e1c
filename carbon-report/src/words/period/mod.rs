//! What the pages say of a period of several months.

mod de;
mod en;
mod es;
mod fr;
mod it;
mod nl;
mod pl;

use crate::{language::Language, statement::MissingReason};

/// Texts of a language. `{…}` marks what the layout fills in.
pub(crate) struct PeriodWords {
    pub(crate) sections: [&'static str; 8],
    /// As the month's, with `{from}` and `{to}`, which are months.
    pub(crate) to_paste: &'static str,
    pub(crate) is_final: &'static str,
    /// `{missing}` of `{all}`.
    pub(crate) provisional: &'static str,
    pub(crate) missing: &'static str,
    pub(crate) missing_note: &'static str,
    /// In the order of [`MissingReason::ALL`].
    reasons: [&'static str; MissingReason::ALL.len()],
    /// `{months}`.
    pub(crate) restated: &'static str,
    pub(crate) no_activity: &'static str,
    pub(crate) by_month: &'static str,
    pub(crate) factor_sets: &'static str,
    /// `{months}`.
    pub(crate) without_market: &'static str,
    pub(crate) method: &'static [&'static str],
    pub(crate) factors_note: &'static str,
    pub(crate) factor: &'static str,
    pub(crate) months_note: &'static str,
    pub(crate) statement_digest: &'static str,
    /// `{old}`, `{new}`, `{difference}`, `{usage}` and `{factors}` are masses.
    pub(crate) change: &'static str,
    pub(crate) attachments: &'static str,
    pub(crate) verify: &'static str,
}

impl PeriodWords {
    pub(crate) fn of(language: Language) -> &'static PeriodWords {
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

    pub(crate) fn reason(&self, reason: MissingReason) -> &'static str {
        self.reasons[reason as usize]
    }
}
