//! The words of the page, one catalogue a language: a missing term does not compile.

mod de;
mod en;
mod fr;

use crate::{Language, Status};
use carbon_core::{
    Confidence,
    factor::{Basis, RangeBasis, Stage},
    model::ParametersStatus,
    usage::Denominator,
};

/// Every text of the page. `{…}` marks what the layout fills in.
pub(super) struct Terms {
    pub(super) kind: &'static str,
    pub(super) client: &'static str,
    pub(super) supplier: &'static str,
    pub(super) period: &'static str,
    /// `{from}` and `{to}` are dates, both included.
    pub(super) from_to: &'static str,
    pub(super) report: &'static str,
    pub(super) revision: &'static str,
    pub(super) issued: &'static str,
    pub(super) status: &'static str,
    pub(super) provisional: &'static str,
    pub(super) is_final: &'static str,
    pub(super) emissions: &'static str,
    pub(super) energy: &'static str,
    pub(super) requests: &'static str,
    pub(super) tokens: &'static str,
    pub(super) water: &'static str,
    pub(super) water_from: &'static str,
    /// `{share}` is a percentage.
    pub(super) known_for: &'static str,
    pub(super) by_method: &'static str,
    pub(super) coefficient_is: &'static str,
    pub(super) bottom_up_is: &'static str,
    pub(super) methods_note: &'static str,
    /// `{bases}` are words.
    pub(super) unlike_bases: &'static str,
    pub(super) alone: &'static str,
    /// `{co2}`, `{range}`, `{energy}`, `{water}`, `{share}`.
    pub(super) alone_text: &'static str,
    pub(super) alone_none: &'static str,
    pub(super) alone_note: &'static str,
    /// Behind a region that nobody gave.
    pub(super) assumed: &'static str,
    /// `{region}` is a name.
    pub(super) unknown_region: &'static str,
    pub(super) covers: &'static str,
    pub(super) covers_not_stated: &'static str,
    pub(super) basis: &'static str,
    pub(super) electricity: &'static str,
    pub(super) model_size: &'static str,
    /// `{active}`, `{total}`.
    pub(super) parameters: &'static str,
    pub(super) emissions_per: &'static str,
    pub(super) energy_per: &'static str,
    pub(super) modelled_range: &'static str,
    pub(super) not_available: &'static str,
    pub(super) not_quantified: &'static str,
    /// `{low}` and `{high}` are masses.
    pub(super) range: &'static str,
    pub(super) energy_why: &'static str,
    /// `{input}` and `{output}` are counts.
    pub(super) input_output: &'static str,
    /// `{share}` is a percentage.
    pub(super) covered: &'static str,
    pub(super) exact_total: &'static str,
    pub(super) data_digest: &'static str,
    /// `{disclosure}` is the name of a disclosure requirement.
    pub(super) disclosure: &'static str,
    pub(super) what_this_is: &'static str,
    pub(super) no_activity: &'static str,
    pub(super) nothing_valued: &'static str,
    pub(super) by_model: &'static str,
    pub(super) by_confidence: &'static str,
    pub(super) by_day: &'static str,
    pub(super) by_day_emissions: &'static str,
    pub(super) by_day_tokens: &'static str,
    pub(super) model: &'static str,
    pub(super) confidence: &'static str,
    pub(super) confidence_and_method: &'static str,
    pub(super) input_tokens: &'static str,
    pub(super) output_tokens: &'static str,
    pub(super) low: &'static str,
    pub(super) central: &'static str,
    pub(super) high: &'static str,
    pub(super) total: &'static str,
    pub(super) share_of_tokens: &'static str,
    pub(super) measured: &'static str,
    pub(super) benchmarked: &'static str,
    pub(super) estimated: &'static str,
    pub(super) proxy: &'static str,
    pub(super) unknown: &'static str,
    pub(super) confidence_note: &'static str,
    pub(super) unknown_models: &'static str,
    pub(super) unknown_note: &'static str,
    pub(super) name_as_sent: &'static str,
    pub(super) factors_note: &'static str,
    pub(super) factor_set: &'static str,
    pub(super) value: &'static str,
    pub(super) bounds: &'static str,
    pub(super) bounds_from: &'static str,
    pub(super) source: &'static str,
    pub(super) publisher: &'static str,
    pub(super) link: &'static str,
    pub(super) facts_cited: &'static str,
    pub(super) per_total_tokens: &'static str,
    pub(super) per_output_tokens: &'static str,
    pub(super) per_fresh_input_tokens: &'static str,
    pub(super) per_cache_read_tokens: &'static str,
    pub(super) per_request: &'static str,
    pub(super) class_proxy: &'static str,
    pub(super) two_readings: &'static str,
    pub(super) disclosed_spread: &'static str,
    /// In the order of [`Stage::ALL`].
    pub(super) stages: [&'static str; Stage::ALL.len()],
    /// In the order of [`Basis::ALL`].
    pub(super) bases: [&'static str; Basis::ALL.len()],
    /// In the order of [`ParametersStatus::ALL`].
    pub(super) sizes: [&'static str; ParametersStatus::ALL.len()],
    pub(super) method: &'static str,
    pub(super) method_text: &'static [&'static str],
    pub(super) limits_text: &'static [&'static str],
    pub(super) escaped_names: &'static str,
    /// `{page}` and `{pages}` are numbers.
    pub(super) page_of: &'static str,
}

impl Terms {
    pub(super) fn of(language: Language) -> &'static Terms {
        match language {
            Language::En => &en::EN,
            Language::Fr => &fr::FR,
            Language::De => &de::DE,
        }
    }

