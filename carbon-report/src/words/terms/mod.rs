//! The words of the page, one catalogue a language: a missing term does not compile.

mod de;
mod en;
mod es;
mod fr;
mod it;
mod nl;
mod pl;

use crate::{heading::Status, language::Language};
use carbon_core::{
    Confidence, Method,
    factor::{Basis, RangeBasis, Stage},
    model::ParametersStatus,
    own::OwnKind,
    usage::Denominator,
};

/// Every text of the page. `{…}` marks what the layout fills in.
pub(crate) struct Terms {
    pub(crate) kind: &'static str,
    pub(crate) client: &'static str,
    pub(crate) supplier: &'static str,
    pub(crate) contact: &'static str,
    pub(crate) verification: &'static str,
    pub(crate) period: &'static str,
    /// `{from}` and `{to}` are dates, both included.
    pub(crate) from_to: &'static str,
    pub(crate) report: &'static str,
    pub(crate) revision: &'static str,
    pub(crate) issued: &'static str,
    pub(crate) status: &'static str,
    pub(crate) provisional: &'static str,
    pub(crate) is_final: &'static str,
    pub(crate) emissions: &'static str,
    pub(crate) energy: &'static str,
    pub(crate) requests: &'static str,
    pub(crate) tokens: &'static str,
    pub(crate) water: &'static str,
    pub(crate) water_from: &'static str,
    /// `{share}` is a percentage.
    pub(crate) known_for: &'static str,
    pub(crate) coefficient_is: &'static str,
    pub(crate) bottom_up_is: &'static str,
    pub(crate) measured_is: &'static str,
    pub(crate) methods_note: &'static str,
    /// `{bases}` are words.
    pub(crate) unlike_bases: &'static str,
    pub(crate) alone: &'static str,
    /// `{co2}`, `{range}`, `{energy}`, `{water}`, `{share}`.
    pub(crate) alone_text: &'static str,
    pub(crate) alone_none: &'static str,
    pub(crate) alone_same: &'static str,
    pub(crate) alone_note: &'static str,
    /// Behind a region that nobody gave.
    pub(crate) assumed: &'static str,
    /// `{day}` is a date.
    pub(crate) name_checked: &'static str,
    /// `{region}` is a name.
    pub(crate) unknown_region: &'static str,
    pub(crate) covers: &'static str,
    pub(crate) covers_not_stated: &'static str,
    pub(crate) basis: &'static str,
    pub(crate) electricity: &'static str,
    pub(crate) model_size: &'static str,
    /// `{active}`, `{total}`.
    pub(crate) parameters: &'static str,
    /// As `parameters`, where `{input}` differs.
    pub(crate) parameters_by_way: &'static str,
    pub(crate) emissions_per: &'static str,
    pub(crate) modelled_range: &'static str,
    pub(crate) measured_range: &'static str,
    /// `{count}`, `{from}` and `{to}` are dates, `{sha256}`.
    pub(crate) own_meters: &'static str,
    pub(crate) stated_by_supplier: &'static str,
    pub(crate) not_available: &'static str,
    pub(crate) not_quantified: &'static str,
    /// `{low}` and `{high}` are masses.
    pub(crate) range: &'static str,
    pub(crate) energy_why: &'static str,
    /// `{input}` and `{output}` are counts.
    pub(crate) input_output: &'static str,
    /// `{share}` is a percentage.
    pub(crate) covered: &'static str,
    pub(crate) exact_total: &'static str,
    /// `{disclosure}` is the name of a disclosure requirement.
    pub(crate) disclosure: &'static str,
    pub(crate) what_this_is: &'static str,
    pub(crate) no_activity: &'static str,
    pub(crate) nothing_valued: &'static str,
    pub(crate) by_model: &'static str,
    pub(crate) by_confidence: &'static str,
    pub(crate) by_day: &'static str,
    pub(crate) by_day_emissions: &'static str,
    pub(crate) by_day_tokens: &'static str,
    pub(crate) model: &'static str,
    pub(crate) confidence: &'static str,
    pub(crate) confidence_and_method: &'static str,
    pub(crate) input_tokens: &'static str,
    pub(crate) output_tokens: &'static str,
    pub(crate) low: &'static str,
    pub(crate) central: &'static str,
    pub(crate) high: &'static str,
    pub(crate) total: &'static str,
    pub(crate) share_of_tokens: &'static str,
    pub(crate) measured: &'static str,
    pub(crate) benchmarked: &'static str,
    pub(crate) estimated: &'static str,
    pub(crate) proxy: &'static str,
    pub(crate) unknown: &'static str,
    pub(crate) confidence_note: &'static str,
    pub(crate) own_names: &'static str,
    pub(crate) own_note: &'static str,
    pub(crate) stands_for: &'static str,
    pub(crate) entered_by: &'static str,
    /// `{label}`.
    pub(crate) key_named: &'static str,
    /// `{day}` is a date.
    pub(crate) key_of_day: &'static str,
    pub(crate) command_line: &'static str,
    /// `{class}` is its name.
    pub(crate) class: &'static str,
    own_kinds: [&'static str; OwnKind::ALL.len()],
    pub(crate) unknown_models: &'static str,
    pub(crate) unknown_note: &'static str,
    pub(crate) name_as_sent: &'static str,
    pub(crate) factors_note: &'static str,
    pub(crate) factor_set: &'static str,
    pub(crate) value: &'static str,
    pub(crate) bounds: &'static str,
    pub(crate) bounds_from: &'static str,
    pub(crate) source: &'static str,
    pub(crate) second_source: &'static str,
    pub(crate) publisher: &'static str,
    pub(crate) link: &'static str,
    pub(crate) per_total_tokens: &'static str,
    pub(crate) per_output_tokens: &'static str,
    pub(crate) per_fresh_input_tokens: &'static str,
    pub(crate) per_cache_read_tokens: &'static str,
    pub(crate) per_context_output: &'static str,
    pub(crate) per_context_input: &'static str,
    pub(crate) per_request: &'static str,
    pub(crate) class_proxy: &'static str,
    pub(crate) two_readings: &'static str,
    pub(crate) disclosed_spread: &'static str,
    /// In the order of [`Stage::ALL`].
    pub(crate) stages: [&'static str; Stage::ALL.len()],
    /// In the order of [`Basis::ALL`].
    pub(crate) bases: [&'static str; Basis::ALL.len()],
    /// In the order of [`ParametersStatus::ALL`].
    pub(crate) sizes: [&'static str; ParametersStatus::ALL.len()],
    /// How a figure came about: by a published factor, by our model, by the supplier's meters.
    method_words: [&'static str; 3],
    pub(crate) method: &'static str,
    /// Between an amount and what it is for.
    pub(crate) per: &'static str,
    /// In general, the parametric model, measured factors, ranges.
    pub(crate) method_text: &'static [&'static str; 4],
    pub(crate) limits_text: &'static [&'static str],
    pub(crate) escaped_names: &'static str,
    /// `{page}` and `{pages}` are numbers.
    pub(crate) page_of: &'static str,
}

impl Terms {
    pub(crate) fn of(language: Language) -> &'static Terms {
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

    pub(crate) fn status(&self, status: Status) -> &'static str {
        match status {
            Status::Provisional => self.provisional,
            Status::Final => self.is_final,
        }
    }

    /// One word of it.
    pub(crate) fn status_word(&self, status: Status) -> &'static str {
        self.status(status).split(':').next().unwrap_or_default().trim()
    }

    pub(crate) fn confidence(&self, confidence: Option<Confidence>) -> &'static str {
        match confidence {
            Some(Confidence::Measured) => self.measured,
            Some(Confidence::Benchmarked) => self.benchmarked,
            Some(Confidence::Estimated) => self.estimated,
            Some(Confidence::Proxy) => self.proxy,
            None => self.unknown,
        }
    }

