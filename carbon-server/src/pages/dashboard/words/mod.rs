//! The words of the client's dashboard, one catalogue per language; a missing text does not compile.
//! Texts that the report has too are taken from there.

mod de;
mod en;
mod es;
mod fr;
mod it;
mod nl;
mod pl;

use carbon_report::Language;

/// Every text of the page. `{…}` marks what the page fills in.
pub(in crate::pages) struct DashboardWords {
    pub(in crate::pages) skip: &'static str,
    pub(in crate::pages) title: &'static str,
    pub(in crate::pages) language: &'static str,
    pub(in crate::pages) month: &'static str,
    pub(in crate::pages) show: &'static str,
    pub(in crate::pages) emissions: &'static str,
    pub(in crate::pages) no_calls: &'static str,
    /// `{low}` and `{high}` are masses.
    pub(in crate::pages) range_sentence: &'static str,
    pub(in crate::pages) not_quantified: &'static str,
    pub(in crate::pages) provisional: &'static str,
    pub(in crate::pages) provisional_means: &'static str,
    pub(in crate::pages) is_final: &'static str,
    pub(in crate::pages) final_means: &'static str,
    pub(in crate::pages) calls: &'static str,
    pub(in crate::pages) tokens: &'static str,
    /// `{input}` and `{output}` are counts.
    pub(in crate::pages) tokens_split: &'static str,
    pub(in crate::pages) energy: &'static str,
    pub(in crate::pages) water: &'static str,
    pub(in crate::pages) not_known: &'static str,
    pub(in crate::pages) energy_part: &'static str,
    pub(in crate::pages) coverage: &'static str,
    pub(in crate::pages) coverage_means: &'static str,
    /// `{low}` and `{high}` are quantities.
    pub(in crate::pages) from_to: &'static str,
    pub(in crate::pages) by_day: &'static str,
    /// `{unit}` is a unit of mass.
    pub(in crate::pages) a_day: &'static str,
    pub(in crate::pages) day: &'static str,
    pub(in crate::pages) as_table: &'static str,
    pub(in crate::pages) by_model: &'static str,
    pub(in crate::pages) model: &'static str,
    pub(in crate::pages) range: &'static str,
    pub(in crate::pages) range_drawn: &'static str,
    pub(in crate::pages) confidence: &'static str,
    pub(in crate::pages) unknown_models: &'static str,
    pub(in crate::pages) unknown_means: &'static str,
    pub(in crate::pages) name_as_sent: &'static str,
    pub(in crate::pages) by_tag: &'static str,
    pub(in crate::pages) tags_mean: &'static str,
    /// `{shown}` and `{total}` are counts.
    pub(in crate::pages) more_tags: &'static str,
    pub(in crate::pages) per_call: &'static str,
    pub(in crate::pages) answer_tokens: &'static str,
    pub(in crate::pages) trend: &'static str,
    pub(in crate::pages) no_trend: &'static str,
    /// `{unit}` is a unit of mass.
    pub(in crate::pages) a_month: &'static str,
    pub(in crate::pages) factor_set: &'static str,
    pub(in crate::pages) if_: &'static str,
    pub(in crate::pages) levers: &'static str,
    pub(in crate::pages) equivalents: &'static str,
    pub(in crate::pages) equivalents_note: &'static str,
    /// `{energy}`, `{zone}` a code or a name, `{grams}`, `{year}`.
    pub(in crate::pages) electricity: &'static str,
    /// `{litres}`.
    pub(in crate::pages) petrol: &'static str,
    pub(in crate::pages) source: &'static str,
    pub(in crate::pages) downloads: &'static str,
    pub(in crate::pages) for_software: &'static str,
    pub(in crate::pages) downloads_mean: &'static str,
    pub(in crate::pages) no_report: &'static str,
    /// `{revision}` is a number, `{date}` a day, `{status}` a word, `{language}` a name.
    pub(in crate::pages) report: &'static str,
    pub(in crate::pages) evidence: &'static str,
    /// A link to the page that checks a report or a pack.
    pub(in crate::pages) verify: &'static str,
    pub(in crate::pages) method: &'static str,
    pub(in crate::pages) method_text: [&'static str; 4],
    pub(in crate::pages) method_link: &'static str,
    pub(in crate::pages) restated_means: &'static str,
    pub(in crate::pages) restated: &'static str,
    /// `{date}`, `{new}`, `{old}`, `{difference}`, `{reason}`.
    pub(in crate::pages) restated_text: &'static str,
    pub(in crate::pages) report_before_restatement: &'static str,
    pub(in crate::pages) report_provisional: &'static str,
    pub(in crate::pages) so_far: &'static str,
    pub(in crate::pages) no_tokens: &'static str,
    pub(in crate::pages) no_tokens_mean: &'static str,
    pub(in crate::pages) world: &'static str,
    /// In the order of [`Language::ALL`], as they stand in `report`.
    language_names: [&'static str; Language::ALL.len()],
    pub(in crate::pages) year_to_date: &'static str,
    pub(in crate::pages) year_partial: &'static str,
    pub(in crate::pages) periods: &'static str,
    pub(in crate::pages) periods_mean: &'static str,
    pub(in crate::pages) link_over: &'static str,
    pub(in crate::pages) link_over_text: &'static str,
}

impl DashboardWords {
    pub(in crate::pages) fn of(language: Language) -> &'static DashboardWords {
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

    /// What a language is called in this one.
    pub(in crate::pages) fn name_of(&self, language: Language) -> &'static str {
        self.language_names[language as usize]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn french_words_have_a_no_break_space_before_high_marks() {
        let code = include_str!("fr.rs").lines().filter(|line| !line.trim_start().starts_with("//"));
        let texts = code.flat_map(|line| line.split('"').skip(1).step_by(2));
        let spaced = |text: &str| text.replace("\\u{a0}", "\u{a0}").replace("\\u{202f}", "\u{202f}");
        for text in texts.map(spaced) {
            for (at, mark) in text.match_indices([':', ';', '?', '!', '»', '%']) {
                // The colon and the quotation mark have a wide one.
                let space = if matches!(mark, ":" | "»") { '\u{a0}' } else { '\u{202f}' };
                assert!(text[..at].ends_with(space), "before {mark} in {text:?}");
            }
        }
    }
}