    pub(super) fn status(&self, status: Status) -> &'static str {
        match status {
            Status::Provisional => self.provisional,
            Status::Final => self.is_final,
        }
    }

    /// One word of it.
    pub(super) fn status_word(&self, status: Status) -> &'static str {
        self.status(status).split(':').next().unwrap_or_default().trim()
    }

    pub(super) fn confidence(&self, confidence: Option<Confidence>) -> &'static str {
        match confidence {
            Some(Confidence::Measured) => self.measured,
            Some(Confidence::Benchmarked) => self.benchmarked,
            Some(Confidence::Estimated) => self.estimated,
            Some(Confidence::Proxy) => self.proxy,
            None => self.unknown,
        }
    }

    pub(super) fn per(&self, denominator: Denominator) -> &'static str {
        match denominator {
            Denominator::TotalTokens => self.per_total_tokens,
            Denominator::OutputTokens => self.per_output_tokens,
            Denominator::FreshInputTokens => self.per_fresh_input_tokens,
            Denominator::CacheReadTokens => self.per_cache_read_tokens,
            Denominator::Requests => self.per_request,
        }
    }

    pub(super) fn range_basis(&self, basis: RangeBasis) -> &'static str {
        match basis {
            RangeBasis::ClassProxyGsd3 => self.class_proxy,
            RangeBasis::OutputToTotalReading => self.two_readings,
            RangeBasis::DisclosedGsd15 => self.disclosed_spread,
        }
    }

    pub(super) fn stage(&self, stage: Stage) -> &'static str {
        self.stages[stage as usize]
    }

    pub(super) fn basis_word(&self, basis: Basis) -> &'static str {
        self.bases[basis as usize]
    }

    pub(super) fn size(&self, status: ParametersStatus) -> &'static str {
        self.sizes[status as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::flow::{BODY, LABEL_WIDTH};

    #[test]
    fn labels_fit_beside_their_values() {
        for language in Language::ALL {
            let terms = Terms::of(language);
            for label in [
                terms.client,
                terms.supplier,
                terms.period,
                terms.report,
                terms.issued,
                terms.status,
                terms.factor_set,
                terms.exact_total,
                terms.data_digest,
                terms.value,
                terms.bounds,
                terms.bounds_from,
                terms.source,
                terms.publisher,
                terms.link,
                terms.covers,
                terms.basis,
                terms.electricity,
                terms.model_size,
                terms.emissions_per,
                terms.energy_per,
                terms.water,
                terms.water_from,
                terms.tokens,
            ] {
                let width = BODY.width(label);
                assert!(width < LABEL_WIDTH - 4.0, "{label} takes {width} points");
            }
        }
    }
}
