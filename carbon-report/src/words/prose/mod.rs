//! The sentences of the eleven sections, one catalogue a language; single words are in `terms/`.

mod de;
mod en;
mod es;
mod fr;
mod it;
mod nl;
mod pl;

use crate::{
    datapoints::Requirement,
    form::Form,
    language::Language,
    statement::{DataClass, Grade},
};
use carbon_core::{method::Consistency, model::ContextBasis};

/// A row of words: what, how, why.
pub(crate) type Words3 = [&'static str; 3];

/// Every sentence of the page. `{…}` marks what the layout fills in.
pub(crate) struct Prose {
    /// Headings of the sections, in their order.
    pub(crate) sections: [&'static str; 11],

    // 2: where it goes
    pub(crate) amount: &'static str,
    pub(crate) accounted: &'static str,
    /// `{month}`, `{supplier}`, `{mass}`, `{low}`, `{high}`, `{covered}`, `{primary}`.
    pub(crate) to_paste: &'static str,
    pub(crate) to_paste_label: &'static str,
    pub(crate) materiality: &'static str,
    pub(crate) value_chain_cap: &'static str,
    pub(crate) gwp: &'static str,
    pub(crate) standards: &'static str,
    /// Heads of the table: standard, asks for, paragraph, our field.
    pub(crate) standards_head: [&'static str; 4],
    /// Under the table, where paragraphs of a standard are blank.
    pub(crate) standards_note: &'static str,
    /// `{act}`: of the year in which the edition is a choice.
    pub(crate) edition_elected: &'static str,
    pub(crate) edition_not_elected: &'static str,
    /// What the amended standards ask for no more, though the report says it.
    pub(crate) no_longer_asked: &'static str,
    /// In the order of [`Requirement::ALL`].
    lines: [&'static str; Requirement::ALL.len()],
    pub(crate) category: &'static str,
    pub(crate) category_head: Words3,
    pub(crate) category_rows: [Words3; 6],
    pub(crate) category_note: &'static str,

    // 3: breakdown
    /// Under the first table.
    pub(crate) rounding: &'static str,
    /// `{unit}`.
    pub(crate) by_model_caption: &'static str,
    /// Behind the caption.
    pub(crate) logarithmic: &'static str,
    /// `{count}` models, `{model}` the largest, `{mass}` its emissions.
    pub(crate) by_model_alt: &'static str,
    /// `{count}` models, for the bar that stands for the rest.
    pub(crate) other_models: &'static str,
    pub(crate) by_parts: &'static str,
    pub(crate) context: &'static str,
    /// The attention of the models themselves, a prior of their class.
    context_bases: [&'static str; 2],
    pub(crate) context_note: &'static str,
    /// `{tokens}`.
    pub(crate) context_unknown: &'static str,
    pub(crate) region: &'static str,
    pub(crate) no_region: &'static str,
    pub(crate) tag: &'static str,
    /// `{count}` of `{total}`.
    pub(crate) tags_shown: &'static str,
    pub(crate) tags_note: &'static str,
    /// `{highest}` of `{day}`; `{idle}` days without a call.
    pub(crate) by_day_summary: &'static str,
    pub(crate) trend: &'static str,
    pub(crate) trend_none: &'static str,
    pub(crate) month: &'static str,
    pub(crate) trend_caption: &'static str,
    /// `{from}`, `{to}`.
    pub(crate) trend_alt: &'static str,
    /// `{month}`, `{total}`, `{volume}`, `{mix}`, `{factors}`: signed masses.
    pub(crate) change: &'static str,

    // 4: data quality
    /// `{primary}`, `{supplier}`.
    pub(crate) primary: &'static str,
    pub(crate) primary_none: &'static str,
    /// `{covered}`.
    pub(crate) coverage: &'static str,
    pub(crate) coverage_missing: &'static str,
    pub(crate) metered: &'static str,
    /// Under the table, where it has the class of what stands in.
    pub(crate) class_note: &'static str,
    /// What the draft of the GHG Protocol calls the classes.
    pub(crate) ghg_protocol_note: &'static str,
    pub(crate) data_class: &'static str,
    /// In the order of [`DataClass::ALL`].
    classes: [&'static str; DataClass::ALL.len()],
    pub(crate) indicators: &'static str,
    pub(crate) indicator: &'static str,
    /// In the order of [`crate::Quality::grades`].
    pub(crate) indicator_names: [&'static str; 5],
    /// In the order of [`Grade::ALL`].
    pub(crate) grades: [&'static str; Grade::ALL.len()],
    pub(crate) indicators_note: &'static str,
    pub(crate) upper_bound: &'static str,
    pub(crate) upper_bound_note: &'static str,
    pub(crate) reconciliation: &'static str,
    /// `{recorded}`, `{invoiced}`, `{share}`.
    pub(crate) reconciled: &'static str,
    /// `{uplift}`.
    pub(crate) uplift: &'static str,
    pub(crate) not_reconciled: &'static str,

    // 5: method
    pub(crate) boundary: &'static str,
    pub(crate) included: &'static str,
    /// Each part, and why or when it is included.
    pub(crate) included_parts: [[&'static str; 2]; 4],
    pub(crate) excluded: &'static str,
    /// Each part, and why it is not included.
    pub(crate) excluded_parts: [[&'static str; 2]; 5],
    pub(crate) common_published: &'static str,
    pub(crate) common_modelled: &'static str,
    pub(crate) uncertainty: &'static str,
    /// `{low}`, `{high}`.
    pub(crate) interval: &'static str,
    /// Where a factor's range is no 95 % interval: `{low}`, `{high}`.
    pub(crate) interval_of_factors: &'static str,
    /// Where figures of our model are in the sum.
    pub(crate) interval_mean: &'static str,
    /// `{share}`, `{parts}`.
    pub(crate) largest_parts: &'static str,
    /// Names of the sources of uncertainty in `carbon-core`, and their words.
    components: [(&'static str, &'static str); 16],
    pub(crate) narrower: &'static str,

    // 2 and 6: English words of ours in the tables of standards and sources, and their words
    pub(crate) in_tables: &'static [(&'static str, &'static str)],

    // 7: second opinion
    pub(crate) opinions_head: [&'static str; 5],
    /// In the order inside, below, above.
    consistency: [&'static str; 3],
    pub(crate) opinions_note: &'static str,

    // 8: restatement
    pub(crate) first_issue: &'static str,
    pub(crate) not_restated: &'static str,
    /// Of a closed month.
    pub(crate) late_events: &'static str,
    pub(crate) restated_on: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) supersedes: &'static str,
    pub(crate) old_set: &'static str,
    pub(crate) restated_head: [&'static str; 6],
    /// `{unit}`.
    pub(crate) restated_note: &'static str,

    // 9: audit trail
    pub(crate) audit_none: &'static str,
    pub(crate) events: &'static str,
    /// `{count}`, `{reversals}`.
    pub(crate) events_count: &'static str,
    pub(crate) events_open: &'static str,
    pub(crate) first_event: &'static str,
    pub(crate) last_event: &'static str,
    pub(crate) ledger_position: &'static str,
    pub(crate) closing_seal: &'static str,
    pub(crate) merkle_root: &'static str,
    pub(crate) activity_digest: &'static str,
    pub(crate) factor_set_digest: &'static str,
    pub(crate) generator: &'static str,
    pub(crate) attachments: &'static str,
    pub(crate) attachments_text: &'static str,
    /// What is behind the address for verification.
    pub(crate) verify_page: &'static str,
    pub(crate) verify: &'static str,

    // 10: levers
    pub(crate) levers_head: [&'static str; 4],
    pub(crate) levers_none: &'static str,
    /// `{tokens}`.
    pub(crate) half_cached: &'static str,
    /// `{tokens}`.
    pub(crate) shorter: &'static str,
    /// `{tokens}`, `{name}`, `{from}`, `{to}`.
    pub(crate) as_tagged: &'static str,
    /// `{from}`, `{to}`.
    pub(crate) smaller: &'static str,
    pub(crate) levers_note: &'static str,
    /// What each form is, in the order of `Form::ALL`.
    pub(crate) form_descriptions: [&'static str; Form::ALL.len()],
    pub(crate) logo_alt: &'static str,
    pub(crate) logo_description: &'static str,
    pub(crate) fonts_description: &'static str,
    pub(crate) signature: &'static str,
}

impl Prose {
    pub(crate) fn of(language: Language) -> &'static Prose {
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

    pub(crate) fn line(&self, line: Requirement) -> &'static str {
        self.lines[line as usize]
    }

    pub(crate) fn class(&self, class: DataClass) -> &'static str {
        self.classes[class as usize]
    }

    pub(crate) fn context_basis(&self, basis: ContextBasis) -> &'static str {
        match basis {
            ContextBasis::Model => self.context_bases[0],
            ContextBasis::ClassPrior => self.context_bases[1],
        }
    }

    pub(crate) fn consistency(&self, consistency: Consistency) -> &'static str {
        match consistency {
            Consistency::Inside => self.consistency[0],
            Consistency::Below => self.consistency[1],
            Consistency::Above => self.consistency[2],
        }
    }

    /// A source of uncertainty in words; its own name where there are none.
    pub(crate) fn component<'a>(&self, name: &'a str) -> &'a str {
        self.components.iter().find(|(known, _)| *known == name).map_or(name, |(_, words)| words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use carbon_core::{Call, FactorSet, Usage};

    #[test]
    fn every_source_of_uncertainty_has_words_in_every_language() {
        let sets = FactorSet::versions().filter_map(FactorSet::version);
        for set in sets {
            for model in ["gpt-4o", "claude-opus-5", "llama-3.1-70b", "deepseek-v3.1"] {
                let call = Call { region: Some("FRA"), ..Call::to(model) };
                let Ok(deployment) = set.deployment(&call) else { continue };
                let Some(factor) = deployment.bottom_up() else { continue };
                let turn = Usage::of_cached_call(60_000, 57_000, 800);
                for (name, _) in factor.apply(&turn).budget() {
                    for language in Language::ALL {
                        let known = Prose::of(language).components.iter().any(|(known, _)| *known == name);
                        assert!(known, "{name} in {language}");
                    }
                }
            }
        }
    }
}
