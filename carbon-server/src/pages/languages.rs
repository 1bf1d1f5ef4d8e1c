//! Languages of pages that are in more than one.

use carbon_report::Language;

/// A link to the same page in a language.
pub(super) struct LanguageChoice {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) is_current: bool,
}

impl LanguageChoice {
    pub(super) fn all(current: Language) -> Vec<Self> {
        let choice = |language: Language| LanguageChoice {
            code: language.as_str(),
            name: language.own_name(),
            is_current: language == current,
        };
        Language::ALL.map(choice).into()
    }
}

/// Codes and English names, for a choice in the console.
pub(super) fn in_english() -> [(&'static str, &'static str); Language::ALL.len()] {
    Language::ALL.map(|language| (language.as_str(), language.english_name()))
}

/// The language that is asked for by its code, otherwise the first that we have of `Accept-Language`.
pub(super) fn chosen(code: Option<&str>, accepted: &str) -> Language {
    let mut preferred = accepted.split(',').filter_map(|range| {
        let code = range.trim().split(['-', ';']).next()?;
        Language::from_code(code)
    });
    code.and_then(Language::from_code).or_else(|| preferred.next()).unwrap_or_default()
}
