//! The sentences of the eleven sections, one catalogue a language; single words are in `terms/`.

mod de;
mod en;
mod fr;

use crate::{DataClass, Form, Grade, Language, Line};
use carbon_core::method::Consistency;

/// A row of words: what, how, why.
pub(super) type Words3 = [&'static str; 3];

/// Every sentence of the page. `{…}` marks what the layout fills in.
pub(super) struct Prose {
    /// Headings of the sections, in their order.
    pub(super) sections: [&'static str; 11],

    // 2: where it goes
    pub(super) amount: &'static str,
    pub(super) accounted: &'static str,
    /// `{month}`, `{supplier}`, `{mass}`, `{low}`, `{high}`, `{covered}`, `{primary}`.
    pub(super) to_paste: &'static str,
    pub(super) to_paste_label: &'static str,
    pub(super) materiality: &'static str,
    pub(super) value_chain_cap: &'static str,
    pub(super) gwp: &'static str,
    pub(super) standards: &'static str,
    /// Heads of the table: standard, asks for, paragraph, our field.
    pub(super) standards_head: [&'static str; 4],
    /// Under the table, where paragraphs of a standard are blank.
    pub(super) standards_note: &'static str,
    /// In the order of [`Line::ALL`].
    lines: [&'static str; Line::ALL.len()],
    pub(super) category: &'static str,
    pub(super) category_head: Words3,
    pub(super) category_rows: [Words3; 6],
    pub(super) category_note: &'static str,

    // 3: breakdown
    /// `{unit}`.
    pub(super) by_model_caption: &'static str,
    /// `{count}` models, `{model}` the largest, `{mass}` its emissions.
    pub(super) by_model_alt: &'static str,
    /// `{count}` models, for the bar that stands for the rest.
    pub(super) other_models: &'static str,
    pub(super) by_region: &'static str,
    pub(super) region: &'static str,
    pub(super) no_region: &'static str,
    pub(super) by_tag: &'static str,
    pub(super) tag: &'static str,
    /// `{count}` of `{total}`.
    pub(super) tags_shown: &'static str,
    pub(super) tags_note: &'static str,
    /// `{highest}` of `{day}`; `{idle}` days without a call.
    pub(super) by_day_summary: &'static str,
    pub(super) trend: &'static str,
    pub(super) trend_none: &'static str,
    pub(super) month: &'static str,
    pub(super) trend_caption: &'static str,
    /// `{from}`, `{to}`.
    pub(super) trend_alt: &'static str,
    /// `{month}`, `{total}`, `{volume}`, `{mix}`, `{factors}`: signed masses.
    pub(super) change: &'static str,

    // 4: data quality
    /// `{primary}`, `{supplier}`.
    pub(super) primary: &'static str,
    pub(super) primary_none: &'static str,
    /// `{covered}`.
    pub(super) coverage: &'static str,
    pub(super) metered: &'static str,
    pub(super) by_class: &'static str,
    pub(super) data_class: &'static str,
    /// In the order of [`DataClass::ALL`].
    classes: [&'static str; DataClass::ALL.len()],
    pub(super) indicators: &'static str,
    pub(super) indicator: &'static str,
    /// In the order of [`crate::Quality::grades`].
    pub(super) indicator_names: [&'static str; 5],
    /// In the order of [`Grade::ALL`].
    pub(super) grades: [&'static str; Grade::ALL.len()],
    pub(super) indicators_note: &'static str,
    pub(super) upper_bound: &'static str,
    pub(super) upper_bound_note: &'static str,
    pub(super) reconciliation: &'static str,
    /// `{recorded}`, `{invoiced}`, `{share}`.
    pub(super) reconciled: &'static str,
    /// `{uplift}`.
    pub(super) uplift: &'static str,
    pub(super) not_reconciled: &'static str,

    // 5: method
    pub(super) boundary: &'static str,
    pub(super) boundary_head: Words3,
    pub(super) boundary_rows: [Words3; 9],
    pub(super) uncertainty: &'static str,
    /// `{low}`, `{high}`.
    pub(super) interval: &'static str,
    /// `{parts}`.
    pub(super) largest_parts: &'static str,
    /// Names of the sources of uncertainty in `carbon-core`, and their words.
    components: [(&'static str, &'static str); 10],
    pub(super) narrower: &'static str,

    // 7: second opinion
    pub(super) opinions_head: [&'static str; 5],
    /// In the order inside, below, above.
    consistency: [&'static str; 3],
    pub(super) opinions_note: &'static str,

    // 8: restatement
    pub(super) not_restated: &'static str,
    pub(super) restated_on: &'static str,
    pub(super) reason: &'static str,
    pub(super) supersedes: &'static str,
    pub(super) old_set: &'static str,
    pub(super) restated_head: [&'static str; 6],
    pub(super) restated_note: &'static str,

    // 9: audit trail
    pub(super) audit_none: &'static str,
    pub(super) events: &'static str,
    /// `{count}`, `{reversals}`.
    pub(super) events_count: &'static str,
    pub(super) events_open: &'static str,
    pub(super) first_event: &'static str,
    pub(super) last_event: &'static str,
    pub(super) ledger_position: &'static str,
    pub(super) merkle_root: &'static str,
    pub(super) activity_digest: &'static str,
    pub(super) factor_set_digest: &'static str,
    pub(super) generator: &'static str,
    pub(super) attachments: &'static str,
    pub(super) attachments_text: &'static str,
    pub(super) verify: &'static str,

    // 10: levers
    pub(super) levers_head: Words3,
    pub(super) levers_none: &'static str,
    /// `{tokens}`.
    pub(super) half_cached: &'static str,
    /// `{tokens}`.
    pub(super) shorter: &'static str,
    /// `{tokens}`, `{name}`, `{from}`, `{to}`.
    pub(super) as_tagged: &'static str,
    /// `{from}`, `{to}`.
    pub(super) smaller: &'static str,
    pub(super) levers_note: &'static str,
    /// What each form is, in the order of `Form::ALL`.
    pub(super) form_descriptions: [&'static str; Form::ALL.len()],
    pub(super) logo_alt: &'static str,
    pub(super) signature: &'static str,
}

impl Prose {
    pub(super) fn of(language: Language) -> &'static Prose {
        match language {
            Language::En => &en::EN,
            Language::Fr => &fr::FR,
            Language::De => &de::DE,
        }
    }

    pub(super) fn line(&self, line: Line) -> &'static str {
        self.lines[line as usize]
    }

    pub(super) fn class(&self, class: DataClass) -> &'static str {
        self.classes[class as usize]
    }

    pub(super) fn consistency(&self, consistency: Consistency) -> &'static str {
        match consistency {
            Consistency::Inside => self.consistency[0],
            Consistency::Below => self.consistency[1],
            Consistency::Above => self.consistency[2],
        }
    }

    /// A source of uncertainty in words; its own name where there are none.
    pub(super) fn component(&self, name: &'static str) -> &'static str {
        self.components.iter().find(|(known, _)| *known == name).map_or(name, |(_, words)| words)
    }
}
