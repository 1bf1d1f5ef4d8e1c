//! The two bases side by side, location-based first, and what the market-based one rests on.

use super::{
    flow::{BODY, Flow, INK},
    grid::Grid,
    mass_column::MassColumn,
    table::{Table, TextColumns},
    view::View,
};
use crate::{
    figure,
    instrument::ResidualMix,
    statement::{Market, UsedInstrument},
    words::MarketWords,
};
use carbon_core::{Grams, Range};
use rust_decimal::Decimal;

/// More rows are for `statement.json`.
const ROWS_MAX: usize = 24;

pub(super) fn draw(flow: &mut Flow, view: &View<'_>) {
    let (Some(market), Some(location)) = (&view.statement.market, view.statement.total.co2) else { return };
    let words = MarketWords::of(view.language);
    let masses = MassColumn::for_total(location.central().max(market.co2.central()));
    let [low, central, high] = masses.heads(view);
    let bases = [(words.location, location), (words.market, market.co2)];
    let table = Table {
        head: vec![words.basis.to_owned(), low, central, high],
        rows: bases.map(|(basis, co2)| row(view, &masses, basis, co2)).to_vec(),
        total: None,
        words: TextColumns::First,
    };
    flow.subheading(words.heading, flow.paragraph_height(words.intro, BODY) + table.keep_height(flow));
    flow.paragraph(words.intro, BODY, INK);
    table.draw(flow);
    flow.gap(4.0);
    flow.paragraph(&words.recomputed(view, market), BODY, INK);
    flow.paragraph(words.range, BODY, INK);
    draw_zones(flow, view, words, market, &masses);
    draw_instruments(flow, view, words, market);
    draw_residual_mixes(flow, view, words, market);
}

fn row(view: &View<'_>, masses: &MassColumn, basis: &str, co2: Range<Grams>) -> Vec<String> {
    let figures = [Range::low, Range::central, Range::high].map(|bound| masses.bound(view, Some(co2), bound));
    std::iter::once(basis.to_owned()).chain(figures).collect()
}

/// Kilowatt hours, to three significant digits.
fn kwh(view: &View<'_>, wh: Decimal) -> String {
    let kwh = wh / Decimal::ONE_THOUSAND;
    view.language.number(figure::three_significant(kwh))
}

fn draw_zones(flow: &mut Flow, view: &View<'_>, words: &MarketWords, market: &Market, masses: &MassColumn) {
    if market.zones.is_empty() {
        return;
    }
    let rows = market.zones.iter().take(ROWS_MAX).map(|zone| {
        let energy =
            [zone.energy.central().as_decimal(), zone.instrument_wh, zone.residual_wh, zone.location_wh];
        let energy = energy.map(|wh| kwh(view, wh));
        let figures = [zone.location, zone.co2].map(|co2| masses.cell(view, co2.central()));
        std::iter::once(zone.zone.clone()).chain(energy).chain(figures).collect()
    });
    let table = Table {
        head: words.zones_head.map(str::to_owned).to_vec(),
        rows: rows.collect(),
        total: None,
        words: TextColumns::First,
    };
    flow.subheading(&words.zones.replace("{unit}", masses.unit.symbol()), table.keep_height(flow));
    table.draw(flow);
    if let Some(stand_in) = words.stand_in(market) {
        flow.note(&stand_in);
    }
}

fn draw_instruments(flow: &mut Flow, view: &View<'_>, words: &MarketWords, market: &Market) {
    let all = &market.instruments;
    if all.is_empty() {
        return;
    }
    let grid = Grid {
        head: words.instruments_head,
        shares: [0.28, 0.2, 0.52],
        figures: &[],
        rows: all.iter().take(ROWS_MAX).map(|used| instrument(view, words, used)).collect(),
    };
    flow.subheading(words.instruments, grid.keep_height(flow));
    grid.draw(flow);
    let count = |count: usize| view.language.number(Decimal::from(count));
    let shown = words.shown.replace("{count}", &count(ROWS_MAX)).replace("{total}", &count(all.len()));
    let notes = [Some(shown).filter(|_| all.len() > ROWS_MAX), Some(words.instruments_note.to_owned())];
    flow.note(&notes.into_iter().flatten().collect::<Vec<_>>().join(" "));
}

fn instrument(view: &View<'_>, words: &MarketWords, used: &UsedInstrument) -> [String; 3] {
    let UsedInstrument { instrument, used_wh } = used;
    let day = |day| view.language.date(day).replace(' ', "\u{a0}");
    let what = words
        .instrument
        .replace("{kind}", words.kind(instrument.kind))
        .replace("{zone}", &instrument.zone)
        .replace("{from}", &day(instrument.period_from))
        .replace("{to}", &day(instrument.period_to))
        .replace("{vintage}", &instrument.vintage.to_string());
    let provider = instrument.provider.as_deref();
    let provider = provider.map(|provider| words.of_provider.replace("{provider}", provider));
    let what: Vec<String> = std::iter::once(what).chain(provider).collect();
    let quantity = words
        .quantity
        .replace("{used}", &kwh(view, *used_wh))
        .replace("{allocated}", &kwh(view, Decimal::from(instrument.allocated_wh)))
        .replace("{g}", &view.language.number(instrument.g_per_kwh.normalize()));
    let evidence = words
        .evidence
        .replace("{source}", &instrument.source)
        .replace("{licence}", &instrument.licence)
        .replace("{certificates}", &instrument.certificate_ids_sha256)
        .replace("{document}", &instrument.document_sha256);
    [what.join(", "), quantity, evidence]
}

fn draw_residual_mixes(flow: &mut Flow, view: &View<'_>, words: &MarketWords, market: &Market) {
    // What is known of other grids is of no concern here.
    let of_month = |mix: &&ResidualMix| market.zones.iter().any(|zone| zone.zone == mix.zone);
    let rows = market.residual_mixes.iter().filter(of_month).map(|mix| {
        let evidence = words
            .mix_evidence
            .replace("{source}", &mix.source)
            .replace("{licence}", &mix.licence)
            .replace("{document}", &mix.document_sha256);
        let g_per_kwh = view.language.number(mix.g_per_kwh.normalize());
        [format!("{} {}", mix.zone, mix.year), g_per_kwh, evidence]
    });
    let grid =
        Grid { head: words.residual_head, shares: [0.2, 0.12, 0.68], figures: &[], rows: rows.collect() };
    if grid.rows.is_empty() {
        return;
    }
    flow.subheading(words.residual_mixes, grid.keep_height(flow));
    grid.draw(flow);
}
