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
            name: own_name(language),
            is_current: language == current,
        };
        Language::ALL.map(choice).into()
    }
}

/// What a language calls itself.
fn own_name(language: Language) -> &'static str {
    match language {
        Language::En => "English",
        Language::Fr => "Français",
        Language::De => "Deutsch",
    }
}

/// The language that is asked for by its code, otherwise the first that we have of `Accept-Language`.
pub(super) fn chosen(code: Option<&str>, accepted: &str) -> Language {
    let mut preferred = accepted.split(',').filter_map(|range| {
        let code = range.trim().split(['-', ';']).next()?;
        Language::from_code(code)
    });
    code.and_then(Language::from_code).or_else(|| preferred.next()).unwrap_or_default()
}
