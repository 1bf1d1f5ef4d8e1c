//! The words of the client's dashboard, one catalogue a language: a missing one does not compile.
//! What the report says too is taken from there.

mod de;
mod en;
mod fr;

use carbon_report::Language;

/// Every text of the page. `{…}` marks what the page fills in.
pub(super) struct Words {
    pub(super) skip: &'static str,
    pub(super) title: &'static str,
    pub(super) language: &'static str,
    pub(super) month: &'static str,
    pub(super) show: &'static str,
    pub(super) emissions: &'static str,
    pub(super) no_calls: &'static str,
    /// `{low}` and `{high}` are masses.
    pub(super) range_sentence: &'static str,
    pub(super) not_quantified: &'static str,
    pub(super) provisional: &'static str,
    pub(super) provisional_means: &'static str,
    pub(super) is_final: &'static str,
    pub(super) final_means: &'static str,
    pub(super) calls: &'static str,
    pub(super) tokens: &'static str,
    /// `{input}` and `{output}` are counts.
    pub(super) tokens_split: &'static str,
    pub(super) energy: &'static str,
    pub(super) water: &'static str,
    pub(super) not_known: &'static str,
    pub(super) energy_part: &'static str,
    pub(super) coverage: &'static str,
    pub(super) coverage_means: &'static str,
    /// `{low}` and `{high}` are quantities.
    pub(super) from_to: &'static str,
    pub(super) by_day: &'static str,
    /// `{unit}` is a unit of mass.
    pub(super) a_day: &'static str,
    pub(super) day: &'static str,
    pub(super) as_table: &'static str,
    pub(super) by_model: &'static str,
    pub(super) model: &'static str,
    pub(super) range: &'static str,
    pub(super) range_drawn: &'static str,
    pub(super) confidence: &'static str,
    pub(super) unknown_models: &'static str,
    pub(super) unknown_means: &'static str,
    pub(super) name_as_sent: &'static str,
    pub(super) by_tag: &'static str,
    pub(super) tags_mean: &'static str,
    /// `{shown}` and `{total}` are counts.
    pub(super) more_tags: &'static str,
    pub(super) per_call: &'static str,
    pub(super) answer_tokens: &'static str,
    pub(super) trend: &'static str,
    pub(super) no_trend: &'static str,
    /// `{unit}` is a unit of mass.
    pub(super) a_month: &'static str,
    pub(super) factor_set: &'static str,
    pub(super) if_: &'static str,
    pub(super) levers: &'static str,
    pub(super) equivalents: &'static str,
    pub(super) equivalents_note: &'static str,
    /// `{energy}`, `{zone}`, `{grams}`, `{year}`.
    pub(super) electricity: &'static str,
    /// `{litres}`.
    pub(super) petrol: &'static str,
    pub(super) source: &'static str,
    pub(super) downloads: &'static str,
    pub(super) downloads_mean: &'static str,
    pub(super) no_report: &'static str,
    /// `{revision}` is a number, `{date}` a day.
    pub(super) report: &'static str,
    pub(super) evidence: &'static str,
    pub(super) method: &'static str,
    pub(super) method_text: [&'static str; 4],
    pub(super) method_link: &'static str,
}

impl Words {
    pub(super) fn of(language: Language) -> &'static Words {
        match language {
            Language::En => &en::EN,
            Language::Fr => &fr::FR,
            Language::De => &de::DE,
        }
    }
}

/// A language's own name for itself.
pub(super) fn own_name(language: Language) -> &'static str {
    match language {
        Language::En => "English",
        Language::Fr => "Français",
        Language::De => "Deutsch",
    }
}