    pub(crate) fn per(&self, denominator: Denominator) -> &'static str {
        match denominator {
            Denominator::TotalTokens => self.per_total_tokens,
            Denominator::OutputTokens => self.per_output_tokens,
            Denominator::FreshInputTokens => self.per_fresh_input_tokens,
            Denominator::CacheReadTokens => self.per_cache_read_tokens,
            Denominator::ContextOutput => self.per_context_output,
            Denominator::ContextInput => self.per_context_input,
            Denominator::Requests => self.per_request,
        }
    }

    pub(crate) fn range_basis(&self, basis: RangeBasis) -> &'static str {
        match basis {
            RangeBasis::ClassProxyGsd3 => self.class_proxy,
            RangeBasis::OutputToTotalReading => self.two_readings,
            RangeBasis::DisclosedGsd15 => self.disclosed_spread,
        }
    }

    pub(crate) fn stage(&self, stage: Stage) -> &'static str {
        self.stages[stage as usize]
    }

    pub(crate) fn basis_word(&self, basis: Basis) -> &'static str {
        self.bases[basis as usize]
    }

    pub(crate) fn own_kind(&self, kind: OwnKind) -> &'static str {
        self.own_kinds[kind as usize]
    }

    pub(crate) fn method_word(&self, method: Method) -> &'static str {
        self.method_words[match method {
            Method::BottomUp => 1,
            Method::Measured => 2,
            _ => 0,
        }]
    }

    pub(crate) fn size(&self, status: ParametersStatus) -> &'static str {
        self.sizes[status as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_in_one_word_is_the_first_of_its_sentence() {
        for (language, words) in [
            (Language::En, ["provisional", "final"]),
            (Language::De, ["vorläufig", "endgültig"]),
            (Language::Fr, ["provisoire", "définitif"]),
        ] {
            let terms = Terms::of(language);
            assert_eq!([Status::Provisional, Status::Final].map(|status| terms.status_word(status)), words);
        }
    }
}
