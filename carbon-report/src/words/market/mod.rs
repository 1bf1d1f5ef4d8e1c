//! What the page says of the two bases, one catalogue a language.

mod de;
mod en;
mod es;
mod fr;
mod it;
mod nl;
mod pl;

use crate::{
    instrument::InstrumentKind,
    language::Language,
    statement::{Market, Statement},
    words::Wording,
};
use carbon_core::{Grams, Range};

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
            Language::It => &it::IT,
            Language::Es => &es::ES,
            Language::Nl => &nl::NL,
            Language::Pl => &pl::PL,
        }
    }

    pub(crate) fn kind(&self, kind: InstrumentKind) -> &'static str {
        self.kinds[kind as usize]
    }
}

/// The two bases of a month, for pages that say the same as the report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BasesWords {
    /// What it is about.
    pub heading: &'static str,
    /// What the two figures are, and what is not done with them.
    pub intro: &'static str,
    /// Head of the column that names them.
    pub basis: &'static str,
    /// The location-based one first.
    pub rows: [BasisWords; 2],
    /// How much of the one is valued again in the other.
    pub recomputed: String,
    /// Where the average of a grid stands in.
    pub stand_in: Option<String>,
}

/// One of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BasisWords {
    /// Its name.
    pub basis: &'static str,
    /// Its figure.
    pub co2: Range<Grams>,
}

impl Wording {
    /// The two bases of a statement; `None` where it has one alone.
    pub fn bases(&self, statement: &Statement) -> Option<BasesWords> {
        let (market, location) = (statement.market.as_ref()?, statement.total.co2?);
        let words = MarketWords::of(self.language);
        Some(BasesWords {
            heading: words.heading,
            intro: words.intro,
            basis: words.basis,
            rows: [
                BasisWords { basis: words.location, co2: location },
                BasisWords { basis: words.market, co2: market.co2 },
            ],
            recomputed: words.recomputed(self, market),
            stand_in: words.stand_in(market),
        })
    }
}

impl MarketWords {
    /// Of a total of nothing there is no share: nothing was valued again.
    pub(crate) fn recomputed(&self, wording: &Wording, market: &Market) -> String {
        let share = wording.percent(market.recomputed_share.unwrap_or_default());
        self.recomputed.replace("{share}", &share)
    }

    /// The grids whose average stands in, as a sentence.
    pub(crate) fn stand_in(&self, market: &Market) -> Option<String> {
        let zones: Vec<&str> = market.stand_ins().map(|zone| zone.zone.as_str()).collect();
        (!zones.is_empty()).then(|| self.stand_in.replace("{zones}", &zones.join(", ")))
    }
}
