//! What the page says of the two bases, one catalogue a language.

mod de;
mod en;
mod fr;

use crate::{instrument::InstrumentKind, language::Language};

/// Every sentence. `{…}` marks what the layout fills in.
pub(crate) struct MarketWords {
    pub(crate) heading: &'static str,
    pub(crate) intro: &'static str,
    pub(crate) basis: &'static str,
    pub(crate) location: &'static str,
    pub(crate) market: &'static str,
    /// `{share}`.
    pub(crate) recomputed: &'static str,
    pub(crate) range: &'static str,
    /// Heads of the table of grids: grid, electricity, by instruments, by residual mix, by the grid's average, both figures.
    pub(crate) zones_head: [&'static str; 7],
    pub(crate) zones: &'static str,
    /// `{zones}`.
    pub(crate) stand_in: &'static str,
    pub(crate) instruments: &'static str,
    /// Instrument, quantity, evidence.
    pub(crate) instruments_head: [&'static str; 3],
    /// `{kind}`, `{zone}`, `{from}`, `{to}`, `{vintage}`.
    pub(crate) instrument: &'static str,
    /// `{provider}`.
    pub(crate) of_provider: &'static str,
    /// `{used}`, `{allocated}`, `{g}`.
    pub(crate) quantity: &'static str,
    /// `{source}`, `{licence}`, `{document}`.
    pub(crate) mix_evidence: &'static str,
    /// `{source}`, `{licence}`, `{certificates}`, `{document}`.
    pub(crate) evidence: &'static str,
    /// `{count}` of `{total}`.
    pub(crate) shown: &'static str,
    pub(crate) instruments_note: &'static str,
    pub(crate) residual_mixes: &'static str,
    /// Residual mix, emissions, evidence.
    pub(crate) residual_head: [&'static str; 3],
    /// `{old}`, `{new}`.
    pub(crate) restated: &'static str,
    kinds: [&'static str; InstrumentKind::ALL.len()],
}

impl MarketWords {
    pub(crate) fn of(language: Language) -> &'static MarketWords {
        match language {
            Language::En => &en::EN,
            Language::Fr => &fr::FR,
            Language::De => &de::DE,
        }
    }

    pub(crate) fn kind(&self, kind: InstrumentKind) -> &'static str {
        self.kinds[kind as usize]
    }
}
