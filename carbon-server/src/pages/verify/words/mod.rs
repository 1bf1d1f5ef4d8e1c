//! The words of the page, one catalogue per language; a missing text does not compile. What was found is said by
//! `report/verification/words/`.

mod de;
mod en;
mod es;
mod fr;
mod it;
mod nl;
mod pl;

use carbon_report::Language;

/// Every text of the page. `{…}` marks what the page fills in.
pub(super) struct VerifyWords {
    pub(super) skip: &'static str,
    pub(super) language: &'static str,
    pub(super) title: &'static str,
    pub(super) lead: &'static str,
    pub(super) file: &'static str,
    /// `{mebibytes}` is a number.
    pub(super) hint: &'static str,
    pub(super) drop: &'static str,
    pub(super) check: &'static str,
    pub(super) checking: &'static str,
    pub(super) privacy: &'static str,
    /// Between an answer and the file that it is about.
    pub(super) colon: &'static str,
    pub(super) verified: &'static str,
    pub(super) not_verified: &'static str,
    pub(super) first_difference: &'static str,
    pub(super) differs: &'static str,
    pub(super) not_checked: &'static str,
    pub(super) too_much: &'static str,
    too_large: &'static str,
    too_many: &'static str,
    busy: &'static str,
    not_received: &'static str,
    no_file: &'static str,
    another_site: &'static str,
    failed: &'static str,
    pub(super) shows: &'static str,
    pub(super) shows_list: [&'static str; 3],
    pub(super) shows_not: &'static str,
    pub(super) shows_not_list: [&'static str; 3],
    pub(super) yourself: &'static str,
    pub(super) yourself_text: &'static str,
}

impl VerifyWords {
    pub(super) fn of(language: Language) -> &'static Self {
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

    /// Why nothing was checked, by the status of the answer.
    pub(super) fn refusal(&self, status: u16) -> &'static str {
        match status {
            403 => self.another_site,
            408 => self.not_received,
            413 => self.too_large,
            422 => self.no_file,
            429 => self.too_many,
            503 => self.busy,
            _ => self.failed,
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn french_words_have_a_no_break_space_before_high_marks() {
        let [page, answer] =
            [include_str!("fr.rs"), include_str!("../../../report/verification/words/fr.rs")];
        for code in [page, answer] {
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            for text in lines.flat_map(|line| line.split('"').skip(1).step_by(2)) {
                for mark in [" :", " ;", " ?", " !", " »", "« "] {
                    assert!(!text.contains(mark), "{text:?}");
                }
            }
        }
    }
}
