//! The words of mail, and of the page that ends it, in each language.

mod de;
mod en;
mod es;
mod fr;
mod it;
mod nl;
mod pl;

use carbon_report::Language;

/// `{client}`, `{supplier}` and `{period}` are inserted.
pub(crate) struct MailWords {
    /// The subject.
    pub(super) title: &'static str,
    pub(super) intro: &'static str,
    pub(super) emissions: &'static str,
    /// Between a label and what it is the label of.
    pub(super) colon: &'static str,
    /// With `{low}` and `{high}`.
    pub(super) range: &'static str,
    pub(super) not_quantified: &'static str,
    pub(super) period: &'static str,
    pub(super) status: &'static str,
    pub(super) revision: &'static str,
    pub(super) supplier: &'static str,
    pub(super) attached: &'static str,
    pub(super) open_report: &'static str,
    pub(super) open_dashboard: &'static str,
    pub(super) verify: &'static str,
    pub(super) why: &'static str,
    /// Also the title of the page, and its button.
    pub(crate) unsubscribe: &'static str,
    pub(crate) unsubscribe_text: &'static str,
    pub(crate) unsubscribed: &'static str,
    pub(crate) unsubscribed_text: &'static str,
    pub(crate) skip: &'static str,
}

impl MailWords {
    /// Those of a language.
    pub(crate) fn of(language: Language) -> &'static Self {
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
    fn every_language_inserts_the_same() {
        for language in Language::ALL {
            let words = MailWords::of(language);
            for (text, marks) in [
                (words.title, &["{client}", "{period}"][..]),
                (words.intro, &["{supplier}", "{client}", "{period}"]),
                (words.range, &["{low}", "{high}"]),
                (words.why, &["{supplier}", "{client}"]),
                (words.unsubscribe_text, &["{supplier}", "{client}"]),
                (words.unsubscribed_text, &["{supplier}", "{client}"]),
            ] {
                assert!(marks.iter().all(|mark| text.contains(mark)), "{language}: {text}");
                assert_eq!(text.matches('{').count(), marks.len(), "{language}: {text}");
            }
        }
    }
}
