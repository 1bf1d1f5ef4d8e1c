//! What `README.txt` of an evidence pack says.

mod de;
mod en;
mod es;
mod fr;
mod it;
mod nl;
mod pl;

use crate::{form::Form, language::Language};

/// Texts of a language. `{…}` marks what is filled in.
pub(crate) struct PackWords {
    pub(crate) title: &'static str,
    /// `{client}`, `{period}`.
    pub(crate) subject: &'static str,
    /// Supplier, emissions, report, date of issue.
    pub(crate) labels: [&'static str; 4],
    /// `{mass}`, `{range}`, `{grams}`.
    pub(crate) emissions: &'static str,
    pub(crate) not_quantified: &'static str,
    /// `{id}`, `{revision}`, `{status}`.
    pub(crate) report: &'static str,
    /// What this is, the files, how to check it, what a check shows, what no check shows.
    pub(crate) headings: [&'static str; 5],
    pub(crate) what: &'static [&'static str],
    pub(crate) of_month: &'static str,
    pub(crate) of_period: &'static str,
    pub(crate) files: FileWords,
    pub(crate) before: &'static str,
    /// Python, the command, the page. `{script}`, `{generator}`.
    pub(crate) ways: [&'static str; 3],
    /// Behind the last of them: `{address}`.
    pub(crate) at_address: &'static str,
    /// Where no address is known.
    pub(crate) at_supplier: &'static str,
    pub(crate) sums: &'static str,
    pub(crate) trust: &'static str,
    pub(crate) shows_month: &'static [&'static str],
    pub(crate) shows_period: &'static [&'static str],
    /// Of either.
    pub(crate) shows: &'static [&'static str],
    pub(crate) shows_not: &'static [&'static str],
    pub(crate) shows_not_month: &'static [&'static str],
    pub(crate) shows_not_period: &'static [&'static str],
}

/// What each file is.
pub(crate) struct FileWords {
    pub(crate) readme: &'static str,
    pub(crate) report: &'static str,
    /// In the order of [`Form::ALL`].
    forms: [&'static str; Form::ALL.len()],
    pub(crate) taxonomy: &'static str,
    pub(crate) events: &'static str,
    pub(crate) factors: &'static str,
    pub(crate) windows: &'static str,
    pub(crate) logo: &'static str,
    pub(crate) months: &'static str,
    pub(crate) proof: &'static str,
    pub(crate) time_stamp: &'static str,
    pub(crate) script: &'static str,
    pub(crate) manifest: &'static str,
    pub(crate) sums: &'static str,
}

impl FileWords {
    pub(crate) fn form(&self, form: Form) -> &'static str {
        self.forms[form as usize]
    }
}

impl PackWords {
    pub(crate) fn of(language: Language) -> &'static PackWords {
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
